"""What to recommend, to whom, and why: from rules of baskets, from what people did, from what is bought lately."""

from __future__ import annotations

from importlib import import_module
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from jianwei.recommend._base import Choice, Learning, Recommendation, Recommendations

__all__ = ["Choice", "Learning", "Recommendation", "Recommendations"]

_HOMES = {"Choice": "_base", "Learning": "_base", "Recommendation": "_base", "Recommendations": "_base"}


def __getattr__(name: str) -> Any:
    if name in _HOMES:
        return getattr(import_module(f"jianwei.recommend.{_HOMES[name]}"), name)
    raise AttributeError(f"module 'jianwei.recommend' has no attribute {name!r}")


def __dir__() -> list[str]:
    return sorted(__all__)
