"""Answering a question: pin a snapshot, let the engine compute, say what it was made from, remember it.

An answer is remembered under the question, its settings, the versions of the tables and models it read, and what it covered: when any of
these changes, the question is computed again.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import asdict, dataclass, replace
from hashlib import sha256
from typing import Any, TypeVar, get_args, get_type_hints

import msgspec

from jianwei import __version__
from jianwei.common.results import Provenance, Rows, Unavailable
from jianwei.engines import Engine, Scope
from jianwei.errors import SnapshotExpiredError
from jianwei.query._base import ModelId, Question
from jianwei.questions.codec import decode, encode
from jianwei.store import Snapshot, Store

__all__ = ["Coverage", "answer"]

ResultT = TypeVar("ResultT", bound=Rows)


@dataclass(frozen=True, slots=True)
class Coverage:
    """What answers are about: the zone of their days, and the inputs they cover (None: the whole workspace)."""

    zone: str = "Asia/Shanghai"
    inputs: frozenset[str] | None = None


def answer(
    question: Question[ResultT],
    *,
    store: Store,
    engine: Engine,
    coverage: Coverage | None = None,
    remember: bool = True,
) -> ResultT | Unavailable:
    """The typed result of a question, with its provenance.

    Args:
        question: a frozen dataclass with settings (see `catalog`).
        store: pinned tables come from it, remembered answers go to it.
        engine: computes.
        coverage: zone and inputs.
        remember: whether an earlier answer may be taken and this one kept.

    Returns:
        The result, or Unavailable when the data does not allow an answer.
    """
    coverage = coverage or Coverage()
    for last_try in (False, True):
        snapshot = store.lake.snapshot({*question.tables, *(("sightings",) if coverage.inputs is not None else ())})
        current = store.state.current()
        models = {task: ModelId(*current[task]) for task in question.tasks if task in current}
        made_from = _provenance(question, snapshot, models, engine.name)
        key = _key(made_from, coverage)
        kind = _result_type(type(question))
        if remember and (kept := store.state.answer(key)) is not None:
            return _stamped(decode(kept, kind), made_from)
        try:
            with engine.open(snapshot, Scope(coverage.zone, coverage.inputs, models)) as session:
                result = question.compute(session)
        except SnapshotExpiredError:
            if last_try:
                raise
            continue
        if remember:
            store.state.put_answer(key, made_from.question, encode(_stamped(result, None)))
        return _stamped(result, made_from)
    raise AssertionError("unreachable")


def _provenance(question: Question[Any], snapshot: Snapshot, models: Mapping[str, ModelId], engine: str) -> Provenance:
    settings = msgspec.json.encode(asdict(question), order="sorted").decode()  # type: ignore[call-overload]
    names = {task: f"{model.model}/{model.version}" for task, model in sorted(models.items())}
    return Provenance(type(question).__name__, settings, snapshot.versions, names, engine)


def _key(made_from: Provenance, coverage: Coverage) -> str:
    inputs = None if coverage.inputs is None else sorted(coverage.inputs)
    parts = [__version__, asdict(made_from), coverage.zone, inputs]
    return sha256(msgspec.json.encode(parts, order="sorted")).hexdigest()


def _result_type(question: type[Any]) -> type[Any]:
    """The result class that `compute` is annotated with, beside Unavailable."""
    returned = get_type_hints(question.compute)["return"]
    (kind,) = [k for k in (get_args(returned) or (returned,)) if k is not Unavailable]
    result: type[Any] = kind
    return result


def _stamped(result: ResultT | Unavailable, made_from: Provenance | None) -> ResultT | Unavailable:
    return result if isinstance(result, Unavailable) else replace(result, provenance=made_from)
