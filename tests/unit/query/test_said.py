"""What people put into words, against plain Python: one row a message, own words before what was heard and read."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from jianwei.query.views import labels, own_words, said
from jianwei.records.kinds import PARTS_A_FILE, SPOKEN_KINDS

Make = Callable[..., Any]
Rows = list[dict[str, Any]]


def texts(reader: Any) -> dict[str, str]:
    rows = reader.execute(said(reader)).to_pylist()
    found = {row["message_id"]: row["text"] for row in rows}
    assert len(found) == len(rows), "a message counts once"
    return found


def origins(reader: Any) -> dict[str, str]:
    return {row["message_id"]: row["origin"] for row in reader.execute(said(reader)).to_pylist()}


def heard(record: str, *texts: str | None, task: str = "transcript", first: int = 0, **more: object) -> Rows:
    return [
        {"record_id": record, "task": task, "part": first + at, "text": text, **more} for at, text in enumerate(texts)
    ]


def plain(messages: Rows, annotations: Rows) -> dict[str, str]:
    """What `said` promises, row by row."""
    taken = {m["reply_to"] for m in messages if m["kind"] == "recall"}
    told: dict[str, str] = {}
    for message in messages:
        name, kind, own = message["message_id"], message["kind"], message["text"] or ""
        if kind in ("system", "recall") or message["recalled"] or name in taken:
            continue
        if kind in SPOKEN_KINDS and own.strip():
            told[name] = own
            continue
        mine = [a for a in annotations if a["record_id"] == name and a["task"] in ("transcript", "ocr")]
        mine = [a for a in mine if a["version"] == "1" and (a["text"] or "").strip()]
        mine.sort(key=lambda a: (a["task"] != "transcript", a["part"]))
        if mine:
            told[name] = "\n".join(a["text"] for a in mine)
        elif kind == "voice" and own.strip() and not own.strip().startswith("["):
            told[name] = own
    return told


KINDS = ("text", "reply", "voice", "image", "video", "file", "emoji", "system", "recall")
TEXTS = (None, "", " \n", "你好", "[语音]", " [图片]", "发货了吗")
message = st.tuples(
    st.sampled_from(KINDS), st.sampled_from(TEXTS), st.sampled_from([None, False, True]), st.integers(0, 11)
)
answer = st.tuples(
    st.integers(0, 11),
    st.sampled_from(["transcript", "ocr", "face"]),
    st.sampled_from([0, 1, PARTS_A_FILE]),
    st.sampled_from([None, "", " ", "听到的", "看到的"]),
    st.sampled_from(["1", "0"]),
)


@settings(max_examples=40, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(
    written=st.lists(message, max_size=12),
    answers=st.lists(answer, max_size=12, unique_by=lambda a: (a[0], a[1], a[2], a[4])),
)
def test_said_is_what_plain_python_says(memory_reader: Make, written: list[Any], answers: list[Any]) -> None:
    messages = [
        {"message_id": f"m:{at}", "kind": kind, "text": text, "recalled": recalled}
        | {"reply_to": f"m:{named}" if kind in ("recall", "reply") else None}
        for at, (kind, text, recalled, named) in enumerate(written)
    ]
    annotations = [
        {"record_id": f"m:{at}", "task": task, "part": part, "text": text, "version": version}
        for at, task, part, text, version in answers
    ]
    assert texts(memory_reader(messages=messages, annotations=annotations)) == plain(messages, annotations)


def test_own_words_go_before_those_in_pictures(memory_reader: Make) -> None:
    post = {"message_id": "m:1", "kind": "text", "text": "上新了"}
    assert texts(memory_reader(messages=[post], annotations=heard("m:1", "满减", task="ocr"))) == {"m:1": "上新了"}


def test_a_post_of_pictures_alone_has_the_words_in_them(memory_reader: Make) -> None:
    post = {"message_id": "m:1", "kind": "text", "text": " "}
    assert texts(memory_reader(messages=[post], annotations=heard("m:1", "满减", task="ocr"))) == {"m:1": "满减"}


def test_several_files_stand_one_below_the_other(memory_reader: Make) -> None:
    tables = {
        "messages": [{"message_id": "m:1", "kind": "video", "text": None}],
        "annotations": [
            *heard("m:1", "字幕", task="ocr", first=0),
            *heard("m:1", "第二个", first=PARTS_A_FILE),
            *heard("m:1", "第一个", first=0),
            *heard("m:1", "又一张", task="ocr", first=PARTS_A_FILE),
        ],
    }
    assert texts(memory_reader(**tables)) == {"m:1": "第一个\n第二个\n字幕\n又一张"}


@pytest.mark.parametrize(
    ("own", "transcript", "expected"),
    [
        ("[语音]", None, None),
        ("平台听到的", None, "平台听到的"),
        ("平台听到的", "我们听到的", "我们听到的"),
        ("平台听到的", "", "平台听到的"),
        ("[语音]", "我们听到的", "我们听到的"),
        (None, "", None),
    ],
)
def test_the_platforms_own_recognition(
    memory_reader: Make, own: str | None, transcript: str | None, expected: str | None
) -> None:
    told = [] if transcript is None else heard("m:1", transcript)
    voice = {"message_id": "m:1", "kind": "voice", "text": own}
    assert texts(memory_reader(messages=[voice], annotations=told)).get("m:1") == expected


@pytest.mark.parametrize("recalls", [1, 1_200])
def test_what_was_recalled_is_not_said_however_it_was_sent(memory_reader: Make, recalls: int) -> None:
    voices = [{"message_id": f"m:{n}", "kind": "voice", "text": "听到"} for n in range(recalls + 1)]
    taken = [{"message_id": f"r:{n}", "kind": "recall", "reply_to": f"m:{n}"} for n in range(recalls)]
    told = [row for n in range(recalls + 1) for row in heard(f"m:{n}", "说的话")]
    assert texts(memory_reader(messages=[*voices, *taken], annotations=told)) == {f"m:{recalls}": "说的话"}


def test_where_the_words_come_from(memory_reader: Make) -> None:
    kinds = {"m:1": "text", "m:2": "voice", "m:3": "image", "m:4": "video", "m:5": "voice"}
    messages = [
        {"message_id": name, "kind": kind, "text": "你好" if kind == "text" else None} for name, kind in kinds.items()
    ]
    messages[-1]["text"] = "平台听到的"
    told = [
        *heard("m:2", "说的话"), *heard("m:3", "满减", task="ocr"), *heard("m:4", "说的话"), *heard("m:4", "字幕", task="ocr"),
        *heard("m:1", "满减", task="ocr"),
    ]  # fmt: skip
    expected = {"m:1": "typed", "m:2": "heard", "m:3": "read", "m:4": "heard", "m:5": "heard"}
    assert origins(memory_reader(messages=messages, annotations=told)) == expected


def test_own_words_leave_out_what_was_only_read(memory_reader: Make) -> None:
    messages = [
        {"message_id": "m:1", "text": "你好"},
        {"message_id": "m:2", "kind": "image", "text": None},
        {"message_id": "m:3", "kind": "video", "text": None},
        {"message_id": "m:4", "text": "看图"},
    ]
    read = [row for name in ("m:2", "m:3", "m:4") for row in heard(name, "满减", task="ocr")]
    answered = [{"record_id": f"m:{n}", "task": "words", "text": "字"} for n in range(1, 5)]
    reader = memory_reader(messages=messages, annotations=[*read, *heard("m:3", "说的话"), *answered])
    rows = labels(reader, "words")
    assert rows is not None
    assert sorted(reader.execute(own_words(reader, rows))["record_id"].to_pylist()) == ["m:1", "m:3", "m:4"]
    unread = memory_reader(messages=messages, annotations=answered)
    rows = labels(unread, "words")
    assert rows is not None
    assert unread.execute(own_words(unread, rows)).num_rows == 4
