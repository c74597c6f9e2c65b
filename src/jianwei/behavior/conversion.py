"""How many of those who looked also put into the cart, and bought."""

from __future__ import annotations

from dataclasses import dataclass
from itertools import pairwise
from typing import Any, ClassVar

import ibis.expr.types as ir
import pyarrow as pa

from jianwei.common.results import Reason, Rows, Unavailable
from jianwei.errors import UsageError
from jianwei.query._base import Reader, check, setting
from jianwei.query.shape import shares, typed
from jianwei.query.views import events
from jianwei.records import EVENT_NAMES

__all__ = ["CONVERSION_SCHEMA", "USUAL_STEPS", "Conversion", "ConversionResult"]

USUAL_STEPS = ("view", "cart", "fav", "buy")
CONVERSION_SCHEMA = pa.schema(
    [
        ("step", pa.string()),
        ("people", pa.int64()),
        ("events", pa.int64()),
        ("share_of_first", pa.float64()),
        ("share_of_previous", pa.float64()),
        ("pairs", pa.int64()),
        ("pair_share", pa.float64()),
    ]
)


@dataclass(frozen=True)
class ConversionResult(Rows):
    """Rows in the order of the steps: step, people (who did it at all), events, share_of_first (of those who did the first step,
    who also did this one), share_of_previous (likewise, null for the first step), pairs (of a person and an item for which it
    happened), pair_share (of the first step's pairs, those for which this step happened too).

    Order in time is not looked at: that is a funnel's question.
    """


@dataclass(frozen=True, kw_only=True)
class Conversion:
    """How many people did each step at all, and for how many things."""

    tables: ClassVar[tuple[str, ...]] = ("events",)
    tasks: ClassVar[tuple[str, ...]] = ()

    steps: tuple[str, ...] = setting((), "names of events; default those of view, cart, fav, buy that there are")

    def __post_init__(self) -> None:
        check(self)
        if unknown := [step for step in self.steps if step not in EVENT_NAMES]:
            raise UsageError("Conversion.steps", f"{unknown[0]!r} is no event", f"choose from {', '.join(EVENT_NAMES)}")
        if len(set(self.steps)) < len(self.steps):
            raise UsageError("Conversion.steps", "a step is named twice", "name each step once")

    def compute(self, reader: Reader) -> ConversionResult | Unavailable:
        rows = events(reader)
        rows = rows.filter(rows.person_id.notnull())
        counted = reader.execute(rows.group_by("name").aggregate(rows=rows.count()))
        present = dict(zip(counted["name"].to_pylist(), counted["rows"].to_pylist(), strict=True))
        steps = self.steps or tuple(step for step in USUAL_STEPS if step in present)
        if len(steps) < 2:
            return Unavailable(Reason("few_steps", {"steps": ", ".join(steps), "needed": 2}))
        by_person = _together(reader, rows, steps, "person_id")
        by_pair = _together(reader, rows.filter(rows.item_id.notnull()), steps, "person_id", "item_id")
        first = steps[0]
        people = [by_person[step, step] for step in steps]
        after = [by_person[pair] for pair in pairwise(steps)]
        table = typed(
            CONVERSION_SCHEMA,
            step=steps,
            people=people,
            events=[present.get(step, 0) for step in steps],
            share_of_first=shares([by_person[first, step] for step in steps], people[0]),
            share_of_previous=[None, *(shares([n], whole)[0] for n, whole in zip(after, people[:-1], strict=True))],
            pairs=[by_pair[step, step] for step in steps],
            pair_share=shares([by_pair[first, step] for step in steps], by_pair[first, first]),
        )
        return ConversionResult(table)


def _together(reader: Reader, rows: ir.Table, steps: tuple[str, ...], *keys: str) -> dict[tuple[str, str], int]:
    """For the first step and each other, and for each two that follow one another: how many keys did both."""
    did = rows.group_by(*keys).aggregate(**{f"did_{n}": (rows.name == step).any() for n, step in enumerate(steps)})
    couples = {(a, b) for b in range(len(steps)) for a in (0, b - 1, b) if a >= 0}
    figures: dict[str, Any] = {f"n_{a}_{b}": (did[f"did_{a}"] & did[f"did_{b}"]).sum() for a, b in sorted(couples)}
    (found,) = reader.execute(did.aggregate(**figures)).to_pylist()
    return {(steps[a], steps[b]): int(found[f"n_{a}_{b}"] or 0) for a, b in couples}
