"""Reading pinned files: the same typed rows whatever the files hold, and damage named for what it is."""

from __future__ import annotations

from decimal import Decimal
from pathlib import Path
from typing import Any

import duckdb
import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from jianwei.errors import SnapshotExpiredError, StoreError
from jianwei.records import TABLES
from jianwei.store import TableSnapshot
from jianwei.store.scan import connect, named_errors, rows_with_keys, scan_sql, sql_type


def pinned(name: str, *files: Path) -> TableSnapshot:
    spec = TABLES[name]
    return TableSnapshot(name, 1, tuple(str(file) for file in files), spec.schema, spec.partition)


def write(path: Path, columns: dict[str, Any]) -> Path:
    path.parent.mkdir(parents=True, exist_ok=True)
    pq.write_table(pa.table(columns), path)
    return path


def read(table: TableSnapshot, files: list[str] | None = None) -> pa.Table:
    with connect() as connection:
        return connection.execute(scan_sql(table, files)).to_arrow_table()


@pytest.mark.parametrize("name", TABLES)
def test_table_without_files_is_empty_and_typed(name: str) -> None:
    assert read(pinned(name)).schema.equals(TABLES[name].schema)
    assert read(pinned(name)).num_rows == 0


@pytest.mark.parametrize("name", TABLES)
def test_every_type_comes_back_as_it_went_in(name: str, tmp_path: Path) -> None:
    schema = TABLES[name].schema
    samples = {
        pa.string(): "店铺's \"x\"\n", pa.int64(): -(2**62), pa.int32(): 7, pa.float32(): 0.5, pa.float64(): 1e300,
        pa.bool_(): True, pa.decimal128(18, 4): Decimal("-99999999999999.9999"),
    }  # fmt: skip
    full = {field.name: samples[field.type] for field in schema}
    rows, folder = pa.Table.from_pylist([full, dict.fromkeys(full)], schema), tmp_path
    fixed: dict[str, object] = {}
    if partition := TABLES[name].partition:
        rows, folder, fixed = rows.drop_columns([partition]), tmp_path / f"{partition}=text", {partition: "text"}
    folder.mkdir(exist_ok=True)
    pq.write_table(rows, folder / "a.parquet")
    expected = [full | fixed, dict.fromkeys(full) | fixed]
    got = read(pinned(name, folder / "a.parquet"))
    assert got.schema.equals(schema)
    assert sorted(got.to_pylist(), key=repr) == sorted(expected, key=repr)


@pytest.mark.parametrize(
    "order", [("old", "new", "newer"), ("newer", "new", "old"), ("new", "old"), ("old",), ("newer",)]
)
def test_columns_added_later_are_null_in_older_files_in_any_order(tmp_path: Path, order: tuple[str, ...]) -> None:
    write(tmp_path / "old", {"message_id": ["m:1"], "ts_us": pa.array([1], pa.int64())})
    write(tmp_path / "new", {"text": ["你好"], "message_id": ["m:2"], "input_id": ["i"]})
    write(tmp_path / "newer", {"message_id": ["m:3"], "from_the_future": [1.5], "text": ["再见"]})
    got = read(pinned("messages", *(tmp_path / name for name in order)))
    assert got.schema.equals(TABLES["messages"].schema)
    rows = {row["message_id"]: (row["ts_us"], row["text"], row["input_id"]) for row in got.to_pylist()}
    every = {
        "old": ("m:1", (1, None, None)),
        "new": ("m:2", (None, "你好", "i")),
        "newer": ("m:3", (None, "再见", None)),
    }
    assert rows == dict(every[name] for name in order)


def test_narrower_types_in_a_file_are_widened(tmp_path: Path) -> None:
    write(tmp_path / "a", {"message_id": ["m:1"], "ts_us": pa.array([5], pa.int32()), "seq": pa.array([1], pa.int16())})
    write(tmp_path / "b", {"message_id": ["m:2"], "ts_us": pa.array([2**40], pa.int64())})
    got = read(pinned("messages", tmp_path / "a", tmp_path / "b"))
    assert got.schema.equals(TABLES["messages"].schema)
    assert sorted(got.column("ts_us").to_pylist()) == [5, 2**40]


@pytest.mark.parametrize(
    ("folder", "value"),
    [
        ("stage=text", "text"),
        ("stage=007", "007"),
        ("stage=1e3", "1e3"),
        ("stage=2024-01-01", "2024-01-01"),
        ("stage=true", "true"),
        ("stage=店铺", "店铺"),
        ("stage=%E5%BA%97%E9%93%BA", "店铺"),
        ("stage=it's", "it's"),
        ("stage=a%2Fb%20c", "a/b c"),
        ("stage=a%3Db", "a=b"),
        ("stage=__HIVE_DEFAULT_PARTITION__", None),
    ],
)
def test_partition_comes_back_from_the_path_as_text(tmp_path: Path, folder: str, value: str | None) -> None:
    one = write(tmp_path / folder / "a.parquet", {"record_id": ["m:1"]})
    two = write(tmp_path / "stage=other" / "b.parquet", {"record_id": ["m:2"], "label": ["x"]})
    for table in (pinned("annotations", one, two), pinned("annotations", two, one)):
        got = {row["record_id"]: row["stage"] for row in read(table).to_pylist()}
        assert got == {"m:1": value, "m:2": "other"}


