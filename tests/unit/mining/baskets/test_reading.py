"""Whatever holds baskets gives the same baskets as plain sets do."""

from __future__ import annotations

import math
from collections.abc import Callable
from typing import Any

import numpy as np
import pandas as pd
import polars as pl
import pyarrow as pa
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy import sparse

from jianwei.errors import UsageError
from jianwei.mining import Transactions, read_baskets

NAMES = st.sampled_from(["tea", "cup", "pot", "whisk", "茶", ""])
BASKETS = st.lists(st.lists(NAMES, max_size=6), max_size=12)
MIXED = st.one_of(st.integers(-3, 3), NAMES, st.none(), st.just(math.nan), st.booleans(), st.tuples(st.integers(0, 1)))


def rows_of(data: Transactions) -> list[set[Any]]:
    """The baskets as sets, once it is certain that the arrays keep their word."""
    assert data.offsets.dtype == np.int64
    assert data.columns.dtype == np.int32
    assert data.offsets[0] == 0
    assert data.offsets[-1] == len(data.columns)
    found = []
    for begin, end in zip(data.offsets[:-1], data.offsets[1:], strict=True):
        columns = data.columns[begin:end].tolist()
        assert columns == sorted(set(columns))
        found.append(set(data.labels_of(columns)))
    return found


def repeated(rows: list[list[Any]]) -> list[tuple[int, Any]]:
    return [(number, item) for number, row in enumerate(rows) for item in row]


@settings(max_examples=60, deadline=None)
@given(BASKETS)
def test_lists_of_names(rows: list[list[str]]) -> None:
    data = read_baskets(rows)
    assert rows_of(data) == [set(row) for row in rows]
    assert list(data.labels) == sorted({item for row in rows for item in row})


@settings(max_examples=60, deadline=None)
@given(st.lists(st.lists(MIXED, max_size=6), max_size=10))
def test_items_of_any_kind(rows: list[list[Any]]) -> None:
    wanted = [{item for item in row if item is not None and item == item} for row in rows]  # noqa: PLR0124
    assert rows_of(read_baskets(rows)) == wanted


@settings(max_examples=60, deadline=None)
@given(st.lists(st.lists(st.integers(-(1 << 70), 1 << 70) | st.integers(0, 9), max_size=5), max_size=10))
def test_numbers_of_any_size(rows: list[list[int]]) -> None:
    data = read_baskets(rows)
    assert rows_of(data) == [set(row) for row in rows]
    assert list(data.labels) == sorted({item for row in rows for item in row})


@pytest.mark.parametrize("kind", [list, tuple, set, frozenset, iter, np.array, lambda row: dict.fromkeys(row, 1)])
@pytest.mark.parametrize("outer", [list, tuple, iter])
def test_whatever_can_be_iterated_over(kind: Callable[..., Any], outer: Callable[..., Any]) -> None:
    rows = [["tea", "cup"], ["tea"], ["pot", "cup"]]
    assert rows_of(read_baskets(outer([kind(row) for row in rows]))) == [set(row) for row in rows]


def test_none_is_no_basket_and_an_empty_one_is() -> None:
    assert rows_of(read_baskets([["tea"], None, []])) == [{"tea"}, set()]
    assert rows_of(read_baskets(pa.array([["tea"], None, []]))) == [{"tea"}, set()]
    assert rows_of(read_baskets(pd.Series([["tea"], None, []]))) == [{"tea"}, set()]
    assert rows_of(read_baskets(pl.Series([["tea"], None, []]))) == [{"tea"}, set()]


def test_half_numbers_are_not_cut_off() -> None:
    data = read_baskets([[1, 2.5], [1.0, 2]])
    assert rows_of(data) == [{1, 2.5}, {1, 2}]


def test_texts_that_are_no_unicode() -> None:
    assert rows_of(read_baskets([["a", "\ud800"], ["a"]])) == [{"a", "\ud800"}, {"a"}]


