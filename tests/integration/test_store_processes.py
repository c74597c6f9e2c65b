"""Real processes on one workspace at the same time: nothing lost, nothing twice, readers undisturbed."""

from __future__ import annotations

import json
import signal
import subprocess
import sys
from collections.abc import Callable, Iterator
from pathlib import Path
from time import monotonic
from typing import Any

import pyarrow as pa
import pytest

from jianwei.engines import Scope
from jianwei.engines.duckdb import DuckDBEngine
from jianwei.errors import LeaseError
from jianwei.records import TABLES
from jianwei.store import Snapshot, Store, open_store
from jianwei.store.state import hold

WORKER = Path(__file__).parents[1] / "support" / "store_worker.py"
PATIENCE = 180.0

Start = Callable[..., subprocess.Popen[str]]


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    return tmp_path / "it's 工作区"


@pytest.fixture
def start(folder: Path, tmp_path: Path, child_environment: dict[str, str]) -> Iterator[Start]:
    """Starts a worker: `start("append", first=0, …)`. All of a test's workers share one barrier; none outlives the test."""
    running: list[subprocess.Popen[str]] = []

    def begin(action: str, **options: Any) -> subprocess.Popen[str]:
        given = json.dumps({"barrier": str(tmp_path / "barrier"), **options})
        command = [sys.executable, str(WORKER), action, str(folder), given]
        pipes = {"stdin": subprocess.PIPE, "stdout": subprocess.PIPE, "stderr": subprocess.PIPE}
        running.append(subprocess.Popen(command, text=True, env=child_environment, **pipes))  # type: ignore[call-overload]
        return running[-1]

    yield begin
    for process in running:
        process.kill()
        process.communicate()


def result(process: subprocess.Popen[str]) -> dict[str, Any]:
    out, error = process.communicate(timeout=PATIENCE)
    assert process.returncode == 0, error
    got: dict[str, Any] = json.loads(out.splitlines()[-1])
    return got


def query(store: Store, sql: str, snapshot: Snapshot | None = None) -> list[dict[str, Any]]:
    with DuckDBEngine().open(snapshot or store.lake.snapshot(TABLES), Scope()) as session:
        rows: list[dict[str, Any]] = session.sql(sql).to_pylist()
        return rows


IDS = "SELECT count(*) AS n, count(DISTINCT message_id) AS ids, min(ts_us) AS first, max(ts_us) AS last FROM messages"


@pytest.mark.slow
def test_three_importers_of_the_same_rows_add_each_row_once(start: Start, folder: Path) -> None:
    """They meet before their first commit, so that two of the three are refused; then each goes its own way."""
    rows = 20_000
    common = {"first": 0, "last": rows, "chunk": 2_500, "processes": 3}
    workers = [start("append", turn=turn, name=f"i:{turn}", **common) for turn in (0, 0, 5)]
    done = [result(worker) for worker in workers]
    store = open_store(folder)
    assert query(store, IDS) == [{"n": rows, "ids": rows, "first": 0, "last": rows - 1}]
    assert sum(got["new"] for got in done) == rows
    assert sum(got["duplicate"] for got in done) == 2 * rows
    firsts = sorted(got["attempts"][0] for got in done)
    assert firsts[0] == 1
    assert min(firsts[1:]) >= 2
    by_input = query(store, "SELECT input_id, count(*) AS n FROM messages GROUP BY input_id")
    assert sum(row["n"] for row in by_input) == rows
    assert {row["input_id"]: row["n"] for row in by_input}.get("i:5", 0) == done[2]["new"]


@pytest.mark.slow
def test_three_processes_with_the_same_numbered_batches_add_each_once(start: Start, folder: Path) -> None:
    workers = [start("once", batches=8, processes=3) for _ in range(3)]
    added = [number for worker in workers for number in result(worker)["added"]]
    assert sorted(added) == list(range(1, 9))
    (row,) = query(open_store(folder), IDS)
    assert (row["n"], row["ids"]) == (40, 40)


