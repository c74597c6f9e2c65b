"""Stages that read files, through the runner: a crash costs its own file, a stop costs nothing, what is done stays done."""

from __future__ import annotations

import io
import multiprocessing
import os
import signal
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path

import pyarrow as pa
import pytest
from PIL import Image
from support.fragile import CRASH, FragileStage

import jianwei as jw
from jianwei.common.media import OpenMedia
from jianwei.enrich import EnrichReport, enrich
from jianwei.enrich.answers import Answer
from jianwei.enrich.pool import StagePool
from jianwei.errors import CancelledError, JianweiError


def picture(n: int, words: bytes = b"") -> bytes:
    """A small PNG like no other, with some words in a comment."""
    from PIL.PngImagePlugin import PngInfo

    told = PngInfo()
    told.add_text("comment", words.decode())
    file = io.BytesIO()
    Image.new("RGB", (8, 8), (n % 256, n // 256, 7)).save(file, "PNG", pnginfo=told)
    return file.getvalue()


def filled(folder: Path, contents: list[bytes]) -> jw.Workspace:
    """A workspace with these pictures."""
    album = folder / "album"
    album.mkdir()
    for n, content in enumerate(contents):
        (album / f"{n:03d}.png").write_bytes(content)
    workspace = jw.open(folder / "w")
    workspace.import_files([album])
    return workspace


def run(workspace: jw.Workspace, workers: int = 1, **how: object) -> EnrichReport:
    stage = FragileStage(workspace.store.folder, **how)  # type: ignore[arg-type]
    return enrich([stage], store=workspace.store, engine=workspace.engine, workers=workers)


def answers(workspace: jw.Workspace, version: str = "1") -> list[tuple[str, str]]:
    query = f"""
        SELECT a.status, a.label FROM annotations a JOIN messages m ON m.message_id = a.record_id
        WHERE a.version = '{version}' ORDER BY m.seq
    """
    return [(row["status"], row["label"]) for row in workspace.sql(query).to_pylist()]


def test_a_crash_costs_the_file_that_caused_it_and_no_other(tmp_path: Path) -> None:
    contents = [picture(n, CRASH if n in (4, 9) else b"") for n in range(12)]
    workspace = filled(tmp_path, contents)
    (report,) = run(workspace, workers=2)
    assert (report.records, report.answered, report.failed, report.rejected) == (12, 12, 0, 2)
    expected = [("ok", str(len(content))) for content in contents]
    expected[4] = expected[9] = ("rejected", "crashed")
    assert answers(workspace) == expected


def test_workers_that_cannot_start_are_no_files_fault(tmp_path: Path) -> None:
    workspace = filled(tmp_path, [picture(1)])
    with pytest.raises(RuntimeError, match="cannot be loaded"):
        run(workspace, broken=True)
    assert workspace.sql("SELECT * FROM annotations").num_rows == 0


def test_what_is_answered_is_not_answered_again_but_by_a_new_model(tmp_path: Path) -> None:
    workspace = filled(tmp_path, [picture(n) for n in range(4)])
    assert run(workspace, isolated=False).stages[0].answered == 4
    assert run(workspace, isolated=False).stages[0].answered == 0
    assert run(workspace, isolated=False, version="2").stages[0].answered == 4
    assert answers(workspace, "1") == answers(workspace, "2")
    assert workspace.store.state.current()["bytes"] == ("counter", "2")


def test_files_that_come_later_are_answered_then(tmp_path: Path) -> None:
    workspace = filled(tmp_path, [picture(1)])
    run(workspace, isolated=False)
    (tmp_path / "album" / "late.png").write_bytes(picture(2))
    workspace.import_files([tmp_path / "album"])
    assert run(workspace, isolated=False).stages[0].answered == 1
    assert len(answers(workspace)) == 2


def test_ctrl_c_keeps_what_was_answered(tmp_path: Path) -> None:
    workspace = filled(tmp_path, [picture(n) for n in range(9)])
    with pytest.raises(CancelledError, match="they stay"):
        run(workspace, isolated=False, interrupted=7)
    assert len(answers(workspace)) == 6  # two batches
    assert run(workspace, isolated=False).stages[0].answered == 3
    assert len(answers(workspace)) == 9


@dataclass(frozen=True, slots=True)
class Twice(FragileStage):
    """Kills its process at the first two files that it reads, as a machine without memory does."""

    def _count(self, media: OpenMedia) -> tuple[Answer, ...]:
        assert self.started is not None
        read = len(self.started.read_bytes()) if self.started.exists() else 0
        with self.started.open("ab") as file:
            file.write(b".")
        if read < 2:
            os.kill(os.getpid(), signal.SIGKILL)
        return (Answer(task="bytes", label="read"),)


@dataclass(frozen=True, slots=True)
class OpenedOnce(Twice):
    """Crashes at the third file, and can then not be started any more, as on a machine that has run out of memory."""

    def open(self) -> Callable[[pa.RecordBatch], pa.RecordBatch]:
        assert self.started is not None
        if self.started.exists():
            os.kill(os.getpid(), signal.SIGKILL)
        return FragileStage.open(self)

    def _count(self, media: OpenMedia) -> tuple[Answer, ...]:
        assert self.started is not None
        with self.started.open("ab") as file:
            file.write(b".")
        if len(self.started.read_bytes()) == 3:
            os.kill(os.getpid(), signal.SIGKILL)
        return (Answer(task="bytes", label="read"),)


def test_what_was_answered_stays_when_no_worker_can_be_started_any_more(tmp_path: Path) -> None:
    workspace = filled(tmp_path, [picture(n) for n in range(6)])
    stage = OpenedOnce(workspace.store.folder, started=tmp_path / "reads")
    with pytest.raises(JianweiError, match="a worker process has ended"):
        enrich([stage], store=workspace.store, engine=workspace.engine)
    assert len(answers(workspace)) == 2


def test_a_row_is_refused_only_after_two_crashes_of_its_own(tmp_path: Path) -> None:
    """The first crash takes all that is under way with it; then the row is alone and may crash once more."""
    (tmp_path / "a.png").write_bytes(picture(1))
    row = {"account": "a", "ts_us": 1, "seq": 1, "record_id": "m:1", "user_id": "u:1", "part": 0}
    batch = pa.RecordBatch.from_pylist([{**row, "path": "a.png", "sha256": None}])
    with StagePool(Twice(tmp_path, started=tmp_path / "reads"), 1) as pool:
        ((found, rows),) = pool.map([batch])
    assert (rows, found.to_pylist()[0]["label"]) == (1, "read")


def test_a_stop_waits_for_no_file(tmp_path: Path) -> None:
    (tmp_path / "slow.png").write_bytes(picture(1))
    started = tmp_path / "started"

    def batches() -> Iterator[pa.RecordBatch]:
        row = {"account": "a", "ts_us": 1, "seq": 1, "record_id": "m:1", "user_id": "u:1", "part": 0}
        yield pa.RecordBatch.from_pylist([{**row, "path": "slow.png", "sha256": None}])
        while not started.exists():
            time.sleep(0.05)
        raise KeyboardInterrupt

    with (
        pytest.raises(KeyboardInterrupt),
        StagePool(FragileStage(tmp_path, slow=300.0, started=started), 1) as pool,
    ):
        list(pool.map(batches()))
    for worker in multiprocessing.active_children():
        worker.join(30)
        assert worker.exitcode is not None


def test_stages_that_read_files_are_left_alone_where_there_are_none(tmp_path: Path) -> None:
    workspace = jw.open(tmp_path / "w")
    assert [stage.stage for stage in workspace.enrich()] == ["text"]
