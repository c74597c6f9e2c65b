"""What posts praise and blame, and how often."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from jianwei.behavior.moods import MOOD_FIELDS, MOODS, mood_columns
from jianwei.common.progress import Progress, SilentProgress
from jianwei.common.results import Rows
from jianwei.text.inputs import portions
from jianwei.text.opinion.judging import aspects
from jianwei.workspace.texts.reading import Posts

__all__ = ["Praise", "praise_and_blame"]

TOTALS_SCHEMA = pa.schema([("aspect", pa.string()), *MOOD_FIELDS])


@dataclass(frozen=True)
class Praise(Rows):
    """Rows as in `text.opinion.judging.Aspects`: row, aspect, sentiment, score, start, end, text.

    Attributes:
        totals: aspect and the columns of `MOOD_FIELDS`, in posts; the aspect most spoken of first.
        posts: how many speak of any.
    """

    totals: pa.Table
    posts: int


def praise_and_blame(posts: Posts, progress: Progress | None = None) -> Praise:
    """Aspects of every post that has a text; `row` counts all posts."""
    parts, first = [], 0
    with (progress or SilentProgress()).task("aspects", len(posts), "posts") as task:
        for portion in portions(posts.texts, 1024):
            found = aspects(portion).to_arrow()
            parts.append(found.set_column(0, "row", pc.add(found["row"], first)))
            first += len(portion)
            task.advance(len(portion))
    rows = pa.concat_tables(parts) if parts else aspects([]).to_arrow()
    encoded = rows["aspect"].combine_chunks().dictionary_encode()
    names = encoded.dictionary
    codes = pc.index_in(rows["sentiment"].combine_chunks(), value_set=pa.array(MOODS)).to_numpy()
    counts = np.bincount(encoded.indices.to_numpy() * 3 + codes, minlength=3 * len(names)).reshape(-1, 3)
    totals = pa.table({"aspect": names, **mood_columns(counts)}).cast(TOTALS_SCHEMA)
    ordered = totals.sort_by([("total", "descending"), ("aspect", "ascending")])
    return Praise(rows, totals=ordered, posts=len(pc.unique(rows["row"])))
