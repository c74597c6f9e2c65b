"""Tiles cover everything once, and see around what they keep."""

from __future__ import annotations

from hypothesis import given, settings
from hypothesis import strategies as st

from jianwei.vision.reading.tiles import MOST, OVERLAP, SHORT_SIDE, STEP, TILE, scaled_size, tiles


@given(st.integers(1, 1_000))
@settings(deadline=None)
def test_what_is_kept_covers_everything_once(steps: int) -> None:
    length = steps * STEP
    found = list(tiles(length))
    assert [tile.start for tile in found] == [0, *(tile.end for tile in found[:-1])]
    assert found[-1].end == length
    for tile in found:
        assert 0 <= tile.first <= tile.start < tile.end <= tile.last <= length
        assert tile.last - tile.first <= TILE + STEP
        assert (tile.last - tile.first) % STEP == tile.first % STEP == 0
        assert tile.first == 0 or tile.start - tile.first == OVERLAP // 2
        assert tile.last == length or tile.last - tile.end == OVERLAP // 2


@given(st.integers(1, 40_000), st.integers(1, 40_000))
@settings(deadline=None)
def test_sizes_are_bounded(height: int, width: int) -> None:
    tall, wide = scaled_size(height, width)
    assert tall % STEP == wide % STEP == 0
    assert min(tall, wide) <= SHORT_SIDE + STEP
    assert tall * wide <= MOST * 1.1 + STEP * (tall + wide)
