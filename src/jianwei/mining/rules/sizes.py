"""Rules that large baskets alone do not explain.

Who buys much buys everything: two items that have nothing to do with each other lie together more often than independence has it, just
because both lie in large baskets. So an item is compared among baskets that are as large without it: with items thrown at random into
baskets of fixed sizes, what else lies in a basket depends on how much else lies in it, and not on whether the item is there (the null model
of swap randomization: Gionis et al. 2007).

Where almost no such baskets are without the item, a model says what to expect: of all ways to put the items into baskets that keep the
sizes and how often each item is held, on average, the one that assumes least gives the odds of an item in a basket as odds of the item
times odds of the size (Saracco et al. 2017, "Inferring monopartite projections of bipartite networks: an entropy-based approach").
"""

from __future__ import annotations

from itertools import combinations
from typing import NamedTuple, TypeAlias

import numpy as np
import pyarrow as pa
from numpy.typing import NDArray

from jianwei.errors import UsageError
from jianwei.mining.baskets.rows import take_rows
from jianwei.mining.baskets.transactions import Transactions
from jianwei.mining.partitions.tries import trie_of
from jianwei.mining.patterns.itemsets import Itemsets
from jianwei.mining.rules.splitting import Splits
from jianwei.mining.rules.subsets import SetIndex

__all__ = ["sized_p_values"]

Ints: TypeAlias = NDArray[np.int64]
Floats: TypeAlias = NDArray[np.float64]

# Sizes up to here are told apart; larger ones are put into classes whose ends are this much larger than their beginnings.
_EXACT, _RATIO = 48, 1.06
_PORTION = 8192
_STEPS, _TURNS = 12, 100
_HALVINGS, _STEEPEST = 16, 30.0
# With a fourth as many baskets without the item as with it, their rate is trusted; with fewer, the model beside it.
_COMPARABLE = 4


def sized_p_values(data: Transactions, itemsets: Itemsets, index: SetIndex, rules: Splits) -> Floats:
    """How probable so many common baskets are at most, if the antecedent had nothing to do with the consequent beyond the size of baskets.

    Within baskets that hold equally many other items, the number of common baskets is hypergeometric (the stratified test of Cochran,
    Mantel and Haenszel). It is less spread than as many independent trials (Hoeffding 1963): the bound of Chernoff for these holds for it.

    Args:
        data: the baskets that the itemsets were mined from.
        itemsets: all frequent sets.
        index: of these sets.
        rules: rules of these itemsets.

    Returns:
        float64 [r]; of two items both directions have the larger of both.
    """
    odds = _odds_of_sizes(data)
    p_value = np.ones(len(rules.whole))
    lengths = itemsets.lengths
    sizes = lengths[rules.antecedent]
    for size in np.unique(sizes).tolist():
        same = np.flatnonzero(sizes == size)
        for begin in range(0, len(same), _PORTION):
            mine = same[begin : begin + _PORTION]
            p_value[mine] = _tested(data, itemsets, index, rules.take(mine), odds)
    # Of two items, each is compared with baskets without it: both directions are as sure.
    pairs = np.flatnonzero(lengths[rules.whole] == 2)
    turned = Splits(rules.whole, rules.after, rules.consequent, rules.antecedent).take(pairs)
    if len(pairs):
        p_value[pairs] = np.maximum(p_value[pairs], _tested(data, itemsets, index, turned, odds))
    return p_value


def _tested(data: Transactions, itemsets: Itemsets, index: SetIndex, rules: Splits, odds: Floats) -> Floats:
    """The p-values of rules with equally many items before the arrow."""
    size = int(itemsets.lengths[rules.antecedent[0]])
    before = itemsets.columns[itemsets.offsets[rules.antecedent][:, None] + np.arange(size)]
    keys = index.item_keys[before]
    after = index.set_keys[rules.consequent]
    parts = [list(part) for number in range(size + 1) for part in combinations(range(size), number)]
    # Every part of the antecedent, alone and with the consequent; the first one is empty.
    places = [index.place(keys[:, part].sum(axis=1, dtype=np.uint64)) for part in parts[1:]]
    having_places = [index.place(keys[:, part].sum(axis=1, dtype=np.uint64) + after) for part in parts]
    wanted = np.unique(np.concatenate([*places, *having_places]))
    everything, of_sets = _histograms(data, itemsets, wanted, len(odds))

    def of(sets: Ints) -> Ints:
        return of_sets[np.searchsorted(wanted, sets)]

    # By sizes less the items of the antecedent. With S, which moves a histogram by one item, a basket with the part D and no other item of
    # the antecedent counts as S^|D|; the sum over all parts of (S - 1)^|D| times the histogram of those with at least D is the same.
    whole = everything + sum(_differences(of(place), len(part)) for place, part in zip(places, parts[1:], strict=True))
    having = sum(_differences(of(place), len(part)) for place, part in zip(having_places, parts, strict=True))
    drawn = of(places[-1])
    for _ in range(size):
        drawn = _less(drawn)
    trials = _trials(drawn, whole - drawn, np.asarray(having), itemsets.lengths[rules.consequent], odds)
    return _tail(itemsets.rows[rules.whole], trials)


