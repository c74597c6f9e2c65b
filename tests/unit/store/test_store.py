"""Opening a workspace's store: where it may lie, what comes with it, and who may write."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

import pyarrow as pa
import pytest
import sqlalchemy as sa

from jianwei.errors import LeaseError, StoreError
from jianwei.store import Lake, Store, open_store
from jianwei.store.state.tables import leases

Rows = Callable[..., pa.Table]
Contents = Callable[..., list[dict[str, Any]]]


def messages(rows: Rows, *numbers: int) -> pa.Table:
    return rows("messages", *({"message_id": f"m:{number}", "ts_us": number, "text": "话"} for number in numbers))


@pytest.mark.parametrize(
    "name",
    [
        "plain",
        "with blanks/ it's ''/say \"hi\"/微信 店铺's 数据/émoji😀",
        "50% off/100%/a#b/q?x/a+b&c/(1)/a;b/a:b/$HOME/~/@/-w",
        "stage=wrong/label=wrong/account=wrong/star*/{a}/**/.hidden",
    ],
)
def test_workspace_may_lie_in_folders_of_any_usual_name(
    tmp_path: Path, rows: Rows, contents: Contents, name: str
) -> None:
    folder = tmp_path / name / "工作区"
    store = open_store(folder)
    with store.writing() as lake:
        lake.append_new("messages", messages(rows, 1, 2))
        assert lake.append_new("messages", messages(rows, 2, 3)).new.num_rows == 1
        lake.upsert("users", rows("users", {"user_id": "u", "nickname": "a", "ts_us": 1}))
        lake.upsert("users", rows("users", {"user_id": "u", "nickname": "b", "ts_us": 2}))
        given = {"record_id": "m:1", "task": "t", "part": 0, "model": "m", "version": "1"}
        for stage in ("text", "店铺"):
            lake.append_new("annotations", rows("annotations", given | {"stage": stage, "task": stage}))
        lake.compact("messages", above=0)
    again = open_store(folder)
    assert [row["message_id"] for row in contents(again.lake, "messages", "message_id")] == ["m:1", "m:2", "m:3"]
    assert [row["nickname"] for row in contents(again.lake, "users", "nickname")] == ["b"]
    got = [(row["stage"], row["label"]) for row in contents(again.lake, "annotations", "stage", "label")]
    assert got == [("text", None), ("店铺", None)]
    assert [entry.name for entry in tmp_path.iterdir()] == [name.split("/", maxsplit=1)[0]]
    assert all(Path(file).is_relative_to(folder) for file in again.lake.snapshot(["messages"]).tables["messages"].files)


@pytest.mark.parametrize(
    "name", ["a[1]", "a]b", "a^b", "a|b", "a\\b", "100%25", "%e5", "tab\tin", "line\nin", "\udcff"]
)
def test_names_the_lake_cannot_bear_are_refused_before_anything_is_made(tmp_path: Path, name: str) -> None:
    with pytest.raises(StoreError) as caught:
        open_store(tmp_path / name / "w")
    assert caught.value.hint
    assert list(tmp_path.iterdir()) == []


def test_name_behind_a_link_counts(tmp_path: Path) -> None:
    (tmp_path / "real[1]").mkdir()
    (tmp_path / "link").symlink_to(tmp_path / "real[1]")
    with pytest.raises(StoreError):
        open_store(tmp_path / "link")


def test_place_that_cannot_be_a_folder_is_refused(tmp_path: Path) -> None:
    file = tmp_path / "file"
    file.write_text("x")
    for folder in (file, file / "below", tmp_path / ("x" * 300)):
        with pytest.raises(StoreError) as caught:
            open_store(folder)
        assert str(folder) in caught.value.where


def test_relative_folder_is_the_one_of_that_moment(tmp_path: Path, rows: Rows, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    store = open_store(Path("w"))
    (tmp_path / "elsewhere").mkdir()
    monkeypatch.chdir(tmp_path / "elsewhere")
    with store.writing() as lake:
        lake.append_new("messages", messages(rows, 1))
    assert store.folder == tmp_path / "w"
    assert (tmp_path / "w" / "lake" / "messages").is_dir()


def held(store: Store) -> list[tuple[str, str]]:
    with store.state.engine.connect() as connection:
        return [(row.name, row.mode) for row in connection.execute(sa.select(leases))]


def test_writers_share_and_give_back(tmp_path: Path) -> None:
    store, other = open_store(tmp_path), open_store(tmp_path)
    with store.writing(), other.writing():
        assert held(store) == [("lake", "shared"), ("lake", "shared")]
    assert held(store) == []


def test_lease_goes_back_after_an_error(tmp_path: Path) -> None:
    store = open_store(tmp_path)
    with pytest.raises(ValueError, match="broken"), store.writing():
        raise ValueError("broken")
    with pytest.raises(ValueError, match="broken"), store.alone("compact/messages"):
        raise ValueError("broken")
    assert held(store) == []


def test_writer_whose_lease_was_taken_away_cannot_commit(
    tmp_path: Path, rows: Rows, contents: Contents, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("jianwei.store.state.leases.BEAT_SECONDS", 0.02)
    store = open_store(tmp_path)
    with store.writing() as lake:
        lake.append_new("messages", messages(rows, 1))
        with store.state.engine.begin() as connection:
            connection.execute(sa.delete(leases))
        _until_lost(lake)
        for write in (
            lambda: lake.append_new("messages", messages(rows, 2)),
            lambda: lake.append_once("messages", messages(rows, 3), app="inbox", number=1),
            lambda: lake.upsert("users", rows("users", {"user_id": "u"})),
            lambda: lake.compact("messages", above=0),
        ):
            with pytest.raises(LeaseError):
                write()
    assert [row["message_id"] for row in contents(store.lake, "messages", "message_id")] == ["m:1"]


def _until_lost(lake: Lake) -> None:
    from time import monotonic, sleep

    deadline = monotonic() + 60
    while monotonic() < deadline:
        try:
            lake.before_commit()
        except LeaseError:
            return
        sleep(0.01)
    pytest.fail("the loss of the lease was never noticed")


def test_tidy_compacts_only_what_has_many_files(tmp_path: Path, rows: Rows, monkeypatch: pytest.MonkeyPatch) -> None:
    store = open_store(tmp_path)
    with store.writing() as lake:
        for number in range(3):
            lake.append_new("messages", messages(rows, number))
        store.tidy(lake, ("messages", "annotations"))
        assert len(lake.snapshot(["messages"]).tables["messages"].files) == 3
        assert lake.snapshot(["annotations"]).versions == {"annotations": -1}
