"""The order of lines: rows, columns, turned pages."""

from __future__ import annotations

import sys
from pathlib import Path

import numpy as np
import pytest

from jianwei.vision._base import Line
from jianwei.vision.reading.ordering import reading_order

sys.path.insert(0, str(Path(__file__).resolve().parents[3]))
from support.chat_pictures import line_of


def _mixed(lines: list[Line]) -> list[Line]:
    return [lines[at] for at in np.random.default_rng(2).permutation(len(lines))]


def test_rows_from_the_top_and_in_a_row_from_the_left() -> None:
    lines = [line_of(f"{row}{column}", (200 * column, 50 * row + 6 * column, 200 * column + 60, 50 * row + 6 * column + 30))
             for row in range(4) for column in range(3)]  # fmt: skip
    assert [line.text for line in reading_order(_mixed(lines))] == [line.text for line in lines]


def test_columns_of_text_one_after_the_other() -> None:
    lines = [line_of(f"{column}{row}", (400 * column, 40 * row, 400 * column + 350, 40 * row + 30))
             for column in range(2) for row in range(5)]  # fmt: skip
    assert [line.text for line in reading_order(_mixed(lines))] == [line.text for line in lines]


def test_a_heading_above_columns_is_read_by_rows() -> None:
    heading = line_of("heading", (0, 0, 750, 30))
    left = [line_of(f"l{row}", (0, 60 + 40 * row, 350, 90 + 40 * row)) for row in range(3)]
    right = [line_of(f"r{row}", (400, 60 + 40 * row, 750, 90 + 40 * row)) for row in range(3)]
    assert reading_order(_mixed([heading, *left, *right]))[0] == heading


@pytest.mark.parametrize("quarters", [0, 1, 2, 3])
def test_a_turned_page_is_read_as_if_it_stood(quarters: int) -> None:
    upright = [(10.0, 40.0 * row, 300.0, 40.0 * row + 30) for row in range(4)]
    lines = []
    for row, (left, top, right, bottom) in enumerate(upright):
        for _ in range((4 - quarters) % 4):  # turn the page away, so that it must be turned back by `quarters`
            left, top, right, bottom = top, -right, bottom, -left
        lines.append(line_of(str(row), (left, top, right, bottom)))
    assert [line.text for line in reading_order(_mixed(lines), quarters)] == ["0", "1", "2", "3"]


def test_no_lines() -> None:
    assert reading_order([]) == ()