class _Trials(NamedTuple):
    """Independent trials whose number of hits, or what that leaves of `base`, is the number of common baskets; [t, classes].

    Attributes:
        number: trials in each class of sizes.
        rate: probability of a hit.
        base: what the hits are taken off from; 0 where they count themselves.
        sign: 1 where they count themselves, -1 otherwise.
    """

    number: Floats
    rate: Floats
    base: Floats
    sign: Floats


def _trials(drawn: Ints, others: Ints, having: Ints, lengths: Ints, odds: Floats) -> _Trials:
    """The trials of each class of sizes, less the antecedent's.

    A hypergeometric number can be seen as draws of baskets with the antecedent, of those with the consequent, of those without the one or
    without the other: the fewest trials say most. Where a model takes part, the baskets with the antecedent are the trials.

    Args:
        drawn, others: int64 [t, classes]: baskets with and without the antecedent.
        having: int64 [t, classes]: those of them with the consequent.
        lengths: int64 [t]: items of the consequent.
        odds: float64 [classes]: odds of each size.
    """
    whole = drawn + others
    known = np.maximum(whole, 1)
    trust = np.minimum(_COMPARABLE * others / np.maximum(drawn, 1), 1)
    model = _chances(whole, having.sum(axis=1), lengths, odds)
    mixed = trust * having / known + (1 - trust) * model
    ways = np.stack([drawn, having, whole - drawn, whole - having]).astype(float)
    rates = np.stack([having / known, drawn / known, having / known, drawn / known])
    bases = np.stack([np.zeros(drawn.shape), np.zeros(drawn.shape), having, drawn])
    best = np.where(trust >= 1, ways.argmin(axis=0), 0)[None]
    number, rate, base = (np.take_along_axis(x, best, axis=0)[0] for x in (ways, rates, bases))
    return _Trials(number, np.where(trust >= 1, rate, mixed), base, np.where(best[0] < 2, 1.0, -1.0))


def _tail(rows: Ints, trials: _Trials) -> Floats:
    """P(at least so many) at most: the bound of Chernoff, E exp(t (X - rows)), at about the best t; float64 [t]."""
    low, high = np.zeros((len(rows), 1)), np.full((len(rows), 1), _STEEPEST)
    number, rate, base, sign = trials
    for _ in range(_HALVINGS):
        middle = (low + high) / 2
        hits = rate * np.exp(sign * middle)
        mean = (base + sign * number * hits / (1 - rate + hits)).sum(axis=1, keepdims=True)
        low, high = np.where(mean < rows[:, None], middle, low), np.where(mean < rows[:, None], high, middle)
    logs = (base * low + number * np.log1p(rate * np.expm1(sign * low))).sum(axis=1)
    return np.asarray(np.exp(np.minimum(logs - low[:, 0] * rows, 0.0)))


def _chances(baskets: Ints, number: Ints, lengths: Ints, odds: Floats) -> Floats:
    """The probability of a consequent in a basket of each size, float64 [t, classes].

    Args:
        baskets: int64 [t, classes]: baskets of each size.
        number: int64 [t]: how many of them hold the consequent.
        lengths: int64 [t]: items of the consequent, each of which has the same odds.
        odds: float64 [classes]: odds of each size.
    """
    power = lengths[:, None].astype(float)
    with np.errstate(divide="ignore", over="ignore"):
        logs = np.log(odds)[None, :]
        own = np.log(number / np.maximum((baskets * np.minimum(odds, 1)).sum(axis=1), 1e-300))[:, None]
        for _ in range(_STEPS):
            chance = (1 / (1 + np.exp(-(own + logs)))) ** power
            slope = (baskets * power * chance * (1 - chance ** (1 / power))).sum(axis=1, keepdims=True)
            miss = number[:, None] - (baskets * chance).sum(axis=1, keepdims=True)
            own = np.clip(own + np.clip(miss / np.maximum(slope, 1e-12), -2, 2), -60, 60)
        return np.asarray((1 / (1 + np.exp(-(own + logs)))) ** power)


