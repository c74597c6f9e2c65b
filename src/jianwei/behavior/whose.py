"""Whose messages count, and for whom they count: what questions about labels share."""

from __future__ import annotations

import ibis
import ibis.expr.types as ir

from jianwei.query._base import Reader
from jianwei.query.views import NAMED, messages

__all__ = ["BY", "DIRECTIONS", "PICTURES", "WHOSE", "directed", "whose"]

BY = ("all", *NAMED)
"""Everything together, or each person, conversation or item."""
DIRECTIONS = ("in", "out", "all")
WHOSE = "whose messages: in (not the account's own), out (its own), all"
"""Help of the setting `direction`."""
PICTURES = "also count the text in pictures, which nobody wrote themselves"
"""Help of the setting `pictures` of questions that count `own_words` otherwise."""


def directed(rows: ir.Table, direction: str) -> ir.Table:
    """Rows with a column `direction` in one of `DIRECTIONS`. A message without a direction, a review say, comes from outside."""
    if direction == "all":
        return rows
    own = rows.direction.fill_null("unknown") == "out"
    return rows.filter(own if direction == "out" else ~own)


def whose(reader: Reader, rows: ir.Table, by: str, direction: str) -> ir.Table:
    """Annotations of messages in one direction with the column `id`: the person, conversation or item that they count for.

    Args:
        rows: annotations with `person_id`.
        by: one of `NAMED`, or anything else for all together; their id is "".
        direction: one of `DIRECTIONS`, see `directed`.

    Returns:
        Columns of `rows` and id, never null.
    """
    together = by not in NAMED
    if direction == "all" and (together or by == "person"):  # annotations know this themselves, without a join
        known = rows.mutate(id=ibis.literal("") if together else rows.person_id)
        return known.filter(known.id.notnull())
    said = directed(messages(reader), direction)
    said = said.select("message_id", id=ibis.literal("") if together else said[f"{by}_id"])
    found = rows.inner_join(said, rows.record_id == said.message_id).drop("message_id")
    return found.filter(found.id.notnull())
