"""The WeChat platform's protocol: clients, log-in, messages, replies and the webhook. Knows nothing of storage.

>>> from jianwei import wechat
>>> wechat.Client.__name__
'Client'

Names are loaded when they are first used. Messages and events that come in stand in `wechat.messages`, messages to send in
`wechat.outgoing`, endpoints in `wechat.endpoints`.
"""

from __future__ import annotations

from importlib import import_module
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from jianwei.wechat._base import Claim, Delivery, Grant, Grants, Inbox, LoginStates, PendingLogin, Token, TokenStore
    from jianwei.wechat.client import AsyncClient, AsyncWeComClient, Client, WeComClient
    from jianwei.wechat.crypto import CryptoError, Envelope, MessageCrypto, decrypt_user_data
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
    from jianwei.wechat.jssdk import JsSdk
    from jianwei.wechat.memory import MemoryInbox
    from jianwei.wechat.messages import (
        Event,
        Message,
        MessageError,
        UnknownEvent,
        UnknownMessage,
        dedupe_key,
        parse_message,
        to_json,
        to_xml,
    )
    from jianwei.wechat.oauth import AsyncLogin, Login
    from jianwei.wechat.oauth_app import LoggedIn, LoginApp, LoginError, LoginExpiredError, LoginRefusedError, Redirect
    from jianwei.wechat.oauth_memory import MemoryGrants, MemoryLoginStates
    from jianwei.wechat.replies import (
        Acknowledge,
        Article,
        ButtonReply,
        ImageReply,
        MusicReply,
        NewsReply,
        Reply,
        ReplyError,
        TaskCardReply,
        TextReply,
        TransferCustomerService,
        VideoReply,
        VoiceReply,
    )
    from jianwei.wechat.request import Download, File
    from jianwei.wechat.tokens import FileTokens, MemoryTokens
    from jianwei.wechat.webhook import Answer, Webhook

_HOMES = {
    "_base": "Claim Delivery Grant Grants Inbox LoginStates PendingLogin Token TokenStore",
    "client": "AsyncClient AsyncWeComClient Client WeComClient",
    "crypto": "CryptoError Envelope MessageCrypto decrypt_user_data",
    "errors": "AddressError AnswerError ApiError BusyError PermissionDeniedError QuotaError RateError "
    "TokenRefusedError TransportError WeChatError",
    "exchange": "Policy",
    "hosts": "Hosts",
    "jssdk": "JsSdk",
    "memory": "MemoryInbox",
    "messages": "Event Message MessageError UnknownEvent UnknownMessage dedupe_key parse_message to_json to_xml",
    "oauth": "AsyncLogin Login",
    "oauth_app": "LoggedIn LoginApp LoginError LoginExpiredError LoginRefusedError Redirect",
    "oauth_memory": "MemoryGrants MemoryLoginStates",
    "replies": "Acknowledge Article ButtonReply ImageReply MusicReply NewsReply Reply ReplyError TaskCardReply "
    "TextReply TransferCustomerService VideoReply VoiceReply",
    "request": "Download File",
    "tokens": "FileTokens MemoryTokens",
    "webhook": "Answer Webhook",
}
_NAMES = {name: module for module, names in _HOMES.items() for name in names.split()}

__all__ = [
    "Acknowledge",
    "AddressError",
    "Answer",
    "AnswerError",
    "ApiError",
    "Article",
    "AsyncClient",
    "AsyncLogin",
    "AsyncWeComClient",
    "BusyError",
    "ButtonReply",
    "Claim",
    "Client",
    "CryptoError",
    "Delivery",
    "Download",
    "Envelope",
    "Event",
    "File",
    "FileTokens",
    "Grant",
    "Grants",
    "Hosts",
    "ImageReply",
    "Inbox",
    "JsSdk",
    "LoggedIn",
    "Login",
    "LoginApp",
    "LoginError",
    "LoginExpiredError",
    "LoginRefusedError",
    "LoginStates",
    "MemoryGrants",
    "MemoryInbox",
    "MemoryLoginStates",
    "MemoryTokens",
    "Message",
    "MessageCrypto",
    "MessageError",
    "MusicReply",
    "NewsReply",
    "PendingLogin",
    "PermissionDeniedError",
    "Policy",
    "QuotaError",
    "RateError",
    "Redirect",
    "Reply",
    "ReplyError",
    "TaskCardReply",
    "TextReply",
    "Token",
    "TokenRefusedError",
    "TokenStore",
    "TransferCustomerService",
    "TransportError",
    "UnknownEvent",
    "UnknownMessage",
    "VideoReply",
    "VoiceReply",
    "WeChatError",
    "WeComClient",
    "Webhook",
    "decrypt_user_data",
    "dedupe_key",
    "parse_message",
    "to_json",
    "to_xml",
]


def __getattr__(name: str) -> Any:
    if name in _NAMES:
        return getattr(import_module(f"jianwei.wechat.{_NAMES[name]}"), name)
    if name in ("endpoints", "messages", "outgoing"):
        return import_module(f"jianwei.wechat.{name}")
    raise AttributeError(f"module 'jianwei.wechat' has no attribute {name!r}")


def __dir__() -> list[str]:
    return sorted(__all__)
