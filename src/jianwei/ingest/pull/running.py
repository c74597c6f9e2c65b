"""Runs the parts of a pull: commits what they bring, remembers where they stand, and says how each ended."""

from __future__ import annotations

import logging
from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass, field

import pyarrow as pa

from jianwei.common.progress import Progress, SilentProgress
from jianwei.common.results import Reason
from jianwei.errors import InputError
from jianwei.ingest._base import FACTS
from jianwei.ingest.pull._base import Batch, Part, PartReport, Pulling, PullOptions, PullReport, Status, chosen
from jianwei.ingest.pull.known import Known
from jianwei.records import TABLES
from jianwei.store import InputState, Quarantined, Store
from jianwei.wechat.errors import (
    AddressError,
    ApiError,
    PermissionDeniedError,
    QuotaError,
    RateError,
    TokenRefusedError,
    TransportError,
    WeChatError,
)

__all__ = ["position_name", "pull"]

_log = logging.getLogger(__name__)
_DENIED = (48002, 60011, 84074, 88000, 301052)
"""Codes that say the same as a missing permission: of WeCom's applications, of comments, of an archive that has ended."""
_FINAL = (40013, 40091, 40125, 41002, 41004, 50004, 50007, 89501, 89503, 89506, 89507)
"""Codes that say the account itself cannot be used: every part would meet them."""


def position_name(account: str, part: str) -> str:
    """Under which name the store keeps where a part stands."""
    return f"pull/{account}/{part}"


@dataclass(slots=True)
class _Sink:
    """Gathers batches of one part; `flush` commits them, then remembers the position."""

    store: Store
    account: str
    name: str
    chunk_rows: int
    tables: dict[str, list[pa.Table]] = field(default_factory=dict)
    position: Mapping[str, object] | None = None
    rejects: list[Quarantined] = field(default_factory=list)
    rows: int = 0
    read: Counter[str] = field(default_factory=Counter)
    new: Counter[str] = field(default_factory=Counter)

    def add(self, batch: Batch) -> None:
        for name, rows in batch.tables.items():
            self.tables.setdefault(name, []).append(rows)
            self.rows += rows.num_rows
        if batch.position is not None:
            self.position = batch.position
        self.rejects += batch.rejects
        if self.rows >= self.chunk_rows:
            self.flush()

    def flush(self) -> None:
        if self.tables:
            with self.store.writing() as lake:
                for name in sorted(self.tables, key=lambda name: (name in FACTS, name)):
                    rows = pa.concat_tables(self.tables[name])
                    write = lake.upsert if TABLES[name].writes == "upsert" else lake.append_new
                    self.read[name] += rows.num_rows
                    self.new[name] += write(name, rows).new.num_rows
        if self.rejects:
            self.store.state.put_inputs(_input(row, self.account) for row in self.rejects[:1])
            self.store.state.quarantine(self.rejects)
        if self.position is not None:
            self.store.state.put_position(self.name, self.position)
        self.tables, self.position, self.rejects, self.rows = {}, None, [], 0


def _input(row: Quarantined, account: str) -> InputState:
    """What the quarantine says its rows came from; it is no file, so that there is nothing to read again."""
    origin = f"pull:{row.file}"
    return InputState(
        input_id=row.input_id, name=row.file, origin=origin, account=account, sha256="", bytes=0, format="pull",
        status="done",
    )  # fmt: skip


def pull(
    parts: Mapping[str, Part],
    *,
    account: str,
    store: Store,
    options: PullOptions,
    progress: Progress | None = None,
) -> PullReport:
    """Run the parts that were asked for, one after the other.

    What was read before a part stopped is kept, and its position is where the next pull goes on. A missing permission, a quota or a
    strange answer end one part; an account or address that the platform refuses ends the pull.

    Raises:
        UsageError: a part is unknown.
        ApiError: the platform refuses the account or this server's address.
        StoreError: the workspace cannot be written.
    """
    progress = progress or SilentProgress()
    selected = chosen(parts, options.only)
    reports: list[PartReport] = []
    unreachable = False
    with store.alone(f"pull/{account}"):
        for name, part in selected.items():
            if unreachable:
                reports.append(PartReport(name=name, status="skipped", reason=Reason("unreachable")))
                continue
            report, unreachable = _run(part, name, frozenset(selected), account, store, options, progress)
            reports.append(report)
    with store.writing() as lake:
        store.tidy(lake, ("messages", "users", "metrics"))
    return PullReport(account, tuple(reports))


def _run(
    part: Part,
    name: str,
    selected: frozenset[str],
    account: str,
    store: Store,
    options: PullOptions,
    progress: Progress,
) -> tuple[PartReport, bool]:
    """(the report, whether the platform could not be reached)"""
    place = position_name(account, name)
    sink = _Sink(store, account, place, options.chunk_rows)
    notes: Counter[str] = Counter()
    error: WeChatError | InputError | None = None
    with progress.task(f"pull {name}") as task:
        position = store.state.position(place) or {}
        pulling = Pulling(account, name, options, position, Known(store, account), task.total, selected)
        try:
            for batch in part(pulling):
                notes.update(batch.notes)
                sink.add(batch)
                task.advance(batch.done)
        except (WeChatError, InputError) as raised:
            error = raised
        sink.flush()
    status, reason = ("done", None) if error is None else _ended(error)
    read, new = (({n: c for n, c in counts.items() if c}) for counts in (sink.read, sink.new))
    report = PartReport(name=name, status=status, reason=reason, read=read, new=new, notes=dict(notes))
    return report, isinstance(error, TransportError)


def _ended(error: WeChatError | InputError) -> tuple[Status, Reason | None]:
    """What an error means for a part; raised again where it means the same for all of them."""
    values = {"what": error.what, "hint": error.hint, "where": error.where}
    match error:
        case AddressError() | TokenRefusedError():
            raise error
        case PermissionDeniedError():
            return "unavailable", Reason("permission", {**values, "code": error.code})
        case QuotaError() | RateError():
            return "quota", Reason("quota", {**values, "code": error.code, "resume_us": error.resume_us})
        case ApiError():
            if error.code in _FINAL:
                raise error
            if error.code in _DENIED:
                return "unavailable", Reason("permission", {**values, "code": error.code})
            return "failed", Reason("refused", {**values, "code": error.code})
    _log.warning("%s: %s", error.where, error.what)
    return "failed", Reason("broken", values)
