"""What to recommend, to whom, and why: from rules of baskets, from what people did, from what is in demand.

Everything is loaded at first use.
"""

from __future__ import annotations

from importlib import import_module
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from jianwei.recommend._base import Choice, Learning, Recommendation, Recommendations
    from jianwei.recommend.asking import recommended
    from jianwei.recommend.room import Room, open_room

__all__ = ["Choice", "Learning", "Recommendation", "Recommendations", "Room", "open_room", "recommended"]

_HOMES = {
    "Choice": "_base",
    "Learning": "_base",
    "Recommendation": "_base",
    "Recommendations": "_base",
    "Room": "room",
    "open_room": "room",
    "recommended": "asking",
}


def __getattr__(name: str) -> Any:
    if name in _HOMES:
        return getattr(import_module(f"jianwei.recommend.{_HOMES[name]}"), name)
    raise AttributeError(f"module 'jianwei.recommend' has no attribute {name!r}")


def __dir__() -> list[str]:
    return sorted(__all__)
