"""The general model of sentiment: two experts, somebody who knows which one to ask, and a neutral class of its own.

People praise and blame in reviews otherwise than in posts, so each has an expert that never saw the other kind (a mixture of experts,
Jacobs et al. 1991, whose gate is trained on which is which). Whether a text takes sides at all is a third question, and answered first:

    P(neutral) = n,  P(positive) = (1 - n) · (g · post + (1 - g) · review),  P(negative) = the rest

All four stand in one table of `LinearModel`, whose classes are `COLUMNS`: one pass over a text answers them.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
from numpy.typing import NDArray

from jianwei.errors import InputError
from jianwei.models import Located, ModelIdentity
from jianwei.text.linear import LinearModel
from jianwei.text.scores import SENTIMENTS

__all__ = ["COLUMNS", "SentimentModel"]

COLUMNS = ("neutral", "review", "post", "is_post")
NOTHING_SAID = (0.05, 0.9, 0.05)
"""The answer to a text of marks alone."""
_SHORT = 24  # bytes; a longer text of nothing but marks is rare enough to be let through
_SAYS_NOTHING = r"^[\s\pP\pZ\p{Cc}\p{Cf}\p{Mn}]*$"


@dataclass(frozen=True, slots=True, eq=False)
class SentimentModel:
    """The four questions of `COLUMNS` in one table, and the three sentiments that follow from their answers."""

    table: LinearModel

    @classmethod
    def load(cls, located: Located) -> SentimentModel:
        """The model in a located file.

        Raises:
            InputError: the file is something else.
        """
        table = LinearModel.load(located)
        if table.classes != COLUMNS or table.kind != "multi-label":
            raise InputError(located.where, "this is no model of sentiment", "make one with tools/train_text.py")
        return cls(table)

    @property
    def identity(self) -> ModelIdentity:
        """Name and version."""
        return self.table.identity

    @property
    def classes(self) -> tuple[str, ...]:
        """negative, neutral, positive."""
        return SENTIMENTS

    def probabilities(self, texts: pa.StringArray, *, threads: int = 1) -> NDArray[np.float32]:
        """float32 [n, 3], rows sum to 1. Marks alone are neutral: 。。。 is no opinion."""
        neutral, review, post, is_post = self.table.probabilities(texts, threads=threads).T
        positive = is_post * post + (1 - is_post) * review
        chances = np.stack([(1 - neutral) * (1 - positive), neutral, (1 - neutral) * positive], axis=1)
        chances[_says_nothing(texts)] = NOTHING_SAID
        return chances


def _says_nothing(texts: pa.StringArray) -> NDArray[np.int64]:
    """int64 [few]: rows of texts that are empty, or a few marks."""
    sizes = pc.fill_null(pc.binary_length(texts), 0).to_numpy()
    short = np.flatnonzero(sizes <= _SHORT)
    marks = pc.match_substring_regex(pc.fill_null(texts.take(pa.array(short)), ""), _SAYS_NOTHING)
    rows: NDArray[np.int64] = short[marks.to_numpy(zero_copy_only=False)]
    return rows
