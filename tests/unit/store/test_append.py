"""De-duplicating appends: a set of keys, whatever comes twice, at once, or on a stale snapshot."""

from __future__ import annotations

import tempfile
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pyarrow as pa
import pytest
from deltalake import CommitProperties, DeltaTable, Transaction, write_deltalake
from hypothesis import given, settings
from hypothesis import strategies as st

from jianwei.errors import LeaseError, RetryableError, SnapshotExpiredError
from jianwei.records import TABLES
from jianwei.store import Lake

Rows = Callable[..., pa.Table]
Contents = Callable[..., list[dict[str, Any]]]


class Interruption:
    """A `before_commit` that lets something else happen first: between the search for stored keys and the commit."""

    def __init__(self, action: Callable[[], object], times: int = 1) -> None:
        self.action, self.times = action, times

    def __call__(self) -> None:
        if self.times:
            self.times -= 1
            self.action()


def ids(numbers: range | list[int]) -> list[dict[str, Any]]:
    return [{"message_id": f"m:{number:05d}", "ts_us": number, "account": "a"} for number in numbers]


def stored(lake: Lake, contents: Contents) -> list[int]:
    return [int(row["message_id"][2:]) for row in contents(lake, "messages", "message_id")]


# --- one writer ------------------------------------------------------------------------------------------------------

BATCHES = st.lists(st.lists(st.integers(0, 12), max_size=10), min_size=1, max_size=5)


@settings(max_examples=8, deadline=None)
@given(BATCHES)
def test_appends_keep_the_first_of_equal_keys(rows: Rows, contents: Contents, batches: list[list[int]]) -> None:
    with tempfile.TemporaryDirectory() as folder:
        lake = Lake(Path(folder))
        model: dict[str, str] = {}
        version = 0
        for at, numbers in enumerate(batches):
            given_rows = [{"message_id": f"m:{n}", "text": f"{at}/{row}"} for row, n in enumerate(numbers)]
            new = {}
            for row in given_rows:
                if row["message_id"] not in model:
                    new.setdefault(row["message_id"], row["text"])
            known = {row["message_id"]: model[row["message_id"]] for row in given_rows if row["message_id"] in model}
            done = lake.append_new("messages", rows("messages", *given_rows), tell=("text",))
            added = done.new.select(["message_id", "text"]).to_pylist()
            assert added == [{"message_id": key, "text": text} for key, text in new.items()]
            assert done.new.num_rows + done.duplicate.num_rows == len(numbers)
            assert {row["message_id"]: row["text"] for row in done.stored.to_pylist()} == known
            version += bool(new)
            assert (done.version, done.attempts) == (version, 1)
            model |= new
        got = {row["message_id"]: row["text"] for row in contents(lake, "messages", "message_id", "text")}
        assert got == model
        assert len(contents(lake, "messages")) == len(model)


NAMES = st.tuples(
    st.sampled_from("uv"), st.sampled_from("AB"), st.sampled_from(["group", "alias"]), st.sampled_from(["c", None])
)


@settings(max_examples=8, deadline=None)
@given(st.lists(st.lists(NAMES, max_size=8), min_size=1, max_size=3))
def test_keys_of_several_columns_take_null_for_a_value(
    rows: Rows, contents: Contents, batches: list[list[tuple[str | None, ...]]]
) -> None:
    key = TABLES["names"].key
    with tempfile.TemporaryDirectory() as folder:
        lake = Lake(Path(folder))
        model: set[tuple[str | None, ...]] = set()
        for batch in batches:
            done = lake.append_new("names", rows("names", *(dict(zip(key, row, strict=True)) for row in batch)))
            assert done.new.num_rows == len(set(batch) - model)
            assert done.new.num_rows + done.duplicate.num_rows == len(batch)
            model |= set(batch)
        got = [tuple(row[name] for name in key) for row in contents(lake, "names")]
        assert len(got) == len(model)
        assert set(got) == model


def test_order_of_new_and_duplicate_rows_is_that_of_the_given(lake: Lake, rows: Rows) -> None:
    lake.append_new("messages", rows("messages", *ids([3, 7])))
    done = lake.append_new("messages", rows("messages", *ids([9, 3, 1, 9, 8, 7, 1, 2])))
    assert [row[2:] for row in done.new.column("message_id").to_pylist()] == ["00009", "00001", "00008", "00002"]
    assert sorted(row[2:] for row in done.duplicate.column("message_id").to_pylist()) == [
        "00001",
        "00003",
        "00007",
        "00009",
    ]


def test_nothing_new_writes_nothing(lake: Lake, rows: Rows) -> None:
    first = lake.append_new("messages", rows("messages", *ids(range(5))))
    again = lake.append_new("messages", rows("messages", *ids(range(5))))
    nothing = lake.append_new("messages", rows("messages"))
    assert (first.version, again.version, nothing.version) == (1, 1, 1)
    assert again.files == nothing.files == first.files
    assert (again.new.num_rows, again.duplicate.num_rows, nothing.duplicate.num_rows) == (0, 5, 0)


