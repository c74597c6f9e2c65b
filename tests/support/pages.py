"""The guides in both languages, and what their tests read from them."""

from __future__ import annotations

import re
from dataclasses import dataclass
from pathlib import Path

__all__ = ["DOCS", "Page", "both"]

DOCS = Path(__file__).resolve().parents[2] / "docs"
FOLDERS = {"en": DOCS, "zh-CN": DOCS / "zh-CN"}


@dataclass(frozen=True)
class Page:
    """One page in one language; as a pytest parameter it bears the name of its language."""

    language: str
    path: Path

    @property
    def text(self) -> str:
        return self.path.read_text("utf-8")

    @property
    def prose(self) -> str:
        """The page without its snippets and indented blocks."""
        text = re.sub(r"```.*?```", "", self.text, flags=re.DOTALL)
        return "\n".join(line for line in text.splitlines() if not line.startswith("    "))

    @property
    def snippets(self) -> list[str]:
        return re.findall(r"```python\n(.*?)```", self.text, re.DOTALL)

    @property
    def commands(self) -> list[str]:
        """Lines of indented blocks that are typed, without what is said about them."""
        lines = (line for line in self.text.splitlines() if re.match(r"    (?:jianwei|curl|export) ?", line))
        return [re.sub(r"\s+# .*", "", line).strip() for line in lines]

    @property
    def headings(self) -> list[tuple[int, str]]:
        """Level and words."""
        prose = re.sub(r"```.*?```", "", self.text, flags=re.DOTALL)
        return [(len(level), words) for level, words in re.findall(r"^(#+) (.+)$", prose, re.MULTILINE)]

    @property
    def tables(self) -> list[frozenset[str]]:
        """What stands in code in each row of the tables: options, addresses, names."""
        rows = [line for line in self.prose.splitlines() if line.startswith("|")]
        return [frozenset(re.findall(r"`([^`]+)`", row)) for row in rows]

    @property
    def lost_links(self) -> list[str]:
        """Local links that lead to no file, or to no heading of this page."""
        targets = re.findall(r"\]\(([^):]+)\)", self.text)
        files = [target for target in targets if not (self.path.parent / target.split("#")[0]).exists()]
        anchors = {_anchor(words) for _, words in self.headings}
        return files + [target for target in targets if target.startswith("#") and target[1:] not in anchors]

    def __str__(self) -> str:
        return self.language


def both(name: str) -> list[Page]:
    """A page in English and in Chinese."""
    return [Page(language, folder / name) for language, folder in FOLDERS.items()]


def _anchor(words: str) -> str:
    """The address of a heading, as GitHub makes it."""
    return re.sub(r"[^\w\- ]", "", words.strip().lower()).replace(" ", "-")
