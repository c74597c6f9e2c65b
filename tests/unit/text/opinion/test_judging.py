"""Aspects of many texts: the packaged sentiment, another judge, one row an aspect or one a mention."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
import pyarrow as pa
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from numpy.typing import NDArray

from jianwei.errors import UsageError
from jianwei.text.opinion.judging import ASPECTS_SCHEMA, SENTIMENTS, aspects
from jianwei.text.opinion.lists import ASPECTS

REVIEWS = ["送得快但是不好吃，太贵了", None, "", "第二天就到了", "服务态度很好，早餐很好，早餐的粥难喝"]


def even(texts: Sequence[str]) -> NDArray[np.float32]:
    """A judge without an opinion."""
    return np.full((len(texts), 3), 1 / 3, np.float32)


def glad(texts: Sequence[str]) -> NDArray[np.float32]:
    """A judge who likes everything."""
    return np.tile(np.array([0, 0, 1], np.float32), (len(texts), 1))


def test_each_aspect_has_its_own_sentiment_and_rests_on_words_of_the_text() -> None:
    found = aspects(REVIEWS)
    assert found.rows.schema.equals(ASPECTS_SCHEMA)
    assert [(a["row"], a["aspect"], a["sentiment"]) for a in found][:4] == [
        (0, "delivery", "positive"),
        (0, "taste", "negative"),
        (0, "price", "negative"),
        (3, "delivery", "positive"),
    ]
    words = [(REVIEWS[a["row"]] or "")[a["start"] : a["end"]] for a in found]
    assert words[:4] == ["送得快", "不好吃", "太贵", "第二天就到了"]
    assert all(0.34 < a["score"] <= 1 for a in found)
    assert [a["text"] for a in found][:3] == ["送得快但是不好吃", "送得快但是不好吃", "太贵了"]


def test_one_row_an_aspect_or_one_a_mention() -> None:
    mentions = [(a["aspect"], a["sentiment"]) for a in aspects(REVIEWS, per="mention") if a["row"] == 4]
    assert mentions == [("service", "positive"), ("taste", "positive"), ("taste", "negative")]
    assert [a["aspect"] for a in aspects(REVIEWS) if a["row"] == 4] == ["service", "taste"]


def test_the_judge_decides_where_the_lists_are_silent() -> None:
    assert len(aspects(["我问了一下前台服务"], judge=even)) == 0
    (only,) = aspects(["我问了一下前台服务"], judge=glad)
    assert (only["aspect"], only["sentiment"]) == ("service", "positive")


def test_what_is_known_of_whole_texts_is_used() -> None:
    texts = ["包装一般"]
    (calm,) = aspects(texts, judge=even, whole=even(texts))
    (happy,) = aspects(texts, judge=even, whole=np.array([[0.1, 0.1, 0.8]], np.float32))
    assert calm["sentiment"] == happy["sentiment"] == "neutral"
    assert happy["score"] < calm["score"]


@given(
    st.lists(
        st.none() | st.text(st.sampled_from(list("服务不很好吃贵快递慢味道但是，。没有太房间的！👍 ")), max_size=25),
        max_size=5,
    )
)
@settings(max_examples=60, deadline=None)
def test_rows_are_in_order_and_hold_what_they_promise(texts: list[str | None]) -> None:
    for per in ("text", "mention"):
        found = aspects(texts, per=per, judge=even)  # type: ignore[arg-type]
        rows = list(found)
        assert [(a["row"], a["start"]) for a in rows] == sorted((a["row"], a["start"]) for a in rows)
        for a in rows:
            text = texts[a["row"]] or ""
            assert a["aspect"] in ASPECTS
            assert a["sentiment"] in SENTIMENTS
            assert 0 <= a["start"] < a["end"] <= len(text)
            assert text[a["start"] : a["end"]] in a["text"]
            assert a["text"] in text
        if per == "text":
            assert len({(a["row"], a["aspect"]) for a in rows}) == len(rows)
    alone = [list(aspects([text], judge=even)) for text in texts]
    together = list(aspects(texts, judge=even))
    assert [{**a, "row": 0} for a in together] == [a for found in alone for a in found]


def test_traditional_characters_and_full_width_digits_are_read_and_given_back_as_they_were() -> None:
    texts = ["服務態度很差，等了２個小時才送到"]
    found = list(aspects(texts))
    assert [(a["aspect"], a["sentiment"]) for a in found] == [("service", "negative"), ("delivery", "negative")]
    assert found[0]["text"] == "服務態度很差"
    assert texts[0][found[1]["start"] : found[1]["end"]].startswith("等了２個小時")


def test_arrow_comes_in_and_goes_out() -> None:
    found = aspects(pa.chunked_array([["太贵了"], ["好吃"]]))
    assert found.to_arrow()["row"].to_pylist() == [0, 1]
    assert len(aspects([])) == 0


def test_wrong_calls_are_refused() -> None:
    with pytest.raises(UsageError, match="one text"):
        aspects("太贵了")
    with pytest.raises(UsageError, match="2 sentiments for 1 texts"):
        aspects(["太贵了"], whole=even(["", ""]))
    with pytest.raises(UsageError, match="unknown"):
        aspects(["太贵了"], per="word")  # type: ignore[arg-type]
