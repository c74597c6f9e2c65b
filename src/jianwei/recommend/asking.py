"""One answer: what to recommend to a person, for a basket, like an item, or to anybody."""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from dataclasses import replace

from jianwei.engines import Engine
from jianwei.errors import UsageError
from jianwei.recommend._base import WEIGHTS, Learning, Recommendations
from jianwei.recommend.room import open_room
from jianwei.store import Store

__all__ = ["recommended"]


def recommended(
    *,
    store: Store,
    engine: Engine,
    zone: str = "Asia/Shanghai",
    person: str | None = None,
    basket: Sequence[str] | None = None,
    item: str | None = None,
    popular: bool = False,
    new: bool = False,
    k: int = 10,
    leave_out: Collection[str] = (),
    out_of_stock: Collection[str] = (),
    categories: Collection[str] = (),
    repeats: str = "no",
    days: int = 30,
    min_rows: int = 3,
    weights: Mapping[str, float] = WEIGHTS,
) -> Recommendations:
    """What to recommend. Exactly one of `person`, `basket`, `item`, `popular` and `new` is given.

    Args:
        store, engine, zone: where the records are, and what reads them; see `open_room`, which answers several times at the cost of once.
        person: any id of somebody, or a name that only one bears.
        basket: items: ids, keys, titles, or parts of titles that only one item bears.
        item: an item, named likewise; what is like it is recommended.
        popular: what is much wanted in the last `days` of the records.
        new: what came in the last `days` of the records, and is wanted.
        k: how many, 1 to 1,000.
        leave_out: people whose data are not used, and to whom nothing is recommended.
        out_of_stock: items not to recommend.
        categories: only items of these; empty for all.
        repeats: what the person bought before: "no", "often" (only what is usually bought again) or "yes".
        days: what counts as lately.
        min_rows: baskets or people that a statement must rest on.
        weights: event name → how much it says that somebody likes an item.

    Raises:
        UsageError: nobody and nothing is called so, or several are; a setting is out of bounds.
    """
    asked = {"person": person, "basket": basket, "item": item, "popular": popular or None, "new": new or None}
    given = [name for name, value in asked.items() if value is not None]
    if len(given) != 1:
        what = f"{' and '.join(given)} cannot be asked together" if given else "it is not said what to recommend"
        raise UsageError("recommend", what, f"give one of {', '.join(asked)}")
    lists = {"basket": basket, "leave_out": leave_out, "out_of_stock": out_of_stock, "categories": categories}
    for setting, value in lists.items():
        if isinstance(value, str):
            raise UsageError(setting, f"{value!r} is one text, not a list of names", f"write [{value!r}]")
    learning = Learning(days=days, min_rows=min_rows, weights=dict(weights))
    with open_room(store=store, engine=engine, zone=zone, learning=learning, leave_out=tuple(leave_out)) as room:
        choice, notes = room.choice(out_of_stock=tuple(out_of_stock), categories=tuple(categories), repeats=repeats)
        if person is not None:
            found = room.person(person, k=k, choice=choice)
        elif basket is not None:
            found = room.basket(tuple(basket), k=k, choice=choice)
        elif item is not None:
            found = room.like(item, k=k, choice=choice)
        else:
            found = room.popular(k=k, choice=choice) if popular else room.new(k=k, choice=choice)
    return replace(found, notes=(*found.notes, *notes)) if notes else found
