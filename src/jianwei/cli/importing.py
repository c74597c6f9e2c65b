"""jianwei import, quarantine, enrich: bringing records in and letting models answer them."""

from __future__ import annotations

import sys
from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from jianwei.cli._door import (
    FOLDER,
    INCOMPLETE,
    AsJson,
    Quiet,
    WorkspaceFolder,
    as_json,
    command,
    console,
    opened,
    printable,
    show_table,
    words,
)
from jianwei.common.i18n import catalog, guess_language
from jianwei.errors import UsageError
from jianwei.sources.reasons import reason_text

if TYPE_CHECKING:
    from jianwei.enrich import EnrichReport
    from jianwei.ingest import Decide, ImportReport
    from jianwei.sources.mapping import Proposal

__all__ = ["Account", "Format", "Map", "Paths", "TableKind", "Yes", "asking", "mapping_of", "register", "show_import"]

Paths = Annotated[list[Path], typer.Argument(metavar="PATH", help=words("argument.paths"), show_default=False)]
Account = Annotated[str | None, typer.Option("--account", help=words("option.account"))]
Format = Annotated[str, typer.Option("--format", help=words("option.format"))]
Map = Annotated[str | None, typer.Option("--map", metavar="FIELD=COLUMN,…", help=words("option.map"))]
TableKind = Annotated[str | None, typer.Option("--table", metavar="KIND", help=words("option.table"))]
Yes = Annotated[bool, typer.Option("--yes", "-y", help=words("option.yes"))]


def mapping_of(text: str | None) -> dict[str, str] | None:
    """The mapping written in `--map`."""
    if text is None:
        return None
    from jianwei.sources.mapping import parse_map

    return dict(parse_map(text))


def asking(*, yes: bool) -> Decide:
    """Show a proposed mapping; take it with `--yes`, ask when there is somebody to ask, leave the file out otherwise."""

    def decide(name: str, proposal: Proposal) -> bool:
        from jianwei.sources.mapping import explain

        out = console(stderr=True)  # a question is no part of the result
        out.print(words("mapping.proposed", file=name, table=proposal.table), markup=False)
        header = [words(f"mapping.{part}") for part in ("field", "column", "sure", "sample")]
        show_table(header, explain(proposal), out=out)
        if yes:
            return True
        return sys.stdin.isatty() and typer.confirm(words("mapping.ask"))

    return decide


SHOWN = 12
NAMED = 5


def show_import(report: ImportReport) -> None:
    """Print what an import did: a line per file, or per format when there are many, then what was not understood."""
    counted = [words(f"import.{name}") for name in ("read", "new", "duplicate", "rejected")]
    if len(report) <= SHOWN:
        lines = [[_short(item.name), item.format, *item.rows] for item in report.inputs]
        show_table([words("import.file"), words("import.format"), *counted], lines)
    else:
        formats: dict[str, list[int]] = {}
        for item in report.inputs:
            sums = formats.setdefault(item.format or words("import.status.rejected"), [0, 0, 0, 0, 0])
            for at, value in enumerate((1, *item.rows)):
                sums[at] += value
        lines = [[name, *sums] for name, sums in sorted(formats.items())]
        show_table([words("import.format"), words("import.files"), *counted], lines)
    _show_unread(report)
    texts = catalog(guess_language())
    for item in report.inputs:
        name = _short(item.name)
        for code, rows, line in item.reasons:
            reason = reason_text(texts, code)
            if refused := [_short(file) for file, why in item.refused if why == code]:
                told = words("import.refused", n=rows, reason=reason, files=_some(refused))
                _tell(name, told)
            elif line:
                _tell(name, words("import.reason", n=rows, reason=reason, line=line))


def _tell(name: str, told: str) -> None:
    console().print(printable(words("import.line", name=name, told=told)), markup=False)


def _show_unread(report: ImportReport) -> None:
    """Inputs that were not read to their end, those of one reason on one line."""
    unread: dict[tuple[str, str], list[str]] = {}
    for item in report.inputs:
        if item.status != "done":
            unread.setdefault((item.status, item.detail), []).append(_short(item.name))
    texts = catalog(guess_language())
    for (status, detail), names in unread.items():
        why = words("import.line", name=words(f"import.status.{status}"), told=reason_text(texts, detail))
        _tell(_some(names), why)
    if any(detail == "unknown_format" for _, detail in unread):
        console().print(words("import.known_formats"), markup=False)


def _some(names: Sequence[str]) -> str:
    """The first few of many names."""
    told = words("import.comma").join(names[:NAMED])
    return told if len(names) <= NAMED else words("import.and_more", names=told, n=len(names) - NAMED)


def _short(name: str, width: int = 40) -> str:
    """The end of a path, which tells files apart."""
    return name if len(name) <= width else f"…{name[1 - width :]}"


def show_enrich(report: EnrichReport) -> None:
    for stage in report:
        rate = stage.answered / stage.seconds if stage.seconds else 0
        told = words("enrich.done", stage=stage.stage, answered=stage.answered, failed=stage.failed, rate=rate)
        if stage.rejected:
            told += words(f"enrich.{'unjudged' if stage.stage == 'unsafe' else 'rejected'}", rejected=stage.rejected)
        console().print(told, markup=False)
    for skipped in report.skipped:
        told = words("enrich.skipped", stage=skipped.stage, command=skipped.hint)
        console().print(told, markup=False)


