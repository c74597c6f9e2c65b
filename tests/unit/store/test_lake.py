"""Tables on disk: what their logs hold, what is refused, and what compaction and vacuum leave to readers."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pyarrow as pa
import pyarrow.parquet as pq
import pytest
from deltalake import DeltaTable, write_deltalake

from jianwei.errors import StoreError
from jianwei.records import TABLES
from jianwei.store import Lake
from jianwei.store.scan import connect, scan_sql
from jianwei.store.snapshot import TableSnapshot

Rows = Callable[..., pa.Table]
Contents = Callable[..., list[dict[str, Any]]]


def log(lake: Lake, name: str) -> list[Path]:
    return sorted((lake.root / name / "_delta_log").glob("*.json"))


def add_commit(lake: Lake, name: str, *actions: dict[str, Any]) -> None:
    at = len(log(lake, name))
    file = lake.root / name / "_delta_log" / f"{at:020d}.json"
    file.write_text("\n".join(json.dumps(action) for action in actions))


def ids(*numbers: int, **values: Any) -> list[dict[str, Any]]:
    return [{"message_id": f"m:{number}", "ts_us": number, "account": "a", **values} for number in numbers]


def read(table: TableSnapshot) -> list[str]:
    with connect() as connection:
        found = connection.execute(f"SELECT message_id FROM ({scan_sql(table)})").to_arrow_table()
    return sorted(found.column(0).to_pylist())


# --- snapshots -------------------------------------------------------------------------------------------------------


def test_tables_that_were_never_written_are_pinned_empty(lake: Lake) -> None:
    snapshot = lake.snapshot(TABLES)
    assert snapshot.versions == dict.fromkeys(sorted(TABLES), -1)
    for name, table in snapshot.tables.items():
        assert (table.files, table.schema, table.partition) == ((), TABLES[name].schema, TABLES[name].partition)
    assert not lake.root.exists()


def test_table_that_was_made_and_holds_nothing(lake: Lake, contents: Contents) -> None:
    lake.open("messages")
    assert lake.snapshot(["messages"]).versions == {"messages": 0}
    assert contents(lake, "messages") == []


def test_pinned_snapshot_stays_through_appends_and_compaction(lake: Lake, rows: Rows) -> None:
    for number in range(4):
        lake.append_new("messages", rows("messages", *ids(number)))
    pinned = lake.snapshot(["messages"]).tables["messages"]
    for number in range(4, 7):
        lake.append_new("messages", rows("messages", *ids(number)))
        assert read(pinned) == ["m:0", "m:1", "m:2", "m:3"]
    assert lake.compact("messages", above=0)
    lake.vacuum("messages")
    lake.vacuum("messages", keep_hours=24)
    assert read(pinned) == ["m:0", "m:1", "m:2", "m:3"]
    newest = lake.snapshot(["messages"]).tables["messages"]
    assert len(newest.files) == 1
    assert read(newest) == [f"m:{number}" for number in range(7)]


def test_identity_is_that_of_the_table_and_not_of_its_name(lake: Lake, rows: Rows, tmp_path: Path) -> None:
    lake.append_new("messages", rows("messages", *ids(1)))
    assert lake.identity("messages") == lake.identity("messages")
    other = Lake(tmp_path / "other")
    other.append_new("messages", rows("messages", *ids(1)))
    assert lake.identity("messages")[1] == other.identity("messages")[1] == 1
    assert lake.identity("messages")[0] != other.identity("messages")[0]


# --- compaction and vacuum -------------------------------------------------------------------------------------------


def test_compaction_keeps_every_row_and_asks_for_many_files_first(lake: Lake, rows: Rows) -> None:
    for number in range(3):
        lake.append_new("messages", rows("messages", *ids(number, text=f"话{number}")))
    assert not lake.compact("messages", above=3)
    assert not lake.compact("messages")
    before = lake.snapshot(["messages"]).tables["messages"]
    assert lake.compact("messages", above=2)
    after = lake.snapshot(["messages"]).tables["messages"]
    assert (len(before.files), len(after.files)) == (3, 1)
    assert read(before) == read(after) == ["m:0", "m:1", "m:2"]


def test_compaction_keeps_partitions(lake: Lake, rows: Rows, contents: Contents) -> None:
    stages = ["text", "店铺", "007"]
    for number in range(6):
        given = {"record_id": f"m:{number}", "task": "t", "part": 0, "model": "m", "version": "1"}
        lake.append_new("annotations", rows("annotations", given | {"stage": stages[number % 3]}))
    lake.compact("annotations", above=0)
    assert len(lake.snapshot(["annotations"]).tables["annotations"].files) == 3
    got = [(row["record_id"], row["stage"]) for row in contents(lake, "annotations", "record_id", "stage")]
    assert got == [(f"m:{number}", stages[number % 3]) for number in range(6)]


@pytest.mark.parametrize("hours", [0, 1, 23, -5])
def test_vacuum_of_what_may_be_in_use_is_refused(lake: Lake, rows: Rows, hours: int) -> None:
    for number in range(3):
        lake.append_new("messages", rows("messages", *ids(number)))
    pinned = lake.snapshot(["messages"]).tables["messages"]
    lake.compact("messages", above=0)
    with pytest.raises(StoreError):
        lake.vacuum("messages", keep_hours=hours)
    assert all(Path(file).exists() for file in pinned.files)


def test_vacuum_removes_only_what_no_recent_version_needs(lake: Lake, rows: Rows) -> None:
    for number in range(3):
        lake.append_new("messages", rows("messages", *ids(number)))
    assert lake.vacuum("messages") == 0
    lake.compact("messages", above=0)
    assert lake.vacuum("messages") == 0
    assert len(list((lake.root / "messages").glob("*.parquet"))) == 4


# --- what the log holds ----------------------------------------------------------------------------------------------


def test_neither_log_nor_checkpoints_hold_anybody_s_data(lake: Lake, rows: Rows) -> None:
    """Values of personal columns would stay in the log after an erase. Every way of committing is taken."""
    mark = "geheim秘密标记"

    def marked(name: str, number: int, at: int, *open_values: tuple[str, Any]) -> dict[str, Any]:
        spec = TABLES[name]
        row: dict[str, Any] = {"account": "shop", "ts_us": at}
        row |= dict.fromkeys(spec.personal, f"{mark}{number}")
        row |= {column: f"{mark}{number}" for column in spec.key if spec.schema.field(column).type == pa.string()}
        return row | dict(open_values)

    for name, spec in TABLES.items():
        fixed: list[tuple[str, Any]] = [("stage", "text"), ("part", 0)] if spec.partition else []
        for at in range(2):
            batch = rows(name, *(marked(name, number, at, *fixed) for number in range(at, at + 3)))
            if spec.writes == "upsert":
                lake.upsert(name, batch)
                renewed = [marked(name, n, at + 1, *fixed) | {c: f"{mark}{at}" for c in spec.personal if c not in spec.key}
                           for n in range(at, at + 3)]  # fmt: skip
                lake.upsert(name, rows(name, *renewed))
            else:
                lake.append_new(name, batch)
                lake.append_once(name, batch, app="inbox", number=at)
        lake.compact(name, above=0)
        lake.open(name).create_checkpoint()

    logs = [file for name in TABLES for file in (lake.root / name / "_delta_log").iterdir() if file.is_file()]
    checkpoints = [file for file in logs if file.name.endswith(".checkpoint.parquet")]
    assert len(checkpoints) >= len(TABLES)
    forms = [mark.encode(), json.dumps(mark)[1:-1].encode(), "geheim".encode("utf-16-le")]
    for file in logs:
        held = file.read_bytes()
        if file.suffix == ".parquet":
            held += json.dumps(pq.read_table(file).to_pylist(), default=str, ensure_ascii=False).encode()
        assert not [form for form in forms if form in held], file


@pytest.mark.parametrize("name", TABLES)
def test_statistics_are_kept_for_times_and_accounts_only(lake: Lake, rows: Rows, name: str) -> None:
    spec = TABLES[name]
    key = {column: 1 if spec.schema.field(column).type == pa.int32() else "k" for column in spec.key}
    fixed = {"stage": "text"} if spec.partition else {}
    lake.append_new(name, rows(name, key | fixed | {"account": "shop", "ts_us": 5}))
    (stats,) = [
        json.loads(action["add"]["stats"]) for line in log(lake, name)[1].read_text().splitlines() if "add" in (action := json.loads(line))
    ]  # fmt: skip
    assert stats["numRecords"] == 1
    assert stats["minValues"] == stats["maxValues"] == {"account": "shop", "ts_us": 5}
    assert set(stats["nullCount"]) == {"account", "ts_us"}


def test_files_are_zstd(lake: Lake, rows: Rows) -> None:
    lake.append_new("messages", rows("messages", *ids(1, text="你好")))
    (file,) = lake.snapshot(["messages"]).tables["messages"].files
    group = pq.read_metadata(file).row_group(0)
    assert {group.column(at).compression for at in range(group.num_columns)} == {"ZSTD"}


# --- tables of others ------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("feature", ["deletionVectors", "columnMapping"])
def test_tables_with_features_that_change_what_files_mean_are_refused(lake: Lake, rows: Rows, feature: str) -> None:
    lake.append_new("messages", rows("messages", *ids(1)))
    protocol = {"minReaderVersion": 3, "minWriterVersion": 7, "readerFeatures": [feature], "writerFeatures": [feature]}
    add_commit(lake, "messages", {"protocol": protocol})
    for use in (
        lambda: lake.snapshot(["messages"]),
        lambda: lake.append_new("messages", rows("messages", *ids(2))),
        lambda: lake.append_once("messages", rows("messages", *ids(2)), app="inbox", number=1),
        lambda: lake.upsert("messages", rows("messages", *ids(2))),
    ):
        with pytest.raises(StoreError, match=feature):
            use()
    assert len(log(lake, "messages")) == 3


def test_column_mapping_of_the_old_protocol_is_refused_too(lake: Lake, rows: Rows) -> None:
    lake.append_new("messages", rows("messages", *ids(1)))
    actions = [json.loads(line) for line in log(lake, "messages")[0].read_text().splitlines()]
    (meta,) = [action for action in actions if "metaData" in action]
    meta["metaData"]["configuration"]["delta.columnMapping.mode"] = "name"
    add_commit(lake, "messages", {"protocol": {"minReaderVersion": 2, "minWriterVersion": 5}}, meta)
    with pytest.raises(StoreError):
        lake.snapshot(["messages"])


@pytest.mark.parametrize(
    "damage",
    [
        "not json {{{",
        '{"protocol":{"minReaderVersion":99,"minWriterVersion":99}}',
        '{"protocol":{"minReaderVersion":3,"minWriterVersion":7,"readerFeatures":["x"],"writerFeatures":["x"]}}',
    ],
)
def test_log_that_cannot_be_read_is_an_error_of_the_store(lake: Lake, rows: Rows, damage: str) -> None:
    lake.append_new("messages", rows("messages", *ids(1)))
    log(lake, "messages")[1].write_text(damage)
    for use in (
        lambda: lake.snapshot(["messages"]),
        lambda: lake.append_new("messages", rows("messages", *ids(2))),
        lambda: lake.compact("messages"),
        lambda: lake.vacuum("messages"),
    ):
        with pytest.raises(StoreError, match="table messages"):
            use()


def test_log_without_its_beginning_is_an_error_of_the_store(lake: Lake, rows: Rows) -> None:
    lake.append_new("messages", rows("messages", *ids(1)))
    log(lake, "messages")[0].unlink()
    with pytest.raises(StoreError):
        lake.snapshot(["messages"])


def test_file_in_the_place_of_a_table_is_an_error_of_the_store(lake: Lake) -> None:
    lake.root.mkdir(parents=True)
    (lake.root / "messages").write_text("not a table")
    with pytest.raises(StoreError):
        lake.snapshot(["messages"])


def test_table_of_an_older_release_takes_the_columns_it_lacks(lake: Lake, rows: Rows, contents: Contents) -> None:
    schema = TABLES["messages"].schema
    older = pa.schema([field for field in schema if field.name not in {"input_id", "recalled"}])
    DeltaTable.create(lake.table_path("messages"), older)
    write_deltalake(lake.table_path("messages"), pa.Table.from_pylist(ids(1), older), mode="append")
    pinned = lake.snapshot(["messages"]).tables["messages"]
    lake.append_new("messages", rows("messages", *ids(1, 2, input_id="i", recalled=False)))
    got = [(row["message_id"], row["input_id"], row["recalled"]) for row in contents(lake, "messages")]
    assert sorted(got) == [("m:1", None, None), ("m:2", "i", False)]
    assert read(pinned) == ["m:1"]
