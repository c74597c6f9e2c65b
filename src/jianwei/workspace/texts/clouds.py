"""A picture of the words of each sentiment."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
from numpy.typing import NDArray

from jianwei.behavior.counts import WordCounts, count_words
from jianwei.behavior.moods import MOODS
from jianwei.behavior.words import WORDS_SCHEMA, WordsResult
from jianwei.common.progress import Progress, SilentProgress
from jianwei.common.stats import log_likelihood
from jianwei.errors import StoreError
from jianwei.text.cutting.words import tokenize_array, words
from jianwei.text.inputs import portions
from jianwei.workspace.texts.feelings import Feelings
from jianwei.workspace.texts.reading import Posts

__all__ = ["word_clouds"]

_WORDS, _FEW = 120, 15
_WIDTH = 480  # a little more than the canvas of a cloud


def word_clouds(
    posts: Posts, feelings: Feelings, folder: Path, *, language: str, progress: Progress | None = None
) -> tuple[Path, ...]:
    """Write `<sentiment>.png` for every sentiment that some posts have.

    The words are those that mark a sentiment out against the others; where hardly any do, simply its most frequent ones.

    Args:
        posts: the posts.
        feelings: their sentiments.
        folder: where to write; made when missing.
        language: "zh_CN" or "en".

    Raises:
        StoreError: the folder or a file cannot be written.
    """
    from jianwei.render.charts import cloud
    from jianwei.render.draw import Painter

    labels = np.array(feelings.to_arrow()["sentiment"].to_pylist(), object)
    known = np.flatnonzero(labels != None)  # noqa: E711 - an array is compared
    texts = posts.texts.take(pa.array(known))
    groups = np.array([MOODS.index(label) for label in labels[known]], np.int64)
    said: list[pa.Array] = []
    with (progress or SilentProgress()).task("words", len(texts), "posts") as task:
        for portion in portions(texts):
            said.append(pc.binary_join(words(tokenize_array(portion)).cast(pa.list_(pa.string())), " "))
            task.advance(len(portion))
    counts = count_words(pa.chunked_array(said, pa.string()), groups, len(MOODS))
    painter, written = Painter(language), []
    try:
        folder.mkdir(parents=True, exist_ok=True)
        for mood in sorted(MOODS):
            result = _words(counts, mood)
            if len(result):
                path = folder / f"{mood}.png"
                path.write_bytes(painter.png(cloud(result, label=mood), width=_WIDTH, scale=2))
                written.append(path)
    except OSError as error:
        raise StoreError(
            str(folder), f"cannot be written ({error.strerror or error})", "choose another folder"
        ) from error
    return tuple(written)


def _words(counts: WordCounts, mood: str) -> WordsResult:
    code = MOODS.index(mood)
    own = counts.rows[[code], :].toarray()[0] * _spoken(counts.words)
    rest = np.asarray(counts.rows.sum(axis=0)).ravel() - own
    inside = int(counts.messages[code])
    score = log_likelihood(own, inside, rest, int(counts.messages.sum()) - inside)
    telling = np.flatnonzero((score > 0) & (own > 0))
    if len(telling) < _FEW:
        score, telling = own.astype(np.float64), np.flatnonzero(own)
    best = telling[np.lexsort((-own[telling], -score[telling]))][:_WORDS]
    columns = {
        "label": [mood] * len(best),
        "word": counts.words[best].tolist(),
        "rows": own[best],
        "occurrences": counts.occurrences[[code], :].toarray()[0][best],
        "score": score[best],
    }
    return WordsResult(pa.table(columns, WORDS_SCHEMA))


def _spoken(words: NDArray[np.object_]) -> NDArray[np.bool_]:
    """bool [v]: whether a word has a letter; numbers and signs fill a picture and say nothing."""
    flags: NDArray[np.bool_] = pc.match_substring_regex(pa.array(words, pa.string()), r"\pL").to_numpy(
        zero_copy_only=False
    )
    return flags
