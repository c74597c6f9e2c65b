"""docs/questions.md is what the catalog says; every question and setting has words in both languages."""

from __future__ import annotations

import runpy
from pathlib import Path

import pytest

from jianwei.common.i18n import LANGUAGES, catalog
from jianwei.questions import CATALOG, settings_of

ROOT = Path(__file__).resolve().parents[2]


def test_page_is_current() -> None:
    written = runpy.run_path(str(ROOT / "tools" / "questions_page.py"))["page"]()
    assert (ROOT / "docs" / "questions.md").read_text("utf-8") == written


@pytest.mark.parametrize("language", LANGUAGES)
def test_words(language: str) -> None:
    texts = catalog(language)
    for entry in CATALOG:
        keys = ["title", "help", *(f"settings.{s.name}" for s in settings_of(entry.load()))]
        assert [key for key in keys if not texts.has(f"questions.{entry.name}.{key}")] == []
