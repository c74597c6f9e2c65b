"""A whole sandbox that stands: the platform with the seeded shop on it, served on localhost, its life going on beside."""

from __future__ import annotations

import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass

from jianwei.errors import JianweiError
from jianwei.sandbox.platform.app import running
from jianwei.sandbox.platform.callbacks import CallbackError, settle
from jianwei.sandbox.platform.envelopes import Wiring
from jianwei.sandbox.platform.life import Life
from jianwei.sandbox.platform.world import Platform
from jianwei.sandbox.population import simulate

__all__ = ["Standing", "standing"]

PATIENCE = 2.0
"""Seconds between attempts to reach a callback that is not there yet."""


@dataclass(frozen=True, slots=True)
class Standing:
    """A sandbox that is served. `url` is its address."""

    platform: Platform
    life: Life
    url: str


@contextmanager
def standing(
    *,
    port: int = 0,
    seed: int = 7,
    customers: int = 400,
    days: int = 60,
    speed: float | None = None,
    wiring: Wiring | None = None,
    tell: Callable[[str], None] = lambda _: None,
) -> Iterator[Standing]:
    """Serve a sandbox until the block ends.

    Args:
        port: 0 takes a free one.
        seed, customers, days: see `sandbox.population.simulate`.
        speed: how many simulated seconds go by in one; the shop's days are lived at that pace from the first one on. None: they are lived
            already when the sandbox opens, the clock is the machine's, and people act when they are told to.
        wiring: the service account's callback; it is tried until it answers.
        tell: is told what happens beside ("waiting", "connected", "over", or why the callback cannot be used).

    Raises:
        JianweiError: the port cannot be used, or the callback's settings do not go together.
    """
    platform = Platform(seed=seed)
    shop = simulate(seed=seed, customers=customers, days=days)
    life = Life(platform, shop, base_url=f"http://127.0.0.1:{port}" if port else "")
    if wiring is not None and (problem := wiring.problem(life.town.service)):
        raise CallbackError("callback", *problem)
    if speed is None:
        life.run()
        platform.clock.set(max(time.time(), platform.clock.now()))
    over = threading.Event()
    try:
        with running(platform, port) as url:
            beside = threading.Thread(target=_beside, args=(platform, life, wiring, speed, tell, over), daemon=True)
            beside.start()
            try:
                yield Standing(platform, life, url)
            finally:
                over.set()
                beside.join(timeout=2)
    except OSError as error:
        raise JianweiError("sandbox", str(error), "choose another port with --port") from None


def _beside(
    platform: Platform,
    life: Life,
    wiring: Wiring | None,
    speed: float | None,
    tell: Callable[[str], None],
    over: threading.Event,
) -> None:
    if wiring is not None:
        _connect(platform, life, wiring, tell, over)
    if speed is not None and not over.is_set():
        life.run(speed=speed, stop=over.is_set)
        tell("over")
    while not over.wait(0.5):
        for app in list(platform.apps.values()):
            settle(platform, app)


def _connect(
    platform: Platform, life: Life, wiring: Wiring, tell: Callable[[str], None], over: threading.Event
) -> None:
    """Try a callback until it answers."""
    last = ""
    while not over.is_set():
        try:
            platform.connect(
                life.town.service, wiring.url, wiring.token, wiring.aes_key, mode=wiring.mode, format=wiring.format
            )
        except CallbackError as error:
            if (said := str(error)) != last:
                last = said
                tell(said)
                tell("waiting")
            over.wait(PATIENCE)
        else:
            tell("connected")
            return
