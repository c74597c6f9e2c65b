"""Tables of orders, behaviour logs and ratings: rows of something done."""

from __future__ import annotations

import re
from decimal import Decimal

import pyarrow as pa
import pyarrow.compute as pc

from jianwei.records import MONEY, conform, key_ids
from jianwei.sources.tables.cells import looked_up, vocabulary
from jianwei.sources.tables.parties import item_rows, person_rows, user_keys
from jianwei.sources.tables.rows import Cells, record_ids

__all__ = ["event_tables"]

_DEFAULT = {"orders": "buy", "events": "view", "ratings": "rate"}
_YUAN = re.compile("元|¥|￥|rmb|cny|人民币", re.IGNORECASE)


def event_tables(cells: Cells) -> dict[str, pa.Table]:
    """Canonical tables for rows of orders, events or ratings: `events`, and the people and things met in them.

    An order's row is a purchase, a refund where its quantity or amount is negative. What a log calls the event becomes one of
    `records.EVENT_NAMES`; a name that has no equal there becomes "other" and is kept in `attrs`.
    """
    plan = cells.plan
    account = plan.context.account
    keys = user_keys(cells)
    user_id = key_ids("u:", account, "user", keys)
    item_id, things = item_rows(cells)
    basket_id = key_ids("b:", account, "basket", cells.get("basket"))
    quantity, amount = cells.get("quantity", MONEY), _amounts(cells)
    name, unnamed = _names(cells, quantity, amount)
    currency = _currencies(cells)
    value = cells.get("rating", pa.float64())
    own_place = cells.seq if "seq" in plan.fields else None
    ts_us = cells.get("time", pa.int64())
    content = [
        account,
        plan.table,
        user_id,
        name,
        item_id,
        basket_id,
        quantity,
        amount,
        currency,
        value,
        ts_us,
        own_place,
    ]
    more = {"id": cells.get("id")} if cells.has("id") else {}
    if unnamed is not None:
        more["behavior"] = unnamed
    events = conform(
        "events",
        {
            **cells.common(),
            "event_id": record_ids("e:", cells, "event", content),
            "user_id": user_id,
            "name": name,
            "item_id": item_id,
            "basket_id": basket_id,
            "quantity": quantity,
            "amount": amount,
            "currency": currency,
            "value": value,
            "attrs": cells.attrs(more),
            "input_id": cells.constant(plan.context.input_id),
        },
        len(cells),
    )
    return {"events": events, **person_rows(cells, keys, user_id), **things}


def _amounts(cells: Cells) -> pa.Array:
    """What was paid for the row: its amount, or its price times its quantity (one where none is given)."""
    if cells.has("amount") or not cells.has("price"):
        return cells.get("amount", MONEY)
    pieces = pc.fill_null(cells.get("quantity", MONEY), pa.scalar(Decimal(1), MONEY))
    return pc.round(pc.multiply(cells.get("price"), pieces), 4).cast(MONEY)


def _names(cells: Cells, quantity: pa.Array, amount: pa.Array) -> tuple[pa.StringArray, pa.StringArray | None]:
    """(canonical event names, what the others were called)."""
    default = _DEFAULT[cells.plan.table]
    if not cells.has("behavior"):
        if default != "buy":
            return cells.constant(default), None
        nothing = pa.scalar(Decimal(0), MONEY)
        returned = pc.or_(
            pc.fill_null(pc.less(quantity, nothing), False), pc.fill_null(pc.less(amount, nothing), False)
        )
        return pc.if_else(returned, "refund", default), None
    told = cells.get("behavior")
    name = looked_up(told, vocabulary("behavior"))
    unnamed = pc.and_(name.is_null(), told.is_valid())
    name = pc.if_else(unnamed, "other", pc.fill_null(name, default))
    return name, pc.if_else(unnamed, told, None)


def _currencies(cells: Cells) -> pa.StringArray:
    if cells.has("currency"):
        return pc.utf8_upper(cells.get("currency"))
    column = cells.plan.fields.get("amount") or cells.plan.fields.get("price") or ""
    return cells.constant("CNY") if _YUAN.search(column) else cells.get("currency")
