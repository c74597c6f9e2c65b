"""What follows what: the model behind recommendations for people."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from jianwei.recommend.models._base import Interactions
from jianwei.recommend.models.item_to_item import ItemToItem

__all__ = ["Onward"]


@dataclass(frozen=True, slots=True)
class Onward:
    """Two items that people had to do with shortly after each other belong together; less the more lay between, and less backwards.

    How often j came after i, each time counted `fading` ^ (items between), and `backward` × the same for j before i, is raised to the
    power `damping`, as the tenth time says less than the first, and divided by (people with i) ^ `giver` × (people with j) ^ `taker`, so
    that what everybody has does not win everywhere. A history counts from its end. Much as in session-based nearest neighbours (Ludewig
    & Jannach 2018, "Evaluation of session-based recommendation algorithms"), with items for neighbours, so that every score is a sum of
    reasons. The defaults were set on the validation parts of two public sets together, one sparse (5-core reviews) and one dense (film
    ratings); near them little changes.

    Attributes:
        reach: items further apart in a history do not count.
        since: an item of a history counts this much of what the next one counts.
        latest: only so many items of a history count, from its end.
    """

    reach: int = 10
    fading: float = 0.85
    backward: float = 0.3
    damping: float = 0.7
    giver: float = 0.35
    taker: float = 0.15
    since: float = 0.7
    latest: int = 50

    @property
    def name(self) -> str:
        return "onward"

    def fit(self, interactions: Interactions) -> ItemToItem:
        from scipy.sparse import coo_array, csr_array, diags_array

        items, size = interactions.items, interactions.size
        owner = np.repeat(np.arange(len(interactions)), np.diff(interactions.offsets))
        after = csr_array((size, size), dtype=np.float32)
        for distance in range(1, self.reach + 1):
            same = owner[:-distance] == owner[distance:]
            if not same.any():
                break
            pairs = items[:-distance][same], items[distance:][same]
            weight = np.full(len(pairs[0]), self.fading ** (distance - 1), np.float32)
            after = after + coo_array((weight, pairs), shape=(size, size)).tocsr()
        together = (after + self.backward * after.T).tocsr()
        together.data **= np.float32(self.damping)
        people = np.maximum(interactions.popularity, 1).astype(np.float32)
        balanced = diags_array(people**-self.giver) @ together @ diags_array(people**-self.taker)
        weights = balanced.tocsr().astype(np.float32)
        weights.sort_indices()
        return ItemToItem(weights, interactions.index, self.since, self.latest)
