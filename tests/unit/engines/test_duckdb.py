"""SQL by hand on the embedded engine: one SELECT over the pinned tables, and nothing else."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pyarrow as pa
import pytest

from jianwei.engines import Scope
from jianwei.engines.duckdb import DuckDBEngine, DuckDBSession
from jianwei.errors import StoreError, UsageError
from jianwei.records import TABLES
from jianwei.store import Lake


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """A workspace folder with a quote in its name, three messages, and files beside it that no query may see."""
    folder = tmp_path / "it's 店铺"
    given = [{"message_id": f"m:{n}", "ts_us": n, "text": text} for n, text in enumerate(["你好", "it's", None])]
    Lake(folder).append_new("messages", pa.Table.from_pylist(given, TABLES["messages"].schema))
    (tmp_path / "secret.csv").write_text("a,b\nhunter2,1\n")
    (tmp_path / "secret.json").write_text('{"a": "hunter2"}')
    (folder / "messages" / "secret.csv").write_text("a,b\nhunter2,1\n")
    return folder


@pytest.fixture
def session(folder: Path) -> Iterator[DuckDBSession]:
    with DuckDBEngine().open(Lake(folder).snapshot(TABLES), Scope()) as session:
        yield session


@pytest.mark.parametrize(
    ("query", "rows"),
    [
        ("SELECT count(*) AS n FROM messages", [{"n": 3}]),
        ("SELECT text FROM messages WHERE text = 'it''s';", [{"text": "it's"}]),
        ("WITH a AS (SELECT ts_us FROM messages) SELECT max(ts_us) AS n FROM a", [{"n": 2}]),
        ("FROM messages SELECT min(ts_us) AS n", [{"n": 0}]),
        ("SELECT count(*) AS n FROM users u JOIN messages m USING (user_id)", [{"n": 0}]),
        ("VALUES (1)", [{"col0": 1}]),
        ("-- a comment\nSELECT '店铺;' AS s", [{"s": "店铺;"}]),
    ],
)
def test_queries_over_the_tables(session: DuckDBSession, query: str, rows: list[dict[str, object]]) -> None:
    assert session.sql(query).to_pylist() == rows


def test_session_answers_again_and_again(session: DuckDBSession) -> None:
    for _ in range(3):
        assert session.sql("SELECT count(*) AS n FROM messages").to_pylist() == [{"n": 3}]
        assert session.execute(session.table("messages").select("ts_us")).num_rows == 3
        assert sum(batch.num_rows for batch in session.stream(session.table("messages"), 100)) == 3


@pytest.mark.parametrize(
    "query",
    [
        "", ";", "   ", "-- nothing", "SELECT 1; SELECT 2", "SELECT 1; DROP VIEW messages",
        "INSERT INTO messages SELECT * FROM messages", "UPDATE messages SET text = 'x'", "DELETE FROM messages",
        "DROP VIEW messages", "CREATE TABLE t AS SELECT 1", "CREATE VIEW v AS SELECT 1", "ALTER VIEW messages RENAME TO m",
        "COPY (SELECT 1) TO 'out.csv'", "COPY messages TO 'out.parquet'", "EXPORT DATABASE 'out'", "ATTACH 'out.db'",
        "INSTALL httpfs", "LOAD httpfs", "SET enable_external_access = true", "RESET enable_external_access",
        "SET allowed_paths = ['/']", "SET VARIABLE a = 1", "PREPARE p AS SELECT 1", "EXECUTE p", "CALL pragma_version()",
        "BEGIN", "CHECKPOINT", "VACUUM", "USE memory", "EXPLAIN ANALYZE SELECT 1", "WITH x AS (DELETE FROM messages) SELECT 1",
    ],
)  # fmt: skip
def test_anything_but_one_select_is_refused(
    session: DuckDBSession, query: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    before = sorted(path.name for path in tmp_path.iterdir())
    with pytest.raises(UsageError) as caught:
        session.sql(query)
    assert caught.value.where == "sql"
    assert sorted(path.name for path in tmp_path.iterdir()) == before
    assert session.sql("SELECT count(*) AS n FROM messages").to_pylist() == [{"n": 3}]


@pytest.mark.parametrize(
    "query",
    [
        "SELECT * FROM read_csv('{folder}/secret.csv')",
        "SELECT * FROM '{folder}/secret.csv'",
        "SELECT * FROM read_text('{folder}/secret.csv')",
        "SELECT * FROM read_blob('{folder}/secret.csv')",
        "SELECT * FROM read_json('{folder}/secret.json')",
        "SELECT * FROM '{folder}/secret.json'",
        "SELECT * FROM sniff_csv('{folder}/secret.csv')",
        "SELECT * FROM glob('{folder}/*')",
        "SELECT * FROM read_text('{folder}/*')",
        "SELECT * FROM read_text('secret.csv')",
        "SELECT * FROM read_text('{quoted}/messages/secret.csv')",
        "SELECT * FROM read_text('{quoted}/messages/../../secret.csv')",
        "SELECT * FROM glob('{quoted}/messages/*')",
        "SELECT * FROM read_parquet('{quoted}/messages/*.parquet')",
        "SELECT * FROM parquet_metadata('{folder}/secret.csv')",
        "SELECT * FROM read_csv('https://example.org/a.csv')",
        "SELECT * FROM query('SELECT * FROM read_text(''{folder}/secret.csv'')')",
        "SELECT (SELECT content FROM read_text('{folder}/secret.csv'))",
        "WITH a AS (SELECT * FROM read_text('{folder}/secret.csv')) SELECT * FROM a",
        "SELECT * FROM read_text('/etc/passwd')",
        "SELECT * FROM query_table('{folder}/secret.csv')",
    ],
)
def test_no_file_is_read_but_the_pinned_ones(
    session: DuckDBSession, folder: Path, query: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(folder.parent)
    quoted = str(folder).replace("'", "''")
    with pytest.raises(UsageError) as caught:
        session.sql(query.replace("{folder}", str(folder.parent)).replace("{quoted}", quoted))
    assert "hunter2" not in str(caught.value)


@pytest.mark.parametrize(
    "query",
    ["SELEC 1", "SELECT nothing FROM messages", "SELECT * FROM nothing", "SELECT CAST('x' AS INT)", "SELECT getenv('HOME')", "SELECT (",
     "\0"],
)  # fmt: skip
def test_mistakes_are_said_in_one_line(session: DuckDBSession, query: str) -> None:
    with pytest.raises(UsageError) as caught:
        session.sql(query)
    assert caught.value.what
    assert "\n" not in caught.value.what


def test_variables_of_python_are_no_tables(session: DuckDBSession) -> None:
    hidden = pa.table({"a": ["hunter2"]})
    with pytest.raises(UsageError):
        session.sql("SELECT * FROM hidden")
    assert hidden.num_rows == 1


def test_tables_that_were_not_pinned_are_unknown(folder: Path) -> None:
    with (
        DuckDBEngine().open(Lake(folder).snapshot(["messages"]), Scope()) as session,
        pytest.raises(UsageError, match="users"),
    ):
        session.sql("SELECT * FROM users")


def test_damaged_file_is_an_error_of_the_store(folder: Path) -> None:
    snapshot = Lake(folder).snapshot(["messages"])
    file = Path(snapshot.tables["messages"].files[0])
    file.write_bytes(file.read_bytes()[:-100])
    with pytest.raises(StoreError), DuckDBEngine().open(snapshot, Scope()) as session:
        session.execute(session.table("messages"))
