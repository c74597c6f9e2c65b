"""Opening the state database: SQLite in the workspace by default, any SQLAlchemy URL otherwise.

A new SQLite file is built aside, at the newest revision and already in WAL mode, and then linked into place: two processes that open a
new workspace at once cannot race each other into "database is locked". An older file is migrated under SQLite's own write lock.
"""

from __future__ import annotations

import os
import threading
import time
from pathlib import Path
from typing import Any
from uuid import uuid4

import sqlalchemy as sa

from jianwei.errors import MissingExtraError, RetryableError, StoreError
from jianwei.store.state.tables import HEAD

__all__ = ["now_us", "open_database"]


_MIGRATING = 5_318_008_143  # names the lock of whoever migrates a database on a server
_ONE_AT_A_TIME = threading.Lock()  # Alembic keeps the migration that runs in globals of its own


def now_us() -> int:
    """The clock of the state database: µs since the epoch, UTC."""
    return time.time_ns() // 1000


def open_database(folder: Path, url: str | None = None) -> sa.Engine:
    """An engine on the state database at its newest revision, created when missing.

    What the database refuses later is a StoreError too, or a RetryableError where it is away, full or locked.

    Args:
        folder: workspace folder; holds `state.db` when `url` is None.
        url: SQLAlchemy URL of a server.

    Raises:
        StoreError: the database cannot be reached or read, or a newer Jianwei wrote it.
        MissingExtraError: the server's driver is not installed.
    """
    path = folder / "state.db"
    try:
        engine = _file(path) if url is None else _server(url)
    except sa.exc.SQLAlchemyError as error:
        # Never the whole error: it may show the URL, and with it a password.
        said = str(getattr(error, "orig", None) or type(error).__name__).splitlines()[0]
        where, hint = str(path), "restore it from a backup, or move it away and import again"
        if url is not None:
            where, hint = "state database", "check its address in the settings, and that it runs"
        raise StoreError(where, f"cannot be opened ({said})", hint) from None
    sa.event.listen(engine, "handle_error", _as_store_error)
    return engine


def _as_store_error(context: sa.ExceptionContext) -> StoreError | None:
    """What to raise instead of the driver's error. Only what says nothing of the rows is quoted."""
    error, told = context.sqlalchemy_exception, str(context.original_exception)
    if not isinstance(error, sa.exc.DBAPIError) or context.is_pre_ping:
        return None
    if context.is_disconnect or isinstance(error, sa.exc.OperationalError | sa.exc.InterfaceError):
        said = told.splitlines()[0] if told else type(context.original_exception).__name__
        return RetryableError("state database", f"cannot be used ({said})", "see that it runs and its disk has room")
    said = type(context.original_exception).__name__
    return StoreError("state database", f"refused a statement ({said})", "restore it from a backup if it is damaged")


def _server(url: str) -> sa.Engine:
    try:
        engine = sa.create_engine(url, pool_pre_ping=True, hide_parameters=True)
    except ModuleNotFoundError as error:
        raise MissingExtraError.named("state database", "postgres") from error
    if _revision(engine) != HEAD:
        _migrate(engine)
    return engine


def _file(path: Path) -> sa.Engine:
    if not path.exists():
        _create_sqlite(path)
    engine = _sqlite(path)
    if _revision(engine) != HEAD:
        _migrate(engine)
    return engine


def _sqlite(path: Path) -> sa.Engine:
    url = sa.URL.create("sqlite", database=str(path))
    engine = sa.create_engine(url, connect_args={"timeout": 60}, hide_parameters=True)

    @sa.event.listens_for(engine, "connect")
    def _prepare(connection: Any, record: Any) -> None:
        # The driver's own transaction handling leaves DDL outside; SQLAlchemy begins every transaction below instead.
        connection.isolation_level = None
        for pragma in ("synchronous = FULL", "foreign_keys = ON", "secure_delete = ON"):
            connection.execute(f"PRAGMA {pragma}")

    @sa.event.listens_for(engine, "begin")
    def _begin(connection: sa.Connection) -> None:
        connection.exec_driver_sql("BEGIN")

    return engine


def _create_sqlite(path: Path) -> None:
    path.parent.mkdir(parents=True, exist_ok=True)
    aside = path.with_name(f".{path.name}.{uuid4().hex}")
    engine = _sqlite(aside)
    try:
        _migrate(engine)
        raw = engine.raw_connection()
        raw.cursor().execute("PRAGMA journal_mode = WAL")
        raw.close()
        engine.dispose()
        try:
            os.link(aside, path)
        except FileExistsError:
            return  # another process was faster; its file is as good
        except OSError:  # a file system without hard links
            if not path.exists():
                aside.replace(path)
    finally:
        engine.dispose()
        for leftover in (aside, *(aside.with_name(aside.name + end) for end in ("-wal", "-shm"))):
            leftover.unlink(missing_ok=True)


def _revision(engine: sa.Engine) -> str | None:
    with engine.connect() as connection:
        try:
            return connection.execute(sa.text("SELECT version_num FROM alembic_version")).scalar()
        except sa.exc.DatabaseError as error:
            if "no such table" in str(error) or "does not exist" in str(error):
                return None
            raise


def _migrate(engine: sa.Engine) -> None:
    from alembic.config import Config
    from alembic.runtime.environment import EnvironmentContext
    from alembic.script import ScriptDirectory
    from alembic.util import CommandError

    config = Config()
    config.set_main_option("script_location", str(Path(__file__).with_name("migrations")))
    script = ScriptDirectory.from_config(config)

    def upgrade(revision: Any, context: Any) -> Any:
        try:
            return script._upgrade_revs(HEAD, revision)
        except CommandError:
            raise StoreError(
                "state database",
                "was written by a newer Jianwei",
                "install that version, or name another folder with -w",
            ) from None

    with _ONE_AT_A_TIME, EnvironmentContext(config, script, fn=upgrade) as environment, engine.begin() as connection:
        if connection.dialect.name == "sqlite":
            connection.exec_driver_sql(
                "CREATE TABLE IF NOT EXISTS _migrating (at INTEGER)"
            )  # takes the write lock first
        if connection.dialect.name == "postgresql":  # one process at a time; the others then find nothing left to do
            connection.exec_driver_sql(f"SELECT pg_advisory_xact_lock({_MIGRATING})")
        environment.configure(connection=connection, transaction_per_migration=False)
        environment.run_migrations()
        if connection.dialect.name == "sqlite":
            connection.exec_driver_sql("DROP TABLE _migrating")
