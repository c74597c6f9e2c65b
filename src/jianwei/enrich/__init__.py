"""Enrichment: stages answer tasks about every record; the only writer of annotations.

What is here is loaded when it is asked for: a worker process needs its stage, not the store.
"""

from __future__ import annotations

from importlib import import_module
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from jianwei.enrich._base import Stage
    from jianwei.enrich.runner import EnrichReport, Skipped, StageReport, enrich

__all__ = ["EnrichReport", "Skipped", "Stage", "StageReport", "enrich"]

_HOMES = {
    "Stage": "_base",
    "EnrichReport": "runner",
    "Skipped": "runner",
    "StageReport": "runner",
    "enrich": "runner",
}


def __getattr__(name: str) -> Any:
    if name not in _HOMES:
        raise AttributeError(f"module 'jianwei.enrich' has no attribute {name!r}")
    return getattr(import_module(f"jianwei.enrich.{_HOMES[name]}"), name)