@pytest.mark.parametrize(
    ("data", "told"),
    [
        (["tea", "cup"], "text"),
        ([["tea"], "cup"], "text"),
        ([b"tea"], "text"),
        ([3, 4], "no list"),
        (7, "no baskets"),
        (None, "no baskets"),
        ([[["tea"]]], "key"),
        (b"tea", "no columns"),
        (np.zeros(3), "dimensions"),
        (np.array([[0, 2], [1, 1]]), "0 and 1"),
        (np.array([["a", "b"]]), "0 and 1"),
        (pa.array([1, 2]), "no lists"),
        (pa.array([[["tea"]]]), "told apart"),
        (pa.table({"item": ["tea"]}), "couple"),
        (pa.table({}), "couple"),
        (pa.table({"a": [1, 0], "b": [1, 3], "c": [0, 0]}), "0 and 1"),
        (pa.table({"a": [["tea"]], "b": [["cup"]]}), "several"),
    ],
)
def test_what_holds_no_baskets_is_told(data: Any, told: str) -> None:
    with pytest.raises(UsageError, match=told):
        read_baskets(data)


def test_columns_that_are_not_there() -> None:
    table = pa.table({"order": [1], "item": ["tea"]})
    for wrong in ({"basket": "no"}, {"item": "no"}):
        with pytest.raises(UsageError, match="no column 'no'") as caught:
            read_baskets(table, **wrong)
        assert "'order', 'item'" in str(caught.value)
    with pytest.raises(UsageError, match="no columns"):
        read_baskets([["tea"]], basket="order")


LIST_TYPES = [
    pa.list_(pa.string()), pa.large_list(pa.large_string()), pa.list_view(pa.string()), pa.list_(pa.string_view()),
    pa.list_(pa.dictionary(pa.int32(), pa.string())),
]  # fmt: skip


@pytest.mark.parametrize("kind", LIST_TYPES, ids=str)
@settings(max_examples=20, deadline=None)
@given(rows=BASKETS, cut=st.integers(0, 12))
def test_arrow_lists(kind: pa.DataType, rows: list[list[str]], cut: int) -> None:
    whole = pa.array(rows, kind) if kind == LIST_TYPES[2] else pa.array(rows, LIST_TYPES[0]).cast(kind)
    for lists in (whole, pa.chunked_array([whole[:cut], whole[cut:]]), pa.concat_arrays([whole, whole])[len(rows) :]):
        data = read_baskets(lists)
        assert rows_of(data) == [set(row) for row in rows]
        assert isinstance(data.labels, pa.Array)
        assert data.labels.to_pylist() == sorted({item for row in rows for item in row})


def test_arrow_lists_of_a_fixed_size() -> None:
    pairs = pa.array([["tea", "cup"], None, ["tea", None]], pa.list_(pa.string(), 2))
    assert rows_of(read_baskets(pairs)) == [{"tea", "cup"}, {"tea"}]


ITEM_TYPES = [pa.string(), pa.large_string(), pa.string_view(), pa.dictionary(pa.int8(), pa.string())]


@pytest.mark.parametrize("kind", ITEM_TYPES, ids=str)
@settings(max_examples=30, deadline=None)
@given(rows=BASKETS, dice=st.randoms(use_true_random=False))
def test_couples_in_any_order(kind: pa.DataType, rows: list[list[str]], dice: Any) -> None:
    couples = repeated(rows)
    dice.shuffle(couples)
    table = pa.table(
        {
            "order": pa.array([f"o{one}" for one, _ in couples], pa.string()),
            "item": pa.array([two for _, two in couples], pa.string()).cast(kind),
        }
    )
    data = read_baskets(table)
    first_seen = list(dict.fromkeys(one for one, _ in couples))
    assert rows_of(data) == [set(rows[number]) for number in first_seen]
    assert data.labels.to_pylist() == sorted({item for row in rows for item in row})


