"""Whether a profile picture is a photograph of a person."""

from __future__ import annotations

from collections.abc import Sequence
from operator import itemgetter

import numpy as np

from jianwei.models import ModelIdentity
from jianwei.vision._base import Avatar, Box, Face
from jianwei.vision.faces._base import Pixels
from jianwei.vision.faces.cues import cues_of
from jianwei.vision.faces.resizing import cut

__all__ = ["IDENTITY", "judge_avatar", "photographic"]

IDENTITY = ModelIdentity("avatar", "1")
"""The rules of this module; their version changes with them."""

_WEIGHTS, _OFFSET = np.array([-5.1, 0.9, 2.2, 7.4]), -2.4
"""Logistic regression over `CUES`: twelve free photographs (those of scikit-image and Matplotlib) against drawings made by a program, cut,
filtered, resized and compressed at random."""

_TRUST, _USUAL = 4.0, 0.9
"""What the detector's score adds to the logits: drawn faces get low scores."""

_BESIDE = 0.3
"""A second face counts when it is so wide compared with the largest: passers-by do not make it a group."""

_ASKED = 5
"""So many of the faces that count are looked at, largest first; the surest of them decides."""

_GREY, _COLOURED = 0.08, 0.2
"""A face without colour (saturation below the first) in a picture with colour (above the second) is one of stone or metal."""


def photographic(pixels: Pixels) -> float:
    """Logits of a picture's being a photograph; drawings, logos, patterns and texts lie below 0.

    Args:
        pixels: uint8 [h, w, 3], RGB.
    """
    return float(cues_of(pixels) @ _WEIGHTS) + _OFFSET


def judge_avatar(pixels: Pixels, faces: Sequence[Face]) -> Avatar:
    """What a profile picture shows.

    A photograph without a face (a landscape, an animal's whose face no detector takes for a person's) is "none"; a picture that is drawn is
    "drawing", whether it has a face or not: drawn people, logos, patterns, screens of text.

    Args:
        pixels: uint8 [h, w, 3], RGB.
        faces: its faces, largest first, as `FaceFinder.find` tells them.
    """
    whole = photographic(pixels)
    if not faces:
        return Avatar("none", _share(whole)) if whole >= 0 or _plain(pixels) else Avatar("drawing", _share(-whole))
    counted = [face for face in faces if _width(face) >= _BESIDE * _width(faces[0])]
    logits, face = max(((_logits(pixels, face, whole), face) for face in counted[:_ASKED]), key=itemgetter(0))
    if logits < 0:
        return Avatar("drawing", _share(-logits))
    if _of_stone(pixels, face.box):
        return Avatar("drawing", 0.5)
    return Avatar("person" if len(counted) == 1 else "people", _share(logits))


def _logits(pixels: Pixels, face: Face, whole: float) -> float:
    """Of a face's being photographed: what surrounds it, the whole picture, the detector's trust."""
    around = photographic(cut(pixels, _wider(face.box), 128))
    return (whole + around) / 2 + _TRUST * (face.score - _USUAL)


def _share(logits: float) -> float:
    return float(1 / (1 + np.exp(-logits)))


def _width(face: Face) -> float:
    return face.box[2] - face.box[0]


def _wider(box: Box) -> Box:
    """The square one and a half times as large as a face, around it."""
    left, top, right, bottom = box
    x, y, half = (left + right) / 2, (top + bottom) / 2, max(8.0, (right - left + bottom - top) * 1.5 / 4)
    return (x - half, y - half, x + half, y + half)


def _plain(pixels: Pixels) -> bool:
    """One colour all over."""
    return bool(np.ptp(pixels.reshape(-1, 3).astype(np.int16), axis=0).max() <= 8)


def _of_stone(pixels: Pixels, box: Box) -> bool:
    """Whether a face is grey while the picture around it is coloured: a bust, a coin, a statue. In grey photographs both are."""
    left, top, right, bottom = (max(0, round(value)) for value in box)
    most, least = pixels.max(axis=2).astype(np.float64), pixels.min(axis=2).astype(np.float64)
    colour = (most - least) / np.maximum(most, 32)
    inside = np.zeros(colour.shape, bool)
    inside[top:bottom, left:right] = True
    if not inside.any() or inside.all():
        return False
    return float(colour[inside].mean()) < _GREY and float(colour[~inside].mean()) > _COLOURED
