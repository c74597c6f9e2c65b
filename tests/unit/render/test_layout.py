"""Words of a cloud never overlap and never leave the canvas."""

from __future__ import annotations

from itertools import combinations

import numpy as np
from hypothesis import given
from hypothesis import strategies as st

from jianwei.render.charts._layout import Spot, place_words, text_width

WIDTH, HEIGHT = 420.0, 300.0
WORDS = st.lists(st.tuples(st.text("茶杯壶好ab1", min_size=1, max_size=6), st.floats(8, 60)), max_size=40)


def box(text: str, spot: Spot) -> tuple[float, float, float, float]:
    half, tall = text_width(text) * spot.size / 2, spot.size * 0.56
    return spot.x - half, spot.y - tall, spot.x + half, spot.y + tall


@given(WORDS)
def test_words_are_apart_and_inside(words: list[tuple[str, float]]) -> None:
    texts, sizes = [text for text, _ in words], np.array([size for _, size in words])
    boxes = [box(texts[spot.index], spot) for spot in place_words(texts, sizes, WIDTH, HEIGHT)]
    for left, top, right, bottom in boxes:
        assert left >= 0
        assert top >= 0
        assert right <= WIDTH
        assert bottom <= HEIGHT
    for a, b in combinations(boxes, 2):
        assert a[2] <= b[0] or b[2] <= a[0] or a[3] <= b[1] or b[3] <= a[1]


def test_the_first_word_stands_in_the_middle() -> None:
    (spot,) = place_words(["茶"], np.array([30.0]), WIDTH, HEIGHT)
    assert (spot.x, spot.y) == (WIDTH / 2, HEIGHT / 2)


def test_what_does_not_fit_is_left_out() -> None:
    assert place_words(["很长很长很长很长"], np.array([90.0]), WIDTH, HEIGHT) == ()


def test_the_layout_is_the_same_every_time() -> None:
    texts, sizes = ["好喝", "回购", "香"], np.array([40.0, 30.0, 20.0])
    assert place_words(texts, sizes, WIDTH, HEIGHT) == place_words(texts, sizes, WIDTH, HEIGHT)
