"""The values a report is made of. They hold codes and figures; words are chosen when the page is written."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from decimal import Decimal
from typing import Any, TypeAlias

import pyarrow as pa

from jianwei.common.i18n import Catalog
from jianwei.common.results import Rows, Unavailable
from jianwei.query._base import Question
from jianwei.render.charts import Chart

__all__ = [
    "ASPECTS",
    "Answers",
    "Ask",
    "Block",
    "Column",
    "Finding",
    "InputLine",
    "Message",
    "Missing",
    "ReportPage",
    "Section",
    "Table",
    "Tile",
]

Ask: TypeAlias = Callable[[Question[Any]], Rows | Unavailable]
"""Answers a question: `questions.answer` with its parts filled in, or a stand-in."""

Answers: TypeAlias = Mapping[str, Any]
"""Name in the plan → typed result or Unavailable."""

Value: TypeAlias = "str | int | float | Decimal | Message | tuple[str | Message, ...]"

ASPECTS = ("what", "who", "since", "evidence", "next")
"""What the five opening sentences are about, in order."""


@dataclass(frozen=True, slots=True)
class Message:
    """Words to be chosen by language: a key of the catalog and the figures for its placeholders.

    A value may be a message itself, or a tuple of texts and messages, which becomes a list in the way of the language.
    """

    key: str
    values: Mapping[str, Value] = field(default_factory=dict)

    def text(self, words: Catalog) -> str:
        """The sentence in one language."""

        def filled(value: Value) -> object:
            if isinstance(value, Message):
                return value.text(words)
            if isinstance(value, tuple):
                return words.text("report.join").join(str(filled(part)) for part in value)
            return value

        return words.text(self.key, **{name: filled(value) for name, value in self.values.items()})


@dataclass(frozen=True, slots=True)
class InputLine:
    """One input in the data-quality section.

    Attributes:
        status: "done", "failed" (cut short: what came before is in) or "rejected" (nothing could be read).
        read, new, duplicate, rejected: rows; read = new + duplicate + rejected.
        reasons: (code, rows, first line in the file) of every kind of rejection; words are `reject.<code>`.
        detail: why it failed, as the error said it.
        refused: code → names of files, where the input is a folder of which some were not taken in.
    """

    name: str
    format: str
    status: str
    read: int
    new: int
    duplicate: int
    rejected: int
    reasons: tuple[tuple[str, int, int], ...] = ()
    detail: str = ""
    refused: Mapping[str, Sequence[str]] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Finding:
    """Something worth saying first.

    Attributes:
        code: kind of finding, e.g. "negative_spike".
        strength: the highest one leads the report.
        section: anchor of the section that shows more.
        what, who, since, evidence, next: one sentence each; None where this finding has nothing to say of it.
    """

    code: str
    strength: float
    section: str
    what: Message
    who: Message | None = None
    since: Message | None = None
    evidence: Message | None = None
    next: Message | None = None


@dataclass(frozen=True, slots=True)
class Tile:
    """One key figure."""

    label: Message
    figure: str | Message


@dataclass(frozen=True, slots=True)
class Column:
    """A column of a table on the page.

    Attributes:
        name: its name in the rows.
        kind: how its values are written: "text", "rule" (what stands together), "label" (not broken into lines), a figure
            ("count", "number", "share", "money", "seconds", "odds"), a time ("time", "hour", "weekday") or a code
            ("series", "event", "mood", "segment", "emotion", "want", "flag", "aspect", "sent", "language", "verdict", "speakers", or
            "marked", which is "<of>:<code>"), or "file": its name.
    """

    name: str
    kind: str

    @property
    def heading(self) -> Message:
        """Words for its head: those of its name, or of its kind where the name says too little."""
        return Message(f"report.column.{'mood' if self.kind == 'mood' else self.name}")


@dataclass(frozen=True, slots=True)
class Table:
    """A table on the page and in the files.

    Attributes:
        key: name of its files.
        title: its heading.
        rows: all rows, in the schema that the question documents.
        columns: what the page shows of it.
        order: column to show the highest values of first; None keeps the order.
    """

    key: str
    title: Message
    rows: pa.Table
    columns: tuple[Column, ...]
    order: str | None = None


@dataclass(frozen=True, slots=True)
class Block:
    """A chart (or several small ones side by side) with its table, and a line on what it shows.

    `wide` puts the table under the picture instead of beside it.
    """

    key: str
    title: Message
    lead: Message
    charts: tuple[Chart, ...]
    table: Table
    wide: bool = False


Missing: TypeAlias = tuple[Message, Message]
"""What cannot be shown, and why."""


@dataclass(frozen=True, slots=True)
class Section:
    """A part of the page. `missing` has one line for each reason."""

    key: str
    blocks: tuple[Block, ...]
    missing: tuple[Missing, ...] = ()


@dataclass(frozen=True, slots=True)
class ReportPage:
    """A whole report, before words and colours.

    Attributes:
        covers: names of the inputs that the report covers; None for the whole workspace.
        made_us: when it was made, µs UTC.
        zone: zone of its days and hours.
        opening: the five sentences, in the order of `ASPECTS`.
        more: further findings, strongest first.
        absent: what no section can show.
        inputs: the data-quality section.
        models: task → "model/version" of every model whose answers were used.
        engine: name of the engine that computed.
    """

    covers: tuple[str, ...] | None
    made_us: int
    zone: str
    opening: tuple[Message, ...]
    more: tuple[Finding, ...]
    tiles: tuple[Tile, ...]
    sections: tuple[Section, ...]
    absent: tuple[Missing, ...]
    inputs: tuple[InputLine, ...]
    models: Mapping[str, str]
    engine: str

    @property
    def charts(self) -> tuple[Chart, ...]:
        """Every chart, in the order of the page."""
        return tuple(chart for section in self.sections for block in section.blocks for chart in block.charts)

    @property
    def tables(self) -> dict[str, pa.Table]:
        """Every table by its name in files."""
        return {block.table.key: block.table.rows for section in self.sections for block in section.blocks}
