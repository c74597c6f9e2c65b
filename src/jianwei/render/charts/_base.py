"""What a chart is: an ECharts option in plain JSON, and the table it was drawn from.

Words, colours and functions do not stand in an option themselves but as marks (`words`, `ink`, `function`), so that one option
serves both languages, light and dark, the page and the PNG file. A mark is a mapping and text from data is a string, so no nickname
can be taken for one.
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass
from math import isfinite
from typing import Any

import pyarrow as pa

__all__ = ["Chart", "Json", "function", "ink", "to_json", "words"]

Json = Any
"""A value of an option: str, int, float, bool, None, lists and string-keyed mappings of them."""


@dataclass(frozen=True, slots=True)
class Chart:
    """A picture and the table behind it.

    Attributes:
        key: name in files and anchors: ASCII letters, digits and hyphens, e.g. "volume-messages". Its title is `charts.title.<key>`.
        option: ECharts option with marks.
        table: rows behind the picture, in the schema that the question documents.
        height: pixels at ordinary width.
    """

    key: str
    option: Mapping[str, Json]
    table: pa.Table
    height: int = 320

    @property
    def title_key(self) -> str:
        """Key of the title's words."""
        return f"charts.title.{self.key}"


def words(key: str, /, **values: Json) -> dict[str, Json]:
    """The mark for words of the reader's language; `key` is looked up in `locale/<language>/charts.toml`.

    >>> words("volume.axis")
    {'$t': 'charts.volume.axis'}
    """
    return {"$t": f"charts.{key}", **values}


def ink(role: str) -> dict[str, Json]:
    """The mark for a colour of the palette.

    >>> ink("negative")
    {'$c': 'negative'}
    """
    return {"$c": role}


def function(name: str, /, **settings: Json) -> dict[str, Json]:
    """The mark for a function of the charts' script: "compact", "full", "percent", "duration", "times" or "word".

    >>> function("percent")
    {'$f': 'percent'}
    """
    return {"$f": name, **settings}


def to_json(value: Json) -> str:
    """A value of an option as JSON: floats with seven digits, which is beyond what a screen shows; NaN and infinities as null.

    >>> to_json([1 / 3, float("nan"), {"名": 1}])
    '[0.3333333,null,{"名":1}]'
    """
    return json.dumps(_plain(value), ensure_ascii=False, separators=(",", ":"), allow_nan=False)


def _plain(value: Json) -> Json:
    if isinstance(value, Mapping):
        return {name: _plain(member) for name, member in value.items()}
    if isinstance(value, list | tuple):
        return [_plain(member) for member in value]
    if isinstance(value, float):
        return float(f"{value:.7g}") if isfinite(value) else None
    return value
