"""What is unsafe, in a terminal: in words, on eighty columns, with the files' names; as data it is whole."""

from __future__ import annotations

import json
import os
import sys
from pathlib import Path
from unicodedata import east_asian_width

import pytest

sys.path.insert(0, str(Path(__file__).parents[2]))

from support import answers

from jianwei.cli._unsafe import show_unsafe
from jianwei.cli.importing import show_enrich
from jianwei.common.results import Reason, Unavailable
from jianwei.enrich import EnrichReport, StageReport

CODES = ("nsfw", "ocr", "gore", "violence", "unsure", "failed", "not_detected")


@pytest.fixture(params=["zh_CN", "en"])
def language(request: pytest.FixtureRequest, monkeypatch: pytest.MonkeyPatch) -> str:
    for name in [name for name in os.environ if name.startswith("LC_")]:
        monkeypatch.delenv(name)
    monkeypatch.setenv("LANG", f"{request.param}.UTF-8")
    monkeypatch.setenv("COLUMNS", "80")
    return str(request.param)


def width(line: str) -> int:
    return sum(2 if east_asian_width(character) in "WF" else 1 for character in line.rstrip())


def test_everything_is_told_in_words_and_fits(language: str, capsys: pytest.CaptureFixture[str]) -> None:
    assert show_unsafe(answers.unsafe(timed=False), json=False, zone="Asia/Shanghai") == 0
    told = capsys.readouterr().out
    lines = told.splitlines()
    assert max(map(width, lines)) <= 80
    said = ("没有人查：血腥、暴力。", "没能看全的文件", "最近的不安全文件", "色情内容", "图中文字", "拿不准")
    if language == "en":
        said = (
            "Nobody looks for: Gore, Violence.",
            "looked at only in part",
            "latest unsafe",
            "Sexual content",
            "Text in",
            "Unsure",
        )
    assert [word for word in said if word not in told] == []
    assert [code for code in CODES if code in told.split()] == (["unsure"] if language == "en" else [])  # a head
    assert sum("2024-03-01 00:0" in line and "00aaaaaaaaa…" in line for line in lines) == 1
    assert sum("aaa.png" in line for line in lines) == 6
    assert not [line for line in lines if "media/" in line or "u:0" in line or "m:0" in line]


def test_as_data_it_is_whole(language: str, capsys: pytest.CaptureFixture[str]) -> None:
    show_unsafe(answers.unsafe(), json=True, zone="UTC")
    found = json.loads(capsys.readouterr().out)
    assert found["not_detected"] == ["gore", "violence"]
    assert found["gaps"] == [{"failed": "code", "files": 2}]
    assert found["latest"][0]["path"] == f"media/00/00{'a' * 62}.png"


def test_why_there_is_no_answer_is_said(language: str, capsys: pytest.CaptureFixture[str]) -> None:
    show_unsafe(Unavailable(Reason("none_judged", {"files": 7})), json=False, zone="UTC")
    told = capsys.readouterr().out
    assert "7" in told
    assert "none_judged" not in told


def test_a_file_without_a_verdict_was_not_judged_rather_than_not_read(
    language: str, capsys: pytest.CaptureFixture[str]
) -> None:
    show_enrich(EnrichReport([StageReport(stage, 9, 9, 0, 1.0, 4) for stage in ("vision", "unsafe")]))
    vision, unsafe = capsys.readouterr().out.splitlines()
    read, judged = ("无法读取", "没能判定") if language == "zh_CN" else ("cannot be read", "could not be judged")
    assert (read in vision, judged in unsafe, read in unsafe) == (True, True, False)
