"""What the workspace remembers beside the records: inputs, positions, quarantine, current models, answers."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field

import msgspec
import sqlalchemy as sa

from jianwei.store.state._sql import insert, storable, upsert
from jianwei.store.state.database import now_us
from jianwei.store.state.tables import answers, current_models, inputs, positions, quarantine

__all__ = ["InputState", "Quarantined", "State"]

ANSWERS_KEPT = 2_000
USED_STEP_US = 3_600_000_000


@dataclass(frozen=True, slots=True, kw_only=True)
class InputState:
    """One file that was imported or tried.

    Attributes:
        name: what the file is called, archive and folder included.
        origin: absolute path that was named when it was imported.
        status: "reading" (not finished), "done", "failed" (cut short; good rows are in), "rejected" (nothing could be read).
        read: table → rows met in the file, good and bad.
        added: table → rows that this input was the first to bring.
    """

    input_id: str
    name: str
    origin: str
    account: str
    sha256: str
    bytes: int
    format: str
    status: str
    detail: str = ""
    read: Mapping[str, int] = field(default_factory=dict)
    added: Mapping[str, int] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Quarantined:
    """One row that could not be read, kept until it can. Line 0 stands for the file as a whole."""

    input_id: str
    file: str
    line: int
    reason: str
    detail: str
    raw: str


def _json(value: object) -> str:
    return msgspec.json.encode(value).decode()


@dataclass(frozen=True, slots=True)
class State:
    """Typed access to the state database. Every method is one short transaction."""

    engine: sa.Engine

    def put_inputs(self, rows: Iterable[InputState]) -> None:
        """Insert or replace inputs by id; the time they were first seen stays."""
        now = now_us()
        with self.engine.begin() as connection:
            for row in rows:
                values = {
                    "name": row.name,
                    "origin": row.origin,
                    "account": row.account,
                    "sha256": row.sha256,
                    "bytes": row.bytes,
                    "format": row.format,
                    "status": row.status,
                    "detail": row.detail,
                    "read": _json(row.read),
                    "added": _json(row.added),
                    "last_us": now,
                }
                upsert(connection, inputs, {"input_id": row.input_id}, values, {"first_us": now})

    def inputs(self, ids: Sequence[str] | None = None) -> list[InputState]:
        """Known inputs in the order they were first seen; all, or those named."""
        query = sa.select(inputs).order_by(inputs.c.first_us, inputs.c.name, inputs.c.input_id)
        if ids is not None:
            query = query.where(inputs.c.input_id.in_(list(ids)))
        with self.engine.connect() as connection:
            return [
                InputState(
                    input_id=row.input_id,
                    name=row.name,
                    origin=row.origin,
                    account=row.account,
                    sha256=row.sha256,
                    bytes=row.bytes,
                    format=row.format,
                    status=row.status,
                    detail=row.detail,
                    read=msgspec.json.decode(row.read),
                    added=msgspec.json.decode(row.added),
                )
                for row in connection.execute(query)
            ]

    def put_position(self, name: str, value: Mapping[str, object]) -> None:
        """Remember how far something was; a hint that the lake must confirm."""
        with self.engine.begin() as connection:
            upsert(connection, positions, {"name": name}, {"value": _json(value), "updated_us": now_us()})

    def position(self, name: str) -> dict[str, object] | None:
        with self.engine.connect() as connection:
            value = connection.execute(sa.select(positions.c.value).where(positions.c.name == name)).scalar()
        return None if value is None else msgspec.json.decode(value, type=dict[str, object])

    def quarantine(self, rows: Sequence[Quarantined]) -> int:
        """Keep rejected rows; those kept before are not kept twice. Returns how many are new."""
        if not rows:
            return 0
        values = [
            {
                "input_id": row.input_id,
                "line": row.line,
                "reason": row.reason,
                "file": row.file,
                "detail": storable(row.detail),
                "raw": storable(row.raw),
                "seen_us": now_us(),
            }
            for row in rows
        ]
        with self.engine.begin() as connection:
            statement = insert(connection, quarantine).on_conflict_do_nothing().returning(quarantine.c.line)
            return sum(len(connection.execute(statement, part).all()) for part in _parts(values, 1_000))

    def quarantined(self, *, input_ids: Sequence[str] | None = None, limit: int | None = None) -> list[Quarantined]:
        """Rejected rows by file and line; of some inputs or of all."""
        query = sa.select(quarantine).order_by(quarantine.c.file, quarantine.c.line, quarantine.c.reason).limit(limit)
        if input_ids is not None:
            query = query.where(quarantine.c.input_id.in_(list(input_ids)))
        with self.engine.connect() as connection:
            return [
                Quarantined(row.input_id, row.file, row.line, row.reason, row.detail, row.raw)
                for row in connection.execute(query)
            ]

    def quarantine_counts(self) -> dict[tuple[str, str], tuple[int, int]]:
        """(input_id, reason) → (rejected rows, first line)."""
        query = sa.select(
            quarantine.c.input_id, quarantine.c.reason, sa.func.count(), sa.func.min(quarantine.c.line)
        ).group_by(quarantine.c.input_id, quarantine.c.reason)
        with self.engine.connect() as connection:
            return {(row[0], row[1]): (row[2], row[3]) for row in connection.execute(query)}

    def release(self, input_id: str) -> int:
        """Forget the rejected rows of one input (before it is read again); returns how many there were."""
        with self.engine.begin() as connection:
            return connection.execute(sa.delete(quarantine).where(quarantine.c.input_id == input_id)).rowcount

    def set_current(self, task: str, model: str, version: str) -> None:
        """From now on this model's annotations are the ones that count for `task`."""
        key, values = {"task": task}, {"model": model, "version": version, "since_us": now_us()}
        with self.engine.begin() as connection:
            upsert(connection, current_models, key, values)

    def current(self) -> dict[str, tuple[str, str]]:
        """task → (model, version) whose annotations count."""
        with self.engine.connect() as connection:
            return {row.task: (row.model, row.version) for row in connection.execute(sa.select(current_models))}

    def put_answer(self, key: str, question: str, payload: bytes) -> None:
        """Keep an answer; the least recently used ones go beyond `ANSWERS_KEPT`."""
        with self.engine.begin() as connection:
            values = {"question": question, "payload": payload, "used_us": now_us()}
            upsert(connection, answers, {"key": key}, values)
            old = sa.select(answers.c.key).order_by(answers.c.used_us.desc()).offset(ANSWERS_KEPT)
            connection.execute(sa.delete(answers).where(answers.c.key.in_(old)))

    def answer(self, key: str) -> bytes | None:
        """The payload kept under `key`; that it was used is noted once an hour, so that most readings write nothing."""
        now = now_us()
        with self.engine.connect() as connection:
            kept = connection.execute(sa.select(answers).where(answers.c.key == key)).one_or_none()
        if kept is None:
            return None
        if now - kept.used_us > USED_STEP_US:
            with self.engine.begin() as connection:
                connection.execute(sa.update(answers).where(answers.c.key == key).values(used_us=now))
        payload: bytes = kept.payload
        return payload


def _parts(rows: Sequence[dict[str, object]], size: int) -> Iterable[Sequence[dict[str, object]]]:
    return (rows[at : at + size] for at in range(0, len(rows), size))
