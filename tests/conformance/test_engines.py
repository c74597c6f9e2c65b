"""What every engine does with a pinned snapshot."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from itertools import combinations
from pathlib import Path
from typing import Any

import pyarrow as pa
import pyarrow.compute as pc
import pytest

from jianwei.engines import Engine, Scope, Session
from jianwei.errors import SnapshotExpiredError
from jianwei.query._base import ModelId
from jianwei.records import TABLES
from jianwei.store import Lake

MANY = 10_000


def rows(name: str, *given: dict[str, Any]) -> pa.Table:
    return pa.Table.from_pylist(list(given), TABLES[name].schema)


@pytest.fixture
def lake(tmp_path: Path) -> Lake:
    return Lake(tmp_path / "lake")


@pytest.fixture
def many(lake: Lake) -> Lake:
    """10,000 messages in three files."""
    for part in range(3):
        numbers = range(part, MANY, 3)
        lake.append_new(
            "messages", rows("messages", *({"message_id": f"m:{n}", "ts_us": n, "text": "话"} for n in numbers))
        )
    return lake


@pytest.fixture
def open_many(engine: Engine, many: Lake) -> Iterator[Session]:
    with engine.open(many.snapshot(["messages"]), Scope()) as session:
        yield session


def column(session: Session, name: str, column: str) -> list[Any]:
    return sorted(session.execute(session.table(name).select(column)).column(0).to_pylist())


def times(batches: Iterator[pa.RecordBatch]) -> list[int]:
    return sorted(value for batch in batches for value in batch.column("ts_us").to_pylist())


# --- tables ----------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("name", TABLES)
def test_tables_without_rows_are_typed(engine: Engine, lake: Lake, name: str) -> None:
    with engine.open(lake.snapshot([name]), Scope()) as session:
        table = session.table(name)
        assert session.execute(table).schema.equals(TABLES[name].schema)
        assert session.execute(table).num_rows == 0
        assert session.execute(table.aggregate(n=table.count())).to_pylist() == [{"n": 0}]
        assert sum(batch.num_rows for batch in session.stream(table, 100)) == 0


def test_rows_come_back_in_their_types(engine: Engine, lake: Lake) -> None:
    given = {
        "event_id": "e:1",
        "ts_us": -5,
        "amount": "2500315.6300",
        "value": 0.1,
        "attrs": '{"店":"铺"}',
        "name": "buy",
    }
    schema = TABLES["events"].schema
    table = pa.table(
        {n: pa.array([given.get(n)], pa.string() if n == "amount" else schema.field(n).type) for n in schema.names}
    )
    lake.append_new("events", table.cast(schema))
    with engine.open(lake.snapshot(["events"]), Scope()) as session:
        got = session.execute(session.table("events"))
    assert got.schema.equals(schema)
    assert got.equals(table.cast(schema))


def test_partition_column_is_text(engine: Engine, lake: Lake) -> None:
    key = {"task": "t", "part": 0, "model": "m", "version": "1"}
    stages = ["text", "007", "店铺"]
    for number, stage in enumerate(stages):
        lake.append_new("annotations", rows("annotations", key | {"record_id": f"m:{number}", "stage": stage}))
    with engine.open(lake.snapshot(["annotations"]), Scope()) as session:
        table = session.table("annotations")
        assert column(session, "annotations", "stage") == sorted(stages)
        assert session.execute(table.filter(table.stage == "007").select("record_id")).to_pylist() == [
            {"record_id": "m:1"}
        ]


def test_session_knows_its_zone_and_models(engine: Engine, lake: Lake) -> None:
    scope = Scope("Europe/Berlin", models={"words": ModelId("rjieba", "1")})
    with engine.open(lake.snapshot([]), scope) as session:
        assert session.zone == "Europe/Berlin"
        assert session.current("words") == ModelId("rjieba", "1")
        assert session.current("sentiment") is None
    with engine.open(lake.snapshot([]), Scope()) as session:
        assert session.zone == "Asia/Shanghai"
        assert session.current("words") is None
    assert engine.name


def test_snapshot_stays_while_others_write(engine: Engine, lake: Lake) -> None:
    lake.append_new("messages", rows("messages", {"message_id": "m:1", "ts_us": 1}))
    with engine.open(lake.snapshot(["messages"]), Scope()) as session:
        lake.append_new("messages", rows("messages", {"message_id": "m:2", "ts_us": 2}))
        assert column(session, "messages", "ts_us") == [1]
        lake.compact("messages", above=0)
        assert column(session, "messages", "ts_us") == [1]
    with engine.open(lake.snapshot(["messages"]), Scope()) as session:
        assert column(session, "messages", "ts_us") == [1, 2]


# --- what an answer covers -------------------------------------------------------------------------------------------

INPUTS = ("i:a", "i:b'c", "i:店铺")
# record → the input that brought it, and those that held it too
BROUGHT = {"m:1": (0, {1}), "m:2": (0, set()), "m:3": (1, {0, 2}), "e:1": (1, set()), "e:2": (2, {0})}


@pytest.fixture
def covered(lake: Lake) -> Lake:
    for record, (first, others) in BROUGHT.items():
        table = "messages" if record[0] == "m" else "events"
        key = TABLES[table].key[0]
        lake.append_new(table, rows(table, {key: record, "ts_us": 1, "input_id": INPUTS[first]}))
        sightings = [{"record_id": record, "input_id": INPUTS[other], "record_table": table} for other in others]
        lake.append_new("sightings", rows("sightings", *sightings))
    parts = [(record, part) for record in [*BROUGHT, "m:unknown"] for part in (0, 1)]
    annotations = [
        {"record_id": r, "task": "t", "part": p, "model": "m", "version": "1", "stage": "text"} for r, p in parts
    ]
    lake.append_new("annotations", rows("annotations", *annotations))
    lake.upsert("users", rows("users", {"user_id": "u:1"}, {"user_id": "u:2"}))
    return lake


SUBSETS = [frozenset(chosen) for size in range(4) for chosen in combinations(range(3), size)]


@pytest.mark.parametrize("chosen", SUBSETS, ids=str)
def test_inputs_restrict_records_and_what_was_said_of_them(
    engine: Engine, covered: Lake, chosen: frozenset[int]
) -> None:
    names = ["messages", "events", "annotations", "sightings", "users"]
    inside = {record for record, (first, others) in BROUGHT.items() if ({first} | others) & chosen}
    scope = Scope(inputs=frozenset(INPUTS[at] for at in chosen) | {"i:never imported"})
    with engine.open(covered.snapshot(names), scope) as session:
        assert column(session, "messages", "message_id") == sorted(r for r in inside if r[0] == "m")
        assert column(session, "events", "event_id") == sorted(r for r in inside if r[0] == "e")
        assert column(session, "annotations", "record_id") == sorted([*inside, *inside])
        assert column(session, "users", "user_id") == ["u:1", "u:2"]


def test_no_inputs_named_covers_the_whole_workspace(engine: Engine, covered: Lake) -> None:
    with engine.open(covered.snapshot(["messages", "events", "annotations"]), Scope()) as session:
        assert len(column(session, "messages", "message_id")) == 3
        assert len(column(session, "events", "event_id")) == 2
        assert len(column(session, "annotations", "record_id")) == 2 * (len(BROUGHT) + 1)


def test_annotations_of_messages_alone(engine: Engine, covered: Lake) -> None:
    scope = Scope(inputs=frozenset({INPUTS[1]}))
    with engine.open(covered.snapshot(["messages", "annotations", "sightings"]), scope) as session:
        assert column(session, "annotations", "record_id") == ["m:1", "m:1", "m:3", "m:3"]


# --- streams ---------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("size", [100, 2_048, 5_000, 1_000_000])
def test_stream_gives_every_row_once_in_batches(open_many: Session, size: int) -> None:
    batches = list(open_many.stream(open_many.table("messages").select("ts_us"), size))
    assert max(batch.num_rows for batch in batches) <= size
    assert times(iter(batches)) == list(range(MANY))


def test_stream_goes_on_when_something_else_is_asked(open_many: Session) -> None:
    table = open_many.table("messages")
    stream = open_many.stream(table.select("ts_us"), 1_000)
    got = times(iter([next(stream)]))
    for batch in stream:
        assert open_many.execute(table.aggregate(n=table.count())).to_pylist() == [{"n": MANY}]
        got += batch.column("ts_us").to_pylist()
    assert sorted(got) == list(range(MANY))


def test_two_streams_do_not_disturb_each_other(open_many: Session) -> None:
    table = open_many.table("messages")
    one = open_many.stream(table.filter(table.ts_us < 5_000).select("ts_us"), 500)
    two = open_many.stream(table.filter(table.ts_us >= 5_000).select("ts_us"), 700)
    first, second = [next(one)], [next(two)]
    first += list(one)
    second += list(two)
    assert times(iter(first)) == list(range(5_000))
    assert times(iter(second)) == list(range(5_000, MANY))


def test_stream_that_is_left_unfinished_leaves_the_session_usable(open_many: Session) -> None:
    table = open_many.table("messages")
    stream = open_many.stream(table, 100)
    next(stream)
    stream.close()  # type: ignore[attr-defined]
    assert open_many.execute(table.aggregate(n=table.count())).to_pylist() == [{"n": MANY}]


def test_functions_are_mapped_over_batches_and_cast(open_many: Session) -> None:
    schema = pa.schema([("ts_us", pa.int64()), ("half", pa.float32())])

    def halve(batch: pa.RecordBatch) -> pa.RecordBatch:
        values = batch.column("ts_us")
        return pa.record_batch({"ts_us": values.cast(pa.int32()), "half": pc.divide(values.cast(pa.float64()), 2)})

    table = open_many.table("messages").select("ts_us")
    batches = list(open_many.map_batches(table, halve, schema, 1_500))
    assert {batch.schema for batch in batches} == {schema}
    got = pa.Table.from_batches(batches).sort_by("ts_us")
    assert got.column("ts_us").to_pylist() == list(range(MANY))
    assert got.column("half").to_pylist() == [n / 2 for n in range(MANY)]


def test_error_of_a_function_comes_through(open_many: Session) -> None:
    def broken(batch: pa.RecordBatch) -> pa.RecordBatch:
        raise ZeroDivisionError("mine")

    with pytest.raises(ZeroDivisionError, match="mine"):
        list(open_many.map_batches(open_many.table("messages"), broken, TABLES["messages"].schema, 100))
    assert len(column(open_many, "messages", "ts_us")) == MANY


def test_error_of_the_reader_of_a_stream_is_its_own(open_many: Session) -> None:
    def read() -> None:
        for _ in open_many.stream(open_many.table("messages"), 100):
            raise OSError("No such file or directory")

    with pytest.raises(OSError, match="No such file"):
        read()


# --- files that are gone ---------------------------------------------------------------------------------------------

USES: dict[str, Callable[[Session], object]] = {
    "execute": lambda session: session.execute(session.table("messages")),
    "stream": lambda session: list(session.stream(session.table("messages"), 100)),
    "map_batches": lambda session: list(
        session.map_batches(session.table("messages"), lambda batch: batch, TABLES["messages"].schema, 100)
    ),
}


@pytest.mark.parametrize("use", USES)
@pytest.mark.parametrize("when", ["before", "between"])
def test_gone_file_expires_the_snapshot(engine: Engine, many: Lake, use: str, when: str) -> None:
    snapshot = many.snapshot(["messages"])
    gone = Path(snapshot.tables["messages"].files[1])
    if when == "before":
        gone.unlink()

    def work() -> None:
        with engine.open(snapshot, Scope()) as session:
            gone.unlink(missing_ok=True)
            USES[use](session)

    with pytest.raises(SnapshotExpiredError):
        work()
