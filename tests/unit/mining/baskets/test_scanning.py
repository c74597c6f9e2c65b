"""A scan in two passes gives what the whole gives, and notices when it cannot."""

from __future__ import annotations

from collections import Counter
from itertools import pairwise
from pathlib import Path
from typing import Any

import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from jianwei.errors import InputError, UsageError
from jianwei.mining import frequent_itemsets, scan_baskets
from jianwei.mining.baskets import blocks
from jianwei.mining.baskets.merging import Merged
from jianwei.mining.baskets.scanning import Scan
from jianwei.mining.patterns.support import least_rows

BASKETS = st.lists(st.lists(st.sampled_from("abcdefg"), max_size=5), max_size=25)
SUPPORT = st.sampled_from([0.05, 0.2, 0.5, 1, 2, 4])


def as_lists(rows: list[list[str]], cuts: list[int]) -> list[pa.RecordBatch]:
    bounds = sorted(min(cut, len(rows)) for cut in cuts)
    return [
        pa.record_batch({"items": pa.array(rows[begin:end], pa.list_(pa.string()))})
        for begin, end in zip([0, *bounds], [*bounds, len(rows)], strict=True)
    ]


def as_couples(rows: list[list[str]], cuts: list[int], kind: pa.DataType) -> list[pa.RecordBatch]:
    couples = [(f"order {at}", item) for at, row in enumerate(rows) for item in row or [None]]
    bounds = sorted(min(cut, len(couples)) for cut in cuts)
    orders, items = (
        pa.array([one for one, _ in couples], pa.string()),
        pa.array([one for _, one in couples], pa.string()),
    )
    return [
        pa.record_batch({"order": orders[begin:end].cast(kind), "item": items[begin:end].cast(kind)})
        for begin, end in zip([0, *bounds], [*bounds, len(couples)], strict=True)
    ]


def keyed(found: Any) -> dict[frozenset[Any], int]:
    return {frozenset(one.items): one.rows for one in found}


def check(scan: Scan, rows: list[list[str]], support: float) -> None:
    few = scan_baskets(scan, support)
    least = least_rows(support, len(rows))
    counted = Counter(item for row in rows for item in set(row))
    frequent = {item for item, number in counted.items() if number >= least}
    assert len(few) == len(rows)
    assert few.labels.to_pylist() == sorted(frequent)
    counts = np.ones(len(few.offsets) - 1, int) if few.counts is None else few.counts
    given = Counter()
    for at, number in enumerate(counts.tolist()):
        given[frozenset(few.labels_of(few.columns[few.offsets[at] : few.offsets[at + 1]].tolist()))] += number
    assert given == Counter(frozenset(row) & frequent for row in rows)
    assert len(given) == len(counts)  # equal rows are there once
    assert keyed(frequent_itemsets(few, support)) == keyed(frequent_itemsets(rows, support))


@settings(max_examples=60, deadline=None)
@given(rows=BASKETS, support=SUPPORT, cuts=st.lists(st.integers(0, 60), max_size=4), cells=st.integers(1, 30))
def test_lists(rows: list[list[str]], support: float, cuts: list[int], cells: int) -> None:
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(blocks, "_CELLS", cells)
        check(lambda: iter(as_lists(rows, cuts)), rows, support)


@pytest.mark.parametrize(
    "kind", [pa.string(), pa.large_string(), pa.string_view(), pa.dictionary(pa.int32(), pa.string())], ids=str
)
@settings(max_examples=40, deadline=None)
@given(rows=BASKETS, support=SUPPORT, cuts=st.lists(st.integers(0, 60), max_size=4), cells=st.integers(1, 30))
def test_couples(kind: pa.DataType, rows: list[list[str]], support: float, cuts: list[int], cells: int) -> None:
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(blocks, "_CELLS", cells)
        check(lambda: as_couples(rows, cuts, kind), rows, support)


@pytest.mark.parametrize("cells", [1, 2, 1000])
@pytest.mark.parametrize("orders", [[1, 1, 2, 1], [3, 3, 1, 2, 3], ["b", "a", "a", "b"], [2.5, 1.5, 2.5]])
def test_baskets_in_two_places_are_noticed(monkeypatch: pytest.MonkeyPatch, cells: int, orders: list[Any]) -> None:
    monkeypatch.setattr(blocks, "_CELLS", cells)
    batches = [pa.record_batch({"order": [order], "item": ["tea"]}) for order in orders]
    with pytest.raises(InputError, match="1 baskets do not stand together"):
        scan_baskets(lambda: batches, 1)


@pytest.mark.parametrize("orders", [[1, 1, 2], [3, 3, 1, 2, 2], ["b", "a", "a"], [2.5, 1.5], [2**63, 2**63, 1]])
def test_baskets_in_any_order_of_their_own(orders: list[Any]) -> None:
    kind = pa.uint64() if 2**63 in orders else None
    batches = [pa.record_batch({"order": pa.array([order], kind), "item": ["tea"]}) for order in orders]
    assert len(scan_baskets(lambda: batches, 1)) == len(set(orders))


