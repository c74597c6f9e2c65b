"""From questions to a report page: ask, find what is worth saying, draw."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np

from jianwei.common.progress import Progress, SilentProgress
from jianwei.common.times import local_day
from jianwei.report import figures
from jianwei.report._base import Ask, InputLine, Message, ReportPage, Tile
from jianwei.report.findings import find, opening
from jianwei.report.plan import ask_all
from jianwei.report.sections import build_sections

__all__ = ["build_report"]

_MORE = 6


def build_report(
    ask: Ask,
    *,
    covers: Sequence[str] | None,
    inputs: Sequence[InputLine],
    made_us: int,
    zone: str = "Asia/Shanghai",
    progress: Progress | None = None,
) -> ReportPage:
    """A report on what `ask` can answer.

    Args:
        ask: answers a question, already restricted to the inputs that the report covers.
        covers: names of those inputs; None for the whole workspace.
        inputs: what became of each input, for the data-quality section.
        made_us: now, µs UTC.
        zone: zone of days and hours.
        progress: shows how many questions are answered.
    """
    answers = ask_all(ask, progress or SilentProgress())
    findings = find(answers)
    sections, absent = build_sections(answers)
    made_from = [answer.provenance for answer in answers.values() if answer and answer.provenance]
    return ReportPage(
        covers=None if covers is None else tuple(covers),
        made_us=made_us,
        zone=zone,
        opening=opening(findings, answers, zone),
        more=findings[1 : 1 + _MORE],
        tiles=_tiles(answers["overview"], zone),
        sections=sections,
        absent=absent,
        inputs=tuple(inputs),
        models={task: model for source in made_from for task, model in source.models.items()},
        engine=next((source.engine for source in made_from), "duckdb"),
    )


def _tiles(overview: Any, zone: str) -> tuple[Tile, ...]:
    if not overview:
        return ()
    counted = ("messages", "people", "conversations", "events", "baskets", "items", "buyers")
    tiles = [
        Tile(Message(f"report.tile.{name}"), figures.count(getattr(overview, name)))
        for name in counted
        if getattr(overview, name)
    ]
    if overview.amount is not None:
        tiles.append(Tile(Message("report.tile.amount"), figures.money(overview.amount)))
    if overview.first_us is not None and overview.last_us is not None:
        first, last = local_day(np.array([overview.first_us, overview.last_us]), zone)
        days = int(last - first) + 1
        tiles.append(Tile(Message("report.tile.days"), figures.count(days)))
    return tuple(tiles)
