"""Jianwei (见微): from what WeChat users say and do to understanding and better service.

>>> import jianwei as jw
>>> jw.open.__name__
'open_workspace'

Everything is loaded when it is first used: importing this package costs a fraction of a second.
"""

from __future__ import annotations

from importlib import import_module
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from jianwei import (
        behavior,
        mining,
        models,
        query,
        recommend,
        records,
        render,
        sources,
        speech,
        text,
        vision,
        wechat,
    )
    from jianwei.workspace import Workspace
    from jianwei.workspace import open_workspace as open  # noqa: A004 - the name people write: jianwei.open(...)

__version__ = "0.1.0"

_ROOMS = (
    "behavior",
    "mining",
    "models",
    "query",
    "recommend",
    "records",
    "render",
    "sources",
    "speech",
    "text",
    "vision",
    "wechat",
)
_NAMES = {"open": ("jianwei.workspace", "open_workspace"), "Workspace": ("jianwei.workspace", "Workspace")}

__all__ = [
    "Workspace",
    "__version__",
    "behavior",
    "mining",
    "models",
    "open",
    "query",
    "recommend",
    "records",
    "render",
    "sources",
    "speech",
    "text",
    "vision",
    "wechat",
]


def __getattr__(name: str) -> Any:
    if name in _NAMES:
        module, attribute = _NAMES[name]
        return getattr(import_module(module), attribute)
    if name in _ROOMS:
        return import_module(f"jianwei.{name}")
    raise AttributeError(f"module 'jianwei' has no attribute {name!r}")


def __dir__() -> list[str]:
    return sorted(__all__)
