"""The guide speech.md: its snippets run, its commands and options exist and are all told, its names, reasons and models are there."""

from __future__ import annotations

import re
import sys
from importlib import import_module
from pathlib import Path
from typing import get_args

import pytest
import typer

sys.path.insert(0, str(Path(__file__).resolve().parents[1]))
from support.pages import Page, both
from support.tone_models import voiced, write_sound

from jianwei.cli.app import build_app
from jianwei.common.media import MediaLimits
from jianwei.common.media.refusing import CODES
from jianwei.models import known_model
from jianwei.speech.formats import FORMATS
from jianwei.speech.guards import Reason
from jianwei.speech.pauses import PauseRules
from jianwei.workspace.voices.engines import ENGINES, SHARING
from jianwei.workspace.voices.writing import CSV

pages = pytest.mark.parametrize("page", both("speech.md"), ids=str)


@pages
def test_the_snippets_run(
    page: Page, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.chdir(tmp_path)
    write_sound(tmp_path / "voice.wav", voiced("你好好你"))
    (snippet,) = page.snippets
    exec(compile(snippet, "speech.md", "exec"), {})
    out = capsys.readouterr().out
    assert "whisper-base" in out
    assert "voice.wav heard\nmissing.amr missing\n" in out
    assert "['start', 'end', 'text', 'confidence']" in out


@pages
def test_commands_and_options_exist_and_all_are_told(page: Page) -> None:
    commands = typer.main.get_command(build_app()).commands  # type: ignore[attr-defined]
    known = {
        option
        for one in commands["transcribe"].params
        for option in (*one.opts, *one.secondary_opts)
        if option[0] == "-"
    }
    for line in page.commands:
        if line.startswith("jianwei transcribe"):
            assert set(re.findall(r"(?<= )--?[a-z-]+", line)) <= known
        else:
            assert line.startswith("jianwei models ")
    told = {name.split()[0] for row in page.tables for name in row if name.startswith("-")}
    assert told <= known
    assert known - told <= {"-w", "--workspace", "-q", "--quiet", "--output", "--mood"}


@pages
def test_names_reasons_engines_and_formats_are_what_they_are(page: Page) -> None:
    for name in re.findall(r"\| `(jianwei\.[\w.]+)`", page.text):
        module, attribute = name.rsplit(".", 1)
        assert hasattr(import_module(module), attribute), name
    reasons = re.findall(r"^ {3}\| `([a-z_]+)` \|", page.text, re.MULTILINE)
    assert set(reasons) == set(get_args(Reason))
    engines = dict(re.findall(r"^\| `([a-z-]+)` \| `speech`[^|]*\| `?([\w-]+)", page.text, re.MULTILINE))
    assert engines | {"platform": ""} == {**ENGINES, "platform": ""}
    assert all(known_model(name) for name in re.findall(r"models pull ([\w-]+)", page.text))
    row = next(row for row in page.tables if "--format" in row)
    assert row == {"--format", *FORMATS, CSV}
    codes = {"empty", "wrong_kind", "damaged", "too_long", "no_sound"}
    assert codes <= set(CODES)
    assert all(f"`{code}`" in page.text for code in (*codes, SHARING))


@pages
def test_figures_are_those_of_the_code(page: Page) -> None:
    assert f"{MediaLimits().bytes >> 20} MB" in page.text
    assert MediaLimits().seconds == 2 * 3600
    rules = PauseRules()
    assert f"{rules.longest:.0f} " in page.text
    assert f"{rules.pause} " in page.text


@pages
def test_links_lead_somewhere(page: Page) -> None:
    assert page.lost_links == []
