"""Avatars: drawings by two programs and free photographs that the fit has not seen, at the sizes that the platform has."""

from __future__ import annotations

import io
from pathlib import Path

import numpy as np
import pytest
import sklearn
from hypothesis import given, settings
from hypothesis import strategies as st
from numpy.typing import NDArray
from PIL import Image
from support.drawings import KINDS, draw
from support.paintings import FITTED, MANNERS, paint

from jianwei.vision._base import Avatar, Face
from jianwei.vision.faces.avatars import judge_avatar, photographic

PHOTOGRAPHS = sorted((Path(sklearn.__file__).parent / "datasets" / "images").glob("*.jpg"))


def _compressed(pixels: NDArray[np.uint8], quality: int) -> NDArray[np.uint8]:
    with io.BytesIO() as file:
        Image.fromarray(pixels).save(file, "JPEG", quality=quality)
        return np.asarray(Image.open(file))


def _face(side: int, score: float) -> Face:
    """Where the drawn faces are."""
    return Face((side * 0.27, side * 0.22, side * 0.73, side * 0.8), (), score)


@pytest.mark.parametrize("kind", sorted(KINDS))
@pytest.mark.parametrize(("side", "quality"), [(132, 60), (640, 90)])
def test_no_drawing_is_a_person(kind: str, side: int, quality: int) -> None:
    for seed in range(3):
        pixels = _compressed(draw(kind, 7000 + seed, side), quality)
        assert judge_avatar(pixels, ()).verdict in ("drawing", "none")
        if kind in ("cartoon", "flat", "pixels"):  # even where a detector takes it for a face, and is sure
            assert judge_avatar(pixels, (_face(side, 0.9),)).verdict == "drawing"


@pytest.mark.parametrize("manner", ["emblem", "line art", "vista"])
@pytest.mark.parametrize(("side", "quality"), [(132, 60), (640, 90)])
def test_drawings_of_manners_that_no_fit_has_seen(manner: str, side: int, quality: int) -> None:
    assert manner not in FITTED
    told = [judge_avatar(_compressed(paint(manner, seed, side), quality), ()).verdict for seed in range(4)]
    assert told == ["drawing"] * 4


@pytest.mark.parametrize("side", [132, 640])
def test_a_bust_that_every_detector_takes_for_a_face_is_no_person(side: int) -> None:
    for seed in range(6):
        pixels = paint("marble", 7000 + seed, side)
        found = judge_avatar(pixels, (_face(side, 1.0),))
        assert found.verdict == "drawing"


@settings(deadline=None, max_examples=30)
@given(st.sampled_from([*KINDS, *MANNERS]), st.integers(0, 10_000), st.booleans(), st.floats(0, 1))
def test_the_score_is_the_verdicts(kind: str, seed: int, faced: bool, trust: float) -> None:
    """Whatever is said is more likely than not: the score is never that of another verdict."""
    pixels = draw(kind, seed, 132) if kind in KINDS else paint(kind, seed, 132)
    assert 0.5 <= judge_avatar(pixels, (_face(132, trust),) if faced else ()).score <= 1


@pytest.mark.parametrize("path", PHOTOGRAPHS, ids=lambda path: path.stem)
@pytest.mark.parametrize(("side", "quality"), [(132, 60), (640, 90)])
def test_photographs_are_no_drawings(path: Path, side: int, quality: int) -> None:
    pixels = _compressed(np.asarray(Image.open(path).convert("RGB").resize((side, side))), quality)
    for seen in (pixels, np.repeat(pixels.mean(axis=2, keepdims=True).astype(np.uint8), 3, axis=2)):
        found = judge_avatar(seen, ())
        assert found.verdict == "none"
        assert 0.5 <= found.score <= 1


def test_a_face_of_stone_is_no_person() -> None:
    """A photograph whose face has no colour while all around has; the same without colour anywhere is an old photograph."""
    pixels = np.asarray(Image.open(PHOTOGRAPHS[1]).convert("RGB").crop((150, 50, 500, 400))).copy()
    face = Face((100.0, 100.0, 250.0, 250.0), (), 1.0)
    assert judge_avatar(pixels, (face,)).verdict == "person"
    stone = pixels.copy()
    stone[90:260, 90:260] = stone[90:260, 90:260].mean(axis=2, keepdims=True).astype(np.uint8)
    assert judge_avatar(stone, (face,)).verdict == "drawing"
    assert 0.5 < judge_avatar(stone, (face,)).score < 1
    behind = pixels.copy()  # the corners of the box show what is behind a round head
    rows, columns = np.ogrid[:350, :350]
    head = ((rows - 175) / 75) ** 2 + ((columns - 175) / 75) ** 2 < 1
    behind[head] = behind[head].mean(axis=1, keepdims=True).astype(np.uint8)
    assert judge_avatar(behind, (face,)).verdict == "drawing"
    grey = np.repeat(pixels.mean(axis=2, keepdims=True).astype(np.uint8), 3, axis=2)
    assert judge_avatar(grey, (face,)).verdict == "person"


def test_passers_by_make_no_group() -> None:
    pixels = np.asarray(Image.open(PHOTOGRAPHS[1]).convert("RGB"))
    near, far = Face((100.0, 100.0, 300.0, 300.0), (), 1.0), Face((400.0, 20.0, 440.0, 60.0), (), 1.0)
    assert judge_avatar(pixels, (near, far)).verdict == "person"
    friend = Face((350.0, 100.0, 500.0, 260.0), (), 1.0)
    assert judge_avatar(pixels, (near, friend)).verdict == "people"


def test_one_colour_is_nothing_and_one_pixel_no_trouble() -> None:
    assert judge_avatar(np.full((132, 132, 3), 80, np.uint8), ()) == Avatar("none", 1.0)
    for shape in ((1, 1, 3), (1, 200, 3), (3, 2, 3)):
        pixels = np.random.default_rng(1).integers(0, 256, shape).astype(np.uint8)
        assert np.isfinite(photographic(pixels))
        judge_avatar(pixels, (Face((0.0, 0.0, 1.0, 1.0), (), 1.0),))
