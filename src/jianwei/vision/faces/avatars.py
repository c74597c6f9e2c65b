"""Whether a profile picture is a photograph of a person."""

from __future__ import annotations

from collections.abc import Sequence

from jianwei.models import ModelIdentity
from jianwei.vision._base import Avatar, Face
from jianwei.vision.faces._base import Pixels
from jianwei.vision.faces.cues import cues_of

__all__ = ["IDENTITY", "judge_avatar", "photographic"]

IDENTITY = ModelIdentity("avatar", "1")
"""The rules of this module; their version changes with them."""

_SMALLEST = 0.02
"""A face counts when it covers this share of the largest one's area: passers-by in the background do not make it a group."""


def photographic(pixels: Pixels) -> float:
    """How sure it is that a picture is a photograph, 0 to 1; the rest are drawings, logos, patterns, texts."""
    flat, fine, _, spread, colours, _ = cues_of(pixels)
    votes = (flat < 0.35) + (fine > 0.0) + (spread > 2.0) + (colours > 6.0)
    return float(votes) / 4


def judge_avatar(pixels: Pixels, faces: Sequence[Face]) -> Avatar:
    """What a profile picture shows.

    Args:
        pixels: uint8 [h, w, 3], RGB.
        faces: its faces, largest first, as `FaceFinder.find` tells them.
    """
    photo = photographic(pixels)
    if not faces:
        return Avatar("none", photo) if photo >= 0.5 else Avatar("drawing", 1 - photo)
    if photo < 0.5:
        return Avatar("drawing", 1 - photo)
    return Avatar("person" if len(faces) == 1 else "people", min(photo, faces[0].score))
