"""jianwei models: which models there are, where they lie, whether they are whole; fetching them."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import msgspec
import typer

from jianwei.cli._door import AsJson, Quiet, as_json, command, console, show_table
from jianwei.cli.text._parts import clipped
from jianwei.common.i18n import catalog, guess_language
from jianwei.errors import UsageError

if TYPE_CHECKING:
    from jianwei.models.verify import ModelState

__all__ = ["register"]

OWN_USE = "classifier"


def _words(key: str, /, **values: object) -> str:
    return catalog(guess_language()).text(f"models.{key}", **values)


class _Row(msgspec.Struct, frozen=True):
    """One model as `--json` shows it."""

    name: str
    use: str
    state: str
    source: str | None
    where: str
    size: int
    licence: str
    origin: str
    extra: str
    hint: str

    @classmethod
    def of(cls, state: ModelState) -> _Row:
        model = state.model
        hint = model.hint if state.state in ("missing", "damaged") else ""
        return cls(
            model.name, model.use, state.state, state.source, state.where, model.size, model.licence, model.source, model.extra, hint,
        )  # fmt: skip


def register(app: typer.Typer) -> None:
    """Add these commands to the application."""
    group = typer.Typer(no_args_is_help=True)
    _looking(group)
    _pulling(group)
    app.add_typer(group, name="models", help=_words("help.models"))


def _show(rows: list[_Row], *, json: bool) -> None:
    if json:
        typer.echo(as_json(rows))
        return
    names = [_words(f"column.{name}") for name in ("name", "use", "state", "size", "licence")]
    show_table(
        names,
        (
            (row.name, _use(row.use), _words(f"state.{row.state}"), round(row.size / 1e6, 1), _licence(row.licence))
            for row in rows
        ),
    )
    _show_todo(rows)


def _use(use: str) -> str:
    """What a model does, in the reader's language where it is known."""
    texts, key = catalog(guess_language()), f"models.use.{use.replace(' ', '_')}"
    return clipped(texts.text(key) if texts.has(key) else use, 19)


def _licence(licence: str) -> str:
    """Its name without the remarks; `--json` has them."""
    return clipped(licence.partition(" (")[0], 14)


def _show_todo(rows: list[_Row]) -> None:
    """What is damaged, and the one command that adds what is missing."""
    out = console()
    for row in rows:
        if row.state == "damaged":
            out.print(_words("damaged", name=row.name, where=row.where, hint=row.hint), markup=False)
    missing = [row for row in rows if row.state == "missing"]
    pulled = [row.name for row in missing if row.hint == f"jianwei models pull {row.name}"]
    adds = {"jianwei models pull NAME": pulled} if pulled else {}
    for row in missing:
        if row.name not in pulled:
            adds.setdefault(row.hint, []).append(row.name)
    for what, names in adds.items():
        out.print(_words("adds", command=what, names=", ".join(names)), markup=False)


def _looking(group: typer.Typer) -> None:
    @group.command("list", help=_words("help.list"))
    @command
    def list_models(json: AsJson = False) -> None:
        from jianwei.models.verify import check_model, known_models

        _show([_Row.of(check_model(model)) for model in known_models()], json=json)

    @group.command("verify", help=_words("help.verify"))
    @command
    def verify(
        names: Annotated[list[str] | None, typer.Argument(metavar="NAME", help=_words("argument.names"))] = None,
        json: AsJson = False,
    ) -> int:
        from jianwei.models.lock import known_model
        from jianwei.models.verify import check_model, known_models

        asked = [known_model(name) for name in names] if names else known_models()
        states = [state for state in map(check_model, asked) if names or state.state != "missing"]
        bad = [state for state in states if state.state in ("missing", "damaged")]
        if json or bad:
            _show([_Row.of(state) for state in (states if json else bad)], json=json)
        else:
            console().print(_words("whole"), markup=False)
        return 1 if bad else 0

    @group.command("path", help=_words("help.path"))
    @command
    def path(name: Annotated[str, typer.Argument(metavar="NAME", help=_words("argument.name"))]) -> None:
        from jianwei.models import known_model
        from jianwei.models.folders import checked_places

        model = known_model(name)
        paths = [place.path for place in checked_places(model)]
        alone = len(paths) == 1 and "/" not in model.files[0].file
        for path in dict.fromkeys(paths if alone else [path.parent for path in paths]):
            typer.echo(str(path))


def _pulling(group: typer.Typer) -> None:
    @group.command("pull", help=_words("help.pull"))
    @command
    def pull(
        name: Annotated[str, typer.Argument(metavar="NAME", help=_words("argument.name"))],
        sources: Annotated[
            list[str] | None, typer.Option("--from", metavar="SOURCE", help=_words("option.from"))
        ] = None,
        sha256: Annotated[list[str] | None, typer.Option("--sha256", help=_words("option.sha256"))] = None,
        use: Annotated[str | None, typer.Option("--use", show_default=OWN_USE, help=_words("option.use"))] = None,
        quiet: Quiet = False,
        json: AsJson = False,
    ) -> None:
        from jianwei.common.progress import open_progress
        from jianwei.models.lock import known_model, shipped_lock
        from jianwei.models.pull import pull_given, pull_model, pull_own

        if (sha256 or use is not None) and not sources:
            raise UsageError("--sha256" if sha256 else "--use", _words("needs_from"), _words("needs_from_hint"))
        with open_progress(quiet=quiet) as progress:
            shipped = shipped_lock().get(name)
            if sources and shipped is not None and not sha256:
                done = pull_given(shipped, sources, progress=progress)
            elif sources:
                done = pull_own(name, sources, sha256=sha256 or (), use=use or OWN_USE, progress=progress)
            else:
                done = pull_model(known_model(name), progress=progress)
        if json:
            typer.echo(as_json({"name": name, "folder": str(done.folder), "fetched": done.fetched, "kept": done.kept}))
            return
        if not done.fetched:
            console().print(_words("nothing"), markup=False)
        console().print(
            _words("fetched", name=name, folder=Path(done.folder), size=done.model.size / 1e6), markup=False
        )
