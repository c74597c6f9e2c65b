"""What people did, read once for everything that is recommended: who had to do with what, what lay in one basket, what is bought lately.

People who are left out are in none of it: those who were named, and those whose consent to the purpose "recommendation" is not given
or was withdrawn and not given anew (table `consents`).
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property
from typing import TypeAlias

import ibis
import ibis.expr.types as ir
import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
from numpy.typing import NDArray

from jianwei.ingest.consenting import refusing_users
from jianwei.mining.baskets.transactions import Transactions
from jianwei.query._base import Reader
from jianwei.query.periods import Clock, span
from jianwei.query.views import bought, events, labels, talk
from jianwei.recommend._base import Learning
from jianwei.recommend.shelf import Shelf, read_shelf
from jianwei.store import now_us

__all__ = ["PURPOSE", "Evidence", "Touches", "Trend", "read_evidence"]

Ints: TypeAlias = NDArray[np.int64]
Columns: TypeAlias = NDArray[np.int32]
Flags: TypeAlias = NDArray[np.bool_]

PURPOSE = "recommendation"
"""The purpose in `consents` that is looked at."""

_DAY_US = 86_400_000_000
_ALWAYS, _LEAST = ("buy", "rate"), 1e-3
_FEW = 1_000  # more people than this go to the engine as a table


@dataclass(frozen=True, eq=False)
class Touches:
    """Who had to do with which item: one row for each person and item, by person, then in order of the last time; arrays [n].

    Attributes:
        persons: ids of people, strings [p], ascending.
        offsets: int64 [p + 1]: the rows of each person.
        items: int32, columns of the shelf.
        last_us: int64, the last time, µs; 0 where no time is known.
        weight: float32, of the strongest event.
        did: int8, the strongest event, as a place in `names`.
        names: names of events, from the strongest to the weakest.
        bought: int32, on how many occasions (baskets, or days) the person bought it.
        disliked: bool: the last that the person said of it was bad, or it was given back.
    """

    persons: pa.StringArray
    offsets: Ints
    items: Columns
    last_us: Ints
    weight: NDArray[np.float32]
    did: NDArray[np.int8]
    names: pa.StringArray
    bought: Columns
    disliked: Flags

    def row_of(self, person_id: str) -> int | None:
        """The number of a person; None for somebody of whom nothing is known."""
        at = pc.index_in(pa.scalar(person_id), value_set=self.persons).as_py()
        return None if at is None else int(at)


@dataclass(frozen=True, eq=False)
class Trend:
    """How much each item was in demand; int64 arrays [m].

    Attributes:
        what: the events that are counted: "buy", or "any" where nothing is ever bought.
        who: what is counted: "people", or "baskets" where nobody is known.
        days: length of the stretch that counts as lately; 0 where no times are known (then `lately` is all there is).
        lately: people (or baskets) that bought it in the last days of the records.
        before: the same in as many days before that; -1 where the records do not go back so far.
        first_day: days between its first record and the end of the records; -1 where no times are known.
        whole: people (or baskets) in all.
        old: days between the beginning and the end of the records.
    """

    what: str
    who: str
    days: int
    lately: Ints
    before: Ints
    first_day: Ints
    whole: int
    old: int

    @cached_property
    def wanted(self) -> list[int]:
        """Items that anybody wanted lately, from the most wanted on."""
        order: list[int] = np.lexsort((-self.before, -self.lately))[: int((self.lately > 0).sum())].tolist()
        return order


@dataclass(frozen=True, eq=False)
class Evidence:
    """Everything that recommendations are made from.

    Attributes:
        baskets: what was bought together, columns of the shelf; None where nothing was bought.
        by: what made the baskets: "basket" (orders) or "day" (what a person bought on one day).
    """

    shelf: Shelf
    touches: Touches
    baskets: Transactions | None
    by: str
    trend: Trend


def read_evidence(reader: Reader, learning: Learning) -> Evidence:
    """Read everything. Needs the tables events, items, consents, messages and annotations."""
    shelf = read_shelf(reader)
    left_out = learning.left_out | withdrawn(reader)
    acted = _allowed(events(reader), left_out)
    acted = acted.filter(acted.item_id.notnull())
    sold = _allowed(bought(reader), left_out)
    sold = sold.filter(sold.item_id.notnull())
    baskets, by = _baskets(reader, sold, shelf)
    return Evidence(
        shelf, _touches(reader, acted, shelf, learning), baskets, by, _trend(reader, acted, sold, shelf, learning)
    )


def withdrawn(reader: Reader) -> frozenset[str]:
    """Ids of people who were asked for their consent to recommendations, and whose consent does not hold now."""
    said = reader.table("consents")
    return refusing_users(reader.execute(said.filter(said.purpose == PURPOSE)), PURPOSE, at_us=now_us())


def _allowed(rows: ir.Table, left_out: frozenset[str]) -> ir.Table:
    """The rows of people who are not left out; rows of nobody in particular stay."""
    if not left_out:
        return rows
    if len(left_out) <= _FEW:
        return rows.filter(rows.person_id.isnull() | rows.person_id.notin(sorted(left_out)))
    return rows.anti_join(ibis.memtable(pa.table({"person_id": sorted(left_out)})), "person_id")


def _touches(reader: Reader, acted: ir.Table, shelf: Shelf, learning: Learning) -> Touches:
    # What somebody bought or gave back has to be known, whether it counts as liking or not.
    known = dict.fromkeys(_ALWAYS, _LEAST) | {name: weight for name, weight in learning.weights.items() if weight}
    names = sorted(known, key=lambda name: (-known[name], name))
    rows = acted.filter(acted.person_id.notnull() & acted.name.isin(names))
    place = ibis.cases(*((rows.name == name, at) for at, name in enumerate(names)), else_=len(names)).cast("int8")
    when = span(reader, rows)
    day = (
        ibis.null("int64")
        if when is None
        else Clock.of(reader.zone, when.first_us, when.last_us).number(rows.ts_us, "day")
    )
    occasion = ibis.coalesce(rows.basket_id, day.cast("string"), rows.event_id)
    rows = rows.mutate(place=place, occasion=ibis.ifelse(rows.name == "buy", occasion, ibis.null("string")))
    each = rows.group_by("person_id", "item_id").aggregate(
        last_us=rows.ts_us.max(), seq=rows.seq.max(), did=rows.place.min(), bought=rows.occasion.nunique()
    )
    judged = _opinions(reader, acted).filter(ibis._.bad)
    each = each.left_join(judged, ["person_id", "item_id"])
    each = each.select("person_id", "item_id", "last_us", "seq", "did", "bought", bad=each.bad.fill_null(False))
    found = reader.execute(each.order_by("person_id", ibis._.last_us.fill_null(0), ibis._.seq.fill_null(0), "item_id"))
    people = found["person_id"].combine_chunks()
    starts = np.flatnonzero(pc.not_equal(people[1:], people[:-1]).to_numpy(zero_copy_only=False)) + 1
    offsets = np.concatenate([[0], starts, [len(people)]]).astype(np.int64) if len(people) else np.zeros(1, np.int64)
    did = found["did"].to_numpy().astype(np.int8)
    weights = np.array([known[name] for name in names], np.float32)
    return Touches(
        people.take(pa.array(offsets[:-1])),
        offsets,
        shelf.columns_of(found["item_id"]),
        pc.fill_null(found["last_us"], 0).to_numpy().astype(np.int64),
        weights[did],
        did,
        pa.array(names, pa.string()),
        found["bought"].to_numpy().astype(np.int32),
        found["bad"].to_numpy().astype(bool),
    )


def _opinions(reader: Reader, acted: ir.Table) -> ir.Table:
    """The last that each person made known of an item: person_id, item_id, bad.

    A refund is bad. A rating is bad below the middle of the scale that the ratings themselves show. What somebody wrote of an item is bad
    where the current model calls it negative.
    """
    rated = acted.filter((acted.name == "rate") & acted.value.notnull())
    scale = rated.aggregate(low=rated.value.min(), high=rated.value.max())
    rated = rated.cross_join(scale)
    parts = [
        rated.select("person_id", "item_id", "ts_us", "seq", bad=rated.value < (rated.low + rated.high) / 2),
        acted.filter(acted.name == "refund").select("person_id", "item_id", "ts_us", "seq", bad=ibis.literal(True)),
        acted.filter(acted.name == "buy").select("person_id", "item_id", "ts_us", "seq", bad=ibis.literal(False)),
    ]
    feelings = labels(reader, "sentiment")
    if feelings is not None:
        said = talk(reader)
        said = said.filter(said.item_id.notnull()).select("message_id", "item_id")
        felt = feelings.inner_join(said, feelings.record_id == said.message_id)
        felt = felt.filter(felt.label.isin(("positive", "negative")))
        parts.append(felt.select("person_id", "item_id", "ts_us", "seq", bad=felt.label == "negative"))
    told = ibis.union(*parts, distinct=False)
    told = told.filter(told.person_id.notnull() & told.item_id.notnull())
    # Where two things were made known in the same instant, the bad one counts.
    order = ibis.row_number().over(
        group_by=["person_id", "item_id"],
        order_by=[ibis.desc(told.ts_us.fill_null(0)), ibis.desc(told.bad), ibis.desc(told.seq.fill_null(0))],
    )
    last = told.mutate(place=order)
    return last.filter(last.place == 0).select("person_id", "item_id", "bad")


def _baskets(reader: Reader, sold: ir.Table, shelf: Shelf) -> tuple[Transactions | None, str]:
    ordered, by = sold.filter(sold.basket_id.notnull()), "basket"
    found = reader.execute(_in_order(ordered.select("basket_id", "item_id")))
    if not found.num_rows:
        when = span(reader, sold)
        if when is None:
            return None, by
        day = Clock.of(reader.zone, when.first_us, when.last_us).number(sold.ts_us, "day")
        mine = sold.filter(sold.person_id.notnull() & sold.ts_us.notnull())
        made = mine.select("item_id", basket_id=mine.person_id.concat("#", day.cast("string")))
        found, by = reader.execute(_in_order(made)), "day"
        if not found.num_rows:
            return None, by
    rows = found["basket_id"].combine_chunks().dictionary_encode().indices.to_numpy().astype(np.int64)
    columns = shelf.columns_of(found["item_id"])
    order = np.lexsort((columns, rows))
    offsets = np.concatenate([[0], np.cumsum(np.bincount(rows))]).astype(np.int64)
    return Transactions(offsets, columns[order], shelf.ids), by


def _in_order(couples: ir.Table) -> ir.Table:
    """Each couple once, in an order that does not depend on the engine: baskets are numbered by it."""
    return couples.distinct().order_by("basket_id", "item_id")


def _trend(reader: Reader, acted: ir.Table, sold: ir.Table, shelf: Shelf, learning: Learning) -> Trend:
    rows, what = (sold, "buy")
    if not _count(reader, sold):
        known = [name for name, weight in learning.weights.items() if weight]
        rows, what = acted.filter(acted.name.isin(known)), "any"
    when = span(reader, acted)
    who = "people" if _count(reader, rows.filter(rows.person_id.notnull())) else "baskets"
    one = ibis.coalesce(rows.person_id, rows.basket_id, rows.event_id)
    whole = _count(reader, rows.select(one=one).distinct())
    nothing = np.full(len(shelf), -1, np.int64)
    if when is None:
        counted = reader.execute(rows.group_by("item_id").aggregate(lately=one.nunique()))
        return Trend(what, who, 0, _spread(shelf, counted, "lately", 0), nothing, nothing, whole, 0)
    begin, end = when.bulk
    old = (end - begin) // _DAY_US + 1
    days = min(learning.days, old)
    edge = end - days * _DAY_US
    late, early = rows.ts_us > edge, (rows.ts_us <= edge) & (rows.ts_us > edge - days * _DAY_US)
    timely = rows.ts_us.notnull() & (rows.ts_us <= end)
    counted = reader.execute(
        rows.filter(timely)
        .group_by("item_id")
        .aggregate(lately=one.nunique(where=late), before=one.nunique(where=early))
    )
    firsts = acted.filter(acted.ts_us.notnull() & (acted.ts_us >= begin)).group_by("item_id")
    first = reader.execute(firsts.aggregate(first=ibis.greatest(0, (end - acted.ts_us.min()) // _DAY_US)))
    before = _spread(shelf, counted, "before", 0) if begin <= edge - (days - 1) * _DAY_US else nothing
    return Trend(
        what, who, days, _spread(shelf, counted, "lately", 0), before, _spread(shelf, first, "first", -1), whole, old
    )


def _count(reader: Reader, rows: ir.Table) -> int:
    return int(reader.execute(rows.aggregate(n=rows.count()))["n"][0].as_py())


def _spread(shelf: Shelf, counted: pa.Table, name: str, missing: int) -> Ints:
    """A figure of some items as an array over all of them."""
    whole = np.full(len(shelf), missing, np.int64)
    whole[shelf.columns_of(counted["item_id"])] = counted[name].to_numpy()
    return whole
