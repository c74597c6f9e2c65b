"""Which words tell what a text, or many texts, are about: how often they occur here against how common they are in general.

"In general" is a table of inverse document frequencies that `tools/common_words.py` counted over public reviews, posts, questions and
headlines, each kind with the same say. It knows the 12,000 commonest words; a word outside counts as rare as the rarest inside. The
method is plain TF-IDF: it knows no synonyms and no phrases, and in a shop's chat the shop's own wares come out on top.
"""

from __future__ import annotations

import io
from collections.abc import Sequence
from dataclasses import dataclass
from functools import cache
from importlib.resources import files
from itertools import pairwise
from typing import Any

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
from numpy.typing import NDArray

from jianwei.common.results import Rows
from jianwei.errors import UsageError
from jianwei.text.cutting.features import fold, rows_of
from jianwei.text.cutting.stopwords import stopwords
from jianwei.text.cutting.words import tokenize_array
from jianwei.text.inputs import Texts, as_strings, portions

__all__ = [
    "REVISION",
    "Background",
    "Keywords",
    "as_lists",
    "background",
    "best_of_each",
    "content_scores",
    "is_content",
    "keywords",
    "keywords_array",
]

# Goes up whenever the same tokens would give other keywords.
REVISION = "1"

# A keyword has two characters at least and a letter: numbers, emoticons, addresses, @names and laughter of any length are none.
_CONTENT = r"^[^\[@].*\pL|^\pL"
_NO_CONTENT = r"^.$|^(?i:https?://|www\.)|^[哈嘿呵嘻啊哦嗯呜]+$"


@dataclass(frozen=True, eq=False)
class Background:
    """How rare words are in general.

    Attributes:
        words: folded words, string [w], stop words not among them.
        idf: float32 [w], ln(texts / texts with the word).
    """

    words: pa.StringArray
    idf: NDArray[np.float32]

    @staticmethod
    def pack(words: Sequence[str], idf: NDArray[np.float64]) -> bytes:
        """The bytes of the table's file: idf in steps of 1/16."""
        buffer = io.BytesIO()
        text = np.frombuffer("\n".join(words).encode(), np.uint8)
        np.savez_compressed(buffer, words=text, idf=np.rint(idf * 16).astype(np.uint8))
        return buffer.getvalue()


@cache
def background() -> Background:
    """The packaged table."""
    data = files("jianwei.text").joinpath("data", "background.npz").read_bytes()
    with np.load(io.BytesIO(data), allow_pickle=False) as stored:
        words = pa.array(stored["words"].tobytes().decode().split("\n"), pa.string())
        return Background(words, stored["idf"].astype(np.float32) / 16)


def is_content(words: pa.StringArray) -> NDArray[np.bool_]:
    """bool [n]: whether a word can be a keyword; stop words, single characters, numbers, emoticons and marks cannot.

    >>> is_content(pa.array(["物流", "因为", "水", "12", "[微笑]"])).tolist()
    [True, False, False, False, False]
    """
    content = pc.and_not(pc.match_substring_regex(words, _CONTENT), pc.match_substring_regex(words, _NO_CONTENT))
    content = pc.and_not(content, pc.is_in(fold(words), value_set=_stopword_array()))
    flags: NDArray[np.bool_] = content.to_numpy(zero_copy_only=False)
    return flags


def content_scores(words: pa.StringArray) -> NDArray[np.float32]:
    """float32 [n]: idf of every word, 0 for what cannot be a keyword."""
    table = background()
    at = pc.fill_null(pc.index_in(fold(words), value_set=table.words), len(table.words)).to_numpy()
    scores: NDArray[np.float32] = np.append(table.idf, table.idf.max())[at]
    return np.where(is_content(words), scores, np.float32(0))


@cache
def _stopword_array() -> pa.StringArray:
    return pa.array(sorted(stopwords()), pa.string())


