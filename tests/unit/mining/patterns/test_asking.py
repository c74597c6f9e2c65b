"""What one can ask of a search: lengths, items that must be there or not, the best sets, a bound; how it reports and is ended."""

from __future__ import annotations

import threading
from collections.abc import Iterator
from contextlib import contextmanager
from math import comb

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from support.itemsets import KINDS, Sets, counted, of_kind, sets_of

from jianwei.common.progress import Task
from jianwei.errors import UsageError
from jianwei.mining import Transactions, count_itemsets, frequent_itemsets

Baskets = list[list[int]]


@st.composite
def small(draw: st.DrawFn) -> Baskets:
    items = draw(st.integers(2, 8))
    rows = draw(st.lists(st.lists(st.integers(0, items - 1), max_size=items), min_size=1, max_size=14))
    return [[*row, 50] for row in rows] if draw(st.booleans()) else rows


def _bits(rows: int, items: int, share: float) -> Transactions:
    table = np.random.default_rng(3).random((rows, items)) < share
    return Transactions.of([np.flatnonzero(row).tolist() for row in table])


class _Watched:
    """A progress that remembers what it was told, and after `end` units has enough."""

    def __init__(self, end: float = float("inf")) -> None:
        self.expected, self.done, self.end = 0.0, 0.0, end
        self.steps = self.closed = 0
        self.threads: set[int] = set()

    @contextmanager
    def task(self, label: str, total: float | None = None, unit: str = "rows") -> Iterator[Task]:
        assert label
        self.expected = total or 0
        try:
            yield self
        finally:
            self.closed += 1

    def total(self, units: float) -> None:
        self.expected = units

    def advance(self, units: float = 1) -> None:
        assert units >= 0
        self.done += units
        self.steps += 1
        self.threads.add(threading.get_ident())
        if self.done >= self.end:
            raise KeyboardInterrupt

    def note(self, text: str) -> None:
        raise AssertionError(text)


@pytest.mark.parametrize("kind", KINDS)
@given(baskets=small(), least=st.integers(1, 4), low=st.integers(1, 5), more=st.integers(0, 4) | st.none())
@settings(max_examples=60, deadline=None)
def test_lengths_choose_among_the_sets_of_the_kind(
    kind: str, baskets: Baskets, least: int, low: int, more: int | None
) -> None:
    high = None if more is None else low + more
    found = frequent_itemsets(baskets, least, kind, high, min_length=low)
    assert sets_of(found) == {
        one: rows for one, rows in counted(baskets, least, kind).items() if low <= len(one) <= (high or 99)
    }
    if high is not None:
        assert sets_of(frequent_itemsets(baskets, least, kind, min_length=low, max_len=high)) == sets_of(found)


@pytest.mark.parametrize(("low", "high"), [(0, None), (-1, 3), (1, 0), (3, 2)])
def test_lengths_that_are_none(low: int, high: int | None) -> None:
    with pytest.raises(UsageError, match="_length"):
        frequent_itemsets([["tea"]], 1, min_length=low, max_length=high)


@pytest.mark.parametrize("kind", KINDS)
@given(baskets=small(), least=st.integers(1, 4), data=st.data())
@settings(max_examples=80, deadline=None)
def test_items_that_must_be_there_and_items_that_must_not(
    kind: str, baskets: Baskets, least: int, data: st.DataObject
) -> None:
    """Sets of the baskets freed of some items, those that hold all of the others."""
    items = sorted({item for basket in baskets for item in basket})
    inside = data.draw(st.lists(st.sampled_from(items), unique=True, max_size=3)) if items else []
    others = [item for item in items if item not in inside]
    outside = data.draw(st.lists(st.sampled_from([*others, 77]), unique=True, max_size=3)) if others else []
    low, high = data.draw(st.sampled_from([(1, None), (1, 3), (2, 4)]))
    found = frequent_itemsets(baskets, least, kind, high, min_length=low, include=inside, exclude=outside)
    freed = [[item for item in basket if item not in outside] for basket in baskets]
    assert sets_of(found) == {
        one: rows
        for one, rows in counted(freed, least, kind).items()
        if one >= set(inside) and low <= len(one) <= (high or 99)
    }
    assert found.baskets == len(baskets)


