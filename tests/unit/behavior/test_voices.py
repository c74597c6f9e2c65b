"""Shares of what is sent, and what is spoken in it, against a plain loop."""

from __future__ import annotations

import json
from collections import Counter
from collections.abc import Callable
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from jianwei.behavior.aspects import Aspects
from jianwei.behavior.emotions import Emotions
from jianwei.behavior.mood import Mood
from jianwei.behavior.voices import Voices, VoicesResult
from jianwei.behavior.wants import Wants
from jianwei.behavior.words import Words
from jianwei.common.results import Unavailable
from jianwei.records.kinds import PARTS_A_FILE

Make = Callable[..., Any]
Rows = list[dict[str, Any]]
DAY = 86_400_000_000


def asked(reader: Any, **settings: Any) -> VoicesResult:
    found = Voices(**settings).compute(reader)
    assert not isinstance(found, Unavailable)
    return found


def voice(n: int, *, seconds: float | None = 4.0, **more: Any) -> tuple[dict[str, Any], dict[str, Any]]:
    """A voice message and its file."""
    at = {"ts_us": 0, "user_id": "u:1"} | more
    message = {"message_id": f"m:{n}", "kind": "voice", "text": None, **at}
    file = {
        "media_id": f"d:00000{n}",
        "record_id": f"m:{n}",
        "kind": "voice",
        "mime": "audio/silk",
        "path": f"{n}.silk",
    }
    return message, file | {"seconds": seconds}


def heard(n: int, text: str, spoken: float, *, language: str = "zh", **more: Any) -> dict[str, Any]:
    value = json.dumps({"seconds": 9.0, "spoken": spoken, "segments": [[0.0, spoken, text, 0.9]], "dropped": []})
    row = {"record_id": f"m:{n}", "task": "transcript", "text": text, "label": language, "value": value}
    return row | {"status": "ok"} | more


def test_shares_are_there_before_anybody_listens(memory_reader: Make) -> None:
    message, file = voice(0)
    text = {"message_id": "m:9", "kind": "text", "user_id": "u:1", "ts_us": 0}
    sticker = {"message_id": "m:8", "kind": "emoji", "user_id": "u:1", "ts_us": 0}
    found = asked(memory_reader(messages=[message, text, sticker, text | {"message_id": "m:7"}], media=[file]))
    assert [(r["kind"], r["rows"], r["total"], r["share"], r["seconds"]) for r in found] == [
        ("text", 2, 4, 0.5, None), ("other", 1, 4, 0.25, None), ("voice", 1, 4, 0.25, 4.0),
    ]  # fmt: skip
    assert (found.voices, found.recordings) == (1, 1)
    assert (found.transcribed, found.silent, found.spoken_seconds, found.rate) == (None, None, None, None)
    assert found.unheard is not None
    assert found.unheard.code == "no_transcripts"
    assert len(found.languages) == 0


def test_speech_is_counted_by_language(memory_reader: Make) -> None:
    pairs = [voice(n) for n in range(6)]
    told = [
        heard(0, "发货了吗？", 2.0),
        heard(1, "还没有，请 等等。", 1.5),
        heard(2, "Hello there", 0.5, language="en"),
        heard(3, "", 0.0),
        heard(4, "broken", 0.0, status="rejected", label="truncated"),
    ]
    found = asked(memory_reader(messages=[m for m, _ in pairs], media=[f for _, f in pairs], annotations=told))
    assert (found.voices, found.recordings, found.transcribed, found.refused, found.silent) == (6, 6, 4, 1, 1)
    assert found.languages.to_pylist() == [
        {"language": "zh", "recordings": 2, "seconds": 3.5, "characters": 10, "rate": pytest.approx(10 / 3.5)},
        {"language": "en", "recordings": 1, "seconds": 0.5, "characters": 10, "rate": pytest.approx(20.0)},
    ]
    assert found.spoken_seconds == 4.0
    assert found.rate == pytest.approx(20 / 4.0)
    assert found.unheard is None


def test_voices_and_videos_are_two_things(memory_reader: Make) -> None:
    kinds = ("voice", "video", "video", "image")
    rows = [{"message_id": f"m:{n}", "user_id": "u:1", "ts_us": 0, "kind": kind} for n, kind in enumerate(kinds)]
    found = asked(memory_reader(messages=rows))
    assert (found.voices, found.videos, found.recordings) == (1, 2, 0)


def test_whoever_listened_knows_how_long_it_is_where_nobody_else_does(memory_reader: Make) -> None:
    pairs = [voice(0, seconds=4.0), *(voice(n, seconds=None) for n in range(1, 5))]
    film, silent = ({"kind": "video", "message_id": f"m:{n}", "user_id": "u:1", "ts_us": 0} for n in (7, 8))
    files = [
        {"media_id": f"d:00000{n}", "record_id": f"m:{n}", "kind": "video", "mime": "video/mp4", "path": "p"}
        for n in (7, 8)
    ]
    told = [
        heard(0, "好", 1.0), heard(1, "好", 1.0), heard(2, "", 0.0), heard(3, "", 0.0, status="rejected", value=None), heard(7, "", 0.0),
        heard(8, "", 0.0, value='{"seconds": 0.0, "spoken": 0.0}'),
    ]  # fmt: skip
    messages = [*(message for message, _ in pairs), film, silent]
    found = asked(memory_reader(messages=messages, media=[*(file for _, file in pairs), *files], annotations=told))
    assert {row["kind"]: row["seconds"] for row in found} == {"voice": 4.0 + 9.0 + 9.0, "video": 9.0}
    assert asked(memory_reader(messages=[silent], media=files[1:], annotations=told)).rows["seconds"].to_pylist() == [
        None
    ]


