"""An inbox in memory: for trying things out, for tests, and for those who keep nothing anyway."""

from __future__ import annotations

import asyncio
from collections import OrderedDict, deque

from jianwei.wechat._base import Claim, Delivery

__all__ = ["MemoryInbox"]


class MemoryInbox:
    """An `Inbox` of one process that forgets everything with it: not durable, so a message can be lost after its acknowledgement.

    Args:
        keep: how many answers (for retries) and deliveries (for reading) are kept, the newest ones.
    """

    def __init__(self, keep: int = 10_000) -> None:
        self._keep = keep
        self._answers: OrderedDict[tuple[str, str], bytes] = OrderedDict()
        self._waiting: dict[tuple[str, str], list[asyncio.Future[None]]] = {}
        self._deliveries: deque[Delivery] = deque(maxlen=keep)

    def deliveries(self) -> list[Delivery]:
        """What was delivered, oldest first."""
        return list(self._deliveries)

    async def begin(self, account: str, key: str, wait_seconds: float) -> Claim:
        """Claim a delivery. If somebody claimed it before, wait up to `wait_seconds` for their answer."""
        loop = asyncio.get_running_loop()
        end = loop.time() + wait_seconds
        name = (account, key)
        while True:
            if (answer := self._answers.get(name)) is not None:
                return Claim(first=False, answer=answer)
            waiting = self._waiting.get(name)
            if waiting is None:
                self._waiting[name] = []
                return Claim(first=True)
            turn = loop.create_future()
            waiting.append(turn)
            await asyncio.wait((turn,), timeout=max(end - loop.time(), 0))
            if not turn.done():
                return Claim(first=False)

    async def finish(self, delivery: Delivery, answer: bytes) -> None:
        """Keep a claimed delivery and its answer, in memory."""
        name = (delivery.account, delivery.key)
        self._deliveries.append(delivery)
        self._answers[name] = answer
        if len(self._answers) > self._keep:
            self._answers.popitem(last=False)
        self._wake(name)

    async def abandon(self, account: str, key: str) -> None:
        """Give a claim back without an answer: the next retry is a first one again, and so is one of those that wait."""
        self._wake((account, key))

    def _wake(self, name: tuple[str, str]) -> None:
        for turn in self._waiting.pop(name, ()):
            if not turn.done():
                turn.set_result(None)
