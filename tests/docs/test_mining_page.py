"""The guide mining.md: its snippets run, its commands and options exist, its links lead somewhere."""

from __future__ import annotations

import re
import sys
from pathlib import Path

import pytest
from typer.testing import CliRunner

from jianwei.cli.app import build_app
from jianwei.mining.questions.rules import RULES_SCHEMA

sys.path.insert(0, str(Path(__file__).resolve().parents[1]))
from support.pages import Page, both

pages = pytest.mark.parametrize("page", both("mining.md"), ids=str)


@pages
def test_the_snippets_run(page: Page, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    lines = [
        f"{n},2026-03-02 10:00:00,小林,{item},1,39.00" for n in range(60) for item in ("茶", "杯", "壶")[: n % 3 + 1]
    ]
    Path("orders.csv").write_text("订单号,下单时间,客户,商品,数量,金额\n" + "\n".join(lines), "utf-8")
    for snippet in page.snippets:
        exec(compile(snippet, "mining.md", "exec"), {})


@pages
def test_commands_and_options_exist(page: Page) -> None:
    assert any(line.startswith("jianwei mine rules") for line in page.commands)
    for line in page.commands:
        words = line.split()
        name = words[1:3] if words[1] == "mine" else words[1:2]
        asked = build_app(frozenset(words))
        shown = CliRunner().invoke(asked, [*name, "--help"], env={"COLUMNS": "200", "LANG": "en"})
        assert shown.exit_code == 0, line
        for option in re.findall(r"(?<= )--?[a-z][a-z-]*", line):
            assert re.search(rf"(^|[\s,]){option}\b", shown.output), (line, option)


@pages
def test_what_is_named_exists(page: Page) -> None:
    named = set().union(*page.tables)
    assert {"rows", "support", "confidence", "lift", "p_value", "q_value"} <= named & set(RULES_SCHEMA.names)
    assert page.lost_links == []
