"""Taking the next items of an iterator in the background, while the last one is worked on."""

from __future__ import annotations

from collections import deque
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from typing import TypeVar

__all__ = ["ahead"]

ItemT = TypeVar("ItemT")

_END = object()


def ahead(items: Iterator[ItemT], depth: int = 2) -> Iterator[ItemT]:
    """The same items in the same order; up to `depth` of them are made in advance, by one thread.

    It pays where making an item mostly runs outside the interpreter's lock (parsing, decompressing) and using it does not. An error
    comes where its item would have come; items made in advance and never taken are dropped.

    >>> list(ahead(iter("abc")))
    ['a', 'b', 'c']
    """
    with ThreadPoolExecutor(1, thread_name_prefix="ahead") as pool:
        waiting = deque(pool.submit(next, items, _END) for _ in range(depth))
        while (item := waiting.popleft().result()) is not _END:
            waiting.append(pool.submit(next, items, _END))
            yield item  # type: ignore[misc]
