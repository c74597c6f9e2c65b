"""Keyphrases: two keywords that stand side by side more often than chance would have it ("客服" "态度")."""

from __future__ import annotations

import numpy as np
import pyarrow as pa

from jianwei.errors import UsageError
from jianwei.text.cutting.words import tokenize_array
from jianwei.text.inputs import Texts, as_strings, portions
from jianwei.text.salience.terms import Keywords, content_scores
from jianwei.text.topicmodel.corpus import gather

__all__ = ["joined", "keyphrases"]

_LEAST_TEXTS = 2


def keyphrases(texts: Texts, k: int = 20) -> Keywords:
    """The best phrases of many texts: texts with the phrase, times the mean rarity of its two words, times their bond.

    The bond is normalised pointwise mutual information (Bouma 2009): 1 for words that only occur side by side, 0 for words that do so
    by chance.

    Args:
        texts: list, Arrow, pandas or Polars column; a repeated text counts once.
        k: how many at most. A phrase stands in two texts at least.

    Raises:
        UsageError: a single string was given, or `k` is below 1.

    >>> texts = ["客服态度很差", "客服态度冷淡，物流慢", "物流快", "包装不好"]
    >>> keyphrases(texts).to_arrow().select(["word", "texts"]).to_pylist()
    [{'word': '客服态度', 'texts': 2}]
    """
    if k < 1:
        raise UsageError("text.keyphrases", f"k = {k}, it must be 1 or more")
    strings = as_strings(texts, "text.keyphrases").unique()
    corpus = gather(tokenize_array(portion) for portion in portions(strings))
    having = np.bincount(corpus.presence.indices, minlength=len(corpus.words))
    rarity = content_scores(corpus.words).astype(np.float64)
    _, first, second = corpus.neighbours.T
    keys, counts = np.unique(first * max(len(having), 1) + second, return_counts=True)
    one, other = np.divmod(keys, max(len(having), 1))
    seen = (counts >= _LEAST_TEXTS) & (one != other)
    one, other, counts = one[seen], other[seen], counts[seen]
    share = counts / max(len(strings), 1)
    by_chance = having[one] * having[other] / max(len(strings), 1) ** 2
    # In every text: nothing to normalise by, and no bond to be seen.
    surprise = -np.log(np.minimum(share, 1 - 1e-12))
    scores = counts * (rarity[one] + rarity[other]) / 2 * np.log(share / by_chance) / surprise
    words = corpus.words.to_pylist()
    phrases = [joined(words[a], words[b]) for a, b in zip(one.tolist(), other.tolist(), strict=True)]
    table = pa.table({"word": pa.array(phrases, pa.string()), "texts": counts, "score": scores})
    ranked = table.filter(pa.array(scores > 0)).sort_by([("score", "descending"), ("word", "ascending")])
    return Keywords(ranked.slice(0, k))


def joined(one: str, other: str) -> str:
    """Two neighbouring words as one: with a blank between Latin letters, without between characters.

    >>> joined("客服", "态度"), joined("macbook", "pro")
    ('客服态度', 'macbook pro')
    """
    blank = " " if one[-1:].isascii() and other[:1].isascii() else ""
    return f"{one}{blank}{other}"
