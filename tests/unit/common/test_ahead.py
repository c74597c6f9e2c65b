"""Items made in advance come in order, errors in their place."""

from __future__ import annotations

from collections.abc import Iterator

import pytest
from hypothesis import given
from hypothesis import strategies as st

from jianwei.common.ahead import ahead


@given(st.lists(st.integers()), st.integers(1, 5))
def test_same_items_in_order(items: list[int], depth: int) -> None:
    assert list(ahead(iter(items), depth)) == items


def test_error_comes_in_its_place() -> None:
    def broken() -> Iterator[int]:
        yield 1
        raise ValueError("here")

    items = ahead(broken())
    assert next(items) == 1
    with pytest.raises(ValueError, match="here"):
        next(items)


def test_stopping_early_ends_the_thread() -> None:
    made = []

    def endless() -> Iterator[int]:
        number = 0
        while True:
            made.append(number)
            yield number
            number += 1

    items = ahead(endless(), 2)
    assert next(items) == 0
    items.close()  # type: ignore[attr-defined]
    assert len(made) <= 4
