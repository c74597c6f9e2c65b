"""The inbox on SQLite: one process writes, with group commit.

Two processes that commit to one file wait for each other for seconds; so there is one writer, and other workers hand it their rows
(`remote`). A batch is a single INSERT of many rows, its own transaction: between the first row and the disk the interpreter is entered
once, which matters beside a busy event loop.
"""

from __future__ import annotations

import asyncio
import sqlite3
from collections.abc import Callable, Sequence
from contextlib import ExitStack
from pathlib import Path
from types import TracebackType

import sqlalchemy as sa

from jianwei.common.kept import Claim, Delivery
from jianwei.errors import LeaseError, StoreError
from jianwei.store.inbox._batcher import Batcher
from jianwei.store.inbox._claims import KEEP, Claims, Key
from jianwei.store.state.database import now_us
from jianwei.store.state.leases import Lease, hold

__all__ = ["WriterInbox"]

DAY_US = 86_400_000_000
_MOST_ROWS = 128  # of one statement; each number of rows is a prepared statement of its own
_ROW = "(?, ?, ?, ?, ?)"

Row = tuple[Delivery, bytes]


class WriterInbox:
    """The `Inbox` of a workspace on SQLite, for one event loop. Use as an asynchronous context manager.

    Args:
        engine: the state database, a SQLite file.
        keep: how many of the newest answers stay in memory.
        wait_seconds: how long to wait for an earlier server to end.

    Raises:
        StoreError: on entering, when another process is the writer.
    """

    def __init__(self, engine: sa.Engine, *, keep: int = KEEP, wait_seconds: float = 5.0) -> None:
        self._engine, self._keep, self._wait_seconds = engine, keep, wait_seconds
        self._claims = Claims(self._look_up, keep)
        self._batcher: Batcher[Row, StoreError | None] = Batcher(self._write, "inbox")
        self._held = ExitStack()

    async def __aenter__(self) -> WriterInbox:
        try:
            await asyncio.to_thread(self._open)
        except BaseException:
            await asyncio.to_thread(self._held.close)
            raise
        self._batcher.start()
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        await self._batcher.close()
        await asyncio.to_thread(self._held.close)

    async def begin(self, account: str, key: str, wait_seconds: float) -> Claim:
        """Claim a delivery. If somebody claimed it before, wait up to `wait_seconds` for their answer.

        Raises:
            StoreError: the file cannot be read.
        """
        return self.claim(account, key) or await self._claims.wait((account, key), wait_seconds)

    async def finish(self, delivery: Delivery, answer: bytes) -> None:
        """Keep a claimed delivery and its answer. When this returns, both are on disk.

        Raises:
            StoreError: it could not be written; the claim is still held, until `abandon`.
        """
        future: asyncio.Future[StoreError | None] = asyncio.get_running_loop().create_future()
        self.submit(delivery, answer, lambda error: None if future.done() else future.set_result(error))
        if (error := await future) is not None:
            raise error

    async def abandon(self, account: str, key: str) -> None:
        """Give a claim back without an answer: the next retry is a first one again."""
        self.release(account, key)

    # The same without coroutines, for the server of `remote`, which has a frame full of them to do.

    def claim(self, account: str, key: str) -> Claim | None:
        """The claim where it can be said at once; None while somebody else handles the delivery."""
        return self._claims.claim((account, key))

    def submit(self, delivery: Delivery, answer: bytes, done: Callable[[StoreError | None], None]) -> None:
        """As `finish`; `done` is called in the loop with what went wrong, or None."""

        def settle(error: StoreError | None) -> None:
            if error is None:
                self._claims.answered((delivery.account, delivery.key), answer)
            done(error)

        self._batcher.add((delivery, answer), settle)

    def release(self, account: str, key: str) -> None:
        """As `abandon`."""
        self._claims.abandon((account, key))

    # --- disk --------------------------------------------------------------------------------------------------------

    def _open(self) -> None:
        path = Path(str(self._engine.url.database))
        try:
            self._lease: Lease = self._held.enter_context(
                hold(self._engine, "inbox", "exclusive", wait_seconds=self._wait_seconds)
            )
        except LeaseError:
            raise StoreError(
                str(path),
                "another server receives messages for this workspace",
                "stop it first; for several servers keep the state in PostgreSQL (setting state_url)",
            ) from None
        try:
            self._connection, self._reader = self._connect(path), self._connect(path)
            recent = self._reader.execute(
                "SELECT account, key, answer FROM inbox WHERE received_us > ? ORDER BY received_us DESC LIMIT ?",
                (now_us() - DAY_US, self._keep + 1),
            )
            self._claims.load(((row[0], row[1]), row[2]) for row in recent)
            recent.close()
        except sqlite3.Error as error:
            raise _refused(error) from None

    def _connect(self, path: Path) -> sqlite3.Connection:
        connection = sqlite3.connect(
            path, timeout=30, isolation_level=None, check_same_thread=False, cached_statements=2 * _MOST_ROWS
        )
        self._held.callback(connection.close)
        connection.execute("PRAGMA synchronous = FULL")
        connection.execute("PRAGMA secure_delete = ON")
        return connection

    def _look_up(self, key: Key) -> bytes | None:
        try:
            row = self._reader.execute("SELECT answer FROM inbox WHERE account = ? AND key = ?", key).fetchone()
        except (sqlite3.Error, UnicodeError) as error:
            raise _refused(error) from None
        return None if row is None else bytes(row[0])

    def _write(self, rows: Sequence[Row]) -> Sequence[StoreError | None]:
        try:
            self._lease.check()
            self._insert(rows)
        except LeaseError as error:
            return [error] * len(rows)
        except sqlite3.OperationalError as error:  # locked, full, gone: it would be so for each of them
            return [_refused(error)] * len(rows)
        except (sqlite3.Error, ValueError, OverflowError) as error:
            # One row that the database does not take must not cost the others their place.
            return [_refused(error)] if len(rows) == 1 else [self._write([row])[0] for row in rows]
        return [None] * len(rows)

    def _insert(self, rows: Sequence[Row]) -> None:
        if len(rows) <= _MOST_ROWS:
            self._insert_part(rows)
            return
        self._connection.execute("BEGIN IMMEDIATE")
        try:
            for at in range(0, len(rows), _MOST_ROWS):
                self._insert_part(rows[at : at + _MOST_ROWS])
            self._connection.execute("COMMIT")
        except BaseException:
            if self._connection.in_transaction:
                self._connection.execute("ROLLBACK")
            raise

    def _insert_part(self, rows: Sequence[Row]) -> None:
        values: list[object] = []
        for delivery, answer in rows:
            values += (delivery.account, delivery.key, delivery.body, answer, delivery.received_us)
        self._connection.execute(
            "INSERT INTO inbox (account, key, body, answer, received_us) VALUES "
            + ", ".join([_ROW] * len(rows))
            + " ON CONFLICT DO NOTHING",
            values,
        )


def _refused(error: Exception) -> StoreError:
    said = str(error).splitlines()[0] if str(error) else type(error).__name__
    return StoreError("inbox", f"cannot be used ({said})", "see that the disk has room and can be written")
