"""Counts by period, by whom they are for and by kind, with a zero where nothing was counted."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import ibis
import ibis.expr.types as ir
import numpy as np
import pyarrow as pa
from numpy.typing import NDArray

from jianwei.common.stats import wilson
from jianwei.query._base import Reader
from jianwei.query.periods import Axis, timed
from jianwei.query.views import NAMED, names_of

__all__ = ["PLACE", "Grid", "most_of", "placed", "share_columns", "spread"]

PLACE = [("period_us", pa.int64()), ("label", pa.string()), ("id", pa.string()), ("name", pa.string())]
"""First instant and label of the period, null where all times are together; id and name of the person, conversation or item, "" where
everything is together."""

Counts = NDArray[np.int64]


@dataclass(frozen=True, slots=True)
class Grid:
    """Counts of a result, a row for every period and pair; all arrays have its rows, by period, then pair.

    Attributes:
        periods: numbers of the periods, int64 [p]; a single 0 where all times are together.
        pairs: (id, kind), sorted; every period has all of them.
        counts: int64 [p, pairs, measures].
    """

    periods: Counts
    pairs: tuple[tuple[str, str], ...]
    counts: NDArray[np.int64]

    def measure(self, at: int) -> Counts:
        """One measure, int64 [rows]."""
        flat: Counts = self.counts[:, :, at].reshape(-1)
        return flat

    def whole(self, at: int) -> Counts:
        """One measure, all kinds of the same period and id together, int64 [rows]."""
        owners, place = np.unique([owner for owner, _ in self.pairs], return_inverse=True)
        sums = np.zeros((len(self.periods), len(owners)), np.int64)
        for pair, owner in enumerate(place.tolist()):
            sums[:, owner] += self.counts[:, pair, at]
        flat: Counts = sums[:, place].reshape(-1)
        return flat

    def ever(self, at: int) -> Counts:
        """One measure, all periods and kinds of the same id together, int64 [rows]."""
        sums: dict[str, int] = {}
        for (owner, _), many in zip(self.pairs, self.counts[:, :, at].sum(axis=0).tolist(), strict=True):
            sums[owner] = sums.get(owner, 0) + many
        return np.tile(np.array([sums[owner] for owner, _ in self.pairs], np.int64), len(self.periods))

    def ever_of_pair(self, at: int) -> Counts:
        """One measure, all periods of the same pair together, int64 [rows]: orders kinds where a period has none of them."""
        return np.tile(self.counts[:, :, at].sum(axis=0), len(self.periods))

    def places(self, reader: Reader, by: str, periods: Axis | None) -> dict[str, Any]:
        """The columns `PLACE`."""
        n, owners = len(self.pairs), pa.array([owner for owner, _ in self.pairs] * len(self.periods), pa.string())
        return {
            "period_us": np.repeat(periods.starts(self.periods), n) if periods else pa.nulls(n, pa.int64()),
            "label": np.repeat(periods.labels(self.periods), n) if periods else pa.nulls(n, pa.string()),
            "id": owners,
            "name": names_of(reader, by, owners) if by in NAMED else owners,
        }

    @property
    def kinds(self) -> list[str]:
        """The kind of each row."""
        return [kind for _, kind in self.pairs] * len(self.periods)


def placed(rows: ir.Table, periods: Axis | None) -> ir.Table:
    """The rows with the number of their period; without periods it is 0 for all, else those without a time are left out."""
    if periods is None:
        return rows.mutate(period=ibis.literal(0, "int64"))
    return timed(rows).mutate(period=lambda t: periods.number(t.ts_us))


def most_of(reader: Reader, rows: ir.Table, by: str, limit: int) -> ir.Table:
    """The rows of the ids that have the most of them."""
    if by not in NAMED:
        return rows
    owners = rows.group_by("id").aggregate(many=lambda t: t.count())
    first = reader.execute(owners.order_by(ibis.desc("many"), "id").limit(limit))
    return rows.semi_join(ibis.memtable(first.select(["id"])), "id")


def spread(cells: pa.Table, measures: Sequence[str], periods: Axis | None) -> Grid:
    """A grid from the cells that there are: period, id, kind and int64 measures, each cell once."""
    keys = list(zip(cells["id"].to_pylist(), cells["kind"].to_pylist(), strict=True))
    pairs = tuple(sorted(set(keys)))
    place = {pair: at for at, pair in enumerate(pairs)}
    seen = cells["period"].to_numpy()
    numbers = periods.with_strays(seen) if periods else np.zeros(1, np.int64)
    counts = np.zeros((len(numbers), len(pairs), len(measures)), np.int64)
    where = np.searchsorted(numbers, seen), np.array([place[key] for key in keys], np.int64)
    for at, name in enumerate(measures):
        counts[(*where, at)] = cells[name].to_numpy()
    return Grid(numbers, pairs, counts)


def share_columns(rows: Counts, total: Counts) -> dict[str, Any]:
    """share, low and high (95 %, Wilson) of counts [n], null where the total is 0."""
    low, high = wilson(rows, total)
    empty = total == 0
    share = np.divide(rows, total, out=np.zeros(len(total)), where=~empty)
    return {
        name: pa.array(values, pa.float64(), mask=empty)
        for name, values in (("share", share), ("low", low), ("high", high))
    }
