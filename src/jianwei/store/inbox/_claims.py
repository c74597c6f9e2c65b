"""Who answers which delivery, and what was answered lately: the memory of an inbox. Belongs to one event loop."""

from __future__ import annotations

import asyncio
from collections import deque
from collections.abc import Callable, Iterable

from jianwei.common.kept import Claim

__all__ = ["KEEP", "KEEP_BYTES", "Claims", "Key"]

Key = tuple[str, str]
"""(account, key of the delivery)"""

KEEP = 200_000
KEEP_BYTES = 64 * 1024 * 1024
_FIRST = Claim(first=True)


class Claims:
    """Claims of deliveries that are being handled, and the answers of the last `keep` that were.

    Claims live nowhere else: when the process dies before an answer is on disk, nothing was acknowledged, and the platform's retry is
    rightly a first one.

    Args:
        look_up: asked for the answer of a key that is not in memory, once some answers no longer are.
        keep: how many answers stay in memory.
        keep_bytes: how long they are together.
    """

    def __init__(self, look_up: Callable[[Key], bytes | None], keep: int = KEEP, keep_bytes: int = KEEP_BYTES) -> None:
        self._look_up, self._keep, self._keep_bytes = look_up, keep, keep_bytes
        self._bytes = 0
        self._open: dict[Key, list[asyncio.Future[Claim]]] = {}
        self._answers: dict[Key, bytes] = {}
        self._oldest: deque[Key] = deque()  # keys of `_answers` by age
        self._forgot = False

    def load(self, answers: Iterable[tuple[Key, bytes]]) -> None:
        """Remember as many answers as have a place, of all there are, the newest first."""
        found: list[tuple[Key, bytes]] = []
        left = self._keep_bytes
        for key, answer in answers:
            left -= len(answer)
            if left < 0 or len(found) == self._keep:
                self._forgot = True
                break
            found.append((key, answer))
        for key, answer in reversed(found):
            self._remember(key, answer)

    def claim(self, key: Key) -> Claim | None:
        """The claim where it can be said at once; None while somebody else handles the delivery."""
        answer = self._answers.get(key)
        if answer is None and key in self._open:
            return None
        if answer is None and self._forgot:
            answer = self._look_up(key)
        if answer is not None:
            return Claim(first=False, answer=answer)
        self._open[key] = []
        return _FIRST

    async def wait(self, key: Key, seconds: float) -> Claim:
        """Wait for whoever handles the delivery; when they give up, this caller is the first one."""
        waiting = self._open.get(key)
        if waiting is None:
            return self.claim(key) or Claim(first=False)
        future: asyncio.Future[Claim] = asyncio.get_running_loop().create_future()
        waiting.append(future)
        try:
            async with asyncio.timeout(seconds):
                return await future
        except TimeoutError:
            return future.result() if future.done() and not future.cancelled() else Claim(first=False)
        except asyncio.CancelledError:
            if future.done() and not future.cancelled() and future.result().first:
                self.abandon(key)  # it was handed over to a caller that is gone
            raise

    def answered(self, key: Key, answer: bytes) -> None:
        """The answer is on disk."""
        self._remember(key, answer)
        for future in self._open.pop(key, ()):
            if not future.done():
                future.set_result(Claim(first=False, answer=answer))

    def abandon(self, key: Key) -> None:
        """Nobody answers: the claim goes to whoever has waited for longest, or back."""
        waiting = self._open.get(key)
        while waiting:
            future = waiting.pop(0)
            if not future.done():
                future.set_result(_FIRST)
                return
        self._open.pop(key, None)

    def _remember(self, key: Key, answer: bytes) -> None:
        old = self._answers.get(key)
        if old is None:
            self._oldest.append(key)
        self._bytes += len(answer) - len(old or b"")
        self._answers[key] = answer
        while len(self._oldest) > self._keep or self._bytes > self._keep_bytes:
            self._bytes -= len(self._answers.pop(self._oldest.popleft()))
            self._forgot = True
