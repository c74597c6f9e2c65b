"""Who talks most, where most is said, what is bought most."""

from __future__ import annotations

from dataclasses import dataclass
from decimal import Decimal
from typing import ClassVar

import ibis
import ibis.expr.types as ir
import pyarrow as pa

from jianwei.common.results import Reason, Rows, Unavailable
from jianwei.errors import UsageError
from jianwei.query._base import Reader, check, setting
from jianwei.query.reasons import nobody
from jianwei.query.shape import SUM, shares, typed
from jianwei.query.views import NAMED, bought, currencies, events, names_of, talk

__all__ = ["RANKING_SCHEMA", "Ranking", "RankingResult"]

RANKING_SCHEMA = pa.schema(
    [
        ("id", pa.string()),
        ("name", pa.string()),
        ("rows", pa.int64()),
        ("amount", SUM),
        ("share", pa.float64()),
        ("first_us", pa.int64()),
        ("last_us", pa.int64()),
    ]
)
_NOTHING = ibis.null("decimal(18, 4)")
_IDS: dict[str, str] = {"person": "person_id", "conversation": "conversation_id", "item": "item_id"}


@dataclass(frozen=True)
class RankingResult(Rows):
    """Rows: id, name, rows, amount (of purchases; null when messages are counted or nothing has an amount), share (of all rows, or
    of the whole amount when `of="amount"`), first_us, last_us; from large to small, then by id.

    Attributes:
        total_rows: rows that belong to somebody or something, listed or not.
        others_rows: of these, rows of those not listed.
        total_amount: sum of all amounts; None without amounts.
        top_share: share of the listed together.
    """

    total_rows: int
    others_rows: int
    total_amount: Decimal | None
    top_share: float


@dataclass(frozen=True, kw_only=True)
class Ranking:
    """The persons, conversations or items with the most messages, events or money."""

    tables: ClassVar[tuple[str, ...]] = ("messages", "events", "users", "conversations", "items")
    tasks: ClassVar[tuple[str, ...]] = ()

    by: str = setting("person", "what to rank", choices=NAMED)
    of: str = setting("messages", "what to count", choices=("messages", "events", "amount"))
    limit: int = setting(20, "how many to list", minimum=1, maximum=100_000)

    def __post_init__(self) -> None:
        check(self)
        if self.by == "conversation" and self.of != "messages":
            raise UsageError("Ranking.by", f"{self.of} do not happen in conversations", "rank by person or item")

    def compute(self, reader: Reader) -> RankingResult | Unavailable:
        paid = currencies(reader) if self.of != "messages" else ()
        if self.of == "amount" and len(paid) > 1:
            return Unavailable(Reason("several_currencies", {"currencies": ", ".join(paid)}))
        counted = self._rows(reader, summable=len(paid) < 2)
        rows = counted.mutate(id=counted[_IDS[self.by]]).filter(lambda t: t.id.notnull())
        total = reader.execute(rows.aggregate(rows=rows.count(), amount=rows.amount.sum())).to_pylist()[0]
        if not total["rows"]:
            return nobody(reader, counted, "messages" if self.of == "messages" else "events", self.by)
        listed = rows.group_by("id").aggregate(
            rows=rows.count(), amount=rows.amount.sum(), first_us=rows.ts_us.min(), last_us=rows.ts_us.max()
        )
        measure = "amount" if self.of == "amount" else "rows"
        top = reader.execute(listed.order_by(ibis.desc(measure), "id").limit(self.limit))
        counts, parts = top["rows"].to_pylist(), top[measure].to_pylist()
        return RankingResult(
            typed(
                RANKING_SCHEMA,
                name=names_of(reader, self.by, top["id"]),
                share=shares(parts, total[measure]),
                **{name: top[name] for name in ("id", "rows", "amount", "first_us", "last_us")},
            ),
            total_rows=total["rows"],
            others_rows=total["rows"] - sum(counts),
            total_amount=total["amount"],
            top_share=shares([sum(parts)], total[measure])[0] or 0.0,
        )

    def _rows(self, reader: Reader, *, summable: bool) -> ir.Table:
        """What is counted, with a column `amount` that may be added up."""
        if self.of == "messages":
            return talk(reader).mutate(amount=_NOTHING)
        if self.of == "events":
            rows = events(reader)
            return rows.mutate(amount=((rows.name == "buy") & summable).ifelse(rows.amount, _NOTHING))
        rows = bought(reader)
        return rows.filter(rows.amount.notnull())
