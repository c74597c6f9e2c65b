"""Files of messages keep their parts, and answers find the file that they are about."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from jianwei.query.files import files, media_files, of_files, picture_hashes
from jianwei.records.kinds import PARTS_A_FILE

Make = Callable[..., Any]
POST = {"message_id": "m:1", "kind": "text", "user_id": "u:1", "conversation_id": "c:1"}


def file(n: int, **more: Any) -> dict[str, Any]:
    return {
        "media_id": f"d:{n}",
        "record_id": "m:1",
        "seq": 0,
        "mime": "image/png",
        "kind": "image",
        "path": f"{n}",
    } | more


ids = st.lists(
    st.text("0123456789abcdef", min_size=32, max_size=32), min_size=1, max_size=9, unique_by=lambda text: text[:5]
)


@given(mine=ids, late=st.booleans())
@settings(max_examples=20, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
def test_a_file_keeps_its_parts_whatever_comes_later(memory_reader: Make, mine: list[str], late: bool) -> None:
    """Even the first of all ids, and whether its file is here yet or not."""
    kept = [file(n, media_id=f"d:{one}") for n, one in enumerate(mine)]
    if late:
        kept[0]["path"] = None
    reader = memory_reader(messages=[POST], media=kept)
    rows = reader.execute(files(reader)).to_pylist()
    expected = {f"d:{one}": 2 * PARTS_A_FILE * int(one[:5], 16) for one in mine[late:]}
    assert {row["media_id"]: row["part"] for row in rows} == expected


def test_files_with_ids_alike_have_parts_of_their_own(memory_reader: Make) -> None:
    others = [{"message_id": "m:2", "kind": "image", "user_id": "u:1", "conversation_id": "c:1"}]
    media = [file(n, media_id=f"d:fffff{n}") for n in (1, 0)] + [file(2, media_id="d:fffff2", record_id="m:2")]
    reader = memory_reader(messages=[POST, *others], media=media)
    rows = {row["media_id"]: row for row in reader.execute(files(reader)).to_pylist()}
    first = 2 * PARTS_A_FILE * 0xFFFFF
    parts = {"d:fffff0": first, "d:fffff1": first + PARTS_A_FILE, "d:fffff2": first}
    assert {name: row["part"] for name, row in rows.items()} == parts
    assert first + 2 * PARTS_A_FILE < 2**31


def test_a_file_has_what_is_known_of_its_message(memory_reader: Make) -> None:
    reader = memory_reader(messages=[POST], media=[file(0), file(1, path=None)])
    (row,) = reader.execute(files(reader)).to_pylist()
    assert (row["media_id"], row["person_id"], row["conversation_id"], row["direction"]) == ("d:0", "u:1", "c:1", "in")


def test_files_of_recalled_messages_are_gone(memory_reader: Make) -> None:
    taken = {"message_id": "r:1", "kind": "recall", "reply_to": "m:1"}
    reader = memory_reader(messages=[POST, taken], media=[file(0)])
    assert reader.execute(files(reader)).num_rows == 0


def test_only_some_files_can_be_seen_or_heard(memory_reader: Make) -> None:
    given = [
        file(0), file(1, mime="application/pdf", kind="file"), file(2, mime="audio/amr", kind="voice"),
        file(3, mime=None, kind="voice"), file(4, mime=None, kind=None), file(5, mime="video/mp4", kind="file"),
    ]  # fmt: skip
    reader = memory_reader(messages=[POST], media=given)
    assert sorted(reader.execute(media_files(reader))["media_id"].to_pylist()) == ["d:0", "d:2", "d:3", "d:5"]


def test_answers_name_their_file_and_refusals_are_none(memory_reader: Make) -> None:
    told = [
        {"record_id": "m:1", "task": "face", "part": part, "status": status}
        for part, status in ((0, "ok"), (1, "ok"), (PARTS_A_FILE + 2, "ok"), (2 * PARTS_A_FILE, "rejected"))
    ]
    reader = memory_reader(messages=[POST], media=[file(0)], annotations=told)
    assert sorted(reader.execute(of_files(reader, "face"))["file"].to_pylist()) == [0, 0, PARTS_A_FILE]
    assert len(reader.execute(of_files(reader, "face", failed=True))) == 4
    assert of_files(reader, "ocr") is None


def test_hashes_are_read_out_of_what_was_seen(memory_reader: Make) -> None:
    values = ['{"width": 3, "hash": "00ff00ff00ff00ff"}', '{"hash":"0000000000000000"}', '{"width": 3}', None]
    told = [{"record_id": f"m:{n}", "task": "picture", "value": value} for n, value in enumerate(values)]
    reader = memory_reader(annotations=told)
    seen = of_files(reader, "picture")
    rows = reader.execute(seen.select("record_id", hash=picture_hashes(seen)).order_by("record_id"))
    assert rows["hash"].to_pylist() == ["00ff00ff00ff00ff", None, None, None]