def test_an_item_in_no_basket_cannot_be_asked_for() -> None:
    with pytest.raises(UsageError, match="include") as refused:
        frequent_itemsets([["tea"]], 1, include=["cup"])
    assert refused.value.hint
    with pytest.raises(UsageError):
        frequent_itemsets([["tea"]], 1, exclude="tea")


def test_an_item_asked_for_and_taken_out_is_refused() -> None:
    with pytest.raises(UsageError):
        frequent_itemsets([["tea"]], 1, include=["tea"], exclude=["tea"])


def _best(sets: Sets, number: int) -> Sets:
    """The sets of highest support, with all that tie with the last of them."""
    order = sorted(sets.values(), reverse=True)
    last = order[min(number, len(order)) - 1] if order else 0
    return {one: rows for one, rows in sets.items() if rows >= last}


@pytest.mark.parametrize("kind", ["all", "closed"])
@given(baskets=small(), number=st.integers(1, 40), least=st.integers(1, 3), data=st.data())
@settings(max_examples=80, deadline=None)
def test_the_best_sets_and_all_that_tie(
    kind: str, baskets: Baskets, number: int, least: int, data: st.DataObject
) -> None:
    low, high = data.draw(st.sampled_from([(1, None), (1, 2), (2, None), (2, 3)]))
    items = sorted({item for basket in baskets for item in basket})
    inside = data.draw(st.lists(st.sampled_from(items), unique=True, max_size=2)) if items else []
    found = frequent_itemsets(baskets, least, kind, high, min_length=low, include=inside, top_k=number)
    fit = {
        one: rows
        for one, rows in counted(baskets, least, kind).items()
        if low <= len(one) <= (high or 99) and one >= set(inside)
    }
    assert sets_of(found) == _best(fit, number)
    assert (np.diff(found.rows) <= 0).all()


def test_the_best_sets_of_a_larger_table() -> None:
    data = _bits(600, 40, 0.25)
    every = sets_of(frequent_itemsets(data, 6))
    for number in (1, 10, 100, 1000):
        assert sets_of(frequent_itemsets(data, 6, top_k=number)) == _best(every, number)
        assert sets_of(frequent_itemsets(data, 6, "closed", top_k=number)) == _best(of_kind(every, "closed"), number)


@pytest.mark.parametrize("number", [0, -3])
def test_no_best_sets(number: int) -> None:
    with pytest.raises(UsageError, match="top_k"):
        frequent_itemsets([["tea"]], 1, top_k=number)


def test_maximal_sets_have_no_best() -> None:
    with pytest.raises(UsageError, match="top_k"):
        frequent_itemsets([["tea"]], 1, "maximal", top_k=3)


