"""Boxes: overlaps against counted pixels, suppression against its definition, turns against numpy's."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from jianwei.vision.boxes import overlaps, same_face, suppress, turned_back

BOX = st.tuples(*[st.integers(0, 20)] * 2, *[st.integers(1, 12)] * 2).map(
    lambda b: (float(b[0]), float(b[1]), float(b[0] + b[2]), float(b[1] + b[3]))
)


def _mask(box: tuple[float, ...]) -> np.ndarray:
    mask = np.zeros((40, 40), bool)
    left, top, right, bottom = map(int, box)
    mask[top:bottom, left:right] = True
    return mask


@settings(deadline=None, max_examples=60)
@given(BOX, BOX)
def test_overlaps_are_shares_of_pixels(one: tuple[float, ...], other: tuple[float, ...]) -> None:
    a, b = _mask(one), _mask(other)
    shared, joint = (a & b).sum(), (a | b).sum()
    assert overlaps(np.array([one]), np.array([other]))[0, 0] == pytest.approx(shared / joint)
    assert same_face(np.array([one]), np.array([other]))[0, 0] == pytest.approx(shared / min(a.sum(), b.sum()))


@settings(deadline=None, max_examples=60)
@given(st.lists(st.tuples(BOX, st.integers(0, 100)), max_size=12), st.sampled_from([0.1, 0.3, 0.7]))
def test_what_stays_overlaps_little_and_what_goes_overlaps_with_a_better_one(
    scored: list[tuple[tuple[float, ...], int]], overlap: float
) -> None:
    boxes = np.array([box for box, _ in scored], float).reshape(-1, 4)
    scores = np.array([score for _, score in scored], float)
    kept = suppress(boxes, scores, overlap=overlap).tolist()
    assert [scores[i] for i in kept] == sorted((scores[i] for i in kept), reverse=True)
    shares = overlaps(boxes, boxes)
    for i in range(len(scored)):
        if i in kept:
            assert all(shares[i, j] <= overlap for j in kept if j != i)
        else:
            assert any(shares[i, j] > overlap and scores[j] >= scores[i] for j in kept)


@settings(deadline=None, max_examples=40)
@given(BOX, st.integers(-1, 5))
def test_a_box_of_a_turned_picture_is_where_its_pixels_were(box: tuple[float, ...], turns: int) -> None:
    mask = _mask(box)[:36, :33]
    if not mask.any():
        return
    rows, columns = np.nonzero(np.rot90(mask, turns))
    turned = (float(columns.min()), float(rows.min()), float(columns.max() + 1), float(rows.max() + 1))
    rows, columns = np.nonzero(mask)
    upright = (columns.min(), rows.min(), columns.max() + 1, rows.max() + 1)
    assert turned_back(turned, turns, width=33, height=36) == upright
