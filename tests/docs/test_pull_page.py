"""docs/pull.md: its snippet runs against the sandbox, its commands and options exist, its lists are complete."""

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

PAGE = (Path(__file__).resolve().parents[2] / "docs" / "pull.md").read_text("utf-8")


def test_the_snippet_runs(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> None:
    monkeypatch.setenv("JIANWEI_KEY", Vault.new_key().reveal())
    monkeypatch.chdir(tmp_path)
    world = official_world(12)
    (snippet,) = re.findall(r"```python\n(.*?)```", PAGE, re.DOTALL)
    with running(world.platform) as url:
        account = Account(
            name="shop", kind="service", app_id=world.app.app_id, secret=Secret("secret"), attrs={"base_url": url}
        )
        add_account(jw.open("shop"), account)
        exec(compile(snippet, "docs/pull.md", "exec"), {})
    shown = capsys.readouterr().out
    assert "followers done {'links': 6, 'users': 12}" in shown


def test_commands_and_options_exist() -> None:
    lines = [line.split("#")[0] for line in PAGE.splitlines() if line.startswith("    ")]
    inline = re.findall(r"`(jianwei [^`]+)`", PAGE)
    commands = re.findall(r"jianwei ((?:(?:accounts|pull|groups) )?[a-z-]+)([^)\n]*)", "\n".join([*lines, *inline]))
    assert len(commands) > 10
    for words, rest in commands:
        if words in ("pull", "sandbox"):
            continue
        done = CliRunner().invoke(
            build_app(), [*words.split(), "--help"], env={"COLUMNS": "200", "LANG": "en_US.UTF-8"}
        )
        assert done.exit_code == 0, words
        assert [option for option in re.findall(r"--[a-z-]+", rest) if option not in done.output] == [], words


def test_every_part_and_kind_is_told() -> None:
    for part in official_parts(None):  # type: ignore[arg-type]
        assert f"| `{part}` |" in PAGE
    for kind in ACCOUNT_KINDS:
        assert f"`{kind}`" in PAGE
