"""The two-way index against a dense matrix."""

from __future__ import annotations

import numpy as np
from hypothesis import given, settings
from hypothesis import strategies as st

from jianwei.recommend.index import Index

ROWS = st.lists(st.sets(st.integers(0, 6)), max_size=12)


@given(ROWS)
@settings(max_examples=60, deadline=None)
def test_counts_are_those_of_the_dense_matrix(rows: list[set[int]]) -> None:
    dense = np.zeros((len(rows), 7), int)
    for at, row in enumerate(rows):
        dense[at, sorted(row)] = 1
    offsets = np.concatenate([[0], np.cumsum([len(row) for row in rows])]).astype(np.int64)
    columns = np.array([item for row in rows for item in sorted(row)], np.int32)
    index = Index.of(offsets, columns, 7)
    together = dense.T @ dense
    assert len(index) == len(rows)
    assert index.sizes.tolist() == np.diag(together).tolist()
    for item in range(7):
        assert index.rows_with(item).tolist() == np.flatnonzero(dense[:, item]).tolist()
        assert index.size(item) == together[item, item]
        assert index.counted_with(item).tolist() == together[item].tolist()
        assert [index.common(item, other) for other in range(7)] == together[item].tolist()