def keywords_array(tokens: pa.ListArray, k: int = 5) -> pa.ListArray:
    """The best keywords of every single text: occurrences times idf, the earlier word first when two are equal.

    Args:
        tokens: from `tokenize_array`, n texts.
        k: how many at most.

    Returns:
        list<dictionary<int32, string>> [n], best first, the dictionary that of `tokens`.

    >>> keywords_array(tokenize_array(pa.array(["快递太慢，快递公司不行"])), 1).to_pylist()
    [['快递']]
    """
    values = tokens.values
    scores, codes, rows = content_scores(values.dictionary), values.indices.to_numpy(), rows_of(tokens)
    where = np.flatnonzero(scores[codes] > 0)
    cells, first, counts = np.unique(rows[where] * len(scores) + codes[where], return_index=True, return_counts=True)
    cell_rows, cell_codes = np.divmod(cells, max(len(scores), 1))
    return best_of_each(cell_rows, cell_codes, counts * scores[cell_codes], first, k, tokens)


def best_of_each(
    rows: NDArray[np.int64],
    codes: NDArray[np.int64],
    scores: NDArray[np.floating[Any]],
    first: NDArray[np.int64],
    k: int,
    tokens: pa.ListArray,
) -> pa.ListArray:
    """The k best words of every text, from its distinct words.

    Args:
        rows: ascending, [words]; each with its `codes` (entry of the dictionary), `scores`, and `first`, which puts equals in order.
        k: how many at most.
        tokens: the texts, list<dictionary<int32, string>> [n].

    Returns:
        list<dictionary<int32, string>> [n], best first, the dictionary that of `tokens`.
    """
    best = np.lexsort((first, -scores, rows))
    sizes = np.bincount(rows, minlength=len(tokens))
    starts = np.cumsum(sizes) - sizes
    best = best[np.arange(len(best)) - starts[rows] < k]
    offsets = np.concatenate([[0], np.cumsum(np.minimum(sizes, k))]).astype(np.int32)
    picked = pa.DictionaryArray.from_arrays(pa.array(codes[best].astype(np.int32)), tokens.values.dictionary)
    return pa.ListArray.from_arrays(pa.array(offsets), picked)


def as_lists(found: pa.ListArray) -> list[list[str]]:
    """Words of every text as Python lists, some times as fast as `to_pylist`: each distinct word becomes one Python string.

    Args:
        found: list<dictionary<int32, string>> [n], as `keywords_array` and `tokenize_array` return it.

    >>> as_lists(keywords_array(tokenize_array(pa.array(["物流太慢，物流", None])), 1))
    [['物流'], []]
    """
    # Only what occurs: the dictionary is that of all tokens, the keywords are few.
    used, places = np.unique(found.values.indices.to_numpy(), return_inverse=True)
    words = found.values.dictionary.take(pa.array(used)).to_pylist()
    chosen = [words[place] for place in places.tolist()]
    offsets = found.offsets.to_pylist()
    return [chosen[start:end] for start, end in pairwise(offsets)]


@dataclass(frozen=True)
class Keywords(Rows):
    """Keywords of many texts. Rows: word (string), texts (int64, how many hold it), score (float64), best first."""


def keywords(texts: Texts, k: int = 20) -> Keywords:
    """What many texts together are about: the number of texts with a word, times the word's idf in general.

    Args:
        texts: list, Arrow, pandas or Polars column.
        k: how many at most.

    Raises:
        UsageError: a single string was given, or `k` is below 1.

    >>> keywords(["物流太慢", "物流很快", "因为"], k=1).to_arrow().select(["word", "texts"]).to_pylist()
    [{'word': '物流', 'texts': 2}]
    """
    if k < 1:
        raise UsageError("text.keywords", f"k = {k}, it must be 1 or more")
    total: dict[str, int] = {}
    for portion in portions(as_strings(texts, "text.keywords")):
        tokens = tokenize_array(portion)
        size = len(tokens.values.dictionary)
        cells = np.unique(rows_of(tokens) * size + tokens.values.indices.to_numpy())
        counts = np.bincount(cells % max(size, 1), minlength=size)
        for word, count in zip(tokens.values.dictionary.to_pylist(), counts.tolist(), strict=True):
            total[word] = total.get(word, 0) + count
    words = pa.array(total, pa.string())
    counts = np.fromiter(total.values(), np.int64, len(total))
    scores = counts * content_scores(words).astype(np.float64)
    table = pa.table({"word": words, "texts": counts, "score": scores}).filter(pa.array(scores > 0))
    return Keywords(table.sort_by([("score", "descending"), ("word", "ascending")]).slice(0, k))
