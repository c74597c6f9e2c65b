"""What a server does beside the web."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field

from jianwei.errors import JianweiError, RetryableError
from jianwei.records import TABLES
from jianwei.store import Account
from jianwei.store.inbox import Waiting
from jianwei.store.secrets import Vault
from jianwei.store.state.database import now_us
from jianwei.wechat.client import Client, WeComClient
from jianwei.workspace.clients import CALLABLE, client_of
from jianwei.workspace.media import MediaFetcher
from jianwei.workspace.worker import Done, Job
from jianwei.workspace.workspace import Workspace

__all__ = ["drain", "jobs_of"]

FLUSH_SECONDS = 5.0
MEDIA_SECONDS = 5.0
MEDIA_AT_ONCE = 50
BATCH_ROWS = 2_000
"""Claiming and finishing a batch holds the state's write lock, for which the webhook waits: not for long."""


def jobs_of(ws: Workspace) -> Sequence[Job]:
    """The jobs of a server: what came in goes into the lake, tokens stay fresh, old answers and crumbs go."""
    return (
        Job("inbox", lambda: drain(ws), every=FLUSH_SECONDS),
        Job("media", _Media(ws).round, every=MEDIA_SECONDS),
        Job("tokens", _Tokens(ws).round, every=60.0),
        Job("old answers", lambda: _forget(ws), every=3600.0),
        Job("tidy", lambda: _tidy(ws), every=1800.0),
    )


def drain(ws: Workspace) -> Done:
    """Bring what waits in the inbox into the lake.

    Raises:
        StoreError: another server is at it, or the lake is being maintained.
    """
    from jianwei.ingest.flush import flush

    done = flush(ws.store, batch_rows=BATCH_ROWS)
    if not done.deliveries:
        return Done()
    said = f"{done.deliveries} deliveries are in the lake"
    if done.rejected:
        said += f", {done.rejected} of them in quarantine"
    return Done(said, wakes=("media",))


@dataclass(slots=True)
class _Media:
    ws: Workspace
    fetcher: MediaFetcher | None = None

    def round(self) -> Done:
        from jianwei.ingest.downloads import download_media

        if self.fetcher is None:
            self.fetcher = MediaFetcher(self.ws.store, Vault(self.ws.settings.key))
        done = download_media(self.ws.store, self.fetcher, limit=MEDIA_AT_ONCE)
        tried = done.done + done.later + done.gone + done.failed
        if not tried:
            return Done()
        said = f"{done.done} files kept, {done.later} tried again later, {done.gone} gone, {done.failed} given up"
        return Done(said, again=tried == MEDIA_AT_ONCE)


@dataclass(slots=True)
class _Tokens:
    """Renews tokens before they end, so that no call waits for one; of several servers the store lets one do it."""

    ws: Workspace
    clients: dict[str, tuple[Account, Client | WeComClient]] = field(default_factory=dict)

    def round(self) -> Done:
        vault = Vault(self.ws.settings.key)
        failed: list[str] = []
        accounts = [a for a in self.ws.store.accounts(vault).list() if a.kind in CALLABLE and a.secret is not None]
        for account in accounts:
            known = self.clients.get(account.name)
            if known is None or known[0] != account:
                if known is not None:
                    known[1].close()
                known = account, client_of(account, self.ws.store.tokens(vault))
                self.clients[account.name] = known
            try:
                known[1].token()
            except JianweiError as error:  # one account's trouble is not another's
                failed.append(f"{account.name}: {error}")
        if failed:
            raise RetryableError("tokens", "; ".join(failed))
        return Done()


def _forget(ws: Workspace) -> Done:
    gone = Waiting(ws.store.state.engine).purge(now_us())
    return Done(f"forgot {gone} answers that no retry can ask for any more" if gone else "")


def _tidy(ws: Workspace) -> Done:
    with ws.store.writing() as lake:
        ws.store.tidy(lake, tuple(TABLES))
    return Done()
