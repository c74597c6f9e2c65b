"""Any table as a source: opened, proposed, read in chunks."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping

import numpy as np
import pyarrow as pa

from jianwei.common.files import base_name, head_text
from jianwei.common.inputs import InputFile, Sample
from jianwei.common.times import detect_layout
from jianwei.errors import InputError
from jianwei.sources._base import Piece, ReadContext, Reject
from jianwei.sources.delimited import Block
from jianwei.sources.lines import clip
from jianwei.sources.mapping import MappingNeeded, Proposal
from jianwei.sources.tables.cells import keys
from jianwei.sources.tables.dialect import dialect_of
from jianwei.sources.tables.events import event_tables
from jianwei.sources.tables.frames import MOST_COLUMNS, container_of, open_table, preview
from jianwei.sources.tables.headers import KINDS
from jianwei.sources.tables.messages import message_tables
from jianwei.sources.tables.propose import resolve
from jianwei.sources.tables.rows import Bad, Cells, Plan, read_cells
from jianwei.sources.tables.things import item_tables, user_tables

__all__ = ["TableSource"]

Ints = np.ndarray[tuple[int], np.dtype[np.int64]]

_BUILDERS: Mapping[str, tuple[str, Callable[[Cells], dict[str, pa.Table]]]] = {
    "messages": ("messages", message_tables),
    "orders": ("events", event_tables),
    "events": ("events", event_tables),
    "ratings": ("events", event_tables),
    "items": ("items", item_tables),
    "users": ("users", user_tables),
}
"""Kind of table → (canonical table that its rows are counted in, what makes the canonical tables)."""

# What a row cannot be without; an empty text is still a message.
_NEEDS: Mapping[str, tuple[tuple[str, ...], ...]] = {
    "messages": (),
    "orders": (("user", "nickname", "basket"),),
    "events": (("user", "nickname"),),
    "ratings": (("user", "nickname"), ("item", "item_title"), ("rating",)),
    "items": (("item", "item_title"),),
    "users": (("user", "nickname"),),
}


class TableSource:
    """Tables of messages, orders, events, ratings, items and users in CSV, TSV, XLSX, JSON Lines and Parquet."""

    name = "table"

    def sniff(self, sample: Sample) -> float:
        """0.9 for containers that hold nothing but tables, 0.7 for text with a known header, less the less regular it is."""
        container = container_of(sample)
        if container in ("parquet", "spreadsheet"):
            return 0.9
        if container == "jsonl":
            return 0.6
        dialect = dialect_of(head_text(sample), whole=sample.whole) if container else None
        if dialect is None:
            return 0.0
        if dialect.columns == 1:
            return 0.5 if dialect.known else 0.03
        return (0.7 if dialect.known else 0.4) * dialect.regular

    def propose(self, file: InputFile, context: ReadContext) -> Proposal:
        """How the file would be read, under what `context` says explicitly.

        Raises:
            InputError: the file is no table, or has no rows.
            UsageError: the explicit mapping does not fit the file.
        """
        return self._proposed(file, context)[1]

    def _proposed(
        self, file: InputFile, context: ReadContext
    ) -> tuple[Callable[[], Iterator[Block]], Proposal, pa.Table]:
        opened = open_table(file)
        head = preview(opened)
        if not head.num_columns:
            raise InputError(file.name, "the table has no rows that can be read")
        if head.num_columns > MOST_COLUMNS:
            raise InputError(file.name, f"has {head.num_columns:,} columns", f"a table may have {MOST_COLUMNS:,}")
        return opened.blocks, resolve(head, file.name, table=context.table, mapping=context.mapping), head

    def read(self, file: InputFile, context: ReadContext) -> Iterator[Piece]:
        """Pieces of about `context.chunk_rows` rows, in file order.

        Raises:
            MappingNeeded: the columns are not sure and `context` says nothing.
            InputError, UsageError: as in `propose`.
        """
        if context.table == "baskets":
            from jianwei.sources.baskets import BasketSource

            yield from BasketSource().read(file, context)
            return
        blocks, proposal, head = self._proposed(file, context)
        if not proposal.sure or proposal.missing:
            raise MappingNeeded(file.name, proposal)
        fields = proposal.fields
        layout = None
        if "time" in fields:
            layout = detect_layout(keys(head.column(fields["time"]).combine_chunks()))
        plan = Plan(context, proposal.table, fields, layout, base_name(file.name))
        first = 0
        for chunk in _gathered(blocks(), context.chunk_rows):
            frame = _joined(chunk)
            yield _piece(plan, chunk, frame, first)
            first += frame.num_rows


def _gathered(blocks: Iterator[Block], rows: int) -> Iterator[list[Block]]:
    """Blocks in groups of about `rows` rows. An error in the file comes after what was read before it."""
    group: list[Block] = []
    try:
        for block in blocks:
            group.append(block)
            if sum(item.frame.num_rows + len(item.rejects) for item in group) >= rows:
                yield group
                group = []
    except InputError:
        if group:
            yield group
        raise
    if group:
        yield group


def _joined(chunk: list[Block]) -> pa.Table:
    frames = [block.frame for block in chunk if block.frame.num_rows]
    return pa.concat_tables(frames, promote_options="default").combine_chunks() if frames else chunk[0].frame


def _piece(plan: Plan, chunk: list[Block], frame: pa.Table, first: int) -> Piece:
    counted, build = _BUILDERS[plan.table]
    rejects = [reject for block in chunk for reject in block.rejects]
    met = frame.num_rows + len(rejects)
    tables: dict[str, pa.Table] = {}
    if frame.num_rows:
        cells, bad = read_cells(plan, frame, first, _NEEDS[plan.table])
        tables = build(cells) if len(cells) else {}
        if bad:
            lines = np.concatenate([block.lines() for block in chunk if block.frame.num_rows])
            rejects += _rejects(plan, frame, lines, bad)
    rejects.sort(key=lambda reject: reject.line)
    return Piece(tables, tuple(rejects), {counted: met}, chunk[-1].consumed)


def _rejects(plan: Plan, frame: pa.Table, lines: Ints, bad: list[Bad]) -> Iterator[Reject]:
    """One for each bad row, with the first thing that is wrong with it."""
    why = {row: item for item in reversed(bad) for row in item.rows.tolist()}
    rows = sorted(why)
    for row, values in zip(rows, frame.take(pa.array(rows)).to_pylist(), strict=True):
        item = why[row]
        column = plan.fields.get(item.field, "")
        detail = f"{column}={(values.get(column) or '')[:80]}" if column else item.field
        yield Reject(int(lines[row]), item.reason, detail, clip("\t".join(value or "" for value in values.values())))


assert set(_BUILDERS) == set(_NEEDS) == set(KINDS)
