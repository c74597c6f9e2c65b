"""Lines people say, and the scenes they say them in, as written in the package's TOML files.

Grammar of a line: `{fact}` is filled in; `(a/b/c)` takes one of its parts, `(/a)` makes a part optional; `|` starts a new message;
a message `<image>`, `<sticker>`, `<link:title>`, `<red_packet:words>` or `<transfer:words>` is no text but that kind of message;
`{@a}` mentions a member.
"""

from __future__ import annotations

import re
import tomllib
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from functools import cache
from importlib.resources import files
from typing import Any

from jianwei.sandbox.population.dice import Dice
from jianwei.sandbox.population.shop import Mood

__all__ = ["Act", "Scene", "fill", "group_scenes", "load", "private_scenes", "timely", "vary"]

_CHOICE = re.compile(r"\(([^()]*)\)")
_SLOT = re.compile(r"\{(@?\w+)\}")

# Words that are only said at certain hours: a line that contains one waits for them.
_HOURS = {
    "早安": range(5, 10),
    "早上": range(6, 12),
    "今早": range(9, 18),
    "早茶": range(6, 11),
    "晨间": range(6, 11),
    "一天的开始": range(5, 11),
    "昨晚": range(7, 13),
    "中午": range(10, 14),
    "四点前": range(8, 15),
    "下午发": range(8, 15),
    "今晚": range(8, 19),
    "晚上试": range(8, 20),
    "晚上再聊": range(8, 17),
}


@dataclass(frozen=True, slots=True)
class Act:
    """What one speaker may say at one point.

    Attributes:
        lines: groups of lines. An act that answers another (`to`) has one group for each line of that act; any other act has one
            line in each group.
        own: numbers of the lines that only one kind of customer says.
        to: name of the act that is answered, or "".
    """

    name: str
    by: str
    mood: Mood
    lines: tuple[tuple[str, ...], ...]
    own: Mapping[str, tuple[int, ...]]
    to: str

    def choose(self, kind: str, hour: int, said: Mapping[str, int], dice: Dice) -> tuple[int, str]:
        """Number and text of a line that fits the hour; a kind's own lines count double.

        Args:
            said: the numbers of the lines that earlier acts of this talk chose.
        """
        if self.to in said:
            number = said[self.to]
            return number, dice.pick([line for line in self.lines[number] if timely(line, hour)] or self.lines[number])
        closed = {number for other, numbers in self.own.items() if other != kind for number in numbers}
        open_to = [number for number in range(len(self.lines)) if number not in closed] + list(self.own.get(kind, ()))
        number = dice.pick([number for number in open_to if timely(self.lines[number][0], hour)] or open_to)
        return number, dice.pick(self.lines[number])


@dataclass(frozen=True, slots=True)
class Scene:
    """A talk with several possible courses.

    Attributes:
        moment: when in a customer's life it can happen ("" in groups).
        fits: groups or categories of goods it can be about; empty for any.
        chance: weight by kind of customer (private) or by group.
        flows: the acts of each course, in order.
        need: the customer describes a need and the shop names the goods.
        owned: the first speaker must own the goods.
        incident: part of the bad days.
        hours: hours of the day it starts in (groups).
    """

    name: str
    moment: str
    fits: tuple[str, ...]
    chance: Mapping[str, float]
    flows: tuple[tuple[Act, ...], ...]
    need: bool = False
    owned: bool = False
    incident: bool = False
    hours: tuple[int, ...] = ()


@cache
def load(name: str) -> Mapping[str, Any]:
    """The package's data file `name`.toml."""
    text = files("jianwei.sandbox.population").joinpath("data", f"{name}.toml").read_text("utf-8")
    return tomllib.loads(text)


def _act(name: str, table: Mapping[str, Any]) -> Act:
    lines = [tuple(entry) if isinstance(entry, list) else (entry,) for entry in table["lines"]]
    own = {}
    for kind in (key for key in table if key in ("bargain", "loyal", "gift")):
        own[kind] = tuple(range(len(lines), len(lines) + len(table[kind])))
        lines += [(line,) for line in table[kind]]
    return Act(name, table["by"], table["mood"], tuple(lines), own, table.get("to", ""))


def _scene(name: str, table: Mapping[str, Any], common: Mapping[str, Act]) -> Scene:
    acts = {
        **common,
        **{key: _act(key, value) for key, value in table.items() if isinstance(value, dict) and "lines" in value},
    }
    return Scene(
        name,
        table.get("moment", ""),
        tuple(table.get("fits", ())),
        table["chance"],
        tuple(tuple(acts[act] for act in flow.split()) for flow in table["flows"]),
        table.get("need", False),
        table.get("owned", False),
        table.get("incident", False),
        tuple(table.get("hours", ())),
    )


def _scenes(*names: str) -> Iterator[Scene]:
    common = {key: _act(key, value) for key, value in load("common").items()}
    for name in names:
        for key, table in load(name).items():
            yield _scene(key, table, common)


@cache
def private_scenes() -> tuple[Scene, ...]:
    """Every scene between a customer and the shop."""
    return tuple(_scenes("presale", "aftersale", "smalltalk", "incident"))


@cache
def group_scenes() -> tuple[Scene, ...]:
    """Every scene among members of a group."""
    return tuple(_scenes("groups"))


def timely(line: str, hour: int) -> bool:
    """Whether a line can be said at that hour of the day.

    >>> timely("早，今天店里忙不", 8), timely("早，今天店里忙不", 20)
    (True, False)
    """
    if line.startswith("早") and hour not in range(5, 11):
        return False
    return all(hour in hours for word, hours in _HOURS.items() if word in line)


def vary(line: str, dice: Dice) -> str:
    """One of the readings of a line, facts still open.

    >>> vary("(好/好)的{item}", Dice(1))
    '好的{item}'
    """
    return _CHOICE.sub(lambda match: dice.pick(match[1].split("/")), line)


def fill(line: str, facts: Mapping[str, str]) -> str:
    """The line with its facts.

    >>> fill("{item}到了", {"item": "盖碗"})
    '盖碗到了'
    """
    return _SLOT.sub(lambda match: facts[match[1]], line)
