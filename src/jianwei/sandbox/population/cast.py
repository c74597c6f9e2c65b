"""Who is there: customers of three kinds with a manner of writing each, the shop's people, the groups."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Literal

from jianwei.sandbox.population.dice import Dice
from jianwei.sandbox.population.phrases import load
from jianwei.sandbox.population.season import DAY
from jianwei.sandbox.population.shop import Conversation, Customer, Kind, Mood, Staff

__all__ = ["TRAITS", "Persona", "Traits", "Voice", "customers", "groups", "shop_voices", "staff"]

Comma = Literal["keep", "blank", "split"]
Ending = Literal["bare", "proper", "tilde", "loud"]

_LETTERS = "abcdefghijklmnopqrstuvwxyz0123456789"
_OPENID = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789_-"


@dataclass(frozen=True, slots=True)
class Traits:
    """What makes a kind of customer: rates are per day, `hours` are weights of the 24 hours, the rest are probabilities."""

    share: float
    visits: float
    order: float
    subscribed: float
    coupon: float
    lines: tuple[float, ...]
    hours: tuple[float, ...]
    before: float
    idle: float
    after: float
    free: float


TRAITS: Mapping[Kind, Traits] = {
    "loyal": Traits(
        0.40, 0.20, 0.46, 0.95, 0.10, (0.30, 0.35, 0.22, 0.13),
        (0, 0, 0, 0, 0, 0.5, 3, 6, 7, 6, 4, 2, 1, 1, 2, 2, 1.5, 1, 1, 2, 2, 1, 0.3, 0), 0.20, 0.03, 0.48, 0.014,
    ),
    "bargain": Traits(
        0.36, 0.28, 0.13, 0.55, 0.65, (0.45, 0.33, 0.16, 0.06),
        (1, 0.3, 0, 0, 0, 0, 0, 0.3, 0.6, 1, 1, 1, 2.5, 1.5, 1, 1, 1, 1.5, 2, 4, 7, 8, 7, 4), 0.50, 0.06, 0.40, 0.007,
    ),
    "gift": Traits(
        0.24, 0.06, 0.40, 0.20, 0.12, (0.62, 0.26, 0.09, 0.03),
        (0, 0, 0, 0, 0, 0, 0, 0.2, 0.8, 3, 5, 6, 4, 4, 6, 6, 5, 3, 1.5, 1, 1, 1, 0.5, 0), 0.70, 0.22, 0.42, 0.003,
    ),
}  # fmt: skip


@dataclass(frozen=True, slots=True)
class Voice:
    """How somebody writes.

    Attributes:
        manner: key of their openers and closers.
        opener, closer, sign, slip: how often they greet, take leave, add a sign, mistype.
        signs: the few signs they like, by mood.
        comma: what they do with a comma: keep it, write a blank, or send the rest as a new message.
        ending: how they end: nothing, full stops and question marks, a tilde, or one mark too many.
    """

    manner: str
    opener: float
    closer: float
    sign: float
    slip: float
    signs: Mapping[Mood, tuple[str, ...]]
    comma: Comma
    ending: Ending


@dataclass(frozen=True, slots=True)
class Persona:
    """A customer with what only the simulation knows; `newcomer` tells who came during the campaign, `number` is theirs alone."""

    number: int
    customer: Customer
    kind: Kind
    voice: Voice
    newcomer: bool


_MOODS: tuple[Mood, ...] = ("positive", "neutral", "negative")


def _signs(dice: Dice) -> dict[Mood, tuple[str, ...]]:
    signs = load("voice")["signs"]
    return {mood: tuple(dice.sample(signs[mood], dice.whole(2, 5))) for mood in _MOODS}


def _voice(kind: Kind, dice: Dice) -> Voice:
    proper = {"loyal": 0.45, "bargain": 0.1, "gift": 0.6}[kind]
    loud, split = (0.25, 0.25) if kind == "bargain" else (0.08, 0.12)
    endings: tuple[Ending, ...] = ("bare", "proper", "tilde", "loud")
    commas: tuple[Comma, ...] = ("keep", "blank", "split")
    return Voice(
        manner=kind,
        opener=dice.between(0.2, 0.8),
        closer=dice.between(0.02, 0.25),
        sign=dice.between(0.02, 0.4),
        slip=dice.between(0.0, 0.09),
        signs=_signs(dice),
        comma=dice.weighted(commas, (0.5, 0.3, split)),
        ending=dice.weighted(endings, (1 - proper, proper, 0.15, loud)),
    )


def staff() -> tuple[Staff, ...]:
    """The people of the shop."""
    return tuple(Staff(entry["id"], entry["nickname"], entry["median_reply"]) for entry in load("people")["staff"])


def shop_voices(seed: int) -> dict[str, Voice]:
    """How each of them writes, by user id."""
    habits: dict[str, tuple[float, float, float, Ending]] = {
        "warm": (0.35, 0.25, 0.3, "tilde"),
        "plain": (0.2, 0.12, 0.03, "bare"),
        "cute": (0.35, 0.3, 0.35, "tilde"),
    }
    voices = {}
    for entry in load("people")["staff"]:
        opener, closer, sign, ending = habits[entry["manner"]]
        signs = tuple(Dice(seed, "staff", entry["id"]).sample(load("voice")["signs"]["shop"], 6))
        voices[entry["id"]] = Voice(
            entry["manner"], opener, closer, sign, 0.008, dict.fromkeys(_MOODS, signs), "keep", ending
        )
    return voices


def _nickname(dice: Dice) -> str:
    pieces = load("people")["nickname"]
    if dice.chance(0.12):
        return str(dice.pick(pieces["whole"]))
    head, tail = dice.pick(pieces["heads"]), dice.pick(pieces["tails"])
    return f"{head}{tail.removeprefix('的') if head.endswith('的') else tail}"


def customers(seed: int, count: int, begin: int, days: int, campaign: range, pull: float) -> tuple[Persona, ...]:
    """The customers, in the order in which the shop met them.

    Args:
        begin: first second of the first day.
        campaign: days (0 is the first) on which newcomers are `pull` times as many.
        pull: see campaign.
    """
    team = staff()
    kinds = tuple(TRAITS)
    weights = [pull if day in campaign else 1.0 for day in range(days)]
    personas = []
    for number in range(count):
        dice = Dice(seed, "customer", number)
        old = dice.chance(0.52)
        day = -dice.whole(1, 420) if old else dice.weighted(range(days), weights)
        newcomer = day in campaign
        # A free sample draws bargain hunters more than others.
        shares = [TRAITS[kind].share * (2.5 if newcomer and kind == "bargain" else 1) for kind in kinds]
        kind = dice.weighted(kinds, shares)
        joined = begin + day * DAY + int(dice.weighted(range(24), TRAITS[kind].hours) * 3600 + dice.between(0, 3600))
        customer = Customer(
            f"wxid_{dice.letters(_LETTERS, 14)}",
            f"o6_bm{dice.letters(_OPENID, 23)}",
            _nickname(dice),
            dice.pick(load("people")["places"]["cities"]),
            dice.pick(team).user_id,
            joined,
        )
        personas.append(Persona(number, customer, kind, _voice(kind, dice), newcomer))
    return tuple(sorted(personas, key=lambda persona: (persona.customer.joined, persona.customer.user_id)))


def groups(seed: int, personas: Sequence[Persona]) -> tuple[Conversation, ...]:
    """The customer groups: who is in which depends on their kind."""
    team = tuple(member.user_id for member in staff())
    made = []
    for number, entry in enumerate(load("people")["group"]):
        dice = Dice(seed, "group", number)
        members = tuple(p.customer.user_id for p in personas if dice.chance(entry["audience"][p.kind]))
        made.append(Conversation(entry["id"], "group", entry["title"], team[number % len(team)], team + members))
    return tuple(made)
