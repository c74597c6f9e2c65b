"""What an analysis is made of: a question (a value with settings) and a reader (pinned tables and somebody who computes)."""

from __future__ import annotations

from dataclasses import dataclass, field, fields
from typing import Any, ClassVar, Protocol, TypeVar

import ibis
import pyarrow as pa

from jianwei.common.results import Rows, Unavailable
from jianwei.errors import UsageError

__all__ = ["ModelId", "Question", "Reader", "check", "setting"]

ResultT_co = TypeVar("ResultT_co", bound=Rows, covariant=True)


@dataclass(frozen=True, slots=True)
class ModelId:
    """Which model's annotations are current for a task."""

    model: str
    version: str


class Reader(Protocol):
    """Tables pinned to one snapshot, already restricted to the inputs that an answer covers.

    `table` gives a canonical table (see `records.TABLES`) as an ibis expression in its canonical schema, typed and empty when nothing
    was stored; `execute` computes an expression to Arrow; `current` says which model's annotations count for a task, None when
    no model has answered it; `zone` is the zone of days and hours.
    """

    @property
    def zone(self) -> str: ...

    def table(self, name: str) -> ibis.Table: ...

    def execute(self, expression: ibis.Table) -> pa.Table: ...

    def current(self, task: str) -> ModelId | None: ...


class Question(Protocol[ResultT_co]):
    """A frozen dataclass of settings with one function to a typed result.

    Class attributes: `tables`, the canonical tables it reads; `tasks`, the annotation tasks it reads. Every field is made with
    `setting`, so that command line, REST, forms and MCP can be generated from it.
    """

    tables: ClassVar[tuple[str, ...]]
    tasks: ClassVar[tuple[str, ...]]

    def compute(self, reader: Reader) -> ResultT_co | Unavailable: ...


def setting(
    default: Any,
    help: str,  # the field's usual name for it
    *,
    minimum: float | None = None,
    maximum: float | None = None,
    choices: tuple[str, ...] | None = None,
) -> Any:
    """A dataclass field with its one-line help and its bounds (inclusive).

    >>> from dataclasses import dataclass
    >>> @dataclass(frozen=True, kw_only=True)
    ... class Top:
    ...     limit: int = setting(10, "rows to show", minimum=1)
    ...     def __post_init__(self) -> None:
    ...         check(self)
    >>> Top(limit=0)
    Traceback (most recent call last):
        ...
    jianwei.errors.UsageError: Top.limit: 0 is below the minimum 1.
    """
    return field(default=default, metadata={"help": help, "minimum": minimum, "maximum": maximum, "choices": choices})


def check(question: Any) -> None:
    """Compare every setting of a question with its bounds; call it from `__post_init__`.

    Raises:
        UsageError: names the setting, the value and the bound.
    """
    for item in fields(question):
        value, bounds = getattr(question, item.name), item.metadata
        where = f"{type(question).__name__}.{item.name}"
        if value is None or not bounds:
            continue
        if bounds["minimum"] is not None and value < bounds["minimum"]:
            raise UsageError(where, f"{value} is below the minimum {bounds['minimum']:g}")
        if bounds["maximum"] is not None and value > bounds["maximum"]:
            raise UsageError(where, f"{value} is above the maximum {bounds['maximum']:g}")
        if bounds["choices"] is not None and value not in bounds["choices"]:
            raise UsageError(where, f"{value!r} is not one of {', '.join(bounds['choices'])}")
