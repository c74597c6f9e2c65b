"""Customers by recency, frequency and monetary value, and the segments that follow."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import ClassVar

import ibis
import ibis.expr.types as ir
import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
from numpy.typing import NDArray

from jianwei.common.results import Reason, Rows, Unavailable
from jianwei.common.times import DAY_US
from jianwei.query._base import Reader, check, setting
from jianwei.query.periods import Clock, span, timed
from jianwei.query.shape import SUM, ranked, shares, typed
from jianwei.query.views import bought, currencies, events, names_of

__all__ = ["RFM_SCHEMA", "SEGMENTS", "SEGMENTS_SCHEMA", "Rfm", "RfmResult", "score", "segment"]

RFM_SCHEMA = pa.schema(
    [
        ("user_id", pa.string()),
        ("name", pa.string()),
        ("last_us", pa.int64()),
        ("recency_days", pa.int64()),
        ("frequency", pa.int64()),
        ("monetary", SUM),
        ("r", pa.int64()),
        ("f", pa.int64()),
        ("m", pa.int64()),
        ("segment", pa.string()),
    ]
)
SEGMENTS_SCHEMA = pa.schema(
    [
        ("segment", pa.string()),
        ("people", pa.int64()),
        ("share", pa.float64()),
        ("amount", SUM),
        ("amount_share", pa.float64()),
        ("median_recency_days", pa.float64()),
        ("mean_frequency", pa.float64()),
    ]
)
SEGMENTS = ("champion", "loyal", "promising", "new", "attention", "at_risk", "hibernating", "lost")
"""Codes of the segments, from the best to the worst; the rule stands at `segment`."""


@dataclass(frozen=True)
class RfmResult(Rows):
    """Rows: user_id, name, last_us (last purchase), recency_days (whole days since then), frequency, monetary (sum of amounts, refunds
    not taken off; null without amounts), r, f, m (1..groups, higher is better; m null without monetary), segment. The most recent
    buyers first, then the most frequent, then by id.

    Attributes:
        segments: segment, people, share, amount, amount_share, median_recency_days, mean_frequency; best first.
        as_of_us: the time that recency counts from.
        groups: number of scores.
        frequency_by: what frequency counts: "basket" (orders), "day" (days with a purchase, where no order is known) or "mixed".
    """

    segments: pa.Table = field(default_factory=SEGMENTS_SCHEMA.empty_table)
    as_of_us: int = 0
    groups: int = 5
    frequency_by: str = "basket"


@dataclass(frozen=True, kw_only=True)
class Rfm:
    """Who bought recently, often and for much: scores and segments of customers (Hughes 1994)."""

    tables: ClassVar[tuple[str, ...]] = ("events", "users")
    tasks: ClassVar[tuple[str, ...]] = ()

    as_of_us: int | None = setting(
        None, "recency counts from here (µs UTC); default: the last event, a few stray ones left out", minimum=0
    )
    groups: int = setting(5, "number of scores", minimum=2, maximum=10)

    def __post_init__(self) -> None:
        check(self)

    def compute(self, reader: Reader) -> RfmResult | Unavailable:
        purchases = bought(reader).filter(lambda t: t.person_id.notnull())
        when = span(reader, events(reader))
        if self.as_of_us is not None:
            purchases = purchases.filter(purchases.ts_us.isnull() | (purchases.ts_us <= self.as_of_us))
        known = reader.execute(
            purchases.aggregate(
                rows=purchases.count(),
                timed=purchases.ts_us.count(),
                baskets=(purchases.ts_us.notnull() & purchases.basket_id.notnull()).sum(),
            )
        ).to_pylist()[0]
        if not known["rows"]:
            return Unavailable(Reason("no_purchases"))
        if when is None or not known["timed"]:
            return Unavailable(Reason("no_times", {"table": "events"}))
        as_of = when.bulk[1] if self.as_of_us is None else self.as_of_us
        clock = Clock.of(reader.zone, when.first_us, when.last_us)
        found = reader.execute(_customers(timed(purchases), clock, summable=len(currencies(reader)) < 2))
        rows = _scored(reader, found, as_of, self.groups)
        by = "basket" if known["baskets"] == known["timed"] else "mixed" if known["baskets"] else "day"
        return RfmResult(rows, segments=_segments(rows), as_of_us=as_of, groups=self.groups, frequency_by=by)


def score(values: pa.Array | pa.ChunkedArray, groups: int) -> NDArray[np.int64]:
    """Scores 1..groups by exact rank: equal values get equal scores, so the order of rows never matters.

    The score of a value is 1 + (groups · how many values are smaller) div n. Without ties that makes groups of equal size; a value that
    many share pulls all of them into the lowest group that one of them falls into.

    Args:
        values: integers or decimals [n], no nulls.

    >>> score(pa.array([10, 20, 30, 40]), 2).tolist(), score(pa.array([1, 1, 1, 9]), 4).tolist()
    ([1, 1, 2, 2], [1, 1, 1, 4])
    """
    smaller = pc.rank(values, sort_keys="ascending", tiebreaker="min").to_numpy().astype(np.int64) - 1
    scores: NDArray[np.int64] = 1 + groups * smaller // max(len(values), 1)
    return scores


def segment(r: NDArray[np.int64], f: NDArray[np.int64], m: NDArray[np.int64], groups: int) -> NDArray[np.str_]:
    """Codes of the segments for scores [n]; m is 0 where unknown.

    Scores are brought to fifths first (of `groups` = 5 they are fifths). The value v of a customer is the mean of f and m, rounded up; f
    alone without m.

    ============  =====================================
    champion      r 4-5, v 4-5
    loyal         r 3, v 4-5
    new           r 4-5, f 1, v 1-3
    promising     r 4-5, f 2-5, v 1-3
    attention     r 3, v 1-3
    at_risk       r 1-2, v 4-5
    hibernating   r 2, v 1-3, and r 1, v 3
    lost          r 1, v 1-2
    ============  =====================================

    >>> segment(np.array([5, 1]), np.array([5, 1]), np.array([4, 0]), 5).tolist()
    ['champion', 'lost']
    """
    r, f, m = (((2 * scores - 1) * 5) // (2 * groups) + 1 for scores in (r, f, m))
    v = np.where(m > 0, (f + m + 1) // 2, f)
    rules = [
        (v >= 4) & (r >= 4),
        (v >= 4) & (r == 3),
        (v >= 4),
        (r >= 4) & (f == 1),
        (r >= 4),
        (r == 3),
        (r == 1) & (v <= 2),
    ]
    codes = ["champion", "loyal", "at_risk", "new", "promising", "attention", "lost"]
    return np.select(rules, codes, "hibernating")


def _customers(purchases: ir.Table, clock: Clock, *, summable: bool) -> ir.Table:
    day = ibis.literal("day ").concat(clock.number(purchases.ts_us, "day").cast("string"))
    orders = purchases.mutate(order=ibis.coalesce(purchases.basket_id, day))
    amount = orders.amount.sum() if summable else ibis.null("decimal(38, 4)")
    return orders.group_by(user_id="person_id").aggregate(
        last_us=orders.ts_us.max(), frequency=orders.order.nunique(), monetary=amount
    )


def _scored(reader: Reader, found: pa.Table, as_of_us: int, groups: int) -> pa.Table:
    known = found["monetary"].is_valid().to_numpy()
    recency = np.maximum(as_of_us - found["last_us"].to_numpy(), 0) // DAY_US
    r, f, m = score(pa.array(-recency), groups), score(found["frequency"], groups), np.zeros(found.num_rows, np.int64)
    m[known] = score(found["monetary"].drop_null(), groups)
    rows = typed(
        RFM_SCHEMA,
        user_id=found["user_id"],
        name=names_of(reader, "person", found["user_id"]),
        last_us=found["last_us"],
        recency_days=recency,
        frequency=found["frequency"],
        monetary=found["monetary"],
        r=r,
        f=f,
        m=pa.array(m, mask=~known),
        segment=segment(r, f, m, groups),
    )
    return ranked(rows, "recency_days", "-frequency", "user_id")


def _segments(rows: pa.Table) -> pa.Table:
    parts = [(code, rows.filter(pc.equal(rows["segment"], code))) for code in SEGMENTS]
    present = [(code, part) for code, part in parts if part.num_rows]
    amounts = [pc.sum(part["monetary"]).as_py() for _, part in present]
    return typed(
        SEGMENTS_SCHEMA,
        segment=[code for code, _ in present],
        people=[part.num_rows for _, part in present],
        share=shares([part.num_rows for _, part in present], rows.num_rows),
        amount=amounts,
        amount_share=shares(amounts, pc.sum(rows["monetary"]).as_py()),
        median_recency_days=[float(np.median(part["recency_days"].to_numpy())) for _, part in present],
        mean_frequency=[pc.sum(part["frequency"]).as_py() / part.num_rows for _, part in present],
    )
