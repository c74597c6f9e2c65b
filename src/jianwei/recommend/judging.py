"""How good the recommendations are on a shop's own records, beside recommending to everybody what is most common.

People: everybody's last item is hidden, everything is learned from the rest, and all items that the person had not had to do with are
ranked by the model alone. A list that a person really gets may also hold what was only looked at, and so finds fewer new items.

Baskets: one in five is drawn by lot and one of its items hidden, rules are learned from the other baskets, and what is recommended for the
rest of the basket is gone through in its order.

Where several items tie, the hidden one is given the middle of the tied ranks, so that ties favour nobody.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from itertools import islice, pairwise
from typing import TypeAlias

import numpy as np
import pyarrow as pa
from numpy.typing import NDArray

from jianwei.common.progress import Progress, SilentProgress
from jianwei.common.results import Reason, Rows
from jianwei.common.stats import wilson
from jianwei.mining.baskets.transactions import Transactions
from jianwei.recommend.evaluation.evaluating import last_out
from jianwei.recommend.evaluation.trials import MEASURES, Trial, measured
from jianwei.recommend.knowledge import MODEL, Knowledge
from jianwei.recommend.models.popular import Popular
from jianwei.recommend.rulebook import RuleBook, by_rules, by_togetherness, learn_rules

__all__ = ["JUDGEMENT", "Judgement", "judge"]

Columns: TypeAlias = NDArray[np.int32]

JUDGEMENT = pa.schema([pa.field("of", pa.string()), *MEASURES])
_FEW = 300
_LEAST_HISTORY = 3


@dataclass(frozen=True)
class Judgement(Rows):
    """Rows: of ("people" or "baskets"), model ("histories" or "rules", what is recommended; "popular", the measure to beat), and what is
    measured of each, as in `evaluation.trials.MEASURES`.

    People have three items or more, baskets two. There are no rows of what the records do not have.

    Attributes:
        k: length of the lists.
        notes: what is to be kept in mind.
    """

    k: int
    notes: tuple[Reason, ...] = ()


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
    people = _people(known, k, most, seed, shown)
    baskets = _baskets(known, k, min(most, 2_000), dice, shown)
    parts = [measured(people, known.people.sizes, len(known.people), k)]
    if known.book is not None:
        parts.append(measured(baskets, known.book.index.sizes, len(known.book.index), k))
    of = pa.array(["people"] * len(people) + ["baskets"] * len(baskets), pa.string())
    rows = pa.concat_tables(parts).add_column(0, JUDGEMENT.field("of"), of)
    notes = [note for who, trials in (("people", people), ("baskets", baskets)) for note in _notes(trials, who, k)]
    return Judgement(rows, k, tuple(notes) or (Reason("nothing_to_judge"),))


def _notes(trials: list[Trial], who: str, k: int) -> list[Reason]:
    """What is to be said of a model beside what is popular."""
    notes = []
    for ours, common in pairwise(trials):
        figures = {"rows": len(ours.ranks), "who": who, "k": k}
        notes.append(Reason(f"judged_{who}", figures))
        better, worse = ((one.ranks <= k).sum() for one in (ours, common))
        (low, _), (_, high) = ((float(end[0]) for end in wilson([n], [len(ours.ranks)])) for n in (better, worse))
        if len(ours.ranks) < _FEW:
            notes.append(Reason("few_tested", figures))
        elif low <= high:
            notes.append(Reason("no_better", figures))
    return notes


def _people(known: Knowledge, k: int, most: int, seed: int, progress: Progress) -> list[Trial]:
    trials = last_out(
        [MODEL, Popular()], known.histories, k=k, least=_LEAST_HISTORY - 1, most=most, seed=seed, progress=progress
    )
    return [
        replace(one, model=name) for one, name in zip(trials, ("histories", "popular"), strict=True) if len(one.ranks)
    ]


def _baskets(known: Knowledge, k: int, most: int, dice: np.random.Generator, progress: Progress) -> list[Trial]:
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
    trials = [
        Trial(name, np.full(len(chosen), np.inf), np.zeros(len(popular), np.int64)) for name in ("rules", "popular")
    ]
    with progress.task("evaluate", len(chosen), "baskets") as task:
        for at, one in enumerate(chosen.tolist()):
            basket = index.columns[index.offsets[one] : index.offsets[one + 1]]
            hidden = int(dice.integers(len(basket)))
            held = np.delete(basket, hidden)
            lists = _for_basket(book, known, held, k), popular[~np.isin(popular, held)][:k].tolist()
            for trial, items in zip(trials, lists, strict=True):
                trial.shown[items] += 1
                if int(basket[hidden]) in items:
                    trial.ranks[at] = 1 + items.index(int(basket[hidden]))
            task.advance()
    return trials


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
