"""The main job: whatever files a person has become records, annotations, answers, and a report."""

from __future__ import annotations

import time
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path, PurePosixPath

from jianwei.common.i18n import guess_language
from jianwei.common.progress import Progress, SilentProgress
from jianwei.enrich import EnrichReport
from jianwei.errors import SnapshotExpiredError
from jianwei.ingest import Decide, ImportReport, rows_of
from jianwei.questions import Asker, Coverage
from jianwei.records import TABLES
from jianwei.report import InputLine, ReportPage, build_report, data_folder, write_report
from jianwei.store import InputState, now_us
from jianwei.workspace.workspace import Workspace

__all__ = ["Analysis", "analyze", "report"]


@dataclass(frozen=True, slots=True)
class Analysis:
    """What the main job did.

    Attributes:
        page: the report as values: its opening sentences, sections and figures.
        path: where it was written.
        folder: where its tables and pictures are; None when they were not asked for.
        seconds: wall time of "import", "enrich" and "report".
    """

    imported: ImportReport
    enriched: EnrichReport
    page: ReportPage
    path: Path
    folder: Path | None
    seconds: Mapping[str, float]


def analyze(
    workspace: Workspace,
    paths: Sequence[str | Path],
    *,
    output: Path,
    whole: bool = False,
    language: str | None = None,
    files: bool = True,
    account: str | None = None,
    format: str = "auto",
    mapping: dict[str, str] | None = None,
    table: str | None = None,
    progress: Progress | None = None,
    decide: Decide | None = None,
) -> Analysis:
    """Import, enrich, mine and report.

    Args:
        workspace: where everything goes.
        paths: files, folders, archives.
        output: file of the report; an earlier one is kept under another name.
        whole: whether the report covers the whole workspace and not only these inputs.
        language: language the report opens in.
        files: whether tables and pictures are written beside the page.
        account, format, mapping, table: see `Workspace.import_files`.
        progress: where to report.
        decide: see `Workspace.import_files`.
    """
    progress = progress or SilentProgress()
    clock = [time.monotonic()]
    imported = workspace.import_files(
        paths, account=account, format=format, mapping=mapping, table=table, progress=progress, decide=decide
    )
    clock.append(time.monotonic())
    enriched = workspace.enrich(progress=progress)
    clock.append(time.monotonic())
    inputs = None if whole else [item.input_id for item in imported.inputs]
    page, path = report(
        workspace, output=output, inputs=inputs, imported=imported, language=language, files=files, progress=progress
    )
    clock.append(time.monotonic())
    names = ("import", "enrich", "report")
    seconds = {name: end - begin for name, begin, end in zip(names, clock, clock[1:], strict=False)}
    return Analysis(imported, enriched, page, path, data_folder(path) if files else None, seconds)


def report(
    workspace: Workspace,
    *,
    output: Path,
    inputs: Sequence[str] | None = None,
    imported: ImportReport | None = None,
    language: str | None = None,
    files: bool = True,
    progress: Progress | None = None,
) -> tuple[ReportPage, Path]:
    """Write the report on some inputs, or on the whole workspace when `inputs` is None."""
    progress = progress or SilentProgress()
    known = workspace.store.state.inputs()
    lines = _lines(workspace, [item for item in known if inputs is None or item.input_id in set(inputs)], imported)
    # Naming everything there is needs no filter, which is cheaper by a join.
    everything = inputs is None or {item.input_id for item in known if item.status != "rejected"} <= set(inputs)
    coverage = Coverage(workspace.settings.timezone, None if everything else frozenset(inputs or ()))
    asker = Asker(workspace.store, workspace.engine, coverage)
    for last_try in (False, True):
        try:
            with asker.pinned(TABLES) as ask:
                page = build_report(
                    ask,
                    covers=None if inputs is None else [line.name for line in lines],
                    inputs=lines,
                    made_us=now_us(),
                    zone=workspace.settings.timezone,
                    progress=progress,
                )
            break
        except SnapshotExpiredError:
            if last_try:
                raise
    chosen = language or workspace.settings.language or guess_language()
    return page, write_report(page, output, language=chosen, files=files, progress=progress)


def _lines(workspace: Workspace, known: Sequence[InputState], imported: ImportReport | None) -> tuple[InputLine, ...]:
    """The data-quality lines: of this import where it read the input, of the records of earlier ones otherwise."""
    now = {item.input_id: item for item in imported.inputs} if imported else {}
    counts = workspace.store.state.quarantine_counts()
    lines = []
    for item in known:
        reasons = tuple((code, rows, line) for (i, code), (rows, line) in sorted(counts.items()) if i == item.input_id)
        if item.input_id in now:
            figures = now[item.input_id].rows
        else:
            read, new, _, _ = rows_of(item.read, item.added, {}, {})
            rejected = sum(rows for _, rows, line in reasons if line)
            figures = (read, new, max(0, read - new - rejected), rejected)
        refused = _refused(workspace, item) if item.format == "media" and reasons else {}
        lines.append(InputLine(item.name, item.format, item.status, *figures, reasons, item.detail, refused))
    return tuple(lines)


def _refused(workspace: Workspace, folder: InputState) -> dict[str, list[str]]:
    """Names of the files of a folder that were not taken in, by reason."""
    found: dict[str, list[str]] = {}
    for row in workspace.store.state.quarantined(input_ids=[folder.input_id]):
        found.setdefault(row.reason, []).append(PurePosixPath(row.file).name)
    return found
