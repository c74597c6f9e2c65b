"""Frequent itemsets against counting every subset of every basket, and against PyFIM."""

from __future__ import annotations

from datetime import date

import numpy as np
import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st
from support.itemsets import KINDS, counted, from_pyfim, sets_of

from jianwei.errors import UsageError
from jianwei.mining import Transactions, frequent_itemsets

Baskets = list[list[int]]

_EVER = 90


@st.composite
def small(draw: st.DrawFn) -> Baskets:
    """A few baskets of a few items, with rows twice, empty rows, and items in every basket."""
    items = draw(st.integers(1, 8))
    rows = draw(st.lists(st.lists(st.integers(0, items - 1), max_size=items), max_size=12))
    rows += draw(st.lists(st.sampled_from(rows), max_size=8)) if rows else []
    ever = [_EVER + n for n in range(draw(st.sampled_from([0, 0, 1, 2])))]
    return [row + ever for row in rows]


@st.composite
def wide(draw: st.DrawFn) -> Baskets:
    """Baskets over more items than a machine word has bits: 60 to 200, all of them in several baskets."""
    items = draw(st.integers(60, 200))
    rng = np.random.default_rng(draw(st.integers(0, 10_000)))
    rows = [rng.choice(items, rng.integers(0, 6), replace=False).tolist() for _ in range(draw(st.integers(1, 30)))]
    core = draw(st.lists(st.lists(st.integers(0, 5), min_size=2, max_size=4), max_size=6))
    alone = [[item] for item in range(items) for _ in range(draw(st.integers(0, 2)))]
    return [*rows, *core, *alone]


@pytest.mark.parametrize("kind", KINDS)
@given(baskets=small(), least=st.integers(1, 6))
@example([], 1)
@example([[]], 1)
@example([[1]], 1)
@example([[1, 2]] * 3, 3)
@example([[1, 2], [1, 2, 3], [1, 2], [1]], 2)
@settings(max_examples=120, deadline=None)
def test_small_databases(kind: str, baskets: Baskets, least: int) -> None:
    assert sets_of(frequent_itemsets(baskets, least, kind)) == counted(baskets, least, kind)


@pytest.mark.parametrize("kind", KINDS)
@given(baskets=wide(), least=st.integers(1, 4))
@settings(max_examples=40, deadline=None)
def test_more_items_than_bits_in_a_word(kind: str, baskets: Baskets, least: int) -> None:
    assert sets_of(frequent_itemsets(baskets, least, kind)) == counted(baskets, least, kind)


@pytest.mark.parametrize("kind", KINDS)
@given(baskets=st.one_of(small(), wide()), least=st.integers(1, 9), data=st.data())
@settings(max_examples=60, deadline=None)
def test_rows_that_stand_for_several_baskets(kind: str, baskets: Baskets, least: int, data: st.DataObject) -> None:
    counts = data.draw(st.lists(st.integers(1, 5), min_size=len(baskets), max_size=len(baskets)))
    plain = Transactions.of(baskets)
    merged = Transactions(plain.offsets, plain.columns, plain.labels, np.array(counts, np.int64))
    found = frequent_itemsets(merged, least, kind)
    assert found.baskets == sum(counts)
    assert sets_of(found) == counted(baskets, least, kind, counts)
    repeated = [basket for basket, count in zip(baskets, counts, strict=True) for _ in range(count)]
    assert sets_of(frequent_itemsets(repeated, least, kind)) == sets_of(found)


def _blocks(rng: np.random.Generator) -> Baskets:
    """Noise, and six groups of items that are often bought together: thousands of rows."""
    rows = rng.random((3000, 90)) < 0.02
    for _ in range(6):
        rows[np.ix_(rng.random(3000) < 0.1, rng.choice(90, int(rng.integers(4, 9)), replace=False))] = True
    return [np.flatnonzero(row).tolist() for row in rows]


def _chain(rng: np.random.Generator) -> Baskets:
    """Each basket holds the items before some item: every closed set is a beginning of the chain."""
    return [list(range(int(end))) for end in rng.integers(0, 17, 400)]


def _dense(rng: np.random.Generator) -> Baskets:
    return [np.flatnonzero(row).tolist() for row in rng.random((150, 14)) < 0.9]


def _dense_and_wide(rng: np.random.Generator) -> Baskets:
    """More than 64 frequent items in a third of the rows each: bitmaps."""
    return [np.flatnonzero(row).tolist() for row in rng.random((400, 140)) < 0.3]


def _shop(rng: np.random.Generator) -> Baskets:
    """Items by a power law, baskets of about eight: most items are rare."""
    weights = 1 / np.arange(1, 2001) ** 1.1
    draws = rng.choice(2000, (4000, 8), p=weights / weights.sum())
    return [list(set(row)) for row in draws.tolist()]


def _products(rng: np.random.Generator) -> Baskets:
    """Attributes with one of a few values each, as in the mushroom data: some values in every row, others in equal rows."""
    values = rng.integers(0, 3, (600, 12)) * (rng.random(12) < 0.8)
    values[:, 7] = values[:, 2]
    return (values + 3 * np.arange(12)).tolist()