def test_nothing_heard_and_nobody_listened_are_two_things(memory_reader: Make) -> None:
    message, file = voice(0)
    found = asked(memory_reader(messages=[message], media=[file], annotations=[heard(0, "", 0.0)]))
    assert (found.transcribed, found.silent, found.rate, found.unheard) == (1, 1, None, None)


def test_a_second_file_of_a_message_is_its_own(memory_reader: Make) -> None:
    message, file = voice(0)
    other = file | {"media_id": "d:000001", "path": "1.silk"}
    told = [heard(0, "一", 1.0), heard(0, "二三", 1.0, part=PARTS_A_FILE)]
    found = asked(memory_reader(messages=[message], media=[file, other], annotations=told))
    assert (found.voices, found.recordings, found.transcribed) == (1, 2, 2)
    assert found.rows["seconds"].to_pylist() == [8.0]
    assert found.languages["characters"].to_pylist() == [3]


def test_what_was_recalled_or_never_came_does_not_count(memory_reader: Make) -> None:
    (gone, lost), (kept, file) = voice(0), voice(1)
    late = file | {"path": None, "media_id": "d:000009", "seconds": None}
    found = asked(
        memory_reader(
            messages=[gone | {"recalled": True}, kept], media=[lost, file, late], annotations=[heard(0, "收回", 1.0)]
        )
    )
    assert (found.voices, found.recordings, found.transcribed, found.spoken_seconds) == (1, 1, 0, 0.0)


sent = st.tuples(
    st.integers(0, 3),
    st.sampled_from(["u:1", "u:2", None]),
    st.sampled_from(["in", "out", None]),
    st.sampled_from(["text", "reply", "voice", "image", "video", "emoji", "system"]),
    st.sampled_from([None, 0.25, 7.5]),
)


@settings(max_examples=8, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(messages=st.lists(sent, min_size=1, max_size=25), direction=st.sampled_from(["in", "out", "all"]))
def test_counts_are_those_of_a_plain_loop(memory_reader: Make, messages: list[Any], direction: str) -> None:
    rows, media = [], []
    counts: Counter[tuple[str, str, str]] = Counter()
    lengths: dict[tuple[str, str, str], float] = {}
    for n, (day, user, way, kind, seconds) in enumerate([(0, "u:1", direction, "text", None), *messages]):
        way = "in" if way == "all" else way
        rows.append({"message_id": f"m:{n}", "ts_us": day * DAY, "user_id": user, "direction": way, "kind": kind})
        if kind in ("voice", "video", "image"):
            media.append(
                {"media_id": f"d:00000{n}", "record_id": f"m:{n}", "path": "p", "seconds": seconds, "kind": kind}
            )
        if user is None or kind == "system" or (direction != "all" and (way == "out") != (direction == "out")):
            continue
        key = f"1970-01-0{day + 1}", user, {"reply": "text", "emoji": "other"}.get(kind, kind)
        counts[key] += 1
        if seconds is not None and kind in ("voice", "video"):
            lengths[key] = lengths.get(key, 0.0) + seconds
    found = asked(memory_reader(messages=rows, media=media), by="person", every="day", direction=direction)
    assert {(r["label"], r["id"], r["kind"]): r["rows"] for r in found if r["rows"]} == dict(counts)
    assert {(r["label"], r["id"], r["kind"]): r["seconds"] for r in found if r["seconds"] is not None} == lengths
    for r in found:
        whole = sum(many for (label, who, _), many in counts.items() if (label, who) == (r["label"], r["id"]))
        assert r["total"] == whole
        assert r["share"] == (r["rows"] / whole if whole else None)
    sums = Counter[str]()
    for (_, who, _), many in counts.items():
        sums[who] += many
    for label in set(found.rows["label"].to_pylist()):
        order = list(dict.fromkeys(r["id"] for r in found if r["label"] == label))
        assert order == sorted(order, key=lambda who: (-sums[who], who))


def test_questions_about_words_count_a_voice_once_and_beside_text(memory_reader: Make) -> None:
    (message, file), text = voice(0, ts_us=DAY), {"message_id": "m:1", "user_id": "u:1", "ts_us": DAY, "text": "太慢"}
    told = [heard(0, "太 慢 了", 1.0, ts_us=DAY), heard(0, "还 没 到", 1.0, part=PARTS_A_FILE, ts_us=DAY)]
    for name in ("m:0", "m:1"):
        own = {"record_id": name, "user_id": "u:1", "ts_us": DAY}
        value = '{"sentiment": "negative"}'
        told += [
            {"task": "sentiment", "label": "negative", **own},
            {"task": "words", "text": "物流 太慢", **own},
            {"task": "topic", "label": "shipping", **own},
            {"task": "aspect", "label": "delivery", "value": value, **own},
            {"task": "emotion", "label": "angry", **own},
        ]
    reader = memory_reader(messages=[message, text], media=[file, file | {"media_id": "d:000001"}], annotations=told)
    for question, column in (
        (Mood(), "negative"), (Words(), "rows"), (Wants(), "rows"), (Aspects(), "negative"), (Emotions(), "rows"),
    ):  # fmt: skip
        found = question.compute(reader)
        assert not isinstance(found, Unavailable)
        assert max(row[column] for row in found) == 2
