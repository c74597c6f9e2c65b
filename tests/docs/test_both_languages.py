"""The guides say the same in both languages: headings, snippets, commands, and the names in their tables."""

from __future__ import annotations

import ast
import re
import sys
from pathlib import Path

import pytest

sys.path.insert(0, str(Path(__file__).resolve().parents[1]))
from support.pages import DOCS, Page, both

GUIDES = sorted(path.name for path in (DOCS / "zh-CN").glob("*.md"))


class _Wordless(ast.NodeTransformer):
    """Code without what may be said in another language."""

    def visit_Constant(self, node: ast.Constant) -> ast.Constant:
        return ast.Constant("") if isinstance(node.value, str) else node


def _code(page: Page) -> list[str]:
    return [ast.unparse(_Wordless().visit(ast.parse(snippet))) for snippet in page.snippets]


def _names(page: Page) -> frozenset[str]:
    return frozenset(re.findall(r"`([^`]+)`", page.prose.replace("\n", " ")))


def test_the_guides_are_there() -> None:
    assert {"wechat.md", "serve.md", "sandbox.md", "pull.md"} <= set(GUIDES)


@pytest.mark.parametrize("name", GUIDES)
def test_each_leads_to_the_other(name: str) -> None:
    english, chinese = both(name)
    assert english.text.startswith(f"[简体中文](zh-CN/{name})\n")
    assert chinese.text.startswith(f"[English](../{name})\n")


@pytest.mark.parametrize("name", GUIDES)
def test_both_are_the_same_but_for_the_words(name: str) -> None:
    english, chinese = both(name)
    assert [level for level, _ in chinese.headings] == [level for level, _ in english.headings]
    assert _code(chinese) == _code(english)
    assert chinese.commands == english.commands
    assert chinese.tables == english.tables
    assert _names(chinese) == _names(english)


def test_a_heading_reads_chinese() -> None:
    for name in GUIDES:
        _, chinese = both(name)
        assert all(re.search(r"[\u4e00-\u9fff]", words) for _, words in chinese.headings), name
