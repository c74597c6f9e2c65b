"""Messages by a label that only some of them have: over time, and by person, conversation or item.

Emotions, wants and flags share this. A message has any number of labels of a task; the whole that shares are of are the messages that
were read at all, which are those with a sentiment.
"""

from __future__ import annotations

from dataclasses import dataclass

import ibis
import ibis.expr.types as ir
import numpy as np
import pyarrow as pa
from numpy.typing import NDArray

from jianwei.behavior.whose import whose
from jianwei.common.results import Reason, Unavailable
from jianwei.common.stats import wilson
from jianwei.query._base import Reader
from jianwei.query.periods import Axis, axis, timed
from jianwei.query.reasons import nobody, untimed
from jianwei.query.shape import ranked, typed
from jianwei.query.views import labels, names_of, own_words

__all__ = ["NONE", "TAG_FIELDS", "Tags", "tag_schema"]

NONE = "neutral"
"""The label of messages without any, where they are counted."""
TAG_FIELDS = [
    ("rows", pa.int64()),
    ("total", pa.int64()),
    ("share", pa.float64()),
    ("low", pa.float64()),
    ("high", pa.float64()),
]
"""rows: messages with the label; total: all messages of the period and the id; share with the bounds of its 95 % interval (Wilson),
null where the total is 0."""


def tag_schema(column: str) -> pa.Schema:
    """Columns of an answer whose labels stand in `column`."""
    when = [("period_us", pa.int64()), ("label", pa.string()), ("id", pa.string()), ("name", pa.string())]
    return pa.schema([*when, (column, pa.string()), *TAG_FIELDS])


