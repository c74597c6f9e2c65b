"""One process at a time: a lock file that the system lets go of when its holder ends."""

from __future__ import annotations

import os
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

__all__ = ["locked_file"]


@contextmanager
def locked_file(path: Path) -> Iterator[None]:
    """Hold the lock file `path` while the block runs; waits for others. The file stays, empty.

    Raises:
        OSError: the file cannot be made.
    """
    with path.open("a+b") as file:
        if os.name == "nt":
            import msvcrt

            msvcrt.locking(file.fileno(), msvcrt.LK_LOCK, 1)  # type: ignore[attr-defined]
        else:
            import fcntl

            fcntl.flock(file, fcntl.LOCK_EX)
        yield
