"""What to recommend, from what is known: for a basket, for a person, like an item, for anybody."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import replace
from typing import TypeAlias

import numpy as np
from numpy.typing import NDArray

from jianwei.common.results import Reason
from jianwei.recommend._base import Choice, Recommendation
from jianwei.recommend.demand import much_wanted, newest, wanted
from jianwei.recommend.knowledge import Knowledge
from jianwei.recommend.rulebook import Pick, alike_in_baskets, by_rules, by_togetherness

__all__ = ["Chosen", "for_basket", "for_everybody", "for_person", "new_items", "popular_items", "similar_items"]

Columns: TypeAlias = NDArray[np.int32]
Flags: TypeAlias = NDArray[np.bool_]
Chosen: TypeAlias = tuple[tuple[Recommendation, ...], tuple[Reason, ...]]
"""Recommendations, and what holds for all of them."""

_CELLS = 1 << 24  # scores that are held at once
_OFTEN = 0.25


def for_basket(known: Knowledge, basket: Columns, k: int, choice: Choice) -> Chosen:
    """For whoever holds these items: by rules, then by what lay together; where there are no orders, by what people do."""
    allowed = _allowed(known, choice)
    allowed[basket] = False
    sources: list[Iterable[Pick]] = []
    if known.book is None:
        sources.append(_scored(known, basket, None, known.scores([basket])[0], allowed, k))
    else:
        sources.append(by_rules(known.book, known.shelf, basket, allowed))
        together = by_togetherness(known.book, known.shelf, basket, allowed, known.learning.min_rows)
        sources.append(_reasoned(known, together))
    sources.append(much_wanted(known.trend, allowed))
    return _first(known, k, sources), (Reason("no_baskets"),) if known.book is None else ()


def for_person(known: Knowledge, row: int | None, k: int, choice: Choice) -> Chosen:
    """For a person: what speaks from what the person did; what is much wanted, and new, where that says too little.

    Args:
        row: number of the person in `known.touches`; None for somebody who did nothing yet.
    """
    if row is None:
        return _for_stranger(known, k, choice, _allowed(known, choice))
    history, allowed = known.history(row), _allowed_to(known, row, choice, _allowed(known, choice))
    if not len(history):
        return _for_stranger(known, k, choice, allowed)
    return _for_known(known, row, known.scores([history])[0], allowed, k, choice), ()


def for_everybody(known: Knowledge, k: int, choice: Choice) -> Iterator[tuple[int, Chosen]]:
    """For every person of whom something is known, in the order of their ids: (number of the person, what is recommended)."""
    people, free = len(known.touches.persons), _allowed(known, choice)
    block = max(1, min(256, _CELLS // max(len(known.shelf), 1)))
    for start in range(0, people, block):
        rows = range(start, min(start + block, people))
        histories = [known.history(row) for row in rows]
        scores = known.scores(histories)
        for at, row in enumerate(rows):
            allowed = _allowed_to(known, row, choice, free)
            if len(histories[at]):
                yield row, (_for_known(known, row, scores[at], allowed, k, choice), ())
            else:
                yield row, _for_stranger(known, k, choice, allowed)


def similar_items(known: Knowledge, item: int, k: int, choice: Choice) -> Chosen:
    """Items that the same people had to do with; where that says too little, items that lay in the same baskets."""
    allowed = _allowed(known, choice)
    allowed[item] = False
    sources: list[Iterable[Pick]] = [(pick for pick in known.alike(item) if allowed[pick[0]])]
    if known.book is not None:
        sources.append(alike_in_baskets(known.book, known.shelf, item, allowed, known.learning.min_rows))
    picks = _first(known, k, sources)
    return picks, () if picks else (Reason("nothing_alike", {"item": known.shelf.name(item)}),)


def popular_items(known: Knowledge, k: int, choice: Choice) -> Chosen:
    """What is much wanted lately."""
    return _first(known, k, [much_wanted(known.trend, _allowed(known, choice))]), ()


def new_items(known: Knowledge, k: int, choice: Choice) -> Chosen:
    """What is new, and wanted."""
    picks = _first(known, k, [newest(known.trend, _allowed(known, choice))])
    note = "no_times" if known.trend.days == 0 else "nothing_new"
    return picks, () if picks else (Reason(note, {"days": known.trend.days, "old": known.trend.old}),)


def _for_stranger(known: Knowledge, k: int, choice: Choice, allowed: Flags) -> Chosen:
    """Two of what is much wanted, one of what is new, and so on."""
    wanted, fresh = much_wanted(known.trend, allowed), newest(known.trend, allowed)
    return _first(known, k, [_two_to_one(wanted, fresh)]), (Reason("nothing_known"),)


def _two_to_one(more: Iterator[Pick], fewer: Iterator[Pick]) -> Iterator[Pick]:
    for place, pick in enumerate(more, start=1):
        yield pick
        if place % 2 == 0 and (other := next(fewer, None)) is not None:
            yield other
    yield from fewer


def _for_known(
    known: Knowledge, row: int, scores: NDArray[np.float32], allowed: Flags, k: int, choice: Choice
) -> tuple[Recommendation, ...]:
    sources: list[Iterable[Pick]] = []
    if choice.repeats != "no":
        again = list(_again(known, row, allowed))[: max(1, k // 2)]
        sources.append(again)
    sources.append(_scored(known, known.history(row), row, scores, allowed, k))
    sources.append(pick for pick in known.in_categories(row) if allowed[pick[0]])
    sources.append(much_wanted(known.trend, allowed))
    return _first(known, k, sources)


def _scored(
    known: Knowledge, history: Columns, row: int | None, scores: NDArray[np.float32], allowed: Flags, k: int
) -> Iterator[Pick]:
    """The best by the model, from the best on."""
    scores = np.where(allowed, scores, -np.inf)
    most = min(len(scores), 2 * k)
    best = np.argpartition(-scores, most - 1)[:most]
    ranked = best[np.lexsort((best, -scores[best]))].tolist()
    found = ((item, float(scores[item]), known.because(history, item, row)) for item in ranked if scores[item] > 0)
    yield from _reasoned(known, found)


def _reasoned(known: Knowledge, found: Iterable[tuple[int, float, Reason | None]]) -> Iterator[Pick]:
    """Where nothing in particular speaks for an item, it may be that enough people want it; otherwise it is not recommended."""
    for item, score, why in found:
        if why is not None:
            yield item, score, why
        elif known.trend.lately[item] >= known.learning.min_rows:
            yield item, score, wanted(known.trend, item)


def _again(known: Knowledge, row: int, allowed: Flags) -> Iterator[Pick]:
    """What the person bought before and buyers often buy again, what most of them do first."""
    touches = known.touches
    start, end = touches.offsets[row : row + 2].tolist()
    mine = [at for at in range(start, end) if touches.bought[at] and allowed[touches.items[at]]]
    share = known.bought_again
    for at in sorted(mine, key=lambda at: (-share[touches.items[at]] * touches.bought[at], touches.items[at])):
        item = int(touches.items[at])
        if share[item] >= _OFTEN:
            figures = {"times": int(touches.bought[at]), "share": float(share[item])}
            yield item, float(share[item]), Reason("bought_again", figures)


def _first(known: Knowledge, k: int, sources: Iterable[Iterable[Pick]]) -> tuple[Recommendation, ...]:
    """The first k different items of the sources, one source after the other."""
    chosen: dict[int, Recommendation] = {}
    for source in sources:
        if len(chosen) == k:
            break
        for item, score, reason in source:
            if len(chosen) == k:
                break
            if item not in chosen:
                one = Recommendation(known.shelf.id(item), known.shelf.name(item), score, len(chosen) + 1, (reason,))
                chosen[item] = one
            elif reason.code not in {r.code for r in chosen[item].reasons}:
                chosen[item] = replace(chosen[item], reasons=(*chosen[item].reasons, reason))
    return tuple(chosen.values())


def _allowed(known: Knowledge, choice: Choice) -> Flags:
    """Items that anybody may get."""
    allowed = ~known.shelf.gone
    if choice.categories:
        allowed &= known.shelf.among(choice.categories)
    out = known.shelf.columns_of(sorted(choice.out_of_stock))
    allowed[out[out >= 0]] = False
    return allowed


def _allowed_to(known: Knowledge, row: int, choice: Choice, free: Flags) -> Flags:
    """Those of the free items that a person may get: not what was bought, unless repeats are wanted; never what was disliked."""
    allowed, touches = free.copy(), known.touches
    mine = slice(*touches.offsets[row : row + 2].tolist())
    items, bought = touches.items[mine], touches.bought[mine] > 0
    if choice.repeats == "no":
        allowed[items[bought]] = False
    elif choice.repeats == "often":
        allowed[items[bought & (known.bought_again[items] < _OFTEN)]] = False
    allowed[items[touches.disliked[mine]]] = False
    return allowed
