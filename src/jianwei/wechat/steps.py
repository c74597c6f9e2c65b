"""Driving generators of steps: one text of what is done, at once or in an event loop.

A generator yields steps; whoever drives it does each one, sends in what came of it, or throws in what went wrong, and gets its result.
"""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Generator
from typing import Any, TypeVar

__all__ = ["drive", "drive_async"]

R = TypeVar("R")
S = TypeVar("S")


def drive(steps: Generator[S, Any, R], act: Callable[[S], Any]) -> R:
    """Do all steps with `act` and give the result.

    >>> def doubled():
    ...     return 2 * (yield "a number")
    >>> drive(doubled(), len)
    16
    """
    given: Any = None
    error: Exception | None = None
    while True:
        try:
            step = steps.throw(error) if error is not None else steps.send(given)
        except StopIteration as stop:
            result: R = stop.value
            return result
        given, error = None, None
        try:
            given = act(step)
        except Exception as raised:
            error = raised


async def drive_async(steps: Generator[S, Any, R], act: Callable[[S], Awaitable[Any]]) -> R:
    """`drive`, awaited."""
    given: Any = None
    error: Exception | None = None
    while True:
        try:
            step = steps.throw(error) if error is not None else steps.send(given)
        except StopIteration as stop:
            result: R = stop.value
            return result
        given, error = None, None
        try:
            given = await act(step)
        except Exception as raised:
            error = raised
