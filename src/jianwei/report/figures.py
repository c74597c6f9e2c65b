"""Figures as people read them, the same in every language."""

from __future__ import annotations

from datetime import UTC, datetime
from decimal import Decimal
from typing import TYPE_CHECKING
from zoneinfo import ZoneInfo

from jianwei.common.stats import wilson

if TYPE_CHECKING:
    from jianwei.report._base import Message

__all__ = ["about", "count", "interval", "local_time", "money", "number", "odds", "seconds", "share"]


def count(value: float) -> str:
    """A whole number with separators.

    >>> count(1234567)
    '1,234,567'
    """
    return f"{value:,.0f}"


def about(value: float) -> str:
    """A number of things that was worked out, not counted.

    >>> about(87.5), about(8.24)
    ('88', '8.2')
    """
    return count(value) if abs(value) >= 10 else number(value)


def number(value: float) -> str:
    """A number with as many digits as matter.

    >>> number(3), number(0.0312), number(1234.5), number(float("inf"))
    ('3', '0.031', '1,234', '∞')
    """
    if value - value != 0:
        return "∞" if value > 0 else "–"
    if value == int(value) or abs(value) >= 1000:
        return f"{value:,.0f}"
    return f"{value:.1f}" if abs(value) >= 10 else f"{value:.2g}"


def money(value: Decimal | float) -> str:
    """An amount with two decimals.

    >>> money(Decimal("2500315.63"))
    '2,500,315.63'
    """
    return f"{value:,.2f}"


def share(value: float) -> str:
    """A share as a percentage.

    >>> share(0.41), share(0.0791), share(0.0004), share(0.0)
    ('41%', '7.9%', '<0.1%', '0%')
    """
    part = value * 100
    if 0 < part < 0.1:
        return "<0.1%"
    return f"{part:.0f}%" if part >= 10 else f"{part:.1f}%".replace(".0%", "%")


def interval(rows: int, total: int) -> tuple[str, str]:
    """The bounds of a share's 95 % interval, as percentages.

    >>> interval(3, 200)
    ('0.5%', '4.3%')
    """
    low, high = wilson([rows], [total])
    return share(float(low[0])), share(float(high[0]))


def seconds(value: float) -> Message:
    """A length of time in its largest unit.

    >>> seconds(5400).key, seconds(5400).values["n"]
    ('charts.unit.hour', '1.5')
    """
    from jianwei.report._base import Message

    for size, unit in ((86_400, "day"), (3_600, "hour"), (60, "minute")):
        if value >= size:
            return Message(f"charts.unit.{unit}", {"n": number(round(value / size, 1))})
    return Message("charts.unit.second", {"n": number(round(value, 1))})


def odds(p_value: float, *, relation: bool = False) -> str:
    """How rarely chance alone does it: a probability, never written as zero; with `relation` as it follows the letter p.

    >>> odds(0.00004), odds(0.03), odds(1e-40), odds(0.03, relation=True)
    ('0.00004', '0.03', '<0.000001', '= 0.03')
    """
    if p_value < 1e-6:
        return "< 0.000001" if relation else "<0.000001"
    text = f"{p_value:.6f}".rstrip("0") if p_value < 1e-4 else f"{p_value:.2g}"
    return f"= {text}" if relation else text


def local_time(ts_us: int, zone: str, *, day: bool = False) -> str:
    """An instant on the local clock, to the minute, or only its day.

    >>> local_time(0, "Asia/Shanghai"), local_time(0, "Asia/Shanghai", day=True)
    ('1970-01-01 08:00', '1970-01-01')
    """
    local = datetime.fromtimestamp(ts_us / 1_000_000, UTC).astimezone(ZoneInfo(zone))
    return local.strftime("%Y-%m-%d" if day else "%Y-%m-%d %H:%M")
