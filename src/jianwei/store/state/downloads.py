"""Media that the platform holds for us for a few days: what is still to be fetched, and what became of the rest."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any, Literal

import sqlalchemy as sa

from jianwei.store.state._sql import insert, storable
from jianwei.store.state.tables import downloads

__all__ = ["DownloadTable", "MediaDownload"]

Status = Literal["waiting", "done", "gone", "failed"]


@dataclass(frozen=True, slots=True, kw_only=True)
class MediaDownload:
    """One file of one record.

    Attributes:
        media_id: the platform's id of the file.
        record_id: the message it belongs to.
        kind: "image", "voice", "video" or "file".
        url: where the file can be read without a token, if anywhere.
        ts_us, seq: those of the record.
        tries: how often it was tried.
        next_us: when it is tried next.
        status: "waiting", "done", "gone" (the platform no longer has it) or "failed" (given up).
        detail: why the last try failed.
    """

    account: str
    media_id: str
    record_id: str
    kind: str
    url: str | None = None
    ts_us: int
    seq: int | None = None
    tries: int = 0
    next_us: int = 0
    status: Status = "waiting"
    detail: str = ""


_COLUMNS = tuple(column.name for column in downloads.columns)


@dataclass(frozen=True, slots=True)
class DownloadTable:
    """What is to be fetched."""

    engine: sa.Engine

    def add(self, rows: Iterable[MediaDownload]) -> None:
        """Enter new ones; those that are known stay as they are. Characters that a database cannot hold are replaced."""
        values = [_values(row, _COLUMNS) for row in rows]
        if values:
            with self.engine.begin() as connection:
                connection.execute(insert(connection, downloads).on_conflict_do_nothing(), values)

    def due(self, now_us: int, *, limit: int = 100) -> list[MediaDownload]:
        """Those that are to be tried now, the longest due first."""
        columns = downloads.c
        query = (
            sa.select(downloads)
            .where(columns.status == "waiting", columns.next_us <= now_us)
            .order_by(columns.next_us, columns.ts_us, columns.media_id)
            .limit(limit)
        )
        with self.engine.connect() as connection:
            return [_row(row) for row in connection.execute(query)]

    def put(self, row: MediaDownload) -> None:
        """Remember what came of a try."""
        columns = downloads.c
        changes = _values(row, ("tries", "next_us", "status", "detail"))
        with self.engine.begin() as connection:
            statement = sa.update(downloads).where(
                columns.account == row.account,
                columns.media_id == storable(row.media_id),
                columns.record_id == row.record_id,
            )
            connection.execute(statement.values(changes))

    def counts(self) -> dict[str, int]:
        """status → how many."""
        with self.engine.connect() as connection:
            query = sa.select(downloads.c.status, sa.func.count()).group_by(downloads.c.status)
            return {str(row[0]): int(row[1]) for row in connection.execute(query)}


def _values(row: MediaDownload, names: Iterable[str]) -> dict[str, object]:
    found = {name: getattr(row, name) for name in names}
    return {name: storable(value) if isinstance(value, str) else value for name, value in found.items()}


def _row(row: Any) -> MediaDownload:
    return MediaDownload(**{name: getattr(row, name) for name in _COLUMNS})
