"""Statistics of followers, messages and webhook calls, counted from what happened."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterable, Iterator, Mapping
from datetime import date, timedelta
from itertools import groupby
from typing import Any

from jianwei.sandbox.platform.daily import Happened, day_of, followed, on, started
from jianwei.sandbox.platform.serving import Handler
from jianwei.sandbox.platform.world import Refusal, Visit
from jianwei.wechat.endpoints import statistics as api
from jianwei.wechat.request import Ranged

__all__ = ["HANDLERS", "by_hour", "checked", "people"]

FIRST = date(2014, 12, 1)
READY = 8 * 3_600
"""Seconds after midnight from which the figures of the day before stand."""


def checked(visit: Visit, call: Ranged[Any], first: date = FIRST) -> list[date]:
    """The days that were asked for.

    Raises:
        Refusal: 61501 too early, too late, turned round or too many; 61503 not ready.
    """
    today = day_of(visit.now)
    if not first <= call.begin <= call.end < today or (call.end - call.begin).days >= call.span:
        raise Refusal(61501, "date range error")
    if call.end == today - timedelta(days=1) and visit.now < started(today) + READY:
        raise Refusal(61503, "data not ready, please try later")
    return [call.begin + timedelta(days=n) for n in range((call.end - call.begin).days + 1)]


def people(events: Iterable[Happened]) -> int:
    return len({one.openid for one in events})


def by_hour(events: Iterable[Happened]) -> Iterator[tuple[int, list[Happened]]]:
    """(0 to 2300, what happened in the hour)"""

    def hour(one: Happened) -> int:
        return (one.at + READY) % 86_400 // 3_600 * 100

    for key, found in groupby(sorted(events, key=hour), key=hour):
        yield key, list(found)


def user_summary(visit: Visit, call: api.UserSummary) -> list[api.UserSummaryRow]:
    days = checked(visit, call)
    new: Counter[tuple[date, int]] = Counter()
    gone: Counter[tuple[date, int]] = Counter()
    for path in followed(visit.app, started(days[-1] + timedelta(days=1))):
        source = 0
        for one in path:
            source = one.code if one.what == "follow" else source
            (new if one.what == "follow" else gone)[day_of(one.at), source] += 1
    found = sorted(key for key in new | gone if key[0] >= call.begin)
    return [
        api.UserSummaryRow(ref_date=day, user_source=source, new_user=new[day, source], cancel_user=gone[day, source])
        for day, source in found
    ]


def user_cumulate(visit: Visit, call: api.UserCumulate) -> list[api.UserCumulateRow]:
    return [api.UserCumulateRow(ref_date=day, cumulate_user=_followers(visit, day)) for day in checked(visit, call)]


def _followers(visit: Visit, day: date) -> int:
    paths = followed(visit.app, started(day + timedelta(days=1)))
    return sum(1 for path in paths if path and path[-1].what == "follow")


def _messages(visit: Visit, day: date) -> list[Happened]:
    return [one for one in on(visit, day) if one.what == "message"]


def _by_type(day: date, events: Iterable[Happened], hour: int = 0) -> Iterator[api.MessageRow]:
    types: dict[int, list[Happened]] = {}
    for one in events:
        types.setdefault(one.code, []).append(one)
    for code, found in sorted(types.items()):
        yield api.MessageRow(ref_date=day, ref_hour=hour, msg_type=code, msg_user=people(found), msg_count=len(found))


def _by_count(visit: Visit, day: date, events: Iterable[Happened], last: date) -> Iterator[api.MessageCountRow]:
    wrote = Counter(one.openid for one in events)
    intervals = Counter(1 if n <= 5 else 2 if n <= 10 else 3 for n in wrote.values())
    intervals[0] = max(0, _followers(visit, last) - len(wrote))
    for interval, count in sorted(intervals.items()):
        if count:
            yield api.MessageCountRow(ref_date=day, count_interval=interval, msg_user=count)


def messages(visit: Visit, call: api.Messages) -> list[api.MessageRow]:
    return [row for day in checked(visit, call) for row in _by_type(day, _messages(visit, day))]


def messages_by_hour(visit: Visit, call: api.MessagesByHour) -> list[api.MessageRow]:
    (day,) = checked(visit, call)
    return [row for hour, found in by_hour(_messages(visit, day)) for row in _by_type(day, found, hour)]


def message_counts(visit: Visit, call: api.MessageCounts) -> list[api.MessageCountRow]:
    return [row for day in checked(visit, call) for row in _by_count(visit, day, _messages(visit, day), day)]


def _week(day: date) -> date | None:
    """The last day of the week that begins on `day`."""
    return day + timedelta(days=6) if day.weekday() == 0 else None


def _month(day: date) -> date | None:
    """The last day of the month that begins on `day`."""
    return (day + timedelta(days=31)).replace(day=1) - timedelta(days=1) if day.day == 1 else None


def _periods(
    visit: Visit, call: Ranged[Any], last_of: Callable[[date], date | None]
) -> Iterator[tuple[date, date, list[Happened]]]:
    """(first day, last day, messages) of the periods that begin on the days asked for and are over."""
    for begin in checked(visit, call):
        last = last_of(begin)
        if last is not None and visit.now >= started(last + timedelta(days=1)) + READY:
            days = [begin + timedelta(days=n) for n in range((last - begin).days + 1)]
            yield begin, last, [one for day in days for one in _messages(visit, day)]


def messages_by_week(visit: Visit, call: api.MessagesByWeek) -> list[api.MessageRow]:
    return [row for begin, _, found in _periods(visit, call, _week) for row in _by_type(begin, found)]


def messages_by_month(visit: Visit, call: api.MessagesByMonth) -> list[api.MessageRow]:
    return [row for begin, _, found in _periods(visit, call, _month) for row in _by_type(begin, found)]


def message_counts_by_week(visit: Visit, call: api.MessageCountsByWeek) -> list[api.MessageCountRow]:
    return [row for begin, last, found in _periods(visit, call, _week) for row in _by_count(visit, begin, found, last)]


def message_counts_by_month(visit: Visit, call: api.MessageCountsByMonth) -> list[api.MessageCountRow]:
    return [row for begin, last, found in _periods(visit, call, _month) for row in _by_count(visit, begin, found, last)]


def _calls(visit: Visit, day: date) -> list[Happened]:
    return [one for one in on(visit, day) if one.what == "call"]


def _callback_row(day: date, calls: list[Happened], hour: int = 0) -> api.CallbackRow:
    return api.CallbackRow(
        ref_date=day,
        ref_hour=hour,
        callback_count=len(calls),
        fail_count=sum(one.failed for one in calls),
        total_time_cost=sum(one.took for one in calls),
        max_time_cost=max(one.took for one in calls),
    )


def callbacks(visit: Visit, call: api.Callbacks) -> list[api.CallbackRow]:
    return [_callback_row(day, found) for day in checked(visit, call) if (found := _calls(visit, day))]


def callbacks_by_hour(visit: Visit, call: api.CallbacksByHour) -> list[api.CallbackRow]:
    (day,) = checked(visit, call)
    return [_callback_row(day, found, hour) for hour, found in by_hour(_calls(visit, day))]


HANDLERS: Mapping[type, Handler] = {
    api.UserSummary: user_summary,
    api.UserCumulate: user_cumulate,
    api.Messages: messages,
    api.MessagesByHour: messages_by_hour,
    api.MessagesByWeek: messages_by_week,
    api.MessagesByMonth: messages_by_month,
    api.MessageCounts: message_counts,
    api.MessageCountsByWeek: message_counts_by_week,
    api.MessageCountsByMonth: message_counts_by_month,
    api.Callbacks: callbacks,
    api.CallbacksByHour: callbacks_by_hour,
}
