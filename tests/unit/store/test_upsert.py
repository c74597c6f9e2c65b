"""Small tables that change: per column the newest value that is not null wins, and what says nothing new writes nothing."""

from __future__ import annotations

import tempfile
from collections.abc import Callable
from itertools import permutations
from pathlib import Path
from typing import Any

import pyarrow as pa
import pyarrow.parquet as pq
import pytest
from deltalake import DeltaTable, write_deltalake
from hypothesis import given, settings
from hypothesis import strategies as st

from jianwei.records import TABLES
from jianwei.store import Lake

Rows = Callable[..., pa.Table]
Contents = Callable[..., list[dict[str, Any]]]
Row = dict[str, Any]

COLUMNS = ("nickname", "region", "subscribed")


def user(number: int, at: int | None, seq: int | None = None, **values: Any) -> Row:
    return {"user_id": f"u:{number}", "ts_us": at, "seq": seq, **values}


def states(lake: Lake, contents: Contents) -> dict[str, Row]:
    got = {row["user_id"]: {name: row[name] for name in COLUMNS} for row in contents(lake, "users")}
    assert len(got) == len(contents(lake, "users"))
    return got


USER = st.builds(
    user,
    st.integers(0, 2),
    st.integers(0, 3),
    st.none() | st.integers(0, 2),
    nickname=st.sampled_from([None, "a", "b", "c"]),
    region=st.sampled_from([None, "x", "y"]),
    subscribed=st.sampled_from([None, True, False]),
)
CALLS = st.lists(st.lists(USER, max_size=7), min_size=1, max_size=4)


@settings(max_examples=8, deadline=None)
@given(CALLS)
def test_newest_value_of_every_column_wins(rows: Rows, contents: Contents, calls: list[list[Row]]) -> None:
    """Against a dict that keeps a time for every value. Calls come in the order of their times, ties at their borders included."""
    with tempfile.TemporaryDirectory() as folder:
        lake = Lake(Path(folder))
        newest: dict[str, dict[str, tuple[tuple[int, ...], Any]]] = {}
        for call, batch in enumerate(calls):
            later = [row | {"ts_us": row["ts_us"] + 3 * call} for row in batch]
            done = lake.upsert("users", rows("users", *later))
            assert done.new.num_rows + done.duplicate.num_rows == len(batch)
            assert done.new.num_rows == len({row["user_id"] for row in batch} - newest.keys())
            for at, row in enumerate(later):
                kept = newest.setdefault(row["user_id"], dict.fromkeys(COLUMNS, ((-1,), None)))
                rank = (row["ts_us"], call, -1 if row["seq"] is None else row["seq"], at)
                for name in COLUMNS:
                    if row[name] is not None and rank > kept[name][0]:
                        kept[name] = (rank, row[name])
            expected = {key: {name: kept[name][1] for name in COLUMNS} for key, kept in newest.items()}
            assert states(lake, contents) == expected


@settings(max_examples=8, deadline=None)
@given(CALLS, st.data())
def test_any_order_keeps_what_was_said_and_repeating_writes_nothing(
    rows: Rows, contents: Contents, calls: list[list[Row]], data: st.DataObject
) -> None:
    with tempfile.TemporaryDirectory() as folder:
        lake = Lake(Path(folder))
        said: dict[tuple[str, str], set[Any]] = {}
        for batch in calls:
            lake.upsert("users", rows("users", *batch))
            before = lake.snapshot(["users"]).versions
            again = lake.upsert(
                "users", rows("users", *data.draw(st.permutations(batch)) if _no_ties(batch) else batch)
            )
            assert again.new.num_rows == 0
            assert lake.snapshot(["users"]).versions == before
            for row in batch:
                for name in COLUMNS:
                    said.setdefault((row["user_id"], name), set()).update({row[name]} - {None})
            for key, state in states(lake, contents).items():
                for name, value in state.items():
                    assert value in said[key, name] if said[key, name] else value is None


