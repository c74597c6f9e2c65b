"""The population lives on the platform: talks, taps, scans, follows, buys and comments in simulated time, through the callbacks."""

from __future__ import annotations

import heapq
import time
from collections import Counter
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field

from jianwei.sandbox.platform.areas.customer_service import Desk, Outbox, Sent
from jianwei.sandbox.platform.callbacks import Pushed
from jianwei.sandbox.platform.company import joined_group, met
from jianwei.sandbox.platform.daily import Daily
from jianwei.sandbox.platform.formats import picture
from jianwei.sandbox.platform.people import People
from jianwei.sandbox.platform.press import Press
from jianwei.sandbox.platform.town import SITE, newcomer, settle_in, starts_at
from jianwei.sandbox.platform.world import Platform
from jianwei.sandbox.population import Customer, Event, Message, Review, Shop

__all__ = ["Life", "Lived"]

DAY = 86_400
_EVENING = 19 * 3_600 + 1_800
_SILENT = frozenset({"system", "recall", "red_packet", "transfer", "call", "pat"})
"""Kinds of messages that an official account cannot be sent."""


@dataclass(frozen=True, slots=True)
class _Article:
    """It is time to publish; the how-many-th article."""

    number: int


@dataclass(frozen=True, slots=True)
class _Read:
    """What a reader does with an article."""

    what: str
    openid: str
    code: int
    msgid: str


_Deed = Message | Event | Review | Customer | _Article | _Read


@dataclass(slots=True)
class Lived:
    """What happened: deeds by kind, and what came of what was pushed (by outcome)."""

    deeds: Counter[str] = field(default_factory=Counter)
    outcomes: Counter[str] = field(default_factory=Counter)


