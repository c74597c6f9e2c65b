"""Partitions give what the whole gives, however the baskets are dealt out."""

from __future__ import annotations

import pickle
from collections.abc import Callable, Iterator
from dataclasses import replace
from typing import Any

import numpy as np
import pyarrow as pa
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from support.itemsets import counted

from jianwei.errors import UsageError
from jianwei.mining import frequent_itemsets, partitioned_itemsets, read_baskets
from jianwei.mining.partitions.tries import trie_of
from jianwei.mining.patterns.support import least_rows

BatchFunction = Callable[[pa.RecordBatch], pa.RecordBatch]
LISTS = pa.list_(pa.string())
BASKETS = st.lists(st.lists(st.sampled_from("abcdefg"), max_size=6, unique=True), max_size=40)


def keyed(found: Any) -> dict[frozenset[Any], int]:
    assert len({frozenset(one.items) for one in found}) == len(found)
    return {frozenset(one.items): one.rows for one in found}


class Parts:
    """An engine of lists: functions travel to each partition and back as bytes do, and their schema is looked at."""

    def __init__(self, parts: list[list[list[str]]]) -> None:
        self.batches = [pa.record_batch({"items": pa.array(part, LISTS)}) for part in parts]
        self.passes: list[str] = []

    def __call__(self, function: BatchFunction, schema: pa.Schema) -> Iterator[pa.RecordBatch]:
        self.passes.append(type(function).__name__)
        for batch in self.batches:
            made = pickle.loads(pickle.dumps(function))(pickle.loads(pickle.dumps(batch)))
            assert made.schema.equals(schema)
            yield made


def dealt(rows: list[list[str]], cuts: list[int]) -> list[list[list[str]]]:
    bounds = sorted(min(cut, len(rows)) for cut in cuts)
    return [rows[begin:end] for begin, end in zip([0, *bounds], [*bounds, len(rows)], strict=True)]


@pytest.mark.parametrize("kind", ["all", "closed", "maximal"])
@settings(max_examples=80, deadline=None)
@given(
    rows=BASKETS,
    cuts=st.lists(st.integers(0, 40), max_size=5),
    support=st.sampled_from([0.05, 0.1, 0.25, 0.5, 1.0, 1, 2, 5]),
    fewest=st.sampled_from([1, 2, 5, 1000]),
)
def test_all_partitions_of_all_baskets(
    kind: Any, rows: list[list[str]], cuts: list[int], support: float, fewest: int
) -> None:
    found = partitioned_itemsets(Parts(dealt(rows, cuts)), support, kind, fewest=fewest)
    least = least_rows(support, len(rows))
    assert keyed(found) == counted(rows, least, kind)
    assert (found.baskets, found.min_rows, found.kind) == (len(rows), least, kind)


@settings(max_examples=60, deadline=None)
@given(
    rows=BASKETS, cuts=st.lists(st.integers(0, 40), max_size=4), bounds=st.tuples(st.integers(1, 3), st.integers(0, 3))
)
@pytest.mark.parametrize("kind", ["all", "closed", "maximal"])
def test_lengths_choose_among_the_sets(
    kind: Any, rows: list[list[str]], cuts: list[int], bounds: tuple[int, int]
) -> None:
    low, high = bounds[0], sum(bounds)
    found = partitioned_itemsets(Parts(dealt(rows, cuts)), 0.1, kind, high, min_length=low, fewest=1)
    wanted = counted(rows, least_rows(0.1, len(rows)), kind)
    assert keyed(found) == {one: number for one, number in wanted.items() if low <= len(one) <= high}


def test_items_of_one_partition_only() -> None:
    rows = [["tea", "cup"]] * 30 + [["pot", "lid"]] * 10 + [["pot"]] * 20
    parts = Parts([rows[:30], rows[30:40], [], rows[40:]])
    assert keyed(partitioned_itemsets(parts, 0.2, fewest=1)) == keyed(frequent_itemsets(rows, 0.2))
    assert parts.passes[0] == "FindSets"


def test_what_was_found_everywhere_is_not_counted_again() -> None:
    same = Parts([[["tea", "cup"]] * 50] * 4)
    partitioned_itemsets(same, 0.5)
    assert same.passes == ["FindSets"]
    uneven = Parts([[["tea", "cup"]] * 50, [["tea"]] * 45 + [["tea", "cup"]] * 5])
    assert keyed(partitioned_itemsets(uneven, 0.5))[frozenset({"tea", "cup"})] == 55
    assert uneven.passes == ["FindSets", "CountSets"]


def test_a_number_of_baskets_as_threshold_costs_a_pass() -> None:
    parts = Parts([[["tea", "cup"]] * 50] * 2)
    assert keyed(partitioned_itemsets(parts, 100)) == keyed(frequent_itemsets([["tea", "cup"]], 1)) | {
        frozenset(one): 100 for one in ({"tea"}, {"cup"}, {"tea", "cup"})
    }
    assert parts.passes == ["CountBaskets", "FindSets"]
    assert len(partitioned_itemsets(parts, 101)) == 0


