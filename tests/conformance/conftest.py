"""Every implementation that a suite here runs on. A new one is a line in `DATABASES` or `ENGINES`."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
import sqlalchemy as sa

from jianwei.engines import Engine
from jianwei.engines.duckdb import DuckDBEngine
from jianwei.store.state import open_database

Connect = Callable[[], sa.Engine]

DATABASES: dict[str, Callable[[Path], sa.Engine]] = {"sqlite": open_database}
ENGINES: dict[str, Callable[[], Engine]] = {"duckdb": DuckDBEngine}


@pytest.fixture(params=DATABASES)
def connect(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[Connect]:
    """Opens one and the same database again at every call, as another process would."""
    opened: list[sa.Engine] = []

    def again() -> sa.Engine:
        opened.append(DATABASES[request.param](tmp_path))
        return opened[-1]

    yield again
    for engine in opened:
        engine.dispose()


@pytest.fixture(params=ENGINES)
def engine(request: pytest.FixtureRequest) -> Engine:
    return ENGINES[request.param]()