def test_files_said_to_hold_none_of_the_keys_are_not_opened(lake: Lake, rows: Rows, contents: Contents) -> None:
    first = lake.append_new("messages", rows("messages", *ids(range(5))))
    hidden = [Path(file).rename(Path(file).with_suffix(".hidden")) for file in first.files]
    done = lake.append_new("messages", rows("messages", *ids([5, 6])), absent_from=first.files)
    assert set(done.files) > set(first.files)
    with pytest.raises(SnapshotExpiredError):
        lake.append_new("messages", rows("messages", *ids([7])))
    for file in hidden:
        file.rename(file.with_suffix(".parquet"))
    assert stored(lake, contents) == list(range(7))


# --- other writers in between ----------------------------------------------------------------------------------------


def test_stale_writer_is_refused_and_adds_only_what_is_still_new(lake: Lake, rows: Rows, contents: Contents) -> None:
    lake.append_new("messages", rows("messages", *ids([0])))
    other = Interruption(lambda: lake.append_new("messages", rows("messages", *ids([1, 2, 3]))))
    done = Lake(lake.root, other).append_new("messages", rows("messages", *ids([0, 2, 3, 4])), tell=("ts_us",))
    assert done.attempts == 2
    assert done.new.column("ts_us").to_pylist() == [4]
    assert sorted(row["ts_us"] for row in done.stored.to_pylist()) == [0, 2, 3]
    assert done.duplicate.num_rows == 3
    assert stored(lake, contents) == [0, 1, 2, 3, 4]


def test_writer_that_loses_everything_to_another_commits_nothing(lake: Lake, rows: Rows, contents: Contents) -> None:
    other = Interruption(lambda: lake.append_new("messages", rows("messages", *ids([1, 2]))))
    done = Lake(lake.root, other).append_new("messages", rows("messages", *ids([1, 2])))
    assert (done.new.num_rows, done.duplicate.num_rows, done.version, done.attempts) == (0, 2, 1, 2)
    assert stored(lake, contents) == [1, 2]


def test_files_of_the_answer_were_all_searched(lake: Lake, rows: Rows, contents: Contents) -> None:
    """What a writer skips the next time is what it has seen: a commit of others in between is not among it."""
    lake.append_new("messages", rows("messages", *ids([0])))
    first = lake.append_new("messages", rows("messages", *ids([1])))
    other = Interruption(lambda: lake.append_new("messages", rows("messages", *ids([5]))))
    done = Lake(lake.root, other).append_new("messages", rows("messages", *ids([5, 6])), absent_from=first.files)
    assert done.new.column("ts_us").to_pylist() == [6]
    assert stored(lake, contents) == [0, 1, 5, 6]


def test_compaction_in_between_is_no_conflict(lake: Lake, rows: Rows, contents: Contents) -> None:
    for number in range(3):
        lake.append_new("messages", rows("messages", *ids([number])))
    other = Interruption(lambda: lake.compact("messages", above=0))
    done = Lake(lake.root, other).append_new("messages", rows("messages", *ids([2, 3])))
    assert (done.attempts, done.new.num_rows, len(done.files)) == (1, 1, 2)
    assert stored(lake, contents) == [0, 1, 2, 3]


def test_compaction_and_then_a_writer_in_between(lake: Lake, rows: Rows, contents: Contents) -> None:
    for number in range(3):
        lake.append_new("messages", rows("messages", *ids([number])))

    def meanwhile() -> None:
        lake.compact("messages", above=0)
        lake.append_new("messages", rows("messages", *ids([3])))

    done = Lake(lake.root, Interruption(meanwhile)).append_new("messages", rows("messages", *ids([3, 4])))
    assert (done.attempts, done.new.num_rows) == (2, 1)
    assert stored(lake, contents) == [0, 1, 2, 3, 4]


def test_new_table_made_by_another_in_between(lake: Lake, rows: Rows, contents: Contents) -> None:
    other = Interruption(lambda: lake.append_new("messages", rows("messages", *ids([1]))))
    assert Lake(lake.root, other).append_new("messages", rows("messages", *ids([1, 2]))).new.num_rows == 1
    assert stored(lake, contents) == [1, 2]


