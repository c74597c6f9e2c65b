"""Conversion against sets, and on the Taobao sample."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

import polars as pl
import pyarrow as pa
import pytest

from jianwei.behavior.conversion import Conversion
from jianwei.common.results import Unavailable
from jianwei.errors import UsageError

Make = Callable[..., Any]


def did(*deeds: tuple[str | None, str, str | None]) -> list[dict[str, Any]]:
    return [{"user_id": user, "name": name, "item_id": item} for user, name, item in deeds]


def test_shares_are_of_those_who_did_the_other_step_too(memory_reader: Make) -> None:
    events = did(
        ("u:1", "view", "i:1"), ("u:1", "view", "i:2"), ("u:1", "buy", "i:2"), ("u:2", "view", None), ("u:2", "cart", "i:1"),
        ("u:3", "buy", "i:1"), ("u:3", "buy", "i:1"), (None, "buy", "i:1"), ("u:4", "view", "i:4"), ("u:4", "login", None),
    )  # fmt: skip
    found = Conversion().compute(memory_reader(events=events))
    assert not isinstance(found, Unavailable)
    third = pytest.approx(1 / 3)
    assert [tuple(row.values()) for row in found] == [
        ("view", 3, 4, 1.0, None, 3, 1.0),
        ("cart", 1, 1, third, third, 1, 0.0),
        ("buy", 2, 3, third, 0.0, 2, third),
    ]


def test_steps_can_be_chosen_and_may_be_empty(memory_reader: Make) -> None:
    found = Conversion(steps=("share", "buy")).compute(memory_reader(events=did(("u:1", "buy", "i:1"))))
    assert not isinstance(found, Unavailable)
    assert [tuple(row.values()) for row in found] == [
        ("share", 0, 0, None, None, 0, None),
        ("buy", 1, 1, None, None, 1, None),
    ]


def test_one_step_is_no_way(memory_reader: Make) -> None:
    found = Conversion().compute(memory_reader(events=did(("u:1", "buy", "i:1"))))
    assert isinstance(found, Unavailable)
    assert found.reason.code == "few_steps"


@pytest.mark.parametrize("steps", [("view", "look"), ("view", "view")])
def test_wrong_steps_are_refused(steps: tuple[str, ...]) -> None:
    with pytest.raises(UsageError):
        Conversion(steps=steps)


def test_taobao_equals_plain_group_bys(memory_reader: Make, data_dir: Path) -> None:
    names = {"pv": "view", "cart": "cart", "fav": "fav", "buy": "buy"}
    log = pl.read_parquet(data_dir / "taobao_userbehavior_sample" / "data.parquet").with_columns(
        pl.col("behavior").replace(names), pl.col("user_id", "item_id").cast(pl.String)
    )
    text = {"user_id": "user_id", "item_id": "item_id", "name": "behavior"}
    columns = {name: log[column].to_arrow().cast(pa.string()) for name, column in text.items()}
    found = Conversion().compute(
        memory_reader(events=pa.table({"event_id": [f"e:{n}" for n in range(len(log))], **columns}))
    )
    assert not isinstance(found, Unavailable)
    assert found.rows["step"].to_pylist() == list(names.values())
    people = {step: set(part["user_id"]) for (step,), part in log.group_by("behavior")}
    pairs = {step: set(part.select("user_id", "item_id").iter_rows()) for (step,), part in log.group_by("behavior")}
    counts = dict(log["behavior"].value_counts().iter_rows())
    before = None
    for row in found:
        step = row["step"]
        assert (row["people"], row["events"], row["pairs"]) == (len(people[step]), counts[step], len(pairs[step]))
        assert row["share_of_first"] == len(people[step] & people["view"]) / len(people["view"])
        assert row["pair_share"] == len(pairs[step] & pairs["view"]) / len(pairs["view"])
        assert row["share_of_previous"] == (
            len(people[step] & people[before]) / len(people[before]) if before else None
        )
        before = step
