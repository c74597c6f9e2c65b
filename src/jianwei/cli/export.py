"""jianwei export, doctor: records as files, and what works here."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from jianwei.cli._door import FOLDER, AsJson, WorkspaceFolder, as_json, command, console, opened, show_table, words
from jianwei.common.i18n import catalog, guess_language

__all__ = ["register"]


def register(app: typer.Typer) -> None:
    """Add these commands to the application."""

    @app.command("export", help=words("help.export"))
    @command
    def export(
        what: Annotated[str, typer.Argument(metavar="TABLE", help=words("argument.export_table"))],
        path: Annotated[Path, typer.Argument(metavar="FILE", help=words("argument.export_file"))],
        conversation: Annotated[str | None, typer.Option("--conversation", help=words("option.conversation"))] = None,
        workspace: WorkspaceFolder = FOLDER,
    ) -> None:
        from jianwei.workspace.export import export_conversation, export_table

        with opened(workspace) as ws:
            rows = export_table(ws, what, path) if conversation is None else export_conversation(ws, conversation, path)
        console().print(words("export.done", rows=rows, path=path), markup=False)

    @app.command("doctor", help=words("help.doctor"))
    @command
    def doctor(workspace: WorkspaceFolder = FOLDER, json: AsJson = False) -> int:
        from jianwei.workspace.doctor import examine

        # Looking must not create a workspace that was only mistyped.
        if workspace.joinpath("state.db").exists():
            with opened(workspace) as ws:
                checks = examine(ws.store)
        else:
            checks = examine(None)
        if json:
            typer.echo(as_json(checks))
        else:
            names = [words(f"doctor.{name}") for name in ("part", "state", "detail")]
            show_table(names, [[_part(c.part), words(f"doctor.{c.state}"), c.detail] for c in checks])
        return 1 if any(c.state == "broken" for c in checks) else 0


def _part(name: str) -> str:
    """What was looked at, in the reader's language where it is known."""
    texts, key = catalog(guess_language()), f"doctor.part.{name}"
    if name.startswith("table "):
        return texts.text("doctor.table", name=name.removeprefix("table "))
    return texts.text(key) if texts.has(key) else name
