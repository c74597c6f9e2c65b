"""Reviews: put together from what was good or bad about the goods, the parcel, and a last word."""

from __future__ import annotations

from jianwei.sandbox.population.cast import Voice
from jianwei.sandbox.population.catalogue import catalogue
from jianwei.sandbox.population.dice import Dice
from jianwei.sandbox.population.phrases import fill, load, vary
from jianwei.sandbox.population.shop import Mood
from jianwei.sandbox.population.style import typed

__all__ = ["compose"]


def compose(product_id: str, mood: Mood, trouble: bool, days: int, voice: Voice, dice: Dice) -> str:
    """The text of one review.

    Args:
        trouble: the parcel was late or wrong, so that the review is about the parcel.
        days: how long it took.
    """
    parts = load("reviews")
    goods = catalogue()[product_id]
    occasion = dice.pick(load("people")["occasion"])
    who, reason = dice.pick(list(zip(occasion["who"], occasion["text"], strict=True)))
    facts = {
        "taste": dice.pick(goods.tastes or ("香气",)),
        "fault": dice.pick(goods.faults),
        "size": goods.size,
        "stuff": goods.stuff,
        "who": who,
        "occasion": reason,
        "days": str(max(1, days)),
        "staff": dice.pick([entry["short"] for entry in load("people")["staff"]]),
    }
    if dice.chance(0.12):
        lines = [dice.pick(parts["flat"][mood])]
    elif trouble:
        lines = [dice.pick(parts["parcel"][mood]), *dice.sample(parts["ending"][mood], dice.whole(0, 2))]
    else:
        lines = dice.sample(parts[goods.product.group][mood], 2 if dice.chance(0.4) else 1)
        # Bad goods come in good parcels too; a negative word about the parcel belongs to the incident.
        if dice.chance(0.35):
            lines.append(dice.pick(parts["parcel"]["neutral" if mood == "negative" else mood]))
        if dice.chance(0.4):
            lines.append(dice.pick(parts["ending"][mood]))
    mark = dice.pick(("，", "。", " ", "，", "！" if mood != "neutral" else "；"))
    return typed(mark.join(fill(vary(line, dice), facts) for line in lines), voice, mood, dice)
