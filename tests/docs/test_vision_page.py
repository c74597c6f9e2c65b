"""The guide vision.md: its snippets run, its commands and options exist, its links lead somewhere."""

from __future__ import annotations

import re
import sys
from dataclasses import fields
from pathlib import Path
from typing import get_args, get_type_hints

import pytest
import typer
from PIL import Image

from jianwei.cli.app import build_app
from jianwei.questions.catalog import find
from jianwei.vision._base import ChatLine

sys.path.insert(0, str(Path(__file__).resolve().parents[1]))
from support.chat_pictures import Message, draw_chat
from support.pages import Page, both

pages = pytest.mark.parametrize("page", both("vision.md"), ids=str)

MESSAGES = (
    Message("title", "春茶品鉴群(245)"),
    Message("left", "抹茶粉保质期多久？", "小林"),
    Message("right", "十八个月。", quote="小林：保质期多久"),
)


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder with the screenshot that the first snippet looks at."""
    place = tmp_path_factory.mktemp("page")
    Image.fromarray(draw_chat(MESSAGES, width=480, input_bar=False).pixels).save(place / "chat.png")
    return place


def test_the_first_snippet_reads_a_chat(
    folder: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    for needed in ("cv2", "onnxruntime", "rapidocr"):
        pytest.importorskip(needed)
    monkeypatch.chdir(folder)
    exec(compile(both("vision.md")[0].snippets[0], "vision.md", "exec"), {})
    out = capsys.readouterr().out
    assert "left 小林 抹茶粉保质期多久？ \n" in out
    assert "right  十八个月。 小林：保质期多久\n" in out


@pages
def test_every_snippet_is_python(page: Page) -> None:
    for snippet in page.snippets:
        compile(snippet, "vision.md", "exec")


def _options(*words: str) -> frozenset[str]:
    """What a command knows; those of an analysis are the settings of its question."""
    if words[0] == "behavior":
        return frozenset("--" + field.name.replace("_", "-") for field in fields(find(words[1]).load()))
    command = typer.main.get_command(build_app())
    for word in words:
        command = command.commands[word]  # type: ignore[attr-defined]
    return frozenset(option for parameter in command.params for option in parameter.opts)


@pages
def test_commands_and_options_exist_and_all_are_told(page: Page) -> None:
    for line in page.commands:
        words = [word for word in line.split()[1:3] if re.fullmatch(r"[a-z][a-z-]+", word)]
        words = words if words[0] in ("behavior", "models") else words[:1]
        assert set(re.findall(r"(?<= )--[a-z-]+", line)) <= _options(*words), line
    told = {name for row in page.tables for name in row if name.startswith("--")}
    assert {option for option in _options("look") if option.startswith("--")} - told <= {"--quiet"}


@pages
def test_the_sides_are_those_that_there_are(page: Page) -> None:
    sides = get_args(get_type_hints(ChatLine)["side"])
    assert {*sides} <= {name for row in page.tables for name in row}
    assert {"quote", "name"} <= {field.name for field in fields(ChatLine)}


@pages
def test_links_lead_somewhere(page: Page) -> None:
    assert page.lost_links == []
