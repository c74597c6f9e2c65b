"""Files that are there whole or not at all."""

from __future__ import annotations

import os
from pathlib import Path

from jianwei.errors import StoreError

__all__ = ["write_whole"]


def write_whole(path: Path, data: bytes) -> None:
    """Write a file beside its place, bring it to disk, and only then give it its name.

    Raises:
        StoreError: it cannot be written.
    """
    aside = path.with_name(f".{path.name}.{os.getpid()}")
    try:
        with aside.open("wb") as file:
            file.write(data)
            file.flush()
            os.fsync(file.fileno())
        aside.replace(path)
    except OSError as error:
        aside.unlink(missing_ok=True)
        raise StoreError(
            str(path),
            f"cannot be written ({error.strerror})",
            "see that the folder is there, has room and may be written to",
        ) from error
