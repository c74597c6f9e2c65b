"""The corpus, against plain Python."""

from __future__ import annotations

from itertools import pairwise

import numpy as np
import pyarrow as pa
from hypothesis import given, settings
from hypothesis import strategies as st

from jianwei.text.cutting.words import tokenize, tokenize_array
from jianwei.text.salience.terms import is_content
from jianwei.text.topicmodel.corpus import gather, same_words, seen

PIECES = ["物流", "快递", "包装", "Mate", "mate", "因为", "，", "12", "[微笑]", "水 "]
texts = st.lists(st.lists(st.sampled_from(PIECES), max_size=8).map("".join), max_size=12)


def content(text: str) -> list[str | None]:
    """Folded content words in their places, None for other tokens."""
    tokens = tokenize([text])[0]
    wanted = is_content(pa.array(tokens, pa.string())).tolist()
    return [token.lower() if yes else None for token, yes in zip(tokens, wanted, strict=True)]


@settings(deadline=None, max_examples=60)
@given(texts, st.integers(1, 5))
def test_words_presence_and_neighbours(several: list[str], portion: int) -> None:
    batches = [several[at : at + portion] for at in range(0, len(several), portion)]
    corpus = gather(tokenize_array(pa.array(batch, pa.string())) for batch in batches)
    right = [content(text) for text in several]
    vocabulary = sorted({word for words in right for word in words if word})
    assert corpus.words.to_pylist() == vocabulary
    assert corpus.presence.shape == (len(several), len(vocabulary))
    dense = corpus.presence.toarray()
    for row, words in enumerate(right):
        assert {vocabulary[at] for at in np.flatnonzero(dense[row])} == {word for word in words if word}
    assert set(np.unique(dense)) <= {0.0, 1.0}
    pairs = {(row, a, b) for row, words in enumerate(right) for a, b in pairwise(words) if a and b}
    assert {(row, vocabulary[a], vocabulary[b]) for row, a, b in corpus.neighbours.tolist()} == pairs
    assert len(corpus.neighbours) == len(pairs)


@settings(deadline=None, max_examples=60)
@given(texts)
def test_texts_of_the_same_words(several: list[str]) -> None:
    corpus = gather([tokenize_array(pa.array(several, pa.string()))])
    different, kinds = same_words(corpus)
    sets = [frozenset(word for word in content(text) if word) for text in several]
    assert len(different) == len({words for words in sets if words})
    for one, words in zip(kinds.tolist(), sets, strict=True):
        assert (one == -1) == (not words)
        assert one == -1 or sets[different[one]] == words


def test_the_order_of_kinds_depends_on_words_alone() -> None:
    several = [f"{a}，{b}" for a in ("物流", "快递", "包装") for b in ("质量", "客服", "退款")]
    one = gather([tokenize_array(pa.array(several))])
    other = gather([tokenize_array(pa.array(several[::-1]))])
    first, second = same_words(one)[0], same_words(other)[0]
    assert [several[at] for at in first] == [several[::-1][at] for at in second]


def test_some_rows() -> None:
    corpus = gather([tokenize_array(pa.array(["物流快递", "包装", "快递物流"]))])
    part = corpus.rows(np.array([2, 1]))
    assert part.words == corpus.words
    assert (part.presence.toarray() == corpus.presence.toarray()[[2, 1]]).all()
    words = corpus.words.to_pylist()
    assert [(row, words[a], words[b]) for row, a, b in part.neighbours.tolist()] == [(0, "快递", "物流")]


def test_known_words_of_other_texts() -> None:
    tokens = tokenize_array(pa.array(["快递、快递和 Mate", None, "没有"]))
    assert seen(tokens, pa.array(["mate", "快递", "物流"])).toarray().tolist() == [[1, 1, 0], [0, 0, 0], [0, 0, 0]]
