"""Cells that spreadsheets must not take for formulas, and tables made ready for people's eyes.

A spreadsheet computes a CSV cell that begins with one of = + - @ (also full-width), a tab or a line break, even behind blanks or
apostrophes. `defuse` puts one apostrophe before such a text, `restore` takes it away again, and no other text is changed by either:

    restore(defuse(text)) == text        for every text

The rule needs no memory: a text is dangerous exactly when the same text behind an apostrophe is.
"""

from __future__ import annotations

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from jianwei.common.times import local_micros

__all__ = ["DANGEROUS", "defuse", "readable", "restore"]

DANGEROUS = r"^(['\s\x00]*[=+\-@＝＋－＠]|'*[\t\r\n])"
"""Regular expression (RE2) of texts that some spreadsheet computes or splits."""

_MARK = "'"


def defuse(texts: pa.Array | pa.ChunkedArray) -> pa.Array | pa.ChunkedArray:
    """Texts with an apostrophe before the dangerous ones. Null stays null.

    >>> defuse(pa.array(["=1+1", "'-2", "3-1"])).to_pylist()
    ["'=1+1", "''-2", '3-1']
    """
    return pc.if_else(pc.match_substring_regex(texts, DANGEROUS), pc.binary_join_element_wise(_MARK, texts, ""), texts)


def restore(texts: pa.Array | pa.ChunkedArray) -> pa.Array | pa.ChunkedArray:
    """The texts as they were before `defuse`.

    >>> restore(pa.array(["'=1+1", "''-2", "'quoted'"])).to_pylist()
    ['=1+1', "'-2", "'quoted'"]
    """
    rest = pc.utf8_slice_codeunits(texts, 1)
    marked = pc.and_(pc.starts_with(texts, _MARK), pc.match_substring_regex(rest, DANGEROUS))
    return pc.if_else(marked, rest, texts)


def readable(table: pa.Table, zone: str) -> pa.Table:
    """A table as people read it: times as local date and time, lists joined, everything else as it is.

    A column `x_us` becomes `x_time` with texts like "2024-01-31 09:00:05" (fractions of a second where there are any) in `zone`; a list
    becomes one text with "、" between its members.
    """
    names, columns = [], []
    for name, column in zip(table.column_names, table.columns, strict=True):
        if name.endswith("_us") and pa.types.is_integer(column.type):
            names.append(name.removesuffix("_us") + "_time")
            columns.append(_local_times(column, zone))
        elif pa.types.is_list(column.type) or pa.types.is_large_list(column.type):
            names.append(name)
            columns.append(pc.binary_join(column.cast(pa.list_(pa.string())), "、"))
        else:
            names.append(name)
            columns.append(column)
    return pa.table(columns, names=names)


def _local_times(column: pa.ChunkedArray, zone: str) -> pa.Array:
    known = np.asarray(pc.is_valid(column).to_numpy())
    stamps = np.asarray(pc.fill_null(column, 0).to_numpy(), np.int64)
    local = pa.array(local_micros(stamps, zone), pa.timestamp("us"), mask=~known)
    texts = pc.strftime(local, "%Y-%m-%d %H:%M:%S")
    return pc.replace_substring_regex(texts, r"\.0+$", "")
