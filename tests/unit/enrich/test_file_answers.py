"""What stages do with a file: refused, failed, met twice, outside."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pyarrow as pa
import pytest

from jianwei.common.media import OpenMedia, RejectedMediaError
from jianwei.enrich.answers import Answer
from jianwei.enrich.stages.files import FileAnswers

AMR = b"#!AMR\n" + (b"\x3c" + bytes(31)) * 3


def rows(paths: list[str], digests: list[str | None]) -> pa.RecordBatch:
    count = len(paths)
    columns = {
        "account": pa.array(["shop"] * count, pa.string()),
        "ts_us": pa.array(range(count), pa.int64()),
        "seq": pa.array(range(count), pa.int64()),
        "record_id": pa.array([f"m:{at}" for at in range(count)], pa.string()),
        "user_id": pa.nulls(count, pa.string()),
        "part": pa.array([0, 1000, 0, 0, 0][:count], pa.int32()),
        "path": pa.array(paths, pa.string()),
        "sha256": pa.array(digests, pa.string()),
    }
    return pa.RecordBatch.from_pydict(columns)


class Ear:
    """Answers with the number of files it has heard; what it hears it may refuse or fail on."""

    def __init__(self, error: Exception | None = None) -> None:
        self.heard, self.error = 0, error

    def __call__(self, media: OpenMedia) -> tuple[Answer, ...]:
        self.heard += 1
        if self.error is not None:
            raise self.error
        return Answer(task="t", text=str(self.heard)), Answer(task="t", nth=1, text="more")


def answered(folder: Path, ear: Ear, batch: pa.RecordBatch) -> list[dict[str, Any]]:
    return FileAnswers("s", "t", {"t": ("m", "1")}, folder, ear).annotate(batch).to_pylist()


def test_the_same_content_is_looked_at_once_and_parts_count_from_the_rows_own(tmp_path: Path) -> None:
    for name in ("a.amr", "b.amr"):
        (tmp_path / name).write_bytes(AMR)
    found = answered(tmp_path, Ear(), rows(["a.amr", "b.amr", "a.amr"], ["1", "1", None]))
    assert [(row["record_id"], row["part"], row["text"]) for row in found] == [
        ("m:0", 0, "1"), ("m:0", 1, "more"), ("m:1", 1000, "1"), ("m:1", 1001, "more"), ("m:2", 0, "2"), ("m:2", 1, "more"),
    ]  # fmt: skip


@pytest.mark.parametrize(
    "path", ["../secret.amr", "/etc/passwd", "media/../../secret.amr", "link.amr", "gone.amr", "a\0b"]
)
def test_nothing_outside_the_workspace_is_read(tmp_path: Path, path: str) -> None:
    (tmp_path / "secret.amr").write_bytes(AMR)
    inside = tmp_path / "w"
    inside.mkdir()
    (inside / "link.amr").symlink_to(tmp_path / "secret.amr")
    ear = Ear()
    (row,) = answered(inside, ear, rows([path], [None]))
    assert row["status"] == "rejected"
    assert row["label"] in ("unreadable", "missing")
    assert ear.heard == 0


def test_a_refused_file_says_why_and_is_not_tried_twice(tmp_path: Path) -> None:
    (tmp_path / "a.amr").write_bytes(AMR)
    ear = Ear(RejectedMediaError("damaged", "a", "it is cut off", "send it again"))
    found = answered(tmp_path, ear, rows(["a.amr", "a.amr"], ["1", "1"]))
    assert [(row["status"], row["label"]) for row in found] == [("rejected", "damaged")] * 2
    assert json.loads(found[0]["value"]) == {"code": "damaged", "error": "it is cut off"}
    assert ear.heard == 1


def test_a_fault_of_ours_marks_the_file_and_is_tried_again(tmp_path: Path) -> None:
    (tmp_path / "a.amr").write_bytes(AMR)
    ear = Ear(ZeroDivisionError("division by zero"))
    found = answered(tmp_path, ear, rows(["a.amr", "a.amr"], ["1", "1"]))
    assert [row["status"] for row in found] == ["error", "error"]
    assert "ZeroDivisionError" in found[0]["value"]
    assert ear.heard == 2
