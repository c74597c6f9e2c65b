"""The state database as a SQLite file: how it is made, and what a damaged or foreign one says."""

from __future__ import annotations

import sqlite3
import traceback
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest
import sqlalchemy as sa
from alembic.script import ScriptDirectory

from jianwei.errors import JianweiError, MissingExtraError, StoreError
from jianwei.store import InputState, State
from jianwei.store.state import database, open_database
from jianwei.store.state.tables import HEAD, metadata


def raw(folder: Path) -> sqlite3.Connection:
    return sqlite3.connect(folder / "state.db")


def test_new_database_is_whole_and_leaves_nothing_beside_it(tmp_path: Path) -> None:
    open_database(tmp_path).dispose()
    assert [entry.name for entry in tmp_path.iterdir()] == ["state.db"]
    with raw(tmp_path) as connection:
        assert connection.execute("SELECT version_num FROM alembic_version").fetchall() == [(HEAD,)]
        assert connection.execute("PRAGMA integrity_check").fetchall() == [("ok",)]
        assert connection.execute("PRAGMA journal_mode").fetchall() == [("wal",)]


def test_every_connection_waits_for_the_disk_and_overwrites_what_is_deleted(tmp_path: Path) -> None:
    engine = open_database(tmp_path)
    wanted = {"journal_mode": "wal", "synchronous": 2, "secure_delete": 1, "foreign_keys": 1}
    with engine.connect() as one, engine.connect() as two:
        for connection in (one, two):
            assert {name: connection.exec_driver_sql(f"PRAGMA {name}").scalar() for name in wanted} == wanted


def test_deleted_text_is_not_left_in_the_file(tmp_path: Path) -> None:
    state = State(open_database(tmp_path))
    mark = "geheim-marker-" * 20
    state.put_answer("k", "Q", mark.encode())
    state.put_position("p", {"text": mark})
    with state.engine.begin() as connection:
        for table in metadata.tables.values():
            connection.execute(sa.delete(table))
    raw_connection = state.engine.raw_connection()
    raw_connection.cursor().execute("PRAGMA wal_checkpoint(TRUNCATE)")
    raw_connection.close()
    state.engine.dispose()
    assert b"geheim-marker" not in (tmp_path / "state.db").read_bytes()


def test_migrations_make_exactly_the_tables_of_the_code(tmp_path: Path) -> None:
    migrated = sa.inspect(open_database(tmp_path))
    declared_engine = sa.create_engine("sqlite://")
    metadata.create_all(declared_engine)
    declared = sa.inspect(declared_engine)
    assert set(migrated.get_table_names()) == set(declared.get_table_names()) | {"alembic_version"}
    for name in declared.get_table_names():
        shapes = []
        for inspector in (migrated, declared):
            columns = [
                (c["name"], str(c["type"]), c["nullable"], c["default"], c["primary_key"])
                for c in inspector.get_columns(name)
            ]
            keys = inspector.get_pk_constraint(name)["constrained_columns"]
            indexes = sorted((i["name"], tuple(i["column_names"]), i["unique"]) for i in inspector.get_indexes(name))
            unique = sorted(tuple(u["column_names"]) for u in inspector.get_unique_constraints(name))
            foreign = sorted(tuple(f["constrained_columns"]) for f in inspector.get_foreign_keys(name))
            shapes.append((columns, keys, indexes, unique, foreign))
        assert shapes[0] == shapes[1], name


def test_head_is_the_newest_migration() -> None:
    scripts = ScriptDirectory(str(Path(database.__file__).with_name("migrations")))
    assert scripts.get_heads() == [HEAD]


def test_database_of_an_earlier_revision_is_brought_up_and_keeps_its_rows(tmp_path: Path) -> None:
    """An empty file stands for the earliest revision: the same way leads from every revision to the newest."""
    (tmp_path / "state.db").touch()
    with raw(tmp_path) as connection:
        connection.execute("CREATE TABLE kept (a)")
        connection.execute("INSERT INTO kept VALUES (1)")
    state = State(open_database(tmp_path))
    state.put_position("p", {"a": 1})
    assert state.position("p") == {"a": 1}
    with raw(tmp_path) as connection:
        assert connection.execute("SELECT a FROM kept").fetchall() == [(1,)]
        assert connection.execute("SELECT name FROM sqlite_master WHERE name LIKE '%migrating%'").fetchall() == []


def test_threads_may_open_a_new_workspace_at_once(tmp_path: Path) -> None:
    with ThreadPoolExecutor(4) as pool:
        engines = list(pool.map(lambda _: open_database(tmp_path), range(4)))
    for number, engine in enumerate(engines):
        State(engine).put_position(str(number), {})
    assert [State(engines[0]).position(str(number)) for number in range(4)] == [{}] * 4


def test_opening_again_keeps_everything(tmp_path: Path) -> None:
    given = InputState(
        input_id="i", name="a.csv", origin="/a.csv", account="shop", sha256="0" * 64, bytes=1, format="table", status="done"
    )  # fmt: skip
    State(open_database(tmp_path)).put_inputs([given])
    assert State(open_database(tmp_path)).inputs() == [given]


DAMAGES = ["garbage", "truncated", "header", "page", "folder"]


def damage(folder: Path, how: str) -> None:
    path = folder / "state.db"
    if how == "folder":
        path.mkdir()
        return
    open_database(folder).dispose()
    data = bytearray(path.read_bytes())
    if how == "garbage":
        data = bytearray(b"this is no database. " * 500)
    elif how == "truncated":
        data = data[: len(data) // 2]
    elif how == "header":
        data[100:4096] = b"\xff" * 3996
    else:
        data[8192:] = b"\xff" * (len(data) - 8192)
    path.write_bytes(data)


@pytest.mark.parametrize("how", DAMAGES)
def test_damaged_database_is_an_error_of_the_store(tmp_path: Path, how: str) -> None:
    damage(tmp_path, how)
    with pytest.raises(StoreError) as caught:
        open_database(tmp_path)
    assert str(tmp_path / "state.db") in caught.value.where
    assert "backup" in caught.value.hint
    assert (tmp_path / "state.db").exists()


def test_database_of_a_newer_release_is_left_alone(tmp_path: Path) -> None:
    open_database(tmp_path).dispose()
    with raw(tmp_path) as connection:
        connection.execute("UPDATE alembic_version SET version_num = '9999'")
    before = (tmp_path / "state.db").read_bytes()
    with pytest.raises(StoreError, match="newer"):
        open_database(tmp_path)
    assert (tmp_path / "state.db").read_bytes() == before


@pytest.mark.parametrize(
    "url",
    ["hunter2 is no URL", "nosuch+driver://shop:hunter2@host/db", "sqlite:////nowhere/at/all/hunter2/state.db"],
)
def test_wrong_addresses_are_refused_without_being_shown(tmp_path: Path, url: str) -> None:
    with pytest.raises(JianweiError) as caught:
        open_database(tmp_path, url)
    assert isinstance(caught.value, StoreError | MissingExtraError)
    assert "hunter2" not in str(caught.value)
    assert "hunter2" not in "".join(traceback.format_exception_only(caught.value))
