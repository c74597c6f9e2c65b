"""Engines compute on pinned files. DuckDB is embedded; a cluster engine satisfies the same Protocol."""

from jianwei.engines._base import BatchFunction, Engine, Scope, Session

__all__ = ["BatchFunction", "Engine", "Scope", "Session"]
