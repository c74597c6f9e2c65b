"""What a pull is made of: parts that yield batches, and a report of what each part did."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field
from datetime import date, datetime, timedelta, timezone
from typing import Literal

from jianwei.common.results import Reason
from jianwei.errors import UsageError
from jianwei.ingest.pull.known import Known
from jianwei.records import key_id
from jianwei.sources._gathered import Pulled
from jianwei.store import Quarantined

__all__ = [
    "BEIJING",
    "Batch",
    "Part",
    "PartReport",
    "PullOptions",
    "PullReport",
    "Pulling",
    "Status",
    "chosen",
    "input_of",
]

BEIJING = timezone(timedelta(hours=8))
"""The platform's days, whatever the workspace's zone."""

Status = Literal["done", "unavailable", "quota", "failed", "skipped"]


@dataclass(frozen=True, slots=True, kw_only=True)
class PullOptions:
    """How to pull.

    Attributes:
        only: names of parts; None takes all.
        since, until: first and last day, for parts that have days; None goes on from the last pull (30 days at first) until yesterday.
        chunk_rows: rows that are gathered before they are committed.
        now: clock, seconds since the epoch.
        sleep: how to wait for the platform's next minute.
    """

    only: frozenset[str] | None = None
    since: date | None = None
    until: date | None = None
    chunk_rows: int = 5_000
    now: Callable[[], float] = time.time
    sleep: Callable[[float], None] = time.sleep

    def __post_init__(self) -> None:
        if self.since and self.until and self.since > self.until:
            raise UsageError("--since", "is later than --until", "give the earlier day first")


@dataclass(frozen=True, slots=True)
class Batch:
    """What one step of a part brought. The position is remembered once the rows are in the lake.

    Attributes:
        tables: canonical rows.
        position: where the part stands after them; None leaves it where it was.
        done: units of the progress bar.
        notes: counts by code for the report ("left_out": 3); words in `locale/*/pull.toml`.
        rejects: what could not be read, for the quarantine.
    """

    tables: Pulled = field(default_factory=dict)
    position: Mapping[str, object] | None = None
    done: float = 0
    notes: Mapping[str, int] = field(default_factory=dict)
    rejects: tuple[Quarantined, ...] = ()


def input_of(account: str, part: str) -> str:
    """The input id of what a part of a pull brings."""
    return key_id("f:", account, "pull", part)


@dataclass(frozen=True, slots=True)
class Pulling:
    """What a part works with.

    Attributes:
        account: name of the account; the `account` of its rows.
        part: name of the part.
        position: where the part stood, {} at first. A hint: rows have deterministic ids, so that reading twice adds nothing.
        known: what the lake knows already.
        total: says how many units the part will have, once it knows.
        selected: the parts of this pull.
    """

    account: str
    part: str
    options: PullOptions
    position: Mapping[str, object]
    known: Known
    total: Callable[[float], None]
    selected: frozenset[str]

    @property
    def input_id(self) -> str:
        """What `input_id` of its messages and events says."""
        return input_of(self.account, self.part)

    @property
    def now_us(self) -> int:
        return int(self.options.now() * 1_000_000)

    @property
    def today(self) -> date:
        """The platform's day."""
        return datetime.fromtimestamp(self.options.now(), BEIJING).date()

    def days(self, name: str, *, overlap: int, first: int = 30, since: date | None = None) -> tuple[date, date]:
        """(first, last) day to ask for: from the options, else from the day that the position has under `name`, less an overlap.

        Args:
            overlap: days before it that are read again, since their figures still change.
            first: days to go back at the first pull.
            since: the first day that the platform has.
        """
        yesterday = self.today - timedelta(days=1)
        end = min(self.options.until or yesterday, yesterday)
        reached = self.position.get(name)
        if self.options.since:
            begin = self.options.since
        elif isinstance(reached, str):
            begin = date.fromisoformat(reached) - timedelta(days=overlap)
        else:
            begin = yesterday - timedelta(days=first - 1)
        return (max(begin, since) if since else begin), end

    def reached(self, name: str, first: date, last: date) -> str:
        """The day for the position under `name` after days were read, the same as before if there is a gap between that and them."""
        before = self.position.get(name)
        if isinstance(before, str):
            day = date.fromisoformat(before)
            last = max(last, day) if first <= day + timedelta(days=1) else day
        return last.isoformat()


Part = Callable[[Pulling], Iterator[Batch]]
"""Yields batches from the position on; raises what the client raises."""


@dataclass(frozen=True, slots=True, kw_only=True)
class PartReport:
    """What one part did.

    Attributes:
        status: "done"; "unavailable" (the account lacks the permission); "quota" (goes on next time, from where it stopped); "failed";
            "skipped" (not tried, since the platform could not be reached).
        reason: why it is not done; words in `locale/*/pull.toml`.
        read, new: rows by table.
        notes: counts by code.
    """

    name: str
    status: Status
    reason: Reason | None = None
    read: Mapping[str, int] = field(default_factory=dict)
    new: Mapping[str, int] = field(default_factory=dict)
    notes: Mapping[str, int] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class PullReport:
    """What a pull did, part by part."""

    account: str
    parts: tuple[PartReport, ...]

    @property
    def complete(self) -> bool:
        """Whether every part that the account may use was read to its end, and there was one."""
        states = {part.status for part in self.parts}
        return "done" in states and states <= {"done", "unavailable"}

    def __len__(self) -> int:
        return len(self.parts)


def chosen(parts: Mapping[str, Part], only: frozenset[str] | None) -> dict[str, Part]:
    """The parts that were asked for, in their order.

    Raises:
        UsageError: a name is none of them.
    """
    if only is None:
        return dict(parts)
    if unknown := sorted(only - set(parts)):
        raise UsageError("--only", f"{unknown[0]!r} is no part of this pull", f"parts are {', '.join(parts)}")
    return {name: part for name, part in parts.items() if name in only}
