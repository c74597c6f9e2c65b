"""Lists of words, with planted ones to be found."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable
from typing import Any

import numpy as np
import pytest
from scipy.stats import chi2_contingency

from jianwei.behavior.emotions import Emotions
from jianwei.behavior.keywords import Keywords
from jianwei.behavior.mood import Mood
from jianwei.behavior.mood_by import MoodBy
from jianwei.behavior.words import Words
from jianwei.common.results import Unavailable
from jianwei.errors import UsageError

Make = Callable[..., Any]
DAY = 86_400_000_000


def annotated(rows: list[tuple[str, str | None]], days: list[int] | None = None) -> list[dict[str, Any]]:
    """Annotations for (words, sentiment) of messages; a sentiment of None means the model has not seen the message."""
    found: list[dict[str, Any]] = []
    for n, (text, label) in enumerate(rows):
        common = {"record_id": f"m:{n}", "ts_us": days[n] * DAY if days else None}
        found.append(common | {"task": "words", "text": text})
        if label:
            found.append(common | {"task": "sentiment", "label": label})
    return found


TALK: list[tuple[str, str | None]] = [
    *[("破损 退款 茶壶", "negative")] * 6,
    ("退款 退款 退款", "negative"),
    *[("好喝 茶壶", "positive")] * 5,
    *[("茶壶 多少", "neutral")] * 4,
    ("茶壶 的 ！ 7", None),
]


def test_all_words_by_messages(memory_reader: Make) -> None:
    found = Words(limit=3).compute(memory_reader(annotations=annotated(TALK)))
    assert not isinstance(found, Unavailable)
    assert found.rows.to_pylist() == [
        {"label": "", "word": "茶壶", "rows": 16, "occurrences": 16, "score": None},
        {"label": "", "word": "退款", "rows": 7, "occurrences": 9, "score": None},
        {"label": "", "word": "破损", "rows": 6, "occurrences": 6, "score": None},
    ]


def test_numbers_of_people_are_no_words(memory_reader: Make) -> None:
    said = [("收件人 13800138000 2026", "neutral"), ("13800138000 440106199001011234 收件人", "negative")]
    for asked in (Words(), Words(label="negative")):
        found = asked.compute(memory_reader(annotations=annotated(said)))
        assert not isinstance(found, Unavailable)
        assert not any("138" in word or "4401" in word for word in found.rows["word"].to_pylist())
    everything = Words().compute(memory_reader(annotations=annotated(said)))
    assert not isinstance(everything, Unavailable)
    assert everything.rows["word"].to_pylist() == ["收件人", "2026"]


def test_words_that_mark_a_sentiment(memory_reader: Make) -> None:
    found = Words(label="negative").compute(memory_reader(annotations=annotated(TALK)))
    assert not isinstance(found, Unavailable)
    assert [(row["word"], row["rows"], row["occurrences"]) for row in found] == [("退款", 7, 9), ("破损", 6, 6)]
    # The message without a sentiment is on neither side.
    g_test = chi2_contingency([[7, 0], [0, 9]], correction=False, lambda_="log-likelihood").statistic
    assert found.rows["score"][0].as_py() == pytest.approx(g_test)


def test_by_label_lists_all_and_each(memory_reader: Make) -> None:
    found = Words(by_label=True, limit=1).compute(memory_reader(annotations=annotated(TALK)))
    assert not isinstance(found, Unavailable)
    assert [(row["label"], row["word"]) for row in found] == [
        ("", "茶壶"), ("positive", "好喝"), ("neutral", "茶壶"), ("negative", "退款"),
    ]  # fmt: skip


def test_without_sentiment_only_all_words_are_known(memory_reader: Make) -> None:
    reader = memory_reader(annotations=annotated([("茶壶", None)]))
    assert not isinstance(Words().compute(reader), Unavailable)
    missing = Words(by_label=True).compute(reader)
    assert isinstance(missing, Unavailable)
    assert missing.reason.values["task"] == "sentiment"
    with pytest.raises(UsageError, match="not one of"):
        Words(label="angry")


def test_keywords_of_a_day_with_an_incident(memory_reader: Make) -> None:
    rng = np.random.default_rng(2)
    usual = np.array(["茶壶", "茶杯", "物流", "好喝", "发货", "包装"])
    rows: list[tuple[str, str | None]] = []
    days = []
    for day in range(30):
        for _ in range(20):
            words = list(rng.choice(usual, 3, replace=False))
            rows.append((" ".join([*words, *(["破损", "退款"] if day == 12 and rng.random() < 0.6 else [])]), None))
            days.append(day)
    found = Keywords(limit=5).compute(memory_reader(annotations=annotated(rows, days)))
    assert not isinstance(found, Unavailable)
    assert found.every == "day"
    incident = [row for row in found if row["label"] == "1970-01-13"]
    assert {row["word"] for row in incident[:2]} == {"破损", "退款"}
    assert [row["rank"] for row in incident] == list(range(1, len(incident) + 1))
    plain = Counter(word for (text, _), day in zip(rows, days, strict=True) if day == 12 for word in set(text.split()))
    everywhere = Counter(word for text, _ in rows for word in set(text.split()))
    for row in incident:
        assert row["rows"] == plain[row["word"]]
        assert row["expected"] == pytest.approx(everywhere[row["word"]] * 20 / 600)


def test_one_period_has_nothing_to_be_compared_with(memory_reader: Make) -> None:
    found = Keywords(every="month").compute(memory_reader(annotations=annotated([("茶壶", None)] * 5, [1, 2, 3, 4, 5])))
    assert isinstance(found, Unavailable)
    assert found.reason.code == "one_period"


def test_a_poster_is_nobodys_own_words(memory_reader: Make) -> None:
    """Forwarded fifty times, it comes neither first among the words nor among the moods, unless it is asked for."""
    poster, said = [("满减 包邮", "positive")] * 50, [("茶壶 破损", "negative")] * 3
    days = [0] * 50 + [1, 1, 2]
    messages = [
        {"message_id": f"m:{n}", "ts_us": day * DAY, "user_id": "u:1", "conversation_id": "c:1"}
        | ({"kind": "image", "text": None} if n < 50 else {"kind": "text", "text": "茶壶破损"})
        for n, day in enumerate(days)
    ]
    read = [{"record_id": f"m:{n}", "task": "ocr", "text": "满减包邮"} for n in range(50)]
    answered = [row | {"user_id": "u:1"} for row in annotated([*poster, *said], days)]
    felt = {"record_id": "m:52", "ts_us": 2 * DAY, "task": "emotion", "label": "angry", "user_id": "u:1"}
    reader = memory_reader(messages=messages, annotations=[*read, *answered, felt])

    def answer(question: Any) -> list[dict[str, Any]]:
        found = question.compute(reader)
        assert not isinstance(found, Unavailable), found
        rows: list[dict[str, Any]] = found.rows.to_pylist()
        return rows

    assert [row["word"] for row in answer(Words(limit=2))] == ["破损", "茶壶"]
    assert [row["word"] for row in answer(Words(limit=2, pictures=True))] == ["包邮", "满减"]
    assert {row["word"] for row in answer(Keywords(every="day", pictures=True))} == {"包邮", "满减", "破损", "茶壶"}
    assert not {row["word"] for row in answer(Keywords(every="day"))} & {"包邮", "满减"}
    for question in (Mood, MoodBy):
        assert sum(row["total"] for row in answer(question())) == 3
        assert sum(row["total"] for row in answer(question(pictures=True))) == 53
    assert {row["total"] for row in answer(Emotions())} == {3}
    assert {row["total"] for row in answer(Emotions(pictures=True))} == {53}
