"""Calls that keep to the platform's limits: after "too many this minute" they wait for the next one."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import Any, TypeVar

from jianwei.wechat.areas import Flow, Pause
from jianwei.wechat.drivers import SyncDriver
from jianwei.wechat.errors import RateError
from jianwei.wechat.request import Paged, Request
from jianwei.wechat.steps import drive

__all__ = ["Polite"]

R = TypeVar("R")
T = TypeVar("T")
WAITS = 5
"""How many minutes one call waits through before it gives up."""


class Polite:
    """Stands between areas and a client; satisfies `wechat.areas.Caller`."""

    def __init__(self, client: SyncDriver, now: Callable[[], float], sleep: Callable[[float], None]) -> None:
        self._client, self._now, self._sleep = client, now, sleep

    def call(self, request: Request[R], /) -> R:
        for _ in range(WAITS):
            try:
                return self._client.call(request)
            except RateError as error:
                self._sleep(max(0.0, error.resume_us / 1e6 - self._now()) + 1.0)
        return self._client.call(request)

    def run(self, steps: Flow[R], /) -> R:
        return drive(steps, lambda step: self._sleep(step.seconds) if isinstance(step, Pause) else self.call(step))

    def iterate(self, request: Paged[Any, T], /) -> Iterator[T]:
        following: Paged[Any, T] | None = request
        while following is not None:
            page = self.call(following)
            yield from following.rows(page)
            following = following.following(page)
