"""What differs between two groups of baskets: two months, weekdays and weekends, first and later purchases."""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import ClassVar, NamedTuple

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
from numpy.typing import NDArray

from jianwei.common.results import Reason, Rows, Unavailable
from jianwei.common.times import DAY_US, local_micros
from jianwei.errors import UsageError
from jianwei.mining.baskets.reading import read_baskets
from jianwei.mining.baskets.transactions import Transactions
from jianwei.mining.contrasts.comparing import contrast_sets
from jianwei.mining.contrasts.found import Contrasts
from jianwei.mining.questions.gathering import Names, named, own_names, shown_by
from jianwei.query._base import Reader, check, setting
from jianwei.query.periods import span
from jianwei.query.shape import typed
from jianwei.query.views import BASKETS, baskets

__all__ = ["CONTRAST_SCHEMA", "Contrast", "ContrastResult"]

CONTRAST_SCHEMA = pa.schema(
    [
        ("items", pa.list_(pa.string())),
        ("item_names", pa.list_(pa.string())),
        ("length", pa.int64()),
        ("left_rows", pa.int64()),
        ("right_rows", pa.int64()),
        ("left_support", pa.float64()),
        ("right_support", pa.float64()),
        ("difference", pa.float64()),
        ("growth", pa.float64()),
        ("expected_growth", pa.float64()),
        ("odds_ratio", pa.float64()),
        ("odds_low", pa.float64()),
        ("odds_high", pa.float64()),
        ("p_value", pa.float64()),
        ("q_value", pa.float64()),
    ]
)

Ints = NDArray[np.int64]
_BETWEEN = ("auto", "month", "week", "weekend", "returning")
_PERIOD = re.compile(r"(\d{4}-\d{2}(?:-\d{2})?)(?:\.\.(\d{4}-\d{2}(?:-\d{2})?))?")


@dataclass(frozen=True)
class ContrastResult(Rows):
    """Rows: items (ids), item_names, length, left_rows and right_rows (baskets of each group with all of them), left_support and
    right_support (their shares), difference (right less left share), growth (right ÷ left share, null where no basket of the left group
    has them), expected_growth (the growth that the parts of the set make one expect; 1 for a single item), odds_ratio with odds_low
    and odds_high (its 95 % interval), p_value and q_value (see `mining.contrasts.comparing.contrast_sets`).

    The surest come first, then the largest differences.

    Attributes:
        between: "month", "week", "period" (given days), "weekend" (weekdays on the left, weekends on the right) or "returning" (each
            person's first basket on the left, later ones on the right).
        left, right: the groups: "2024-01", "2024-W05", "2024-W02..2024-W05", "2024-01-03..2024-01-09"; "weekday", "weekend"; "first",
            "later". Where there are not two whole months, "auto" takes the last whole weeks, up to four and the four before.
        left_baskets, right_baskets: baskets in each group.
        tested: itemsets that were tested.
        contrasts: itemsets that differ, listed or not.
    """

    between: str
    left: str
    right: str
    left_baskets: int
    right_baskets: int
    tested: int
    contrasts: int


