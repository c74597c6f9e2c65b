"""Faces: where they are, whether an avatar shows a person, whether a capture is live. Who they are is asked only under a consent.

Everything is loaded at first use.
"""

from __future__ import annotations

from importlib import import_module
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from jianwei.vision.faces.avatars import judge_avatar
    from jianwei.vision.faces.finding import FaceFinder, open_finder
    from jianwei.vision.faces.grouping import Consent, group_faces
    from jianwei.vision.faces.liveness import capture_liveness, open_liveness

__all__ = ["Consent", "FaceFinder", "capture_liveness", "group_faces", "judge_avatar", "open_finder", "open_liveness"]

_HOMES = {
    "Consent": "grouping",
    "FaceFinder": "finding",
    "capture_liveness": "liveness",
    "group_faces": "grouping",
    "judge_avatar": "avatars",
    "open_finder": "finding",
    "open_liveness": "liveness",
}


def __getattr__(name: str) -> Any:
    if name not in _HOMES:
        raise AttributeError(f"module 'jianwei.vision.faces' has no attribute {name!r}")
    return getattr(import_module(f"jianwei.vision.faces.{_HOMES[name]}"), name)
