"""Puts the parts together: one seeded shop with everything said and done in it, and the truth."""

from __future__ import annotations

from collections.abc import Iterable, Sequence

from jianwei.errors import UsageError
from jianwei.sandbox.population.cast import customers as cast_of
from jianwei.sandbox.population.cast import groups, shop_voices, staff
from jianwei.sandbox.population.catalogue import RULES, catalogue
from jianwei.sandbox.population.crowd import gather
from jianwei.sandbox.population.dice import Dice
from jianwei.sandbox.population.phrases import load
from jianwei.sandbox.population.script import Draft, Speaker, notice
from jianwei.sandbox.population.season import PULL, Season
from jianwei.sandbox.population.shop import Campaign, Conversation, Incident, Message, Mood, Shop, Truth
from jianwei.sandbox.population.talk import chat
from jianwei.sandbox.population.trade import Life, live

__all__ = ["simulate"]

_SPOKEN = ("text", "reply")


def simulate(
    seed: int = 7, customers: int = 400, days: int = 60, start: str = "2026-03-02", scale: float = 1.0
) -> Shop:
    """One simulated shop: pure, and the same for the same arguments on every machine and Python.

    The words belong to a Chinese spring (first flush, Qingming, May holidays); other starts are allowed, the talk stays.

    Args:
        seed: which shop.
        customers: number of customers, 20 or more.
        days: length in days, 14 or more.
        start: first day, ISO date, in the shop's time (Asia/Shanghai).
        scale: activity a customer, above 0; 1 gives about 25 messages a customer in 60 days.

    Raises:
        UsageError: an argument is out of bounds.

    >>> shop = simulate(customers=20, days=14)
    >>> shop == simulate(customers=20, days=14), len(shop.customers)
    (True, 20)
    """
    if customers < 20:
        raise UsageError("customers", f"{customers} are too few to plant anything in", "take 20 or more")
    if scale <= 0:
        raise UsageError("scale", f"{scale} is not above 0")
    return _assemble(seed, customers, Season.of(start, days), scale)


def _assemble(seed: int, count: int, season: Season, scale: float) -> Shop:
    personas = cast_of(seed, count, season.begin, season.days, season.campaign, PULL)
    lives = {persona.customer.user_id: live(persona, season, scale, seed) for persona in personas}
    voices = shop_voices(seed)
    shop = {
        member.user_id: Speaker(
            member.user_id, member.nickname, voices[member.user_id], "shop", member.median_reply, True
        )
        for member in staff()
    }
    rooms = groups(seed, personas)
    drafts = [draft for life in lives.values() for draft in chat(life, shop, season, scale, seed)]
    for number, room in enumerate(rooms):
        drafts += gather(room, number, lives, shop, season, scale, seed)
    drafts = _ordered(_recalls(drafts, shop, lives, seed))
    messages, moods, troubled = _messages(drafts, seed)
    moods |= {review.id: mood for life in lives.values() for review, mood in life.reviews}
    campaign = season.dates(season.campaign)
    truth = Truth(
        kinds={persona.customer.user_id: persona.kind for persona in personas},
        rules=RULES,
        incident=Incident(
            season.dates(season.incident),
            troubled,
            tuple(p.order.id for life in lives.values() for p in life.parcels if p.trouble),
            tuple(event.id for life in lives.values() for event, parcel in life.refunds if parcel.trouble),
        ),
        campaign=Campaign(
            campaign[0], campaign[-1], {"scan": PULL, "subscribe": PULL},
            tuple(persona.customer.user_id for persona in personas if persona.newcomer),
        ),
        moods=moods,
        topics={draft.thread: draft.topic for draft in drafts if draft.topic != "notice"},
    )  # fmt: skip
    return Shop(
        seed,
        season.start,
        season.days,
        load("people")["shop"]["name"],
        tuple(goods.product for goods in catalogue().values()),
        tuple(persona.customer for persona in personas),
        staff(),
        rooms + _private(lives.values(), drafts),
        messages,
        tuple(
            sorted((p.order for life in lives.values() for p in life.parcels), key=lambda order: (order.at, order.id))
        ),
        tuple(
            sorted((event for life in lives.values() for event in life.events), key=lambda event: (event.at, event.id))
        ),
        tuple(
            sorted(
                (review for life in lives.values() for review, _ in life.reviews),
                key=lambda review: (review.at, review.id),
            )
        ),
        truth,
    )


def _private(lives: Iterable[Life], drafts: Sequence[Draft]) -> tuple[Conversation, ...]:
    spoken = {draft.conversation_id for draft in drafts}
    people = [life.persona.customer for life in lives]
    return tuple(
        Conversation(c.user_id, "private", c.nickname, c.staff_id, (c.staff_id, c.user_id))
        for c in people
        if c.user_id in spoken
    )


def _recalls(drafts: list[Draft], shop: dict[str, Speaker], lives: dict[str, Life], seed: int) -> list[Draft]:
    """Now and then somebody takes a message back and writes it again: what an export keeps of it is a notice."""
    dice = Dice(seed, "recalls")
    names = {key: speaker.nickname for key, speaker in shop.items()}
    names |= {key: life.persona.customer.nickname for key, life in lives.items()}
    return drafts + [
        notice(
            draft.at - 1, draft.conversation_id, f'"{names[draft.sender_id]}" 撤回了一条消息', draft.thread, "recall"
        )
        for draft in drafts
        if draft.kind == "text" and dice.chance(0.004)
    ]


def _ordered(drafts: list[Draft]) -> list[Draft]:
    """By time; within a conversation no two messages share a second, so that (conversation, second) names a message."""
    last: dict[str, int] = {}
    for draft in sorted(drafts, key=lambda draft: (draft.conversation_id, draft.at)):
        draft.at = max(draft.at, last.get(draft.conversation_id, 0) + 1)
        last[draft.conversation_id] = draft.at
    return sorted(drafts, key=lambda draft: (draft.at, draft.conversation_id))


def _messages(drafts: list[Draft], seed: int) -> tuple[tuple[Message, ...], dict[str, Mood], tuple[str, ...]]:
    # Ids grow with time and look like the platform's: 19 digits.
    ids = {
        id(draft): str(7_300_000_000_000_000_000 + seed % 1000 * 10**15 + number * 97)
        for number, draft in enumerate(drafts)
    }
    messages = tuple(
        Message(
            ids[id(d)], d.conversation_id, d.sender_id, d.at, d.kind, d.text, d.mentions,
            ids[id(d.reply_to)] if d.reply_to else "", d.thread,
        )
        for d in drafts
    )  # fmt: skip
    moods = {ids[id(d)]: d.mood for d in drafts if d.kind in _SPOKEN}
    return messages, moods, tuple(ids[id(d)] for d in drafts if d.incident)
