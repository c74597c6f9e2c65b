"""Runs a stage over every record it has not answered yet: worker processes compute, one parent commits.

What was committed stays, whatever happens: a run that is stopped or killed goes on where it was, because what is left to do is
computed from the lake. The parent commits every `COMMIT_SECONDS` or `COMMIT_ROWS`, whichever comes first, while the workers go on.
"""

from __future__ import annotations

import time
from collections.abc import Iterable, Iterator
from concurrent.futures import Future, ThreadPoolExecutor
from contextlib import closing
from dataclasses import dataclass

import ibis
import pyarrow as pa

from jianwei.common.memory import usable_memory
from jianwei.common.progress import Progress, SilentProgress, Task
from jianwei.engines import Engine, Scope, Session
from jianwei.enrich._base import Pace, Stage
from jianwei.enrich.pool import StagePool
from jianwei.enrich.readings import READINGS
from jianwei.errors import CancelledError
from jianwei.query._base import ModelId
from jianwei.records import TABLES
from jianwei.store import Lake, Store

__all__ = ["EnrichReport", "Skipped", "StageReport", "enrich"]

COMMIT_ROWS = 200_000
COMMIT_SECONDS = 30.0
TABLES_READ = ("messages", "media", "annotations")
_MEMORY_SHARE = 0.5  # of what there is, that workers may take


@dataclass(frozen=True, slots=True)
class StageReport:
    """What one stage did.

    Attributes:
        records: rows that were waiting: records, or files of records.
        answered: rows that were answered in this run.
        failed: of these, records for which a task answered with status "error".
        rejected: of these, records with a file that cannot be read.
        seconds: wall time.
    """

    stage: str
    records: int
    answered: int
    failed: int
    seconds: float
    rejected: int = 0


@dataclass(frozen=True, slots=True)
class Skipped:
    """A stage that was left out because something is not installed.

    Attributes:
        what: what it lacks.
        hint: the command that brings it.
    """

    stage: str
    what: str
    hint: str


@dataclass(frozen=True, slots=True)
class EnrichReport:
    """What the stages did, in order, and which were left out."""

    stages: tuple[StageReport, ...]
    skipped: tuple[Skipped, ...] = ()

    def __len__(self) -> int:
        return len(self.stages)

    def __iter__(self) -> Iterator[StageReport]:
        return iter(self.stages)


def enrich(
    stages: Iterable[Stage | Skipped],
    *,
    store: Store,
    engine: Engine,
    workers: int = 1,
    commit_rows: int = COMMIT_ROWS,
    progress: Progress | None = None,
) -> EnrichReport:
    """Let every stage answer the records it has not answered yet.

    Args:
        stages: what to run, in order; each is taken when those before it are done, since it may depend on who answered there. What is
            skipped is told in the report.
        store: records are read from it, annotations written to it.
        engine: computes what is left to do.
        workers: processes to use; 1 computes in this process.
        commit_rows: annotations that are gathered before they are committed (or `COMMIT_SECONDS`, if that is sooner).
        progress: where to report.

    Raises:
        CancelledError: the person stopped it; what was committed stays.
    """
    progress = progress or SilentProgress()
    reports: list[StageReport] = []
    skipped: list[Skipped] = []
    for stage in stages:
        if isinstance(stage, Skipped):
            skipped.append(stage)
            continue
        with store.alone(f"enrich/{stage.name}"), store.writing() as lake:
            run = _Run(store, lake, engine, workers, commit_rows, progress)
            reports.append(run.stage(stage))
            store.tidy(lake, ("annotations",))
    return EnrichReport(tuple(reports), tuple(skipped))


@dataclass(frozen=True, slots=True)
class _Run:
    """What every stage of one run shares."""

    store: Store
    lake: Lake
    engine: Engine
    workers: int
    commit_rows: int
    progress: Progress

    def stage(self, stage: Stage) -> StageReport:
        started = time.monotonic()
        snapshot = self.store.lake.snapshot(TABLES_READ)
        mine = {task: ModelId(*identity) for task, identity in stage.identities().items()}
        known = {task: ModelId(*identity) for task, identity in self.store.state.current().items()}
        files = snapshot.tables["annotations"].files
        committer = _Committer(self.lake, files, self.commit_rows)
        for name in (
            mine.keys() - known.keys()
        ):  # first answers count from the first on, new ones when they are complete
            self.store.state.set_current(name, mine[name].model, mine[name].version)
        with self.engine.open(snapshot, Scope(models=known | mine)) as session:
            todo = _pending(session, stage, annotated=bool(files))
            waiting = int(session.execute(todo.aggregate(n=todo.count())).column("n")[0].as_py())
            if waiting:
                workers = _workers(self.workers, waiting, stage.pace)
                with self.progress.task(f"enrich: {stage.name}", waiting, "records") as task:
                    _answer(stage, session.stream(todo, stage.pace.batch_rows), committer, workers, task)
        for name, model in mine.items():
            self.store.state.set_current(name, model.model, model.version)
        seconds = time.monotonic() - started
        return StageReport(stage.name, waiting, committer.records, committer.failed, seconds, committer.rejected)