def test_couples_without_one_of_the_two() -> None:
    table = pa.table({"order": [1, None, 2, 3, 1], "item": ["tea", "cup", None, "cup", "tea"]})
    assert rows_of(read_baskets(table)) == [{"tea"}, set(), {"cup"}]
    bare = pa.table({"order": [1, 2, 1], "item": pa.nulls(3, pa.string())})
    assert rows_of(read_baskets(bare)) == [set(), set()]
    floats = pd.DataFrame({"order": [1.0, math.nan, 2.0], "item": ["tea", "cup", "tea"]})
    assert rows_of(read_baskets(floats)) == [{"tea"}, {"tea"}]


def test_items_that_are_no_number() -> None:
    items = pa.array([1.5, math.nan, None, 0.5, math.nan])
    data = read_baskets(pa.table({"order": [1, 1, 1, 2, 3], "item": items}))
    assert rows_of(data) == [{1.5}, {0.5}, set()]
    assert data.labels.to_pylist() == [0.5, 1.5]
    assert rows_of(read_baskets(pa.array([[1.5, math.nan], [math.nan, None]]))) == [{1.5}, set()]


def test_named_columns_and_the_first_two() -> None:
    table = pa.table({"line": [1, 2, 3], "order": ["a", "a", "b"], "item": ["tea", "cup", "tea"]})
    assert rows_of(read_baskets(table, basket="order", item="item")) == [{"tea", "cup"}, {"tea"}]
    assert rows_of(read_baskets(table.select(["order", "item"]))) == [{"tea", "cup"}, {"tea"}]
    assert rows_of(read_baskets(table.select(["order", "line", "item"]), item="item")) == [{"tea", "cup"}, {"tea"}]


def test_rows_of_lists_that_share_a_basket() -> None:
    table = pa.table({"order": [1, 2, 1, None], "items": [["tea"], ["cup"], ["pot", "tea"], ["pot"]]})
    assert rows_of(read_baskets(table, basket="order")) == [{"tea", "pot"}, {"cup"}]
    assert rows_of(read_baskets(table)) == [{"tea"}, {"cup"}, {"pot", "tea"}, {"pot"}]
    bare = pa.table({"order": [1, 2, 3, 1], "items": [["tea"], [], None, ["cup"]]})
    assert rows_of(read_baskets(bare, basket="order")) == [{"tea", "cup"}, set(), set()]
    chunked = pa.concat_tables([table, table])
    assert rows_of(read_baskets(chunked, basket="order", item="items")) == [{"tea", "pot"}, {"cup"}]


def test_libraries_of_tables() -> None:
    frame = pd.DataFrame({"order": [1, 1, 2], "item": ["tea", "cup", "tea"]})
    wanted = [{"tea", "cup"}, {"tea"}]
    assert rows_of(read_baskets(frame)) == wanted
    assert rows_of(read_baskets(frame.astype({"item": "category"}))) == wanted
    assert rows_of(read_baskets(pl.DataFrame({"order": [1, 1, 2], "item": ["tea", "cup", "tea"]}))) == wanted
    assert rows_of(read_baskets(pl.DataFrame({"items": [["tea", "cup"], ["tea"]]}))) == wanted
    assert rows_of(read_baskets(pa.table(frame).to_batches()[0])) == wanted


def test_pandas_items_of_several_kinds() -> None:
    frame = pd.DataFrame({"order": [1, 1, "x", None], "item": ["tea", 3, 3, 3]})
    assert rows_of(read_baskets(frame)) == [{"tea", 3}, {3}]
    assert rows_of(read_baskets(pd.Series([["tea", 3], (3,), None]))) == [{"tea", 3}, {3}]


