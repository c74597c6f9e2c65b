"""How the authors of posts feel: every post, every person, all together."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np
import pyarrow as pa
from numpy.typing import NDArray

from jianwei.behavior.moods import MOOD_FIELDS, MOODS, mood_columns
from jianwei.common.progress import Progress, SilentProgress
from jianwei.common.results import Rows
from jianwei.errors import UsageError
from jianwei.text._base import Classifier
from jianwei.text.inputs import portions
from jianwei.workspace.texts.reading import Posts

__all__ = ["Feelings", "feel"]

PEOPLE_SCHEMA = pa.schema([("by", pa.string()), *MOOD_FIELDS])


@dataclass(frozen=True)
class Feelings(Rows):
    """Rows: sentiment, score (the probability of that sentiment), negative, neutral, positive: one a post, null where it has no text.

    Attributes:
        model: name and version of the model.
        totals: posts of each sentiment: negative, neutral, positive.
        people: by and the columns of `MOOD_FIELDS`, whoever has most posts first; None when nothing was asked.
    """

    model: str
    totals: dict[str, int]
    people: pa.Table | None


def feel(posts: Posts, model: Classifier | None = None, progress: Progress | None = None) -> Feelings:
    """Sentiment of every post.

    Args:
        posts: what was read.
        model: a classifier with the classes negative and positive, perhaps neutral; the packaged one by default.
        progress: told of posts.

    Raises:
        UsageError: the model tells other classes apart.
    """
    filled = posts.filled().texts
    score, name, classes = _scorer(model)
    parts = [np.zeros((0, len(classes)), np.float32)]
    with (progress or SilentProgress()).task("sentiment", len(filled), "posts") as task:
        for portion in portions(filled):
            parts.append(score(portion))
            task.advance(len(portion))
    chances = np.zeros((len(posts), 3), np.float32)
    known = posts.texts.is_valid().to_numpy(zero_copy_only=False)
    found = np.concatenate(parts)
    for at, mood in enumerate(MOODS):
        if mood in classes:
            chances[known, at] = found[:, classes.index(mood)]
    codes = chances.argmax(axis=1)
    counts = np.bincount(codes[known], minlength=3)
    columns = {
        "sentiment": pa.array(np.array(MOODS)[codes], pa.string(), mask=~known),
        "score": pa.array(chances.max(axis=1), mask=~known),
        **{mood: pa.array(chances[:, MOODS.index(mood)], mask=~known) for mood in sorted(MOODS)},
    }
    people = None if posts.by is None else _people(posts.by, codes, known)
    totals = {mood: int(counts[MOODS.index(mood)]) for mood in sorted(MOODS)}
    return Feelings(pa.table(columns), model=name, totals=totals, people=people)


_Scores = Callable[[pa.StringArray], NDArray[np.float32]]


def _scorer(model: Classifier | None) -> tuple[_Scores, str, tuple[str, ...]]:
    if model is not None:
        if not {"negative", "positive"} <= set(model.classes) <= set(MOODS):
            raise UsageError(
                "--model",
                f"{model.identity.name} knows {', '.join(model.classes)}",
                "give a model of sentiment, or use `text classify`",
            )
        return model.probabilities, f"{model.identity.name} {model.identity.version}", tuple(model.classes)
    from jianwei.text import sentiment

    none = sentiment([])
    return (
        lambda texts: sentiment(texts).probabilities,
        f"{none.identity.name} {none.identity.version[:16]}",
        none.classes,
    )


def _people(by: pa.StringArray, codes: NDArray[np.int64], known: NDArray[np.bool_]) -> pa.Table:
    encoded = by.dictionary_encode()
    groups = encoded.indices.to_numpy()
    cells = np.bincount(groups[known] * 3 + codes[known], minlength=3 * len(encoded.dictionary)).reshape(-1, 3)
    table = pa.table({"by": encoded.dictionary, **mood_columns(cells)}).cast(PEOPLE_SCHEMA)
    return table.sort_by([("total", "descending"), ("negative", "descending"), ("by", "ascending")])
