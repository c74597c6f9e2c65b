"""From supports to rules: their measures and how sure they are."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import ArrayLike, NDArray
from scipy.special import gammaln

from jianwei.mining.supports import PairSupports, TripleSupports

__all__ = ["PairRules", "fisher", "rules_of"]

Ints = NDArray[np.int64]
Floats = NDArray[np.float64]


@dataclass(frozen=True, slots=True)
class PairRules:
    """Rules with one or two items before the arrow and one after it; arrays [r].

    Attributes:
        first: column of the first item before the arrow.
        second: column of the second one, greater than `first`; -1 where there is none.
        consequent: column of the item after the arrow.
        rows: baskets with all of them.
        support: their share of all baskets.
        confidence: of the baskets with what stands before the arrow, the share with the consequent too.
        lift: confidence ÷ share of all baskets with the consequent.
        leverage: support - what it would be if both sides were independent.
        conviction: (1 - share of the consequent) ÷ (1 - confidence); infinite where the rule always holds.
        p_value: see `rules_of`.
    """

    first: Ints
    second: Ints
    consequent: Ints
    rows: Ints
    support: Floats
    confidence: Floats
    lift: Floats
    leverage: Floats
    conviction: Floats
    p_value: Floats


def rules_of(baskets: int, items: Ints, pairs: PairSupports, triples: TripleSupports | None = None) -> PairRules:
    """All rules that pairs and triples give.

    The p-value is Fisher's exact test, one side: how probable so many common baskets are if both sides were independent. A rule with two
    items before the arrow must also be better than each of its two shorter rules (a *productive* rule: Webb 2007, "Discovering
    significant patterns", Machine Learning 68): its p-value is the largest of three tests, of the pair against everything, and of each
    item among the baskets with the other. So a second item that adds nothing gives a large p-value.

    Args:
        baskets: number of all baskets.
        items: baskets with each item, int64 [items].
        pairs: see `supports.pair_supports`.
        triples: see `supports.triple_supports`; None for rules with one item before the arrow only.
    """
    first, consequent = np.concatenate([pairs.left, pairs.right]), np.concatenate([pairs.right, pairs.left])
    rows, before = np.tile(pairs.rows, 2), items[first]
    p_value = np.tile(fisher(pairs.rows, baskets, items[pairs.right], items[pairs.left]), 2)
    parts = [(first, np.full(len(rows), -1), consequent, rows, before, p_value)]
    if triples is not None:
        parts.append(_longer(baskets, items, pairs, triples))
    first, second, consequent, rows, before, p_value = (np.concatenate(column) for column in zip(*parts, strict=True))
    support, confidence, share = rows / baskets, rows / before, items[consequent] / baskets
    with np.errstate(divide="ignore"):
        conviction = np.where(rows == before, np.inf, (1 - share) / (1 - confidence))
    leverage = support - before / baskets * share
    return PairRules(
        first, second, consequent, rows, support, confidence, confidence / share, leverage, conviction, p_value
    )


def _longer(
    baskets: int, items: Ints, pairs: PairSupports, triples: TripleSupports
) -> tuple[Ints, Ints, Ints, Ints, Ints, Floats]:
    """Rules with two items before the arrow: first, second, consequent, rows, baskets with both items, p-value."""
    a, b, before = pairs.left[triples.pair], pairs.right[triples.pair], pairs.rows[triples.pair]
    c, rows = triples.item, triples.rows
    with_a, with_b = _rows_of(pairs, a, c), _rows_of(pairs, b, c)
    # Only a rule that holds more often than both shorter ones can be better than they are.
    better = (rows * items[a] > with_a * before) & (rows * items[b] > with_b * before)
    tests = (
        fisher(rows[better], whole, after[better], before[better])
        for whole, after in ((baskets, items[c]), (items[a][better], with_a), (items[b][better], with_b))
    )
    p_value = np.ones(len(rows))
    p_value[better] = np.maximum.reduce(list(tests))
    return a, b, c, rows, before, p_value


def _rows_of(pairs: PairSupports, one: Ints, other: Ints) -> Ints:
    """Baskets with both items; every pair within a frequent triple is a frequent pair."""
    size = int(pairs.right.max(initial=0)) + 1
    keys = np.minimum(one, other) * size + np.maximum(one, other)
    return pairs.rows[np.searchsorted(pairs.left * size + pairs.right, keys)]


def fisher(both: ArrayLike, whole: ArrayLike, after: ArrayLike, before: ArrayLike) -> Floats:
    """Fisher's exact test, one side: P(X >= both) for the marked ones among `before` draws from `whole` of which `after` are marked.

    The tail away from the mean is summed term by term, all tests at once: each term follows from the one before by a ratio, and they
    fall off quickly. (scipy's `hypergeom.sf` does the same one test at a time.)

    Args:
        both, whole, after, before: integers, broadcast to [n].

    >>> fisher([8, 0], 20, 10, 10).round(4).tolist()
    [0.0115, 1.0]
    """
    given = (np.atleast_1d(np.asarray(x, np.float64)) for x in (both, whole, after, before))
    k, total, marked, drawn = np.broadcast_arrays(*given)
    above = k * total > marked * drawn
    start = np.where(above, k, k - 1)
    lowest = np.maximum(0.0, drawn + marked - total)
    possible = (start >= lowest) & (start <= np.minimum(marked, drawn))
    at = np.where(possible, start, lowest)
    log_first = _log_choose(marked, at) + _log_choose(total - marked, drawn - at) - _log_choose(total, drawn)
    sums = np.ones(k.shape)
    left = np.flatnonzero(possible)
    term, i = np.ones(len(left)), at[left]
    while len(left):
        m, d, rest, up = marked[left], drawn[left], (total - marked - drawn)[left], above[left]
        term = term * np.where(
            up, (m - i) * (d - i) / ((i + 1) * (rest + i + 1)), i * (rest + i) / ((m - i + 1) * (d - i + 1))
        )
        sums[left] += term
        going = term > 1e-16 * sums[left]
        left, term, i = left[going], term[going], np.where(up, i + 1, i - 1)[going]
    tail = np.where(possible, np.exp(log_first) * sums, 0.0)
    return np.clip(np.where(above, tail, 1 - tail), 0.0, 1.0)


def _log_choose(n: Floats, k: Floats) -> Floats:
    return np.asarray(gammaln(n + 1) - gammaln(k + 1) - gammaln(n - k + 1))
