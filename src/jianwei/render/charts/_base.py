"""What a chart is: an ECharts option in plain JSON, and the table it was drawn from.

Words, colours and functions do not stand in an option themselves but as marks (`words`, `ink`, `function`), so that one option serves both
languages, light and dark, the page and the PNG file. A mark is a mapping and text from data is a string, so no nickname can be taken for one.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import pyarrow as pa

__all__ = ["Chart", "Json", "function", "ink", "words"]

Json = Any
"""A value of an option: str, int, float, bool, None, lists and string-keyed mappings of them."""


@dataclass(frozen=True, slots=True)
class Chart:
    """A picture and the table behind it.

    Attributes:
        key: name in files and anchors: ASCII letters, digits and hyphens, e.g. "volume-messages".
        title: `words` mark of its title.
        option: ECharts option with marks.
        table: rows behind the picture, in the schema that the question documents.
        height: pixels at ordinary width.
    """

    key: str
    title: Mapping[str, Json]
    option: Mapping[str, Json]
    table: pa.Table
    height: int = 320


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
