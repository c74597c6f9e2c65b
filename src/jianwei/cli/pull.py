"""jianwei pull: what the platforms keep for an account."""

from __future__ import annotations

import time
from datetime import date
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
    from jianwei.common.progress import Progress
    from jianwei.ingest.pull import PartReport, PullOptions, PullReport

__all__ = ["register", "show_pull"]


NOTED = 5.0
"""Waits that are longer, in seconds, are told."""


def _words(key: str, /, **values: object) -> str:
    return catalog(guess_language()).text(f"pull.{key}", **values)


Account = Annotated[str | None, typer.Argument(metavar="NAME", help=_words("argument.name"), show_default=False)]
Only = Annotated[str | None, typer.Option("--only", metavar="PART,…", help=_words("option.only"))]
Since = Annotated[str | None, typer.Option("--since", metavar="YYYY-MM-DD", help=_words("option.since"))]
Until = Annotated[str | None, typer.Option("--until", metavar="YYYY-MM-DD", help=_words("option.until"))]


def _options(
    progress: Progress, only: str | None = None, since: str | None = None, until: str | None = None
) -> PullOptions:
    from jianwei.ingest.pull import PullOptions

    names = None if only is None else frozenset(name.strip() for name in only.split(",") if name.strip())

    def wait(seconds: float) -> None:
        if seconds > NOTED:
            progress.note(_words("waiting", seconds=seconds))
        time.sleep(seconds)

    return PullOptions(only=names, since=_day("--since", since), until=_day("--until", until), sleep=wait)


def _day(option: str, text: str | None) -> date | None:
    try:
        return None if text is None else date.fromisoformat(text)
    except ValueError:
        raise UsageError(option, _words("no_day", text=text), "YYYY-MM-DD") from None


def _keys(pairs: list[str] | None) -> dict[int, Path]:
    """ "1=key.pem" → {1: Path("key.pem")}"""
    found = {}
    for pair in pairs or ():
        version, _, path = pair.partition("=")
        if not version.isdecimal() or not path:
            raise UsageError("--archive-key", _words("no_key", text=pair), "1=key.pem")
        found[int(version)] = Path(path)
    return found


def register(app: typer.Typer) -> None:
    """Add these commands to the application."""
    group = typer.Typer(no_args_is_help=True)

    @group.command("official-account", help=_words("help.official"))
    @command
    def official(
        name: Account = None,
        only: Only = None,
        since: Since = None,
        until: Until = None,
        workspace: WorkspaceFolder = FOLDER,
        json: AsJson = False,
        quiet: Quiet = False,
    ) -> int:
        from jianwei.common.progress import open_progress
        from jianwei.workspace.pull import pull_official_account

        with opened(workspace) as ws, open_progress(quiet=quiet or json) as progress:
            report = pull_official_account(ws, name, _options(progress, only, since, until), progress)
        return _end(report, json=json)

    @group.command("wecom", help=_words("help.wecom"))
    @command
    def wecom(
        name: Account = None,
        only: Only = None,
        since: Since = None,
        until: Until = None,
        archive_sdk: Annotated[Path | None, typer.Option("--archive-sdk", help=_words("option.archive_sdk"))] = None,
        archive_key: Annotated[
            list[str] | None, typer.Option("--archive-key", metavar="VERSION=FILE", help=_words("option.archive_key"))
        ] = None,
        archive_account: Annotated[
            str | None, typer.Option("--archive-account", help=_words("option.archive_account"))
        ] = None,
        media: Annotated[bool, typer.Option("--media", help=_words("option.media"))] = False,
        proxy: Annotated[str, typer.Option("--archive-proxy", help=_words("option.archive_proxy"))] = "",
        workspace: WorkspaceFolder = FOLDER,
        json: AsJson = False,
        quiet: Quiet = False,
    ) -> int:
        from jianwei.common.progress import open_progress
        from jianwei.workspace.pull import ArchiveOptions, pull_wecom

        archive = None
        if archive_sdk is not None:
            archive = ArchiveOptions(
                sdk=archive_sdk, keys=_keys(archive_key), account=archive_account, media=media, proxy=proxy
            )
        elif archive_key or archive_account or media or proxy:
            raise UsageError("--archive-sdk", _words("no_sdk"), "--archive-sdk libWeWorkFinanceSdk_C.so")
        with opened(workspace) as ws, open_progress(quiet=quiet or json) as progress:
            report = pull_wecom(ws, name, _options(progress, only, since, until), archive, progress)
        return _end(report, json=json)

    @group.command("weibo", help=_words("help.weibo"))
    @command
    def weibo(
        name: Account = None,
        post: Annotated[list[str] | None, typer.Option("--post", metavar="URL|ID", help=_words("option.post"))] = None,
        workspace: WorkspaceFolder = FOLDER,
        json: AsJson = False,
        quiet: Quiet = False,
    ) -> int:
        from jianwei.common.progress import open_progress
        from jianwei.workspace.pull import pull_weibo

        with opened(workspace) as ws, open_progress(quiet=quiet or json) as progress:
            report = pull_weibo(ws, name, post or [], _options(progress), progress)
        return _end(report, json=json)

    app.add_typer(group, name="pull", help=_words("help.pull"))


def _end(report: PullReport, *, json: bool) -> int:
    if json:
        typer.echo(as_json({"account": report.account, "complete": report.complete, "parts": report.parts}))
    else:
        show_pull(report)
    return 0 if report.complete else INCOMPLETE


def show_pull(report: PullReport) -> None:
    """Print what a pull did: a line a part, then what there is to say about each."""
    names = [_words(f"column.{name}") for name in ("part", "status", "read", "new")]
    lines = [
        [_words(f"part.{part.name}"), _words(f"status.{part.status}"), sum(part.read.values()), _tables(part)]
        for part in report.parts
    ]
    show_table(names, lines)
    for part in report.parts:
        for text in _said(part):
            console().print(f"{_words(f'part.{part.name}')}: {text}", markup=False)


def _tables(part: PartReport) -> str:
    """New rows by table, in words: "12 users, 3 messages"."""
    texts = catalog(guess_language())
    return texts.text("pull.and").join(
        f"{count:,} {texts.text(f'pull.table.{name}')}" for name, count in sorted(part.new.items()) if count
    )


def _said(part: PartReport) -> list[str]:
    texts = []
    if part.reason is not None:
        texts.append(_words(f"reason.{part.reason.code}", **{"what": "", "hint": "", **part.reason.values}))
    return texts + [_words(f"note.{code}", n=count) for code, count in part.notes.items()]
