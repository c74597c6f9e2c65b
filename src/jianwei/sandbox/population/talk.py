"""Private service chats: which talks a customer's life gives rise to, and when."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from jianwei.sandbox.population.cast import TRAITS
from jianwei.sandbox.population.catalogue import Goods, catalogue
from jianwei.sandbox.population.dice import Dice
from jianwei.sandbox.population.facts import about, needs_of
from jianwei.sandbox.population.phrases import Scene, private_scenes
from jianwei.sandbox.population.script import Draft, Speaker, notice, play
from jianwei.sandbox.population.season import DAY, Season
from jianwei.sandbox.population.trade import Life, Parcel, awake

__all__ = ["chat"]

_BREAK = 1800


@dataclass(frozen=True, slots=True)
class _Cue:
    """A talk that is to begin at `at`."""

    at: int
    moment: str
    parcel: Parcel | None
    product_id: str
    only: str = ""


def _cues(life: Life, season: Season, scale: float, dice: Dice) -> list[_Cue]:
    traits, customer = TRAITS[life.persona.kind], life.persona.customer
    cues = []
    for parcel in life.parcels:
        order = parcel.order
        product = dice.pick(order.lines).product_id
        if dice.chance(traits.before):
            cues.append(_Cue(max(season.begin, order.at - int(dice.lognormal(2400, 0.6))), "browse", parcel, product))
        if dice.chance(0.16):
            cues.append(_Cue(order.at + int(dice.lognormal(240, 0.8)), "ordered", parcel, product))
        if parcel.trouble:
            cues += _trouble_cues(parcel, product, season, dice)
        else:
            if dice.chance(0.18):
                way = order.at + (parcel.delivered - order.at) * dice.between(0.4, 0.8)
                at = awake(int(way), life.persona.kind, season, dice)
                if at < parcel.delivered:
                    cues.append(_Cue(at, "transit", parcel, product))
            if dice.chance(traits.after):
                at = awake(parcel.delivered + int(dice.lognormal(12 * 3600, 1.2)), life.persona.kind, season, dice)
                cues.append(_Cue(at, "received", parcel, product))
    for refund, parcel in life.refunds:
        if dice.chance(0.4):
            at = awake(refund.at + dice.whole(1, 4) * DAY, life.persona.kind, season, dice)
            cues.append(_Cue(at, "refunded", parcel, refund.product_id))
    cues += [_Cue(at, "browse", None, product) for at, product in life.visits if dice.chance(traits.idle)]
    for day in range(max(0, season.day(customer.joined) + 1), season.days):
        if dice.chance(traits.free * scale):
            at = season.begin + day * DAY + int((dice.weighted(range(24), traits.hours) + dice.random()) * 3600)
            cues.append(_Cue(at, "free", None, dice.pick(list(catalogue()))))
    if life.persona.newcomer and dice.chance(0.65):
        cues.append(
            _Cue(customer.joined + dice.whole(60, 1500), "campaign", None, dice.pick(("T09", "T12", "T15", "T23")))
        )
    return sorted(cues, key=lambda cue: cue.at)


def _trouble_cues(parcel: Parcel, product: str, season: Season, dice: Dice) -> list[_Cue]:
    cues = []
    first = season.begin + season.incident.start * DAY
    for day in range(2):
        at = first + day * DAY + int(dice.between(8.5, 21.5) * 3600)
        if parcel.trouble == "wrong":
            # A wrong parcel is noticed when it is opened, once.
            at = parcel.delivered + int(dice.lognormal(1800, 0.7))
        if at > parcel.order.at + 20 * 3600 and dice.chance(0.75) and not (day and parcel.trouble == "wrong"):
            cues.append(_Cue(at, "incident", parcel, product, parcel.trouble))
    if dice.chance(0.35):
        at = first + dice.whole(4, 7) * DAY + int(dice.between(10, 18) * 3600)
        cues.append(_Cue(max(at, parcel.delivered + 3600), "after", parcel, product))
    return cues


def _scene(cue: _Cue, kind: str, dice: Dice) -> tuple[Scene, Goods] | None:
    """A scene for the cue, and goods of the order that it can be about."""
    fitting = []
    for scene in private_scenes():
        if scene.moment != cue.moment or (cue.only and scene.name != cue.only):
            continue
        lines = cue.parcel.order.lines if cue.parcel else ()
        candidates = [line.product_id for line in lines] or [cue.product_id]
        goods = [catalogue()[item] for item in candidates if catalogue()[item].fits(scene.fits)]
        if scene.need and cue.parcel:
            goods = [g for g in goods if needs_of(g.product.id)]
        if goods:
            fitting.append((scene, dice.pick(goods)))
    if not fitting:
        return None
    return dice.weighted(fitting, [scene.chance[kind] for scene, _ in fitting])


def chat(life: Life, shop: Mapping[str, Speaker], season: Season, scale: float, seed: int) -> list[Draft]:
    """Everything said between one customer and the shop, in order of time; talks that would outlast the season are left out.

    Args:
        shop: the shop's people by user id.
    """
    customer = life.persona.customer
    dice = Dice(seed, "talk", customer.user_id)
    servant = shop[customer.staff_id]
    stage = {
        "c": Speaker(
            customer.user_id, customer.nickname, life.persona.voice, life.persona.kind, dice.lognormal(45, 0.6), False
        ),
        "s": servant,
    }
    drafts: list[Draft] = []
    free_from = season.begin
    for number, cue in enumerate(_cues(life, season, scale, dice)):
        start = max(cue.at, free_from + _BREAK if drafts else free_from)
        # Somebody who had to wait for the end of another talk asks about a parcel only while it is on its way.
        found = _scene(cue, life.persona.kind, dice) if start - cue.at < 6 * 3600 else None
        if found is None:
            continue
        scene, goods = found
        facts = about(scene, goods, cue.parcel, customer.city, servant.nickname.partition("-")[2], start, season, dice)
        thread = f"{customer.user_id}/{number}"
        said = play(scene, stage, facts, customer.user_id, thread, start, season, dice)
        if said[-1].at >= season.end:
            continue
        if not drafts and customer.joined >= season.begin:
            drafts.append(
                notice(
                    said[0].at - 20, customer.user_id, f"你已添加了{customer.nickname}，现在可以开始聊天了。", thread
                )
            )
        drafts += said
        free_from = drafts[-1].at
    return drafts
