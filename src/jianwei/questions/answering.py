"""Answering a question: pin a snapshot, let the engine compute, say what it was made from, remember it.

An answer is remembered under the question, its settings, the versions of the tables and models it read, and what it covered: when any of
these changes, the question is computed again.
"""

from __future__ import annotations

from collections.abc import Collection, Iterator, Mapping
from contextlib import contextmanager, suppress
from dataclasses import asdict, dataclass, replace
from hashlib import sha256
from typing import Any, TypeVar, get_args, get_type_hints

import msgspec

from jianwei import __version__
from jianwei.common.results import Provenance, Rows, Unavailable
from jianwei.engines import Engine, Scope, Session
from jianwei.errors import SnapshotExpiredError
from jianwei.query._base import ModelId, Question
from jianwei.questions.codec import decode, encode
from jianwei.store import Snapshot, Store

__all__ = ["Asker", "Coverage", "Pinned", "answer"]

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
    ask = Asker(store, engine, coverage or Coverage(), remember)
    try:
        with ask.pinned(question.tables) as pinned:
            return pinned(question)
    except SnapshotExpiredError:  # vacuumed in between; a new snapshot is as good
        with ask.pinned(question.tables) as pinned:
            return pinned(question)


@dataclass(frozen=True, slots=True)
class Asker:
    """Answers several questions from one snapshot, so that they agree with each other."""

    store: Store
    engine: Engine
    coverage: Coverage = Coverage()
    remember: bool = True

    @contextmanager
    def pinned(self, tables: Collection[str]) -> Iterator[Pinned]:
        """Pin tables and open them; call what this gives with questions.

        Raises:
            SnapshotExpiredError: from a call, when a pinned file is gone; pin again.
        """
        snapshot = self.store.lake.snapshot(_read(tables, self.coverage))
        models = {task: ModelId(*identity) for task, identity in self.store.state.current().items()}
        scope = Scope(self.coverage.zone, self.coverage.inputs, models)
        with self.engine.open(snapshot, scope) as session:
            yield Pinned(self, snapshot, models, session)


@dataclass(frozen=True, slots=True)
class Pinned:
    """One open snapshot that answers questions."""

    asker: Asker
    snapshot: Snapshot
    models: Mapping[str, ModelId]
    session: Session

    def __call__(self, question: Question[ResultT]) -> ResultT | Unavailable:
        """The typed result, remembered or computed."""
        state, remember = self.asker.store.state, self.asker.remember
        made_from = self._provenance(question)
        key = _key(made_from, self.asker.coverage)
        if remember and (kept := state.answer(key)) is not None:
            with suppress(ValueError):  # damaged, or of another make: it is computed again
                return _stamped(decode(kept, _result_type(type(question))), made_from)
        result = question.compute(self.session)
        if remember:
            state.put_answer(key, made_from.question, encode(_stamped(result, None)))
        return _stamped(result, made_from)

    def _provenance(self, question: Question[Any]) -> Provenance:
        settings = msgspec.json.encode(asdict(question), order="sorted").decode()  # type: ignore[call-overload]
        models = {task: self.models[task] for task in sorted(question.tasks) if task in self.models}
        names = {task: f"{model.model}/{model.version}" for task, model in models.items()}
        read = _read(question.tables, self.asker.coverage)
        versions = {name: version for name, version in self.snapshot.versions.items() if name in read}
        return Provenance(type(question).__name__, settings, versions, names, self.asker.engine.name)


def _read(tables: Collection[str], coverage: Coverage) -> set[str]:
    """The tables asked for, and those that tell which of their rows the covered inputs hold."""
    if coverage.inputs is None:
        return set(tables)
    return {*tables, "sightings", *(("messages", "events") if "annotations" in tables else ())}


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
