"""Deliveries on their way to the lake, for the one flusher.

Rows are claimed by writing a batch number into them. Numbers come from a counter of the inbox itself: row ids are reused after a drain,
and sequences are not in commit order. A batch keeps its rows until it is done, so that whoever follows a flusher that was killed finds the
same again.

A flusher may be stopped for longer than its lease lasts, and wake when another one has taken its batch over. So the counter is a fence
too: rows are added to a batch only while its number is the newest, in one transaction with a change of that row, and `take_over` makes
it another one before anything of the batch is read.
"""

from __future__ import annotations

import time
from dataclasses import dataclass

import sqlalchemy as sa

from jianwei.common.kept import Answered, Delivery
from jianwei.errors import LeaseError
from jianwei.store.state.database import now_us
from jianwei.store.state.tables import claims, inbox, inboxes

__all__ = ["Waiting"]

DAY_US = 86_400_000_000
_AT_ONCE, _PAUSE_SECONDS = 250, 0.004


@dataclass(frozen=True, slots=True)
class Waiting:
    """What an inbox holds that is not in the lake yet."""

    engine: sa.Engine

    def inbox_id(self) -> str:
        """The stable id of this inbox: it names its batches in the lake's log."""
        with self.engine.connect() as connection:
            return str(connection.execute(sa.select(inboxes.c.inbox_id)).scalar_one())

    def count(self) -> int:
        """Deliveries that are not in the lake."""
        with self.engine.connect() as connection:
            query = sa.select(sa.func.count()).select_from(inbox).where(inbox.c.body.is_not(None))
            return int(connection.execute(query).scalar_one())

    def open_batches(self) -> list[int]:
        """Batches that were claimed and not done, the oldest first."""
        query = (
            sa.select(inbox.c.batch_no)
            .where(inbox.c.body.is_not(None), inbox.c.batch_no.is_not(None))
            .distinct()
            .order_by(inbox.c.batch_no)
        )
        with self.engine.connect() as connection:
            return [int(number) for number in connection.execute(query).scalars()]

    def take_over(self) -> list[int]:
        """As `open_batches`; whoever began them can add nothing to them any more."""
        if not self.open_batches():
            return []
        with self.engine.begin() as connection:
            connection.execute(sa.update(inboxes).values(batch_no=inboxes.c.batch_no + 1))
        return self.open_batches()

    def claim(self, limit: int, above: int = 0) -> int | None:
        """Make a batch of up to `limit` rows that are in none; its number, or None when there is no such row.

        Args:
            limit: rows at most.
            above: the number is greater than this one (the lake's; it may be ahead of a state that was restored from a backup).

        Raises:
            LeaseError: another flusher has gone on meanwhile; what is in the batch by now is for it.
        """
        free = inbox.c.body.is_not(None) & inbox.c.batch_no.is_(None)
        with self.engine.connect() as connection:
            if connection.execute(sa.select(inbox.c.key).where(free).limit(1)).first() is None:
                return None
        # The next statement writes first: on SQLite a transaction that began by reading could not go on to write beside others.
        next_number = sa.case((inboxes.c.batch_no < above, above), else_=inboxes.c.batch_no) + 1
        with self.engine.begin() as connection:
            statement = sa.update(inboxes).values(batch_no=next_number).returning(inboxes.c.batch_no)
            number = int(connection.execute(statement).scalar_one())
        self._change(sa.update(inbox).values(batch_no=number), free, limit=limit, newest=number)
        return number

    def rows(self, batch_no: int) -> list[Answered]:
        """The deliveries of a batch in the order of their arrival."""
        query = (
            sa.select(inbox)
            .where(inbox.c.batch_no == batch_no, inbox.c.body.is_not(None))
            .order_by(inbox.c.received_us, inbox.c.account, inbox.c.key)
        )
        with self.engine.connect() as connection:
            return [
                Answered(Delivery(row.account, row.key, bytes(row.body), row.received_us), bytes(row.answer))
                for row in connection.execute(query)
            ]

    def finish(self, batch_no: int) -> None:
        """All of the batch is in the lake: its payloads go; keys and answers stay for the platform's retries."""
        rows = (inbox.c.batch_no == batch_no) & inbox.c.body.is_not(None)
        self._change(sa.update(inbox).values(body=None, flushed_us=now_us()), rows)

    def purge(self, now: int, keep_us: int = DAY_US) -> int:
        """Forget keys and answers of what is in the lake and older than `keep_us`; returns how many."""
        old = (inbox.c.received_us < now - keep_us) & (inbox.c.flushed_us < now - keep_us)
        with self.engine.begin() as connection:
            connection.execute(sa.delete(claims).where(claims.c.until_us < now - keep_us))
        return self._change(sa.delete(inbox), old)

    def _change(
        self,
        statement: sa.Update | sa.Delete,
        which: sa.ColumnElement[bool],
        *,
        limit: int | None = None,
        newest: int | None = None,
    ) -> int:
        """Change rows, a few at a time with a pause between: whoever receives messages must not wait for it. Returns how many.

        With `newest` it stops as soon as that is no longer the newest batch number.
        """
        changed = 0
        while limit is None or changed < limit:
            part = _AT_ONCE if limit is None else min(_AT_ONCE, limit - changed)
            keys = sa.select(inbox.c.account, inbox.c.key).where(which).limit(part)
            with self.engine.begin() as connection:
                if newest is not None:
                    _keep_newest(connection, newest)
                rows = connection.execute(statement.where(sa.tuple_(inbox.c.account, inbox.c.key).in_(keys))).rowcount
            changed += rows
            if rows < part:
                break
            time.sleep(_PAUSE_SECONDS)
        return changed


def _keep_newest(connection: sa.Connection, number: int) -> None:
    """Hold the counter where it is until this transaction ends: a write, so that whoever wants to change it waits."""
    statement = sa.update(inboxes).where(inboxes.c.batch_no == number).values(batch_no=number)
    if connection.execute(statement).rowcount != 1:
        raise LeaseError("inbox", "another process flushes it by now", "let it: it takes over what was begun here")