def _odds_of_sizes(data: Transactions) -> Floats:
    """The odds of each class of sizes, float64 [classes], by turns with those of the items; 0 for empty baskets."""
    sizes = np.diff(data.offsets)
    classes = _class_of(sizes)
    weights = np.ones(len(sizes)) if data.counts is None else data.counts.astype(float)
    number = np.bincount(classes, weights)
    # Every size has its odds, whether there is such a basket or not: one item fewer makes another size.
    size = np.arange(len(number), dtype=float)
    large = np.arange(_EXACT + 1, len(number))
    size[large] = (_EXACT + 1) * _RATIO ** (large - _EXACT - 0.5)
    held = np.flatnonzero(number)
    size[held] = np.bincount(classes, weights * sizes)[held] / number[held]
    degrees, items = np.unique(data.item_rows[data.item_rows > 0], return_counts=True)
    if not len(degrees):
        return np.zeros(len(number))
    total = float(degrees @ items) ** 0.5
    item_odds, odds = degrees / total, size / total
    for _ in range(_TURNS):
        before = odds
        odds = np.minimum(size / np.maximum((items / (1 / item_odds + odds[:, None])).sum(axis=1), 1e-300), 1e9)
        item_odds = degrees / (number * odds / (1 + item_odds[:, None] * odds)).sum(axis=1)
        if np.allclose(odds, before, rtol=1e-4):
            break
    return np.asarray(odds)


def _histograms(data: Transactions, itemsets: Itemsets, wanted: Ints, number: int) -> tuple[Ints, Ints]:
    """How many baskets there are of each class of sizes, int64 [classes], and how many of them hold each set, int64 [n, classes]."""
    classes = _class_of(np.diff(data.offsets))
    chosen = itemsets.take(wanted)
    numbers = pa.array(np.arange(len(data.labels), dtype=np.int32))
    trie = trie_of(chosen.offsets, _columns_in(data, itemsets)[chosen.columns], numbers)
    everything, found = np.zeros(number, np.int64), np.zeros((len(wanted), number), np.int64)
    for one in np.unique(classes):
        rows = np.flatnonzero(classes == one)
        counts = None if data.counts is None else data.counts[rows]
        part = Transactions(*take_rows(data.offsets, data.columns, rows), numbers, counts)
        everything[one] = len(part)
        found[:, one] = trie.count(part)
    return everything, found


def _columns_in(data: Transactions, itemsets: Itemsets) -> NDArray[np.int32]:
    """The column that each item of the itemsets has in the baskets."""
    if len(data) != itemsets.baskets:
        raise _other_baskets(f"they are {len(data):,}, not {itemsets.baskets:,}")
    if data.labels is itemsets.labels:
        return np.arange(len(data.labels), dtype=np.int32)
    place = {label: column for column, label in enumerate(data.labels_of(range(len(data.labels))))}
    used = np.unique(itemsets.columns)
    held = itemsets.labels_of(used)
    for label in held:
        if label not in place:
            raise _other_baskets(f"{label!r} is in none of them")
    found = np.full(len(itemsets.labels), -1, np.int32)
    found[used] = [place[label] for label in held]
    return found


def _other_baskets(what: str) -> UsageError:
    return UsageError("baskets", f"the itemsets are not from these baskets: {what}", "give what was mined")


def _class_of(sizes: Ints) -> Ints:
    large = np.log(np.maximum(sizes, _EXACT + 1) / (_EXACT + 1)) / np.log(_RATIO)
    return np.where(sizes <= _EXACT, sizes, _EXACT + 1 + large.astype(np.int64))


def _less(histogram: Ints) -> Ints:
    """The histogram of sizes less one item; of large baskets that changes nothing."""
    result = histogram.copy()
    exact = min(_EXACT, histogram.shape[1] - 1)
    result[:, :exact] = histogram[:, 1 : exact + 1]
    result[:, exact] = 0
    return result


def _differences(histogram: Ints, number: int) -> Ints:
    for _ in range(number):
        histogram = _less(histogram) - histogram
    return histogram
