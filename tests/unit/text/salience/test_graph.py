"""TextRank, against a dense solution of the same equations in plain Python, and against jieba's own graph."""

from __future__ import annotations

import importlib
from collections import Counter

import numpy as np
import pyarrow as pa
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from jianwei.errors import UsageError
from jianwei.text.cutting.words import tokenize, tokenize_array
from jianwei.text.salience.graph import has_part_of_speech, textrank, textrank_array
from jianwei.text.salience.terms import is_content

PIECES = ["物流", "快递公司", "质量", "包装", "因为", "的", "，", "退款", "12", "[微笑]", "漂亮", "发货", "水", "ABC"]
texts = st.lists(st.sampled_from(PIECES), max_size=14).map("".join)


def edges(tokens: list[str]) -> Counter[tuple[str, str]]:
    words = pa.array(tokens, pa.string())
    wanted = is_content(words) & has_part_of_speech(words)
    near = [(i, j) for i in range(len(tokens)) for j in range(i + 1, min(i + 5, len(tokens)))]
    return Counter((tokens[i], tokens[j]) for i, j in near if wanted[i] and wanted[j])


def weights(pairs: Counter[tuple[str, str]], alone: set[str]) -> dict[str, float]:
    """The equations solved at once: (I - d·M) s = 1 - d."""
    nodes = sorted({word for pair in pairs for word in pair} | alone)
    joined = np.zeros((len(nodes), len(nodes)))
    for (one, other), count in pairs.items():
        joined[nodes.index(one), nodes.index(other)] += count
        joined[nodes.index(other), nodes.index(one)] += count
    handed = joined / np.maximum(joined.sum(axis=0), 1e-12)
    solved = np.linalg.solve(np.eye(len(nodes)) - 0.85 * handed, np.full(len(nodes), 0.15))
    return dict(zip(nodes, solved.tolist(), strict=True))


def candidates(tokens: list[str]) -> set[str]:
    words = pa.array(tokens, pa.string())
    wanted = is_content(words) & has_part_of_speech(words)
    return {token for token, yes in zip(tokens, wanted.tolist(), strict=True) if yes}


@settings(deadline=None, max_examples=60)
@given(st.lists(texts, max_size=6), st.integers(1, 4))
def test_words_of_each_text(several: list[str], k: int) -> None:
    found = textrank_array(tokenize_array(pa.array(several, pa.string())), k).to_pylist()
    for text, picked in zip(several, found, strict=True):
        tokens = tokenize([text])[0]
        right = weights(edges(tokens), candidates(tokens))
        ranked = sorted(right, key=lambda word: (-round(right[word], 6), tokens.index(word)))
        assert picked == ranked[:k]


@settings(deadline=None, max_examples=40)
@given(st.lists(texts, max_size=6))
def test_words_of_all_texts(several: list[str]) -> None:
    pairs: Counter[tuple[str, str]] = Counter()
    holds: Counter[str] = Counter()
    for tokens in tokenize(several):
        pairs += edges(tokens)
        holds.update(candidates(tokens))
    right = weights(pairs, set(holds))
    found = textrank(several, 100).to_arrow().to_pylist()
    assert {row["word"]: row["texts"] for row in found} == dict(holds)
    assert [row["score"] for row in found] == sorted((row["score"] for row in found), reverse=True)
    for row in found:
        assert row["score"] == pytest.approx(right[row["word"]], abs=2e-6)


def test_all_texts_do_not_depend_on_portions() -> None:
    several = [f"快递 单号{i} 发货 物流" for i in range(9000)]
    found = {row["word"]: row["texts"] for row in textrank(several, 50).to_arrow().to_pylist()}
    assert found["快递"] == found["发货"] == found["物流"] == 9000


def test_weights_are_those_of_jieba_carried_on() -> None:
    """jieba's own graph; ten rounds, after each of which the next begins where the last ended, are what it does."""
    jieba = pytest.importorskip("jieba")
    jieba.setLogLevel(60)
    graphs = importlib.import_module("jieba.analyse.textrank")
    text = "物流公司发货太慢，客服态度不好，物流公司不赔，快递员的态度也不好，退款很慢，客服说物流会发货，质量倒是不错，包装的质量很好"
    tokens = tokenize([text])[0]
    graph = graphs.UndirectWeightedGraph()
    for (one, other), count in edges(tokens).items():
        graph.addEdge(one, other, count)
    right = weights(edges(tokens), set())
    ours = {row["word"]: row["score"] for row in textrank([text], 100).to_arrow().to_pylist()}
    assert ours == pytest.approx(right, abs=2e-6)
    # jieba stretches its weights to a range; ten rounds from 1/n leave them a few hundredths from where they go.
    theirs = graph.rank()
    low, high = min(ours.values()) / 10, max(ours.values())
    for word, weight in theirs.items():
        assert (ours[word] - low) / (high - low) == pytest.approx(weight, abs=0.12)
    assert max(theirs, key=theirs.__getitem__) == max(ours, key=ours.__getitem__)


def test_a_single_word_is_the_best_one() -> None:
    assert textrank_array(tokenize_array(pa.array(["物流！", "", None, "的"]))).to_pylist() == [["物流"], [], [], []]


def test_parts_of_speech_can_be_chosen() -> None:
    tokens = tokenize_array(pa.array(["物流漂亮"]))
    assert textrank_array(tokens, 5, None).to_pylist() == [["物流", "漂亮"]]
    assert textrank_array(tokens, 5, {"a"}).to_pylist() == [["漂亮"]]
    assert has_part_of_speech(pa.array([], pa.string())).tolist() == []


def test_line_breaks_shift_no_tags() -> None:
    assert has_part_of_speech(pa.array(["\n", "物流", "a\nb", "因为", "发货"])).tolist() == [
        False,
        True,
        False,
        False,
        True,
    ]


def test_wrong_calls() -> None:
    with pytest.raises(UsageError, match="k = 0"):
        textrank(["物流"], k=0)
    with pytest.raises(UsageError, match="one text"):
        textrank("物流")
    assert len(textrank([])) == 0
    assert textrank([]).to_arrow().schema == textrank(["物流"]).to_arrow().schema
