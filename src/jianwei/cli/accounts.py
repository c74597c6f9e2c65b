"""jianwei accounts: who we are on the platforms, and what each account may do there."""

from __future__ import annotations

import os
import sys
from collections.abc import Iterator
from typing import TYPE_CHECKING, Annotated

import typer

from jianwei.cli._door import FOLDER, AsJson, WorkspaceFolder, as_json, command, console, opened, show_table
from jianwei.common.i18n import catalog, guess_language
from jianwei.errors import UsageError
from jianwei.settings import Secret

if TYPE_CHECKING:
    from jianwei.workspace.account_checks import AccountReport

__all__ = ["register"]

_MARKS = {"ok": "✓", "yes": "✓", "broken": "✗", "no": "✗", "unknown": "?"}


def _words(key: str, /, **values: object) -> str:
    return catalog(guess_language()).text(f"accounts.{key}", **values)


Name = Annotated[str, typer.Argument(metavar="NAME", help=_words("argument.name"))]


class _Secrets:
    """Where secrets come from: the environment, standard input (one a line), or the terminal; never the command's arguments."""

    def __init__(self, *, stdin: bool) -> None:
        self._lines: Iterator[str] | None = iter(sys.stdin.read().splitlines()) if stdin else None

    def ask(self, part: str, *, needed: bool) -> Secret | None:
        """The secret called `part` ("secret", "token" or "aes_key").

        Raises:
            UsageError: it is needed and nobody gave it.
        """
        variable = f"JIANWEI_{part.upper()}"
        if value := os.environ.get(variable):
            return Secret(value)
        if not needed:
            return None
        if self._lines is not None:
            value = next(self._lines, "").strip()
        elif sys.stdin.isatty():
            value = typer.prompt(_words(f"ask.{part}"), hide_input=True, err=True).strip()
        else:
            value = ""
        if not value:
            raise UsageError(part, _words("missing"), _words("missing_hint", variable=variable))
        return Secret(value)


def register(app: typer.Typer) -> None:
    """Add these commands to the application."""
    group = typer.Typer(no_args_is_help=True)
    _keeping(group)
    _looking(group)
    _opening(group)
    app.add_typer(group, name="accounts", help=_words("help.accounts"))


def _keeping(group: typer.Typer) -> None:
    @group.command("add", help=_words("help.add"))
    @command
    def add(
        name: Name,
        kind: Annotated[str, typer.Option("--kind", help=_words("option.kind"))],
        app_id: Annotated[str, typer.Option("--app-id", help=_words("option.app_id"))],
        secret: Annotated[bool, typer.Option("--secret/--no-secret", help=_words("option.secret"))] = True,
        token: Annotated[bool, typer.Option("--token", help=_words("option.token"))] = False,
        aes_key: Annotated[bool, typer.Option("--aes-key", help=_words("option.aes_key"))] = False,
        secret_stdin: Annotated[bool, typer.Option("--secret-stdin", help=_words("option.secret_stdin"))] = False,
        agent_id: Annotated[str | None, typer.Option("--agent-id", help=_words("option.agent_id"))] = None,
        webhook_url: Annotated[str | None, typer.Option("--webhook-url", help=_words("option.webhook_url"))] = None,
        redirect_url: Annotated[str | None, typer.Option("--redirect-url", help=_words("option.redirect_url"))] = None,
        mode: Annotated[str | None, typer.Option("--mode", help=_words("option.mode"))] = None,
        base_url: Annotated[str | None, typer.Option("--base-url", help=_words("option.base_url"))] = None,
        workspace: WorkspaceFolder = FOLDER,
        json: AsJson = False,
    ) -> None:
        from jianwei.store import Account
        from jianwei.workspace.accounts import AccountRow, add_account

        if mode not in (None, "plain", "compatible", "secure"):
            raise UsageError("--mode", _words("unknown_mode", mode=mode), "plain, compatible, secure")
        given = _Secrets(stdin=secret_stdin)
        extra = {
            "agent_id": agent_id,
            "webhook_url": webhook_url,
            "redirect_url": redirect_url,
            "mode": mode,
            "base_url": base_url,
        }
        with opened(workspace) as ws:
            account = add_account(
                ws,
                Account(
                    name=name,
                    kind=kind,  # type: ignore[arg-type]  # the account itself says which kinds there are
                    app_id=app_id,
                    secret=given.ask("secret", needed=secret),
                    token=given.ask("token", needed=token),
                    aes_key=given.ask("aes_key", needed=aes_key),
                    attrs={key: value for key, value in extra.items() if value is not None},
                ),
            )
        if json:
            typer.echo(as_json(AccountRow.of(account)))
        else:
            console().print(_words("added", name=account.name), markup=False)

    @group.command("remove", help=_words("help.remove"))
    @command
    def remove(
        name: Name,
        yes: Annotated[bool, typer.Option("--yes", "-y", help=_words("option.yes"))] = False,
        workspace: WorkspaceFolder = FOLDER,
    ) -> int:
        from jianwei.workspace.accounts import remove_account

        if not yes and not (sys.stdin.isatty() and typer.confirm(_words("ask.remove", name=name))):
            raise UsageError("remove", _words("not_confirmed"), "--yes")
        with opened(workspace) as ws:
            known = remove_account(ws, name)
        console().print(_words("removed" if known else "unknown", name=name), markup=False)
        return 0 if known else 1


