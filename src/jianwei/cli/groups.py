"""jianwei groups, mentions: who is in which group, and who was called there."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from datetime import datetime
from pathlib import Path
from typing import TYPE_CHECKING, Annotated
from zoneinfo import ZoneInfo

import typer

from jianwei.cli._door import FOLDER, AsJson, WorkspaceFolder, as_json, command, console, opened, show_table
from jianwei.common.i18n import catalog, guess_language

if TYPE_CHECKING:
    import pyarrow as pa

    from jianwei.query._base import Reader

__all__ = ["register"]

_TABLES = ("conversations", "members", "messages", "names", "users")


def _words(key: str, /, **values: object) -> str:
    return catalog(guess_language()).text(f"groups.{key}", **values)


def _show(workspace: Path, read: Callable[[Reader], pa.Table], shown: Iterable[str], *, json: bool) -> None:
    """Read from one snapshot and print; times in the workspace's zone."""
    from jianwei.engines import Scope

    with opened(workspace) as ws:
        zone = ws.settings.timezone
        with ws.engine.open(ws.store.lake.snapshot(_TABLES), Scope(zone)) as session:
            table = read(session)
    rows = table.to_pylist()
    if json:
        typer.echo(as_json(rows))
        return
    if not rows:
        console().print(_words("none"), markup=False)
        return
    names = list(shown)
    lines = [[_cell(row[name], name, zone) for name in names] for row in rows]
    show_table([_words(f"column.{name.removesuffix('_us')}") for name in names], lines)


def _cell(value: object, name: str, zone: str) -> object:
    if name.endswith("_us") and isinstance(value, int):
        return datetime.fromtimestamp(value / 1e6, ZoneInfo(zone)).strftime("%Y-%m-%d %H:%M")
    if name == "role" and isinstance(value, str):
        key = f"role.{value}"
        return _words(key) if catalog(guess_language()).has(f"groups.{key}") else value
    return value


def register(app: typer.Typer) -> None:
    """Add these commands to the application."""
    group = typer.Typer(no_args_is_help=True)

    @group.command("list", help=_words("help.list"))
    @command
    def list_(workspace: WorkspaceFolder = FOLDER, json: AsJson = False) -> None:
        from jianwei.query.groups import groups

        _show(workspace, groups, ("group", "owner", "members", "messages", "last_us"), json=json)

    @group.command("members", help=_words("help.members"))
    @command
    def members(
        name: Annotated[str, typer.Argument(metavar="GROUP", help=_words("argument.group"))],
        workspace: WorkspaceFolder = FOLDER,
        json: AsJson = False,
    ) -> None:
        from jianwei.query import groups

        shown = ("name", "in_group", "role", "joined_us", "left_us", "messages")
        _show(workspace, lambda reader: groups.members(reader, name), shown, json=json)

    @app.command("mentions", help=_words("help.mentions"))
    @command
    def mentions(
        of: Annotated[str | None, typer.Option("--of", metavar="PERSON", help=_words("option.of"))] = None,
        limit: Annotated[int, typer.Option("--limit", min=1, help=_words("option.limit"))] = 50,
        workspace: WorkspaceFolder = FOLDER,
        json: AsJson = False,
    ) -> None:
        from jianwei.query import groups

        shown = ("ts_us", "group", "by", "text")
        _show(workspace, lambda reader: groups.mentions(reader, of, limit=limit), shown, json=json)

    app.add_typer(group, name="groups", help=_words("help.groups"))
