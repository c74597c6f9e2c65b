"""The inbox → the lake: every acknowledged delivery becomes records exactly once, whatever is killed when.

One flusher at a time, by lease. A batch is claimed by writing its number into its rows; each table of facts commits with that number; only
when every table has the batch do the payloads go. People, chats and things are upserts, which may be repeated. A kill between any two
steps costs that the steps are taken again.

A number that a table knows does not prove that it has these rows (the state may come from a backup): then they are looked for by their
keys, and what is not there is added. Log-ins (`ingest.logins`) come the same way as messages.
"""

from __future__ import annotations

import logging
from collections.abc import Callable, Sequence
from contextlib import ExitStack
from dataclasses import dataclass, replace

from jianwei.common.kept import Answered
from jianwei.errors import StoreError
from jianwei.ingest._base import FACTS
from jianwei.ingest.logins import is_login, logins_of
from jianwei.records import TABLES
from jianwei.sources._base import RAW_LIMIT, Reject
from jianwei.sources._gathered import together
from jianwei.sources.callbacks import Callbacks, MediaRef, callbacks_of, webhook_input
from jianwei.store import InputState, Lake, MediaDownload, Quarantined, Store
from jianwei.store.inbox import Waiting

__all__ = ["FlushReport", "flush"]

_log = logging.getLogger(__name__)

WAIT_SECONDS = 120.0
BATCH_ROWS = 20_000


@dataclass(frozen=True, slots=True, kw_only=True)
class FlushReport:
    """What a flush did.

    Attributes:
        batches: how many batches are in the lake now that were not before.
        deliveries: how many deliveries they held.
        rejected: how many of these are no message; they are in quarantine.
        media: files of them that are still to be fetched.
    """

    batches: int = 0
    deliveries: int = 0
    rejected: int = 0
    media: int = 0

    def __add__(self, other: FlushReport) -> FlushReport:
        return FlushReport(
            batches=self.batches + other.batches,
            deliveries=self.deliveries + other.deliveries,
            rejected=self.rejected + other.rejected,
            media=self.media + other.media,
        )


def _nothing(step: str) -> None:
    return None


def flush(
    store: Store,
    *,
    batch_rows: int = BATCH_ROWS,
    wait_seconds: float = WAIT_SECONDS,
    step: Callable[[str], None] = _nothing,
) -> FlushReport:
    """Bring what waits in the inbox into the lake. What arrives meanwhile is left for the next time, so that commits stay few.

    Args:
        store: the workspace's store.
        batch_rows: deliveries of one batch at most.
        wait_seconds: how long to wait for another flusher, or for maintenance of the lake.
        step: called after each step with its name ("claimed", "quarantine", the names of tables, "downloads", "done").

    Raises:
        LeaseError: somebody else flushes, or this process lost its lease; what is done stays.
        StoreError: the lake or the state refused.
    """
    waiting = Waiting(store.state.engine)
    done = FlushReport()
    if not waiting.count():
        return done
    with ExitStack() as held:
        lease = held.enter_context(store.holding("flush", wait_seconds=wait_seconds))
        writing = held.enter_context(store.writing())

        def check() -> None:
            lease.check()
            writing.before_commit()

        run = _Run(store, Lake(writing.root, check), waiting, f"inbox/{waiting.inbox_id()}", check, step)
        for interrupted in waiting.take_over():  # from a flusher that was killed or stopped
            done += run.batch(interrupted)
        above = max(run.lake.number(name, run.app) for name in FACTS)
        while (number := run.claim(batch_rows, above)) is not None:
            report = run.batch(number)
            done += report
            if report.deliveries < batch_rows:
                break
    return done


@dataclass(frozen=True, slots=True)
class _Run:
    store: Store
    lake: Lake
    waiting: Waiting
    app: str
    check: Callable[[], None]
    step: Callable[[str], None]

    def claim(self, batch_rows: int, above: int) -> int | None:
        self.check()
        number = self.waiting.claim(batch_rows, above)
        if number is not None:
            self.step("claimed")
        return number

    def batch(self, number: int) -> FlushReport:
        rows = self.waiting.rows(number)
        found = _read(rows)
        pushed_to = {row.delivery.account for row in rows if not is_login(row.delivery)}
        rejected = self._quarantine(found, pushed_to | set(found.rejects))
        for name in [n for n in found.tables if n not in FACTS]:
            write = self.lake.upsert if TABLES[name].writes == "upsert" else self.lake.append_new
            write(name, found.tables[name])
            self.step(name)
        for name in [n for n in FACTS if n in found.tables]:
            if not self.lake.append_once(name, found.tables[name], app=self.app, number=number):
                self.lake.append_new(name, found.tables[name])
            self.step(name)
        self.store.downloads().add(_download(ref) for ref in found.media)
        self.step("downloads")
        self.check()
        self.waiting.finish(number)
        self.step("done")
        return FlushReport(batches=1, deliveries=len(rows), rejected=rejected, media=len(found.media))

    def _quarantine(self, found: Callbacks, accounts: set[str]) -> int:
        """Enter the webhooks as inputs, and keep what is no message."""
        state = self.store.state
        inputs = {webhook_input(account): account for account in sorted(accounts)}
        known = {row.input_id for row in state.inputs(list(inputs))}
        state.put_inputs(_input(key, account) for key, account in inputs.items() if key not in known)
        rejects = [
            Quarantined(webhook_input(account), _name(account), one.line, one.reason, one.detail, one.raw)
            for account, several in found.rejects.items()
            for one in several
        ]
        state.quarantine(rejects)
        self.step("quarantine")
        return len(rejects)


def _read(rows: Sequence[Answered]) -> Callbacks:
    """The rows as records. One that cannot be read at all goes to quarantine instead of stopping the others for good."""
    try:
        found = callbacks_of([row for row in rows if not is_login(row.delivery)])
        logins = logins_of([row.delivery for row in rows if is_login(row.delivery)])
        return replace(found, tables=together(found.tables, logins))
    except StoreError:
        raise
    except Exception as error:
        if len(rows) > 1:
            parts = [_read([row]) for row in rows]
            rejects: dict[str, tuple[Reject, ...]] = {}
            for part in parts:
                for account, several in part.rejects.items():
                    rejects[account] = (*rejects.get(account, ()), *several)
            media = tuple(ref for part in parts for ref in part.media)
            return Callbacks(together(*(part.tables for part in parts)), rejects, media)
        (row,) = rows
        _log.exception("a delivery to %s could not be read", row.delivery.account)
        raw = row.delivery.body.decode("utf-8", "replace")[:RAW_LIMIT]
        reject = Reject(row.delivery.received_us, "failed", f"{row.delivery.key}: {type(error).__name__}", raw)
        return Callbacks({}, {row.delivery.account: (reject,)}, ())


def _name(account: str) -> str:
    return f"webhook/{account}"


def _input(input_id: str, account: str) -> InputState:
    return InputState(
        input_id=input_id,
        name=_name(account),
        origin=f"webhook:{account}",
        account=account,
        sha256="",
        bytes=0,
        format="webhook",
        status="done",
    )


def _download(ref: MediaRef) -> MediaDownload:
    return MediaDownload(
        account=ref.account,
        media_id=ref.media_id,
        record_id=ref.record_id,
        kind=ref.kind,
        url=ref.url,
        ts_us=ref.ts_us,
        seq=ref.seq,
    )