def _no_ties(batch: list[Row]) -> bool:
    places = [(row["user_id"], row["ts_us"], row["seq"]) for row in batch]
    return len(set(places)) == len(places)


@pytest.mark.parametrize("order", list(permutations(range(3))))
def test_newest_row_wins_in_whatever_order_rows_come(
    lake: Lake, rows: Rows, contents: Contents, order: tuple[int, ...]
) -> None:
    given_rows = [
        user(1, 10, nickname="a", region="x"),
        user(1, 20, nickname="b", subscribed=True),
        user(1, 30, nickname="c"),
    ]
    for at in order:
        lake.upsert("users", rows("users", given_rows[at]))
    assert states(lake, contents) == {"u:1": {"nickname": "c", "region": "x", "subscribed": True}}
    assert [row["ts_us"] for row in contents(lake, "users")] == [30]


def test_equal_places_take_the_row_that_came_last(lake: Lake, rows: Rows, contents: Contents) -> None:
    tied = [user(n, 5, 1, nickname=name) for name in "abcde" for n in range(2_000)]
    lake.upsert("users", rows("users", *tied))
    assert {row["nickname"] for row in contents(lake, "users")} == {"e"}
    lake.upsert("users", rows("users", *[user(n, 5, 1, nickname="f") for n in range(2_000)]))
    assert {row["nickname"] for row in contents(lake, "users")} == {"f"}


def test_row_without_a_time_is_older_than_any(lake: Lake, rows: Rows, contents: Contents) -> None:
    lake.upsert("users", rows("users", user(1, None, nickname="a"), user(2, 5, nickname="b")))
    lake.upsert("users", rows("users", user(1, 5, nickname="c"), user(2, None, nickname="d", region="x")))
    assert states(lake, contents) == {
        "u:1": {"nickname": "c", "region": None, "subscribed": None},
        "u:2": {"nickname": "b", "region": "x", "subscribed": None},
    }


def test_null_takes_nothing_away(lake: Lake, rows: Rows, contents: Contents) -> None:
    lake.upsert("users", rows("users", user(1, 1, nickname="a", subscribed=False)))
    lake.upsert("users", rows("users", user(1, 2, region="x")))
    assert states(lake, contents) == {"u:1": {"nickname": "a", "region": "x", "subscribed": False}}


def test_only_a_later_time_is_no_news(lake: Lake, rows: Rows, contents: Contents) -> None:
    first = lake.upsert("users", rows("users", user(1, 1, nickname="a")))
    again = lake.upsert("users", rows("users", user(1, 9, nickname="a"), user(1, 8)))
    assert (again.version, again.new.num_rows, again.duplicate.num_rows) == (first.version, 0, 2)
    assert [row["ts_us"] for row in contents(lake, "users")] == [1]


def test_key_of_two_columns(lake: Lake, rows: Rows, contents: Contents) -> None:
    pairs = [("c1", "u1"), ("c1", "u2"), ("c2", "u1")]
    for role in ("member", "owner"):
        members = [{"conversation_id": c, "user_id": u, "role": role, "ts_us": len(role)} for c, u in pairs]
        lake.upsert("members", rows("members", *members))
    got = [(row["conversation_id"], row["user_id"], row["role"]) for row in contents(lake, "members")]
    assert sorted(got) == [(c, u, "member") for c, u in pairs]
    late = [{"conversation_id": "c2", "user_id": "u1", "role": "admin", "ts_us": 9, "left_us": 3}]
    lake.upsert("members", rows("members", *late))
    got = [(row["conversation_id"], row["user_id"], row["role"], row["left_us"]) for row in contents(lake, "members")]
    assert sorted(got) == [("c1", "u1", "member", None), ("c1", "u2", "member", None), ("c2", "u1", "admin", 3)]