def test_writer_that_is_never_fast_enough_says_so(
    lake: Lake, rows: Rows, contents: Contents, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("jianwei.store.lake.ATTEMPTS", 3)
    numbers = iter(range(100, 200))
    other = Interruption(lambda: lake.append_new("messages", rows("messages", *ids([next(numbers)]))), times=3)
    with pytest.raises(RetryableError):
        Lake(lake.root, other).append_new("messages", rows("messages", *ids([1])))
    assert stored(lake, contents) == [100, 101, 102]


def test_lost_right_to_write_stops_the_commit(lake: Lake, rows: Rows, contents: Contents) -> None:
    lake.append_new("messages", rows("messages", *ids([0])))
    lake.upsert("users", rows("users", {"user_id": "u", "nickname": "a", "ts_us": 1}))

    def refuse() -> None:
        raise LeaseError("lease lake", "was lost")

    late = Lake(lake.root, refuse)
    for write in (
        lambda: late.append_new("messages", rows("messages", *ids([1]))),
        lambda: late.append_once("messages", rows("messages", *ids([2])), app="inbox", number=1),
        lambda: late.upsert("users", rows("users", {"user_id": "v", "ts_us": 1})),
        lambda: late.upsert("users", rows("users", {"user_id": "u", "nickname": "b", "ts_us": 2})),
        lambda: late.compact("messages", above=0),
    ):
        with pytest.raises(LeaseError):
            write()
    assert stored(lake, contents) == [0]
    assert [row["nickname"] for row in contents(lake, "users")] == ["a"]
    assert lake.snapshot(["messages", "users"]).versions == {"messages": 1, "users": 1}


# --- numbered batches ------------------------------------------------------------------------------------------------


def test_delta_itself_takes_the_same_transaction_twice(tmp_path: Path) -> None:
    """Why `append_once` compares the number itself; when this fails, delta-rs has become stricter and may be trusted."""
    data = pa.table({"n": [1]})
    twice = CommitProperties(app_transactions=[Transaction("inbox", 7)])
    for _ in range(2):
        write_deltalake(str(tmp_path), data, mode="append", commit_properties=twice)
    assert DeltaTable(str(tmp_path)).version() == 1


def test_numbered_batch_is_added_once(lake: Lake, rows: Rows, contents: Contents) -> None:
    numbers = [1, 1, 2, 1, 5, 4, 5, 6]
    done = [
        lake.append_once("messages", rows("messages", *ids([at])), app="inbox/a", number=number)
        for at, number in enumerate(numbers)
    ]
    assert done == [True, False, True, False, True, False, False, True]
    assert stored(lake, contents) == [0, 2, 4, 7]


def test_numbers_of_different_inboxes_do_not_meet(lake: Lake, rows: Rows, contents: Contents) -> None:
    for app in ("inbox/a", "inbox/b"):
        number = ids([1 if app == "inbox/a" else 2])
        assert lake.append_once("messages", rows("messages", *number), app=app, number=9)
        assert not lake.append_once("messages", rows("messages", *number), app=app, number=9)
    assert stored(lake, contents) == [1, 2]


def test_numbered_batch_on_a_stale_snapshot(lake: Lake, rows: Rows, contents: Contents) -> None:
    batch = rows("messages", *ids([7]))
    other = Interruption(lambda: lake.append_once("messages", batch, app="inbox", number=3))
    assert not Lake(lake.root, other).append_once("messages", batch, app="inbox", number=3)
    assert stored(lake, contents) == [7]
    late = Interruption(lambda: lake.append_once("messages", rows("messages", *ids([9])), app="inbox", number=5))
    assert not Lake(lake.root, late).append_once("messages", rows("messages", *ids([8])), app="inbox", number=4)
    assert stored(lake, contents) == [7, 9]


@pytest.mark.parametrize("first", ["once", "new"])
def test_numbered_batch_beside_an_import_of_the_same_rows(
    lake: Lake, rows: Rows, contents: Contents, first: str
) -> None:
    batch = rows("messages", *ids([1, 2]))
    if first == "once":
        other = Interruption(lambda: lake.append_once("messages", batch, app="inbox", number=1))
        assert Lake(lake.root, other).append_new("messages", batch).new.num_rows == 0
    else:
        other = Interruption(lambda: lake.append_new("messages", batch))
        assert Lake(lake.root, other).append_once("messages", batch, app="inbox", number=1)
        assert not lake.append_once("messages", batch, app="inbox", number=1)
    assert stored(lake, contents) == [1, 2]


def test_number_of_an_empty_batch_is_remembered(lake: Lake, rows: Rows, contents: Contents) -> None:
    assert lake.append_once("messages", rows("messages"), app="inbox", number=1)
    assert not lake.append_once("messages", rows("messages", *ids([1])), app="inbox", number=1)
    assert stored(lake, contents) == []


def test_number_survives_compaction_and_checkpoints(lake: Lake, rows: Rows, contents: Contents) -> None:
    assert lake.append_once("messages", rows("messages", *ids([1])), app="inbox", number=4)
    for number in range(10, 13):
        lake.append_new("messages", rows("messages", *ids([number])))
    lake.compact("messages", above=0)
    lake.open("messages").create_checkpoint()
    assert not lake.append_once("messages", rows("messages", *ids([1])), app="inbox", number=4)
    assert stored(lake, contents) == [1, 10, 11, 12]
