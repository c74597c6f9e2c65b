"""Free-hand access: expressions and SQL over the newest state of a workspace."""

from __future__ import annotations

import gc
from pathlib import Path

import pyarrow as pa
import pytest

from jianwei.errors import UsageError
from jianwei.records import TABLES
from jianwei.store import Store, open_store
from jianwei.workspace.tables import open_table, run_sql


@pytest.fixture
def store(tmp_path: Path) -> Store:
    return open_store(tmp_path / "w")


def add(store: Store, *numbers: int) -> None:
    given = [{"message_id": f"m:{number}", "ts_us": number} for number in numbers]
    with store.writing() as lake:
        lake.append_new("messages", pa.Table.from_pylist(given, TABLES["messages"].schema))


def test_sql_sees_the_newest_rows_of_every_table(store: Store) -> None:
    for name in TABLES:
        assert run_sql(f"SELECT count(*) AS n FROM {name}", store, "UTC").to_pylist() == [{"n": 0}]
    add(store, 1, 2)
    assert run_sql("SELECT sum(ts_us) AS n FROM messages", store, "UTC").to_pylist() == [{"n": 3}]
    add(store, 3)
    assert run_sql("SELECT sum(ts_us) AS n FROM messages", store, "UTC").to_pylist() == [{"n": 6}]


def test_expression_lives_on_by_itself_and_keeps_its_snapshot(store: Store) -> None:
    add(store, 1, 2)
    table = open_table("messages", store, "UTC")
    gc.collect()
    add(store, 3)
    assert table.count().execute() == 2
    assert table.filter(table.ts_us > 1).message_id.to_pyarrow().to_pylist() == ["m:2"]
    assert open_table("messages", store, "UTC").count().execute() == 3


@pytest.mark.parametrize("name", ["", "message", "MESSAGES", "all_messages", "messages; DROP VIEW messages"])
def test_unknown_tables_are_named_beside_the_known_ones(store: Store, name: str) -> None:
    with pytest.raises(UsageError, match="messages") as caught:
        open_table(name, store, "UTC")
    assert repr(name) in caught.value.what


def test_sql_neither_writes_nor_reads_elsewhere(store: Store, tmp_path: Path) -> None:
    (tmp_path / "secret.csv").write_text("a\nhunter2\n")
    for query in (
        f"SELECT * FROM '{tmp_path}/secret.csv'",
        f"COPY messages TO '{tmp_path}/out.csv'",
        "SELECT 1; SELECT 2",
    ):
        with pytest.raises(UsageError):
            run_sql(query, store, "UTC")
    assert not (tmp_path / "out.csv").exists()
