"""Scores by exact rank, and segments that partition the customers."""

from __future__ import annotations

from collections.abc import Callable
from datetime import date
from decimal import Decimal
from itertools import pairwise
from pathlib import Path
from typing import Any

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.parquet as pq
import pytest
from hypothesis import given
from hypothesis import strategies as st

from jianwei.behavior.rfm import SEGMENTS, Rfm, score, segment
from jianwei.common.results import Unavailable

Make = Callable[..., Any]
DAY = 86_400_000_000


@given(st.lists(st.integers(-5, 20), min_size=1, max_size=80), st.integers(2, 10))
def test_scores_are_exact_ranks(values: list[int], groups: int) -> None:
    found = score(pa.array(values), groups).tolist()
    assert found == [1 + groups * sum(other < value for other in values) // len(values) for value in values]
    assert min(found) == 1
    assert max(found) <= groups


@given(st.permutations(range(30)), st.sampled_from([2, 3, 5, 6]))
def test_without_ties_groups_are_equal(values: list[int], groups: int) -> None:
    assert set(np.bincount(score(pa.array(values), groups))[1:]) == {30 // groups}


@given(st.lists(st.decimals("-9999.9999", "9999.9999", places=4), min_size=1, max_size=40))
def test_money_is_ranked_as_decimals(values: list[Decimal]) -> None:
    found = score(pa.array(values, pa.decimal128(38, 4)), 5)
    order = sorted(range(len(values)), key=values.__getitem__)
    assert all(found[a] <= found[b] for a, b in pairwise(order))


def test_every_combination_of_scores_has_one_segment() -> None:
    r, f, m = (axis.ravel() for axis in np.meshgrid(np.arange(1, 6), np.arange(1, 6), np.arange(6)))
    found = segment(r, f, m, 5)
    assert set(found) == set(SEGMENTS)
    best, worst = (r == 5) & (f == 5) & (m == 5), (r == 1) & (f == 1) & (m == 1)
    assert set(found[best]) == {"champion"}
    assert set(found[worst]) == {"lost"}


def bought(user: str, day: int, amount: str | None, basket: str | None = None) -> dict[str, Any]:
    return {
        "user_id": user,
        "ts_us": day * DAY,
        "name": "buy",
        "amount": amount and Decimal(amount),
        "basket_id": basket,
    }


def test_recency_frequency_and_money(memory_reader: Make) -> None:
    reader = memory_reader(
        events=[
            bought("u:1", 1, "10", "b:1"),
            bought("u:1", 1, "5", "b:1"),
            bought("u:1", 9, "1", "b:2"),
            bought("u:2", 3, "7", "b:3"),
            {"user_id": "u:2", "ts_us": 10 * DAY, "name": "view"},
            {"user_id": "u:2", "ts_us": 4 * DAY, "name": "refund", "amount": Decimal(7)},
        ]
    )
    found = Rfm(groups=2).compute(reader)
    assert not isinstance(found, Unavailable)
    keep = ("user_id", "recency_days", "frequency", "monetary", "r", "f", "m")
    assert [tuple(row[column] for column in keep) for row in found] == [
        ("u:1", 1, 2, Decimal("16.0000"), 2, 2, 2),
        ("u:2", 7, 1, Decimal("7.0000"), 1, 1, 1),
    ]
    assert (found.as_of_us, found.frequency_by) == (10 * DAY, "basket")
    earlier = Rfm(as_of_us=5 * DAY).compute(reader)
    assert not isinstance(earlier, Unavailable)
    assert [(row["user_id"], row["recency_days"], row["frequency"]) for row in earlier] == [
        ("u:2", 2, 1),
        ("u:1", 4, 1),
    ]


@pytest.mark.parametrize(
    ("baskets", "frequency", "by"), [((None, None, None), 2, "day"), (("b:1", None, "b:1"), 2, "mixed")]
)
def test_without_orders_days_count(
    memory_reader: Make, baskets: tuple[str | None, ...], frequency: int, by: str
) -> None:
    events = [bought("u:1", day, "1", basket) for day, basket in zip((1, 1, 4), baskets, strict=True)]
    found = Rfm().compute(memory_reader(events=events))
    assert not isinstance(found, Unavailable)
    assert (found.rows["frequency"].to_pylist(), found.frequency_by) == ([frequency], by)


def test_without_amounts_money_is_unknown_and_not_zero(memory_reader: Make) -> None:
    found = Rfm().compute(memory_reader(events=[bought("u:1", 1, None), bought("u:2", 2, "3")]))
    assert not isinstance(found, Unavailable)
    assert [(row["user_id"], row["monetary"], row["m"]) for row in found] == [
        ("u:2", Decimal("3.0000"), 1), ("u:1", None, None),
    ]  # fmt: skip


def test_a_stray_time_does_not_make_everybody_look_lost(memory_reader: Make) -> None:
    events = [bought(f"u:{n % 100}", n // 20, "1") for n in range(2000)]
    found = Rfm().compute(memory_reader(events=[*events, bought("u:0", 20_000, "1")]))
    assert not isinstance(found, Unavailable)
    assert found.as_of_us == 99 * DAY
    assert max(found.rows["recency_days"].to_pylist()) < 10
    assert sum(found.rows["monetary"].to_pylist()) == Decimal(2001)


def test_nobody_bought(memory_reader: Make) -> None:
    found = Rfm().compute(memory_reader(events=[{"user_id": "u:1", "ts_us": 1, "name": "view"}]))
    assert isinstance(found, Unavailable)
    assert found.reason.code == "no_purchases"


def test_cdnow_against_pandas(memory_reader: Make, data_dir: Path) -> None:
    rows = pq.read_table(data_dir / "cdnow" / "data.parquet")
    reader = memory_reader(
        events=pa.table(
            {
                "event_id": [f"e:{n}" for n in range(rows.num_rows)],
                "user_id": rows["customer_id"],
                "name": ["buy"] * rows.num_rows,
                "ts_us": rows["date"].cast(pa.timestamp("us")).cast(pa.int64()),
                "amount": pc.round(rows["amount"], 2).cast(pa.string()).cast(pa.decimal128(18, 4)),
            }
        ),
        zone="UTC",
    )
    found = Rfm().compute(reader)
    assert not isinstance(found, Unavailable)
    frame = rows.to_pandas()
    last = frame["date"].max().date()
    plain = frame.groupby("customer_id").agg(last=("date", "max"), days=("date", "nunique"), amount=("amount", "sum"))
    mine = found.to_pandas().set_index("user_id").loc[plain.index]
    assert last == date(1998, 6, 30)
    assert (mine["recency_days"] == [(last - day.date()).days for day in plain["last"]]).all()
    assert (mine["frequency"] == plain["days"]).all()
    np.testing.assert_allclose(mine["monetary"].astype(float), plain["amount"], atol=1e-6)
    totals = found.segments.to_pylist()
    assert sum(row["people"] for row in totals) == len(plain) == 23_570
    assert sum(row["amount"] for row in totals) == Decimal("2500315.6300")
    assert sum(row["share"] for row in totals) == pytest.approx(1)
