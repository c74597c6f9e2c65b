"""Leave the last out: everybody's last item is hidden, everything is learned from the rest, and all items are ranked."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from jianwei.common.progress import Progress, SilentProgress
from jianwei.common.results import Rows
from jianwei.errors import UsageError
from jianwei.recommend.evaluation.trials import Trial, first, measured, ranks
from jianwei.recommend.models._base import Fitted, Interactions, Model

__all__ = ["Evaluation", "best", "evaluate", "last_out"]

_BLOCK, _CELLS = 256, 1 << 24


@dataclass(frozen=True)
class Evaluation(Rows):
    """Rows as in `trials.MEASURES`, one for each model.

    Attributes:
        k: length of the lists.
    """

    k: int


def evaluate(
    models: Sequence[Model],
    interactions: Interactions,
    *,
    k: int = 10,
    validation: bool = False,
    seen: bool = False,
    most: int | None = None,
    seed: int = 0,
    progress: Progress | None = None,
) -> Evaluation:
    """Hide, learn, rank, measure.

    Args:
        models: what to measure, on the same people.
        interactions: all of them; people with a single item are learned from, not asked.
        k: length of the lists.
        validation: hide the item before the last and leave the last away altogether: for setting what can be set of a model. The figures
            that are told are those of the last items, by which nothing may be set.
        seen: rank items of the person's history too; they are left out of the ranking otherwise, as nobody is recommended them.
        most: people to ask, drawn by lot of more; None for all.
        seed: of the draw.
        progress: where to report.

    >>> from jianwei.recommend.models.popular import Popular
    >>> people = Interactions(np.array([0, 2, 4, 6]), np.array([0, 1, 2, 1, 0, 1], np.int32), 3)
    >>> evaluate([Popular()], people, k=1).rows.select(["model", "tested", "hits"]).to_pylist()
    [{'model': 'popular', 'tested': 3, 'hits': 0}]
    """
    if k < 1:
        raise UsageError("k", f"lists of {k}", "give 1 or more")
    trials = last_out(
        models, interactions, k=k, back=2 if validation else 1, seen=seen, most=most, seed=seed, progress=progress
    )
    return Evaluation(measured(trials, interactions.popularity, len(interactions), k), k)


def best(models: Sequence[Model], interactions: Interactions, *, k: int = 10, most: int | None = None) -> Model:
    """The model with the highest NDCG on the validation part; the first of equals."""
    found = evaluate(models, interactions, k=k, validation=True, most=most)
    return models[int(np.argmax(found.rows["ndcg"].to_numpy()))]


def last_out(
    models: Sequence[Model],
    interactions: Interactions,
    *,
    k: int,
    back: int = 1,
    least: int = 1,
    seen: bool = False,
    most: int | None = None,
    seed: int = 0,
    progress: Progress | None = None,
) -> list[Trial]:
    """The trials of `evaluate`.

    Args:
        back: place of the hidden item from the end; later ones are left away.
        least: items that a person must have before it to be asked; others are learned from as they are.
    """
    left, persons, hidden = interactions.until(back, least)
    if most is not None and len(persons) > most:
        drawn = np.sort(np.random.default_rng(seed).choice(len(persons), most, replace=False))
        persons, hidden = persons[drawn], hidden[drawn]
    block = max(1, min(_BLOCK, _CELLS // max(left.size, 1)))
    trials = []
    with (progress or SilentProgress()).task("evaluate", len(persons) * len(models), "people") as task:
        for model in models:
            fitted = model.fit(left)
            places, shown = [np.zeros(0)], np.zeros(left.size, np.int64)
            for start in range(0, len(persons), block):
                some = persons[start : start + block].tolist()
                scores = _scores(fitted, left, some, seen=seen)
                places.append(ranks(scores, hidden[start : start + block]))
                shown += first(scores, k)
                task.advance(len(some))
            trials.append(Trial(model.name, np.concatenate(places), shown))
    return trials


def _scores(fitted: Fitted, left: Interactions, persons: list[int], *, seen: bool) -> np.ndarray:
    histories = [left.history(one) for one in persons]
    scores = fitted.score(histories)
    if not seen:
        for row, history in enumerate(histories):
            scores[row, history] = -np.inf
    return scores
