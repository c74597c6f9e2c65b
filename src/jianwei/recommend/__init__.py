"""What to recommend, to whom, and why: from rules of baskets, from what people did, from what is in demand.

Everything is loaded at first use.
"""

from __future__ import annotations

from importlib import import_module
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from jianwei.recommend._base import Choice, Learning, Recommendation, Recommendations
    from jianwei.recommend.asking import recommended
    from jianwei.recommend.evaluation.evaluating import Evaluation, best, evaluate
    from jianwei.recommend.models._base import Interactions
    from jianwei.recommend.models.onward import Onward
    from jianwei.recommend.models.popular import Popular
    from jianwei.recommend.models.together import Together
    from jianwei.recommend.room import Room, open_room

__all__ = [
    "Choice",
    "Evaluation",
    "Interactions",
    "Learning",
    "Onward",
    "Popular",
    "Recommendation",
    "Recommendations",
    "Room",
    "Together",
    "best",
    "evaluate",
    "open_room",
    "recommended",
]

_HOMES = {
    "Choice": "_base",
    "Evaluation": "evaluation.evaluating",
    "Interactions": "models._base",
    "Learning": "_base",
    "Onward": "models.onward",
    "Popular": "models.popular",
    "Recommendation": "_base",
    "Recommendations": "_base",
    "Room": "room",
    "Together": "models.together",
    "best": "evaluation.evaluating",
    "evaluate": "evaluation.evaluating",
    "open_room": "room",
    "recommended": "asking",
}


def __getattr__(name: str) -> Any:
    if name in _HOMES:
        return getattr(import_module(f"jianwei.recommend.{_HOMES[name]}"), name)
    raise AttributeError(f"module 'jianwei.recommend' has no attribute {name!r}")


def __dir__() -> list[str]:
    return sorted(__all__)
