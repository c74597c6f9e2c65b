"""jianwei same-person: which faces in the pictures of people who consented show one person."""

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
    show_table,
)
from jianwei.common.i18n import catalog, guess_language
from jianwei.errors import UsageError

if TYPE_CHECKING:
    from jianwei.workspace.pictures.same_faces import SameFacesResult

__all__ = ["register"]


def _words(key: str, /, **values: object) -> str:
    return catalog(guess_language()).text(f"same_person.{key}", **values)


def register(app: typer.Typer) -> None:
    """Add the command to the application."""

    @app.command("same-person", help=_words("help"))
    @command
    def same_person(
        of: Annotated[str | None, typer.Option("--of", metavar="PERSON", help=_words("option.of"))] = None,
        consent: Annotated[str | None, typer.Option("--consent", metavar="TEXT", help=_words("option.consent"))] = None,
        withdraw: Annotated[bool, typer.Option("--withdraw", help=_words("option.withdraw"))] = False,
        models: Annotated[Path | None, typer.Option("--models", metavar="DIR", help=_words("option.models"))] = None,
        workspace: WorkspaceFolder = FOLDER,
        json: AsJson = False,
        quiet: Quiet = False,
    ) -> int:
        from jianwei.common.progress import open_progress
        from jianwei.workspace.pictures.same_faces import consent_to_faces, same_faces

        if (of is not None) != (withdraw or consent is not None) or (withdraw and consent is not None):
            raise UsageError("same-person", _words("together"), _words("together_hint"))
        with opened(workspace) as ws:
            if of is not None:
                user = consent_to_faces(ws, of, basis=consent)
                told = _words("withdrawn" if withdraw else "recorded", person=of, user=user)
                typer.echo(as_json({"user_id": user, "consents": not withdraw}) if json else told)
                return 0
            with open_progress(quiet=quiet or json) as progress:
                found = same_faces(ws, models=models, progress=progress)
        if json:
            typer.echo(as_json(found))
        else:
            _show(found)
        return INCOMPLETE if found.unread else 0


def _show(found: SameFacesResult) -> None:
    rows = found.rows.to_pylist()
    groups = max((row["group"] for row in rows), default=0)
    out = console()
    out.print(
        _words("found", faces=len(rows), persons=groups, pictures=found.pictures, people=found.people), markup=False
    )
    for name in ("without_consent", "unread", "not_looked"):
        if count := getattr(found, name):
            out.print(_words(name, pictures=count), markup=False)
    if rows:
        lines = [(row["group"], row["name"], row["path"], row["face"] + 1) for row in rows]
        show_table([_words(f"column.{name}") for name in ("group", "name", "path", "face")], lines)