def test_a_basket_as_long_as_many_batches(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(blocks, "_CELLS", 10)
    batches = [pa.record_batch({"order": [1] * 10, "item": list(range(at, at + 10))}) for at in range(50)]
    few = scan_baskets(lambda: batches, 1)
    assert len(few) == 1
    assert few.columns.tolist() == list(range(59))


def test_rows_without_basket_or_item() -> None:
    batch = pa.record_batch({"order": [1, None, 2, 2, 3], "item": ["tea", "pot", None, "tea", None]})
    few = scan_baskets(lambda: [batch], 1)
    assert len(few) == 3
    assert few.labels.to_pylist() == ["tea"]
    assert few.item_rows.tolist() == [2]


def test_a_scan_that_changes_is_noticed() -> None:
    passes = iter([[["tea"], ["tea"]], [["tea"], ["cup"]], [["tea"]], [["tea"], []]])
    for _ in range(2):
        with pytest.raises(InputError, match="second pass"):
            scan_baskets(lambda: as_lists(next(passes), []), 1)


def test_what_cannot_be_scanned() -> None:
    with pytest.raises(UsageError, match="couple"):
        scan_baskets(lambda: [pa.record_batch({"a": [1]})], 1)
    with pytest.raises(UsageError, match="no column 'no'"):
        scan_baskets(lambda: [pa.record_batch({"a": [1], "b": [2]})], 1, basket="no")
    with pytest.raises(UsageError, match="told apart"):
        scan_baskets(lambda: [pa.record_batch({"a": [{"x": 1}, {"x": 2}], "b": [2, 3]})], 1)
    with pytest.raises(UsageError, match="min_support"):
        scan_baskets(lambda: [pa.record_batch({"a": [1], "b": [2]})], 0)


def test_files(tmp_path: Path) -> None:
    rows = [["tea", "cup"], ["tea"], ["pot"], ["tea", "cup"]]
    couples = pa.table({"n": range(6), "order": [1, 1, 2, 3, 4, 4], "item": ["tea", "cup", "tea", "pot", "tea", "cup"]})
    pq.write_table(couples, tmp_path / "couples.parquet", row_group_size=1)
    few = scan_baskets(tmp_path / "couples.parquet", 2, basket="order", item="item")
    assert (len(few), few.labels.to_pylist(), few.counts.tolist()) == (4, ["cup", "tea"], [2, 1, 1])
    folder = tmp_path / "lists"
    folder.mkdir()
    for at in range(2):
        pq.write_table(pa.table({"n": [1, 2], "items": rows[2 * at : 2 * at + 2]}), folder / f"{at}.parquet")
    assert keyed(frequent_itemsets(scan_baskets(folder, 0.5), 0.5)) == keyed(frequent_itemsets(rows, 0.5))
    assert len(scan_baskets([folder / "0.parquet", str(folder / "1.parquet")], 0.5)) == 4
    text = tmp_path / "baskets.dat"
    text.write_text("10 9\n9\n8\n10 9\n")
    assert scan_baskets(text, 2).labels.to_pylist() == [9, 10]
    pq.write_table(pa.table({"a": [1], "b": [1], "c": [0]}), tmp_path / "cells.parquet")
    with pytest.raises(UsageError, match="0 and 1"):
        scan_baskets(tmp_path / "cells.parquet", 1)
    with pytest.raises(InputError, match="no such file"):
        scan_baskets(tmp_path / "missing", 1)


ROWS = st.lists(st.tuples(st.frozensets(st.integers(0, 5), max_size=4), st.integers(1, 9)), max_size=30)


@settings(max_examples=60, deadline=None)
@given(st.lists(ROWS, max_size=4))
def test_merged_rows(parts: list[list[tuple[frozenset[int], int]]]) -> None:
    merged, wanted, order = Merged(), Counter[frozenset[int]](), dict[frozenset[int], int]()
    for part in parts:
        lists = [sorted(row) for row, _ in part]
        offsets = np.concatenate([[0], np.cumsum([len(row) for row in lists])]).astype(np.int64)
        columns = np.array([item for row in lists for item in row], np.int32)
        which = merged.add(offsets, columns, np.array([number for _, number in part], np.int64))
        for row, number in part:
            wanted[row] += number
            order.setdefault(row, len(order))
        assert which.tolist() == [order[row] for row, _ in part]
    offsets, columns, counts = merged.gathered()
    found = [frozenset(columns[begin:end].tolist()) for begin, end in pairwise(offsets)]
    assert found == list(order)
    assert counts.tolist() == [wanted[row] for row in found]
