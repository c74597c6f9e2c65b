"""Words of groups against counting with Counter."""

from __future__ import annotations

from collections import Counter

import numpy as np
import pyarrow as pa
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from jianwei.behavior.counts import count_words, key_words
from jianwei.common.stats import log_likelihood
from jianwei.text.cutting.stopwords import stopwords

WORDS = ["茶壶", "茶", "ok", "OK", "618", "😡", "👍🏻", "[微笑]"]
NOISE = ["！", "…", "a", "7", "", "——", "~"]


@given(
    st.lists(st.tuples(st.integers(0, 3), st.lists(st.sampled_from(WORDS + NOISE), max_size=8)), max_size=30),
    st.integers(1, 7),
)
@settings(max_examples=60, deadline=None)
def test_counts_equal_a_counter(messages: list[tuple[int, list[str]]], pieces: int) -> None:
    texts = pa.chunked_array(
        [[" ".join(words) for _, words in messages[at::pieces]] for at in range(pieces)], pa.string()
    )
    groups = [group for at in range(pieces) for group, _ in messages[at::pieces]]
    counts = count_words(texts, groups, 4, without=set())
    rows, occurrences = Counter[tuple[int, str]](), Counter[tuple[int, str]]()
    for group, words in messages:
        rows.update({(group, word) for word in words if word in WORDS})
        occurrences.update((group, word) for word in words if word in WORDS)
    assert counts.words.tolist() == sorted({word for _, word in rows})
    assert counts.messages.tolist() == [sum(group == g for group, _ in messages) for g in range(4)]
    for found, expected in ((counts.rows, rows), (counts.occurrences, occurrences)):
        assert {(int(g), counts.words[w]): n for (g, w), n in found.todok().items()} == expected


def test_counts_over_many_chunks_equal_one_count() -> None:
    rng = np.random.default_rng(5)
    vocabulary = np.array([f"词{n}" for n in range(3000)])
    texts = [" ".join(row) for row in vocabulary[rng.zipf(1.4, (250_000, 3)) % 3000]]
    groups = rng.integers(0, 2, len(texts))
    counts = count_words(pa.chunked_array([texts]), groups, 2)
    plain = Counter(word for text, group in zip(texts, groups, strict=True) if group for word in set(text.split()))
    assert dict(zip(counts.words, counts.rows[[1], :].toarray()[0].tolist(), strict=True)) == {
        word: plain[word] for word in counts.words
    }


def test_stop_words_and_null_texts() -> None:
    assert "因为" in stopwords()
    counts = count_words(pa.chunked_array([["因为 茶壶", None]]), [0, 0], 1)
    assert counts.words.tolist() == ["茶壶"]
    assert counts.messages.tolist() == [2]


def test_key_words_mark_out_their_group() -> None:
    texts = ["破损 茶壶"] * 8 + ["茶壶"] * 2 + ["茶壶 好喝"] * 10 + ["茶壶"] * 10 + ["破损"]
    groups = [0] * 10 + [1] * 21
    counts = count_words(pa.chunked_array([texts]), groups, 2)
    keys = key_words(counts, 2)
    found = [
        (int(g), counts.words[w], int(n), int(r))
        for g, w, n, r in zip(keys.group, keys.word, keys.rows, keys.rank, strict=True)
    ]
    assert found == [(0, "破损", 8, 1), (0, "茶壶", 10, 2), (1, "好喝", 10, 1)]
    assert keys.score[0] == pytest.approx(float(log_likelihood(8, 10, 1, 21)))
    assert keys.expected[0] == pytest.approx(9 * 10 / 31)


def test_nothing_counted_gives_no_key_words() -> None:
    counts = count_words(pa.chunked_array([[]], pa.string()), [], 3)
    assert len(counts.words) == 0
    assert len(key_words(counts, 5).word) == 0
