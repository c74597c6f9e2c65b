"""Cells of the tables on the page: a value becomes text, or a message where it is a code."""

from __future__ import annotations

from dataclasses import dataclass
from decimal import Decimal
from pathlib import PurePosixPath
from typing import Any

import pyarrow as pa
import pyarrow.compute as pc

from jianwei.common.names import shortened
from jianwei.records import EVENT_NAMES
from jianwei.report import figures
from jianwei.report._base import Column, Message, Table

__all__ = [
    "LANGUAGES", "SPEAKERS", "Cell", "event_text", "language_text", "marked_text", "page_rows", "series_text", "speaker_text", "style",
]  # fmt: skip

LANGUAGES = ("zh", "yue", "en", "ja", "ko", "und")
"""Languages of speech that have a name in `locale`."""

SPEAKERS = ("nsfw", "ocr", "speech", "code", "violence", "gore", "weapons", "drugs", "hate_symbols", "minors")
"""What can speak against a file and what nobody looks for, as far as `locale` has names for them."""

_NUMERIC = ("count", "number", "share", "points", "money", "seconds", "odds")


@dataclass(frozen=True, slots=True)
class Cell:
    """What a reader sees, and what a click on the column's head sorts by (None: the text)."""

    text: str | Message
    sort: float | None = None


def page_rows(table: Table, zone: str, limit: int) -> list[list[Cell]]:
    """The rows that the page shows, at most `limit`, as cells."""
    shown = _first(table.rows, table.order, limit)
    columns = [
        [_cell(column, value, zone) for value in shown.column(column.name).to_pylist()] for column in table.columns
    ]
    return [list(row) for row in zip(*columns, strict=True)]


def style(column: Column) -> str:
    """CSS class of a column: figures stand at the right, times and codes are never broken into lines."""
    return "figure" if column.kind in _NUMERIC else "text" if column.kind in ("text", "rule", "path") else "label"


def series_text(code: str) -> str | Message:
    """What people call a series: "in", "out", "unknown", "messages", "negative", "amount", or "event:<name>"."""
    if code in ("in", "out", "unknown", "messages", "negative", "amount"):
        return Message(f"charts.series.{code}")
    return event_text(code.removeprefix("event:"))


def event_text(code: str) -> str | Message:
    """What people call an event; names the vocabulary does not have stay as they are."""
    return Message(f"charts.event.{code}") if code in EVENT_NAMES else code


def marked_text(of: str, code: str) -> Message:
    """What people call a mark of voices or pictures: a want, an aspect that is blamed, what a picture shows …"""
    if of in ("shows", "person", "safe"):
        return Message(f"charts.{of}.{code}")
    name = Message(f"charts.{'aspect' if of == 'blamed' else of}.{code}")
    return Message(f"charts.marked.{of}", {"name": name})


def language_text(code: str) -> str | Message:
    """What people call a language; those without a name here stay as they are."""
    return Message(f"charts.language.{code}") if code in LANGUAGES else code


def speaker_text(code: str) -> str | Message:
    """What people call what can speak against a file, or what nobody looks for; a code without words stays as it is."""
    return Message(f"charts.speaker.{code}") if code in SPEAKERS else code


def _first(rows: pa.Table, order: str | None, limit: int) -> pa.Table:
    if order is None or rows.column(order).null_count == rows.num_rows:
        return rows.slice(0, limit)
    return rows.take(pc.select_k_unstable(rows, k=min(limit, rows.num_rows), sort_keys=[(order, "descending")]))


def _cell(column: Column, value: Any, zone: str) -> Cell:  # one branch a kind
    if value is None:
        return Cell("–")
    match column.kind:
        case "count":
            return Cell(figures.count(value), float(value))
        case "number":
            return Cell(figures.number(float(value)), float(value))
        case "share":
            return Cell(figures.share(value), float(value))
        case "points":
            return Cell(f"{100 * value:+.1f}", float(value))
        case "money":
            return Cell(figures.money(Decimal(value)), float(value))
        case "seconds":
            return Cell(figures.seconds(value), float(value))
        case "odds":
            return Cell(figures.odds(value), float(value))
        case "time":
            return Cell(figures.local_time(value, zone), float(value))
        case "hour":
            return Cell(f"{value:02d}:00", float(value))
        case "weekday":
            return Cell(Message(f"charts.weekday.{value}"), float(value))
        case "mood":
            return Cell(Message(f"charts.mood.{value}") if value else "–")
        case "segment" | "emotion" | "want" | "flag" | "aspect":
            return Cell(Message(f"charts.{column.kind}.{value}"))
        case "sent":
            return Cell(Message(f"charts.sent.{value}"))
        case "verdict":
            return Cell(Message(f"charts.safe.{value}"))
        case "marked":
            return Cell(marked_text(*value.split(":")))
        case "language":
            return Cell(language_text(value))
        case "speakers":
            names = tuple(speaker_text(name) for name in ([value] if isinstance(value, str) else value))
            return Cell(Message("report.titles", {"titles": names}) if names else "–")
        case "file":
            return Cell(shortened(PurePosixPath(value).name))
        case "series":
            return Cell(series_text(value))
        case "event":
            return Cell(event_text(value))
    if isinstance(value, list):
        return Cell({"rule": " + ", "path": " → "}.get(column.kind, "、").join(value))
    return Cell(str(value))
