"""Areas of a client (`client.tags`) and their methods, declared once for both clients.

A method is made from a request class: its arguments are the request's fields, its answer is the request's answer, given at once by a
`Client` and awaited from an `AsyncClient`. Type checkers see both.
"""

from __future__ import annotations

import inspect
from collections.abc import AsyncIterator, Awaitable, Callable, Generator, Iterator, Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from typing import Any, Generic, ParamSpec, Protocol, TypeAlias, TypeVar, overload

import msgspec

from jianwei.errors import UsageError
from jianwei.wechat.request import Paged, Ranged, Request

__all__ = [
    "Area",
    "Async",
    "Caller",
    "Flow",
    "Mode",
    "Pause",
    "Sync",
    "flow",
    "in_order",
    "method",
    "pages",
    "parts_of",
    "ranged",
]

P = ParamSpec("P")
R = TypeVar("R")
T = TypeVar("T")


class Sync:
    """Marks areas of a `Client`."""


class Async:
    """Marks areas of an `AsyncClient`."""


Mode = TypeVar("Mode", Sync, Async)


@dataclass(frozen=True, slots=True)
class Pause:
    """A step of a flow: wait so many seconds."""

    seconds: float


Flow: TypeAlias = Generator[Request[Any] | Pause, Any, R]
"""Several calls that belong together: yields requests and pauses, is sent the answers, returns a result. One text for both clients."""


class Caller(Protocol):
    """What an area needs of its client. The answers of an asynchronous one are awaitables and asynchronous iterators."""

    def call(self, request: Request[R], /) -> Any: ...

    def run(self, steps: Flow[R], /) -> Any: ...

    def iterate(self, request: Paged[Any, T], /) -> Any: ...


class Area(Generic[Mode]):
    """A group of methods of a client."""

    def __init__(self, caller: Caller) -> None:
        self._caller = caller


class _Bound:
    """A method of one client: callable, with the signature and help of what it was made from."""

    def __init__(self, made_from: Callable[..., Any], call: Callable[..., Any]) -> None:
        self.__doc__ = made_from.__doc__
        self.__name__ = made_from.__name__
        self.__signature__ = inspect.signature(made_from)
        self.__wrapped__ = made_from
        self._call = call

    def __call__(self, *args: Any, **kwargs: Any) -> Any:
        return self._call(*args, **kwargs)

    def __repr__(self) -> str:
        shown = ", ".join(self.__signature__.parameters)
        return f"<{self.__name__}({shown})>"


class _Method(Generic[P, R]):
    def __init__(self, made_from: Callable[P, Any], how: str) -> None:
        self.made_from, self._how = made_from, how

    @overload
    def __get__(self, area: Area[Sync], owner: type[Any]) -> Callable[P, R]: ...
    @overload
    def __get__(self, area: Area[Async], owner: type[Any]) -> Callable[P, Awaitable[R]]: ...
    @overload
    def __get__(self, area: None, owner: type[Any]) -> _Method[P, R]: ...
    def __get__(self, area: Area[Any] | None, owner: type[Any]) -> Any:
        return self if area is None else _bound(area, self.made_from, self._how)


class _Pages(Generic[P, T]):
    def __init__(self, made_from: Callable[P, Any]) -> None:
        self.made_from = made_from

    @overload
    def __get__(self, area: Area[Sync], owner: type[Any]) -> Callable[P, Iterator[T]]: ...
    @overload
    def __get__(self, area: Area[Async], owner: type[Any]) -> Callable[P, AsyncIterator[T]]: ...
    @overload
    def __get__(self, area: None, owner: type[Any]) -> _Pages[P, T]: ...
    def __get__(self, area: Area[Any] | None, owner: type[Any]) -> Any:
        return self if area is None else _bound(area, self.made_from, "iterate")


def _bound(area: Area[Any], made_from: Callable[..., Any], how: str) -> _Bound:
    act = getattr(area._caller, how)
    return _Bound(made_from, lambda *args, **kwargs: act(made_from(*args, **kwargs)))


def method(request: Callable[P, Request[R]]) -> _Method[P, R]:
    """A method that makes one call."""
    return _Method(request, "call")


def pages(request: Callable[P, Paged[Any, T]]) -> _Pages[P, T]:
    """A method that iterates over the rows of all pages, fetching them as they are needed."""
    return _Pages(request)


def flow(steps: Callable[P, Flow[R]]) -> _Method[P, R]:
    """A method that makes several calls."""
    return _Method(steps, "run")


def ranged(request: Callable[P, Ranged[T]]) -> _Method[P, list[T]]:
    """A method that asks for any number of days: split into the spans that the platform allows, answers joined."""

    def steps(*args: P.args, **kwargs: P.kwargs) -> Flow[list[T]]:
        rows: list[T] = []
        asked = request(*args, **kwargs)
        _check_days(asked)
        for part in parts_of(asked):
            rows += yield part
        return rows

    steps.__doc__, steps.__name__ = request.__doc__, getattr(request, "__name__", "steps")
    steps.__signature__ = inspect.signature(request)  # type: ignore[attr-defined]
    return _Method(steps, "run")


def parts_of(request: Ranged[T]) -> Sequence[Ranged[T]]:
    """The requests that cover the days of `request`, each at most `span` days, in order.

    >>> from datetime import date
    >>> from jianwei.wechat.request import Ranged
    >>> class Weekly(Ranged[int], frozen=True): span = 7
    >>> [(p.begin.day, p.end.day) for p in parts_of(Weekly(date(2026, 3, 1), date(2026, 3, 10)))]
    [(1, 7), (8, 10)]
    """
    parts = []
    begin: date = request.begin
    while begin <= request.end:
        end = min(begin + timedelta(days=request.span - 1), request.end)
        parts.append(msgspec.structs.replace(request, begin=begin, end=end))
        begin = end + timedelta(days=1)
    return parts


def _check_days(request: Ranged[Any]) -> None:
    name = type(request).__name__
    for day in (request.begin, request.end):
        if not isinstance(day, date) or isinstance(day, datetime):
            raise UsageError(name, f"a {type(day).__name__} is no day", "give begin and end as datetime.date")
    in_order(name, request.begin, request.end)


def in_order(where: str, begin: date | int, end: date | int) -> None:
    """Refuse a range that ends before it begins: its empty answer would look like news.

    Raises:
        UsageError: it does.
    """
    if begin > end:  # type: ignore[operator]
        raise UsageError(where, f"the range ends ({end}) before it begins ({begin})", "give the earlier one first")