_STRUCTURED = {
    "blocks": (_blocks, (0.2, 0.05, 0.01)),
    "chain": (_chain, (0.5, 0.2, 0.05)),
    "dense": (_dense, (0.9, 0.7, 0.4)),
    "dense and wide": (_dense_and_wide, (0.2, 0.12, 0.05)),
    "shop": (_shop, (0.05, 0.01, 0.002)),
    "products": (_products, (0.5, 0.2, 0.05)),
}


@pytest.mark.parametrize("kind", KINDS)
@pytest.mark.parametrize("name", _STRUCTURED)
def test_structured_data_as_pyfim_sees_it(name: str, kind: str) -> None:
    make, shares = _STRUCTURED[name]
    baskets = make(np.random.default_rng(11))
    for share in shares:
        least = int(share * len(baskets))
        expected = {frozenset(items): rows for items, rows in from_pyfim(baskets, least, kind)}
        assert sets_of(frequent_itemsets(baskets, least, kind)) == expected


@pytest.mark.parametrize("kind", KINDS)
@pytest.mark.parametrize("name", ["blocks", "dense and wide", "shop"])
def test_the_answer_does_not_depend_on_threads_or_repetition(name: str, kind: str) -> None:
    make, shares = _STRUCTURED[name]
    data = Transactions.of(make(np.random.default_rng(12)))
    one, *others = (frequent_itemsets(data, shares[-1], kind, threads=threads) for threads in (1, 1, 2, 3, None))
    for other in others:
        np.testing.assert_array_equal(other.offsets, one.offsets)
        np.testing.assert_array_equal(other.columns, one.columns)
        np.testing.assert_array_equal(other.rows, one.rows)


@pytest.mark.parametrize(
    "items",
    [
        ["tea", 1, (2, "x"), 2.5, b"cup"],
        [(1, "a"), (2, "b"), (3, "c")],
        ["茶", "杯", "", "a b"],
        [b"\x00", b"tea", b"\xff"],
        [1 << 40, -3, 0],
        [1 << 80, 1, 2],
        [date(2026, 11, 26), date(2026, 11, 27)],
        [frozenset("ab"), frozenset("c")],
    ],
    ids=["several kinds", "tuples", "texts", "bytes", "large numbers", "huge numbers", "dates", "sets"],
)
def test_items_come_back_as_they_went_in(items: list[object]) -> None:
    baskets = [items, items[:2], items[1:], [items[0]]]
    found = frequent_itemsets(baskets, 2)
    expected = counted(baskets, 2)
    assert sets_of(found) == expected
    assert {frozenset(found[at].items) for at in range(len(found))} == expected.keys()
    assert set(found.to_pandas()["itemsets"]) == expected.keys()


@pytest.mark.parametrize("missing", [None, float("nan")])
def test_what_is_missing_is_no_item(missing: object) -> None:
    assert sets_of(frequent_itemsets([["tea", missing], [missing], ["tea", missing]], 1)) == {frozenset(["tea"]): 2}


def test_a_share_is_one_of_all_baskets_and_rounded_up() -> None:
    baskets = [["tea"]] * 3 + [["cup"]] * 4 + [[]] * 23
    found = frequent_itemsets(baskets, 0.1)
    assert (found.baskets, found.min_rows) == (30, 3)
    assert sets_of(found) == {frozenset(["tea"]): 3, frozenset(["cup"]): 4}
    assert [one.support for one in found] == [one.rows / 30 for one in found]
    assert sets_of(frequent_itemsets(baskets, 0.100001)) == {frozenset(["cup"]): 4}
    assert sets_of(frequent_itemsets(baskets, 1)) == sets_of(frequent_itemsets(baskets, 1e-9))
    assert len(frequent_itemsets(baskets, 1.0)) == 0
    assert len(frequent_itemsets([*baskets, []], 31)) == 0


@pytest.mark.parametrize("support", [0, -1, 0.0, -0.5, 1.01, float("nan"), float("inf"), True, "0.1", None])
def test_a_support_that_is_none(support: object) -> None:
    with pytest.raises(UsageError, match="min_support"):
        frequent_itemsets([["tea"]], support)  # type: ignore[arg-type]


def test_a_kind_that_is_none() -> None:
    with pytest.raises(UsageError, match="kind"):
        frequent_itemsets([["tea"]], 1, "closet")  # type: ignore[arg-type]


@pytest.mark.parametrize("kind", KINDS)
@pytest.mark.parametrize("baskets", [[], [[]], [[], []], [["tea"], ["cup"]]])
def test_nothing_is_frequent(kind: str, baskets: list[list[str]]) -> None:
    for support in (2, 0.9):
        found = frequent_itemsets(baskets, support, kind)
        assert sets_of(found) == {}
        assert found.baskets == len(baskets)
        assert found.to_arrow().num_rows == 0
        assert len(found.to_pandas()) == 0
