"""Workers of a stage: who answers what when files crash, hang or are slow, and what is left when somebody stops."""

from __future__ import annotations

import multiprocessing
import os
import signal
from collections import Counter
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path

import pyarrow as pa
import pytest
from PIL import Image
from PIL.PngImagePlugin import PngInfo
from support.fragile import CRASH, HANG, WAIT, FragileStage

from jianwei.common.media import OpenMedia
from jianwei.enrich.answers import Answer
from jianwei.enrich.pool import StagePool
from jianwei.errors import JianweiError

LIMIT = 4.0  # seconds for a row where some hang; the others take milliseconds


def rows(folder: Path, words: list[bytes], at_once: int = 3) -> list[pa.RecordBatch]:
    """Batches about small pictures with these words in a comment."""
    found = []
    for n, word in enumerate(words):
        told = PngInfo()
        told.add_text("comment", word.decode())
        Image.new("RGB", (8, 8), (n, 0, 7)).save(folder / f"{n}.png", pnginfo=told)
        row = {"account": "a", "ts_us": n, "seq": n, "record_id": f"m:{n}", "user_id": "u:1", "part": 0}
        found.append({**row, "path": f"{n}.png", "sha256": None})
    return [pa.RecordBatch.from_pylist(found[at : at + at_once]) for at in range(0, len(found), at_once)]


def answered(stage: FragileStage, workers: int, batches: list[pa.RecordBatch]) -> dict[int, tuple[str, str]]:
    """seq → (status, label), each of which came once."""
    with StagePool(stage, workers) as pool:
        found = [(row, count) for annotations, count in pool.map(batches) for row in annotations.to_pylist()]
    assert [count for _, count in found] == [1] * sum(batch.num_rows for batch in batches)
    assert set(Counter(row["seq"] for row, _ in found).values()) == {1}
    return {row["seq"]: (row["status"], "read" if row["status"] == "ok" else row["label"]) for row, _ in found}


@pytest.mark.parametrize("workers", [1, 2])
def test_files_that_hang_or_crash_are_refused_and_no_other(tmp_path: Path, workers: int) -> None:
    words = [b"", HANG, b"", b"", CRASH, b"", b"", b""]
    found = answered(FragileStage(tmp_path, row_seconds=LIMIT), workers, rows(tmp_path, words))
    refused = {HANG: ("rejected", "too_slow"), CRASH: ("rejected", "crashed")}
    assert found == {n: refused.get(word, ("ok", "read")) for n, word in enumerate(words)}


def test_fast_files_do_not_wait_for_a_slow_one(tmp_path: Path) -> None:
    batches = rows(tmp_path, [WAIT, *[b""] * 11])
    stage = FragileStage(tmp_path, gate=tmp_path / "gate", row_seconds=60.0)
    order = []
    with StagePool(stage, 2) as pool:
        for annotations, _ in pool.map(batches):
            order += annotations.to_pylist()
            if len(order) == 11:
                (tmp_path / "gate").touch()
    assert [row["status"] for row in order] == ["ok"] * 12
    assert order[-1]["seq"] == 0


@pytest.mark.parametrize("workers", [1, 2])
def test_few_rows_are_held(tmp_path: Path, workers: int) -> None:
    taken = 0

    def source() -> Iterator[pa.RecordBatch]:
        nonlocal taken
        for batch in rows(tmp_path, [b""] * 12, at_once=1):
            taken += 1
            yield batch

    with StagePool(FragileStage(tmp_path), workers) as pool:
        for done, _ in enumerate(pool.map(source())):
            assert taken - done <= 2 * workers + 1  # at work, answered and not yet given back, and one ahead
    assert taken == 12


def test_only_the_work_at_a_row_counts(tmp_path: Path) -> None:
    """Neither loading the model nor the rows before it do."""
    stage = FragileStage(tmp_path, opening=2.5, slow=0.8, row_seconds=2.4)
    assert set(answered(stage, 1, rows(tmp_path, [b""] * 4, at_once=4)).values()) == {("ok", "read")}


@dataclass(frozen=True, slots=True)
class Once(FragileStage):
    """Stops its process at the first file that it reads, as a machine that is put to sleep does."""

    def _count(self, media: OpenMedia) -> tuple[Answer, ...]:
        assert self.started is not None
        if not self.started.exists():
            self.started.touch()
            os.kill(os.getpid(), signal.SIGSTOP)
        return (Answer(task="bytes", label="read"),)


def test_a_row_that_was_late_once_is_tried_again(tmp_path: Path) -> None:
    stage = Once(tmp_path, started=tmp_path / "started", row_seconds=LIMIT)
    assert answered(stage, 1, rows(tmp_path, [b"", b""])) == {0: ("ok", "read"), 1: ("ok", "read")}


@pytest.mark.parametrize("workers", [1, 2])
def test_a_stop_kills_what_hangs(tmp_path: Path, workers: int) -> None:
    batches = rows(tmp_path, [b"", b"", HANG, b""][: workers + 2])
    found = []

    def work() -> None:
        with StagePool(FragileStage(tmp_path), workers) as pool:
            for annotations, _ in pool.map(batches):
                found.extend(annotations.to_pylist())
                if len(found) == workers + 1:  # all but the one that hangs
                    raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        work()
    assert [row["status"] for row in found] == ["ok"] * (workers + 1)
    assert multiprocessing.active_children() == []


class OwnError(Exception):
    """An error that does not travel between processes: it wants two words and tells one."""

    def __init__(self, where: str, what: str) -> None:
        super().__init__(where)
        self.what = what


@dataclass(frozen=True, slots=True)
class Faulty(FragileStage):
    """Opens, or works at a batch, in a way of its own."""

    at_open: bool = False
    how: str = "raises"

    def open(self) -> Callable[[pa.RecordBatch], pa.RecordBatch]:
        if self.at_open:
            self._go_wrong()

        def function(batch: pa.RecordBatch) -> pa.RecordBatch:
            self._go_wrong()
            return batch

        return function

    def _go_wrong(self) -> None:
        if self.how == "dies":
            os.kill(os.getpid(), signal.SIGKILL)
        if self.how == "misses":
            raise FileNotFoundError(2, "no weights")
        raise OwnError("here", "nothing works")


@pytest.mark.parametrize(
    ("stage", "error", "words"),
    [
        (Faulty(Path(), at_open=True), RuntimeError, "OwnError: here"),
        (Faulty(Path(), at_open=True, how="misses"), FileNotFoundError, "no weights"),
        (Faulty(Path(), at_open=True, how="dies"), JianweiError, "fragile"),
        (Faulty(Path()), RuntimeError, "OwnError: here"),
        (Faulty(Path(), how="misses"), FileNotFoundError, "no weights"),
        (Faulty(Path(), isolated=False, how="dies"), JianweiError, "fragile"),
    ],
)
def test_faults_of_the_stage_are_no_rows_fault(
    tmp_path: Path, stage: Faulty, error: type[Exception], words: str
) -> None:
    with pytest.raises(error, match=words), StagePool(stage, 2) as pool:
        list(pool.map(rows(tmp_path, [b"", b"", b"", b""])))
    assert multiprocessing.active_children() == []
