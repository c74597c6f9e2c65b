"""Annotations as stages write them."""

from __future__ import annotations

import json
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import pyarrow as pa

from jianwei.enrich._base import Stage
from jianwei.records import TABLES, conform

__all__ = ["CARRIED", "Answer", "one_batch", "refused", "rows_of"]

CARRIED = ("account", "ts_us", "seq", "record_id", "user_id")
"""What an annotation takes over from its row."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Answer:
    """One answer about one row.

    Attributes:
        task: the question.
        nth: the how-many-th answer to it about this row, from 0.
        status: "ok", "error" or "rejected".
        value: goes out as JSON; None where there is nothing more to say.
    """

    task: str
    nth: int = 0
    label: str | None = None
    score: float | None = None
    text: str | None = None
    value: Any = None
    status: str = "ok"


def rows_of(
    stage: str, identities: Mapping[str, tuple[str, str]], batch: pa.RecordBatch, answers: Sequence[Iterable[Answer]]
) -> pa.RecordBatch:
    """Annotations from the answers about every row of a batch, in their order.

    Args:
        stage: name of the stage whose answers they are.
        identities: (model, version) of every task.
        batch: its rows, with the columns `CARRIED` and part.
        answers: as many as there are rows.
    """
    flat = [(row, answer) for row, some in enumerate(answers) for answer in some]
    at = pa.array([row for row, _ in flat], pa.int64())
    parts = batch.column("part").take(at).to_pylist()
    columns: dict[str, pa.Array] = {name: batch.column(name).take(at) for name in CARRIED}
    found = [answer for _, answer in flat]
    columns |= {
        "part": pa.array([part + answer.nth for part, answer in zip(parts, found, strict=True)], pa.int32()),
        "task": pa.array([answer.task for answer in found], pa.string()),
        "stage": pa.array([stage] * len(found), pa.string()),
        "model": pa.array([identities[answer.task][0] for answer in found], pa.string()),
        "version": pa.array([identities[answer.task][1] for answer in found], pa.string()),
        "status": pa.array([answer.status for answer in found], pa.string()),
        "label": pa.array([answer.label for answer in found], pa.string()),
        "score": pa.array([answer.score for answer in found], pa.float32()),
        "text": pa.array([answer.text for answer in found], pa.string()),
        "value": pa.array(
            [None if a.value is None else json.dumps(a.value, ensure_ascii=False) for a in found], pa.string()
        ),
    }
    return one_batch([conform("annotations", columns, len(found))])


def refused(stage: Stage, batch: pa.RecordBatch, code: str, what: str) -> pa.RecordBatch:
    """For every row, to every task that is always answered: rejected, and why."""
    said = {"error": what, "code": code}
    answers = [Answer(task=task, status="rejected", label=code, value=said) for task in stage.always]
    return rows_of(stage.name, stage.identities(), batch, [answers] * batch.num_rows)


def one_batch(tables: list[pa.Table]) -> pa.RecordBatch:
    """Tables in the schema of annotations as one batch."""
    joined = pa.concat_tables(tables).combine_chunks()
    batches = joined.to_batches()
    return batches[0] if batches else pa.RecordBatch.from_pylist([], TABLES["annotations"].schema)