@dataclass(frozen=True, kw_only=True)
class Contrast:
    """What lies in more or in fewer baskets than before: between two months, on weekends, in later purchases."""

    tables: ClassVar[tuple[str, ...]] = ("events", "items")
    tasks: ClassVar[tuple[str, ...]] = ()

    by: str = setting("basket", "what goes together: an order, a session, a person's day", choices=BASKETS)
    events: tuple[str, ...] = setting((), "events that put an item into a basket; default: all but refunds")
    between: str = setting(
        "auto", "the last two whole months, or weeks; weekdays and weekends; first and later baskets", choices=_BETWEEN
    )
    before: str | None = setting(None, "the earlier period: 2024-01, 2024-01-15 or 2024-01-15..2024-01-31")
    after: str | None = setting(None, "the later period, likewise")
    min_support: float = setting(
        0.005, "least share of a group's baskets that have all items", minimum=0.0, maximum=1.0
    )
    min_rows: int = setting(5, "least number of a group's baskets that have all items", minimum=1)
    max_length: int = setting(2, "items in a set, at most", minimum=1, maximum=9)
    correction: str = setting(
        "bh", "how to allow for many tests: share of false ones (bh, by) or any false one (holm, bonferroni)",
        choices=("bh", "by", "holm", "bonferroni", "none")
    )  # fmt: skip
    alpha: float = setting(
        0.05, "false differences to allow: their share, or the chance of any", minimum=1e-12, maximum=1.0
    )
    surprising: bool = setting(True, "only sets that say more than their parts")
    limit: int = setting(200, "sets to list", minimum=1, maximum=1_000_000)

    def __post_init__(self) -> None:
        check(self)
        if (self.before is None) != (self.after is None):
            raise UsageError("Contrast", "before and after go together", "give both periods, or neither")
        for name, value in (("before", self.before), ("after", self.after)):
            if value is not None:
                _days(f"Contrast.{name}", value)

    def compute(self, reader: Reader) -> ContrastResult | Unavailable:
        view = baskets(reader, self.by, self.events)
        found = reader.execute(view)
        if not found.num_rows:
            return Unavailable(Reason("no_baskets", {"by": self.by}))
        of = _Baskets.of(found)
        if not of.timed.any():
            return Unavailable(Reason("no_times", {"table": "events"}))
        when = span(reader, view)
        groups = self._groups(of, reader.zone, when.bulk if when else (0, 0))
        if isinstance(groups, Unavailable):
            return groups
        between, left, right = groups
        for group in (left, right):
            if not group.inside.any():
                return Unavailable(Reason("empty_group", {"group": group.name}))
        contrasts = contrast_sets(
            _chosen(found, of, left.inside),
            _chosen(found, of, right.inside),
            self.min_support or 1,
            self.max_length,
            min_rows=self.min_rows,
            alpha=self.alpha,
            correction=self.correction,
            surprising=self.surprising,
        )
        return ContrastResult(
            _listed(contrasts, self.limit, shown_by(reader)),
            between=between,
            left=left.name,
            right=right.name,
            left_baskets=contrasts.left_baskets,
            right_baskets=contrasts.right_baskets,
            tested=contrasts.tested,
            contrasts=len(contrasts),
        )

    def _groups(self, of: _Baskets, zone: str, bulk: tuple[int, int]) -> _Groups | Unavailable:
        day = local_micros(of.begun, zone) // DAY_US
        if self.before is not None and self.after is not None:
            return _given(of, day, self.before, self.after)
        if self.between == "weekend":
            weekend = (day + 3) % 7 >= 5  # 1970-01-01 was a Thursday
            return _Groups("weekend", _Group("weekday", of.timed & ~weekend), _Group("weekend", of.timed & weekend))
        if self.between == "returning":
            return _first_and_later(of)
        first_day, last_day = (int(local_micros(np.array([us]), zone)[0] // DAY_US) for us in bulk)
        for between in ("month", "week") if self.between == "auto" else (self.between,):
            number = _months(day) if between == "month" else (day + 3) // 7
            low, high = _whole(between, first_day, last_day)
            if high > low:
                # Weeks hold few baskets: instead of months, take as many as four.
                size = min(4, (high - low + 1) // 2) if (between, self.between) == ("week", "auto") else 1
                starts = (high - 2 * size + 1, high - size + 1)
                before, after = (
                    _Group(_name(between, at, size), of.timed & (number >= at) & (number < at + size)) for at in starts
                )
                return _Groups(between, before, after)
        return Unavailable(Reason("few_whole_periods"))


class _Group(NamedTuple):
    """The name of a group, and for each basket whether it is in it: bool [baskets]."""

    name: str
    inside: NDArray[np.bool_]


class _Groups(NamedTuple):
    """What is compared, and the two groups."""

    between: str
    left: _Group
    right: _Group


@dataclass(frozen=True)
class _Baskets:
    """Baskets in the order of their ids.

    Attributes:
        number: int64 [rows]: basket of each row of the view.
        begun: int64 [baskets]: time of its first item; anything where none is known.
        timed: bool [baskets]: whether one is known.
        person: int64 [baskets]: -1 where nobody is known.
    """

    number: Ints
    begun: Ints
    timed: NDArray[np.bool_]
    person: Ints

    @classmethod
    def of(cls, found: pa.Table) -> _Baskets:
        grouped = found.group_by("basket_id").aggregate([("ts_us", "min"), ("person_id", "min")]).sort_by("basket_id")
        people = grouped["person_id_min"]
        known = pc.unique(people.drop_null())
        known = known.take(pc.sort_indices(known))
        person = pc.fill_null(pc.index_in(people, value_set=known), -1)
        number = pc.index_in(found["basket_id"], value_set=grouped["basket_id"].combine_chunks())
        return cls(
            number.to_numpy().astype(np.int64),
            pc.fill_null(grouped["ts_us_min"], 0).to_numpy().astype(np.int64),
            pc.is_valid(grouped["ts_us_min"]).to_numpy(),
            person.to_numpy().astype(np.int64),
        )


def _given(of: _Baskets, day: Ints, before: str, after: str) -> _Groups:
    periods = {name: _days(where, name) for where, name in (("before", before), ("after", after))}
    starts, ends = zip(*periods.values(), strict=True)
    if len(periods) < 2 or max(starts) < min(ends):
        raise UsageError("Contrast", "before and after overlap", "give periods that have no day in common")
    groups = [_Group(name, of.timed & (day >= start) & (day < end)) for name, (start, end) in periods.items()]
    return _Groups("period", *groups)


def _first_and_later(of: _Baskets) -> _Groups:
    """The first basket of every person, and all others of known persons."""
    known = of.timed & (of.person >= 0)
    order = np.lexsort((of.begun, of.person))  # stable: where two begin at the same time, the first by its id
    order = order[known[order]]
    first = np.zeros(len(known), bool)
    first[order[np.diff(of.person[order], prepend=-1) != 0]] = True
    return _Groups("returning", _Group("first", first), _Group("later", known & ~first))


def _chosen(found: pa.Table, of: _Baskets, inside: NDArray[np.bool_]) -> Transactions:
    rows = found.filter(pa.array(inside[of.number])).select(["basket_id", "item_id"])
    return read_baskets(rows)


def _days(where: str, text: str) -> tuple[int, int]:
    """The days of a period, since 1970: the first, and the one after the last."""
    match = _PERIOD.fullmatch(text.strip())
    try:
        if match is None:
            raise ValueError(text)
        first, last = np.datetime64(match[1]), np.datetime64(match[2] or match[1])
        low, high = first.astype("datetime64[D]"), (last + 1).astype("datetime64[D]")
    except ValueError as error:
        raise UsageError(
            where, f"{text!r} is no period", "write 2024-01, 2024-01-15 or 2024-01-15..2024-01-31"
        ) from error
    if low >= high:
        raise UsageError(where, f"{text!r} ends before it begins")
    return int(low.astype(np.int64)), int(high.astype(np.int64))


def _months(day: Ints) -> Ints:
    """Months since 1970."""
    return day.astype("datetime64[D]").astype("datetime64[M]").astype(np.int64)


def _whole(between: str, first_day: int, last_day: int) -> tuple[int, int]:
    """The first and the last period that lies wholly between two days."""
    if between == "week":
        return -(-(first_day + 3) // 7), (last_day + 4) // 7 - 1
    before, after = _months(np.array([first_day - 1, last_day + 1]))
    return int(before) + 1, int(after) - 1


def _name(between: str, number: int, size: int) -> str:
    if size > 1:
        return f"{_name(between, number, 1)}..{_name(between, number + size - 1, 1)}"
    if between == "month":
        return str(np.datetime64(number, "M"))
    year, week, _ = np.datetime64(number * 7 - 3, "D").astype(object).isocalendar()
    return f"{year:04d}-W{week:02d}"


def _listed(contrasts: Contrasts, limit: int, names: Names = own_names) -> pa.Table:
    table = contrasts.to_arrow().slice(0, limit)
    items = table["items"].combine_chunks()
    growth = table["growth"].to_numpy()
    return typed(
        CONTRAST_SCHEMA,
        item_names=named(items, names),
        length=contrasts.lengths[:limit],
        growth=pa.array(growth, mask=np.isinf(growth)),
        **{name: table[name] for name in CONTRAST_SCHEMA.names if name not in ("item_names", "length", "growth")},
    )
