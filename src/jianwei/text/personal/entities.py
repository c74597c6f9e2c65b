"""What in texts names a person, a place, a sum, a day: phones, identity and card numbers, addresses, orders and more.

Every kind has finders (`finders/`) that look at a text whose digits have one look. A finder also has a hint, a pattern that Arrow
tests on a whole column, so that Python sees only the few texts where something may be. Finders are asked in a fixed
order, and what one has found the next does not see: an order's number is no phone, and nothing is looked for in a page's address.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
from numpy.typing import NDArray

from jianwei.common.results import Rows
from jianwei.errors import UsageError
from jianwei.text.inputs import Texts, as_strings, portions
from jianwei.text.personal.finders import FINDERS, Finder, fold
from jianwei.text.personal.finders.folding import BLANK

__all__ = ["KINDS", "PERSONAL", "Entities", "find_entities"]

KINDS = tuple(dict.fromkeys(finder.kind for finder in FINDERS))
"""Names of all kinds."""

PERSONAL = ("phone", "id_card", "bank_card", "address", "order", "email", "qq", "wechat", "plate")
"""The kinds that belong to a person; `redact` masks these."""

# Found last and part of nothing else, so that they need not be looked for when nobody asked.
_LAST = frozenset({"hotline", "money", "date"})
_ROWS = 1 << 16  # texts a portion: patterns are compiled once a portion
_FEW = 16
_SCHEMA = pa.schema(
    [
        ("row", pa.int64()),
        ("kind", pa.string()),
        ("start", pa.int32()),
        ("end", pa.int32()),
        ("text", pa.string()),
        ("value", pa.string()),
    ]
)


@dataclass(frozen=True)
class Entities(Rows):
    """Entities of many texts, in the order of the texts. Rows:

    row (int64, which text), kind (string, one of `KINDS`), start and end (int32, characters [start, end) of the text as it was given),
    text (string, those characters), value (string: digits only for numbers, with the area code for landlines, ISO 8601
    for dates, "12.5 CNY" for money, upper case for plates and orders).
    """


def find_entities(texts: Texts, kinds: Iterable[str] | None = None) -> Entities:
    """Entities of every text.

    Args:
        texts: list, Arrow, pandas or Polars column of n texts.
        kinds: some of `KINDS`; all by default.

    Raises:
        UsageError: a single string was given, or a kind is not known.

    >>> found = find_entities(["电话１３８－１２３４－５６７８", "共 12.50元"])
    >>> found.to_arrow().select(["row", "kind", "start", "end", "value"]).to_pylist()[0]
    {'row': 0, 'kind': 'phone', 'start': 2, 'end': 15, 'value': '13812345678'}
    >>> list(found)[1]["value"]
    '12.5 CNY'
    """
    wanted = checked_kinds(kinds, "text.find_entities")
    finders = [finder for finder in FINDERS if finder.kind in wanted or finder.kind not in _LAST]
    tables = []
    first = 0
    for portion in portions(as_strings(texts, "text.find_entities"), _ROWS):
        tables.append(_found(portion, finders, wanted, first))
        first += len(portion)
    return Entities(pa.concat_tables([_SCHEMA.empty_table(), *tables]).combine_chunks())


def checked_kinds(kinds: Iterable[str] | None, where: str) -> frozenset[str]:
    """The kinds as a set, all of them for None.

    Raises:
        UsageError: one of them is not known.
    """
    chosen = frozenset(KINDS if kinds is None else [kinds] if isinstance(kinds, str) else kinds)
    if unknown := sorted(chosen - set(KINDS)):
        raise UsageError(where, f"there is no kind {', '.join(unknown)}", f"use some of {', '.join(KINDS)}")
    return chosen


def _found(texts: pa.StringArray, finders: list[Finder], wanted: frozenset[str], first: int) -> pa.Table:
    rows = np.flatnonzero(_matches(texts, "|".join(f"(?:{finder.hint})" for finder in finders)))
    likely = texts.take(pa.array(rows))
    given = likely.to_pylist()
    left = [fold(text) for text in given]  # what nobody has claimed yet
    found = []
    for finder in finders:
        for at in np.flatnonzero(_matches(likely, finder.hint)).tolist():
            for hit in finder.find(left[at]):
                left[at] = left[at][: hit.start] + BLANK * (hit.end - hit.start) + left[at][hit.end :]
                if finder.kind in wanted:
                    text = given[at][hit.start : hit.end]
                    found.append((first + int(rows[at]), hit.start, hit.end, finder.kind, text, hit.value))
    found.sort()
    columns = list(zip(*found, strict=True)) or [()] * 6
    row, start, end, kind, text, value = columns
    return pa.table([row, kind, start, end, text, value], schema=_SCHEMA)


def _matches(texts: pa.StringArray, pattern: str) -> NDArray[np.bool_]:
    """bool [n]: where something may be; of few texts all, since a look costs less than a pattern's compilation."""
    likely = pc.is_valid(texts) if len(texts) <= _FEW else pc.match_substring_regex(texts, pattern)
    flags: NDArray[np.bool_] = pc.fill_null(likely, False).to_numpy(zero_copy_only=False)
    return flags