@dataclass(frozen=True, slots=True)
class Tags:
    """What to count.

    Attributes:
        task: task of the labels; each stands at a message once.
        column: name of the labels' column in the answer.
        by: one of `whose.BY`.
        every: one of `periods.EVERY`; None for all times together.
        limit: persons, conversations or items to list, those with the most labelled messages.
        direction: one of `whose.DIRECTIONS`.
        rest: messages without a label count as `NONE`; for tasks that give a message one label at most.
        own: only what people wrote and spoke, see `views.own_words`.
    """

    task: str
    column: str
    by: str
    every: str | None
    limit: int
    direction: str
    rest: bool = False
    own: bool = False

    def count(self, reader: Reader) -> tuple[pa.Table, str] | Unavailable:
        """Rows in `tag_schema(column)` and the step ("" for all times together).

        By time, then whoever has the most labelled messages, then the label of the most messages: of that period, else of all times.
        Over time every label found has a row in every period, with 0 where it is missing; else only what there is has a row.
        """
        found, read = labels(reader, self.task), labels(reader, "sentiment")
        if found is None or read is None:
            return Unavailable(Reason("no_annotations", {"task": self.task if found is None else "sentiment"}))
        if self.own:
            found, read = own_words(reader, found), own_words(reader, read)
        read = read.filter(read.label.notnull())
        periods = axis(reader, read, self.every) if self.every else None
        if self.every and periods is None:
            return untimed(reader, read, "messages")
        cells, totals = self._cells(reader, found.filter(found.label.notnull()), read, periods)
        if not totals.num_rows:
            return nobody(reader, read, "messages", "person" if self.by == "all" else self.by)
        return self._table(reader, cells, totals, periods), periods.step if periods else ""

    def _cells(
        self, reader: Reader, found: ir.Table, read: ir.Table, periods: Axis | None
    ) -> tuple[pa.Table, pa.Table]:
        """(period, id, tag, rows) and (period, id, total) of the ids to list."""
        tagged, whole = (self._placed(reader, rows, periods) for rows in (found, read))
        cells = tagged.group_by("period", "id", tag=tagged.label.cast("string")).aggregate(rows=lambda t: t.count())
        totals = whole.group_by("period", "id").aggregate(total=lambda t: t.count())
        if self.by == "all":
            return reader.execute(cells), reader.execute(totals)
        marked = cells.group_by("id").aggregate(marked=lambda t: t.rows.sum())
        most = reader.execute(marked.order_by(ibis.desc("marked"), "id").limit(self.limit))
        ids = ibis.memtable(most.select(["id"]))
        return reader.execute(cells.semi_join(ids, "id")), reader.execute(totals.semi_join(ids, "id"))

    def _placed(self, reader: Reader, rows: ir.Table, periods: Axis | None) -> ir.Table:
        """The rows of the direction asked for, with their period and id."""
        mine = whose(reader, rows, self.by, self.direction)
        if periods is None:
            return mine.mutate(period=ibis.literal(0, "int64"))
        return timed(mine).mutate(period=lambda t: periods.number(t.ts_us))

    def _table(self, reader: Reader, cells: pa.Table, totals: pa.Table, periods: Axis | None) -> pa.Table:
        """The cells that there are, or over time the whole grid, with shares."""
        numbers = periods.with_strays(totals["period"].to_numpy()) if periods else np.zeros(1, np.int64)
        ids = sorted(set(totals["id"].to_pylist()) | set(cells["id"].to_pylist()))
        pairs = sorted(set(zip(cells["id"].to_pylist(), cells["tag"].to_pylist(), strict=True)))
        pairs = sorted({*pairs, *((owner, NONE) for owner in ids)}) if self.rest else pairs
        who, what = ({key: at for at, key in enumerate(keys)} for keys in (ids, pairs))
        rows, whole = np.zeros((len(numbers), len(pairs)), np.int64), np.zeros((len(numbers), len(ids)), np.int64)
        owned = zip(cells["id"].to_pylist(), cells["tag"].to_pylist(), strict=True)
        rows[np.searchsorted(numbers, cells["period"].to_numpy()), [what[pair] for pair in owned]] = cells[
            "rows"
        ].to_numpy()
        whole[np.searchsorted(numbers, totals["period"].to_numpy()), [who[i] for i in totals["id"].to_pylist()]] = (
            totals["total"].to_numpy()
        )
        if self.rest:
            some = np.zeros_like(whole)
            for at, (owner, _) in enumerate(pairs):
                some[:, who[owner]] += rows[:, at]
            for at, (owner, tag) in enumerate(pairs):
                if tag == NONE:
                    rows[:, at] = np.maximum(whole[:, who[owner]] - some[:, who[owner]], 0)
        total = np.maximum(whole[:, [who[i] for i, _ in pairs]], rows).reshape(-1)  # what has a label was read
        counts, n = rows.reshape(-1), len(pairs)
        owners = pa.array([i for i, _ in pairs] * len(numbers), pa.string())
        every = {
            "period_us": np.repeat(periods.starts(numbers), n) if periods else pa.nulls(n, pa.int64()),
            "label": np.repeat(periods.labels(numbers), n) if periods else pa.nulls(n, pa.string()),
        }
        names = owners if self.by == "all" else names_of(reader, self.by, owners)
        low, high = wilson(counts, total)
        empty = total == 0
        share = np.divide(counts, total, out=np.zeros(len(total)), where=~empty)
        floats = {"share": share, "low": low, "high": high}
        table = typed(
            tag_schema(self.column),
            **every,
            id=owners,
            name=names,
            **{self.column: [tag for _, tag in pairs] * len(numbers)},
            rows=counts,
            total=total,
            **{name: pa.array(values, pa.float64(), mask=empty) for name, values in floats.items()},
        )
        ever = {"most": _marked(pairs, rows), "ever": rows.sum(axis=0)}
        for name, values in ever.items():
            table = table.append_column(name, pa.array(np.tile(values, len(numbers))))
        return ranked(table, "period_us", "-most", "id", "-rows", "-ever", self.column).drop_columns(list(ever))


def _marked(pairs: list[tuple[str, str]], rows: NDArray[np.int64]) -> NDArray[np.int64]:
    """Labelled messages of the id of each pair, all times together."""
    sums: dict[str, int] = {}
    for (owner, tag), many in zip(pairs, rows.sum(axis=0).tolist(), strict=True):
        sums[owner] = sums.get(owner, 0) + (many if tag != NONE else 0)
    return np.array([sums[owner] for owner, _ in pairs], np.int64)