@pytest.mark.parametrize("threads", [1, 2])
@pytest.mark.parametrize("kind", KINDS)
def test_more_sets_than_allowed_end_with_advice(kind: str, threads: int) -> None:
    data = _bits(200, 80, 0.3)
    sets = len(frequent_itemsets(data, 6, kind))
    with pytest.raises(UsageError, match="sets") as refused:
        frequent_itemsets(data, 6, kind, threads=threads, max_sets=sets // 20)
    assert refused.value.hint
    if kind != "maximal":  # what is looked at to find them may be more than they are
        assert len(frequent_itemsets(data, 6, kind, threads=threads, max_sets=sets)) == sets
        with pytest.raises(UsageError):
            frequent_itemsets(data, 6, kind, threads=threads, max_sets=sets - 1)


def test_a_basket_of_a_hundred_items_does_not_fill_the_memory() -> None:
    baskets = [list(range(100))] * 3 + [[1]]
    for threads in (1, 2):
        with pytest.raises(UsageError):
            frequent_itemsets(baskets, 2, threads=threads, max_sets=200_000)
    with pytest.raises(UsageError):
        count_itemsets(baskets, 2)
    assert sets_of(frequent_itemsets(baskets, 2, "closed")) == {frozenset(range(100)): 3, frozenset([1]): 4}
    assert sets_of(frequent_itemsets(baskets, 2, "maximal")) == {frozenset(range(100)): 3}
    assert len(frequent_itemsets(baskets, 2, max_length=2)) == 100 + comb(100, 2)
    assert count_itemsets(baskets, 2, max_length=3).tolist() == [0, 100, comb(100, 2), comb(100, 3)]


@pytest.mark.parametrize("kind", KINDS)
@given(baskets=small(), least=st.integers(1, 4), longest=st.integers(1, 6) | st.none())
@settings(max_examples=60, deadline=None)
def test_counting_without_finding(kind: str, baskets: Baskets, least: int, longest: int | None) -> None:
    lengths = [len(one) for one in counted(baskets, least, kind) if len(one) <= (longest or 99)]
    numbers = count_itemsets(baskets, least, kind, longest)
    assert numbers.dtype == np.int64
    assert numbers.tolist() == np.bincount(lengths, minlength=1).tolist()


def test_counting_what_nobody_could_list() -> None:
    """Two kinds of baskets of fifty items, ten of them in both."""
    baskets = [list(range(50))] * 4 + [list(range(40, 90))] * 4
    numbers = count_itemsets(baskets, 4)
    assert numbers.tolist() == [0, *(2 * comb(50, n) - comb(10, n) for n in range(1, 51))]
    assert count_itemsets(baskets, 5).tolist() == [0, *(comb(10, n) for n in range(1, 11))]


@pytest.mark.parametrize("share", [0.02, 0.05, 0.2])
def test_counting_and_finding_agree_on_larger_tables(share: float) -> None:
    for data in (_bits(2000, 30, 0.2), _bits(500, 130, 0.15), _bits(300, 16, 0.8), _bits(3000, 400, 0.02)):
        found = frequent_itemsets(data, share, max_sets=1 << 40)
        for threads in (1, 2):
            numbers = count_itemsets(data, share, threads=threads)
            assert numbers.tolist() == np.bincount(found.lengths, minlength=1).tolist()


LONG = _bits(1500, 110, 0.3), 0.02
"""Long enough a search for several threads to be worth their while."""


@pytest.mark.parametrize("kind", KINDS)
def test_threads_share_a_long_search(kind: str) -> None:
    data, share = LONG
    one, two = _Watched(), _Watched()
    alone = frequent_itemsets(data, share, kind, threads=1, progress=one)
    shared = frequent_itemsets(data, share, kind, threads=2, progress=two)
    assert len(one.threads) == 1
    assert len(two.threads) > 1
    np.testing.assert_array_equal(shared.offsets, alone.offsets)
    np.testing.assert_array_equal(shared.columns, alone.columns)
    np.testing.assert_array_equal(shared.rows, alone.rows)


@pytest.mark.parametrize("threads", [1, 2])
def test_progress_is_told_of_every_frequent_item(threads: int) -> None:
    data, share = LONG
    for search in (frequent_itemsets, count_itemsets):
        watched = _Watched()
        search(data, share, threads=threads, progress=watched)
        assert watched.expected == watched.done == 110
        assert watched.steps > 3
        assert watched.closed == 1


@pytest.mark.parametrize("threads", [1, 2])
@pytest.mark.parametrize("kind", KINDS)
def test_an_exception_from_the_progress_ends_the_search(kind: str, threads: int) -> None:
    data, share = LONG
    running = threading.active_count()
    for end in (1, 20):
        watched = _Watched(end)
        with pytest.raises(KeyboardInterrupt):
            frequent_itemsets(data, share, kind, threads=threads, progress=watched)
        assert watched.done < 110
        assert watched.closed == 1
        assert threading.active_count() == running


@pytest.mark.parametrize("threads", [0, -2])
def test_no_threads(threads: int) -> None:
    with pytest.raises(UsageError, match="threads"):
        frequent_itemsets([["tea"]], 1, threads=threads)
