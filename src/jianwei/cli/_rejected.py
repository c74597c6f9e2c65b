"""What people are told of files that are not read."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from pathlib import Path

from jianwei.common.i18n import catalog, guess_language
from jianwei.common.media import RejectedMediaError
from jianwei.common.media.finding import kind_of

__all__ = ["rejection", "rejections"]

_OF_ANOTHER_FORMAT = ("unknown", "unsupported", "wrong_kind")


def rejection(error: RejectedMediaError, name: str) -> str:
    """Why a file is not read, as one line that begins with its name."""
    texts = catalog(guess_language())
    if error.code == "wrong_kind" and (kind := kind_of(Path(name))) != "other":
        return texts.text(f"media.actual.{kind}", name=name)
    key = f"media.rejected.{error.code}"
    return texts.text(key, name=name) if texts.has(key) else f"{name}: {error.what}"


def rejections(refused: Iterable[tuple[RejectedMediaError, str]], known: str) -> Iterator[str]:
    """A line for every file, and one about the formats that are read, where a file is of another.

    Args:
        refused: errors, and the names of their files.
        known: key of the sentence that names those formats.
    """
    of_another = False
    for error, name in refused:
        yield rejection(error, name)
        of_another |= error.code in _OF_ANOTHER_FORMAT
    if of_another:
        yield catalog(guess_language()).text(known)
