"""How good the recommendations are on a shop's own records, beside recommending to everybody what is most common.

People: everybody's last item is hidden, everything is learned from the rest, and all items that the person had not had to do with are
ranked by the model alone. A list that a person really gets may also hold what was only looked at, and so finds fewer new items.

Baskets: one in five is drawn by lot and one of its items hidden, rules are learned from the other baskets, and what is recommended for the
rest of the basket is gone through in its order.

Where several items tie, the hidden one is given the middle of the tied ranks, so that ties favour nobody.
"""

from __future__ import annotations

import math
from dataclasses import dataclass
from itertools import islice, pairwise
from typing import TypeAlias

import numpy as np
import pyarrow as pa
from numpy.typing import NDArray

from jianwei.common.progress import Progress, SilentProgress
from jianwei.common.results import Reason, Rows
from jianwei.common.stats import wilson
from jianwei.mining.baskets.transactions import Transactions
from jianwei.query.shape import typed
from jianwei.recommend.index import Index
from jianwei.recommend.knowledge import Knowledge, fit_model
from jianwei.recommend.rulebook import RuleBook, by_rules, by_togetherness, learn_rules

__all__ = ["JUDGEMENT", "Judgement", "judge"]

Columns: TypeAlias = NDArray[np.int32]
Floats: TypeAlias = NDArray[np.float64]

JUDGEMENT = pa.schema(
    [
        ("of", pa.string()),
        ("model", pa.string()),
        ("tested", pa.int64()),
        ("hits", pa.int64()),
        ("hit_rate", pa.float64()),
        ("hit_rate_low", pa.float64()),
        ("hit_rate_high", pa.float64()),
        ("ndcg", pa.float64()),
        ("mrr", pa.float64()),
        ("coverage", pa.float64()),
    ]
)
_FEW = 300
_LEAST_HISTORY = 3
_BLOCK = 256


@dataclass(frozen=True)
class Judgement(Rows):
    """Rows: of ("people" or "baskets"), model ("histories" or "rules", what is recommended; "popular", the measure to beat), tested
    (people or baskets), hits (those whose hidden item is among the first k), hit_rate with its 95 % interval (Wilson), ndcg (a hit at rank
    r counts 1 ÷ log2(r + 1)), mrr (1 ÷ rank within the first k), coverage (share of all items that are recommended to anybody).

    People have three items or more, baskets two. There are no rows of what the records do not have.

    Attributes:
        k: length of the lists.
        notes: what is to be kept in mind.
    """

    k: int
    notes: tuple[Reason, ...] = ()


@dataclass(frozen=True, slots=True)
class _Trial:
    """Ranks of the hidden items (1 is the first; infinite where it was not found), and how many items were in anybody's first k."""

    of: str
    model: str
    ranks: Floats
    shown: int
    items: int


def judge(
    known: Knowledge, *, k: int = 10, most: int = 5_000, seed: int = 0, progress: Progress | None = None
) -> Judgement:
    """Hide, learn again, recommend, count.

    Args:
        known: what was learned from all records; its histories and baskets are used.
        k: length of the lists.
        most: people, and baskets, to ask for; of more, so many are drawn by lot.
        seed: of the draw.
        progress: where to report.
    """
    dice, shown = np.random.default_rng(seed), progress or SilentProgress()
    trials = [*_people(known, k, most, dice, shown), *_baskets(known, k, min(most, 2_000), dice, shown)]
    rows = typed(
        JUDGEMENT,
        of=[one.of for one in trials],
        model=[one.model for one in trials],
        tested=[len(one.ranks) for one in trials],
        coverage=[one.shown / max(one.items, 1) for one in trials],
        **_measures(trials, k),
    )
    return Judgement(rows, k, _notes(trials, k))


def _notes(trials: list[_Trial], k: int) -> tuple[Reason, ...]:
    if not trials:
        return (Reason("nothing_to_judge"),)
    notes = []
    for ours, common in pairwise(trials):
        if ours.of != common.of:
            continue
        figures = {"rows": len(ours.ranks), "who": ours.of, "k": k}
        notes.append(Reason(f"judged_{ours.of}", figures))
        better, worse = ((one.ranks <= k).sum() for one in (ours, common))
        (low, _), (_, high) = ((float(end[0]) for end in wilson([n], [len(ours.ranks)])) for n in (better, worse))
        if len(ours.ranks) < _FEW:
            notes.append(Reason("few_tested", figures))
        elif low <= high:
            notes.append(Reason("no_better", figures))
    return tuple(notes)


