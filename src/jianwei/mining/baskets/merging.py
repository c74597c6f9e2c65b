"""Equal rows kept once, with a count."""

from __future__ import annotations

import numpy as np

from jianwei.common.compiled import kernels
from jianwei.mining.baskets.rows import Codes, Ints

__all__ = ["Merged"]

_KERNELS = "jianwei.mining.baskets.compiled_kernels"


class Merged:
    """Different rows, gathered part by part.

    >>> rows = Merged()
    >>> rows.add(np.array([0, 2, 3]), np.array([0, 1, 1], np.int32)).tolist()
    [0, 1]
    >>> rows.add(np.array([0, 1, 1]), np.array([1], np.int32)).tolist()
    [1, 2]
    >>> [part.tolist() for part in rows.gathered()]
    [[0, 2, 3, 3], [0, 1, 1], [1, 2, 1]]
    """

    def __init__(self) -> None:
        self._columns: Codes = np.zeros(16, np.int32)
        self._offsets: Ints = np.zeros(16, np.int64)
        self._counts: Ints = np.zeros(15, np.int64)
        self._table: Codes = np.full(16, -1, np.int32)
        self._made: Ints = np.zeros(1, np.int64)

    def __len__(self) -> int:
        return int(self._made[0])

    def add(self, offsets: Ints, columns: Codes, counts: Ints | None = None) -> Ints:
        """Add rows.

        Args:
            offsets: int64 [r + 1].
            columns: int32 [offsets[r]], ascending and different within a row.
            counts: what each row adds, int64 [r]; None: 1.

        Returns:
            The place of each row among the different ones, int64 [r].
        """
        rows = len(offsets) - 1
        which = np.empty(rows, np.int64)
        self._make_room(rows, int(offsets[-1] - offsets[0]))
        weights = np.ones(rows, np.int64) if counts is None else np.ascontiguousarray(counts, np.int64)
        kernels(_KERNELS)["absorb"](
            np.ascontiguousarray(columns, np.int32), np.ascontiguousarray(offsets, np.int64), weights, rows,
            self._columns, self._offsets, self._counts, self._table, len(self._table) - 1, which, self._made,
        )  # fmt: skip
        return which

    def gathered(self) -> tuple[Ints, Codes, Ints]:
        """(offsets, columns, counts) of the different rows, in order of first occurrence. Nothing can be added afterwards."""
        rows = len(self)
        self._table = np.zeros(0, np.int32)
        cells = int(self._offsets[rows])
        for array, size in ((self._offsets, rows + 1), (self._columns, cells), (self._counts, rows)):
            array.resize(size, refcheck=False)  # gives the memory back without a copy
        return self._offsets, self._columns, self._counts

    def _make_room(self, rows: int, cells: int) -> None:
        """For so many more rows and cells, whether or not they turn out to be new."""
        kept = len(self)
        most = kept + rows
        used = int(self._offsets[kept])
        if most > len(self._counts):
            self._counts.resize(max(most, len(self._counts) * 3 // 2), refcheck=False)
            self._offsets.resize(len(self._counts) + 1, refcheck=False)
        if used + cells > len(self._columns):
            self._columns.resize(max(used + cells, len(self._columns) * 3 // 2), refcheck=False)
        if 3 * most > 2 * len(self._table):
            size = 1 << (2 * most).bit_length()
            self._table = np.zeros(0, np.int32)  # before the larger one is made
            self._table = np.full(size, -1, np.int32)
            kernels(_KERNELS)["enter"](self._columns, self._offsets, kept, self._table, size - 1)
