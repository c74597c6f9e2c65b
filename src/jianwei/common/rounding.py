"""Figures as people write them: single precision and clocks tell more digits than anybody measured."""

from __future__ import annotations

from typing import Any

__all__ = ["rounded"]

_TIMES = frozenset(("start", "end", "second", "seconds", "spoken", "delay", "took"))
_PIXELS = frozenset(("box", "corners", "points"))


def rounded(value: Any, name: str = "") -> Any:
    """A value of JSON with its fractions rounded: times to milliseconds, places to tenths of a pixel, all others to four digits.

    Args:
        value: what `json.loads` gives.
        name: of the field that it stands in.

    >>> rounded({"score": 0.30000001192, "start": 1.365625, "box": [17.5135154, 2.0], "rows": 3})
    {'score': 0.3, 'start': 1.366, 'box': [17.5, 2.0], 'rows': 3}
    """
    match value:
        case float():
            return round(value, 3 if name in _TIMES else 1 if name in _PIXELS else 4)
        case dict():
            return {key: rounded(inner, key) for key, inner in value.items()}
        case list() | tuple():
            return [rounded(inner, name) for inner in value]
        case _:
            return value
