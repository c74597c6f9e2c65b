"""The check that the platform makes when a webhook's URL is entered, made by ourselves beforehand."""

from __future__ import annotations

import secrets
import time
from collections.abc import Callable
from typing import TYPE_CHECKING

from jianwei.settings import Secret
from jianwei.wechat.crypto import MessageCrypto
from jianwei.wechat.errors import AnswerError
from jianwei.wechat.exchange import Outgoing, Policy
from jianwei.wechat.signatures import url_signature
from jianwei.wechat.transport import send, sync_http

if TYPE_CHECKING:
    import httpx

__all__ = ["check_webhook"]

_POLICY = Policy(timeout=5.0, max_bytes=1 << 16)  # as long as the platform waits


def check_webhook(
    url: str,
    token: Secret,
    *,
    crypto: MessageCrypto | None = None,
    transport: httpx.BaseTransport | None = None,
    now: Callable[[], float] = time.time,
) -> None:
    """Ask the URL for an echo, signed as the platform signs; returns when it came back as it must.

    Args:
        crypto: for WeCom, whose echo is encrypted; None for the others.

    Raises:
        TransportError: nobody answers there within five seconds.
        AnswerError: the answer is not the echo.
    """
    echo, nonce, timestamp = secrets.token_hex(12), secrets.token_hex(5), str(int(now()))
    if crypto is None:
        signature = {"signature": url_signature(token.reveal(), timestamp, nonce), "echostr": echo}
    else:
        envelope = crypto.encrypt(echo, timestamp, nonce)
        signature = {"msg_signature": envelope.msg_signature, "echostr": envelope.encrypted}
    query = {"timestamp": timestamp, "nonce": nonce, **signature}
    with sync_http(_POLICY, transport) as http:
        answer = send(http, Outgoing("GET", url, query, path=url), _POLICY)
    if answer.status != 200:
        hint = (
            "see whether token and EncodingAESKey are the same on both sides" if answer.status == 403 else "see its log"
        )
        raise AnswerError(url, f"answered {answer.status}", hint)
    if answer.content != echo.encode():
        raise AnswerError(
            url, "did not answer with the echo alone", "answer echostr as it came, without quotes or line ends"
        )
