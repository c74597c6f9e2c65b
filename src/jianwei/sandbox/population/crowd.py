"""Customer groups: mornings over tea, flash sales, advice on presents; and the uproar of the two bad days."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from jianwei.sandbox.population.cast import Persona
from jianwei.sandbox.population.catalogue import appetite, catalogue
from jianwei.sandbox.population.dice import Dice
from jianwei.sandbox.population.facts import wording
from jianwei.sandbox.population.phrases import Scene, group_scenes
from jianwei.sandbox.population.script import Draft, Speaker, notice, play
from jianwei.sandbox.population.season import DAY, Season
from jianwei.sandbox.population.shop import Conversation, Kind
from jianwei.sandbox.population.trade import Life

__all__ = ["gather"]

_ROOMS: tuple[tuple[str, Kind, float], ...] = (("tea", "loyal", 3.0), ("deals", "bargain", 3.2), ("gifts", "gift", 1.8))
"""Of each group: its key in the scenes, whose taste its talk is about, and talks a day."""


def _member(persona: Persona, dice: Dice) -> Speaker:
    customer = persona.customer
    return Speaker(customer.user_id, customer.nickname, persona.voice, persona.kind, dice.lognormal(35, 0.8), False)


def _owned(life: Life, scene: Scene, now: int) -> list[str]:
    """What a customer could talk about: what they got (or, where the scene asks after a parcel, what they wait for)."""
    waiting = scene.name == "nag" or scene.incident
    return [
        line.product_id
        for parcel in life.parcels
        if (
            parcel.order.at + 7200 < now < parcel.delivered
            if waiting
            else parcel.delivered + 3600 < now < parcel.delivered + 20 * DAY
        )
        for line in parcel.order.lines
        if catalogue()[line.product_id].fits(scene.fits)
    ]


def _times(
    scenes: Sequence[Scene], key: str, rate: float, day: int, season: Season, dice: Dice
) -> list[tuple[int, Scene]]:
    bad = day in season.incident
    count = dice.poisson(rate * 0.5 + 4 if bad else rate)
    weights = [14.0 if bad and scene.incident else scene.chance[key] for scene in scenes]
    chosen = (dice.weighted(scenes, weights) for _ in range(count))
    return sorted(
        ((season.begin + day * DAY + dice.pick(scene.hours) * 3600 + dice.whole(0, 3599), scene) for scene in chosen),
        key=lambda pair: (pair[0], pair[1].name),
    )


def gather(
    group: Conversation,
    number: int,
    lives: Mapping[str, Life],
    shop: Mapping[str, Speaker],
    season: Season,
    scale: float,
    seed: int,
) -> list[Draft]:
    """Everything said in one group, in order of time.

    Args:
        number: which of the groups it is.
        lives: the customers by user id.
        shop: the shop's people by user id.
    """
    dice = Dice(seed, "crowd", group.id)
    key, kind, rate = _ROOMS[number]
    tastes = appetite(kind)
    members = [lives[user] for user in group.member_ids if user in lives]
    # A few talk a lot and many hardly ever, as in every group.
    zeal = [dice.lognormal(1.0, 1.2) for _ in members]
    drafts: list[Draft] = []
    free_from = season.begin
    for day in range(season.days):
        drafts += _arrivals(group, members, day, season)
        for turn, (at, scene) in enumerate(_times(group_scenes(), key, rate * scale, day, season, dice)):
            at = max(at, free_from + 240)
            cast = _cast(scene, members, zeal, at, dice)
            if cast is None:
                continue
            items = _owned(cast[0], scene, at) if scene.owned or scene.incident else []
            fitting = {item: weight for item, weight in tastes.items() if catalogue()[item].fits(scene.fits)}
            item = dice.pick(items) if items else dice.weighted(list(fitting), list(fitting.values()))
            servant = shop[group.owner_id] if dice.chance(0.75) else shop[dice.pick(sorted(shop))]
            stage = {part: _member(life.persona, dice) for part, life in zip("abd", cast, strict=True)} | {"s": servant}
            facts = wording(catalogue()[item], servant.nickname.partition("-")[2], dice)
            facts |= {"city": cast[0].persona.customer.city, "eta": season.says(at + dice.whole(1, 3) * DAY, at)}
            said = play(scene, stage, facts, group.id, f"{group.id}/{day}-{turn}", at, season, dice)
            # A group does not wait for the night: talks that would are not begun.
            if season.day(said[-1].at) == day:
                drafts += said
                free_from = said[-1].at
    return drafts


def _cast(scene: Scene, members: Sequence[Life], zeal: Sequence[float], at: int, dice: Dice) -> list[Life] | None:
    present = [
        (life, weight) for life, weight in zip(members, zeal, strict=True) if life.persona.customer.joined + 600 < at
    ]
    cast: list[Life] = []
    for part in range(3):
        rest = [(life, weight) for life, weight in present if life not in cast]
        if part == 0 and scene.owned:
            rest = [(life, weight) for life, weight in rest if _owned(life, scene, at)]
        if scene.incident:
            # Those whose parcels are stuck speak up first.
            rest = [(life, weight * (8 if _owned(life, scene, at) else 1)) for life, weight in rest]
        if not rest:
            return None
        cast.append(dice.weighted([life for life, _ in rest], [weight for _, weight in rest]))
    return cast


def _arrivals(group: Conversation, members: Sequence[Life], day: int, season: Season) -> list[Draft]:
    return [
        notice(
            life.persona.customer.joined + 300, group.id,
            f'"{life.persona.customer.nickname}"通过扫描群二维码加入群聊', f"{group.id}/joined",
        )
        for life in members
        if season.day(life.persona.customer.joined + 300) == day and life.persona.customer.joined >= season.begin
    ]  # fmt: skip
