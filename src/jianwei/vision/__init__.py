"""What is seen: pictures in, text, faces, codes, things and safety out. Pure: files in, values out.

Everything is loaded at first use. Most of it needs `pip install "jianwei[vision]"`; what is missing is said part by part.
"""

from __future__ import annotations

from importlib import import_module
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from jianwei.vision._base import ImageReport
    from jianwei.vision.looking import Looker, look, open_looker

__all__ = ["ImageReport", "Looker", "look", "open_looker"]

_HOMES = {
    "ImageReport": "_base",
    "Looker": "looking",
    "look": "looking",
    "open_looker": "looking",
}


def __getattr__(name: str) -> Any:
    if name not in _HOMES:
        raise AttributeError(f"module 'jianwei.vision' has no attribute {name!r}")
    return getattr(import_module(f"jianwei.vision.{_HOMES[name]}"), name)
