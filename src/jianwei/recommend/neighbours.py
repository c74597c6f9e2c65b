"""Which items follow each other in what people do: the model behind recommendations for people.

Two items that a person had to do with shortly after each other belong together; less the more lay between, and less against the order of
time. What an item gets from another is divided by the square root of the other's people and the fourth root of its own, so that what
everybody has does not win everywhere. A history counts from its end. Much as in session-based nearest neighbours (Ludewig & Jannach 2018,
"Evaluation of session-based recommendation algorithms"), with items for neighbours, so that every score has its reason.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from functools import cached_property
from typing import TYPE_CHECKING, TypeAlias

import numpy as np
from numpy.typing import NDArray

if TYPE_CHECKING:
    from scipy.sparse import csc_array, csr_array

__all__ = ["Neighbours", "fading", "fit_neighbours"]

Columns: TypeAlias = NDArray[np.int32]
Floats: TypeAlias = NDArray[np.float32]

_REACH = 8  # items further apart in a history are not counted as neighbours
_FADING = 0.8  # for each item between, and for each item since
_BACKWARD = 0.5
_LATEST = 50  # of a history count


@dataclass(frozen=True, eq=False)
class Neighbours:
    """Attributes:
    onward: float32 [m, m]; row i says how much having had to do with i speaks for each item.
    """

    onward: csr_array

    def score(self, histories: Sequence[Columns]) -> Floats:
        """How much speaks for each item, float32 [histories, m]; 0 where nothing does."""
        from scipy.sparse import csr_array

        latest = [history[-_LATEST:] for history in histories]
        sizes = np.array([0, *map(len, latest)])
        weights = np.concatenate([np.zeros(0, np.float32), *map(fading, latest)]).astype(np.float32)
        columns = np.concatenate([np.zeros(0, np.int32), *latest])
        held = csr_array((weights, columns, np.cumsum(sizes)), shape=(len(latest), self.onward.shape[0]))
        scores: Floats = (held @ self.onward).toarray()
        return scores

    def parts(self, history: Columns, item: int) -> Floats:
        """How much each item of a history speaks for an item, float32 [len(history)]."""
        found = np.zeros(len(history), np.float32)
        latest = history[-_LATEST:]
        start, end = self._inward.indptr[item : item + 2]
        givers, amounts = self._inward.indices[start:end], self._inward.data[start:end]
        if not len(givers):
            return found
        places = np.searchsorted(givers, latest)
        places[places == len(givers)] = 0
        speaks = np.where(givers[places] == latest, amounts[places], np.float32(0))
        found[len(history) - len(latest) :] = speaks * fading(latest)
        return found

    @cached_property
    def _inward(self) -> csc_array:
        """The same by the item that is spoken for."""
        by_item = self.onward.tocsc()
        by_item.sort_indices()
        return by_item


def fading(history: Columns) -> Floats:
    """How much each item of a history counts, float32 [len(history)]: 1 for the last, a fifth less for each one before."""
    return np.power(np.float32(_FADING), np.arange(len(history), dtype=np.float32)[::-1])


def fit_neighbours(offsets: NDArray[np.int64], items: Columns, size: int) -> Neighbours:
    """From the histories of people.

    Args:
        offsets, items: the history of person i is `items[offsets[i]:offsets[i + 1]]`, in order of time, each item once.
        size: number of all items.
    """
    from scipy.sparse import coo_array, diags_array

    owner = np.repeat(np.arange(len(offsets) - 1), np.diff(offsets))
    people = np.bincount(items, minlength=size)
    parts = []
    for distance in range(1, _REACH + 1):
        same = owner[:-distance] == owner[distance:]
        earlier, later = items[:-distance][same], items[distance:][same]
        weight = np.full(len(earlier), _FADING ** (distance - 1), np.float32)
        parts.append((weight, earlier, later))
    weights, earlier, later = (np.concatenate(part) for part in zip(*parts, strict=True))
    onward = coo_array((weights, (earlier, later)), shape=(size, size)).tocsr()
    together = onward + _BACKWARD * onward.T
    alone = np.maximum(people, 1).astype(np.float32)
    balanced = (diags_array(alone**-0.5) @ together @ diags_array(alone**-0.25)).tocsr().astype(np.float32)
    balanced.sort_indices()
    return Neighbours(balanced)
