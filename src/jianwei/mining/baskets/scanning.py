"""Baskets larger than memory: two passes over a scan."""

from __future__ import annotations

import os
from collections.abc import Callable, Iterable, Iterator, Sequence
from typing import Any, TypeAlias

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from jianwei.common.progress import Progress, SilentProgress, Task
from jianwei.errors import InputError, UsageError
from jianwei.mining.baskets.blocks import Block, blocks_of
from jianwei.mining.baskets.labelling import Vocabulary, columns_of, distinct, plain_type
from jianwei.mining.baskets.merging import Merged
from jianwei.mining.baskets.rows import Codes, Ints, tidy
from jianwei.mining.baskets.transactions import Transactions
from jianwei.mining.patterns.support import least_rows

__all__ = ["Scan", "scan_baskets"]

Scan: TypeAlias = Callable[[], Iterable[pa.RecordBatch]]
"""Gives the same batches from the beginning, each time it is called."""


def scan_baskets(
    scan: Scan | str | os.PathLike[str] | Sequence[str | os.PathLike[str]],
    min_support: float = 0.01,
    *,
    basket: str | None = None,
    item: str | None = None,
    progress: Progress | None = None,
) -> Transactions:
    """Baskets with their frequent items only, from data that does not fit into memory.

    The first pass counts items, the second keeps the columns of those that are in enough baskets, and equal rows once. So the answer
    gives the same frequent itemsets at this support or above as the whole would, and their exact share of all baskets: those that are
    left empty are counted.

    Args:
        scan: called twice; gives Arrow batches with a column of lists (one a basket), or with a column of baskets and one of items. The
            rows of a basket may go on in the next batch, but must stand together, as after sorting by basket. Or the path of a
            file, of a folder, or several paths: see `baskets.files`; Parquet is read by row groups, and no other column than these.
        min_support: least share of all baskets, or their number; see `least_rows`. Ask for itemsets at this one or above.
        basket, item: names of columns; default: a column of lists, or the first two.
        progress: bar over the baskets, of each pass.

    Returns:
        Transactions in the memory of the different rows; `counts` says how many baskets each stands for.

    Raises:
        InputError: rows of a basket do not stand together, the second pass gives other data than the first, a file cannot be read.
        UsageError: a column is missing.

    >>> batch = pa.record_batch({"order": [1, 1, 2, 3], "item": ["tea", "cup", "tea", "pot"]})
    >>> few = scan_baskets(lambda: [batch], 2)
    >>> len(few), few.labels.to_pylist(), few.columns.tolist(), few.counts.tolist()
    (3, ['tea'], [0], [2, 1])
    """
    batches, finish = _opened(scan, basket, item)
    shown = progress or SilentProgress()
    with shown.task("items", unit="baskets") as task:
        items = _Supports()
        number = 0
        for block in _followed(blocks_of(batches(), basket, item), task):
            items.add(block)
            number += len(block.offsets) - 1
    frequent, supports = items.frequent(least_rows(min_support, number))
    with shown.task("baskets", number, "baskets") as task:
        rows, again = Merged(), 0
        for block in _followed(blocks_of(batches(), basket, item), task):
            rows.add(*tidy(block.offsets, _columns(block.items, frequent), len(frequent)))
            again += len(block.offsets) - 1
    offsets, columns, counts = rows.gathered()
    made = Transactions(offsets, columns, frequent, counts)
    if again != number or not np.array_equal(made.item_rows, supports):
        raise InputError(
            "baskets", "the second pass gave other baskets than the first", "scan what does not change meanwhile"
        )
    return finish(made if (counts > 1).any() else Transactions(offsets, columns, frequent))


class _Supports:
    """Baskets with each of the items met so far."""

    def __init__(self) -> None:
        self._vocabulary: Vocabulary | None = None
        self._rows: Ints = np.zeros(0, np.int64)

    def add(self, block: Block) -> None:
        if self._vocabulary is None:
            self._vocabulary = Vocabulary(plain_type(block.items.type))
        places = self._vocabulary.places(block.items)
        _, columns = tidy(block.offsets, places, len(self._vocabulary))
        rows = np.bincount(columns, minlength=len(self._vocabulary))
        rows[: len(self._rows)] += self._rows
        self._rows = rows

    def frequent(self, least: int) -> tuple[pa.Array, Ints]:
        """Items in so many baskets, in their order, and the number of baskets of each."""
        if self._vocabulary is None:
            return pa.array([], pa.string()), self._rows
        enough = self._rows >= least
        labels, columns = columns_of(self._vocabulary.labels.filter(pa.array(enough)))
        rows = np.empty(len(labels), np.int64)
        rows[columns] = self._rows[enough]
        return labels, rows


def _columns(items: pa.ChunkedArray, frequent: pa.Array) -> Codes:
    known, places = distinct(items)
    place = pc.index_in(known, value_set=frequent).fill_null(-1).to_numpy().astype(np.int32)
    return np.append(place, np.int32(-1))[places]


def _followed(blocks: Iterator[Block], task: Task) -> Iterator[Block]:
    for block in blocks:
        yield block
        task.advance(len(block.offsets) - 1)


def _opened(scan: Any, basket: str | None, item: str | None) -> tuple[Scan, Callable[[Transactions], Transactions]]:
    """Batches to be asked for twice, and what is done to the result."""
    if callable(scan):
        return scan, lambda made: made
    from jianwei.mining.baskets.files import files_of_baskets, whole_numbers

    paths = [scan] if isinstance(scan, str | os.PathLike) else list(scan)
    found = files_of_baskets(paths, basket, item)
    for one in found:
        if not one.couples and len(one.columns) > 1:
            raise UsageError(
                one.file.name, "a table of 0 and 1 is not scanned", "read it as a whole, or give lists or couples"
            )
    text = all(one.layout is not None for one in found)
    return lambda: (batch for one in found for batch in one.batches()), whole_numbers if text else lambda made: made
