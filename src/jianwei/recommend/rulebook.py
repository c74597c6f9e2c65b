"""What baskets say: rules that hold more often than by chance, and what lay together with an item at all."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import TypeAlias

import numpy as np
from numpy.typing import NDArray

from jianwei.common.results import Reason
from jianwei.errors import UsageError
from jianwei.mining.baskets.transactions import Transactions
from jianwei.recommend._base import Learning
from jianwei.recommend.index import Index
from jianwei.recommend.shelf import Shelf

__all__ = ["MORE", "RuleBook", "alike_in_baskets", "by_rules", "by_togetherness", "learn_rules"]

Ints: TypeAlias = NDArray[np.int64]
Columns: TypeAlias = NDArray[np.int32]
Floats: TypeAlias = NDArray[np.float64]
Pick: TypeAlias = tuple[int, float, Reason]
"""Column of an item, what it is ranked by, and why."""

_FEWEST = 5  # baskets that a rule must hold in
_USUAL = 5
_MOST_BEFORE = 2
MORE = 1.1
"""How many times the usual share is worth telling."""


@dataclass(frozen=True, eq=False)
class RuleBook:
    """Baskets, indexed both ways, and the rules found in them.

    Rules [r] are ordered by confidence, then by baskets, from large to small: the first that fits a basket is the best one.

    Attributes:
        index: the baskets.
        before_offsets, before: the items before the arrow of each rule, int64 [r + 1] and int32.
        after: the item after the arrow, int32 [r].
        rows: baskets with everything before the arrow, int64 [r].
        both: those of them with the item after the arrow too, int64 [r].
    """

    index: Index
    before_offsets: Ints
    before: Columns
    after: Columns
    rows: Ints
    both: Ints


def learn_rules(baskets: Transactions, learning: Learning) -> RuleBook:
    """The rules of baskets: one or two items before the arrow and one after it, in five baskets and `learning.min_rows` at least.

    Only productive rules that survive the correction for all that were tested; see `mining.association_rules`. Where so many items go
    together that counting them would take minutes, more baskets are asked for.
    """
    before, lengths, after, rows, both = _rules(baskets, learning)
    confidence = both / np.maximum(rows, 1)
    order = np.lexsort((after, lengths, -both, -confidence))
    starts = np.concatenate([[0], np.cumsum(lengths)])
    new = np.concatenate([[0], np.cumsum(lengths[order])]).astype(np.int64)
    at = np.repeat(starts[:-1][order] - new[:-1], lengths[order]) + np.arange(new[-1])
    return RuleBook(
        Index.of(baskets.offsets, baskets.columns, len(baskets.labels)),
        new,
        before[at].astype(np.int32),
        after[order].astype(np.int32),
        rows[order],
        both[order],
    )


def _rules(baskets: Transactions, learning: Learning) -> tuple[Ints, Ints, Ints, Ints, Ints]:
    """(items before the arrow one after another, how many of each rule, item after the arrow, baskets with the former, with all)."""
    from jianwei.mining import association_rules, frequent_itemsets

    least = max(_FEWEST, learning.min_rows, len(baskets) // 10_000)
    while True:
        try:
            sets = frequent_itemsets(baskets, least, max_length=_MOST_BEFORE + 1)
            found = association_rules(sets, "lift", 1.0, correction="bh", alpha=learning.alpha)
            break
        except UsageError:  # too many sets are that frequent: the frequent ones of them say most
            least *= 4
    before, after = found.antecedents, found.consequents
    return before.columns.astype(np.int64), before.lengths, after.columns.astype(np.int64), before.rows, found.rows


def by_rules(book: RuleBook, shelf: Shelf, basket: Columns, allowed: NDArray[np.bool_]) -> Iterator[Pick]:
    """Items that rules give for a basket, each by its best rule, the best first.

    Args:
        basket: columns of the items in the basket.
        allowed: which items may be recommended, bool [m].
    """
    inside = np.zeros(len(shelf), bool)
    inside[basket] = True
    lengths = np.diff(book.before_offsets)
    held = np.concatenate([[0], np.cumsum(inside[book.before])])
    fits = held[book.before_offsets[1:]] - held[book.before_offsets[:-1]] == lengths
    rules = np.flatnonzero(fits & allowed[book.after] & ~inside[book.after])
    _, firsts = np.unique(book.after[rules], return_index=True)
    for rule in rules[np.sort(firsts)].tolist():
        before = book.before[book.before_offsets[rule] : book.before_offsets[rule + 1]]
        item, rows, both = int(book.after[rule]), int(book.rows[rule]), int(book.both[rule])
        yield item, both / rows, _together("bought_together", book, shelf, before.tolist(), item, rows, both)


def by_togetherness(
    book: RuleBook, shelf: Shelf, basket: Columns, allowed: NDArray[np.bool_], least: int
) -> Iterator[tuple[int, float, Reason | None]]:
    """Items by the sum of the shares of baskets that held them, over the baskets with each item of a basket.

    A share is taken as if there were five more baskets of the usual kind, so that a few baskets weigh little; where nothing lay together,
    what is left is how usual an item is. Ties are in the order of the ids.

    Returns:
        (item, score, why): the item of the basket that it lay together with most, in `least` baskets at least and a tenth more often than
        usual; None where there is no such item.
    """
    sizes, number = book.index.sizes, len(book.index)
    usual = sizes / number
    total, best, best_of, best_both = (np.zeros(len(shelf)) for _ in range(4))
    for item in basket.tolist():
        both = book.index.counted_with(item)
        total += (both + _USUAL * usual) / (sizes[item] + _USUAL)
        telling = (both >= least) & (both * number >= MORE * sizes * sizes[item])
        share = np.where(telling, both / (sizes[item] + _USUAL), 0)
        better = share > best
        best[better], best_both[better], best_of[better] = share[better], both[better], item
    total[~allowed] = 0
    total[basket] = 0
    for item in np.argsort(-total, kind="stable")[: int((total > 0).sum())].tolist():
        why = None
        if best[item] > 0:
            one = int(best_of[item])
            why = _together("seen_together", book, shelf, [one], item, int(sizes[one]), int(best_both[item]))
        yield item, float(total[item]), why


def alike_in_baskets(book: RuleBook, shelf: Shelf, item: int, allowed: NDArray[np.bool_], least: int) -> Iterator[Pick]:
    """Items that lay together with one in `least` baskets at least and a tenth more often than usual, by cosine."""
    both, sizes = book.index.counted_with(item), book.index.sizes
    telling = allowed & (both >= least) & (both * len(book.index) >= MORE * sizes * sizes[item])
    telling[item] = False
    cosine = np.where(telling, both / np.sqrt(np.maximum(sizes, 1) * max(int(sizes[item]), 1)), 0)
    for other in np.argsort(-cosine, kind="stable")[: int(telling.sum())].tolist():
        why = _together("seen_together", book, shelf, [item], other, int(sizes[item]), int(both[other]))
        yield other, float(cosine[other]), why


def _together(code: str, book: RuleBook, shelf: Shelf, before: list[int], item: int, rows: int, both: int) -> Reason:
    usual = book.index.size(item) / len(book.index)
    figures = {"rows": rows, "both": both, "confidence": both / rows, "usual": usual, "lift": both / rows / usual}
    return Reason(code, {"items": [shelf.name(one) for one in before], **figures})