@settings(max_examples=40, deadline=None)
@given(st.lists(st.lists(st.booleans(), min_size=4, max_size=4), max_size=8))
def test_tables_of_truth_values(cells: list[list[bool]]) -> None:
    values = np.array(cells, bool).reshape(-1, 4)
    names = ["tea", "cup", 7, ("pot", 1)]
    wanted = [{name for name, cell in zip(names, row, strict=True) if cell} for row in cells]
    numbers = [set(np.flatnonzero(row).tolist()) for row in values]
    for kind in (bool, np.uint8, np.int64, float):
        assert rows_of(read_baskets(values.astype(kind))) == numbers
        assert rows_of(read_baskets(np.asfortranarray(values.astype(kind)), labels=names)) == wanted
        frame = pd.DataFrame(values.astype(kind), columns=pd.Index(names, tupleize_cols=False))
        data = read_baskets(frame)
        assert rows_of(data) == wanted
        assert data.labels == tuple(names)
    packed = pd.DataFrame({name: pd.arrays.SparseArray(values[:, at]) for at, name in enumerate("abcd")})
    assert rows_of(read_baskets(packed)) == [{"abcd"[at] for at in row} for row in numbers]
    for table in (pa.table(dict(zip("abcd", values.T, strict=True))), pl.DataFrame(values.astype(int), list("abcd"))):
        assert rows_of(read_baskets(table)) == [{"abcd"[at] for at in row} for row in numbers]


def test_blank_cells_of_a_table_are_not_there() -> None:
    frame = pd.DataFrame({"a": [1.0, math.nan], "b": [math.nan, 1.0], "c": [0.0, 1.0]})
    assert rows_of(read_baskets(frame)) == [{"a"}, {"b", "c"}]
    table = pa.table({"a": [True, None], "b": [None, True]})
    assert rows_of(read_baskets(table)) == [{"a"}, {"b"}]


@pytest.mark.parametrize("layout", ["csr", "csc", "coo", "lil", "dok", "bsr"])
@pytest.mark.parametrize("kind", [bool, np.int8, np.float32, complex])
def test_sparse_matrices(layout: str, kind: type) -> None:
    values = np.array([[0, 3, 0], [1, 0, 2], [0, 0, 0]]).astype(kind)
    for make in (sparse.csr_array, sparse.csr_matrix):
        matrix = make(values).asformat(layout)
        assert rows_of(read_baskets(matrix)) == [{1}, {0, 2}, set()]
        assert rows_of(read_baskets(matrix, labels=["a", "b", "c"])) == [{"b"}, {"a", "c"}, set()]


def test_sparse_matrices_that_are_untidy() -> None:
    untidy = sparse.csr_array(
        (np.array([1.0, -1.0, 2.0, 0.0, 5.0]), np.array([1, 1, 2, 0, 0]), np.array([0, 4, 5])), (2, 3)
    )
    before = untidy.data.copy()
    assert rows_of(read_baskets(untidy)) == [{2}, {0}]
    assert (untidy.data == before).all()


def test_labels_must_name_every_column_apart() -> None:
    for labels in (["a"], ["a", "a"]):
        with pytest.raises(UsageError, match="labels"):
            read_baskets(np.eye(2), labels=labels)
    with pytest.raises(UsageError, match="labels"):
        read_baskets([["tea"]], labels=["tea"])


@settings(max_examples=40, deadline=None)
@given(BASKETS)
def test_there_and_back(rows: list[list[str]]) -> None:
    data = read_baskets(rows)
    again = read_baskets(data.to_csr(), labels=data.labels)
    assert rows_of(again) == rows_of(data)
    assert read_baskets(data) is data


def test_rows_with_counts_are_repeated_in_a_matrix() -> None:
    data = Transactions(np.array([0, 2, 2, 3]), np.array([0, 1, 1], np.int32), ("a", "b"), np.array([2, 1, 3]))
    assert data.to_csr().toarray().tolist() == [[1, 1], [1, 1], [0, 0], [0, 1], [0, 1], [0, 1]]
    assert data.item_rows.tolist() == [2, 5]
    assert len(data) == 6


def test_the_columns_do_not_depend_on_the_order_of_baskets() -> None:
    rows = [["tea", "cup"], ["pot"], ["whisk", "tea"]]
    for data in (rows, pa.array(rows), pl.Series(rows)):
        turned = data[::-1] if isinstance(data, list) else read_baskets(data)
        assert list(read_baskets(turned).labels_of(range(4))) == ["cup", "pot", "tea", "whisk"]
