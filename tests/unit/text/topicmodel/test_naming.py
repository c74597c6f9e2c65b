"""Names and words of topics."""

from __future__ import annotations

import numpy as np
import pyarrow as pa
import pytest
from scipy.stats import chi2_contingency

from jianwei.text.cutting.words import tokenize_array
from jianwei.text.topicmodel.corpus import gather
from jianwei.text.topicmodel.naming import describe


def test_words_are_those_that_mark_a_topic_out() -> None:
    texts = ["物流，太慢，东西"] * 6 + ["物流，东西"] * 3 + ["酒店，房间，东西"] * 8 + ["酒店，物流"] * 2
    labels = np.array([0] * 9 + [1] * 10)
    first, second = describe(gather([tokenize_array(pa.array(texts))]), labels)
    assert [word.word for word in first.words] == ["物流", "太慢", "东西"]
    assert [word.word for word in second.words] == ["酒店", "房间"]
    right = chi2_contingency([[9, 0], [2, 8]], correction=False, lambda_="log-likelihood").statistic
    assert first.words[0].score == pytest.approx(right)
    assert (first.words[0].texts, second.words[0].texts) == (9, 10)


def test_words_that_mostly_stand_together_are_one() -> None:
    texts = ["奶茶锅底不错", "奶茶锅底很好", "奶茶锅底，锅底"] * 4 + ["酒店，房间"] * 9
    labels = np.array([0] * 12 + [1] * 9)
    first, second = describe(gather([tokenize_array(pa.array(texts))]), labels)
    assert "奶茶锅底" in [word.word for word in first.words]
    assert not {"奶茶", "锅底"} & {word.word for word in first.words}
    # A comma keeps words apart, however often they share a text.
    assert {"酒店", "房间"} == {word.word for word in second.words}


def test_latin_words_keep_their_blank() -> None:
    texts = ["macbook pro，不错"] * 6 + ["酒店，房间"] * 6
    first, _ = describe(gather([tokenize_array(pa.array(texts))]), np.repeat([0, 1], 6))
    assert "macbook pro" in [word.word for word in first.words]


def test_names_prefer_things_and_share_no_word() -> None:
    texts = ["漂亮，酒店，房间"] * 9 + ["漂亮，酒店，客服"] * 9 + ["物流，快递"] * 9
    topics = describe(gather([tokenize_array(pa.array(texts))]), np.repeat([0, 1, 2], 9))
    assert [word.word for word in topics[0].words] == ["房间", "漂亮", "酒店"]
    assert [topic.name for topic in topics] == ["房间·酒店", "客服·漂亮", "物流·快递"]


def test_no_texts() -> None:
    assert describe(gather([tokenize_array(pa.array([], pa.string()))]), np.zeros(0, np.int64)) == ()
