"""The same for everybody: the measure that every other model has to beat."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from jianwei.errors import UsageError
from jianwei.recommend.models._base import Because, Columns, Floats, Interactions

__all__ = ["Popular", "SameForAll"]

_DAY_US = 86_400_000_000


@dataclass(frozen=True, eq=False)
class SameForAll:
    """One score for each item, float32 [m]."""

    scores: Floats

    def score(self, histories: Sequence[Columns]) -> Floats:
        """The same row for each history."""
        return np.tile(self.scores, (len(histories), 1))

    def reasons(self, history: Columns, item: int, k: int = 5) -> tuple[Because, ...]:
        """None: nothing that somebody did speaks for it."""
        return ()

    def similar(self, item: int, k: int = 10) -> tuple[Because, ...]:
        """None."""
        return ()


@dataclass(frozen=True, slots=True)
class Popular:
    """Items by the people who had to do with them.

    Attributes:
        days: only what happened in the last days of the records counts, and of that by the last time of each person; 0 for all times.
    """

    days: int = 0

    @property
    def name(self) -> str:
        return f"popular in {self.days} days" if self.days else "popular"

    def fit(self, interactions: Interactions) -> SameForAll:
        """Raises: UsageError: `days` are given, but the times are not known."""
        if not self.days:
            return SameForAll(interactions.popularity.astype(np.float32))
        times = interactions.times_us
        if times is None:
            raise UsageError("days", "the times of the interactions are not known", "give them, or no days")
        late = times > (int(times.max()) if len(times) else 0) - self.days * _DAY_US
        return SameForAll(np.bincount(interactions.items[late], minlength=interactions.size).astype(np.float32))
