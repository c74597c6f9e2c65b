"""What is recommended, and why: the values of this room."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field, fields
from types import MappingProxyType

import msgspec
import pyarrow as pa

from jianwei.common.results import Reason, Rows
from jianwei.errors import UsageError
from jianwei.query._base import check, setting
from jianwei.query.shape import typed

__all__ = ["RECOMMENDATIONS", "WEIGHTS", "Choice", "Learning", "Recommendation", "Recommendations", "Whom", "as_rows"]

REASONS = pa.list_(pa.struct([("code", pa.string()), ("values", pa.string())]))
RECOMMENDATIONS = pa.schema(
    [
        ("person_id", pa.string()),
        ("person", pa.string()),
        ("rank", pa.int32()),
        ("item_id", pa.string()),
        ("name", pa.string()),
        ("score", pa.float32()),
        ("reasons", REASONS),
    ]
)

WEIGHTS: Mapping[str, float] = MappingProxyType(
    {"buy": 4.0, "cart": 2.0, "fav": 2.0, "share": 2.0, "rate": 2.0, "click": 1.0, "view": 1.0}
)
"""How much each kind of event says that somebody likes an item. Events of other names say nothing of it."""


@dataclass(frozen=True, slots=True)
class Whom:
    """Whom recommendations are for: an id, and the name to show."""

    id: str
    name: str


@dataclass(frozen=True, slots=True)
class Recommendation:
    """One item that is recommended.

    Attributes:
        rank: 1 is the best.
        score: what it was ranked by; comparable within one answer and one kind of reason only.
        reasons: why, the strongest first; their words are `recommend.reason.<code>`.
    """

    item_id: str
    name: str
    score: float
    rank: int
    reasons: tuple[Reason, ...] = ()


@dataclass(frozen=True)
class Recommendations(Rows):
    """Rows: person_id and person (null where nobody was asked about), rank, item_id, name, score, reasons (code, and its figures as JSON).

    Attributes:
        notes: what holds for all of them (nothing is known of the person, no orders to learn from, …); words are `recommend.note.<code>`.
    """

    notes: tuple[Reason, ...] = ()

    @property
    def picks(self) -> tuple[Recommendation, ...]:
        """The rows as values."""
        return tuple(
            Recommendation(
                row["item_id"],
                row["name"],
                row["score"],
                row["rank"],
                tuple(Reason(one["code"], msgspec.json.decode(one["values"])) for one in row["reasons"]),
            )
            for row in self
        )


@dataclass(frozen=True, slots=True, kw_only=True)
class Learning:
    """What is learned from, and how: a model is kept for each of these settings.

    Attributes:
        weights: event name → how much it says that somebody likes the item; see `WEIGHTS`.
        left_out: ids of people whose data are not used, and to whom nothing is recommended.
    """

    weights: Mapping[str, float] = field(default_factory=lambda: WEIGHTS)
    left_out: frozenset[str] = frozenset()
    days: int = setting(30, "days that count as lately", minimum=1, maximum=3650)
    min_rows: int = setting(3, "baskets or people that a statement must rest on", minimum=1)
    alpha: float = setting(0.05, "share of false rules to allow", minimum=1e-12, maximum=1.0)

    def __post_init__(self) -> None:
        check(self)
        if wrong := [name for name, weight in self.weights.items() if not 0 <= weight < float("inf")]:
            raise UsageError("weights", f"{wrong[0]} has {self.weights[wrong[0]]}", "give numbers from 0 on")
        if not any(self.weights.values()):
            raise UsageError("weights", "no event says anything", 'give one a weight, such as {"buy": 4}')

    @property
    def settings(self) -> str:
        """All settings as JSON, always in the same order. Who is left out is not told: see `kept.key_of`."""
        plain = {one.name: getattr(self, one.name) for one in fields(self) if one.name not in ("left_out", "weights")}
        return msgspec.json.encode({**plain, "weights": dict(sorted(self.weights.items()))}, order="sorted").decode()


@dataclass(frozen=True, slots=True, kw_only=True)
class Choice:
    """What may be recommended.

    Attributes:
        out_of_stock: ids of items that cannot be had; items that say so themselves need not be named.
        categories: only items of these; empty for all.
        repeats: recommend what the person bought before: "no", "yes", or "often" (only what is usually bought again).
    """

    out_of_stock: frozenset[str] = frozenset()
    categories: frozenset[str] = frozenset()
    repeats: str = setting("no", "recommend what was bought before", choices=("no", "often", "yes"))

    def __post_init__(self) -> None:
        check(self)


def as_rows(picks: tuple[Recommendation, ...], whom: Whom | None = None) -> pa.Table:
    """Recommendations as a table in `RECOMMENDATIONS`."""
    return typed(
        RECOMMENDATIONS,
        person_id=[whom and whom.id] * len(picks),
        person=[whom and whom.name] * len(picks),
        rank=[one.rank for one in picks],
        item_id=[one.item_id for one in picks],
        name=[one.name for one in picks],
        score=[one.score for one in picks],
        reasons=[
            [{"code": r.code, "values": msgspec.json.encode(r.values).decode()} for r in one.reasons] for one in picks
        ],
    )
