"""Deliveries on their way to the lake, for the one flusher.

Rows are claimed by writing a batch number into them. Numbers come from a counter of the inbox itself: row ids are reused after a drain,
and sequences are not in commit order. A batch keeps its rows until it is done, so that a flusher that was killed finds the same again.
"""

from __future__ import annotations

from dataclasses import dataclass

import sqlalchemy as sa

from jianwei.common.kept import Answered, Delivery
from jianwei.store.state.database import now_us
from jianwei.store.state.tables import claims, inbox, inboxes

__all__ = ["Waiting"]

DAY_US = 86_400_000_000


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

    def claim(self, limit: int, above: int = 0) -> int | None:
        """Make a batch of up to `limit` rows that are in none; its number, or None when there is no such row.

        Args:
            limit: rows at most.
            above: the number is greater than this one (the lake's; it may be ahead of a state that was restored from a backup).
        """
        free = (
            sa.select(inbox.c.account, inbox.c.key)
            .where(inbox.c.body.is_not(None), inbox.c.batch_no.is_(None))
            .limit(limit)
        )
        with self.engine.connect() as connection:
            if connection.execute(free.limit(1)).first() is None:
                return None
        with self.engine.begin() as connection:
            # The first statement writes: on SQLite a transaction that began by reading could not go on to write beside others.
            next_number = sa.case((inboxes.c.batch_no < above, above), else_=inboxes.c.batch_no) + 1
            number = connection.execute(
                sa.update(inboxes).values(batch_no=next_number).returning(inboxes.c.batch_no)
            ).scalar_one()
            connection.execute(
                sa.update(inbox).where(sa.tuple_(inbox.c.account, inbox.c.key).in_(free)).values(batch_no=number)
            )
        return int(number)

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
        """The batch is in the lake: its payloads go; keys and answers stay for the platform's retries."""
        with self.engine.begin() as connection:
            statement = sa.update(inbox).where(inbox.c.batch_no == batch_no, inbox.c.body.is_not(None))
            connection.execute(statement.values(body=None, flushed_us=now_us()))

    def purge(self, now: int, keep_us: int = DAY_US) -> int:
        """Forget keys and answers of what is in the lake and older than `keep_us`; returns how many."""
        with self.engine.begin() as connection:
            old = sa.delete(inbox).where(inbox.c.received_us < now - keep_us, inbox.c.flushed_us.is_not(None))
            gone = int(connection.execute(old.where(inbox.c.flushed_us < now - keep_us)).rowcount)
            connection.execute(sa.delete(claims).where(claims.c.until_us < now - keep_us))
        return gone
