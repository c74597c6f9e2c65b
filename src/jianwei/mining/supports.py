"""How often items occur together: supports of pairs and triples by sparse products, in bounded memory."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from itertools import pairwise

import numpy as np
from numpy.typing import NDArray
from scipy.sparse import coo_array, csc_array, csr_array

from jianwei.errors import UsageError

__all__ = ["PairSupports", "TripleSupports", "incidence", "item_supports", "pair_supports", "triple_supports"]

Ints = NDArray[np.int64]

# Entries that one block of a product may have at most, before rare ones are dropped: about 100 MB.
_BLOCK = 4_000_000
# Additions that a whole product may need: about half a minute.
_WORK = 4_000_000_000
_RESULTS = 5_000_000


@dataclass(frozen=True, slots=True)
class PairSupports:
    """Pairs of items that occur together often enough, ordered by (left, right); int64 arrays [p], left < right.

    Attributes:
        left, right: columns of the items.
        rows: baskets with both.
    """

    left: Ints
    right: Ints
    rows: Ints


@dataclass(frozen=True, slots=True)
class TripleSupports:
    """Pairs with a third item, each triple once for every pair in it; ordered by (pair, item); int64 arrays [t].

    Attributes:
        pair: index into the `PairSupports`.
        item: column of the third item.
        rows: baskets with all three.
    """

    pair: Ints
    item: Ints
    rows: Ints


def incidence(baskets: Ints, items: Ints, size: tuple[int, int] | None = None) -> csr_array:
    """The 0/1 matrix of baskets and items from (basket, item) couples, repeated ones counted once; csr int32 [baskets, items].

    >>> incidence(np.array([0, 0, 1]), np.array([1, 1, 0])).toarray().tolist()
    [[0, 1], [1, 0]]
    """
    matrix = coo_array((np.ones(len(baskets), np.int32), (baskets, items)), shape=size).tocsr()
    matrix.data[:] = 1
    return matrix


def item_supports(matrix: csr_array) -> Ints:
    """Baskets with each item, int64 [items]."""
    return np.bincount(matrix.indices, minlength=matrix.shape[1]).astype(np.int64)


def pair_supports(baskets: csr_array | Sequence[Iterable[int]], min_rows: int = 1) -> PairSupports:
    """In how many baskets each pair of items occurs together.

    Args:
        baskets: 0/1 matrix [baskets, items], or a list of baskets of item numbers.
        min_rows: pairs in fewer baskets are left out.

    Raises:
        UsageError: the work would take minutes, or there are more than 5 million such pairs.

    >>> found = pair_supports([[0, 1, 2], [0, 1], [1, 2, 2]], min_rows=2)
    >>> list(zip(found.left.tolist(), found.right.tolist(), found.rows.tolist()))
    [(0, 1, 2), (1, 2, 2)]
    """
    matrix = baskets if isinstance(baskets, csr_array) else _from_lists(baskets)
    matrix, columns = _frequent(matrix, min_rows)
    blocks = _products(matrix.tocsc(), matrix, min_rows)
    left, right, rows = _joined((at, item, n) for at, item, n in blocks)
    keep = left < right
    return PairSupports(columns[left[keep]], columns[right[keep]], rows[keep])


def triple_supports(matrix: csr_array, pairs: PairSupports, min_rows: int = 1) -> TripleSupports:
    """In how many baskets each pair occurs together with each third item.

    Args:
        matrix: 0/1 matrix [baskets, items].
        pairs: of this matrix, with the same `min_rows` or a smaller one.

    Raises:
        UsageError: the work would take minutes, or there are more than 5 million such triples.
    """
    by_column = matrix.tocsc()
    # Only items of a frequent pair can be in a frequent triple.
    partners = np.union1d(pairs.left, pairs.right)
    narrow = matrix[:, partners]
    baskets = np.zeros(matrix.shape[0], bool)
    found: list[tuple[Ints, Ints, Ints]] = []
    blocks = work = results = 0
    bounds = np.flatnonzero(np.diff(pairs.left, prepend=-1, append=-1))
    for start, end in pairwise(bounds):
        left = pairs.left[start]
        mine = by_column.indices[by_column.indptr[left] : by_column.indptr[left + 1]]
        baskets[mine] = True
        both = _within(by_column[:, pairs.right[start:end]], baskets)
        baskets[mine] = False
        found += [(at + start, partners[item], n) for at, item, n in _products(both, narrow, min_rows)]
        work += int(_work(both, narrow).sum())
        results += sum(len(n) for _, _, n in found[blocks:])
        blocks = len(found)
        _bear(work, results)
    pair, item, rows = _joined(found)
    keep = (item != pairs.left[pair]) & (item != pairs.right[pair])
    return TripleSupports(pair[keep], item[keep], rows[keep])


def _within(matrix: csc_array, baskets: NDArray[np.bool_]) -> csc_array:
    """The matrix with only some of its rows, the others left empty."""
    keep = baskets[matrix.indices]
    before = np.concatenate([[0], np.cumsum(keep)])
    return csc_array((matrix.data[keep], matrix.indices[keep], before[matrix.indptr]), shape=matrix.shape)


def _frequent(matrix: csr_array, min_rows: int) -> tuple[csr_array, Ints]:
    columns = np.flatnonzero(item_supports(matrix) >= min_rows)
    return matrix[:, columns], columns


def _products(left: csc_array, right: csr_array, min_rows: int) -> Iterator[tuple[Ints, Ints, Ints]]:
    """Cells of leftᵀ · right that are at least `min_rows`: (column of left, column of right, value), block by block."""
    work = _work(left, right)
    cells = np.cumsum(np.minimum(work, right.shape[1]))
    start = results = 0
    _bear(int(work.sum()), results)
    while start < left.shape[1]:
        before = cells[start - 1] if start else 0
        end = max(start + 1, int(np.searchsorted(cells, before + _BLOCK, side="right")))
        product = (left[:, start:end].T.tocsr() @ right).tocoo()
        keep = product.data >= min_rows
        results += int(keep.sum())
        _bear(0, results)
        yield (
            product.row[keep].astype(np.int64) + start,
            product.col[keep].astype(np.int64),
            product.data[keep].astype(np.int64),
        )
        start = end


def _work(left: csc_array, right: csr_array) -> Ints:
    """Additions that each column of leftᵀ · right needs: the sizes of its baskets together."""
    sizes = np.concatenate([[0], np.cumsum(np.diff(right.indptr)[left.indices], dtype=np.int64)])
    return np.diff(sizes[left.indptr])


def _bear(work: int, results: int) -> None:
    if work > _WORK or results > _RESULTS:
        what = f"{work:,} combinations would have to be counted"
        if results > _RESULTS:
            what = f"more than {_RESULTS:,} combinations are that frequent"
        raise UsageError("mining", what, "raise min_support or min_rows, or set max_antecedent to 1")


def _joined(parts: Iterable[tuple[Ints, Ints, Ints]]) -> tuple[Ints, Ints, Ints]:
    """All cells, ordered by their first, then their second coordinate."""
    pieces = list(parts)
    if not pieces:
        nothing = np.zeros(0, np.int64)
        return nothing, nothing, nothing
    a, b, n = (np.concatenate(column) for column in zip(*pieces, strict=True))
    order = np.lexsort((b, a))
    return a[order], b[order], n[order]


def _from_lists(baskets: Sequence[Iterable[int]]) -> csr_array:
    couples = [(row, item) for row, basket in enumerate(baskets) for item in set(basket)]
    rows, items = np.array(couples, np.int64).reshape(-1, 2).T
    return incidence(rows, items, (len(baskets), int(items.max(initial=-1)) + 1))
