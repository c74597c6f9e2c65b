"""jianwei sandbox: the WeChat platform, simulated on this machine."""

from __future__ import annotations

import signal
import sys
import time
from typing import TYPE_CHECKING, Annotated, Any

import typer

from jianwei.cli._door import AsJson, as_json, command, complain, console
from jianwei.common.i18n import catalog, guess_language

if TYPE_CHECKING:
    from jianwei.sandbox.platform.standing import Standing

__all__ = ["register"]

TOKEN = "jianweisandbox"  # noqa: S105 - of a simulated account


def say(key: str, /, **values: object) -> str:
    """The sentence for `sandbox.cli.<key>` in the reader's language."""
    return catalog(guess_language()).text(f"sandbox.cli.{key}", **values)


def register(app: typer.Typer) -> None:
    """Add this command to the application."""

    @app.command("sandbox", help=say("help"))
    @command
    def sandbox(
        port: Annotated[int, typer.Option("--port", min=0, max=65_535, help=say("port"))] = 8090,
        callback: Annotated[str | None, typer.Option("--callback", metavar="URL", help=say("callback"))] = None,
        token: Annotated[str, typer.Option("--token", help=say("token"), envvar="JIANWEI_SANDBOX_TOKEN")] = TOKEN,
        aes_key: Annotated[
            str | None, typer.Option("--aes-key", help=say("aes_key"), envvar="JIANWEI_SANDBOX_AES_KEY")
        ] = None,
        mode: Annotated[str | None, typer.Option("--mode", help=say("mode"))] = None,
        format: Annotated[str, typer.Option("--format", help=say("format"))] = "xml",
        speed: Annotated[float | None, typer.Option("--speed", min=0.001, help=say("speed"))] = None,
        customers: Annotated[int, typer.Option("--customers", min=20, help=say("customers"))] = 400,
        days: Annotated[int, typer.Option("--days", min=14, help=say("days"))] = 60,
        seed: Annotated[int, typer.Option("--seed", help=say("seed"))] = 7,
        json: AsJson = False,
    ) -> int:
        from jianwei.sandbox.platform.envelopes import Wiring
        from jianwei.sandbox.platform.standing import standing

        wiring = None
        if callback is not None:
            way: Any = mode or ("plain" if aes_key is None else "secure")
            kind: Any = format
            wiring = Wiring(callback, token, aes_key, way, kind)
        for ends in (signal.SIGINT, signal.SIGTERM):  # a shell has its background jobs ignore the first
            signal.signal(ends, signal.default_int_handler)
        try:
            with standing(
                port=port, seed=seed, customers=customers, days=days, speed=speed, wiring=wiring, tell=_tell
            ) as stands:
                _show(stands, json=json)
                while True:
                    time.sleep(0.5)  # a signal that another thread gets does not wake this one
        except KeyboardInterrupt:
            return 0  # the ordinary end


def _tell(what: str) -> None:
    if what in ("waiting", "connected", "over"):
        console(stderr=True).print(say(what), markup=False)
    else:
        complain(what)


def _show(stands: Standing, *, json: bool) -> None:
    """Where it stands and what its accounts are called."""
    apps = stands.platform.apps.values()
    if json:
        rows = [
            {
                "kind": app.kind,
                "name": app.name,
                "app_id": app.app_id,
                "secret": app.secret,
                "original_id": app.original_id,
                "people": len(app.followers),
            }
            for app in apps
        ]
        typer.echo(as_json({"url": stands.url, "accounts": rows}))
    else:
        texts = catalog(guess_language())
        out = console()
        out.print(say("stands", url=stands.url), style="bold", markup=False)
        for app in apps:
            out.print(f"{texts.text(f'sandbox.index.kinds.{app.kind}')} · {app.name}", markup=False)
            out.print(f"  {app.app_id}  {app.secret}", markup=False)
        out.print(say("end"), markup=False)
    sys.stdout.flush()
