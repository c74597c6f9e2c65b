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

NEAR = 6


def register(app: typer.Typer) -> None:
    """Add the command to the application."""

    @app.command("look", help=words("help.look"))
    @command
    def look(
        files: Annotated[list[Path] | None, typer.Argument(metavar="IMAGE", help=words("argument.files"))] = None,
        parts: Annotated[str | None, typer.Option("--parts", metavar="NAME,…", help=words("option.parts"))] = None,
        near: Annotated[bool, typer.Option("--near", help=words("option.near"))] = False,
        distance: Annotated[
            int | None, typer.Option("--distance", min=0, max=32, show_default=str(NEAR), help=words("option.distance"))
        ] = None,
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
        if distance is not None and not near:
            raise UsageError("--distance", words("no_near"), words("no_near_hint"))
        if models is not None:
            _check_models(models)
        chosen = _parts(parts)
        pictures = find_pictures(files)
        looker = open_looker(models, parts=chosen, threads=threads)
        shown = Shown(
            json=json,
            limit=limit,
            near=(NEAR if distance is None else distance) if near else None,
            draw=draw,
            models=models,
        )
        with open_progress(quiet=quiet or json) as progress:
            rejected = show_all(pictures, looker, liveness=liveness, shown=shown, progress=progress)
        return INCOMPLETE if rejected else 0


def _check_models(folder: Path) -> None:
    """A folder in which no model is, changes nothing: whoever names it means another one.

    Raises:
        UsageError: it is none, or holds no file of a model.
    """
    from jianwei.models.verify import known_models

    if not folder.is_dir():
        raise UsageError("--models", words("no_folder", path=folder), words("no_folder_hint"))
    if not any((folder / entry.file).is_file() for model in known_models() for entry in model.entries):
        raise UsageError("--models", words("no_models", path=folder), words("no_models_hint"))


def _parts(given: str | None) -> tuple[str, ...]:
    """Parts to look for; "hash" alone looks for none, and is enough for near-duplicates."""
    from jianwei.vision.looking import PARTS

    if given is None:
        return PARTS
    names = tuple(dict.fromkeys(name.strip().lower() for name in given.split(",") if name.strip()))
    if unknown := [name for name in names if name not in (*PARTS, "hash")]:
        hint = words("no_part_hint", names=", ".join((*PARTS, "hash")))
        raise UsageError("--parts", words("no_part", name=unknown[0]), hint)
    if not names:
        raise UsageError("--parts", words("no_parts"), words("no_part_hint", names=", ".join((*PARTS, "hash"))))
    return tuple(name for name in names if name != "hash")
