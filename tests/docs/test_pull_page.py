"""The guide pull.md: its snippet runs against the sandbox, its commands and options exist, its lists are complete."""

from __future__ import annotations

import re
import sys
from pathlib import Path

import pytest
from typer.testing import CliRunner

import jianwei as jw
from jianwei.cli.app import build_app
from jianwei.ingest.pull import official_parts
from jianwei.sandbox.platform.app import running
from jianwei.settings import Secret
from jianwei.store import Account
from jianwei.store.secrets import Vault
from jianwei.store.state import ACCOUNT_KINDS
from jianwei.workspace.accounts import add_account

sys.path.insert(0, str(Path(__file__).resolve().parents[1]))
from support.official_world import official_world
from support.pages import Page, both

pages = pytest.mark.parametrize("page", both("pull.md"), ids=str)


@pages
def test_the_snippet_runs(
    page: Page, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setenv("JIANWEI_KEY", Vault.new_key().reveal())
    monkeypatch.chdir(tmp_path)
    world = official_world(12)
    (snippet,) = page.snippets
    with running(world.platform) as url:
        account = Account(
            name="shop", kind="service", app_id=world.app.app_id, secret=Secret("secret"), attrs={"base_url": url}
        )
        add_account(jw.open("jianwei-workspace"), account)
        exec(compile(snippet, "pull.md", "exec"), {})
    shown = capsys.readouterr().out
    assert "followers done {'links': 6, 'users': 12}" in shown


@pages
def test_commands_and_options_exist(page: Page) -> None:
    inline = re.findall(r"`(jianwei [^`]+)`", page.text)
    commands = re.findall(
        r"jianwei ((?:(?:accounts|pull|groups) )?[a-z-]+)([^)\n]*)", "\n".join([*page.commands, *inline])
    )
    assert len(commands) > 10
    for words, rest in commands:
        if words in ("pull", "sandbox"):
            continue
        done = CliRunner().invoke(
            build_app(), [*words.split(), "--help"], env={"COLUMNS": "200", "LANG": "en_US.UTF-8"}
        )
        assert done.exit_code == 0, words
        assert [option for option in re.findall(r"--[a-z-]+", rest) if option not in done.output] == [], words


@pages
def test_every_part_and_kind_is_told(page: Page) -> None:
    for part in official_parts(None):  # type: ignore[arg-type]
        assert f"| `{part}` |" in page.text
    for kind in ACCOUNT_KINDS:
        assert f"`{kind}`" in page.text


@pages
def test_links_lead_somewhere(page: Page) -> None:
    assert page.lost_links == []
