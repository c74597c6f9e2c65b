"""One door for texts: lists, Arrow, pandas and Polars become one Arrow array."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from typing import Any, TypeAlias

import pyarrow as pa
import pyarrow.compute as pc

from jianwei.errors import UsageError

__all__ = ["MOST_CHARACTERS", "Texts", "as_strings", "beginnings", "portions"]

Texts: TypeAlias = Iterable[str | None] | pa.Array | pa.ChunkedArray


def as_strings(texts: Texts | Any, where: str = "text") -> pa.StringArray:
    r"""Texts as one Arrow string array; None stays null.

    Half of a surrogate pair, which a Python string may hold and UTF-8 may not, becomes "?".

    Args:
        texts: a list or other iterable of `str | None`, an Arrow array, a pandas or Polars series.
        where: name of the calling function, for the error.

    Raises:
        UsageError: a single string, or something that holds no texts.

    >>> as_strings(["好", None, "\ud83d"]).to_pylist()
    ['好', None, '?']
    """
    if isinstance(texts, str | bytes):
        raise UsageError(where, "got one text where many are expected", f"write {where}([text])")
    try:
        return _strings(texts)
    except UnicodeEncodeError:
        return _strings([text and text.encode("utf-8", "replace").decode() for text in texts])
    except (TypeError, ValueError, pa.ArrowException) as error:
        raise UsageError(
            where, f"these are no texts ({error})", "pass a list of str, or a column of strings"
        ) from error


def _strings(texts: Any) -> pa.StringArray:
    if not isinstance(texts, pa.Array | pa.ChunkedArray):
        if hasattr(texts, "__arrow_c_stream__"):
            texts = pa.chunked_array(texts)
        elif hasattr(texts, "__arrow_array__") or hasattr(texts, "__array__"):
            texts = pa.array(texts, from_pandas=True)
        else:
            texts = pa.array(texts if isinstance(texts, list | tuple) else list(texts), pa.string())
    if isinstance(texts, pa.ChunkedArray):
        texts = texts.combine_chunks()
    if not (pa.types.is_null(texts.type) or _holds_text(texts.type)):
        raise TypeError(f"the column holds {texts.type}")
    return texts.cast(pa.string())


def _holds_text(kind: pa.DataType) -> bool:
    if pa.types.is_dictionary(kind):
        kind = kind.value_type
    return any(test(kind) for test in (pa.types.is_string, pa.types.is_large_string, pa.types.is_string_view))


MOST_CHARACTERS = 4_000
"""So much of a text is read by what looks for patterns in it: time may grow with the square of what somebody pasted."""


def beginnings(texts: pa.StringArray) -> pa.StringArray:
    """The first `MOST_CHARACTERS` of every text.

    >>> [len(text) for text in beginnings(pa.array(["好" * 5_000, "好"])).to_pylist()]
    [4000, 1]
    """
    return pc.utf8_slice_codeunits(texts, 0, MOST_CHARACTERS)


def portions(texts: pa.StringArray, rows: int = 8192) -> Iterator[pa.StringArray]:
    """Slices of at most `rows` texts: tokens of a portion fit the processor's caches, those of a million texts no memory."""
    for start in range(0, len(texts), rows):
        yield texts.slice(start, rows)
