"""Which files wait for whom, against plain rules."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest

from jianwei.enrich.readings import picture_rows, seen_rows, spoken_rows, voice_rows
from jianwei.enrich.stages.speech import SpeechStage

Make = Callable[..., Any]

FILES = [
    {"message_id": "m:photo", "kind": "image", "mime": "image/jpeg"},
    {"message_id": "m:voice", "kind": "voice", "mime": "audio/amr"},
    {"message_id": "m:film", "kind": "video", "mime": "video/mp4"},
    {"message_id": "m:odd", "kind": "voice", "mime": "application/octet-stream"},
    {"message_id": "m:pdf", "kind": "file", "mime": "application/pdf"},
    {"message_id": "m:untyped", "kind": "image", "mime": None},
]
PICTURES = {"m:photo", "m:film", "m:untyped"}
VOICES = {"m:voice", "m:film", "m:odd"}


def world(make: Make, annotations: list[dict[str, object]]) -> Any:
    messages = [
        {"message_id": f["message_id"], "kind": f["kind"], "text": None, "seq": at} for at, f in enumerate(FILES)
    ]
    media = [
        {"media_id": f"d:00000{at}", "record_id": f["message_id"], "kind": f["kind"], "mime": f["mime"], "seq": at, "path": f"media/{at}"}
        for at, f in enumerate(FILES)
    ]  # fmt: skip
    return make(messages=messages, media=media, annotations=annotations)


def ids(reader: Any, reading: Callable[[Any], Any]) -> set[str]:
    found = reader.execute(reading(reader))["record_id"].to_pylist()
    assert len(found) == len(set(found))
    return set(found)


def about(record: str, task: str, **more: object) -> dict[str, object]:
    return {"record_id": record, "task": task, "status": "ok", **more}


def test_files_go_to_those_who_can_do_something_with_them(memory_reader: Make) -> None:
    known = world(memory_reader, [])
    assert ids(known, picture_rows) == PICTURES
    assert ids(known, voice_rows) == VOICES
    assert ids(known, seen_rows) == set()


@pytest.mark.parametrize("order", [("picture", "transcript"), ("transcript", "picture")])
def test_a_film_waits_for_both_eye_and_ear(memory_reader: Make, order: tuple[str, str]) -> None:
    both = [about("m:photo", "picture"), about("m:voice", "transcript", text="你好")]
    half = world(memory_reader, [*both, about("m:film", order[0])])
    assert ids(half, seen_rows) == {"m:photo", "m:voice"}
    whole = world(memory_reader, [*both, about("m:film", order[0]), about("m:film", order[1])])
    assert ids(whole, seen_rows) == {"m:photo", "m:voice", "m:film"}


def test_where_nobody_listens_being_seen_is_enough(memory_reader: Make) -> None:
    known = world(memory_reader, [about("m:photo", "picture"), about("m:film", "picture")])
    assert ids(known, seen_rows) == {"m:photo", "m:film"}


def test_a_verdict_gets_all_that_was_found(memory_reader: Make) -> None:
    known = world(
        memory_reader,
        [
            about("m:photo", "picture", label="jpeg", value='{"failed": []}'),
            about("m:photo", "nsfw", score=0.25), about("m:photo", "ocr", text="满减"),
            about("m:photo", "code", part=0, text="b", label="QRCode"), about("m:photo", "code", part=1, text="a", label="EAN13"),
            about("m:untyped", "picture", status="rejected", label="unknown"), about("m:voice", "transcript", text="你好"),
            about("m:film", "picture", status="error"), about("m:film", "transcript", status="rejected", label="damaged"),
        ],
    )  # fmt: skip
    rows = {row["record_id"]: row for row in known.execute(seen_rows(known)).to_pylist()}
    names = ("nsfw", "ocr", "transcript", "codes", "formats", "looked", "unseen", "unheard", "direction")
    assert {record: tuple(row[name] for name in names) for record, row in rows.items()} == {
        "m:photo": (0.25, "满减", None, ["b", "a"], ["QRCode", "EAN13"], '{"failed": []}', None, None, "in"),
        "m:untyped": (None, None, None, None, None, None, "unknown", None, "in"),
        "m:voice": (None, None, "你好", None, None, None, None, None, "in"),
        "m:film": (None, None, None, None, None, None, "error", "damaged", "in"),
    }


def test_a_short_voice_may_not_hang_for_hours(memory_reader: Make) -> None:
    message = {"message_id": "m:1", "kind": "voice", "text": None}
    voice = {
        "media_id": "d:1",
        "record_id": "m:1",
        "kind": "voice",
        "mime": "audio/amr",
        "path": "a.amr",
        "bytes": 2_000,
    }
    reader = memory_reader(messages=[message], media=[voice])
    (row,) = reader.execute(voice_rows(reader)).to_pylist()
    assert SpeechStage.pace.seconds_for(row["bytes"]) < 310
    assert SpeechStage.pace.seconds_for(None) == SpeechStage.pace.seconds_for(1 << 40) == 4 * 3_600


def test_what_is_heard_in_another_language_is_no_text_for_models_of_chinese(memory_reader: Make) -> None:
    texts = {"m:typed": "Where is my parcel", "m:chinese": None, "m:english": None, "m:number": None}
    heard = {"m:chinese": "OK, 好的", "m:english": "Where is my parcel", "m:number": "13812345678"}
    messages = [
        {"message_id": name, "kind": "voice" if text is None else "text", "text": text, "seq": at}
        for at, (name, text) in enumerate(texts.items())
    ]
    reader = memory_reader(
        messages=messages, annotations=[about(name, "transcript", text=text) for name, text in heard.items()]
    )
    assert ids(reader, spoken_rows) == {"m:typed", "m:chinese"}
