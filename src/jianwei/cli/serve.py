"""jianwei serve: the webhook, log-ins and the work beside them."""

from __future__ import annotations

from typing import TYPE_CHECKING, Annotated

import typer

from jianwei.cli._door import FOLDER, AsJson, WorkspaceFolder, as_json, command, console, opened
from jianwei.common.i18n import catalog, guess_language

if TYPE_CHECKING:
    from jianwei.store import Account

__all__ = ["register"]


def _words(key: str, /, **values: object) -> str:
    return catalog(guess_language()).text(f"serve.cli.{key}", **values)


def register(app: typer.Typer) -> None:
    """Add this command to the application."""

    @app.command("serve", help=_words("help"))
    @command
    def serve(
        host: Annotated[str, typer.Option("--host", help=_words("host"))] = "127.0.0.1",
        port: Annotated[int, typer.Option("--port", help=_words("port"))] = 8000,
        workers: Annotated[int, typer.Option("--workers", help=_words("workers"))] = 1,
        url: Annotated[str | None, typer.Option("--url", help=_words("url"), envvar="JIANWEI_URL")] = None,
        handler: Annotated[
            str | None, typer.Option("--handler", metavar="MODULE:FUNCTION", help=_words("handler"))
        ] = None,
        jobs: Annotated[bool, typer.Option("--jobs/--no-jobs", help=_words("jobs"))] = True,
        workspace: WorkspaceFolder = FOLDER,
        json: AsJson = False,
    ) -> None:
        from jianwei.web.serving import check, run_web
        from jianwei.workspace.logs import set_up_log
        from jianwei.workspace.serve import ServeOptions
        from jianwei.workspace.serve import serve as go

        options = ServeOptions(host=host, port=port, workers=workers, public_url=url, handler=handler, jobs=jobs)
        with opened(workspace) as ws:
            accounts = check(ws, options)
            set_up_log(options.log_level)
            go(ws, options, run_web, lambda address: _say(address, url, accounts, json=json))


def _say(address: str, url: str | None, accounts: list[Account], *, json: bool) -> None:
    """Where the server is, and the addresses of every account."""
    from jianwei.web.making import addresses

    public = (url or address).rstrip("/")
    rows = [addresses(account, public) for account in accounts]
    if json:
        typer.echo(as_json({"address": address, "accounts": rows}))
        return
    out = console()
    out.print(_words("listening", address=address), markup=False)
    for row in rows:
        out.print(_words("account", name=row.name), markup=False)
        if row.webhook:
            out.print(_words("webhook", url=row.webhook), markup=False)
        if row.login:
            out.print(_words("login", url=row.login), markup=False)
    if not rows:
        out.print(_words("no_accounts"), markup=False)
    out.print(_words("stop"), markup=False)
