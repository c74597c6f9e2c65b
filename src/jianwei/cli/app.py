"""Assembles the commands."""

from __future__ import annotations

from typing import Annotated

import typer

from jianwei import __version__
from jianwei.cli import (
    accounts,
    analyses,
    analyze,
    export,
    groups,
    importing,
    lm,
    look,
    models,
    pull,
    recommend,
    same_person,
    sandbox,
    serve,
    text,
    transcribe,
)
from jianwei.cli._door import words

__all__ = ["build_app"]


def _version(asked: bool) -> None:
    if asked:
        typer.echo(f"jianwei {__version__}")
        raise typer.Exit


def build_app(asked: frozenset[str] = frozenset()) -> typer.Typer:
    """The application; `asked` are the words of the command line (see `analyses.register`)."""
    app = typer.Typer(
        no_args_is_help=True,
        add_completion=False,
        rich_markup_mode=None,
        help=words("help.jianwei"),
        pretty_exceptions_enable=False,
    )

    @app.callback()
    def root(
        version: Annotated[
            bool, typer.Option("--version", callback=_version, is_eager=True, help=words("option.version"))
        ] = False,
    ) -> None:
        return None

    analyze.register(app)
    importing.register(app)
    analyses.register(app, asked)
    export.register(app)
    sandbox.register(app)
    serve.register(app)
    accounts.register(app)
    pull.register(app)
    groups.register(app)
    recommend.register(app)
    models.register(app)
    text.register(app)
    lm.register(app)
    look.register(app)
    same_person.register(app)
    transcribe.register(app)
    return app
