"""What an import is asked and what it answers."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field

from jianwei.sources.mapping import Proposal

__all__ = ["Decide", "ImportOptions", "ImportReport", "InputReport", "refuse"]

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
        read, new, duplicate, rejected: rows by table; read = new + duplicate + rejected. Counted for messages and events here, for the
            tables of people and things in the report as a whole.
        reasons: (code, rows, first line) of every kind of rejection.
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
