"""The WeChat platform's protocol: clients, log-in, messages, replies and the webhook. Knows nothing of storage.

>>> from jianwei import wechat
>>> wechat.Client.__name__
'Client'

Names are loaded when they are first used.
"""

from __future__ import annotations

from importlib import import_module
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from jianwei.wechat._base import Claim, Delivery, Grant, Grants, Inbox, LoginStates, PendingLogin, Token, TokenStore
    from jianwei.wechat.client import AsyncClient, AsyncWeComClient, Client, WeComClient
    from jianwei.wechat.crypto import CryptoError, Envelope, MessageCrypto
    from jianwei.wechat.errors import (
        AddressError,
        AnswerError,
        ApiError,
        BusyError,
        PermissionDeniedError,
        QuotaError,
        RateError,
        TokenRefusedError,
        TransportError,
        WeChatError,
    )
    from jianwei.wechat.exchange import Policy
    from jianwei.wechat.hosts import Hosts
    from jianwei.wechat.request import Download, File
    from jianwei.wechat.tokens import FileTokens, MemoryTokens

_HOMES = {
    "_base": ("Claim", "Delivery", "Grant", "Grants", "Inbox", "LoginStates", "PendingLogin", "Token", "TokenStore"),
    "client": ("AsyncClient", "AsyncWeComClient", "Client", "WeComClient"),
    "crypto": ("CryptoError", "Envelope", "MessageCrypto"),
    "errors": (
        "AddressError", "AnswerError", "ApiError", "BusyError", "PermissionDeniedError", "QuotaError", "RateError",
        "TokenRefusedError", "TransportError", "WeChatError",
    ),
    "exchange": ("Policy",),
    "hosts": ("Hosts",),
    "request": ("Download", "File"),
    "tokens": ("FileTokens", "MemoryTokens"),
}  # fmt: skip
_NAMES = {name: module for module, names in _HOMES.items() for name in names}

__all__ = [
    "AddressError",
    "AnswerError",
    "ApiError",
    "AsyncClient",
    "AsyncWeComClient",
    "BusyError",
    "Claim",
    "Client",
    "CryptoError",
    "Delivery",
    "Download",
    "Envelope",
    "File",
    "FileTokens",
    "Grant",
    "Grants",
    "Hosts",
    "Inbox",
    "LoginStates",
    "MemoryTokens",
    "MessageCrypto",
    "PendingLogin",
    "PermissionDeniedError",
    "Policy",
    "QuotaError",
    "RateError",
    "Token",
    "TokenRefusedError",
    "TokenStore",
    "TransportError",
    "WeChatError",
    "WeComClient",
]


def __getattr__(name: str) -> Any:
    if name in _NAMES:
        return getattr(import_module(f"jianwei.wechat.{_NAMES[name]}"), name)
    raise AttributeError(f"module 'jianwei.wechat' has no attribute {name!r}")


def __dir__() -> list[str]:
    return sorted(__all__)
