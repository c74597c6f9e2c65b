"""An answer as people read it in a terminal: heads, figures and codes in their words, without columns of which nothing is known."""

from __future__ import annotations

from pathlib import PurePosixPath
from typing import Any

import pyarrow as pa

from jianwei.common.i18n import catalog, guess_language
from jianwei.common.names import shortened

__all__ = ["column_name", "columns_of", "figure_name", "figure_value"]

_CODES = {
    "kind": "words.kind",
    "avatar": "answers.avatar",
    "verdict": "charts.safe",
    "every": "words.every",
    "emotion": "charts.emotion",
    "want": "charts.want",
    "aspect": "charts.aspect",
    "flag": "charts.flag",
    "segment": "charts.segment",
}
"""Column or figure → where the words for its codes are."""


def figure_name(name: str) -> str:
    """What people call a figure of an answer; one without words keeps its name."""
    return _word(f"answers.figure.{name}", name)


def figure_value(name: str, value: Any) -> Any:
    """A figure; a code as its words."""
    return _word(f"{_CODES[name]}.{value}", value) if name in _CODES else value


def column_name(name: str) -> str:
    """The head of a column, as in the report where a terminal has no word of its own; one without words keeps its name."""
    return _word(f"answers.column.{name}", _word(f"report.column.{name}", name).lower())


def columns_of(rows: pa.Table) -> dict[str, list[Any]]:
    """Columns by their heads, in order; one whose head is taken keeps its name.

    Left out are ids and moments in µs, since names and labels say the same, and columns of which nothing is known in any row. Of paths only
    the names of their files are shown, shortened: whole ones are for programs, in `--json`.
    """
    columns = {name: rows.column(name).to_pylist() for name in rows.column_names}
    if "of" in columns and "code" in columns:
        columns["code"] = [_mark(of, code) for of, code in zip(columns.pop("of"), columns["code"], strict=True)]
    shown = {
        name: values for name, values in columns.items() if not name.endswith(("_us", "_id", "_ids")) and name != "id"
    }
    known = {name: values for name, values in shown.items() if any(value not in (None, "", []) for value in values)}
    told: dict[str, list[Any]] = {}
    for name, values in (known or columns).items():
        head = column_name(name)
        told[name if head in told else head] = _told(name, values)
    return told


def _told(name: str, values: list[Any]) -> list[Any]:
    if name == "path":
        return [value and shortened(PurePosixPath(value).name) for value in values]
    if name == "text":
        return [value and " ".join(value.split()) for value in values]
    if place := _CODES.get(name):
        return [value and _word(f"{place}.{value}", value) for value in values]
    return values


def _mark(of: str, code: str) -> str:
    """What people call a code: a want, an aspect that is blamed, what a picture shows …"""
    name = _word(f"charts.{'aspect' if of == 'blamed' else of}.{code}", code)
    texts, key = catalog(guess_language()), f"charts.marked.{of}"
    return texts.text(key, name=name) if texts.has(key) else name


def _word(key: str, otherwise: str) -> str:
    texts = catalog(guess_language())
    return texts.text(key) if texts.has(key) else otherwise