def test_text_with_quotes_is_only_text(lake: Lake, rows: Rows, contents: Contents) -> None:
    odd = "u:'; DROP TABLE users; -- \\ \" 店铺\0\n"
    for name in ("a", "b'\"\\"):
        lake.upsert("users", rows("users", {"user_id": odd, "nickname": name, "ts_us": len(name)}))
    assert [(row["user_id"], row["nickname"]) for row in contents(lake, "users")] == [(odd, "b'\"\\")]


@pytest.mark.parametrize("insert", [True, False])
def test_writer_on_a_stale_snapshot_starts_again(lake: Lake, rows: Rows, contents: Contents, insert: bool) -> None:
    if not insert:
        lake.upsert("users", rows("users", user(1, 1, nickname="a")))
    waiting = [user(1, 3, nickname="c"), user(2, 3, nickname="x")]

    def meanwhile() -> None:
        if waiting:
            given_rows, waiting[:] = list(waiting), []
            lake.upsert("users", rows("users", *given_rows))

    done = Lake(lake.root, meanwhile).upsert("users", rows("users", user(1, 2, nickname="b", region="r"), user(3, 1)))
    assert done.attempts == 2
    assert done.new.column("user_id").to_pylist() == ["u:3"]
    assert states(lake, contents) == {
        "u:1": {"nickname": "c", "region": "r", "subscribed": None},
        "u:2": {"nickname": "x", "region": None, "subscribed": None},
        "u:3": {"nickname": None, "region": None, "subscribed": None},
    }


def test_compaction_in_between(lake: Lake, rows: Rows, contents: Contents) -> None:
    for number in range(4):
        lake.upsert("users", rows("users", user(number, 1, nickname="a")))
    left = [1]

    def meanwhile() -> None:
        if left:
            left.clear()
            lake.compact("users", above=0)

    Lake(lake.root, meanwhile).upsert("users", rows("users", user(2, 2, nickname="b"), user(9, 2, nickname="c")))
    got = {key: state["nickname"] for key, state in states(lake, contents).items()}
    assert got == {"u:0": "a", "u:1": "a", "u:2": "b", "u:3": "a", "u:9": "c"}


@pytest.mark.parametrize("name", ["users", "conversations", "members", "items"])
def test_table_of_an_older_release_takes_the_columns_it_lacks(
    lake: Lake, rows: Rows, contents: Contents, name: str
) -> None:
    spec = TABLES[name]
    added = next(
        c for c in reversed(spec.schema.names) if c not in spec.key and spec.schema.field(c).type == pa.string()
    )
    older = pa.schema([field for field in spec.schema if field.name != added])
    DeltaTable.create(lake.table_path(name), older)
    key = dict.fromkeys(spec.key, "k")
    write_deltalake(lake.table_path(name), pa.Table.from_pylist([{**key, "ts_us": 1}], older), mode="append")
    lake.upsert(name, rows(name, {**key, "ts_us": 2, added: "new"}))
    assert [(row["ts_us"], row[added]) for row in contents(lake, name)] == [(2, "new")]
    assert (
        lake.upsert(name, rows(name, {**key, "ts_us": 2, added: "new"})).version == lake.snapshot([name]).versions[name]
    )


def test_table_of_a_newer_release_keeps_its_columns(lake: Lake, rows: Rows, contents: Contents) -> None:
    schema = TABLES["users"].schema
    DeltaTable.create(lake.table_path("users"), schema.append(pa.field("mood", pa.string())))
    newer = pa.Table.from_pylist(
        [user(1, 1, nickname="a") | {"mood": "good"}], schema.append(pa.field("mood", pa.string()))
    )
    write_deltalake(lake.table_path("users"), newer, mode="append")
    lake.upsert("users", rows("users", user(1, 2, nickname="b"), user(2, 2)))
    assert states(lake, contents)["u:1"]["nickname"] == "b"
    files = lake.snapshot(["users"]).tables["users"].files
    kept = pa.concat_tables([pq.read_table(file) for file in files], promote_options="default")
    assert {row["user_id"]: row["mood"] for row in kept.to_pylist()} == {"u:1": "good", "u:2": None}
