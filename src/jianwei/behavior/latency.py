"""How long people wait for an answer."""

from __future__ import annotations

from dataclasses import dataclass
from itertools import pairwise
from typing import ClassVar

import ibis
import ibis.expr.types as ir
import numpy as np
import pyarrow as pa
from numpy.typing import NDArray

from jianwei.common.results import Reason, Rows, Unavailable
from jianwei.query._base import Reader, check, setting
from jianwei.query.periods import HOUR_US, span, timed
from jianwei.query.reasons import untimed
from jianwei.query.shape import ranked, typed
from jianwei.query.views import names_of, sent

__all__ = ["LATENCY_SCHEMA", "Latency", "LatencyResult"]

LATENCY_SCHEMA = pa.schema(
    [
        ("conversation_id", pa.string()),
        ("name", pa.string()),
        ("turns", pa.int64()),
        ("answered", pa.int64()),
        ("median_s", pa.float64()),
        ("p90_s", pa.float64()),
        ("unanswered_share", pa.float64()),
    ]
)

_UNDIRECTED = Unavailable(Reason("no_directions"))


@dataclass(frozen=True)
class LatencyResult(Rows):
    """Rows: conversation_id, name, turns, answered, median_s, p90_s (seconds; null when nothing was answered), unanswered_share;
    the conversations with the most turns, then by id.

    Attributes:
        turns: turns of people, in all conversations.
        answered: of these, turns answered in time.
        median_s: median wait in seconds over all answered turns.
        p90_s: nine of ten answered turns waited at most so long (linear interpolation).
    """

    turns: int
    answered: int
    median_s: float | None
    p90_s: float | None


@dataclass(frozen=True, kw_only=True)
class Latency:
    """How long incoming turns waited for an answer.

    A turn is a run of incoming messages that no outgoing one interrupts; its wait lasts from its first message to the next outgoing one
    in the same conversation. Whatever a person sends counts, a picture too; notices and recalled messages do not.
    """

    tables: ClassVar[tuple[str, ...]] = ("messages", "conversations")
    tasks: ClassVar[tuple[str, ...]] = ()

    limit: int = setting(20, "conversations to list", minimum=1, maximum=100_000)
    max_hours: float = setting(24.0, "an answer later than this is none", minimum=0.01, maximum=24 * 365)

    def __post_init__(self) -> None:
        check(self)

    def compute(self, reader: Reader) -> LatencyResult | Unavailable:
        rows = timed(sent(reader))
        rows = rows.filter(rows.direction.isin(("in", "out")) & rows.conversation_id.notnull())
        sides = reader.execute(rows.select("direction").distinct())["direction"].to_pylist()
        if not sides:
            return untimed(reader, sent(reader), "messages") if span(reader, sent(reader)) is None else _UNDIRECTED
        if len(sides) < 2:
            return Unavailable(Reason("one_sided", {"direction": sides[0]}))
        found = reader.execute(_waits(rows, int(self.max_hours * HOUR_US)))
        codes = found["conversation_id"].combine_chunks().dictionary_encode()
        turns, seconds, ends = _by_code(codes.indices.to_numpy(), found["wait_us"], len(codes.dictionary))
        waits = [seconds[begin:end] for begin, end in pairwise(ends)]
        answered = np.diff(ends)
        conversations = {
            "conversation_id": codes.dictionary,
            "turns": turns,
            "answered": answered,
            "median_s": pa.array([_quantile(wait, 0.5) for wait in waits], pa.float64()),
            "p90_s": pa.array([_quantile(wait, 0.9) for wait in waits], pa.float64()),
            "unanswered_share": (turns - answered) / turns,
        }
        top = ranked(pa.table(conversations), "-turns", "conversation_id").slice(0, self.limit)
        names = names_of(reader, "conversation", top["conversation_id"])
        return LatencyResult(
            typed(LATENCY_SCHEMA, name=names, **{column: top[column] for column in top.column_names}),
            turns=int(turns.sum()),
            answered=len(seconds),
            median_s=_quantile(seconds, 0.5),
            p90_s=_quantile(seconds, 0.9),
        )


def _waits(rows: ir.Table, longest_us: int) -> ir.Table:
    """One row a turn: conversation_id, wait_us (null when unanswered or answered too late)."""
    order = ["ts_us", "seq", "message_id"]
    before = rows.direction.lag().over(group_by="conversation_id", order_by=order)
    turns = rows.mutate(before=before).filter(lambda t: t.before.isnull() | (t.before != t.direction))
    answer_us = turns.ts_us.lead().over(group_by="conversation_id", order_by=order)
    incoming = turns.mutate(wait_us=answer_us - turns.ts_us).filter(lambda t: t.direction == "in")
    late = incoming.wait_us > longest_us
    return incoming.select("conversation_id", wait_us=late.ifelse(ibis.null("int64"), incoming.wait_us))


def _by_code(
    codes: NDArray[np.int32], waits: pa.ChunkedArray, size: int
) -> tuple[NDArray[np.int64], NDArray[np.float64], NDArray[np.int64]]:
    """Turns per code [size], all waits in seconds grouped by code [answered], where each group begins and ends [size + 1]."""
    counts = np.bincount(codes, minlength=size)
    known = waits.is_valid().to_numpy()
    seconds, owners = waits.drop_null().to_numpy() / 1e6, codes[known]
    ends = np.concatenate([[0], np.cumsum(np.bincount(owners, minlength=size))])
    return counts, seconds[np.argsort(owners, kind="stable")], ends


def _quantile(seconds: NDArray[np.float64], share: float) -> float | None:
    return float(np.quantile(seconds, share)) if len(seconds) else None
