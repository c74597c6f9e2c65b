"""Leaving out n-grams that change little: A. Stolcke, "Entropy-based pruning of backoff language models" (DARPA workshop, 1998).

An n-gram goes when the model without it differs from the model with it by less than a threshold: the relative change of perplexity,
weighted by how often the context occurs. The context's frequency is counted, not taken from the model: the lower orders of a Kneser–Ney
model do not say how often anything occurs (C. Chelba
et al., "Study on interaction between entropy pruning and Kneser-Ney smoothing", 2010).
"""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from jianwei.text.lm.grams import Grams
from jianwei.text.lm.smoothing import Estimates
from jianwei.text.lm.trie import Level

__all__ = ["levels_of", "pruned"]

_LEAST = 1e-12


def levels_of(grams: tuple[Grams, ...], estimates: tuple[Estimates, ...]) -> tuple[Level, ...]:
    """All n-grams, none left out."""
    return tuple(
        Level(order.characters, order.parents, found.probabilities, found.backs)
        for order, found in zip(grams, estimates, strict=True)
    )


def pruned(grams: tuple[Grams, ...], estimates: tuple[Estimates, ...], threshold: float) -> tuple[Level, ...]:
    """The n-grams whose loss would change the perplexity by at least `threshold`, relatively, and all their parents.

    What is left is renormalised: the probabilities after every context sum to 1 as before.
    """
    return _renormalised(grams, estimates, _kept(grams, estimates, threshold))


def _kept(grams: tuple[Grams, ...], estimates: tuple[Estimates, ...], threshold: float) -> list[NDArray[np.bool_]]:
    total = grams[0].raw.sum()
    keeps = [np.ones(len(order), bool) for order in grams]
    for at in range(len(grams) - 1, 0, -1):
        order, contexts = grams[at], len(grams[at - 1])
        p, lower = estimates[at].probabilities, estimates[at - 1].probabilities[order.suffixes]
        outside = 1 - np.bincount(order.parents, weights=lower, minlength=contexts)
        outside = np.maximum(outside, _LEAST)[order.parents]
        back = np.maximum(estimates[at].backs, _LEAST)[order.parents]
        left = back * outside  # what the n-grams of this context leave to the others
        moved = (left + p) / (outside + lower)
        change = p * (np.log(p) - np.log(lower * moved)) + left * (np.log(back) - np.log(moved))
        keeps[at] = grams[at - 1].raw[order.parents] / total * change >= np.log1p(threshold)
        if at + 1 < len(grams):
            keeps[at][grams[at + 1].parents[keeps[at + 1]]] = True
    return keeps


def _renormalised(
    grams: tuple[Grams, ...], estimates: tuple[Estimates, ...], keeps: list[NDArray[np.bool_]]
) -> tuple[Level, ...]:
    levels = []
    effective = np.empty(0)  # the probability, in the model that is left, of every n-gram of the order before
    numbers = np.zeros(1, np.int64)  # where those that are left stand
    for at, order in enumerate(grams):
        keep, p = keeps[at], estimates[at].probabilities
        if at == 0:
            backs, effective = estimates[at].backs, p
        else:
            below = effective[order.suffixes]
            backs = _backs(order, keep, p, below, len(grams[at - 1]))
            effective = np.where(keep, p, backs[order.parents] * below)
        kept_parents = backs[keeps[at - 1]] if at else backs
        levels.append(Level(order.characters[keep], numbers[order.parents[keep]], p[keep], kept_parents))
        numbers = np.cumsum(keep) - 1
    return tuple(levels)


def _backs(
    order: Grams, keep: NDArray[np.bool_], p: NDArray[np.float64], below: NDArray[np.float64], contexts: int
) -> NDArray[np.float64]:
    parents = order.parents[keep]
    left = 1 - np.bincount(parents, weights=p[keep], minlength=contexts)
    outside = 1 - np.bincount(parents, weights=below[keep], minlength=contexts)
    # A context that everything was seen after leaves nothing, and nothing is outside.
    return np.maximum(left, _LEAST) / np.maximum(outside, _LEAST)
