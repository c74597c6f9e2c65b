"""Columns of rows become histories: against plain Python."""

from __future__ import annotations

import numpy as np
import pyarrow as pa
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from jianwei.errors import UsageError
from jianwei.recommend.models._base import Interactions

ROWS = st.lists(
    st.tuples(st.sampled_from(["u", "v", "w", None]), st.sampled_from([1, 2, 3, None]), st.integers(-9, 9)), max_size=30
)


@given(ROWS)
@settings(max_examples=80, deadline=None)
def test_histories_of_rows(rows: list[tuple[str | None, int | None, int]]) -> None:
    who, what, when = (list(column) for column in zip(*rows, strict=True)) if rows else ([], [], [])
    found, persons, items = Interactions.of(
        pa.array(who, pa.string()), pa.chunked_array([pa.array(what, pa.int64())]), when
    )
    last: dict[str, dict[int, tuple[int, int]]] = {name: {} for name in who if name is not None}
    for at, (person, item, time) in enumerate(rows):
        if person is not None and item is not None:
            last[person][item] = max(last[person].get(item, (-10, 0)), (time, at))
    assert len(found) == len(persons)
    for number, person in enumerate(persons.to_pylist()):
        expected = sorted(last[person].items(), key=lambda one: one[1])
        assert items.take(pa.array(found.history(number))).to_pylist() == [item for item, _ in expected]
        assert found.times_us is not None
        here = slice(*found.offsets[number : number + 2])
        assert found.times_us[here].tolist() == [time for _, (time, _) in expected]
    assert found.popularity.sum() == len(found.items)


def test_without_times_the_rows_are_in_order() -> None:
    found, _, items = Interactions.of(np.array([7, 7, 7]), np.array(["b", "a", "c"]))
    assert items.take(pa.array(found.items)).to_pylist() == ["b", "a", "c"]
    assert found.times_us is None


@pytest.mark.parametrize("unit", ["s", "ns"])
def test_times_of_any_unit(unit: str) -> None:
    times = pa.array([7, 5], pa.timestamp("s")).cast(pa.timestamp(unit))
    for column in (times, times.to_numpy(zero_copy_only=False)):
        found, _, items = Interactions.of(["u", "u"], ["a", "b"], column)
        assert items.take(pa.array(found.items)).to_pylist() == ["b", "a"]
        assert found.times_us is not None
        assert found.times_us.tolist() == [5_000_000, 7_000_000]


def test_the_last_but_one_is_hidden_for_validation() -> None:
    whole = Interactions(np.array([0, 4, 6, 7]), np.array([0, 1, 2, 3, 1, 0, 2], np.int32), 4, np.arange(7))
    left, persons, hidden = whole.until(2, least=1)
    assert (left.offsets.tolist(), left.items.tolist(), left.times_us.tolist()) == (
        [0, 2, 4, 5],
        [0, 1, 1, 0, 2],
        [0, 1, 4, 5, 6],
    )
    assert (persons.tolist(), hidden.tolist()) == ([0], [2])
    assert whole.until(9)[1].tolist() == []


@pytest.mark.parametrize(
    ("arguments", "where"),
    [((["u"], ["a", "b"]), "items"), ((["u"], ["a"], [1, 2]), "times"), ((["u"], ["a"], ["now"]), "times")],
)
def test_columns_must_fit(arguments: tuple[list[object], ...], where: str) -> None:
    with pytest.raises(UsageError) as caught:
        Interactions.of(*arguments)
    assert caught.value.where == where


def test_numbers_must_fit() -> None:
    with pytest.raises(UsageError):
        Interactions(np.array([0, 2]), np.array([0], np.int32), 1)
    with pytest.raises(UsageError):
        Interactions(np.array([0, 1]), np.array([1], np.int32), 1)
