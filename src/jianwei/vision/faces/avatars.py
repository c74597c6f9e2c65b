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

IDENTITY = ModelIdentity("avatar", "2")
"""The rules of this module; their version changes with them."""

_WEIGHTS, _OFFSET = np.array([-3.45, 0.72, 0.76, -0.52, -3.41, 6.02, -4.08]), 1.46
"""Logistic regression over `CUES`: ten free photographs (of scikit-image and Matplotlib) against drawings of eighteen kinds made by
programs, cut, filtered, resized and compressed at random. `tools/fit_avatars.py` makes them, and says how well kinds are told that it did
not see."""

_TRUST, _USUAL = 4.0, 0.9
"""What the detector's score adds to the logits: drawn faces get low scores. Chosen by eye, not fitted: on what UltraFace says of drawings
of the fit's kinds and of five photographs (of scikit-image, Matplotlib and InsightFace); not chosen anew with the weights of today."""

_BESIDE = 0.3
"""A second face counts when it is so wide compared with the largest: passers-by do not make it a group."""

_ASKED = 5
"""So many of the faces that count are looked at, largest first; the surest of them decides."""

_GREY, _COLOURED = 0.08, 0.2
_OVAL, _STEEP = 0.4, 40.0
"""A face without colour (saturation below the first) in a picture with colour (above the second) is one of stone or metal. Half the size of
the oval in parts of the box, and how fast a verdict becomes sure with saturation. All by eye, on a photograph whose face was made grey and
on drawn busts, which are a kind of the fit."""


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
        if _plain(pixels):
            return Avatar("none", 1.0)
        return Avatar("none", _share(whole)) if whole >= 0 else Avatar("drawing", _share(-whole))
    counted = [face for face in faces if _width(face) >= _BESIDE * _width(faces[0])]
    logits, face = max(((_logits(pixels, face, whole), face) for face in counted[:_ASKED]), key=itemgetter(0))
    if logits < 0:
        return Avatar("drawing", _share(-logits))
    if (stone := _of_stone(pixels, face.box)) >= 0.5:
        return Avatar("drawing", stone)
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


def _of_stone(pixels: Pixels, box: Box) -> float:
    """0 to 1, how likely a face is one of stone or metal: grey while the picture around it is coloured. In grey photographs both are.

    Of the face the oval within its box is looked at: in the corners of the box is what lies behind.
    """
    left, top, right, bottom = box
    most, least = pixels.max(axis=2).astype(np.float64), pixels.min(axis=2).astype(np.float64)
    colour = (most - least) / np.maximum(most, 32)
    rows, columns = np.ogrid[: colour.shape[0], : colour.shape[1]]
    across = (columns + 0.5 - (left + right) / 2) / max(1.0, right - left)
    down = (rows + 0.5 - (top + bottom) / 2) / max(1.0, bottom - top)
    inside, outside = across**2 + down**2 < _OVAL**2, (np.abs(across) > 0.5) | (np.abs(down) > 0.5)
    if not inside.any() or not outside.any():
        return 0.0
    grey, coloured = _GREY - float(np.median(colour[inside])), float(colour[outside].mean()) - _COLOURED
    return _share(_STEEP * min(grey, coloured))
