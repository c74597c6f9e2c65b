"""Calls for tokens and tickets that succeed."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from jianwei.sandbox.platform.world import App, Platform
from jianwei.wechat.endpoints import tokens as api
from jianwei.wechat.request import Request

EXAMPLES: dict[type[Request[Any]], Callable[[Platform, App], Request[Any]]] = {
    api.BasicToken: lambda _, app: api.BasicToken(),
    api.StableToken: lambda _, app: api.StableToken(force_refresh=True),
    api.CorpToken: lambda _, app: api.CorpToken(),
    api.GetTicket: lambda _, app: api.GetTicket("wx_card"),
}
