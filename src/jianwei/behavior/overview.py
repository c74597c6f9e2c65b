"""How much there is: messages by kind, events by name, and the figures a report opens with."""

from __future__ import annotations

from dataclasses import dataclass
from decimal import Decimal
from typing import Any, ClassVar

import ibis
import ibis.expr.types as ir
import pyarrow as pa

from jianwei.common.results import Reason, Rows, Unavailable
from jianwei.query._base import Reader, check
from jianwei.query.shape import ranked
from jianwei.query.views import bought, currencies, events, messages, talk

__all__ = ["OVERVIEW_SCHEMA", "Overview", "OverviewResult"]

OVERVIEW_SCHEMA = pa.schema(
    [
        ("part", pa.string()),
        ("kind", pa.string()),
        ("rows", pa.int64()),
        ("people", pa.int64()),
        ("first_us", pa.int64()),
        ("last_us", pa.int64()),
    ]
)


@dataclass(frozen=True)
class OverviewResult(Rows):
    """Rows: part ("messages" or "events"), kind (message kind or event name), rows, people, first_us, last_us (null without times);
    messages first, then the most frequent kinds, then by kind.

    Attributes:
        messages: rows of all kinds, notices too.
        spoken: messages with a person's own words that were not recalled.
        people: persons who said or did something.
        conversations: chats, groups and threads with messages.
        events: rows of all names.
        baskets: orders and receipts that the sources know.
        items: things somebody said or did something about.
        buyers: persons who bought.
        amount: sum of all purchases, refunds not taken off; None without amounts, or with several currencies.
        currencies: currencies of the purchases, as far as they are named.
        first_us: time of the first message or event.
        last_us: time of the last one.
    """

    messages: int
    spoken: int
    people: int
    conversations: int
    events: int
    baskets: int
    items: int
    buyers: int
    amount: Decimal | None
    currencies: tuple[str, ...]
    first_us: int | None
    last_us: int | None


@dataclass(frozen=True, kw_only=True)
class Overview:
    """How much there is, of what, by how many, from when to when."""

    tables: ClassVar[tuple[str, ...]] = ("messages", "events")
    tasks: ClassVar[tuple[str, ...]] = ()

    def __post_init__(self) -> None:
        check(self)

    def compute(self, reader: Reader) -> OverviewResult | Unavailable:
        everything, spoken, acted, purchases = messages(reader), talk(reader), events(reader), bought(reader)
        kinds = ibis.union(_by_kind(everything, "messages", "kind"), _by_kind(acted, "events", "name"))
        rows = ranked(reader.execute(kinds), "-part", "-rows", "kind")
        if not rows.num_rows:
            return Unavailable(Reason("no_rows", {"table": "messages"}))
        said = _figures(reader, everything, conversations=everything.conversation_id.nunique())
        did = _figures(reader, acted, baskets=acted.basket_id.nunique())
        paid = _figures(reader, purchases, buyers=purchases.person_id.nunique(), amount=purchases.amount.sum())
        times = rows.group_by([]).aggregate([("first_us", "min"), ("last_us", "max")])
        currency = currencies(reader)
        return OverviewResult(
            rows.cast(OVERVIEW_SCHEMA),
            messages=said["rows"],
            spoken=_figures(reader, spoken)["rows"],
            people=_distinct(reader, everything.person_id, acted.person_id),
            conversations=said["conversations"],
            events=did["rows"],
            baskets=did["baskets"],
            items=_distinct(reader, everything.item_id, acted.item_id),
            buyers=paid["buyers"],
            amount=paid["amount"] if len(currency) < 2 else None,
            currencies=currency,
            first_us=times["first_us_min"][0].as_py(),
            last_us=times["last_us_max"][0].as_py(),
        )


def _by_kind(rows: ir.Table, part: str, kind: str) -> ir.Table:
    counted = rows.group_by(kind=rows[kind]).aggregate(
        rows=rows.count(), people=rows.person_id.nunique(), first_us=rows.ts_us.min(), last_us=rows.ts_us.max()
    )
    return counted.mutate(part=ibis.literal(part)).select(OVERVIEW_SCHEMA.names)


def _figures(reader: Reader, rows: ir.Table, **figures: ir.Scalar) -> dict[str, Any]:
    figure: dict[str, Any] = reader.execute(rows.aggregate(rows=rows.count(), **figures)).to_pylist()[0]
    return figure


def _distinct(reader: Reader, *columns: ir.Column) -> int:
    """How many values there are in the columns together, null not counted."""
    values = ibis.union(*(column.name("value").as_table().distinct() for column in columns))
    return int(reader.execute(values.aggregate(rows=values.value.nunique()))["rows"][0].as_py())
