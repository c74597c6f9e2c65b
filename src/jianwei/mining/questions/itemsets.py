"""What lies together in many baskets."""

from __future__ import annotations

from dataclasses import dataclass
from typing import ClassVar

import numpy as np
import pyarrow as pa
from numpy.typing import NDArray

from jianwei.common.progress import Progress
from jianwei.common.results import Reason, Rows, Unavailable
from jianwei.errors import UsageError
from jianwei.mining.baskets.transactions import Transactions
from jianwei.mining.patterns.itemsets import Itemsets
from jianwei.mining.patterns.searching import frequent_itemsets
from jianwei.mining.questions.gathering import (
    Names,
    gather,
    items_called,
    least_of,
    named,
    own_names,
    shown_by,
    with_texts,
)
from jianwei.query._base import Reader, check, setting
from jianwei.query.shape import typed
from jianwei.query.views import BASKETS

__all__ = ["ITEMSETS_SCHEMA", "FrequentItemsets", "FrequentItemsetsResult"]

ITEMSETS_SCHEMA = pa.schema(
    [
        ("items", pa.list_(pa.string())),
        ("item_names", pa.list_(pa.string())),
        ("length", pa.int64()),
        ("rows", pa.int64()),
        ("support", pa.float64()),
        ("lift", pa.float64()),
    ]
)


@dataclass(frozen=True)
class FrequentItemsetsResult(Rows):
    """Rows: items (ids), item_names, length (number of items), rows (baskets with all of them), support (their share), lift (rows ÷ the
    rows to expect if every item went its own way; 1 for a single item).

    Ordered by rows, from many to few; then fewer items, ids.

    Attributes:
        baskets: baskets with at least one item.
        items: different items in them.
        mean_size: different items in a basket, on average.
        itemsets: itemsets found, listed or not.
        min_rows: baskets that a set had to lie in.
    """

    baskets: int
    items: int
    mean_size: float
    itemsets: int
    min_rows: int


@dataclass(frozen=True, kw_only=True)
class FrequentItemsets:
    """Items that lie together in many baskets: all such sets, only closed ones, or only the largest."""

    tables: ClassVar[tuple[str, ...]] = ("events", "items")
    tasks: ClassVar[tuple[str, ...]] = ()

    by: str = setting("basket", "what goes together: an order, a session, a person's day", choices=BASKETS)
    events: tuple[str, ...] = setting((), "events that put an item into a basket; default: all but refunds")
    min_support: float = setting(0.001, "least share of baskets that have all items", minimum=0.0, maximum=1.0)
    min_rows: int = setting(5, "least number of baskets that have all items", minimum=1)
    kind: str = setting(
        "all", "all sets, those that no larger set equals, or the largest", choices=("all", "closed", "maximal")
    )
    min_length: int = setting(1, "items in a set, at least", minimum=1)
    max_length: int | None = setting(None, "items in a set, at most; default: any number", minimum=1)
    top_k: int | None = setting(None, "only so many sets, those in the most baskets", minimum=1)
    include: tuple[str, ...] = setting((), "items that every set must have, by id or name")
    exclude: tuple[str, ...] = setting((), "items that no set may have, by id or name")
    limit: int = setting(200, "sets to list", minimum=1, maximum=1_000_000)

    def __post_init__(self) -> None:
        check(self)
        if self.max_length is not None and self.max_length < self.min_length:
            raise UsageError("FrequentItemsets.max_length", f"{self.max_length} is below min_length {self.min_length}")

    def compute(self, reader: Reader) -> FrequentItemsetsResult | Unavailable:
        found = gather(reader, self.by, self.events)
        return found if isinstance(found, Unavailable) else self.mine(found, shown_by(reader))

    def mine(
        self, baskets: Transactions, names: Names = own_names, progress: Progress | None = None
    ) -> FrequentItemsetsResult | Unavailable:
        """The answer for baskets of any origin.

        Args:
            baskets: what is mined; `by` and `events` say nothing about them.
            names: names to show for items.
            progress: where to report.

        Raises:
            UsageError: an item is not there, or there are more sets than memory should hold.
        """
        data = with_texts(baskets)
        entries = int(data.item_rows.sum())
        if not entries:
            return Unavailable(Reason("no_baskets", {"by": self.by}))
        if self.min_length > 1 and entries == len(data):
            return Unavailable(Reason("single_items", {"baskets": len(data)}))
        found = frequent_itemsets(
            data,
            least_of(self.min_support, self.min_rows, len(data)),
            self.kind,  # type: ignore[arg-type]
            self.max_length,
            min_length=self.min_length,
            include=items_called(self.include, data.labels, names, "include"),
            exclude=items_called(self.exclude, data.labels, names, "exclude", all_of_them=True),
            top_k=self.top_k,
            progress=progress,
        )
        return FrequentItemsetsResult(
            _listed(found.take(_order(found, self.limit)), data, names),
            baskets=len(data),
            items=len(data.labels),
            mean_size=entries / len(data),
            itemsets=len(found),
            min_rows=found.min_rows,
        )


def _order(found: Itemsets, limit: int) -> NDArray[np.int64]:
    """The first `limit` sets: more rows, fewer items, columns (which are in the order of the ids)."""
    if not len(found):
        return np.zeros(0, np.int64)
    bar = np.partition(found.rows, -limit)[-limit] if limit < len(found) else 0
    at = np.flatnonzero(found.rows >= bar)
    some = found.take(at)
    padded = np.full((len(at), int(some.lengths.max())), -1, np.int32)
    padded[np.arange(padded.shape[1]) < some.lengths[:, None]] = some.columns
    return at[np.lexsort((*padded.T[::-1], some.lengths, -some.rows))[:limit]]


def _listed(found: Itemsets, data: Transactions, names: Names) -> pa.Table:
    items = found.to_arrow()["items"].combine_chunks()
    expected = (
        np.add.reduceat(np.log(data.item_rows / len(data))[found.columns], found.offsets[:-1]) if len(found) else 0
    )
    return typed(
        ITEMSETS_SCHEMA,
        items=items,
        item_names=named(items, names),
        length=found.lengths,
        rows=found.rows,
        support=found.support,
        lift=np.exp(np.log(found.support) - expected),
    )