@pytest.mark.slow
def test_three_processes_renew_the_same_people(start: Start, folder: Path) -> None:
    """All have one column in common: there the newest wins, whoever came first. Each has one of its own: it is not lost."""
    own = ("region", "gender", "language")
    people, turns = 200, 4

    def batch(process: int, turn: int) -> list[dict[str, Any]]:
        at = 10 * turn + (7 * process) % 10
        shared = {"ts_us": at, "nickname": f"at {at}", own[process]: f"{own[process]} {turn}", "account": "shop"}
        alone = {"user_id": f"u:{process}/{turn}", "ts_us": at}
        return [{"user_id": f"u:{n}", **shared} for n in range(people)] + [alone]

    batches = [[batch(process, turn) for turn in range(turns)] for process in range(3)]
    done = [result(worker) for worker in [start("upsert", batches=given, processes=3) for given in batches]]
    store = open_store(folder)
    newest = max(row["ts_us"] for given in batches for turn in given for row in turn)
    renewed = query(store, "SELECT * FROM users WHERE account = 'shop'")
    assert len(renewed) == people
    assert {(row["nickname"], row["ts_us"]) for row in renewed} == {(f"at {newest}", newest)}
    assert all(row[name].startswith(f"{name} ") for row in renewed for name in own)
    (count,) = query(store, "SELECT count(*) AS n, count(DISTINCT user_id) AS ids FROM users")
    assert count == {"n": people + 3 * turns, "ids": people + 3 * turns}
    firsts = sorted(got["attempts"][0] for got in done)
    assert firsts[0] == 1
    assert min(firsts[1:]) >= 2


@pytest.mark.slow
def test_readers_are_undisturbed_by_appends_compaction_and_vacuum(start: Start, folder: Path, tmp_path: Path) -> None:
    store = open_store(folder)
    first = 50
    given = [{"message_id": f"m:{n:06d}", "ts_us": n} for n in range(first)]
    with store.writing() as lake:
        for at in range(0, first, 10):
            lake.append_new("messages", pa.Table.from_pylist(given[at : at + 10], TABLES["messages"].schema))
    pinned = store.lake.snapshot(["messages"])
    stop, beat = tmp_path / "stop", tmp_path / "beat"
    writer = start("churn", first=first, stop=str(stop), beat=str(beat))
    other = start("read", times=10, processes=1)
    seen, compacted = [], 0
    deadline = monotonic() + PATIENCE
    while compacted < 3:
        assert writer.poll() is None, writer.communicate()
        assert monotonic() < deadline
        assert query(store, IDS, pinned) == [{"n": first, "ids": first, "first": 0, "last": first - 1}]
        newest = store.lake.snapshot(["messages"])
        (row,) = query(store, IDS, newest)
        assert row["n"] == row["ids"] == row["last"] + 1
        seen.append(row["n"])
        compacted += not set(pinned.tables["messages"].files) & set(newest.tables["messages"].files)
    stop.touch()
    assert seen == sorted(seen)
    assert result(writer)["last"] >= seen[-1] > first
    counts = result(other)["counts"]
    assert all(n == ids for n, ids in counts)
    assert counts == sorted(counts)
    assert query(store, IDS, pinned) == [{"n": first, "ids": first, "first": 0, "last": first - 1}]


@pytest.mark.slow
def test_two_processes_open_a_new_workspace_at_once(start: Start, folder: Path) -> None:
    rounds = 10
    workers = [start("opened", name=name, rounds=rounds, processes=2) for name in ("a", "b")]
    files = [result(worker)["files"] for worker in workers]
    assert files[0] == files[1]
    for number in range(rounds):
        store = open_store(folder / str(number))
        assert [store.state.position(name) for name in ("a", "b")] == [{"here": True}] * 2
        assert sorted(entry.name for entry in store.folder.iterdir() if not entry.name.startswith("state.db-")) == [
            ".jianwei",
            "lake",
            "state.db",
        ]
        with store.state.engine.connect() as connection:
            assert connection.exec_driver_sql("PRAGMA journal_mode").scalar() == "wal"
            assert connection.exec_driver_sql("PRAGMA integrity_check").scalar() == "ok"
        assert query(store, "SELECT message_id FROM messages ORDER BY ALL") == [
            {"message_id": "m:a"},
            {"message_id": "m:b"},
        ]
        assert query(store, "SELECT count(*) AS n FROM users") == [{"n": 1}]
        store.state.engine.dispose()


def test_lease_of_a_killed_process_is_free_at_once(start: Start, folder: Path) -> None:
    worker = start("hold", name="compact/messages")
    assert worker.stdout is not None
    assert worker.stdout.readline() == "held\n", worker.communicate()
    engine = open_store(folder).state.engine
    with pytest.raises(LeaseError), hold(engine, "compact/messages", "exclusive"):
        pass
    with pytest.raises(LeaseError), hold(engine, "lake", "exclusive"):
        pass
    worker.send_signal(signal.SIGKILL)
    worker.wait()
    with hold(engine, "compact/messages", "exclusive"), hold(engine, "lake", "exclusive") as lease:
        lease.check()
