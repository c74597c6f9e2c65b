"""What a short command does: open a workspace, append, pin, read by DuckDB, and end with everything still open.

`python exit_worker.py FOLDER NUMBER store|answer`: reading a lake by other ways has ended processes with an abort when the interpreter
went down. "store" reads by the store alone and starts in half the time; "answer" asks a question and leaves a stream in its middle.
"""

from __future__ import annotations

import sys
from pathlib import Path
from typing import Any

import pyarrow as pa

from jianwei.records import TABLES
from jianwei.store import Store, open_store
from jianwei.store.scan import connect, scan_sql

COUNT = "count(*) AS n, max(ts_us) AS newest"


def append(store: Store, number: int) -> None:
    with store.writing() as lake:
        given = [{"message_id": f"m:{number}/{n}", "ts_us": n, "text": "你好"} for n in range(100)]
        assert lake.append_new("messages", pa.Table.from_pylist(given, TABLES["messages"].schema)).new.num_rows == 100


def read_by_the_store(store: Store) -> dict[str, Any]:
    connection = connect()
    left.append(connection)
    scan = scan_sql(store.lake.snapshot(["messages"]).tables["messages"])
    left.append(connection.cursor().execute(scan).to_arrow_reader(10))
    (row,) = connection.execute(f"SELECT {COUNT} FROM ({scan})").to_arrow_table().to_pylist()
    return dict(row)


def read_by_the_workspace(folder: str) -> dict[str, Any]:
    import jianwei as jw
    from jianwei.engines import Scope
    from jianwei.questions import answer
    from jianwei.questions.catalog import find

    workspace = jw.open(folder)
    session = workspace.engine.attach(workspace.store.lake.snapshot(["messages"]), Scope())  # type: ignore[attr-defined]
    stream = session.stream(session.table("messages"), 10)
    assert next(stream).num_rows == 10
    left.extend([session, stream, workspace.table("messages")])
    answer(find("volume").load()(), store=workspace.store, engine=workspace.engine)
    (row,) = workspace.sql(f"SELECT {COUNT} FROM messages").to_pylist()
    return dict(row)


left: list[object] = []  # open on purpose, as a person's script would leave it

if __name__ == "__main__":
    folder, number, how = sys.argv[1:]
    opened = open_store(Path(folder))
    append(opened, int(number))
    got = read_by_the_store(opened) if how == "store" else read_by_the_workspace(folder)
    assert got["n"] % 100 == 0
    assert got["newest"] == 99
    print(got["n"])
