"""Model files are npz archives; anybody may hand us one, so they are looked at before they are read."""

from __future__ import annotations

import io
import zipfile
import zlib
from typing import Any

import msgspec
import numpy as np
from numpy.typing import NDArray

from jianwei.errors import UsageError

__all__ = ["DAMAGES", "parts_of"]

MOST_BYTES = 320 * 1024 * 1024
"""Unpacked; the largest table that `NGrams` allows for sixteen classes has 256 MB."""

DAMAGES = (
    ValueError, KeyError, TypeError, EOFError, OSError, RuntimeError, MemoryError, zipfile.BadZipFile, zlib.error,
    msgspec.MsgspecError, UsageError,
)  # fmt: skip
"""What reading a file that is no model may raise."""


def parts_of(data: bytes) -> dict[str, NDArray[Any]]:
    """The arrays of an archive by name, none of them with Python objects in it.

    Raises:
        ValueError: it is no archive, or would unpack to more than `MOST_BYTES`.
    """
    if not zipfile.is_zipfile(io.BytesIO(data)):
        raise ValueError("it is no archive")
    with zipfile.ZipFile(io.BytesIO(data)) as archive:
        if sum(entry.file_size for entry in archive.infolist()) > MOST_BYTES:
            raise ValueError("it would unpack to more than any model has")
    with np.load(io.BytesIO(data), allow_pickle=False) as stored:
        return {name: stored[name] for name in stored.files}
