"""Signing pages with the JS-SDK for whoever asks: nobody outside can make this server ask the platform again and again in vain."""

from __future__ import annotations

import asyncio
import time
from collections.abc import Callable

from jianwei.errors import JianweiError
from jianwei.wechat.errors import ApiError, BusyError
from jianwei.wechat.jssdk import JsSdk
from jianwei.wechat.signatures import JsapiConfig

__all__ = ["PageSigner"]

FINAL_SECONDS = 60.0
"""How long a refusal of the platform is remembered: somebody must change a setting first."""

PASSING_SECONDS = 2.0
"""How long any other failure is remembered, so that those who waited for it do not try one after another."""


class PageSigner:
    """Signs pages of one account; of those who come while a ticket is missing, one asks for it.

    Args:
        sdk: gets the ticket and signs.
        now: seconds, from any beginning.
    """

    def __init__(self, sdk: JsSdk, now: Callable[[], float] = time.monotonic) -> None:
        self._sdk, self._now = sdk, now
        self._one = asyncio.Lock()
        self._failed: JianweiError | None = None
        self._until = float("-inf")

    async def config(self, url: str) -> JsapiConfig:
        """What the page at `url` hands to `wx.config`.

        Raises:
            JianweiError: there is no ticket; the same error for a while.
        """
        async with self._one:
            if self._failed is not None and self._now() < self._until:
                raise self._failed.with_traceback(None)  # else it would keep the frames of everybody who was told
            try:
                config = await self._sdk.config_async(url)
            except JianweiError as error:
                final = isinstance(error, ApiError) and not isinstance(error, BusyError)
                self._failed, self._until = error, self._now() + (FINAL_SECONDS if final else PASSING_SECONDS)
                raise
            self._failed = None
            return config
