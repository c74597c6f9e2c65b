"""Supports against brute force, in one block and in many."""

from __future__ import annotations

import gzip
from collections import Counter
from itertools import combinations
from pathlib import Path

import fim
import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from jianwei.errors import UsageError
from jianwei.mining.supports import incidence, item_supports, pair_supports, triple_supports

baskets_of = st.lists(st.lists(st.integers(0, 7), max_size=6), min_size=1, max_size=25)


def matrix_of(baskets: list[list[int]]):
    couples = [(row, item) for row, basket in enumerate(baskets) for item in basket]
    rows, items = np.array(couples, np.int64).reshape(-1, 2).T
    return incidence(rows, items, (len(baskets), 8))


def brute(baskets: list[list[int]], size: int, least: int) -> dict[tuple[int, ...], int]:
    counted = Counter(group for basket in baskets for group in combinations(sorted(set(basket)), size))
    return {group: n for group, n in counted.items() if n >= least}


@given(baskets_of, st.integers(1, 4))
def test_pairs_equal_brute_force(baskets: list[list[int]], least: int) -> None:
    expected = brute(baskets, 2, least)
    for given_as in (baskets, matrix_of(baskets)):
        found = pair_supports(given_as, least)
        pairs = list(zip(found.left.tolist(), found.right.tolist(), strict=True))
        assert dict(zip(pairs, found.rows.tolist(), strict=True)) == expected
        assert pairs == sorted(pairs)


@given(baskets_of, st.integers(1, 4))
def test_triples_equal_brute_force_once_for_every_pair_in_them(baskets: list[list[int]], least: int) -> None:
    matrix = matrix_of(baskets)
    pairs = pair_supports(matrix, least)
    found = triple_supports(matrix, pairs, least)
    columns = (
        pairs.left[found.pair].tolist(),
        pairs.right[found.pair].tolist(),
        found.item.tolist(),
        found.rows.tolist(),
    )
    cells = {(a, b, c): n for a, b, c, n in zip(*columns, strict=True)}
    expected = brute(baskets, 3, least)
    assert len(cells) == len(found.rows) == 3 * len(expected)
    assert {tuple(sorted(group)): n for group, n in cells.items()} == expected
    assert item_supports(matrix).tolist() == [sum(item in basket for basket in baskets) for item in range(8)]


def test_many_blocks_give_what_one_gives() -> None:
    rng = np.random.default_rng(3)
    baskets = [np.unique(rng.integers(0, 2600, 900)).tolist() for _ in range(12)]
    found = pair_supports(baskets, 6)  # 2,600² cells do not fit into one block
    expected = brute(baskets, 2, 6)
    assert (
        dict(zip(zip(found.left.tolist(), found.right.tolist(), strict=True), found.rows.tolist(), strict=True))
        == expected
    )


def test_too_much_work_is_refused_with_advice() -> None:
    baskets = [range(4000)] * 3
    with pytest.raises(UsageError, match="raise min_support"):
        pair_supports(baskets, 1)
    assert len(pair_supports([range(100)] * 3, 1).rows) == 4950


def test_retail_equals_an_independent_count(data_dir: Path) -> None:
    with gzip.open(data_dir / "fimi" / "retail.dat.gz", "rt") as lines:
        baskets = [[int(item) for item in line.split()] for line in lines]
    found = pair_supports(baskets, 89)
    mine = {(a, b): n for a, b, n in zip(found.left.tolist(), found.right.tolist(), found.rows.tolist(), strict=True)}
    theirs = {tuple(sorted(items)): n for items, n in fim.eclat(baskets, supp=-89, zmin=2, zmax=3, report="a")}
    assert mine == {items: n for items, n in theirs.items() if len(items) == 2}
    matrix = incidence(*np.array([(row, item) for row, basket in enumerate(baskets) for item in basket]).T)
    triples = triple_supports(matrix, found, 89)
    columns = (found.left[triples.pair].tolist(), found.right[triples.pair].tolist(), triples.item.tolist())
    groups = [tuple(sorted(group)) for group in zip(*columns, strict=True)]
    assert dict(zip(groups, triples.rows.tolist(), strict=True)) == {i: n for i, n in theirs.items() if len(i) == 3}
