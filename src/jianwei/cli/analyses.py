"""jianwei behavior … and mine …: every analysis of the catalog as a command, its options made from the question's settings."""

from __future__ import annotations

import inspect
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Annotated, Any, Literal

import typer

from jianwei.cli._door import FOLDER, AsJson, WorkspaceFolder, command, opened, show, words
from jianwei.cli.mine import FROM_FILES, READABLE, mining_command, show_mined
from jianwei.common.i18n import catalog, guess_language
from jianwei.questions.catalog import CATALOG, Entry, Setting, settings_of

__all__ = ["register"]

_TYPES: dict[str, Any] = {
    "int": int,
    "float": float,
    "str": str,
    "bool": bool,
    "int | None": int | None,
    "float | None": float | None,
    "str | None": str | None,
}


def register(app: typer.Typer, asked: frozenset[str]) -> None:
    """Add a command for every entry of the catalog.

    Args:
        app: the application.
        asked: words of the command line; only an entry named there is loaded for its options, the others show their one line of help.
    """
    for group_name in dict.fromkeys(entry.group for entry in CATALOG):
        group = typer.Typer(no_args_is_help=True)
        for entry in CATALOG:
            if entry.group == group_name:
                text = catalog(guess_language()).text(f"questions.{entry.name}.title")
                settings = (
                    [_parameter(entry, setting) for setting in settings_of(entry.load())] if entry.name in asked else []
                )
                make = mining_command if entry.name in FROM_FILES else _command
                group.command(entry.name, help=text)(make(entry, settings))
        app.add_typer(group, name=group_name, help=words(f"help.{group_name}"))


def _command(entry: Entry, settings: Sequence[inspect.Parameter]) -> Callable[..., None]:
    @command
    def run(workspace: Path, json: bool, **given: Any) -> int:
        values = {name: tuple(value) if isinstance(value, list) else value for name, value in given.items()}
        with opened(workspace) as ws:
            result = ws.answer(entry.load()(**values))
            if entry.name in READABLE:
                return show_mined(entry.name, result, json=json)
            if entry.name == "unsafe":
                from jianwei.cli._unsafe import show_unsafe

                return show_unsafe(result, json=json, zone=ws.settings.timezone)
            return show(result, json=json, zone=ws.settings.timezone)

    own = [_keyword("workspace", WorkspaceFolder, FOLDER), _keyword("json", AsJson, False)]
    run.__signature__ = inspect.Signature([*settings, *own])  # type: ignore[attr-defined]
    return run


def _keyword(name: str, annotation: Any, default: Any) -> inspect.Parameter:
    return inspect.Parameter(name, inspect.Parameter.KEYWORD_ONLY, annotation=annotation, default=default)


def _parameter(entry: Entry, setting: Setting) -> inspect.Parameter:
    texts = catalog(guess_language())
    key = f"questions.{entry.name}.settings.{setting.name}"
    line = texts.text(key) if texts.has(key) else setting.help
    name = setting.name.replace("_", "-")
    spelled = f"--{name}/--no-{name}" if setting.default is True else f"--{name}"
    option = typer.Option(spelled, help=line, min=setting.minimum, max=setting.maximum)
    kind: Any = list[str] if setting.type.startswith("tuple") else _TYPES[setting.type]
    if setting.choices is not None:
        kind = Literal[setting.choices]
        kind = kind | None if setting.default is None else kind
    default = list(setting.default) if isinstance(setting.default, tuple) else setting.default
    return _keyword(setting.name, Annotated[kind, option], default)
