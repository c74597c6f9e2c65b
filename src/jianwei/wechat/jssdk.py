"""Pages that use the JS-SDK: the ticket is kept like a token, and every page gets its signature."""

from __future__ import annotations

import asyncio
import secrets
import time
from collections.abc import Callable

from jianwei.wechat._base import TokenStore
from jianwei.wechat.client import Client
from jianwei.wechat.signatures import JsapiConfig, jsapi_config
from jianwei.wechat.tokens import Issued, MemoryTokens, TokenKeeper

__all__ = ["JsSdk"]


class JsSdk:
    """Signs pages of one account.

    Args:
        client: fetches the ticket, rarely.
        tokens: where the ticket is kept, so that processes share it; default: in memory.
        now: seconds since the epoch.
    """

    def __init__(self, client: Client, tokens: TokenStore | None = None, now: Callable[[], float] = time.time) -> None:
        self._app_id, self._now = client.account.app_id, now
        store = MemoryTokens() if tokens is None else tokens

        def fetch() -> Issued:
            issued = client.tokens.ticket()
            return Issued(issued.ticket, issued.expires_in)

        self._keeper = TokenKeeper(store, f"{self._app_id}/jsapi_ticket", fetch, now)

    def config(self, url: str) -> JsapiConfig:
        """What the page at `url` hands to `wx.config`. May wait for the platform.

        Args:
            url: as the browser shows it, with its query; a fragment plays no part.

        Raises:
            WeChatError: no ticket could be fetched.
        """
        return self._signed(self._keeper.token(), url)

    async def config_async(self, url: str) -> JsapiConfig:
        """`config` for event loops: a ticket is fetched in a thread."""
        ticket = self._keeper.known()
        if ticket is None:
            ticket = await asyncio.to_thread(self._keeper.token)
        return self._signed(ticket, url)

    def _signed(self, ticket: str, url: str) -> JsapiConfig:
        return jsapi_config(self._app_id, ticket, url, timestamp=int(self._now()), nonce=secrets.token_hex(8))
