"""jianwei look: what pictures show."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from jianwei.cli._door import INCOMPLETE, AsJson, Quiet, command
from jianwei.cli._seen import Shown, show_all, words
from jianwei.common.progress import open_progress
from jianwei.errors import UsageError

__all__ = ["register"]


def register(app: typer.Typer) -> None:
    """Add the command to the application."""

    @app.command("look", help=words("help.look"))
    @command
    def look(
        files: Annotated[list[Path] | None, typer.Argument(metavar="[IMAGE]...", help=words("argument.files"))] = None,
        parts: Annotated[str | None, typer.Option("--parts", metavar="NAME,…", help=words("option.parts"))] = None,
        near: Annotated[bool, typer.Option("--near", help=words("option.near"))] = False,
        distance: Annotated[int, typer.Option("--distance", min=0, max=32, help=words("option.distance"))] = 6,
        liveness: Annotated[bool, typer.Option("--liveness", help=words("option.liveness"))] = False,
        draw: Annotated[Path | None, typer.Option("--draw", metavar="DIR", help=words("option.draw"))] = None,
        models: Annotated[Path | None, typer.Option("--models", metavar="DIR", help=words("option.models"))] = None,
        threads: Annotated[int, typer.Option("--threads", min=1, max=256, help=words("option.threads"))] = 1,
        limit: Annotated[int, typer.Option("--limit", min=1, help=words("option.limit"))] = 20,
        quiet: Quiet = False,
        json: AsJson = False,
    ) -> int:
        from jianwei.vision.looking import open_looker
        from jianwei.workspace.pictures.finding import find_pictures

        if not files:
            raise UsageError("look", words("no_files"), words("no_files_hint"))
        if models is not None and not models.is_dir():
            raise UsageError("--models", words("no_folder", path=models), words("no_folder_hint"))
        chosen = _parts(parts)
        pictures = find_pictures(files)
        looker = open_looker(models, parts=chosen, threads=threads)
        shown = Shown(json=json, limit=limit, near=distance if near else None, draw=draw, models=models)
        with open_progress(quiet=quiet or json) as progress:
            rejected = show_all(pictures, looker, liveness=liveness, shown=shown, progress=progress)
        return INCOMPLETE if rejected else 0


def _parts(given: str | None) -> tuple[str, ...]:
    """Parts to look for; "hash" alone looks for none, and is enough for near-duplicates."""
    from jianwei.vision.looking import PARTS

    if given is None:
        return PARTS
    names = tuple(dict.fromkeys(name.strip().lower() for name in given.split(",") if name.strip()))
    if unknown := [name for name in names if name not in (*PARTS, "hash")]:
        raise UsageError("--parts", words("no_part", name=unknown[0]), ", ".join((*PARTS, "hash")))
    return tuple(name for name in names if name != "hash")
