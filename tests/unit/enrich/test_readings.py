"""Which files wait for whom, against plain rules."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest

from jianwei.enrich.readings import picture_rows, seen_rows, spoken_rows, voice_rows

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


def test_words_wait_until_their_file_was_heard_and_read(memory_reader: Make) -> None:
    """A film that was read and not heard yet would have half its words; a post with words of its own has all of them at once."""
    messages = [
        {"message_id": f"m:{name}", "kind": kind, "text": text, "seq": at}
        for at, (name, kind, text) in enumerate(
            [("film", "video", None), ("told", "voice", "平台听到的"), ("heard", "voice", "平台听到的"), ("post", "text", "看图")]
        )
    ]  # fmt: skip
    mimes = {"film": "video/mp4", "told": "audio/amr", "heard": "audio/amr", "post": "image/jpeg"}
    media = [
        {"media_id": f"d:{at}", "record_id": f"m:{name}", "kind": "file", "mime": mime, "path": name}
        for at, (name, mime) in enumerate(mimes.items())
    ]

    def texts(annotations: list[dict[str, object]]) -> dict[str, str]:
        reader = memory_reader(messages=messages, media=media, annotations=annotations)
        rows = spoken_rows(reader)
        answered = reader.table("annotations").filter(
            lambda t: t.task == "words"
        )  # as the runner leaves out what is answered
        rows = rows.anti_join(answered, ["record_id", "part"])
        return {row["record_id"]: row["text"] for row in reader.execute(rows).to_pylist()}

    parts = {name: 2000 * int(f"{at}0000", 16) for at, name in enumerate(mimes)}
    read = [about("m:film", "picture", part=parts["film"]), about("m:film", "ocr", part=parts["film"], text="满减")]
    listened = [about("m:heard", "transcript", part=parts["heard"], text="我们听到的")]
    assert texts([]) == {"m:told": "平台听到的", "m:heard": "平台听到的", "m:post": "看图"}
    assert texts(listened) == {"m:heard": "我们听到的", "m:post": "看图"}
    assert texts([*listened, *read]) == {"m:heard": "我们听到的", "m:post": "看图"}
    refused = [about("m:told", "transcript", part=parts["told"], status="rejected")]
    silent = [about("m:film", "transcript", part=parts["film"], text="")]
    everything = {"m:film": "满减", "m:told": "平台听到的", "m:heard": "我们听到的", "m:post": "看图"}
    assert texts([*listened, *read, *refused, *silent]) == everything
