"""One process of several that use a workspace at once: `python store_worker.py ACTION FOLDER JSON`, prints one line of JSON.

Processes meet at a barrier (files in a folder), so that what the tests want to happen at the same time does.
"""

from __future__ import annotations

import json
import sys
from collections.abc import Callable
from pathlib import Path
from time import monotonic, sleep
from typing import Any
from uuid import uuid4

import pyarrow as pa

from jianwei.engines import Scope
from jianwei.engines.duckdb import DuckDBEngine
from jianwei.records import TABLES
from jianwei.store import Lake, open_store

PATIENCE = 120.0


def wait_for(condition: Callable[[], bool]) -> None:
    deadline = monotonic() + PATIENCE
    while not condition():
        if monotonic() > deadline:
            raise TimeoutError("nobody came")
        sleep(0.005)


def meet(folder: Path, processes: int) -> None:
    """Go on when so many processes are here."""
    folder.mkdir(parents=True, exist_ok=True)
    (folder / uuid4().hex).touch()
    wait_for(lambda: len(list(folder.iterdir())) >= processes)


def meeting_lake(lake: Lake, barrier: Path, processes: int) -> Lake:
    """A lake whose first commit waits until every process has pinned its snapshot: all but one of them are stale then."""
    met = []

    def before_commit() -> None:
        if not met:
            met.append(True)
            meet(barrier, processes)
        lake.before_commit()

    return Lake(lake.root, before_commit)


def rows(name: str, given: list[dict[str, Any]]) -> pa.Table:
    return pa.Table.from_pylist(given, TABLES[name].schema)


def append(folder: Path, options: dict[str, Any]) -> dict[str, Any]:
    """Import ids [first, last) in chunks, beginning with chunk number `turn`."""
    store = open_store(folder)
    chunks = list(range(options["first"], options["last"], options["chunk"]))
    turn = options["turn"] % len(chunks)
    attempts, new, duplicate = [], 0, 0
    with store.writing() as shared:
        lake = meeting_lake(shared, Path(options["barrier"]), options["processes"])
        for first in chunks[turn:] + chunks[:turn]:
            numbers = range(first, min(first + options["chunk"], options["last"]))
            batch = rows(
                "messages", [{"message_id": f"m:{n:06d}", "ts_us": n, "input_id": options["name"]} for n in numbers]
            )
            done = lake.append_new("messages", batch)
            attempts.append(done.attempts)
            new += done.new.num_rows
            duplicate += done.duplicate.num_rows
    return {"attempts": attempts, "new": new, "duplicate": duplicate}


def once(folder: Path, options: dict[str, Any]) -> dict[str, Any]:
    """Flush numbered batches; every process has all of them."""
    store = open_store(folder)
    added = []
    with store.writing() as shared:
        lake = meeting_lake(shared, Path(options["barrier"]), options["processes"])
        for number in range(1, options["batches"] + 1):
            batch = rows("messages", [{"message_id": f"m:{number}/{n}", "ts_us": number} for n in range(5)])
            if lake.append_once("messages", batch, app="inbox/1", number=number):
                added.append(number)
    return {"added": added}


def upsert(folder: Path, options: dict[str, Any]) -> dict[str, Any]:
    store = open_store(folder)
    attempts = []
    with store.writing() as shared:
        lake = meeting_lake(shared, Path(options["barrier"]), options["processes"])
        for batch in options["batches"]:
            attempts.append(lake.upsert("users", rows("users", batch)).attempts)
    return {"attempts": attempts}


def churn(folder: Path, options: dict[str, Any]) -> dict[str, Any]:
    """Append and compact until a file says stop."""
    store = open_store(folder)
    stop, number = Path(options["stop"]), options["first"]
    with store.writing() as lake:
        while not stop.exists():
            lake.append_new("messages", rows("messages", [{"message_id": f"m:{number:06d}", "ts_us": number}]))
            number += 1
            if number % 5 == 0:
                lake.compact("messages", above=2)
                lake.vacuum("messages")
            Path(options["beat"]).touch()
    return {"last": number}


def opened(folder: Path, options: dict[str, Any]) -> dict[str, Any]:
    """Open one new workspace after the other, each at the same time as the other processes, and write to it at once."""
    files = []
    for number in range(options["rounds"]):
        meet(Path(options["barrier"]) / str(number), options["processes"])
        store = open_store(folder / str(number))
        store.state.put_position(options["name"], {"here": True})
        with store.writing() as lake:
            lake.append_new("messages", rows("messages", [{"message_id": f"m:{options['name']}", "ts_us": 1}]))
            lake.upsert("users", rows("users", [{"user_id": "u:1", "nickname": options["name"], "ts_us": 1}]))
        files.append((store.folder / "state.db").stat().st_ino)
        store.state.engine.dispose()
    return {"files": files}


def hold(folder: Path, options: dict[str, Any]) -> dict[str, Any]:
    """Hold a lease until standard input ends or somebody kills this process."""
    store = open_store(folder)
    with store.alone(options["name"]), store.writing() as lake:
        lake.before_commit()
        print("held", flush=True)
        sys.stdin.read()
    return {}


def read(folder: Path, options: dict[str, Any]) -> dict[str, Any]:
    """Count what each of several new snapshots holds while others write."""
    store = open_store(folder)
    counts = []
    meet(Path(options["barrier"]), options["processes"])
    for _ in range(options["times"]):
        with DuckDBEngine().open(store.lake.snapshot(["messages"]), Scope()) as session:
            (row,) = session.sql("SELECT count(*) AS n, count(DISTINCT message_id) AS ids FROM messages").to_pylist()
        counts.append([row["n"], row["ids"]])
    return {"counts": counts}


ACTIONS = {
    "append": append,
    "once": once,
    "upsert": upsert,
    "churn": churn,
    "opened": opened,
    "hold": hold,
    "read": read,
}

if __name__ == "__main__":
    action, where, given = sys.argv[1], Path(sys.argv[2]), json.loads(sys.argv[3])
    print(json.dumps(ACTIONS[action](where, given)), flush=True)
