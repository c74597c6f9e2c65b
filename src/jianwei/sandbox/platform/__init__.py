"""The simulated platform, made from the registry of endpoints.

>>> from jianwei.sandbox.platform import App, Platform
>>> platform = Platform()
>>> platform.add(App("wx0123456789abcdef", "secret", "service")).kind
'service'
"""

from __future__ import annotations

from importlib import import_module
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from jianwei.sandbox.platform.app import running
    from jianwei.sandbox.platform.callbacks import CallbackError, Pushed
    from jianwei.sandbox.platform.faults import Fault
    from jianwei.sandbox.platform.life import Life
    from jianwei.sandbox.platform.people import People
    from jianwei.sandbox.platform.world import App, Clock, Follower, Platform

_HOMES = {
    "App": "world",
    "CallbackError": "callbacks",
    "Clock": "world",
    "Fault": "faults",
    "Follower": "world",
    "Life": "life",
    "People": "people",
    "Platform": "world",
    "Pushed": "callbacks",
    "running": "app",
}

__all__ = ["App", "CallbackError", "Clock", "Fault", "Follower", "Life", "People", "Platform", "Pushed", "running"]


def __getattr__(name: str) -> Any:
    """Loaded when first asked for: the areas bring every endpoint with them."""
    if name in _HOMES:
        return getattr(import_module(f"{__name__}.{_HOMES[name]}"), name)
    raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
