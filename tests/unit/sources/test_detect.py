"""Which format a file is in."""

from __future__ import annotations

import io
from pathlib import Path

import pytest

from jianwei.common.files import InputFile, Sample, discover, sample
from jianwei.errors import InputError, UsageError
from jianwei.sources import SOURCES, by_name, detect


def of(data: bytes, name: str = "a.txt") -> tuple[Sample, InputFile]:
    file = InputFile(name, len(data), lambda: io.BytesIO(data))
    seen = sample(file)
    assert isinstance(seen, Sample)
    return seen, file


@pytest.mark.parametrize("name", SOURCES)
def test_every_format_has_its_source(name: str) -> None:
    assert by_name(name).name == name


def test_an_unknown_name_is_a_wrong_call() -> None:
    with pytest.raises(UsageError, match="chatlab, wechatmsg"):
        by_name("nonsense")


@pytest.mark.parametrize(
    ("folder", "expected"),
    [
        ("chatlab", {"group.json": "chatlab", "group.jsonl": "chatlab", "private.json": "chatlab", "private.jsonl": "chatlab"}),
        ("wechatmsg", {"张三_utf8.csv": "wechatmsg", "测试群_utf8.csv": "wechatmsg"}),
        (
            "chatlog",
            dict.fromkeys(
                ("chatlog_group.csv", "chatlog_group.json", "chatlog_private.csv", "chatlog_private.json", "chatroom.csv",
                 "chatroom.json", "contact.csv", "contact.json", "session.json"), "chatlog",
            ),
        ),
    ],
)  # fmt: skip
def test_the_samples_are_recognised(data_dir: Path, folder: str, expected: dict[str, str]) -> None:
    found = {}
    for file in discover([data_dir / "chat_exports" / folder]):
        assert isinstance(file, InputFile)
        if not file.name.endswith(".txt"):  # the text forms have no reader
            seen = sample(file)
            assert isinstance(seen, Sample)
            found[Path(file.name).name] = detect(seen, file).name
    assert found == expected


@pytest.mark.parametrize(
    ("text", "name"),
    [
        ('# note\n{"_type": "header", "chatlab": {}, "meta": {}}\n', "chatlab"),
        ('{"messages": [], "chatlab": {}, "meta": {}}', "chatlab"),
        ("column_0,localId,TalkerId,Type,SubType,IsSender,CreateTime,Status,StrContent,StrTime\n", "wechatmsg"),
        ('[{"seq": 1, "time": "", "talker": "x", "sender": "y", "type": 1}]', "chatlog"),
        ('{"items": []}', "chatlog"), ("null", "chatlog"), ("[]", "chatlog"),
    ],
)  # fmt: skip
@pytest.mark.parametrize("codec", ["utf-8", "utf-8-sig", "utf-16"])
def test_formats_are_known_by_their_contents(text: str, name: str, codec: str) -> None:
    assert detect(*of(text.encode(codec))).name == name


@pytest.mark.parametrize("data", [bytes(range(256)) * 20, b"\0" * 1000, b"%PDF-1.7\n\x80\x81\x82" + bytes(500)])
def test_what_nobody_knows_is_said_with_a_way_out(data: bytes) -> None:
    with pytest.raises(InputError, match=r"--format, one of chatlab, wechatmsg, chatlog"):
        detect(*of(data, "a.bin"))