class Life:
    """A shop's life on the platform. The same seed gives the same life.

    Args:
        platform: its clock is put to the shop's first day.
        shop: see `sandbox.population.simulate`.
        base_url: the simulator's address, for links in what is published.
        staff: whether the shop's people answer as they do in the shop's chats; without it only the callback answers.

    >>> from jianwei.sandbox.population import simulate
    >>> life = Life(Platform(), simulate(customers=20, days=14))
    >>> lived = life.run(days=7)
    >>> lived.deeds["message"] > 0, lived.outcomes  # no callback is connected
    (True, Counter())
    """

    def __init__(self, platform: Platform, shop: Shop, *, base_url: str = "", staff: bool = True) -> None:
        platform.clock.set(starts_at(shop))
        self.platform, self.town, self._staff = platform, settle_in(platform, shop), staff
        self.people: People = platform.people(self.town.service)
        self._corp = platform.people(self.town.corp)
        self.press = Press(platform, self.town.service, shop.seed, base_url)
        self._by_id = {one.user_id: one for one in shop.customers}
        self._write(0, starts_at(shop))
        self._queue = list(_deeds(shop))
        heapq.heapify(self._queue)
        self._count = len(self._queue)

    @property
    def next_at(self) -> int | None:
        """When something happens next, in seconds since the epoch; None after the last day."""
        return self._queue[0][0] if self._queue else None

    def run(
        self,
        *,
        days: float | None = None,
        until: float | None = None,
        speed: float | None = None,
        stop: Callable[[], bool] = lambda: False,
        sleep: Callable[[float], None] = time.sleep,
    ) -> Lived:
        """Go on living from where it stands.

        Args:
            days: for so many days from the clock's time; or
            until: up to this second since the epoch; without both to the end of the shop's days.
            speed: simulated seconds in a real one; None goes from deed to deed without waiting.
            stop: asked before every deed and while waiting.
        """
        clock, lived = self.platform.clock, Lived()
        end = until if days is None else clock.now() + days * DAY
        if speed is not None:
            clock.pace(speed)
        while self._queue and not stop():
            at = self._queue[0][0]
            if end is not None and at >= end:
                break
            ahead = at - clock.now()
            if speed is not None and ahead > 0:
                sleep(min(ahead / speed, 0.2))
                continue
            if ahead > 0:
                clock.set(at + 0.001)  # not a hair before the second
            _, _, deed = heapq.heappop(self._queue)
            self._do(deed, at, lived)
        if end is not None and speed is None and clock.now() < end:
            clock.set(end)
        return lived

    def _do(self, deed: _Deed, at: int, lived: Lived) -> None:
        match deed:
            case Message():
                done = self._talk(deed, at, lived)
            case Event():
                done = self._act(deed, lived)
            case Review():
                customer = self._by_id[deed.customer_id]
                done = customer.openid in self.town.service.followers and self.press.comment(customer.openid, deed, at)
            case Customer():
                _count(lived, met(self._corp, deed))
                done = True
            case _Article(number):
                self._publish(number, at)
                done = True
            case _Read(what, openid, code, msgid):
                with self.platform.lock:
                    self.town.service.of(Daily).note(what, at, openid, code=code, msgid=msgid)  # type: ignore[arg-type]
                done = True
        if done:
            name = deed.name if isinstance(deed, Event) else type(deed).__name__.strip("_").lower()
            lived.deeds[name] += 1
        for pushed in self.people.settle():
            _count(lived, pushed)

    def _write(self, number: int, at: int) -> None:
        """Write the how-many-th article."""
        products = self.town.shop.products
        self.press.draft(products[(self.town.shop.seed + number * 7) % len(products)], at)

    def _publish(self, number: int, at: int) -> None:
        for when, what, openid, code, msgid in self.press.publish(at):
            self._count += 1
            heapq.heappush(self._queue, (when, self._count, _Read(what, openid, code, msgid)))
        self._write(number + 1, at)

    def _talk(self, message: Message, at: int, lived: Lived) -> bool:
        if message.kind == "system" and message.conversation_id not in self._by_id:
            _count(lived, joined_group(self._corp, message.conversation_id))
            return False
        customer = self._by_id.get(message.conversation_id)
        if customer is None or message.kind in _SILENT:
            return False  # a group, or nothing that the account is told
        desk = self.town.service.of(Desk)
        if message.sender_id != customer.user_id:
            return self._staff and self._answer(customer, message, at)
        self._follow(customer, lived)
        if self._staff:
            desk.sessions.setdefault(customer.openid, (self.town.workers[customer.staff_id], at))
        match message.kind:
            case "image" | "emoji":
                pushed = self.people.send_image(
                    customer.openid, picture(message.id.encode()), base_url=self.press.base_url
                )  # fmt: skip
            case "link":
                pushed = self.people.send_link(customer.openid, message.text, "", f"{SITE}/shared/{message.id}")
            case _:
                pushed = self.people.say(customer.openid, message.text)
        _count(lived, pushed)
        return True

    def _answer(self, customer: Customer, message: Message, at: int) -> bool:
        if customer.openid not in self.town.service.followers or not message.text:
            return False
        with self.platform.lock:
            worker = self.town.workers.get(message.sender_id, self.town.workers[customer.staff_id])
            body = {"content": message.text}
            self.town.service.of(Outbox).sent.append(Sent(customer.openid, at, "text", body))
            self.town.service.of(Desk).note(customer.openid, 2002, message.text, at, worker)
        return True

    def _follow(self, customer: Customer, lived: Lived) -> None:
        if not newcomer(self.town, customer).subscribed:
            _count(lived, self.people.subscribe(customer.openid))
            lived.deeds["subscribe"] += 1

    def _act(self, event: Event, lived: Lived) -> bool:
        customer = self._by_id[event.user_id]
        openid = customer.openid
        person = self.town.service.followers.get(openid)
        follows = person is not None and person.subscribed
        match event.name:
            case "scan":
                newcomer(self.town, customer)
                pushed = self.people.scan(openid, "shop")
            case "subscribe" if not follows:
                newcomer(self.town, customer)
                pushed = self.people.subscribe(openid)
            case "unsubscribe" if follows:
                pushed = self.people.unsubscribe(openid)
            case "view" if follows:
                pushed = self.people.view(openid, f"{SITE}/goods/{event.product_id}")
            case "search" if follows:
                pushed = self.people.view(openid, f"{SITE}/search?q={event.query}")
            case "cart" if follows:
                pushed = self.people.view(openid, f"{SITE}/cart?add={event.product_id}")
            case "fav" if follows:
                pushed = self.people.click(openid, f"FAV_{event.product_id}")
            case "buy" if follows:
                order = {"OrderId": event.order_id, "OrderStatus": 2, "ProductId": event.product_id}
                pushed = self.people.event(openid, "merchant_order", **order, SkuInfo=f"{event.quantity}")
            case _:
                return False
        _count(lived, pushed)
        return True


def _count(lived: Lived, pushed: Pushed) -> None:
    if pushed.outcome != "unconnected":
        lived.outcomes[pushed.outcome] += 1


def _deeds(shop: Shop) -> Iterator[tuple[int, int, _Deed]]:
    """Everything that happens, with a number that keeps what happens in one second in order."""
    begin = starts_at(shop)
    articles = [(begin + day * DAY + _EVENING, _Article(day // 7)) for day in range(0, shop.days, 7)]
    everything: tuple[tuple[int, _Deed], ...] = (
        *((one.at, one) for one in shop.events),
        *((one.at, one) for one in shop.messages),
        *((one.at, one) for one in shop.reviews),
        *((one.joined, one) for one in shop.customers if one.joined >= begin),
        *articles,
    )
    for number, (at, deed) in enumerate(everything):
        yield at, number, deed
