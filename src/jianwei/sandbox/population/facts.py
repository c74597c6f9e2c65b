"""What the two sides of a talk know: the facts that fill the slots of their lines."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from jianwei.sandbox.population.catalogue import Goods, catalogue
from jianwei.sandbox.population.dice import Dice
from jianwei.sandbox.population.phrases import Scene, load
from jianwei.sandbox.population.season import DAY, Season
from jianwei.sandbox.population.trade import Parcel

__all__ = ["FACTS", "about", "needs_of", "wording"]

FACTS = frozenset(
    {
        *("item", "other", "full", "price", "size", "stuff", "temp", "grams", "secs", "keeps", "taste", "fault"),
        *("qty", "total", "tail", "days", "bought", "city", "road", "phone", "courier", "track", "eta", "wrong"),
        *(
            "need",
            "pick",
            "pickfull",
            "pickprice",
            "why",
            "budget",
            "who",
            "occasion",
            "gift",
            "giftfull",
            "giftprice",
            "coupon",
            "staff",
        ),
    }
)
"""Every fact that a line may use."""


def _money(value: object) -> str:
    text = f"{value}"
    return text.rstrip("0").rstrip(".") if "." in text else text


def needs_of(product_id: str) -> list[Mapping[str, Sequence[str]]]:
    """The needs that a product answers."""
    return [need for need in load("people")["need"] if product_id in need["picks"]]


def _other(goods: Goods, dice: Dice) -> str:
    alike = [g for g in catalogue().values() if g.product.category == goods.product.category and g is not goods]
    return dice.pick(dice.pick(alike).product.says)


def wording(goods: Goods, staff: str, dice: Dice) -> dict[str, str]:
    """Facts about goods, and the small change of talk that needs no order."""
    words, places = load("people")["words"], load("people")["places"]
    product = goods.product
    occasions = [entry for entry in load("people")["occasion"] if product.id in entry["picks"]] or load("people")[
        "occasion"
    ]
    occasion = dice.pick(occasions)
    who, reason = dice.pick(list(zip(occasion["who"], occasion["text"], strict=True)))
    gift = goods if product.group == "gift" else catalogue()[dice.pick(occasion["picks"])]
    return {
        "item": dice.pick(product.says),
        "other": _other(goods, dice),
        "full": product.title,
        "price": _money(product.price),
        "city": dice.pick(places["cities"]),
        "road": dice.pick(places["roads"]),
        # 1990000xxxx looks like a phone number and is nobody's in this shop.
        "phone": f"1990000{dice.letters('0123456789', 4)}",
        "courier": dice.pick(places["couriers"]),
        "temp": goods.temp,
        "grams": goods.grams,
        "secs": goods.secs,
        "keeps": goods.keeps,
        "taste": dice.pick(goods.tastes or ("香气",)),
        "fault": dice.pick(goods.faults),
        "size": goods.size,
        "stuff": goods.stuff,
        "budget": dice.pick(words["budgets"]),
        "who": who,
        "occasion": reason,
        "gift": dice.pick(gift.product.says),
        "giftfull": gift.product.title,
        "giftprice": _money(gift.product.price),
        "coupon": dice.pick(words["coupons"]),
        "staff": staff,
        "wrong": dice.pick(dice.pick(list(catalogue().values())).product.says),
        "qty": "1",
        "total": _money(product.price),
        "tail": dice.letters("0123456789", 4),
        "track": f"{dice.pick(('FY', 'BC'))}{dice.letters('0123456789', 12)}",
        "days": str(dice.whole(3, 6)),
    }


def _need(goods: Goods, dice: Dice) -> dict[str, str]:
    need = dice.pick(needs_of(goods.product.id) or load("people")["need"])
    pick = goods if goods.product.id in need["picks"] else catalogue()[dice.pick(need["picks"])]
    teas = [g for g in catalogue().values() if g.product.group == "tea" and g is not pick]
    return {
        # The customer speaks of a tea they know, the shop of the one that answers the need.
        "item": dice.pick(dice.pick(teas).product.says),
        "need": dice.pick(need["text"]),
        "pick": dice.pick(pick.product.says),
        "pickfull": pick.product.title,
        "pickprice": _money(pick.product.price),
        "why": dice.pick(need["why"]),
        "other": _other(pick, dice),
    }


def about(
    scene: Scene, goods: Goods, parcel: Parcel | None, city: str, staff: str, now: int, season: Season, dice: Dice
) -> dict[str, str]:
    """Facts for a talk of a customer and the shop at `now`; those of the order are true when there is a parcel."""
    facts = wording(goods, staff, dice)
    facts["city"] = city
    soon = season.says(now + dice.whole(1, 4) * DAY, now)
    facts |= {"eta": soon, "bought": season.says(now - dice.whole(2, 6) * DAY, now)}
    if scene.need:
        facts |= _need(goods, dice)
    if parcel is None:
        return facts
    order = parcel.order
    line = next(line for line in order.lines if line.product_id == goods.product.id)
    facts |= {
        "qty": str(line.quantity),
        "total": _money(order.amount),
        "tail": order.id[-4:],
        # Nobody who is angry counts less than two days.
        "days": str(max(2 if scene.moment == "incident" else 1, season.day(now) - season.day(order.at))),
        "bought": season.says(order.at, now),
        "courier": parcel.courier,
        "track": parcel.track,
    }
    if parcel.wrong_id:
        facts["wrong"] = dice.pick(catalogue()[parcel.wrong_id].product.says)
    if scene.moment == "incident":
        # What had been promised, for today at the latest.
        facts["eta"] = season.says(min(parcel.due, now), now)
    elif scene.moment in ("ordered", "transit") and season.day(parcel.due) > season.day(now):
        facts["eta"] = season.says(parcel.due, now)
    elif scene.moment in ("ordered", "transit"):
        facts["eta"] = "今天" if season.hour(now) < 18 else "明天"
    return facts
