"""One detector proposes, another that hardly errs but is slow confirms: it sees only small squares around what was proposed."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from jianwei.models import ModelIdentity
from jianwei.vision._base import Box, Face
from jianwei.vision.boxes import same_face, suppress
from jianwei.vision.faces._base import Detector, Pixels
from jianwei.vision.faces.resizing import cut, fitted

__all__ = ["ConfirmedDetector"]

_AROUND, _SHOWN = 2.0, 180
"""A proposal is shown with as much around it as it is wide, in a square of so many pixels: the face has about 90."""

_MOST = 48
"""Proposals that are looked at in one picture: bounds what a picture costs (0.1 s each)."""

_SAME, _OVERLAP = 0.5, 0.4
"""A box that shares half of the smaller one with a face is that face; two confirmed boxes that overlap by more than the second are one."""


@dataclass(frozen=True, slots=True)
class ConfirmedDetector:
    """Faces that a quick detector proposed and a careful one confirmed. Boxes and scores are the careful one's.

    Attributes:
        proposing: the quick one.
        confirming: the careful one.
        whole: longer side to which the whole picture is reduced for the careful one, which so finds large faces by itself; 0: not at all.
    """

    identity: ModelIdentity
    proposing: Detector
    confirming: Detector
    whole: int

    def detect(self, pixels: Pixels) -> tuple[Face, ...]:
        faces = list(self._large(pixels))
        looked = 0
        for face in self.proposing.detect(pixels):
            if looked == _MOST:
                break
            if not _known(face.box, faces):
                looked += 1
                faces += self._confirmed(pixels, face.box)
        if not faces:
            return ()
        boxes, scores = np.array([face.box for face in faces]), np.array([face.score for face in faces])
        return tuple(faces[i] for i in suppress(boxes, scores, overlap=_OVERLAP))

    def _large(self, pixels: Pixels) -> tuple[Face, ...]:
        if not self.whole:
            return ()
        small, factor = fitted(pixels, longest=self.whole)
        return tuple(_moved(face, 0, 0, 1 / factor) for face in self.confirming.detect(small))

    def _confirmed(self, pixels: Pixels, box: Box) -> list[Face]:
        """The face that the careful detector sees in the middle of the square; empty when it sees none there."""
        left, top, right, bottom = box
        side = max(8.0, (right - left + bottom - top) / 2 * _AROUND)
        x, y = (left + right) / 2 - side / 2, (top + bottom) / 2 - side / 2
        seen = self.confirming.detect(cut(pixels, (x, y, x + side, y + side), _SHOWN))
        here = [_moved(face, x, y, side / _SHOWN) for face in seen]
        return [face for face in here if _known(box, [face])][:1]


def _known(box: Box, faces: Sequence[Face]) -> bool:
    if not faces:
        return False
    return bool(same_face(np.array([box]), np.array([face.box for face in faces])).max() > _SAME)


def _moved(face: Face, left: float, top: float, factor: float) -> Face:
    x1, y1, x2, y2 = face.box
    return Face((x1 * factor + left, y1 * factor + top, x2 * factor + left, y2 * factor + top), (), face.score)
