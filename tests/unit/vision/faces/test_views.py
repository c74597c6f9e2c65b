"""Cuts and views: against numpy's padding; what is seen in a view lies where it says."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from jianwei.vision.faces.resizing import cut, fitted
from jianwei.vision.faces.views import views


@settings(deadline=None, max_examples=60)
@given(st.integers(-30, 45), st.integers(-30, 45), st.integers(1, 60), st.integers(1, 25), st.integers(1, 25))
def test_a_cut_repeats_the_border(left: int, top: int, side: int, height: int, width: int) -> None:
    pixels = np.random.default_rng(height * 100 + width).integers(0, 256, (height, width, 3)).astype(np.uint8)
    padded = np.pad(pixels, ((100, 100), (100, 100), (0, 0)), mode="edge")
    wanted = padded[top + 100 : top + 100 + side, left + 100 : left + 100 + side]
    assert np.array_equal(cut(pixels, (left, top, left + side, top + side), side), wanted)


def test_pictures_only_become_smaller() -> None:
    pixels = np.zeros((300, 600, 3), np.uint8)
    small, factor = fitted(pixels, longest=200)
    assert (small.shape, factor) == ((100, 200, 3), pytest.approx(1 / 3))
    assert fitted(pixels, longest=1000) == (pixels, 1.0)
    assert fitted(np.zeros((1, 5000, 3), np.uint8), longest=100)[0].shape == (1, 100, 3)


@pytest.mark.parametrize(("width", "height"), [(640, 480), (90, 400), (1500, 1100), (3000, 200)])
def test_a_mark_is_found_again_from_every_view_that_shows_it(width: int, height: int) -> None:
    x, y = int(width * 0.7), int(height * 0.4)
    pixels = np.zeros((height, width, 3), np.uint8)
    pixels[max(0, y - 6) : y + 6, max(0, x - 6) : x + 6] = 255
    seen = 0
    for view in views(pixels, 640, 480):
        assert view.pixels.shape == (480, 640, 3)
        rows, columns = np.nonzero(view.pixels[:, :, 0] > 200)
        if len(rows):
            seen += 1
            back = view.back((columns.mean() + 0.5, rows.mean() + 0.5))
            assert back == pytest.approx((x, y), abs=3 + 1 / view.factor)
    assert seen >= (2 if max(width / 640, height / 480) >= 2 else 1)
