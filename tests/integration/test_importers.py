"""Two processes import at once, the same file or overlapping ones: nothing is lost and nothing is there twice."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import pytest

import jianwei as jw
from jianwei.sandbox.bulk import write_wechatmsg_csv

ROWS = 6_000
SCRIPT = """
import sys
import jianwei as jw
from jianwei.ingest import ImportOptions, import_files

if __name__ == "__main__":
    workspace = jw.open(sys.argv[1])
    print("ready", flush=True)
    sys.stdin.readline()
    report = import_files([sys.argv[2]], store=workspace.store, options=ImportOptions(chunk_rows=1_000))
    print(report.read["messages"], report.new.get("messages", 0), report.duplicate.get("messages", 0))
"""


@pytest.fixture(scope="module")
def exports(tmp_path_factory: pytest.TempPathFactory) -> tuple[Path, Path]:
    """Two exports of one chat under the same name; the second lacks the first 2,000 messages of the first and goes on 2,000 longer."""
    folder = tmp_path_factory.mktemp("exports")
    whole = folder / "whole.csv"
    write_wechatmsg_csv(whole, rows=ROWS, seed=3)
    header, *lines = whole.read_text("utf-8-sig").splitlines(keepends=True)
    paths = (folder / "a" / "messages.csv", folder / "b" / "messages.csv")
    for path, part in zip(paths, (lines[:4_000], lines[2_000:]), strict=True):
        path.parent.mkdir()
        path.write_text(header + "".join(part), "utf-8-sig")
    return paths


def _at_once(workspace: Path, first: Path, second: Path) -> list[tuple[int, int, int]]:
    """Import in two processes that start together; (read, new, known) of each."""
    processes = [
        subprocess.Popen(
            [sys.executable, "-c", SCRIPT, str(workspace), str(path)],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            text=True,
        )
        for path in (first, second)
    ]
    for process in processes:
        assert process.stdout is not None
        assert process.stdout.readline() == "ready\n"
    counts = []
    for process in processes:
        assert process.stdin is not None
        process.stdin.write("go\n")
        process.stdin.flush()
    for process in processes:
        out, _ = process.communicate(timeout=300)
        assert process.returncode == 0
        read, new, known = map(int, out.split())
        counts.append((read, new, known))
    return counts


MESSAGES = "SELECT message_id, text, ts_us FROM messages ORDER BY message_id"


def test_one_file_twice_at_once(exports: tuple[Path, Path], tmp_path: Path) -> None:
    alone = jw.open(tmp_path / "alone")
    alone.import_files([exports[0]])
    counts = _at_once(tmp_path / "both", exports[0], exports[0])
    both = jw.open(tmp_path / "both")
    assert both.sql(MESSAGES).equals(alone.sql(MESSAGES))
    assert all(read == 4_000 == new + known for read, new, known in counts)
    assert sum(new for _, new, _ in counts) == 4_000


def test_overlapping_files_at_once(exports: tuple[Path, Path], tmp_path: Path) -> None:
    one_by_one = jw.open(tmp_path / "one")
    for path in exports:
        one_by_one.import_files([path])
    counts = _at_once(tmp_path / "both", *exports)
    both = jw.open(tmp_path / "both")
    ids = "SELECT message_id FROM messages ORDER BY message_id"
    assert both.sql(ids).equals(one_by_one.sql(ids))
    assert sum(new for _, new, _ in counts) == both.sql(ids).num_rows
    # Every message of each file is either first brought or sighted by it, whoever was faster.
    covered = both.sql(
        "SELECT input_id, count(*) AS n FROM (SELECT input_id, message_id FROM messages UNION "
        "SELECT input_id, record_id FROM sightings) GROUP BY input_id ORDER BY n"
    )
    assert covered.column("n").to_pylist() == [4_000, 4_000]
