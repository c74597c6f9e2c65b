"""What is unsafe, in a terminal: how much, what nobody looks for, what spoke against files, and which files."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import datetime
from pathlib import PurePosixPath
from typing import TYPE_CHECKING, Any
from zoneinfo import ZoneInfo

from jianwei.cli._answers import column_name, columns_of
from jianwei.cli._door import console, show, show_table
from jianwei.common.i18n import catalog, guess_language
from jianwei.common.results import Unavailable

if TYPE_CHECKING:
    import pyarrow as pa

    from jianwei.behavior.unsafe import UnsafeResult

__all__ = ["show_unsafe"]


def show_unsafe(result: UnsafeResult | Unavailable, *, json: bool, zone: str) -> int:
    """Print the answer: as JSON, or the figures and then what they leave out, who spoke, and the latest files; returns the exit code."""
    code = show(result, json=json, zone=zone)
    if json or isinstance(result, Unavailable):
        return code
    texts, out = catalog(guess_language()), console()
    if result.not_detected:
        out.print(texts.text("unsafe.not_detected", codes=_named(result.not_detected)), markup=False)
    parts = {"unsafe-spoke": result.spoke, "unsafe-gaps": result.gaps, "unsafe-latest": result.latest}
    for name, rows in parts.items():
        if rows.num_rows:
            out.print("\n" + texts.text(f"charts.title.{name}"), style="bold", markup=False)
            columns = _columns(rows, zone)
            show_table([*columns], zip(*columns.values(), strict=True), whole=(column_name("path"), _head("when")))
    return code


def _columns(rows: pa.Table, zone: str) -> dict[str, list[Any]]:
    """Columns by their heads: moments, codes of witnesses and files in words, the others as everywhere."""
    import pyarrow as pa

    told: dict[str, list[Any]] = {}
    for name in rows.column_names:
        values = rows.column(name).to_pylist()
        if name == "ts_us":
            told[_head("when")] = [None if value is None else _local(value, zone) for value in values]
        elif name in ("by", "failed"):
            told[_head(name)] = [value and _named([value] if isinstance(value, str) else value) for value in values]
        elif name == "files":
            told[_head(name)] = values
        elif name == "path":
            told |= columns_of(pa.table({name: [value and PurePosixPath(value).name for value in values]}))
        elif name != "score":
            told |= columns_of(rows.select([name])) if not name.endswith("_id") else {}
    return {name: values for name, values in told.items() if any(values)}


def _head(name: str) -> str:
    return catalog(guess_language()).text(f"unsafe.column.{name}")


def _named(codes: Iterable[str]) -> str:
    texts = catalog(guess_language())
    words = (texts.text(key) if texts.has(key := f"charts.speaker.{code}") else code for code in codes)
    return texts.text("report.join").join(words)


def _local(ts_us: int, zone: str) -> str:
    return datetime.fromtimestamp(ts_us / 1_000_000, ZoneInfo(zone)).strftime("%Y-%m-%d %H:%M")
