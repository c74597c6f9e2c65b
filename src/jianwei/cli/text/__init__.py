"""jianwei text: what texts in files say, without a workspace. The parts of the group are one file a kind of work."""

from __future__ import annotations

import typer

from jianwei.cli.text import extracting, judging, shaping, training
from jianwei.cli.text._parts import words

__all__ = ["register"]


def register(app: typer.Typer) -> None:
    """Add these commands to the application."""
    group = typer.Typer(no_args_is_help=True)
    for part in (judging, extracting, shaping, training):
        part.register(group)
    app.add_typer(group, name="text", help=words("help.text"))
