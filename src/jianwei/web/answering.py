"""Who answers messages: a function of one's own, or nobody; and how answers follow that came too late."""

from __future__ import annotations

import inspect
import logging
import sys
import time
from collections.abc import Awaitable, Callable
from importlib import import_module
from pathlib import Path
from typing import Any

from jianwei.errors import SettingsError
from jianwei.web.threads import BusyError, Threads
from jianwei.wechat.client import AsyncClient, AsyncWeComClient
from jianwei.wechat.handling import Handler, Late
from jianwei.wechat.messages import Event, Message
from jianwei.wechat.replies import Reply
from jianwei.wechat.request import Host

__all__ = ["handler_of", "late_sender"]

log = logging.getLogger("jianwei.web")

TOLD_SECONDS = 10.0


def _nothing(message: Message | Event) -> None:
    return None


def handler_of(name: str | None) -> Handler:
    """The handler "module:function"; None acknowledges every message.

    It is called with the typed message and gives a `Reply`, text or None, or an awaitable of these. A plain function runs in one of 32
    threads, so that it may take its time. Where 500 messages wait for these, further ones are kept without an answer. Modules of the
    current folder are found.

    Raises:
        SettingsError: there is no such function.
    """
    if name is None:
        return _nothing
    module, colon, attribute = name.partition(":")
    if not colon or not module or not attribute:
        raise SettingsError("handler", f"{name!r} names no function", 'write it as "module:function"')
    here = str(Path.cwd())
    if here not in sys.path:
        sys.path.insert(0, here)
    try:
        found: Any = import_module(module)
        for part in attribute.split("."):
            found = getattr(found, part)
    except Exception as error:  # it is somebody's own code, and may fail in any way
        what = f"{name} cannot be loaded ({type(error).__name__}: {error})"
        raise SettingsError("handler", what, "check its name, and the folder you are in") from None
    if not callable(found):
        raise SettingsError("handler", f"{name} is no function", "name a function")
    if inspect.iscoroutinefunction(found):
        return found  # type: ignore[no-any-return]

    return _InThreads(found)


class _InThreads:
    """A plain function as a handler that never blocks the event loop."""

    def __init__(self, function: Callable[[Message | Event], Any]) -> None:
        self._function, self._threads = function, Threads("handler")
        self._unanswered, self._told = 0, float("-inf")

    async def __call__(self, message: Message | Event) -> Reply | str | None:
        try:
            result = await self._threads.run(self._function, message)
        except BusyError:
            self._tell()
            return None
        given: Reply | str | None = await result if isinstance(result, Awaitable) else result
        return given

    def _tell(self) -> None:
        """Say it in the log, but not for every message."""
        self._unanswered += 1
        if (now := time.monotonic()) - self._told >= TOLD_SECONDS:
            log.error(
                "the handler is too slow: so far %d messages are kept without an answer; let it do less, or make it `async`",
                self._unanswered,
            )
            self._told = now


def late_sender(client: AsyncClient | AsyncWeComClient) -> Late:
    """Sends an answer as a customer-service message, or in WeCom as one of the application."""
    corp = isinstance(client, AsyncWeComClient)

    async def send(message: Message | Event, reply: Reply) -> None:
        body = {"touser": message.from_user, **reply.to_custom()}
        if corp:
            await client.request(
                "POST", "/cgi-bin/message/send", json={**body, "agentid": message.agent_id}, host=Host.WECOM
            )
        else:
            await client.request("POST", "/cgi-bin/message/custom/send", json=body)

    return send
