"""Quotes in delimited text: where records begin, and how to read quotes that do not pair.

One rule: a quoted field begins at the beginning of a field and closes before a delimiter or a line end (RFC 4180). A quote that
begins no such field is an ordinary character. `mend` writes such fields as RFC 4180 would, so that every reader agrees on them.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from functools import cache

import numpy as np

__all__ = ["mend", "record_starts"]

Ints = np.ndarray[tuple[int], np.dtype[np.int64]]
_QUOTE, _LF, _CR = b'"\n\r'
_BUDGET = 8  # bytes looked at in vain for every byte of text, before quoted fields may no longer run over lines


def _positions(data: bytes, code: int) -> Ints:
    return np.flatnonzero(np.frombuffer(data, np.uint8) == code)


def record_starts(data: bytes) -> tuple[Ints, Ints]:
    r"""Byte offset and line (from 0) at which each record that is not blank begins, int64 [records]; `data` has been mended.

    >>> [part.tolist() for part in record_starts(b'a,"1\n2"\n\nb,3\n')]
    [[0, 9], [0, 3]]
    """
    codes = np.frombuffer(data, np.uint8)
    feeds = _positions(data, _LF)
    ends = feeds
    if b"\r" in data:
        returns = _positions(data, _CR)
        lone = returns[(returns + 1 == len(data)) | (codes[np.minimum(returns + 1, len(data) - 1)] != _LF)]
        ends = np.union1d(feeds, lone) if len(lone) else feeds
    if b'"' in data:
        ends = ends[np.searchsorted(_positions(data, _QUOTE), ends) % 2 == 0]
    starts = np.concatenate([[0], ends + 1])
    ends = np.concatenate([ends, [len(data)]])
    blank = (starts == ends) | ((starts + 1 == ends) & (codes[np.minimum(starts, len(data) - 1)] == _CR))
    starts = starts[~blank]
    return starts, np.searchsorted(feeds, starts)


@dataclass(frozen=True, slots=True)
class _Forms:
    """Patterns for one delimiter; all of them possessive, so that none looks at a byte twice."""

    records: re.Pattern[bytes]  # well-formed records
    reach: re.Pattern[bytes]  # as far as a reader comes in a record
    field: re.Pattern[bytes]  # a field with a quote inside one line: well quoted (group 1), or not


@cache
def _forms(delimiter: str) -> _Forms:
    d = re.escape(delimiter).encode()
    inside = rb'"(?:[^"]++|"")*+'
    field = rb'(?:%b"|[^"%b\r\n]*+)' % (inside, d)
    return _Forms(
        re.compile(rb"(?:%b(?:%b%b)*+(?:\r\n|\n|\r))*+" % (field, d, field)),
        re.compile(rb"(?:%b%b)*+(?:%b)?+" % (field, d, inside)),
        re.compile(rb'(?<![^%b\r\n])(?:("(?:[^"\r\n]++|"")*+")(?=[%b\r\n])|[^"%b\r\n]*+"[^%b\r\n]*+)' % (d, d, d, d)),
    )


def _as_field(match: re.Match[bytes]) -> bytes:
    return match[1] or b'"' + match[0].replace(b'"', b'""') + b'"'


def _strict_end(data: bytes, delimiter: str) -> int | None:
    """Where the last whole record ends if all quotes pair as they should, None if one does not."""
    codes, quotes = np.frombuffer(data, np.uint8), _positions(data, _QUOTE)
    openers, closers = quotes[0::2], quotes[1::2]
    allowed = np.zeros(256, bool)
    allowed[[ord(delimiter), _LF, _CR, _QUOTE]] = True
    before, after = codes[openers - 1], codes[np.minimum(closers + 1, len(codes) - 1)]
    if not (allowed[before] | (openers == 0)).all() or not (allowed[after] | (closers + 1 == len(codes))).all():
        return None
    if len(quotes) % 2 == 0:
        return len(data)
    end = int(quotes[-1])
    while end > 0:
        end = data.rfind(b"\n", 0, end) + 1
        inside = int(np.searchsorted(quotes, end))
        if inside % 2 == 0:
            break
        end = int(quotes[inside - 1])
    return end


def mend(data: bytes, delimiter: str, limit: int, *, last: bool) -> tuple[bytes, bytes]:
    r"""Whole records as RFC 4180 writes them, and the rest, whose last quoted field may still close in what follows.

    Args:
        data: UTF-8 from the beginning of a record on; ends with LF unless it is the end of the file.
        delimiter: one ASCII character.
        limit: bytes that a record may have; a quoted field that would make it longer is none.
        last: whether nothing follows; then the rest is empty.

    >>> mend(b'a,"b\nc"\nd,"e\n', ",", 100, last=False)
    (b'a,"b\nc"\n', b'd,"e\n')
    >>> mend(b'5" pipe,x\nf,"g"\n', ",", 100, last=True)[0]
    b'"5"" pipe",x\nf,"g"\n'
    """
    if b'"' not in data:
        return data, b""
    end = _strict_end(data, delimiter)
    if end is not None and (end == len(data) or (not last and len(data) - end <= limit)):
        return data[:end], data[end:]
    return _mend_slowly(data if data.endswith(b"\n") else data + b"\n", _forms(delimiter), limit, last=last)


def _mend_slowly(data: bytes, forms: _Forms, limit: int, *, last: bool) -> tuple[bytes, bytes]:
    parts: list[bytes] = []
    position, budget = 0, _BUDGET * len(data)
    while position < len(data):
        line_end = data.index(b"\n", position) + 1
        horizon = min(len(data), position + limit) if budget > 0 else line_end
        good = forms.records.match(data, position, max(horizon, line_end))
        if good and good.end() > position:
            parts.append(data[position : good.end()])
            position = good.end()
            continue
        reached = forms.reach.match(data, position, max(horizon, line_end))
        stopped = reached.end() if reached else position
        if stopped == len(data) and not last:
            return b"".join(parts), data[position:]
        budget -= stopped - position
        parts.append(forms.field.sub(_as_field, data[position:line_end]))
        position = line_end
    return b"".join(parts), b""