def register(app: typer.Typer) -> None:
    """Add these commands to the application."""

    @app.command("import", help=words("help.import"))
    @command
    def import_(
        paths: Paths,
        workspace: WorkspaceFolder = FOLDER,
        account: Account = None,
        format: Format = "auto",
        map: Map = None,
        table: TableKind = None,
        yes: Yes = False,
        json: AsJson = False,
        quiet: Quiet = False,
    ) -> int:
        from jianwei.common.progress import open_progress

        with opened(workspace) as ws, open_progress(quiet=quiet or json) as progress:
            report = ws.import_files(
                paths,
                account=account,
                format=format,
                mapping=mapping_of(map),
                table=table,
                progress=progress,
                decide=asking(yes=yes),
            )
        if json:
            typer.echo(as_json(report))
        else:
            show_import(report)
        return 0 if report.complete else INCOMPLETE

    @app.command("enrich", help=words("help.enrich"))
    @command
    def enrich(
        workspace: WorkspaceFolder = FOLDER,
        stages: Annotated[str | None, typer.Option("--stages", help=words("option.stages"))] = None,
        json: AsJson = False,
        quiet: Quiet = False,
    ) -> None:
        from jianwei.common.progress import open_progress

        named = None if stages is None else [name.strip() for name in stages.split(",") if name.strip()]
        if named == []:
            raise UsageError("--stages", words("enrich.no_stages"), words("enrich.no_stages_hint"))
        with opened(workspace) as ws, open_progress(quiet=quiet or json) as progress:
            report = ws.enrich(stages=named, progress=progress)
        if json:
            typer.echo(as_json(report))
        else:
            show_enrich(report)

    app.add_typer(_quarantine(), name="quarantine", help=words("help.quarantine"))


def _quarantine() -> typer.Typer:
    group = typer.Typer(no_args_is_help=True)

    @group.command("list", help=words("help.quarantine_list"))
    @command
    def list_(workspace: WorkspaceFolder = FOLDER, json: AsJson = False) -> None:
        with opened(workspace) as ws:
            state = ws.store.state
            counts = state.quarantine_counts()
            inputs = {item.input_id: item for item in state.inputs()}
        texts = catalog(guess_language())
        files = {i: inputs[i].name if i in inputs else i for i, _ in counts}
        lines = [(files[i], reason, rows, line) for (i, reason), (rows, line) in sorted(counts.items())]
        if json:
            names = ("file", "reason", "rows", "first_line")
            typer.echo(as_json([dict(zip(names, line, strict=True)) for line in lines]))
            return
        if not lines:
            console().print(words("quarantine.empty"))
            return
        header = [words(f"quarantine.{n}") for n in ("file", "reason", "rows", "first_line")]
        show_table(header, [[file, reason_text(texts, code), rows, line or None] for file, code, rows, line in lines])

    @group.command("show", help=words("help.quarantine_show"))
    @command
    def show(
        file: Annotated[str | None, typer.Argument(help=words("argument.quarantine_file"))] = None,
        limit: Annotated[int, typer.Option("--limit", min=1, help=words("option.limit"))] = 20,
        workspace: WorkspaceFolder = FOLDER,
        json: AsJson = False,
    ) -> None:
        with opened(workspace) as ws:
            state = ws.store.state
            rows = [r for r in state.quarantined() if file is None or file in r.file][:limit]
            folders = {item.input_id for item in state.inputs() if item.format == "media"}
        if json:
            typer.echo(as_json(rows))
            return
        texts = catalog(guess_language())
        for row in rows:
            place = f"{row.file}:{row.line}" if row.line and row.input_id not in folders else row.file
            detail = "" if texts.has(f"reject_media.{row.reason}") else row.detail  # the reason says it all
            told = "  ".join(part for part in (place, reason_text(texts, row.reason), detail) if part)
            console().print(printable(told), style="bold", markup=False)
            if row.raw:
                console().print(_readable(row.raw), markup=False)

    @group.command("retry", help=words("help.quarantine_retry"))
    @command
    def retry(
        workspace: WorkspaceFolder = FOLDER,
        format: Format = "auto",
        map: Map = None,
        table: TableKind = None,
        yes: Yes = False,
        json: AsJson = False,
        quiet: Quiet = False,
    ) -> int:
        from jianwei.common.progress import open_progress
        from jianwei.ingest import ImportOptions, retry_quarantine

        with opened(workspace) as ws, open_progress(quiet=quiet or json) as progress:
            options = ImportOptions(
                account=ws.settings.account,
                zone=ws.settings.timezone,
                format=format,
                mapping=mapping_of(map),
                table=table,
            )
            report = retry_quarantine(store=ws.store, options=options, progress=progress, decide=asking(yes=yes))
        if json:
            typer.echo(as_json(report))
        else:
            show_import(report)
        return 0 if report.complete else INCOMPLETE

    return group


def _readable(raw: str) -> str:
    """A rejected row as one line that cannot move the cursor or colour the terminal."""
    shown = "".join(c if c.isprintable() else f"\\x{ord(c):02x}" for c in raw[:500])
    return f"    {shown}{' …' if len(raw) > 500 else ''}"
