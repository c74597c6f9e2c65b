"""One process at a time: a lock file that the system lets go of when its holder ends."""

from __future__ import annotations

import os
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import BinaryIO

__all__ = ["locked_file"]


@contextmanager
def locked_file(path: Path, *, passing: bool = False) -> Iterator[None]:
    """Hold the lock file `path` while the block runs; waits for others.

    Args:
        path: the file, empty.
        passing: whether it goes when the block ends, where the system lets it; otherwise it stays.

    Raises:
        OSError: the file cannot be made.
    """
    if os.name == "nt":
        import msvcrt

        with path.open("a+b") as file:
            msvcrt.locking(file.fileno(), msvcrt.LK_LOCK, 1)  # type: ignore[attr-defined]
            yield
        return
    with _held(path):
        try:
            yield
        finally:
            if passing:  # while it is still locked: whoever waits for it sees that it is gone, and makes another
                path.unlink(missing_ok=True)


def _held(path: Path) -> BinaryIO:
    """The file of that name, locked, and still of that name when the lock came."""
    import fcntl

    while True:
        file = path.open("a+b")
        try:
            fcntl.flock(file, fcntl.LOCK_EX)
            here = path.stat()
        except FileNotFoundError:
            file.close()
            continue
        except BaseException:
            file.close()
            raise
        mine = os.fstat(file.fileno())
        if (here.st_dev, here.st_ino) == (mine.st_dev, mine.st_ino):
            return file
        file.close()
