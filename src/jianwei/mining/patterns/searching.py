"""Finding frequent itemsets."""

from __future__ import annotations

from typing import Any

import numpy as np

from jianwei.common.progress import Progress
from jianwei.mining.baskets.reading import read_baskets
from jianwei.mining.patterns.itemsets import Itemsets, Kind
from jianwei.mining.patterns.support import least_rows

__all__ = ["frequent_itemsets"]


def frequent_itemsets(
    baskets: Any,
    min_support: float,
    kind: Kind = "all",
    max_length: int | None = None,
    threads: int | None = None,
    *,
    progress: Progress | None = None,
) -> Itemsets:
    """The itemsets that lie in enough baskets."""
    data = read_baskets(baskets)
    least = least_rows(min_support, len(data))
    counts = np.ones(len(data.offsets) - 1, np.int64) if data.counts is None else data.counts
    tids: dict[int, set[int]] = {}
    for row in range(len(counts)):
        for column in data.columns[data.offsets[row] : data.offsets[row + 1]].tolist():
            tids.setdefault(column, set()).add(row)
    found: list[tuple[tuple[int, ...], int]] = []

    def grow(prefix: tuple[int, ...], candidates: list[tuple[int, set[int]]]) -> None:
        for at, (column, rows) in enumerate(candidates):
            number = int(counts[list(rows)].sum())
            if number < least:
                continue
            found.append(((*prefix, column), number))
            if max_length is None or len(prefix) + 1 < max_length:
                grow(
                    (*prefix, column),
                    [(other, rows & theirs) for other, theirs in candidates[at + 1 :] if rows & theirs],
                )

    grow((), sorted(tids.items()))
    if kind != "all":
        sets = [(frozenset(one), number) for one, number in found]
        found = [
            (one, number)
            for (one, number), (own, _) in zip(found, sets, strict=True)
            if not any(own < other and (kind == "maximal" or n == number) for other, n in sets)
        ]
    sizes = np.cumsum([0, *(len(one) for one, _ in found)], dtype=np.int64)
    columns = np.array([column for one, _ in found for column in one], np.int32)
    rows = np.array([number for _, number in found], np.int64)
    return Itemsets(sizes, columns, rows, len(data), data.labels, kind, least)
