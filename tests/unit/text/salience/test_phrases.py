"""Keyphrases, against their definition in plain Python."""

from __future__ import annotations

from collections import Counter
from itertools import pairwise
from math import log

import pyarrow as pa
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from jianwei.errors import UsageError
from jianwei.text.cutting.words import tokenize
from jianwei.text.salience.phrases import keyphrases
from jianwei.text.salience.terms import content_scores

PIECES = ["客服", "态度", "物流", "退款", "的", "，", "包装"]
texts = st.lists(st.lists(st.sampled_from(PIECES), min_size=1, max_size=5).map("".join), max_size=10)


def rarity(words: list[str]) -> dict[str, float]:
    return dict(zip(words, content_scores(pa.array(words, pa.string())).tolist(), strict=True))


@settings(deadline=None, max_examples=80)
@given(texts)
def test_phrases_of_many_texts(several: list[str]) -> None:
    different = list(dict.fromkeys(several))
    having: Counter[str] = Counter()
    together: Counter[tuple[str, str]] = Counter()
    for tokens in tokenize(different):
        idf = rarity(tokens)
        having.update({word for word in tokens if idf[word] > 0})
        together.update({(a, b) for a, b in pairwise(tokens) if idf[a] > 0 and idf[b] > 0 and a != b})
    idf, size = rarity(list(having)), len(different)
    right = {}
    for (a, b), count in together.items():
        surprise = -log(min(count / size, 1 - 1e-12))
        score = count * (idf[a] + idf[b]) / 2 * log(count * size / (having[a] * having[b])) / surprise
        if count >= 2 and score > 1e-9:
            right[a + b] = (count, score)
    found = {row["word"]: (row["texts"], row["score"]) for row in keyphrases(several, 100) if row["score"] > 1e-9}
    assert found.keys() == right.keys()
    for phrase, (count, score) in right.items():
        assert found[phrase] == (count, pytest.approx(score, rel=1e-6))
    listed = [row["score"] for row in keyphrases(several, 100)]
    assert listed == sorted(listed, reverse=True)


def test_marks_and_repeated_texts_make_no_phrase() -> None:
    assert len(keyphrases(["客服，态度"] * 9 + ["客服。态度", "物流"])) == 0
    assert len(keyphrases(["客服态度"] * 9 + ["物流"])) == 0


def test_wrong_calls() -> None:
    with pytest.raises(UsageError, match="k = 0"):
        keyphrases(["物流"], k=0)
    with pytest.raises(UsageError, match="one text"):
        keyphrases("物流")
    assert len(keyphrases([])) == 0
