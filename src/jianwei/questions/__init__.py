"""Questions by name, and their answers. Answering is loaded when it is asked for: listing questions needs no engine."""

from __future__ import annotations

from importlib import import_module
from typing import TYPE_CHECKING, Any

from jianwei.questions.catalog import CATALOG, Entry, Setting, find, settings_of

if TYPE_CHECKING:
    from jianwei.questions.answering import Asker, Coverage, answer

__all__ = ["CATALOG", "Asker", "Coverage", "Entry", "Setting", "answer", "find", "settings_of"]


def __getattr__(name: str) -> Any:
    if name not in ("Asker", "Coverage", "answer"):
        raise AttributeError(f"module 'jianwei.questions' has no attribute {name!r}")
    return getattr(import_module("jianwei.questions.answering"), name)
