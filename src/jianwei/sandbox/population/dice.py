"""Randomness that is the same everywhere.

Only `Random.random` is promised to give the same numbers in every Python, so everything is made from it; seeding with a text does
not depend on hash randomisation. Each part of the simulation rolls dice of its own, so that a change in one leaves the others alone.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from random import Random
from typing import TypeVar

__all__ = ["Dice"]

T = TypeVar("T")


class Dice:
    """Random choices named by what they are for.

    >>> Dice(7, "orders").whole(1, 6) == Dice(7, "orders").whole(1, 6)
    True
    """

    def __init__(self, *name: object) -> None:
        self.random = Random("/".join(str(part) for part in name)).random  # noqa: S311 (a simulation, not a secret)

    def chance(self, probability: float) -> bool:
        return self.random() < probability

    def whole(self, low: int, high: int) -> int:
        """A whole number from low to high, both included."""
        return low + int(self.random() * (high - low + 1))

    def between(self, low: float, high: float) -> float:
        return low + self.random() * (high - low)

    def pick(self, options: Sequence[T]) -> T:
        return options[int(self.random() * len(options))]

    def weighted(self, options: Sequence[T], weights: Sequence[float]) -> T:
        """One of the options, in proportion to its weight; weights are not negative and not all zero."""
        rest = self.random() * math.fsum(weights)
        for option, weight in zip(options, weights, strict=True):
            rest -= weight
            if rest < 0:
                return option
        return next(option for option, weight in zip(reversed(options), reversed(weights), strict=True) if weight > 0)

    def sample(self, options: Sequence[T], count: int) -> list[T]:
        """`count` different ones of the options (all of them when there are fewer), in random order."""
        pool = list(options)
        for index in range(min(count, len(pool))):
            other = self.whole(index, len(pool) - 1)
            pool[index], pool[other] = pool[other], pool[index]
        return pool[:count]

    def poisson(self, mean: float) -> int:
        """How often something of that mean happens (Knuth's method; the means here are small)."""
        limit, product, count = math.exp(-mean), self.random(), 0
        while product > limit:
            product *= self.random()
            count += 1
        return count

    def lognormal(self, median: float, sigma: float) -> float:
        """Skewed waiting times; Box and Muller's normal variate under the exponential."""
        normal = math.sqrt(-2 * math.log(1 - self.random())) * math.cos(2 * math.pi * self.random())
        return median * math.exp(sigma * normal)

    def letters(self, alphabet: str, count: int) -> str:
        return "".join(self.pick(alphabet) for _ in range(count))
