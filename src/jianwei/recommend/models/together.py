"""What the same people had to do with, in whatever order."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from jianwei.recommend.models._base import Interactions
from jianwei.recommend.models.item_to_item import ItemToItem

__all__ = ["Together"]


@dataclass(frozen=True, slots=True)
class Together:
    """Cosine of items: people with both ÷ √(people with the one × people with the other), drawn towards 0 where few people say so.

    Linden, Smith and York 2003, "Amazon.com recommendations: item-to-item collaborative filtering"; the shrinkage is n ÷ (n + `shrinkage`)
    of n people with both. Serves baskets, where there is no order, as well as people.

    Attributes:
        shrinkage: people with both at which a cosine counts half.
        since: an item of a history counts this much of what the next one counts; 1 where the order says nothing.
        latest: only so many items of a history count, and only so many items of anybody's are paired, from the end.
    """

    shrinkage: float = 2.0
    since: float = 1.0
    latest: int = 200

    @property
    def name(self) -> str:
        return "together"

    def fit(self, interactions: Interactions) -> ItemToItem:
        from scipy.sparse import coo_array, csr_array

        people, size = len(interactions), interactions.size
        sizes = np.diff(interactions.offsets)
        ages = np.repeat(interactions.offsets[1:], sizes) - 1 - np.arange(len(interactions.items))
        late = ages < self.latest
        owner = np.repeat(np.arange(people), sizes)[late]
        had = csr_array((np.ones(len(owner), np.float32), (owner, interactions.items[late])), shape=(people, size))
        both = (had.T @ had).tocoo()
        alone = np.sqrt(np.maximum(np.asarray(had.sum(axis=0)), 1))
        one, other = both.coords
        apart = one != other
        one, other, rows = one[apart], other[apart], both.data[apart]
        cosine = rows / (alone[one] * alone[other]) * (rows / (rows + self.shrinkage))
        weights = coo_array((cosine.astype(np.float32), (one, other)), shape=(size, size)).tocsr()
        weights.sort_indices()
        return ItemToItem(weights, interactions.index, self.since, self.latest)