def test_a_small_rest_does_not_let_everything_be_frequent() -> None:
    whole = [[f"item {at % 50}"] for at in range(10_000)]
    rest = [[f"item {at}" for at in range(60)]] * 3  # 2^60 sets in three baskets
    found = partitioned_itemsets(Parts([whole, rest]), 0.01)
    assert keyed(found) == keyed(frequent_itemsets(whole + rest, 0.01))
    assert len(found) == 50


def test_a_small_rest_may_decide() -> None:
    whole = [["tea", "cup"]] * 54 + [["pot"]] * 946
    rest = [["tea", "cup"]] * 6 + [["lid"]] * 44
    # 60 of 1,050 baskets: enough for 0.057, but 54 of 1,000 are not, by the mined partition's own threshold.
    parts = Parts([whole, rest])
    found = keyed(partitioned_itemsets(parts, 0.057))
    assert found == keyed(frequent_itemsets(whole + rest, 0.057))
    assert frozenset({"tea", "cup"}) in found


def test_the_order_does_not_depend_on_the_partitions() -> None:
    dice = np.random.default_rng(3)
    rows = [list({f"i{at}" for at in dice.integers(0, 12, 5)}) for _ in range(200)]
    one, other = (partitioned_itemsets(Parts(dealt(rows, cuts)), 0.05, fewest=2) for cuts in ([], [30, 90, 150]))
    assert [tuple(found) for found in one] == [tuple(found) for found in other]
    items = [found.items for found in one]
    assert items == sorted(items, key=lambda names: (len(names), names))


def test_couples_of_numbers() -> None:
    batches = [
        pa.record_batch({"n": [0, 0, 0], "order": [1, 1, 2], "item": pa.array([10, 9, 9], pa.int32())}),
        pa.record_batch({"n": [0, 0], "order": [3, 3], "item": pa.array([9, 10], pa.int32())}),
    ]

    def each(function: BatchFunction, schema: pa.Schema) -> Iterator[pa.RecordBatch]:
        return map(function, batches)

    found = partitioned_itemsets(each, 2, basket="order", item="item", item_type=pa.int64())
    assert keyed(found) == {frozenset({9}): 3, frozenset({10}): 2, frozenset({9, 10}): 2}
    assert found.labels.type == pa.int64()


@pytest.mark.parametrize(
    "wrong", [{"min_support": 0}, {"kind": "some"}, {"min_length": 0}, {"max_length": 0}, {"min_support": 2.0}]
)
def test_wrong_arguments(wrong: dict[str, Any]) -> None:
    with pytest.raises(UsageError):
        partitioned_itemsets(Parts([[["tea"]]]), **wrong)


def test_nothing_at_all() -> None:
    for parts in ([], [[]], [[[], []]]):
        found = partitioned_itemsets(Parts(parts), 0.5)
        assert (len(found), found.baskets) == (0, sum(map(len, parts)))


SETS = st.sets(st.frozensets(st.integers(0, 9), min_size=1, max_size=5), min_size=1, max_size=40)


@settings(max_examples=100, deadline=None)
@given(sets=SETS, rows=st.lists(st.frozensets(st.integers(0, 12)), max_size=20))
def test_sets_counted_in_a_trie(sets: set[frozenset[int]], rows: list[frozenset[int]]) -> None:
    lists = [sorted(one) for one in sorted(sets, key=sorted)]
    offsets = np.concatenate([[0], np.cumsum([len(one) for one in lists])]).astype(np.int64)
    columns = np.array([item for one in lists for item in one], np.int32)
    trie = trie_of(offsets, columns, pa.array(range(10), pa.int64()))
    data = read_baskets(pa.array([sorted(row) for row in rows], pa.list_(pa.int64())))
    wanted = [sum(row.issuperset(one) for row in rows) for one in lists]
    assert trie.count(data).tolist() == wanted
    thrice = replace(data, counts=np.full(len(rows), 3))
    assert trie.count(thrice).tolist() == [3 * number for number in wanted]


def test_many_sets_of_many_items_counted() -> None:
    dice = np.random.default_rng(11)
    sets = sorted(
        {frozenset(dice.choice(300, size, replace=False).tolist()) for size in (1, 2, 2, 3) * 300}, key=sorted
    )
    rows = [frozenset(dice.choice(320, dice.integers(0, 40), replace=False).tolist()) for _ in range(300)]
    offsets = np.concatenate([[0], np.cumsum([len(one) for one in sets])]).astype(np.int64)
    columns = np.array([item for one in sets for item in sorted(one)], np.int32)
    trie = trie_of(offsets, columns, pa.array(range(300), pa.int64()))
    counted_there = trie.count(read_baskets([sorted(row) for row in rows])).tolist()
    assert counted_there == [sum(row >= one for row in rows) for one in sets]
    assert any(number and len(one) > 1 for number, one in zip(counted_there, sets, strict=True))


def test_numbers_of_numpy_as_threshold() -> None:
    rows = [["tea", "cup"], ["tea"]]
    assert keyed(partitioned_itemsets(Parts([rows]), np.float64(0.6))) == keyed(
        frequent_itemsets(rows, np.float64(0.6))
    )
