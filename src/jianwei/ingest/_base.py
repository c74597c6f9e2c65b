"""What an import is asked and what it answers."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field

from jianwei.sources.mapping import Proposal

__all__ = ["FACTS", "Decide", "ImportOptions", "ImportReport", "InputReport", "refuse", "rows_of"]

FACTS = {"messages": "message_id", "events": "event_id"}
"""The tables of what was said and done, and their keys; the others hold people and things."""

Decide = Callable[[str, Proposal], bool]
"""(file name, proposed mapping) → whether to read the file with it. Called only when sniffing is not sure."""


def refuse(name: str, proposal: Proposal) -> bool:
    """Never guess: a file whose columns are not sure is reported with the mapping that could be meant."""
    return False


@dataclass(frozen=True, slots=True, kw_only=True)
class ImportOptions:
    """How files are read.

    Attributes:
        account: account that the rows belong to.
        zone: zone of naive local times.
        format: name of a source, or "auto".
        mapping: canonical field → column of the file, or None to sniff.
        table: kind of table ("messages", "orders", …), or None to sniff.
        chunk_rows: rows that are gathered before they are committed.
        again: read inputs again that were finished before (rejected rows get another chance).
    """

    account: str = "local"
    zone: str = "Asia/Shanghai"
    format: str = "auto"
    mapping: Mapping[str, str] | None = None
    table: str | None = None
    chunk_rows: int = 200_000
    again: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class InputReport:
    """What happened to one input.

    Attributes:
        status: "done", "failed" (cut short: what came before is in) or "rejected" (nothing could be read).
        detail: why it failed, and what to do.
        read, new, duplicate, rejected: rows by table; read = new + duplicate + rejected for messages and events. What was new among
            people and things is counted in the report as a whole only.
        reasons: (code, rows, first line) of every kind of rejection.
        refused: (file, code) of every file that was not taken in, where the input is a folder of pictures, voices and videos.
    """

    input_id: str
    name: str
    format: str
    status: str
    detail: str = ""
    read: Mapping[str, int] = field(default_factory=dict)
    new: Mapping[str, int] = field(default_factory=dict)
    duplicate: Mapping[str, int] = field(default_factory=dict)
    rejected: Mapping[str, int] = field(default_factory=dict)
    reasons: tuple[tuple[str, int, int], ...] = ()
    refused: tuple[tuple[str, str], ...] = ()

    @property
    def rows(self) -> tuple[int, int, int, int]:
        """Messages and events read, new, known before, rejected; of a file that holds neither, the rows read."""
        return rows_of(self.read, self.new, self.duplicate, self.rejected)


def rows_of(*counts: Mapping[str, int]) -> tuple[int, int, int, int]:
    """Sums over messages and events of (read, new, duplicate, rejected); `read` over everything where there is neither."""
    read, new, duplicate, rejected = (sum(c.get(name, 0) for name in FACTS) for c in counts)
    return read or sum(counts[0].values()), new, duplicate, rejected


@dataclass(frozen=True, slots=True)
class ImportReport:
    """What an import did, in all and input by input. Counts are rows by table."""

    inputs: tuple[InputReport, ...]
    read: Mapping[str, int]
    new: Mapping[str, int]
    duplicate: Mapping[str, int]
    rejected: Mapping[str, int]

    @property
    def complete(self) -> bool:
        """Whether every input was read to its end and every row of it was understood."""
        return all(i.status == "done" for i in self.inputs) and not sum(self.rejected.values())

    def __len__(self) -> int:
        return len(self.inputs)
