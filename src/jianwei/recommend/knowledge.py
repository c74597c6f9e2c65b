"""Everything that was learned from one snapshot."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from functools import cached_property
from typing import Any, TypeAlias

import numpy as np
from numpy.typing import NDArray

from jianwei.common.results import Reason
from jianwei.query._base import Reader
from jianwei.recommend._base import Learning
from jianwei.recommend.evidence import Touches, Trend, read_evidence
from jianwei.recommend.index import Index
from jianwei.recommend.models._base import Interactions
from jianwei.recommend.models.item_to_item import ItemToItem
from jianwei.recommend.models.onward import Onward
from jianwei.recommend.rulebook import MORE, Pick, RuleBook, learn_rules
from jianwei.recommend.shelf import Shelf

__all__ = ["KINDS", "MODEL", "Knowledge", "learn"]

Columns: TypeAlias = NDArray[np.int32]
Floats: TypeAlias = NDArray[np.float32]

MODEL = Onward()
"""What learns from people's histories."""

_TRIED = 5  # items of a history that may be the reason


@dataclass(frozen=True, eq=False)
class Knowledge:
    """What recommendations are chosen from.

    Attributes:
        book: rules of baskets; None where nothing was bought.
        model: what follows what in people's histories.
    """

    learning: Learning
    shelf: Shelf
    touches: Touches
    trend: Trend
    book: RuleBook | None
    model: ItemToItem

    @property
    def learned(self) -> tuple[object, ...]:
        """All but the settings, in the order of the fields."""
        return self.shelf, self.touches, self.trend, self.book, self.model

    @property
    def people(self) -> Index:
        """Who had to do with what without disliking it; rows are those of `touches`, items in order of the last time."""
        return self.model.people

    @property
    def histories(self) -> Interactions:
        """The same, to learn from."""
        return Interactions(self.people.offsets, self.people.columns, len(self.shelf))

    def history(self, row: int) -> Columns:
        """What a person had to do with and did not dislike, the latest last."""
        return self.people.columns[self.people.offsets[row] : self.people.offsets[row + 1]]

    def scores(self, histories: Sequence[Columns]) -> Floats:
        """How much speaks for each item, float32 [histories, m]; 0 where nothing does."""
        return self.model.score(histories)

    def because(self, history: Columns, item: int, row: int | None) -> Reason | None:
        """The item of a history that speaks most for another one; None where no item says enough.

        Args:
            row: number of the person whose history it is; None for nobody's.
        """
        for one in self.model.reasons(history, item, _TRIED):
            if one.item == item or not self._telling(one.item, item, one.both):
                continue
            figures = {"items": [self.shelf.name(one.item)], **self._figures(one.item, item, one.both)}
            if row is None:
                return Reason("like_basket", figures)
            return Reason("like_history", {"did": self._did(row, one.item), **figures})
        return None

    def in_categories(self, row: int) -> Iterator[Pick]:
        """What most people came to in the categories of a person's history, `min_rows` people at least, the latest categories first.

        An item is ranked by its people and by how much of the history, fading from its end, is of its category.
        """
        history, codes = self.history(row), self.shelf.category_codes
        mine = codes[history]
        if not (mine >= 0).any():
            return
        weights = np.bincount(mine[mine >= 0], self.model.counts(history)[mine >= 0], minlength=int(codes.max()) + 1)
        known = np.flatnonzero((codes >= 0) & (self.people.sizes >= self.learning.min_rows))
        scores = weights[codes[known]] * self.people.sizes[known]
        for at in np.argsort(-scores, kind="stable")[: int((scores > 0).sum())].tolist():
            item = int(known[at])
            last = int(history[np.flatnonzero(mine == codes[item])[-1]])
            figures = {"category": self.shelf.categories[item].as_py(), "rows": self.people.size(item)}
            yield item, float(scores[at]), Reason("in_category", {"did": self._did(row, last), **figures})

    def alike(self, item: int) -> Iterator[Pick]:
        """Items that the people who had to do with `item` had to do with too, in `min_rows` people at least, the likest first."""
        both = self.people.counted_with(item)
        sizes = self.people.sizes
        cosine = both / np.sqrt(np.maximum(sizes, 1) * max(self.people.size(item), 1))
        cosine[~self._telling(item, np.arange(len(cosine)), both)] = 0
        for other in np.lexsort((np.arange(len(cosine)), -cosine)).tolist():
            if cosine[other] <= 0:
                return
            if other != item:
                figures = self._figures(item, other, int(both[other]))
                yield other, float(cosine[other]), Reason("alike", {"items": [self.shelf.name(item)], **figures})

    @cached_property
    def bought_again(self) -> Floats:
        """Of the people who bought an item, the share who bought it on several occasions, float32 [m]; 0 where too few bought it."""
        touches, items = self.touches, len(self.shelf)
        buyers = np.bincount(touches.items[touches.bought > 0], minlength=items)
        again = np.bincount(touches.items[touches.bought > 1], minlength=items)
        share: Floats = np.where(buyers >= self.learning.min_rows, again / np.maximum(buyers, 1), 0).astype(np.float32)
        return share

    def _telling(self, one: int, item: Any, both: Any) -> Any:
        """Whether enough people had to do with both items, a tenth more often than usual; of one item or of an array of items."""
        sizes = self.people.sizes
        return (both >= self.learning.min_rows) & (both * len(self.people) >= MORE * sizes[one] * sizes[item])

    def _figures(self, one: int, item: int, both: int) -> dict[str, object]:
        rows, usual = self.people.size(one), self.people.size(item) / max(len(self.people), 1)
        share = both / rows
        return {"rows": rows, "both": both, "share": share, "usual": usual, "lift": share / usual}

    def _did(self, row: int, item: int) -> str:
        """The strongest that a person did with an item."""
        mine = slice(*self.touches.offsets[row : row + 2].tolist())
        at = int(np.flatnonzero(self.touches.items[mine] == item)[0])
        return str(self.touches.names[int(self.touches.did[mine][at])].as_py())


KINDS = (Shelf, Touches, Trend, RuleBook, Index, ItemToItem)
"""What `Knowledge.learned` is made of."""


def learn(reader: Reader, learning: Learning) -> Knowledge:
    """Read the evidence and learn from it."""
    evidence = read_evidence(reader, learning)
    touches, shelf = evidence.touches, evidence.shelf
    liked = ~touches.disliked
    offsets = np.concatenate([[0], np.cumsum(liked)])[touches.offsets]
    book = None if evidence.baskets is None else learn_rules(evidence.baskets, learning)
    histories = Interactions(offsets.astype(np.int64), touches.items[liked], len(shelf))
    return Knowledge(learning, shelf, touches, evidence.trend, book, MODEL.fit(histories))
