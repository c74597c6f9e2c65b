"""What happens on an account, from which its statistics are counted: noted by whoever makes it happen, invented for other days."""

from __future__ import annotations

import random
from bisect import bisect_left
from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import date, datetime, timedelta, timezone
from typing import Literal, TypeAlias

from jianwei.sandbox.platform.world import App, Visit

__all__ = ["ALL_SOURCES", "Daily", "Happened", "SentArticle", "What", "day_of", "followed", "on", "started"]

BEIJING = timezone(timedelta(hours=8))
ALL_SOURCES = 99999999
What: TypeAlias = Literal[
    "follow", "leave", "read", "original", "share", "favourite", "recommend", "like", "comment", "message", "call"
]
_SOURCES = {
    "ADD_SCENE_SEARCH": 1,
    "ADD_SCENE_PROFILE_CARD": 17,
    "ADD_SCENE_QR_CODE": 30,
    "ADD_SCENE_PAID": 51,
    "ADD_SCENE_PROFILE_LINK": 57,
    "ADD_SCENE_WECHAT_ADVERTISEMENT": 100,
    "ADD_SCENE_MINI_PROGRAM": 149,
    "ADD_SCENE_REPRINT": 161,
    "ADD_SCENE_CHANNELS": 200,
    "ADD_SCENE_LIVESTREAM": 201,
}


@dataclass(frozen=True, slots=True)
class Happened:
    """Something that somebody did.

    Attributes:
        at: seconds since the epoch.
        code: where a follower or reader came from, where a share went to, or the type of a message.
        msgid: the article ("…_1").
        took, failed: milliseconds of a call of the webhook, and whether it was in vain.
    """

    what: What
    at: int
    openid: str = ""
    code: int = 0
    msgid: str = ""
    took: int = 0
    failed: bool = False


@dataclass(frozen=True, slots=True)
class SentArticle:
    """An article that was published; `notified` tells whether followers were told."""

    msgid: str
    title: str
    at: int
    notified: bool = True
    url: str = ""


@dataclass(slots=True)
class Daily:
    """Kept by `App.of`. Days on which nobody noted anything are invented from the seed, the day and the followers of then.

    Attributes:
        articles: what was published, by msgid.
        invent: whether to invent; without it such days are empty.

    >>> daily = Daily()
    >>> daily.note("message", 1_772_380_800, "o1", code=1)
    >>> [(str(day), len(events)) for day, events in daily.days.items()]
    [('2026-03-02', 1)]
    """

    days: dict[date, list[Happened]] = field(default_factory=dict)
    articles: dict[str, SentArticle] = field(default_factory=dict)
    invent: bool = True

    def note(
        self,
        what: What,
        at: int,
        openid: str = "",
        *,
        code: int = 0,
        msgid: str = "",
        took: int = 0,
        failed: bool = False,
    ) -> None:
        """Something happened."""
        self.days.setdefault(day_of(at), []).append(Happened(what, at, openid, code, msgid, took, failed))

    def publish(self, article: SentArticle) -> None:
        """An article was published."""
        self.articles[article.msgid] = article


def day_of(at: int) -> date:
    """The day in Beijing of a second since the epoch."""
    return datetime.fromtimestamp(at, BEIJING).date()


def started(day: date) -> int:
    """The second in which a day begins in Beijing.

    >>> day_of(started(date(2026, 3, 2)))
    datetime.date(2026, 3, 2)
    """
    return int(datetime(day.year, day.month, day.day, tzinfo=BEIJING).timestamp())


def followed(app: App, until: int) -> Iterator[list[Happened]]:
    """Everybody's coming and going before `until`, in order.

    A follower whose coming nobody noted came at their `subscribed_at` by their `scene`; one whose going nobody noted went an hour later.
    """
    paths: dict[str, list[Happened]] = {}
    for events in app.of(Daily).days.values():
        for one in events:
            if one.what in ("follow", "leave"):
                paths.setdefault(one.openid, []).append(one)
    for openid, follower in app.followers.items():
        path = paths.setdefault(openid, [])
        if all(one.what == "leave" or one.at != follower.subscribed_at for one in path):
            path.append(Happened("follow", follower.subscribed_at, openid, _SOURCES.get(follower.scene, 0)))
        if not follower.subscribed and all(one.at < follower.subscribed_at or one.what == "follow" for one in path):
            path.append(Happened("leave", follower.subscribed_at + 3_600, openid))
    for path in paths.values():
        yield sorted((one for one in path if one.at < until), key=lambda one: one.at)


def on(visit: Visit, day: date) -> list[Happened]:
    """What happened on a day beside coming and going."""
    daily = visit.app.of(Daily)
    noted = [one for one in daily.days.get(day, ()) if one.what not in ("follow", "leave")]
    return noted if noted or not daily.invent else list(_invented(visit, daily, day))


def _invented(visit: Visit, daily: Daily, day: date) -> Iterator[Happened]:
    begin = started(day)
    dice = random.Random(f"{visit.platform.seed}/{visit.app.app_id}/{day}")  # noqa: S311 - the same in every run
    fresh = [a for a in daily.articles.values() if begin - 6 * 86_400 <= a.at < begin + 86_400]
    for follower in visit.app.followers.values():
        if not follower.subscribed or follower.subscribed_at >= begin:
            continue
        for article in fresh:
            age = (begin + 86_400 - article.at) // 86_400
            if dice.random() < 0.45 / 2**age:
                yield from _reading(dice, follower.openid, article, max(begin, article.at), begin + 86_400)
        if dice.random() < 0.06:
            for _ in range(dice.choice((1, 1, 2, 3, 7, 12))):
                at = begin + _hour(dice) * 3_600 + dice.randrange(3_600)
                yield Happened("message", at, follower.openid, dice.choice((1, 1, 1, 1, 2, 3)))
                yield Happened("call", at, follower.openid, took=dice.randrange(40, 900), failed=dice.random() < 0.01)


def _reading(dice: random.Random, openid: str, article: SentArticle, begin: int, end: int) -> Iterator[Happened]:
    at = dice.randrange(begin, end)
    source = dice.choices((0, 1, 2, 4, 5, 6, 7), (45, 12, 20, 6, 4, 8, 5))[0]
    for _ in range(dice.choice((1, 1, 1, 2))):
        yield Happened("read", at, openid, source, article.msgid)
    what: What
    for what, chance in (
        ("original", 0.1),
        ("favourite", 0.05),
        ("like", 0.12),
        ("recommend", 0.06),
        ("comment", 0.02),
    ):
        if dice.random() < chance:
            yield Happened(what, at, openid, source, article.msgid)
    if dice.random() < 0.15:
        yield Happened("share", at, openid, dice.choice((1, 1, 2, 2, 255)), article.msgid)


_HOURS = (1, 1, 0, 0, 0, 1, 3, 6, 8, 8, 7, 7, 9, 7, 6, 6, 6, 6, 7, 9, 11, 11, 8, 4)
_STEPS = tuple(sum(_HOURS[: hour + 1]) for hour in range(24))


def _hour(dice: random.Random) -> int:
    return bisect_left(_STEPS, dice.randint(1, _STEPS[-1]))
