"""Contrasts against brute force, on random halves, and on planted differences."""

from __future__ import annotations

from itertools import combinations
from typing import Any

import numpy as np
import pyarrow as pa
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy import stats

from jianwei.errors import UsageError
from jianwei.mining import Contrasts, Transactions, contrast_sets

groups = st.lists(st.sets(st.sampled_from("abcde")), min_size=1, max_size=14)


def counted(baskets: list[set[str]], items: tuple[str, ...]) -> int:
    return sum(basket.issuperset(items) for basket in baskets)


@given(left=groups, right=groups, support=st.sampled_from([1, 2, 0.2, 0.5]), longest=st.none() | st.integers(1, 3))
@settings(max_examples=200, deadline=None)
def test_supports_against_brute_force(
    left: list[set[str]], right: list[set[str]], support: float, longest: int | None
) -> None:
    found = contrast_sets(left, right, support, longest, min_rows=1, alpha=1)
    least = [support if isinstance(support, int) else -(-int(support * 10) * len(side) // 10) for side in (left, right)]
    least = [max(1, rows) for rows in least]
    every = [items for size in range(1, (longest or 5) + 1) for items in combinations("abcde", size)]
    rows = {items: (counted(left, items), counted(right, items)) for items in every}
    assert {one.items: (one.left_rows, one.right_rows) for one in found} == {
        items: both for items, both in rows.items() if any(n >= bar for n, bar in zip(both, least, strict=True))
    }
    assert found.tested == sum(sum(both) >= min(least) for both in rows.values())
    for one, p_value in zip(found, found.p_value, strict=True):
        table = [[one.left_rows, len(left) - one.left_rows], [one.right_rows, len(right) - one.right_rows]]
        wanted = stats.fisher_exact(table).pvalue
        assert p_value >= wanted - 1e-9
        assert len(one.items) > 1 or p_value == pytest.approx(wanted)


@given(left=groups, right=groups)
@settings(max_examples=60, deadline=None)
def test_the_order_of_groups_and_baskets_changes_no_figure(left: list[set[str]], right: list[set[str]]) -> None:
    one = contrast_sets(left, right, 1, min_rows=1, alpha=1)
    other = contrast_sets(right[::-1], left[::-1], 1, min_rows=1, alpha=1)
    assert {c.items: (c.left_rows, c.right_rows) for c in one} == {c.items: (c.right_rows, c.left_rows) for c in other}
    assert np.allclose(sorted(one.p_value), sorted(other.p_value))


@given(left=groups, right=groups, data=st.data())
@settings(max_examples=60, deadline=None)
def test_rows_that_stand_for_several_baskets(left: list[set[str]], right: list[set[str]], data: st.DataObject) -> None:
    counts = data.draw(st.lists(st.integers(1, 4), min_size=len(left), max_size=len(left)))
    short = Transactions.of(left)
    weighted = Transactions(short.offsets, short.columns, short.labels, np.array(counts, np.int64))
    long = [basket for basket, times in zip(left, counts, strict=True) for _ in range(times)]
    options: dict[str, Any] = {"min_support": 2, "min_rows": 1, "alpha": 1}
    assert _same(contrast_sets(weighted, right, **options), contrast_sets(long, right, **options))


def _same(one: Contrasts, other: Contrasts) -> bool:
    return one.to_arrow().equals(other.to_arrow()) and one.tested == other.tested


def test_items_of_any_kind_and_items_of_one_side_only() -> None:
    arrow = contrast_sets(pa.array([["b"], ["b"], ["a"]]), pa.array([["c", "b"], ["c"]]), 1, min_rows=1, alpha=1)
    assert {one.items: (one.left_rows, one.right_rows) for one in arrow} == {
        ("a",): (1, 0), ("b",): (2, 1), ("c",): (0, 2), ("b", "c"): (0, 1),
    }  # fmt: skip
    mixed = contrast_sets([[1], ["x"]], [["x", 1], [None]], 1, 1, min_rows=1, alpha=1)
    assert {one.items: (one.left_rows, one.right_rows) for one in mixed}[(1,)] == (1, 1)


def simulated(random: np.random.Generator, baskets: int) -> list[list[int]]:
    """Items of falling popularity, some of them bought together: the same shop in every group."""
    shares = 0.4 / np.arange(1, 61) ** 0.7
    held = random.random((baskets, 60)) < shares
    bundle = random.random(baskets) < 0.08
    held[bundle, 3] = held[bundle, 11] = held[bundle, 20] = True
    return [np.flatnonzero(row).tolist() for row in held]


def test_two_random_halves_do_not_differ() -> None:
    """Under no difference whatever, anything listed is wrong: that must happen in at most `alpha` of all shops."""
    alarms = {"bh": 0, "bonferroni": 0, "holm": 0}
    shops = 40
    for seed in range(shops):
        baskets = simulated(np.random.default_rng(seed), 1_200)
        for correction in alarms:
            alarms[correction] += len(contrast_sets(baskets[:600], baskets[600:], 0.02, correction=correction)) > 0
    # P(more than 6 of 40) at 5 % is 0.3 %; the seeds are fixed.
    assert max(alarms.values()) <= 6


def test_a_set_is_listed_when_it_says_more_than_its_items() -> None:
    random = np.random.default_rng(7)
    before, after = simulated(random, 3_000), simulated(random, 3_000)
    for basket in after:
        if random.random() < 0.1:  # two items that become more frequent, each on its own
            basket.append(30)
        if random.random() < 0.1:
            basket.append(31)
        if random.random() < 0.1:  # two that are bought together now
            basket += [22, 23]
    listed = {one.items: one for one in contrast_sets(before, after, 0.005)}
    assert {(30,), (31,), (22,), (23,), (22, 23)} <= set(listed)
    assert (30, 31) not in listed
    assert (30, 31) in {one.items for one in contrast_sets(before, after, 0.005, surprising=False)}
    found = contrast_sets(before, after, 0.005)
    pair = [one.items for one in found].index((22, 23))
    assert found.growth[pair] > 2 * found.expected_growth[pair]


@pytest.mark.parametrize(
    "wrong",
    [
        {"right": []}, {"left": []}, {"alpha": 0}, {"alpha": 1.5}, {"correction": "all"}, {"min_support": 0}, {"max_sets": 1},
        {"max_length": 0},
    ],
    ids=str,
)  # fmt: skip
def test_wrong_arguments_are_told(wrong: dict[str, Any]) -> None:
    given = {"left": [["a", "b"]], "right": [["a"]], "min_support": 1, "min_rows": 1, **wrong}
    with pytest.raises(UsageError):
        contrast_sets(**given)


def test_groups_without_a_common_item() -> None:
    assert len(contrast_sets([[]], [[]], 1)) == 0
    found = contrast_sets([["a"]] * 20, [["b"]] * 20)
    assert [one.items for one in found] == [("a",), ("b",)]
    assert found.growth.tolist() == [0.0, np.inf]
