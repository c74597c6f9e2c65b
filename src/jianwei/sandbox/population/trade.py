"""What customers do: visits, baskets, parcels, refunds, reviews, subscriptions; with the planted rules, incident and campaign in them."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from decimal import Decimal
from typing import Any, Literal

from jianwei.sandbox.population.cast import TRAITS, Persona
from jianwei.sandbox.population.catalogue import RULES, appetite, catalogue
from jianwei.sandbox.population.dice import Dice
from jianwei.sandbox.population.phrases import load
from jianwei.sandbox.population.reviews import compose
from jianwei.sandbox.population.season import DAY, PULL, Season
from jianwei.sandbox.population.shop import Event, Kind, Mood, Order, OrderLine, Review, local

__all__ = ["Life", "Parcel", "awake", "basket", "live"]

# How often a customer sets out to buy the antecedent of each rule.
_PLANTED: Mapping[Kind, tuple[float, ...]] = {
    "loyal": (0.10, 0.06, 0.03),
    "bargain": (0.05, 0.05, 0.12),
    "gift": (0.08, 0.04, 0.06),
}


@dataclass(frozen=True, slots=True)
class Parcel:
    """An order on its way. `due` is when it was promised, `delivered` when it came; `wrong_id` is what came instead."""

    order: Order
    courier: str
    track: str
    shipped: int
    due: int
    delivered: int
    trouble: Literal["", "stuck", "wrong"]
    wrong_id: str


@dataclass(slots=True)
class Life:
    """All that one customer did; `visits` are those that ended without an order."""

    persona: Persona
    events: list[Event] = field(default_factory=list)
    parcels: list[Parcel] = field(default_factory=list)
    reviews: list[tuple[Review, Mood]] = field(default_factory=list)
    visits: list[tuple[int, str]] = field(default_factory=list)
    refunds: list[tuple[Event, Parcel]] = field(default_factory=list)

    def note(self, name: str, at: int, **details: Any) -> Event:
        user = self.persona.customer.user_id
        event = Event(f"e{user[5:]}{len(self.events):05d}", user, name, at, **details)
        self.events.append(event)
        return event


def basket(kind: Kind, weights: Mapping[str, float], dice: Dice) -> list[str]:
    """Product ids of one basket.

    Whatever the customer's taste put together, a consequent enters only by its rule (with the rule's confidence) or at its base
    rate, so that confidence and base hold in expectation for every seed.
    """
    size = dice.weighted(range(1, 5), TRAITS[kind].lines)
    rest = dict(weights)
    chosen: list[str] = []
    for rule, chance in zip(RULES, _PLANTED[kind], strict=True):
        if dice.chance(chance):
            chosen += rule.antecedent
    for item in chosen:
        rest.pop(item)
    while len(chosen) < size:
        chosen.append(dice.weighted(list(rest), list(rest.values())))
        rest.pop(chosen[-1])
    for rule in RULES:
        if dice.chance(rule.confidence if set(rule.antecedent) <= set(chosen) else rule.base):
            chosen.append(rule.consequent)
    return chosen


def _lines(kind: Kind, items: list[str], dice: Dice) -> tuple[OrderLine, ...]:
    off = Decimal(dice.pick(("0.95", "0.9", "0.85", "0.8"))) if dice.chance(TRAITS[kind].coupon) else Decimal(1)
    lines = []
    for item in items:
        product = catalogue()[item].product
        quantity = 1
        if kind == "gift" and product.group == "gift":
            quantity = dice.weighted((1, 2, 3, 5, 10), (0.5, 0.25, 0.12, 0.09, 0.04))
        elif product.group in ("tea", "snack"):
            quantity = dice.weighted((1, 2, 3), (0.72, 0.2, 0.08))
        lines.append(OrderLine(item, quantity, (product.price * off).quantize(Decimal("0.01"))))
    return tuple(lines)


def _parcel(order: Order, season: Season, dice: Dice) -> Parcel:
    late = season.hour(order.at) >= 16
    shipped = season.begin + (season.day(order.at) + late) * DAY + int(dice.between(16.2, 18.5) * 3600)
    arrival = season.day(shipped) + dice.weighted((1, 2, 3, 4), (0.2, 0.45, 0.25, 0.1))
    due = season.begin + arrival * DAY + int(dice.between(9, 20) * 3600)
    trouble: Literal["", "stuck", "wrong"] = ""
    delivered = due
    if season.day(shipped) < season.incident.stop and season.day(due) >= season.incident.start:
        if season.bad(due) and dice.chance(0.5):
            trouble = "wrong"
        elif dice.chance(0.85):
            trouble = "stuck"
            delivered = season.begin + (season.incident.stop + dice.whole(0, 3)) * DAY + int(dice.between(9, 20) * 3600)
    bought = {line.product_id for line in order.lines}
    wrong = dice.pick([item for item in catalogue() if item not in bought]) if trouble == "wrong" else ""
    track = f"{dice.pick(('FY', 'BC'))}{dice.letters('0123456789', 12)}"
    courier = load("people")["places"]["couriers"][0 if track.startswith("FY") else 1]
    return Parcel(order, courier, track, shipped, due, delivered, trouble, wrong)


def awake(after: int, kind: Kind, season: Season, dice: Dice) -> int:
    """An instant later than `after` and within a day or so of it, at an hour at which this kind of customer is about."""
    at = (
        season.begin
        + season.day(after) * DAY
        + int((dice.weighted(range(24), TRAITS[kind].hours) + dice.random()) * 3600)
    )
    return at if at > after else at + DAY


def _refund(life: Life, parcel: Parcel, at: int) -> None:
    order = parcel.order
    event = life.note("refund", at, product_id=order.lines[0].product_id, order_id=order.id, amount=order.amount)
    life.refunds.append((event, parcel))


def _aftermath(life: Life, parcel: Parcel, season: Season, dice: Dice) -> None:
    order = parcel.order
    if parcel.trouble:
        if dice.chance(0.5):
            at = season.begin + season.incident.start * DAY + int(dice.between(10, 46) * 3600)
            at = max(at, order.at + 3 * 3600, parcel.delivered + 3600 if parcel.trouble == "wrong" else 0)
            _refund(life, parcel, at)
    elif dice.chance(0.012):
        _refund(life, parcel, parcel.delivered + int(dice.between(0.3, 4) * DAY))
    if dice.chance(0.55 if parcel.trouble else 0.35):
        at = awake(parcel.delivered + int(dice.lognormal(30 * 3600, 0.8)), life.persona.kind, season, dice)
        product_id = dice.pick(order.lines).product_id
        weights = (0.7, 0.25, 0.05, 0, 0) if parcel.trouble else (0.02, 0.04, 0.1, 0.2, 0.64)
        rating = dice.weighted((1, 2, 3, 4, 5), weights)
        mood: Mood = "negative" if rating < 3 else "neutral" if rating == 3 else "positive"
        text = compose(product_id, mood, parcel.trouble != "", (at - order.at) // DAY, life.persona.voice, dice)
        review = Review(f"r{order.id}", order.id, order.customer_id, product_id, rating, text, at)
        life.reviews.append((review, mood))
        life.note("rate", at, product_id=product_id, order_id=order.id, value=float(rating))


def _visit(life: Life, at: int, weights: Mapping[str, float], season: Season, dice: Dice) -> None:
    kind = life.persona.kind
    curious = kind == "bargain"
    buys = dice.chance(TRAITS[kind].order)
    goods = basket(kind, weights, dice) if buys else []
    names, tastes = list(weights), list(weights.values())
    seen = goods + [dice.weighted(names, tastes) for _ in range(dice.poisson(2.6 if curious else 1.0) + (not buys))]
    if dice.chance(0.03 * (PULL if season.day(at) in season.campaign else 1)):
        life.note("scan", at)
    if dice.chance(0.5 if curious else 0.3):
        at += dice.whole(4, 40)
        wanted = catalogue()[dice.pick(seen)]
        life.note("search", at, query=dice.pick((*wanted.product.says, wanted.product.category)))
    for item in dict.fromkeys(seen):
        at += int(dice.lognormal(25, 0.7)) + 1
        life.note("view", at, product_id=item)
        if dice.chance(0.12 if curious else 0.05):
            at += dice.whole(2, 20)
            life.note("fav", at, product_id=item)
        if (item in goods and dice.chance(0.9)) or dice.chance(0.16 if curious else 0.06):
            at += dice.whole(2, 30)
            life.note("cart", at, product_id=item, quantity=1)
    if not buys:
        life.visits.append((at, seen[0]))
        return
    at += int(dice.lognormal(60, 0.8)) + 5
    customer = life.persona.customer
    # Multiplied modulo a prime: unique like the number itself, but looking like any shop's order numbers.
    serial = (life.persona.number * 1000 + len(life.parcels)) * 73_939_133 % 99_999_989
    order = Order(f"{local(at):%Y%m%d}{serial:08d}", customer.user_id, at, _lines(kind, goods, dice), customer.city)
    for line in order.lines:
        life.note(
            "buy", at, product_id=line.product_id, order_id=order.id, quantity=line.quantity, amount=line.amount
        )  # fmt: skip
    life.parcels.append(_parcel(order, season, dice))


def _following(life: Life, season: Season, dice: Dice) -> None:
    persona, traits = life.persona, TRAITS[life.persona.kind]
    joined = persona.customer.joined
    follows = dice.chance(traits.subscribed)
    if joined >= season.begin:
        if dice.chance(0.5):
            life.note("scan", joined)
        if follows:
            life.note("subscribe", joined + dice.whole(5, 120))
    elif not follows:
        weights = [PULL if day in season.campaign else 1.0 for day in range(season.days)]
        if dice.chance(0.0015 * sum(weights)):
            follows = True
            day = dice.weighted(range(season.days), weights)
            joined = season.begin + day * DAY + int((dice.weighted(range(24), traits.hours) + dice.random()) * 3600)
            life.note("subscribe", joined)
    if not follows:
        return
    if any(parcel.trouble for parcel in life.parcels) and dice.chance(0.25):
        life.note("unsubscribe", season.begin + season.incident.start * DAY + int(dice.between(14, 90) * 3600))
    elif dice.chance(0.4 if persona.newcomer and persona.kind == "bargain" else 0.04):
        life.note("unsubscribe", max(joined, season.begin) + int(dice.between(2, 25) * DAY))


def live(persona: Persona, season: Season, scale: float, seed: int) -> Life:
    """What one customer does in the season; only what happened before its end, in order of time.

    Args:
        scale: how many times the usual number of visits they pay.
    """
    dice = Dice(seed, "life", persona.customer.user_id)
    traits, weights = TRAITS[persona.kind], appetite(persona.kind)
    life = Life(persona)
    for day in range(max(0, season.day(persona.customer.joined)), season.days):
        moments = sorted(
            season.begin + day * DAY + int((dice.weighted(range(24), traits.hours) + dice.random()) * 3600)
            for _ in range(dice.poisson(traits.visits * scale))
        )
        for at in moments:
            if at > persona.customer.joined:
                _visit(life, at, weights, season, dice)
    for parcel in life.parcels:
        _aftermath(life, parcel, season, dice)
    _following(life, season, dice)
    life.events = sorted((e for e in life.events if e.at < season.end), key=lambda event: event.at)
    life.parcels = [p for p in life.parcels if p.order.at < season.end]
    life.reviews = [entry for entry in life.reviews if entry[0].at < season.end]
    life.refunds = [(event, parcel) for event, parcel in life.refunds if event.at < season.end]
    return life
