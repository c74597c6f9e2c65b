"""Proposing and confirming, with detectors of plain colours: one sees every red square, the other those with a white middle."""

from __future__ import annotations

from dataclasses import dataclass, field

import numpy as np
from numpy.typing import NDArray
from scipy import ndimage

from jianwei.models import ModelIdentity
from jianwei.vision._base import Face
from jianwei.vision.faces.confirming import ConfirmedDetector
from jianwei.vision.faces.finding import FaceFinder

IDENTITY = ModelIdentity("squares", "1")


def _regions(mask: NDArray[np.bool_]) -> list[tuple[float, float, float, float]]:
    labels, _ = ndimage.label(mask)
    return [(float(x.start), float(y.start), float(x.stop), float(y.stop)) for y, x in ndimage.find_objects(labels)]


@dataclass(frozen=True)
class Red:
    """Proposes red squares, as boxes that are too large."""

    identity: ModelIdentity = IDENTITY

    def detect(self, pixels: NDArray[np.uint8]) -> tuple[Face, ...]:
        red = ndimage.binary_closing((pixels[:, :, 0] > 200) & (pixels[:, :, 2] < 100), iterations=1)
        filled = ndimage.binary_fill_holes(red)
        return tuple(Face((a - 3, b - 3, c + 3, d + 3), (), 0.5) for a, b, c, d in _regions(filled))


@dataclass(frozen=True)
class White:
    """Confirms a square by its white middle: tells the box around, twice as large as the white."""

    identity: ModelIdentity = IDENTITY
    asked: list[tuple[int, ...]] = field(default_factory=list)

    def detect(self, pixels: NDArray[np.uint8]) -> tuple[Face, ...]:
        self.asked.append(pixels.shape)
        found = []
        for left, top, right, bottom in _regions(pixels.min(axis=2) > 150):
            x, y, half = (left + right) / 2, (top + bottom) / 2, (right - left + bottom - top) / 2
            found.append(Face((x - half, y - half, x + half, y + half), (), 0.9))
        return tuple(found)


def _picture() -> NDArray[np.uint8]:
    """Four red squares, two of them with a white middle, one of those at the border."""
    pixels = np.zeros((400, 600, 3), np.uint8)
    for left, top, white in ((50, 50, True), (300, 60, False), (150, 250, False), (560, 300, True)):
        pixels[top : top + 40, left : left + 40, 0] = 255
        if white:
            pixels[top + 10 : top + 30, left + 10 : left + 30] = 255
    return pixels


def test_only_what_is_confirmed_is_told_with_the_careful_ones_box() -> None:
    careful = White()
    faces = ConfirmedDetector(IDENTITY, Red(), careful, 0).detect(_picture())
    boxes = sorted(face.box for face in faces)
    assert np.allclose(boxes, [(50, 50, 90, 90), (560, 300, 600, 340)], atol=1.5)
    assert {face.score for face in faces} == {0.9}
    assert careful.asked == [(180, 180, 3)] * 4


def test_what_the_careful_one_saw_in_the_whole_picture_is_not_asked_again() -> None:
    careful = White()
    faces = ConfirmedDetector(IDENTITY, Red(), careful, 600).detect(_picture())
    assert np.allclose(sorted(face.box for face in faces), [(50, 50, 90, 90), (560, 300, 600, 340)], atol=1.5)
    assert careful.asked == [(400, 600, 3)] + [(180, 180, 3)] * 2


def test_a_picture_full_of_proposals_costs_a_bounded_number_of_looks() -> None:
    pixels = np.zeros((1000, 1000, 3), np.uint8)
    for top in range(10, 1000, 60):
        for left in range(10, 1000, 60):
            pixels[top : top + 20, left : left + 20, 0] = 255
    careful = White()
    assert ConfirmedDetector(IDENTITY, Red(), careful, 0).detect(pixels) == ()
    assert 0 < len(careful.asked) <= 48


@dataclass(frozen=True)
class Upright:
    """Sees a white bar only where red lies above it."""

    identity: ModelIdentity = IDENTITY

    def detect(self, pixels: NDArray[np.uint8]) -> tuple[Face, ...]:
        found = []
        for left, top, right, bottom in _regions(pixels.min(axis=2) > 150):
            above = pixels[max(0, int(top) - 5) : int(top), int(left) : int(right)]
            if above.size and above[:, :, 0].mean() > 150 and above[:, :, 1].mean() < 50:
                found.append(Face((left, top, right, bottom), ((left, top),), 0.8))
        return tuple(found)


def test_pictures_that_lie_on_their_side_are_turned() -> None:
    grain = np.random.default_rng(5).normal(70, 18, (200, 300, 3)).clip(0, 140)
    pixels = grain.astype(np.uint8)
    pixels[40:60, 100:140] = (255, 0, 0)
    pixels[60:80, 100:140] = 255
    finder = FaceFinder(IDENTITY, Upright(), Upright())
    for turns in range(4):
        (face,) = finder.find(np.rot90(pixels, turns))
        height, width = np.rot90(pixels, turns).shape[:2]
        rows, columns = np.nonzero(np.rot90(pixels, turns).min(axis=2) > 150)
        assert face.box == (columns.min(), rows.min(), columns.max() + 1, rows.max() + 1)
        corner = {0: (100, 60), 1: (60, 200), 2: (200, 140), 3: (140, 100)}[turns]
        assert 0 <= face.points[0][0] <= width
        assert 0 <= face.points[0][1] <= height
        assert face.points[0] == corner


def test_screens_and_drawings_are_searched_upright_and_quickly() -> None:
    pixels = np.full((200, 300, 3), 240, np.uint8)
    pixels[:, 90:150] = 0
    pixels[40:60, 100:140] = (255, 0, 0)
    pixels[60:80, 100:140] = 255

    class Careful:
        identity = IDENTITY

        def detect(self, pixels: NDArray[np.uint8]) -> tuple[Face, ...]:
            raise AssertionError("too much work for a drawing")

    finder = FaceFinder(IDENTITY, Careful(), Upright())
    assert len(finder.find(pixels)) == 1
    assert finder.find(np.rot90(pixels)) == ()


def test_faces_of_large_pictures_are_told_in_their_own_pixels_largest_first() -> None:
    pixels = np.zeros((1000, 4000, 3), np.uint8)
    pixels[100:200, 400:600, 0] = 255
    pixels[200:300, 400:600] = 255
    pixels[500:700, 2000:2400, 0] = 255
    pixels[700:1000, 2000:2400] = 255
    faces = FaceFinder(IDENTITY, Upright(), Upright()).find(pixels)
    assert np.allclose([face.box for face in faces], [(2000, 700, 2400, 1000), (400, 200, 600, 300)], atol=3)
