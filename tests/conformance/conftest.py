"""Every implementation that a suite here runs on. A new one is a line in `DATABASES` or `ENGINES`."""

from __future__ import annotations

import sys
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
import sqlalchemy as sa

sys.path.insert(0, str(Path(__file__).parents[1]))

from support.postgres import Postgres

from jianwei.engines import Engine
from jianwei.engines.duckdb import DuckDBEngine
from jianwei.store.state import open_database

Connect = Callable[[], sa.Engine]

DATABASES = ("sqlite", "postgres")
ENGINES: dict[str, Callable[[], Engine]] = {"duckdb": DuckDBEngine}


@pytest.fixture(scope="session")
def postgres() -> Iterator[Postgres]:
    """A PostgreSQL server; `postgres.database()` is the URL of a new database."""
    server = Postgres()
    yield server
    server.stop()


@pytest.fixture(params=DATABASES)
def state_url(request: pytest.FixtureRequest) -> str | None:
    """Address of a new state database; None is SQLite in the workspace."""
    if request.param == "sqlite":
        return None
    server: Any = request.getfixturevalue("postgres")
    return str(server.database())


@pytest.fixture
def connect(state_url: str | None, tmp_path: Path) -> Iterator[Connect]:
    """Opens one and the same database again at every call, as another process would."""
    opened: list[sa.Engine] = []

    def again() -> sa.Engine:
        opened.append(open_database(tmp_path, state_url))
        return opened[-1]

    yield again
    for engine in opened:
        engine.dispose()


@pytest.fixture(params=ENGINES)
def engine(request: pytest.FixtureRequest) -> Engine:
    return ENGINES[request.param]()
