"""Errors in a terminal speak the reader's language, whatever room raised them."""

from __future__ import annotations

import json
import re
from collections.abc import Callable
from pathlib import Path
from string import Formatter
from typing import Any

import pytest
from typer.testing import CliRunner

import jianwei
from jianwei.behavior.picture_terms import read_terms
from jianwei.behavior.pictures import Pictures
from jianwei.cli._errors import told
from jianwei.cli.app import build_app
from jianwei.common.i18n import catalog
from jianwei.errors import InputError, JianweiError, MissingExtraError, StoreError, UsageError
from jianwei.models import known_model
from jianwei.models.locate import locate
from jianwei.workspace.voices.engines import open_engine
from jianwei.workspace.voices.writing import asked_formats


@pytest.fixture
def chinese(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.setenv("LANG", "zh_CN.UTF-8")
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path / "none"))
    for name in ("LC_ALL", "LC_MESSAGES", "JIANWEI_MODELS"):
        monkeypatch.delenv(name, raising=False)


RAISED = {
    "extra": lambda: (_ for _ in ()).throw(MissingExtraError.named("speech recognition", "speech")),
    "engine": lambda: open_engine("nothing"),
    "format": lambda: asked_formats("doc"),
    "terms": lambda: read_terms("colour:red"),
    "model": lambda: locate(known_model("minifasnet").entries[0]),
}


@pytest.mark.usefixtures("chinese")
@pytest.mark.parametrize("name", sorted(RAISED))
def test_sentences_of_rooms_are_said_in_chinese(name: str, tmp_path: Path) -> None:
    with pytest.raises(JianweiError) as raised:
        RAISED[name]()
    line = told(raised.value).replace(str(tmp_path), "")
    assert "。怎么办：" in line
    assert line.endswith("。")
    assert not re.search(r"\b(the|is|not|no|of|there|needs)\b", line)


@pytest.mark.usefixtures("chinese")
def test_a_picture_that_is_not_there_is_said_in_chinese(memory_reader: Callable[..., Any]) -> None:
    own = {"record_id": "m:1", "ts_us": 1, "seq": 1, "user_id": "u:1"}
    value = json.dumps({"width": 8, "height": 8, "hash": "0" * 15 + "1", "missing": []})
    reader = memory_reader(
        messages=[
            {"message_id": "m:1", "kind": "image", "conversation_id": "c:1", "ts_us": 1, "seq": 1, "user_id": "u:1"}
        ],
        media=[{"media_id": "d:1", "kind": "image", "mime": "image/jpeg", "path": "media/1.jpg", **own}],
        annotations=[{"task": "picture", "label": "jpeg", "value": value, "part": 0, "status": "ok", **own}],
    )
    with pytest.raises(JianweiError) as raised:
        Pictures(find="near:zz").compute(reader)
    assert told(raised.value) == "--find：near:zz 没有指明图片。怎么办：写 16 位十六进制数，或 media_id。"


@pytest.mark.usefixtures("chinese")
def test_what_has_no_words_is_kept() -> None:
    assert told(InputError("a.csv", "is odd.", "")) == "a.csv：is odd。"


@pytest.mark.usefixtures("chinese")
@pytest.mark.parametrize("name", ["faces", "account 2026.csv", "pictures..", "says nothing"])
def test_the_name_of_a_file_is_never_translated(name: str) -> None:
    assert told(InputError(name, "cannot be read (no header)")) == f"{name}：无法读取（no header）。"
    assert told(JianweiError("faces", "says nothing")) == "人脸：内容是空的。"
    assert told(JianweiError("says nothing", "faces")) == "says nothing：faces。"


@pytest.mark.usefixtures("chinese")
def test_nor_is_that_of_a_folder_that_stands_in_the_way(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    assert told(StoreError("pictures", "cannot be made (no room)")) == "图片：无法创建（no room）。"
    (tmp_path / "pictures").mkdir()
    assert told(StoreError("pictures", "cannot be made (no room)")) == "pictures：无法创建（no room）。"
    assert told(MissingExtraError.named("pictures", "vision")).startswith("图片：")
    assert told(UsageError("no" * 999, "says nothing")).endswith("：内容是空的。")


def test_english_is_the_error_itself(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("LC_ALL", "en_US.UTF-8")
    error = MissingExtraError.named("pictures", "vision")
    assert told(error) == str(error)


@pytest.mark.usefixtures("chinese")
def test_commands_say_them() -> None:
    done = CliRunner().invoke(build_app(), ["transcribe", "--engine", "foo", "a.wav"])
    assert done.exit_code == 2
    assert "没有引擎 'foo'" in done.stderr


def test_the_english_is_what_rooms_raise() -> None:
    """Whoever changes a sentence there changes it here."""
    files = [path.read_text("utf-8") for path in Path(jianwei.__file__).parent.rglob("*.py")]
    code = "\n".join(files).replace("\\'", "'")
    entries = {key: text for key, text in catalog("en").entries.items() if key.startswith("errors.")}
    assert len(entries) > 50
    for key, text in entries.items():
        for literal, *_ in Formatter().parse(text):
            assert literal in code, key