def _people(known: Knowledge, k: int, most: int, dice: np.random.Generator, progress: Progress) -> list[_Trial]:
    lengths = np.diff(known.people.offsets)
    chosen = _drawn(np.flatnonzero(lengths >= _LEAST_HISTORY), most, dice)
    if not len(chosen):
        return []
    last = known.people.offsets[chosen + 1] - 1
    hidden = known.people.columns[last]
    keep = np.ones(len(known.people.columns), bool)
    keep[last] = False
    offsets = np.concatenate([[0], np.cumsum(keep)])[known.people.offsets]
    left = Index.of(offsets, known.people.columns[keep], len(known.shelf))
    model = fit_model(left.offsets, left.columns, len(left.sizes))
    popular = left.sizes.astype(np.float32)
    ranks: dict[str, list[Floats]] = {"histories": [], "popular": []}
    shown = {name: np.zeros(len(popular), bool) for name in ranks}
    block = max(1, min(_BLOCK, (1 << 24) // len(popular)))
    with progress.task("evaluate", len(chosen), "people") as task:
        for start in range(0, len(chosen), block):
            people, targets = chosen[start : start + block], hidden[start : start + block]
            histories = [left.columns[left.offsets[one] : left.offsets[one + 1]] for one in people]
            scores = {"histories": model.score(histories), "popular": np.tile(popular, (len(people), 1))}
            for name, table in scores.items():
                for row, history in enumerate(histories):
                    table[row, history] = -np.inf
                ranks[name].append(_rank(table, targets))
                shown[name][_first(table, k)] = True
            task.advance(len(people))
    items = int((known.people.sizes > 0).sum())
    return [_Trial("people", name, np.concatenate(ranks[name]), int(shown[name].sum()), items) for name in ranks]


def _baskets(known: Knowledge, k: int, most: int, dice: np.random.Generator, progress: Progress) -> list[_Trial]:
    if known.book is None:
        return []
    index = known.book.index
    lengths = np.diff(index.offsets)
    several = np.flatnonzero(lengths > 1)
    chosen = _drawn(several, min(most, len(several) // 5), dice)
    if not len(chosen):
        return []
    rest = np.ones(len(index), bool)
    rest[chosen] = False
    columns = index.columns[np.repeat(rest, lengths)]
    offsets = np.concatenate([[0], np.cumsum(lengths[rest])]).astype(np.int64)
    book = learn_rules(Transactions(offsets, columns, known.shelf.ids), known.learning)
    popular = np.lexsort((-book.index.sizes,))
    ranks = {name: np.full(len(chosen), np.inf) for name in ("rules", "popular")}
    shown: dict[str, set[int]] = {name: set() for name in ranks}
    with progress.task("evaluate", len(chosen), "baskets") as task:
        for at, one in enumerate(chosen.tolist()):
            basket = index.columns[index.offsets[one] : index.offsets[one + 1]]
            hidden = int(dice.integers(len(basket)))
            held = np.delete(basket, hidden)
            lists = {
                "rules": _for_basket(book, known, held, k),
                "popular": popular[~np.isin(popular, held)][:k].tolist(),
            }
            for name, items in lists.items():
                shown[name].update(items)
                if int(basket[hidden]) in items:
                    ranks[name][at] = 1 + items.index(int(basket[hidden]))
            task.advance()
    number = int((index.sizes > 0).sum())
    return [_Trial("baskets", name, ranks[name], len(shown[name]), number) for name in ranks]


def _for_basket(book: RuleBook, known: Knowledge, held: Columns, k: int) -> list[int]:
    """The first k for a basket, as `choosing.for_basket` gives them before what is popular."""
    allowed = np.ones(len(known.shelf), bool)
    ruled = by_rules(book, known.shelf, held, allowed)
    together = by_togetherness(book, known.shelf, held, allowed, known.learning.min_rows)
    found = dict.fromkeys(item for item, *_ in islice(ruled, k))
    found |= dict.fromkeys(item for item, *_ in islice(together, 2 * k))
    return list(found)[:k]


def _drawn(some: NDArray[np.int64], most: int, dice: np.random.Generator) -> NDArray[np.int64]:
    return some if len(some) <= most else np.sort(dice.choice(some, most, replace=False))


def _rank(scores: NDArray[np.float32], targets: NDArray[np.int32]) -> Floats:
    """Rank of the target among the scores of its row; ties share the middle one.

    >>> _rank(np.array([[3, 1, 2], [0, 0, 0]], np.float32), np.array([2, 1], np.int32)).tolist()
    [2.0, 2.0]
    """
    own = scores[np.arange(len(targets)), targets][:, None]
    better, same = (scores > own).sum(axis=1), (scores == own).sum(axis=1)
    ranks: Floats = 1.0 + better + (same - 1) / 2
    return ranks


def _first(scores: NDArray[np.float32], k: int) -> NDArray[np.int64]:
    """Columns that are among the k highest positive scores of any row."""
    most = min(k, scores.shape[1])
    best = np.argpartition(-scores, most - 1, axis=1)[:, :most]
    positive: NDArray[np.int64] = np.unique(best[np.take_along_axis(scores, best, axis=1) > 0])
    return positive


def _measures(trials: list[_Trial], k: int) -> dict[str, list[float]]:
    hits = [one.ranks[one.ranks <= k] for one in trials]
    counts, numbers = [len(one) for one in hits], [len(one.ranks) for one in trials]
    low, high = wilson(counts, numbers)
    gains = [sum(1 / math.log2(rank + 1) for rank in one) for one in hits]
    return {
        "hits": counts,
        "hit_rate": _over(counts, numbers),
        "hit_rate_low": low.tolist(),
        "hit_rate_high": high.tolist(),
        "ndcg": _over(gains, numbers),
        "mrr": _over([float((1 / one).sum()) for one in hits], numbers),
    }


def _over(parts: list[float] | list[int], numbers: list[int]) -> list[float]:
    return [part / number for part, number in zip(parts, numbers, strict=True)]
