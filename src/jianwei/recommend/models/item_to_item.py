"""Items that speak for items: what most models come to, however they found the weights."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from functools import cached_property
from typing import TYPE_CHECKING

import numpy as np

from jianwei.recommend.index import Index
from jianwei.recommend.models._base import Because, Columns, Floats

if TYPE_CHECKING:
    from scipy.sparse import csc_array, csr_array

__all__ = ["ItemToItem"]


@dataclass(frozen=True, eq=False)
class ItemToItem:
    """The score of an item is the sum, over a history, of how much each of its items counts × how much it speaks for that item.

    Attributes:
        weights: float32 [m, m]; row i says how much having had to do with i speaks for each item.
        people: who had to do with what, for the figures of reasons.
        fading: an item of a history counts this much of what the next one counts; 1 where the order says nothing.
        latest: only so many items of a history count, from its end.
    """

    weights: csr_array
    people: Index
    fading: float = 1.0
    latest: int = 50

    def score(self, histories: Sequence[Columns]) -> Floats:
        """How much speaks for each item, float32 [histories, m]; 0 where nothing does."""
        from scipy.sparse import csr_array

        latest = [history[-self.latest :] for history in histories]
        sizes = np.array([0, *map(len, latest)])
        counts = np.concatenate([np.zeros(0, np.float32), *map(self.counts, latest)]).astype(np.float32)
        columns = np.concatenate([np.zeros(0, np.int32), *latest])
        held = csr_array((counts, columns, np.cumsum(sizes)), shape=(len(latest), self.weights.shape[0]))
        scores: Floats = (held @ self.weights).toarray()
        return scores

    def counts(self, history: Columns) -> Floats:
        """How much each item of a history counts, float32 [len(history)]: 1 for the last, less for those before."""
        ages = np.arange(len(history), dtype=np.float32)[::-1]
        return np.where(ages < self.latest, np.power(np.float32(self.fading), ages), np.float32(0))

    def reasons(self, history: Columns, item: int, k: int = 5) -> tuple[Because, ...]:
        """At most k items of a history that speak for an item, the weightiest first."""
        start, end = self._inward.indptr[item : item + 2]
        givers, amounts = self._inward.indices[start:end], self._inward.data[start:end]
        if not len(givers):
            return ()
        places = np.searchsorted(givers, history)
        places[places == len(givers)] = 0
        parts = np.where(givers[places] == history, amounts[places], np.float32(0)) * self.counts(history)
        best = np.argsort(-parts, kind="stable")[:k]
        return tuple(self._because(int(history[at]), item, float(parts[at])) for at in best.tolist() if parts[at] > 0)

    def similar(self, item: int, k: int = 10) -> tuple[Because, ...]:
        """At most k items for which an item speaks, the most first."""
        start, end = self.weights.indptr[item : item + 2]
        others, amounts = self.weights.indices[start:end], self.weights.data[start:end]
        best = np.lexsort((others, -amounts))[: k + 1].tolist()
        found = [(int(others[at]), float(amounts[at])) for at in best if others[at] != item and amounts[at] > 0]
        return tuple(self._because(item, other, weight, names=other) for other, weight in found[:k])

    def _because(self, one: int, other: int, weight: float, *, names: int | None = None) -> Because:
        people = self.people
        usual = people.size(other) / max(len(people), 1)
        return Because(one if names is None else names, weight, people.size(one), people.common(one, other), usual)

    @cached_property
    def _inward(self) -> csc_array:
        """The same weights by the item that is spoken for."""
        by_item = self.weights.tocsc()
        by_item.sort_indices()
        return by_item
