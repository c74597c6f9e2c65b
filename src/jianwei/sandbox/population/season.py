"""The calendar of the simulation: its window, the two bad days, the campaign."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, datetime, timedelta

from jianwei.errors import UsageError
from jianwei.sandbox.population.shop import SHANGHAI, local

__all__ = ["DAY", "PULL", "Season"]

DAY = 86_400
PULL = 5.0
"""How many times more newcomers, subscriptions and scans a day of the campaign brings."""


@dataclass(frozen=True, slots=True)
class Season:
    """Days are counted from 0; `begin` is the first second of day 0.

    >>> season = Season.of("2026-03-02", 60)
    >>> [str(day) for day in season.dates(season.incident)]
    ['2026-04-02', '2026-04-03']
    """

    start: date
    begin: int
    days: int
    incident: range
    campaign: range

    @classmethod
    def of(cls, start: str, days: int) -> Season:
        """The campaign runs for a tenth of the days after two sevenths of them, the incident begins just past the middle."""
        try:
            first = date.fromisoformat(start)
        except ValueError:
            raise UsageError("start", f"{start!r} is not a date", "write it as 2026-03-02") from None
        if days < 14:
            raise UsageError("days", f"{days} days are too few for a campaign and an incident", "take 14 or more")
        begin = int(datetime(first.year, first.month, first.day, tzinfo=SHANGHAI).timestamp())
        bad, free = days * 26 // 50, days * 2 // 7
        return cls(first, begin, days, range(bad, bad + 2), range(free, free + max(2, days // 10)))

    @property
    def end(self) -> int:
        """First second after the last day."""
        return self.begin + self.days * DAY

    def day(self, at: int) -> int:
        return (at - self.begin) // DAY

    def hour(self, at: int) -> int:
        return (at - self.begin) % DAY // 3600

    def bad(self, at: int) -> bool:
        return self.day(at) in self.incident

    def dates(self, days: range) -> tuple[date, ...]:
        return tuple(self.start + timedelta(days=day) for day in days)

    def says(self, then: int, now: int) -> str:
        """How somebody speaking at `now` names the day of `then`.

        >>> season = Season.of("2026-03-02", 60)
        >>> [season.says(season.begin + day * 86_400, season.begin + 9 * 86_400) for day in (9, 10, 7, 4, 13)]
        ['今天', '明天', '前天', '上周五', '周日']
        """
        gap = self.day(then) - self.day(now)
        near = {0: "今天", 1: "明天", 2: "后天", -1: "昨天", -2: "前天"}
        if gap in near:
            return near[gap]
        there, here = local(then), local(now)
        weekday = "周" + "一二三四五六日"[there.weekday()]
        weeks = (
            there.date() - timedelta(days=there.weekday()) - here.date() + timedelta(days=here.weekday())
        ).days // 7
        return {0: weekday, -1: f"上{weekday}", 1: f"下{weekday}"}.get(weeks, f"{there.day}号")
