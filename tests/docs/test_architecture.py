"""docs/architecture.md is compared with the tree, the layers that lint checks, and the canonical tables."""

from __future__ import annotations

import re
import tomllib
from pathlib import Path

from jianwei.records import TABLES

ROOT = Path(__file__).resolve().parents[2]
PAGE = (ROOT / "docs" / "architecture.md").read_text("utf-8")


def _section(title: str) -> str:
    return PAGE.split(f"\n## {title}\n", 1)[1].split("\n## ", 1)[0]


def _table(title: str) -> list[list[str]]:
    lines = [line for line in _section(title).splitlines() if line.startswith("|")]
    return [[cell.strip() for cell in line.strip("|").split("|")] for line in lines[2:]]


def test_rooms_are_the_folders() -> None:
    folders = {path.parent.name for path in (ROOT / "src" / "jianwei").glob("*/__init__.py")}
    assert {row[0].strip("`") for row in _table("Rooms")} == folders


def test_layers_are_the_ones_that_lint_checks() -> None:
    contract = tomllib.loads((ROOT / "pyproject.toml").read_text("utf-8"))["tool"]["importlinter"]["contracts"][0]
    there = {path.stem if path.is_file() else path.name for path in (ROOT / "src" / "jianwei").iterdir()}
    expected = []
    for layer in contract["layers"]:
        rooms = [room.strip(" ()") for room in layer.split("|")]
        if present := [room for room in rooms if room in there]:
            expected.append(" | ".join(present))
    shown = [line.strip() for line in _section("Layers").splitlines() if line.startswith("    ")]
    assert shown == expected


def test_tables_and_keys_are_the_canonical_ones() -> None:
    shown = {row[0]: tuple(re.split(r",\s*", row[2])) for row in _table("Records")}
    assert shown == {name: spec.key for name, spec in TABLES.items()}