def _looking(group: typer.Typer) -> None:
    @group.command("list", help=_words("help.list"))
    @command
    def list_(workspace: WorkspaceFolder = FOLDER, json: AsJson = False) -> None:
        from jianwei.workspace.accounts import list_accounts

        with opened(workspace) as ws:
            rows = list_accounts(ws)
        if json:
            typer.echo(as_json(rows))
            return
        if not rows:
            console().print(_words("none"), markup=False)
            return
        names = [_words(f"column.{part}") for part in ("name", "kind", "app", "secrets")]
        show_table(names, [[row.name, _words(f"kind.{row.kind}"), row.app_id, ", ".join(_kept(row))] for row in rows])

    @group.command("test", help=_words("help.test"))
    @command
    def test(
        name: Name,
        webhook_url: Annotated[str | None, typer.Option("--webhook-url", help=_words("option.webhook_url"))] = None,
        workspace: WorkspaceFolder = FOLDER,
        json: AsJson = False,
    ) -> int:
        from jianwei.workspace.account_checks import examine_account
        from jianwei.workspace.accounts import open_account

        with opened(workspace) as ws:
            report = examine_account(ws, open_account(ws, name), webhook_url=webhook_url)
        if json:
            typer.echo(as_json(report))
        else:
            _show(report)
        return 0 if report.usable else 1


def _opening(group: typer.Typer) -> None:
    @group.command("key", help=_words("help.key"))
    @command
    def key(json: AsJson = False) -> None:
        from jianwei.workspace.accounts import new_key

        made = new_key().reveal()  # this is the one place where it is shown: nothing else knows it
        if json:
            typer.echo(as_json({"key": made}))
            return
        typer.echo(made)
        console(stderr=True).print(_words("key_hint"), markup=False)

    @group.command("login", help=_words("help.login"))
    @command
    def login(
        name: Name,
        redirect: Annotated[str | None, typer.Option("--redirect", help=_words("option.redirect_url"))] = None,
        paste: Annotated[bool, typer.Option("--paste", help=_words("option.paste"))] = False,
        workspace: WorkspaceFolder = FOLDER,
    ) -> None:
        from jianwei.workspace.accounts import open_account
        from jianwei.workspace.weibo_login import begin_login, finish_login, wait_for_redirect

        with opened(workspace) as ws:
            pending = begin_login(open_account(ws, name, ("weibo",)), redirect=redirect)
            console(stderr=True).print(_words("login_open"), markup=False)
            typer.echo(pending.url)
            if pending.local and not paste:
                code = wait_for_redirect(pending, _page)
            else:
                code = typer.prompt(_words("ask.code"), err=True) if sys.stdin.isatty() else sys.stdin.readline()
            finish_login(ws, pending, code)
        console().print(_words("logged_in", name=name), markup=False)


def _kept(row: object) -> Iterator[str]:
    return (_words(f"secret.{part}") for part in ("secret", "token", "aes_key") if getattr(row, part))


def _page(well: bool) -> str:
    from html import escape

    text = escape(_words("page.done" if well else "page.failed"))
    return f"<!doctype html><meta charset=utf-8><title>Jianwei</title><p style='font:1.1rem sans-serif;margin:4rem'>{text}</p>"


def _show(report: AccountReport) -> None:
    """Checks, then the table of abilities, with what to do about what is missing."""
    out = console()
    for check in report.checks:
        detail = check.detail or (_words("cannot_tell") if check.state == "unknown" else "")
        said = " · ".join(filter(None, (_words(f"check.{check.part}"), detail)))
        out.print(f"{_MARKS[check.state]} {said}", markup=False)
        if check.hint:
            out.print(f"    {_words('todo', hint=check.hint)}", markup=False)
    if report.abilities:
        names = [_words(f"column.{part}") for part in ("ability", "state", "todo")]
        lines = []
        for found in report.abilities:
            todo = (
                ""
                if found.state == "yes"
                else " ".join(filter(None, (f"[{found.code}]" if found.code else "", found.hint or found.detail)))
            )
            lines.append([_words(f"ability.{found.name}"), _MARKS[found.state], todo])
        show_table(names, lines)
