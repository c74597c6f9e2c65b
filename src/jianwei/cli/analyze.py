"""jianwei analyze, report, demo: the main job on files, on the workspace, on a simulated shop."""

from __future__ import annotations

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
    words,
)
from jianwei.cli.importing import (
    Account,
    Format,
    Map,
    Paths,
    TableKind,
    Yes,
    asking,
    mapping_of,
    show_enrich,
    show_import,
)
from jianwei.common.i18n import catalog, guess_language

if TYPE_CHECKING:
    from jianwei.report import ReportPage
    from jianwei.workspace.analyze import Analysis

__all__ = ["register"]

Output = Annotated[Path, typer.Option("--output", "-o", metavar="FILE", help=words("option.output"))]
Language = Annotated[str | None, typer.Option("--language", help=words("option.language"))]
NoFiles = Annotated[bool, typer.Option("--no-files", help=words("option.no_files"))]

REPORT = Path("report.html")


def _show(page: ReportPage, path: Path, folder: Path | None) -> None:
    """The opening sentences and where the report lies."""
    out = console()
    texts = catalog(guess_language())
    out.print()
    for message in page.opening:
        out.print(f"· {message.text(texts)}", markup=False)
    out.print()
    out.print(words("analyze.report", path=path), style="bold", markup=False)
    if folder is not None:
        out.print(words("analyze.tables", path=folder), markup=False)


def _summary(done: Analysis) -> dict[str, object]:
    texts = catalog(guess_language())
    return {
        "imported": done.imported,
        "enriched": done.enriched,
        "opening": [message.text(texts) for message in done.page.opening],
        "report": str(done.path),
        "seconds": done.seconds,
    }


def register(app: typer.Typer) -> None:
    """Add these commands to the application."""

    @app.command("analyze", help=words("help.analyze"))
    @command
    def analyze_(
        paths: Paths,
        output: Output = REPORT,
        all: Annotated[bool, typer.Option("--all", help=words("option.all"))] = False,
        workspace: WorkspaceFolder = FOLDER,
        language: Language = None,
        no_files: NoFiles = False,
        account: Account = None,
        format: Format = "auto",
        map: Map = None,
        table: TableKind = None,
        yes: Yes = False,
        json: AsJson = False,
        quiet: Quiet = False,
    ) -> int:
        from jianwei.common.progress import open_progress
        from jianwei.workspace.analyze import analyze

        with opened(workspace, language=language) as ws, open_progress(quiet=quiet or json) as progress:
            done = analyze(
                ws,
                paths,
                output=output,
                whole=all,
                language=language,
                files=not no_files,
                account=account,
                format=format,
                mapping=mapping_of(map),
                table=table,
                progress=progress,
                decide=asking(yes=yes),
            )
        if json:
            typer.echo(as_json(_summary(done)))
        else:
            show_import(done.imported)
            show_enrich(done.enriched)
            _show(done.page, done.path, done.folder)
        return 0 if done.imported.complete else INCOMPLETE

    @app.command("report", help=words("help.report"))
    @command
    def report_(
        output: Output = REPORT,
        workspace: WorkspaceFolder = FOLDER,
        language: Language = None,
        no_files: NoFiles = False,
        quiet: Quiet = False,
    ) -> None:
        from jianwei.common.progress import open_progress
        from jianwei.report import data_folder
        from jianwei.workspace.analyze import report

        with opened(workspace, language=language) as ws, open_progress(quiet=quiet) as progress:
            page, path = report(ws, output=output, language=language, files=not no_files, progress=progress)
        _show(page, path, None if no_files else data_folder(path))

    @app.command("demo", help=words("help.demo"))
    @command
    def demo(
        folder: Annotated[Path, typer.Option("--folder", metavar="DIR", help=words("option.demo_folder"))] = Path(
            "demo"
        ),
        seed: Annotated[int, typer.Option("--seed", help=words("option.seed"))] = 7,
        customers: Annotated[
            int, typer.Option("--customers", min=20, max=20_000, help=words("option.customers"))
        ] = 400,
        days: Annotated[int, typer.Option("--days", min=21, max=730, help=words("option.days"))] = 60,
        language: Language = None,
        quiet: Quiet = False,
    ) -> None:
        from jianwei.common.progress import open_progress
        from jianwei.render.draw import rasterized
        from jianwei.sandbox.population import simulate, write_files, write_pictures
        from jianwei.workspace.analyze import analyze

        with open_progress(quiet=quiet) as progress:
            shop = simulate(seed=seed, customers=customers, days=days)
            write_files(shop, folder / "files")
            write_pictures(shop, folder / "files" / "手机相册", rasterized)
            with opened(folder / "workspace", language=language) as ws:
                done = analyze(
                    ws, [folder / "files"], output=folder / "report.html", language=language, progress=progress
                )
        console().print(
            words(
                "demo.simulated",
                customers=len(shop.customers),
                messages=len(shop.messages),
                orders=len(shop.orders),
                folder=folder / "files",
            ),
            markup=False,
        )
        show_import(done.imported)
        show_enrich(done.enriched)
        _show(done.page, done.path, done.folder)