def _workers(most: int, waiting: int, pace: Pace) -> int:
    """Processes that are worth starting and fit into the memory."""
    useful = min(most, 1 + waiting // pace.inline_rows)
    memory = usable_memory()
    if pace.worker_bytes == 0 or memory is None:
        return useful
    return max(1, min(useful, int(memory * _MEMORY_SHARE / pace.worker_bytes)))


def _pending(session: Session, stage: Stage, *, annotated: bool) -> ibis.Table:
    """Rows that lack an answer of the stage's current models to at least one of the tasks that are always answered."""
    waiting = READINGS[stage.reads](session)
    if not annotated:
        return waiting
    annotations = session.table("annotations")
    key = ["record_id", "part"]
    missing = []
    for task, (model, version) in stage.identities().items():
        if task not in stage.always:
            continue
        mine = annotations.filter(
            annotations.stage == stage.name,
            annotations.task == task,
            annotations.model == model,
            annotations.version == version,
        )
        missing.append(waiting.anti_join(mine, key).select(key))
    todo = ibis.union(missing[0], *missing[1:], distinct=True) if len(missing) > 1 else missing[0]
    return waiting.semi_join(todo, key)


def _answer(stage: Stage, batches: Iterator[pa.RecordBatch], committer: _Committer, workers: int, task: Task) -> None:
    with StagePool(stage, workers) as pool, closing(pool.map(batches)) as answers:
        try:
            for annotations, records in answers:
                committer.add(annotations, records)
                task.advance(records)
        except KeyboardInterrupt:
            committer.finish()
            raise CancelledError(
                f"enrich {stage.name}",
                f"stopped after {committer.records:,} records; they stay",
                "run it again to go on",
            ) from None
        except Exception:
            committer.finish()  # what was answered before stays
            raise
    committer.finish()


class _Committer:
    """Gathers annotations and commits them in the background, one commit at a time."""

    def __init__(self, lake: Lake, searched: tuple[str, ...], commit_rows: int) -> None:
        self._lake, self._searched, self._commit_rows = lake, searched, commit_rows
        self._batches: list[pa.RecordBatch] = []
        self._rows = 0
        self._since = time.monotonic()
        self._pool = ThreadPoolExecutor(1, thread_name_prefix="commit")
        self._running: Future[None] | None = None
        self.records = 0
        self.failed = 0
        self.rejected = 0

    def add(self, annotations: pa.RecordBatch, records: int) -> None:
        self._batches.append(annotations)
        self._rows += annotations.num_rows
        self.records += records
        if self._rows >= self._commit_rows or time.monotonic() - self._since >= COMMIT_SECONDS:
            self._start()

    def finish(self) -> None:
        """Commit what is left and wait for it."""
        self._start()
        self._wait()
        self._pool.shutdown(wait=True)

    def _start(self) -> None:
        self._wait()
        batches, self._batches, self._rows = self._batches, [], 0
        self._since = time.monotonic()
        if batches:
            self._running = self._pool.submit(self._commit, batches)

    def _wait(self) -> None:
        if self._running is not None:
            self._running.result()
            self._running = None

    def _commit(self, batches: list[pa.RecordBatch]) -> None:
        rows = pa.Table.from_batches(batches, schema=TABLES["annotations"].schema)
        # What is left to do was computed against these files, so they hold none of these answers; nor do those of earlier commits.
        done = self._lake.append_new("annotations", rows, absent_from=self._searched)
        self._searched = done.files
        self.failed += _records(done.new, "error")
        self.rejected += _records(done.new, "rejected")


def _records(rows: pa.Table, status: str) -> int:
    import pyarrow.compute as pc

    found = rows.filter(pc.equal(rows.column("status"), status))
    return int(pc.count_distinct(found.column("record_id")).as_py())
