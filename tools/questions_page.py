"""Writes docs/questions.md from the catalog: every analysis, its settings, its words. A test compares the page with it."""

from __future__ import annotations

from pathlib import Path

from jianwei.common.i18n import catalog
from jianwei.questions import CATALOG, settings_of

__all__ = ["page"]

PAGE = Path(__file__).parents[1] / "docs" / "questions.md"

HEAD = """# Questions

Every analysis is a value: a frozen dataclass with settings. `ws.answer(...)` gives its typed result; the command line offers the
same settings as options, and `--json` prints the same result. Written by `tools/questions_page.py`.
"""


def _limits(minimum: float | None, maximum: float | None, choices: tuple[str, ...] | None) -> str:
    if choices:
        return ", ".join(choices)
    if minimum is None and maximum is None:
        return ""
    low, high = ("" if bound is None else f"{bound:g}" for bound in (minimum, maximum))
    return f"{low} … {high}".strip()


def page() -> str:
    """The page as Markdown."""
    texts = catalog("en")
    parts = [HEAD]
    for entry in CATALOG:
        question = entry.load()
        module, _, name = entry.path.partition(":")
        parts.append(f"## {texts.text(f'questions.{entry.name}.title')}\n")
        parts.append(f"`jianwei {entry.group} {entry.name}` · `from {module} import {name}`\n")
        parts.append(texts.text(f"questions.{entry.name}.help") + "\n")
        settings = settings_of(question)
        if settings:
            rows = ["| setting | default | allowed | meaning |", "|---|---|---|---|"]
            for s in settings:
                meaning = texts.text(f"questions.{entry.name}.settings.{s.name}")
                rows.append(
                    f"| `{s.name}` | `{s.default!r}` | {_limits(s.minimum, s.maximum, s.choices)} | {meaning} |"
                )
            parts.append("\n".join(rows) + "\n")
    return "\n".join(parts)


if __name__ == "__main__":
    PAGE.write_text(page(), "utf-8")
