"""From the networks' outputs to boxes and texts, against the library that publishes these networks."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from jianwei.vision.reading.detecting import boxes_of_map
from jianwei.vision.reading.recognising import Reading, best_path, cut, widened
from jianwei.vision.reading.widths import tidy

cv2 = pytest.importorskip("cv2")


def _map(rectangles: list[tuple[float, float, float, float, float]]) -> np.ndarray:
    """A map with slanted rectangles: center, size, degrees."""
    drawn = np.zeros((400, 600), np.uint8)
    for x, y, width, height, angle in rectangles:
        corners = cv2.boxPoints(((x, y), (width, height), angle))
        cv2.fillPoly(drawn, corners.astype(np.int32)[np.newaxis], 240)
    return drawn


def test_boxes_are_those_of_the_library() -> None:
    library = pytest.importorskip("rapidocr.ch_ppocr_det.utils")
    drawn = _map([(150, 60, 200, 12, 0), (420, 150, 180, 14, 8), (100, 250, 12, 120, 0), (400, 320, 40, 20, -20)])
    theirs = library.DBPostProcess(thresh=0.3, box_thresh=0.5, unclip_ratio=1.6, use_dilation=True)
    expected, _ = theirs((drawn / 255.0).astype(np.float32)[None, None], drawn.shape)
    ours = boxes_of_map(drawn).corners
    assert len(ours) == len(expected) == 4
    for box in ours:
        nearest = min(np.abs(box - other).max() for other in expected)
        assert nearest <= 2.0  # theirs are whole pixels, and grown with round corners


def test_specks_and_faint_islands_are_no_lines() -> None:
    drawn = np.zeros((400, 600), np.uint8)
    drawn[200, 300] = 255
    drawn[50:62, 50:250] = 100  # above the threshold of a pixel, below that of an island
    assert len(boxes_of_map(drawn)) == 0
    assert len(boxes_of_map(np.zeros((32, 32), np.uint8))) == 0


@given(st.lists(st.integers(0, 4), min_size=1, max_size=40))
@settings(deadline=None, max_examples=50)
def test_the_best_path_is_that_of_the_library(path: list[int]) -> None:
    library = pytest.importorskip("rapidocr.ch_ppocr_rec.utils")
    chances = np.full((len(path), 5), 0.05, np.float32)
    chances[np.arange(len(path)), path] = 0.8
    decode = library.CTCLabelDecode(character=["a", "b", "c"])  # it adds the blank before and the space behind
    ((text, _),), _ = decode(chances[None])
    assert best_path(chances, ("", "a", "b", "c", " ")).text == text


def test_a_slanted_line_is_cut_out_straight() -> None:
    corners = cv2.boxPoints(((200, 150), (240, 30), 15)).astype(np.float32)
    picture = np.zeros((300, 400, 3), np.uint8)
    cv2.fillPoly(picture, corners.astype(np.int32)[np.newaxis], (255, 255, 255))
    by_x = corners[np.argsort(corners[:, 0])]
    left, right = (pair[np.argsort(pair[:, 1])] for pair in (by_x[:2], by_x[2:]))
    piece = cut(picture, np.array([left[0], right[0], right[1], left[1]], np.float32))
    assert abs(piece.shape[1] - 240) <= 1
    assert abs(piece.shape[0] - 30) <= 1
    assert piece[3:-3, 3:-3].min() > 200


def test_lines_grow_up_to_their_neighbours() -> None:
    def box(left: float, right: float) -> list[list[float]]:
        return [[left, 0], [right, 0], [right, 40], [left, 40]]

    grown = widened(np.array([box(0, 100), box(104, 200), box(150, 300)], np.float32))
    assert grown[0, :, 0].tolist() == [-8, 102, 102, -8]
    assert grown[1, :, 0].tolist() == [102, 200, 200, 102]
    assert grown[2, :, 0].tolist() == [150, 308, 308, 150]


@pytest.mark.parametrize(
    ("read", "tidied"),
    [
        ("真的吗?", "真的吗？"),
        ("好的!", "好的！"),
        ("Is it ok?", "Is it ok?"),
        ("3:07", "3:07"),
        ("来了.", "来了。"),
        ("等等...", "等等..."),
        ("v1.", "v1."),
        ("¿", "？"),
        ("¿Qué?", "¿Qué?"),
        ("春茶品鉴群(245)", "春茶品鉴群(245)"),
        ("阿杰 (客服)", "阿杰（客服）"),
        (" 你好 ，世界 ", "你好，世界"),
        ("", ""),
    ],
)
def test_marks_at_the_end_follow_the_words(read: str, tidied: str) -> None:
    assert tidy(Reading(read, 1.0)) == tidied


@pytest.mark.parametrize("mark", ["，", "？", "：", "；", "！"])
@pytest.mark.parametrize("as_read", ["full", "half"])
def test_marks_within_take_the_width_of_their_room(mark: str, as_read: str) -> None:
    half = {"，": ",", "？": "?", "：": ":", "；": ";", "！": "!"}[mark]
    text = f"味道不错{mark if as_read == 'full' else half}就是慢"
    unit = 0.1
    wide = tuple(unit * place for place in (0.5, 1.5, 2.5, 3.5, 4.3, 5.5, 6.5, 7.5))
    narrow = tuple(unit * place for place in (0.5, 1.5, 2.5, 3.5, 4.1, 4.8, 5.8, 6.8))
    assert tidy(Reading(text, 1.0, (), wide)) == f"味道不错{mark}就是慢"
    assert tidy(Reading(text, 1.0, (), narrow)) == f"味道不错{half}就是慢"
