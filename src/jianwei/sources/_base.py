"""What a source is: bytes in, canonical batches and rejects out, with the position reached.

A source knows nothing of storage. It gives every row its id and names every row it cannot read.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from typing import Protocol

import pyarrow as pa

from jianwei.common.files import InputFile, Sample
from jianwei.records import Occurrences

__all__ = ["RAW_LIMIT", "InputFile", "Piece", "ReadContext", "Reject", "Sample", "Source"]

RAW_LIMIT = 16_384
"""Characters of a rejected row that are kept; longer ones end with a mark that says how much was cut."""


@dataclass(frozen=True, slots=True)
class Reject:
    """One row that could not be read.

    Attributes:
        line: 1-based line in the file (row number where a format has no lines).
        reason: code; its words are `reject.<code>` in the locale.
        detail: the value or position that was wrong, short.
        raw: the row as text, at most `RAW_LIMIT` characters.
    """

    line: int
    reason: str
    detail: str = ""
    raw: str = ""


@dataclass(frozen=True, slots=True)
class Piece:
    """What one step of reading gave.

    Attributes:
        tables: canonical table name → rows in its canonical schema (see `records.TABLES`), ids included.
        rejects: rows that could not be read.
        read: table name → rows that were met for it, good and bad together.
        consumed: bytes of the file consumed so far (for the progress bar; compressed bytes where compressed).
    """

    tables: Mapping[str, pa.Table]
    rejects: tuple[Reject, ...] = ()
    read: Mapping[str, int] = field(default_factory=dict)
    consumed: int = 0


@dataclass(frozen=True, slots=True)
class ReadContext:
    """What a source needs to know beside the bytes.

    Attributes:
        account: the account the rows belong to.
        zone: zone of naive local times, e.g. "Asia/Shanghai".
        input_id: id of this input; goes into `messages.input_id` and `events.input_id`.
        file_sha256: hex digest of the file's bytes (basket ids are made from it).
        mapping: explicit column mapping of `--map` (canonical field → column name), or None.
        table: explicit kind of table of `--table` ("messages", "orders", "events", "ratings", "items", "users",
            "baskets"), or None.
        seen: counts identical rows of this file.
        chunk_rows: rows a piece should hold, about.
    """

    account: str
    zone: str
    input_id: str
    file_sha256: str
    mapping: Mapping[str, str] | None = None
    table: str | None = None
    seen: Occurrences = field(default_factory=Occurrences)
    chunk_rows: int = 100_000


class Source(Protocol):
    """One outside format.

    `sniff` returns how sure it is that a sample is its format: 0 not at all, 1 certain. `read` yields pieces in file order; it raises
    `InputError` only when the file as a whole cannot be read (wrong shape, cut short), after yielding what came before.
    """

    @property
    def name(self) -> str: ...

    def sniff(self, sample: Sample) -> float: ...

    def read(self, file: InputFile, context: ReadContext) -> Iterator[Piece]: ...
