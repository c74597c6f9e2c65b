"""One web process: its accounts, its inbox, the application, uvicorn around it, and an orderly end."""

from __future__ import annotations

import asyncio
import gc
import logging
import signal
import socket
import time
from collections.abc import Generator
from contextlib import AbstractAsyncContextManager, contextmanager
from multiprocessing.synchronize import Event
from urllib.parse import urlsplit

import uvicorn

from jianwei.ingest.logins import keep_login
from jianwei.store import Account, Store
from jianwei.store.inbox import PostgresInbox, RemoteInbox, WriterInbox
from jianwei.store.secrets import Vault
from jianwei.web._site import Site
from jianwei.web.accounts import Accounts
from jianwei.web.answering import handler_of
from jianwei.web.app import create_app
from jianwei.web.making import Maker
from jianwei.web.sessions import Sessions
from jianwei.wechat._base import Inbox
from jianwei.wechat.oauth_app import LoggedIn
from jianwei.wechat.webhook import Webhook
from jianwei.workspace import Workspace, open_workspace
from jianwei.workspace.serve import ServeOptions, WebTask

__all__ = ["check", "run_web"]

log = logging.getLogger("jianwei.serve")

DRAIN_SECONDS = 8.0


def check(ws: Workspace, options: ServeOptions) -> list[Account]:
    """What would stop every web process is said before any is started; gives the accounts that will be served.

    Raises:
        SettingsError: there is no JIANWEI_KEY, or the handler cannot be loaded.
        StoreError: the accounts were sealed with another key.
    """
    handler_of(options.handler)
    return ws.store.accounts(Vault(ws.settings.key)).list()


def run_web(task: WebTask) -> None:
    """Serve on the task's socket until SIGTERM or SIGINT."""
    import uvloop

    with asyncio.Runner(loop_factory=uvloop.new_event_loop) as runner:
        runner.run(_run(task, open_workspace(task.folder)))


async def _run(task: WebTask, ws: Workspace) -> None:
    loop, stopping = asyncio.get_running_loop(), asyncio.Event()
    for number in (signal.SIGTERM, signal.SIGINT):
        loop.add_signal_handler(number, stopping.set)
    vault = Vault(ws.settings.key)
    async with _inbox(ws.store, task) as inbox:
        maker = Maker(ws.store, vault, inbox, handler_of(task.options.handler))
        accounts = Accounts(ws.store.accounts(vault).list, maker)
        await accounts.refresh()
        freshness = asyncio.create_task(accounts.keep_fresh())
        app = create_app(_site(ws, accounts, inbox, task.options))
        # Everything loaded so far stays: looked through again and again, it would cost pauses of 100 ms and more under load.
        gc.collect()
        gc.freeze()
        server = _Server(_config(app), task.up)
        serving = asyncio.create_task(server.serve(sockets=[task.listening]))
        await asyncio.wait([serving, asyncio.create_task(stopping.wait())], return_when=asyncio.FIRST_COMPLETED)
        server.should_exit = True
        await serving
        freshness.cancel()
        await _drain(maker.webhooks)


def _inbox(store: Store, task: WebTask) -> AbstractAsyncContextManager[Inbox]:
    if store.state.engine.dialect.name != "sqlite":
        return PostgresInbox(store.state.engine)
    return WriterInbox(store.state.engine) if task.inbox is None else RemoteInbox(task.inbox)


def _site(ws: Workspace, accounts: Accounts, inbox: Inbox, options: ServeOptions) -> Site:
    assert ws.settings.key is not None  # the vault was opened with it

    async def record(account: Account, person: LoggedIn) -> None:
        await keep_login(person, inbox=inbox, account=account.name, ts_us=time.time_ns() // 1000)

    def healthy() -> None:
        ws.store.state.position("health")

    public = options.public_url.rstrip("/") if options.public_url else None
    hosts = {"127.0.0.1", "localhost", "::1", options.host}
    if public:
        hosts.add(urlsplit(public).hostname or "")
    elif options.host in ("0.0.0.0", "::"):  # noqa: S104 - every name that leads here is meant
        hosts.add("*")
    return Site(accounts, Sessions(ws.settings.key), record, healthy, public, tuple(hosts))


def _config(app: object) -> uvicorn.Config:
    return uvicorn.Config(
        app,  # type: ignore[arg-type]
        http="httptools", ws="none", lifespan="off", access_log=False, log_config=None, log_level="warning",
        server_header=False, proxy_headers=False, timeout_keep_alive=65, timeout_graceful_shutdown=6, backlog=2048,
    )  # fmt: skip


class _Server(uvicorn.Server):
    """Signals are ours: what they end is more than the server. It says when it is up."""

    def __init__(self, config: uvicorn.Config, up: Event) -> None:
        super().__init__(config)
        self._up = up

    async def startup(self, sockets: list[socket.socket] | None = None) -> None:
        await super().startup(sockets)
        self._up.set()

    @contextmanager
    def capture_signals(self) -> Generator[None, None, None]:
        yield


async def _drain(webhooks: list[Webhook]) -> None:
    left = sum(await asyncio.gather(*(webhook.drain(DRAIN_SECONDS) for webhook in webhooks)))
    if left:
        log.warning("%d handlers were still running and are cut off; their messages are kept", left)