@pytest.mark.parametrize("above", ["stage=wrong", "label=wrong", "account=wrong", "text=wrong"])
def test_folders_above_the_table_are_no_columns(tmp_path: Path, above: str) -> None:
    parts = write(tmp_path / above / "annotations" / "stage=text" / "a.parquet", {"record_id": ["m:1"]})
    plain = write(tmp_path / above / "messages" / "a.parquet", {"message_id": ["m:1"]})
    (row,) = read(pinned("annotations", parts)).to_pylist()
    assert {name: value for name, value in row.items() if value is not None} == {"record_id": "m:1", "stage": "text"}
    (row,) = read(pinned("messages", plain)).to_pylist()
    assert {name: value for name, value in row.items() if value is not None} == {"message_id": "m:1"}


def test_part_of_the_files_can_be_read(tmp_path: Path) -> None:
    files = [write(tmp_path / f"{n}.parquet", {"message_id": [f"m:{n}"]}) for n in range(3)]
    table = pinned("messages", *files)
    assert read(table, [str(files[1])]).column("message_id").to_pylist() == ["m:1"]
    assert read(table, []).num_rows == 0


def test_quotes_in_paths_are_quoted(tmp_path: Path) -> None:
    file = write(tmp_path / "it's '' \"微信\"" / "a b.parquet", {"message_id": ["m:1"]})
    assert read(pinned("messages", file)).num_rows == 1


# --- keys ------------------------------------------------------------------------------------------------------------


def test_rows_with_one_key(tmp_path: Path) -> None:
    file = write(tmp_path / "a", {"message_id": ["m:1", "m:2", "m:3"], "text": ["a", "b", "c"]})
    wanted = pa.table({"message_id": ["m:3", "m:1", "m:1", "m:9"]})
    got = rows_with_keys(pinned("messages", file), [str(file)], ["message_id"], wanted, ["text", "message_id"])
    assert got.column_names == ["text", "message_id"]
    assert sorted(got.column("text").to_pylist()) == ["a", "c"]


def test_rows_with_several_keys_take_null_for_a_value(tmp_path: Path) -> None:
    stored = {"user_id": ["u", "u", "u"], "name": ["A", "A", "B"], "kind": ["group", "nickname", "nickname"]}
    file = write(tmp_path / "a", stored | {"conversation_id": pa.array(["c", None, None], pa.string())})
    wanted = pa.table(
        {
            "user_id": ["u", "u"],
            "name": ["A", "B"],
            "kind": ["nickname", "nickname"],
            "conversation_id": pa.array([None, "c"], pa.string()),
        }
    )
    key = list(TABLES["names"].key)
    got = rows_with_keys(pinned("names", file), [str(file)], key, wanted, key)
    assert got.to_pylist() == [{"user_id": "u", "name": "A", "kind": "nickname", "conversation_id": None}]


# --- errors ----------------------------------------------------------------------------------------------------------


def test_gone_file_expires_the_snapshot(tmp_path: Path) -> None:
    table = pinned("messages", tmp_path / "gone.parquet")
    with pytest.raises(SnapshotExpiredError):
        rows_with_keys(table, table.files, ["message_id"], pa.table({"message_id": ["m:1"]}), ["message_id"])


@pytest.mark.parametrize("damage", [b"", b"PAR1", b"no parquet at all" * 100, "truncated"])
def test_damaged_file_is_an_error_of_the_store(tmp_path: Path, damage: bytes | str) -> None:
    file = write(tmp_path / "a.parquet", {"message_id": [f"m:{n}" for n in range(1000)]})
    file.write_bytes(damage if isinstance(damage, bytes) else file.read_bytes()[:-500])
    table = pinned("messages", file)
    with pytest.raises(StoreError) as caught:
        rows_with_keys(table, table.files, ["message_id"], pa.table({"message_id": ["m:1"]}), ["message_id"])
    assert not isinstance(caught.value, SnapshotExpiredError)
    assert "doctor" in caught.value.hint


def test_mistakes_of_the_code_are_not_called_damage() -> None:
    with pytest.raises(duckdb.BinderException), named_errors(), connect() as connection:
        connection.execute("SELECT nothing")


def test_types_of_the_schemas_are_known() -> None:
    assert sql_type(pa.decimal128(38, 4)) == "DECIMAL(38,4)"
    with pytest.raises(KeyError):
        sql_type(pa.timestamp("us"))
