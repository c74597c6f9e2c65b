"""Figures that the platform counts itself, as rows of `metrics`."""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping, Sequence
from datetime import date, datetime, timedelta, timezone

import msgspec

from jianwei.records import key_id
from jianwei.sources._gathered import Gathered, Pulled
from jianwei.wechat.endpoints.tags import Tag

__all__ = ["figures_of", "tag_figures_of"]

BEIJING = timezone(timedelta(hours=8))

_SAID = ("user_source", "share_scene", "msg_type", "count_interval", "publish_type", "scene_desc", "position")
"""Fields that say what a figure is about; every other number is a figure."""
_LISTS = {"read_user_source": "read_user", "read_jump_position": "read_jump"}
_INNER = ("user_count", "rate")


def figures_of(series: str, answers: Sequence[msgspec.Struct], *, account: str) -> Pulled:
    """Rows of `metrics` for the answers of one statistics endpoint, and of `items` for the articles in them.

    A figure is named "<series>.<field>"; its time is the day (and hour) it is of, in Beijing; what it is about stands in attrs.
    """
    rows = Gathered(account)
    for answer in answers:
        plain = msgspec.to_builtins(answer)
        day = date.fromisoformat(plain["ref_date"])
        msgid = str(plain.get("msgid") or "")
        item = rows.item(f"article/{msgid}") if msgid else None
        if msgid:
            at = _day_us(day)
            title, url = plain.get("title") or None, plain.get("content_url") or None
            rows.add("items", at, item_id=item, key=f"article/{msgid}", title=title, category="article", url=url)
        for name, about, value in _walk(plain, {}):
            stat = date.fromisoformat(str(about["stat_date"])) if "stat_date" in about else day
            said = {k: v for k, v in about.items() if k not in ("stat_date", "ref_hour")}
            hour = int(str(about.get("ref_hour", 0))) // 100
            key = "/".join((series, name, str(day), str(stat), str(hour), msgid, json.dumps(said, sort_keys=True)))
            if stat != day:
                said["published"] = str(day)
            _figure(rows, f"{series}.{name}", stat, value, said, key=key, hour=hour, item=item)
    return rows.tables()


def _walk(
    plain: Mapping[str, object], about: Mapping[str, object]
) -> Iterator[tuple[str, Mapping[str, object], float]]:
    """(field, what it is about, value) of every number in an answer, nested ones too."""
    here = {**about, **{k: v for k, v in plain.items() if k in (*_SAID, "ref_hour", "stat_date")}}
    for name, value in plain.items():
        if isinstance(value, bool) or name in here:
            continue
        if isinstance(value, int | float):
            yield name, here, float(value)
        elif isinstance(value, Mapping):
            yield from _walk(value, here)
        elif isinstance(value, list):
            for one in value:
                for inner, said, number in _walk(one, here) if isinstance(one, Mapping) else ():
                    yield (_LISTS.get(name, inner) if inner in _INNER else inner), said, number


def _day_us(day: date) -> int:
    return int(datetime(day.year, day.month, day.day, tzinfo=BEIJING).timestamp()) * 1_000_000


def _figure(
    rows: Gathered, name: str, day: date, value: float, about: Mapping[str, object], *, key: str, hour: int = 0,
    item: str | None = None,
) -> None:  # fmt: skip
    identity = key_id("n:", rows.account, "metric", key)
    at = _day_us(day) + hour * 3_600_000_000
    rows.add("metrics", at, metric_id=identity, name=name, item_id=item, value=float(value), attrs=about)


def tag_figures_of(tags: Sequence[Tag], *, account: str, day: date) -> Pulled:
    """Rows of `metrics`: how many bear each tag on a day."""
    rows = Gathered(account)
    for tag in tags:
        if tag.count is not None:
            _figure(rows, "tag.count", day, tag.count, {"tag": tag.name, "id": tag.id}, key=f"tag/{tag.id}/{day}")
    return rows.tables()
