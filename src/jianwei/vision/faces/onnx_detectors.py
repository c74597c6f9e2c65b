"""Detectors that come as ONNX: UltraFace (Linzaer, "Ultra-Light-Fast-Generic-Face-Detector", 2019) and YuNet (Wu, Peng & Yu 2023)."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from jianwei.errors import DamagedModelError
from jianwei.models import Located, ModelIdentity, known_model, locate
from jianwei.models.onnx import open_session
from jianwei.vision._base import Face
from jianwei.vision.boxes import suppress
from jianwei.vision.faces._base import Pixels
from jianwei.vision.faces.views import View, views

__all__ = ["UltraFace", "YuNet", "open_ultraface", "open_yunet"]

_OVERLAP = 0.3
"""Two boxes that share more are one face; the value of both models' authors."""


@dataclass(frozen=True, slots=True)
class UltraFace:
    """Very quick (20 ms), without points; on pictures without people it errs now and then.

    Attributes:
        threshold: scores from here on are told; its authors use 0.7.
    """

    identity: ModelIdentity
    threshold: float
    _session: Any
    _size: tuple[int, int]

    def detect(self, pixels: Pixels) -> tuple[Face, ...]:
        width, height = self._size
        found: list[Face] = []
        for view in views(pixels, width, height):
            shown = (view.pixels.astype(np.float32) - 127) / 128
            scores, boxes = self._session.run(None, {"input": shown.transpose(2, 0, 1)[None]})
            for i in np.flatnonzero(scores[0, :, 1] >= self.threshold):
                left, top, right, bottom = (boxes[0, i] * (width, height, width, height)).tolist()
                found.append(Face(view.box_back((left, top, right, bottom)), (), float(scores[0, i, 1])))
        return _best(found)


@dataclass(frozen=True, slots=True)
class YuNet:
    """Boxes and five points: the eyes, the nose, the corners of the mouth, from left to right as the viewer sees them.

    Attributes:
        threshold: scores from here on are told; OpenCV uses 0.9.
    """

    identity: ModelIdentity
    threshold: float
    _session: Any
    _size: tuple[int, int]

    def detect(self, pixels: Pixels) -> tuple[Face, ...]:
        names = [f"{kind}_{stride}" for stride in _STRIDES for kind in ("cls", "obj", "bbox", "kps")]
        found: list[Face] = []
        for view in views(pixels, *self._size):
            shown = view.pixels[:, :, ::-1].astype(np.float32).transpose(2, 0, 1)[None]
            answers = self._session.run(names, {self._session.get_inputs()[0].name: np.ascontiguousarray(shown)})
            for i, stride in enumerate(_STRIDES):
                found += self._read(view, stride, [answer[0] for answer in answers[4 * i : 4 * i + 4]])
        return _best(found)

    def _read(self, view: View, stride: int, answers: Sequence[NDArray[np.float32]]) -> list[Face]:
        """One stride's answers: a cell a row, of which offsets are told in cells and sizes as logarithms of cells."""
        classes, objects, boxes, points = answers
        scores = np.sqrt(classes[:, 0].clip(0, 1) * objects[:, 0].clip(0, 1))
        columns = self._size[0] // stride
        found = []
        for i in np.flatnonzero(scores >= self.threshold):
            cell = np.array([i % columns, i // columns])
            centre, half = (cell + boxes[i, :2]) * stride, np.exp(boxes[i, 2:4]) * stride / 2
            left, top = (centre - half).tolist()
            right, bottom = (centre + half).tolist()
            marks = ((points[i].reshape(5, 2) + cell) * stride).tolist()
            where = tuple(view.back((x, y)) for x, y in marks)
            found.append(Face(view.box_back((left, top, right, bottom)), where, float(scores[i])))
        return found


_STRIDES = (8, 16, 32)


def open_ultraface(models: Path | None = None, *, threshold: float = 0.7, threads: int = 1) -> UltraFace:
    """UltraFace, RFB at 640 x 480 or another edition of the same shape.

    Raises:
        MissingExtraError: onnxruntime is not installed.
        ModelNotFoundError: the weights are nowhere.
        DamagedModelError: they are not what they must be.
    """
    found, session, size = _opened("ultraface", models, {"scores", "boxes"}, threads)
    return UltraFace(found.identity, threshold, session, size)


def open_yunet(models: Path | None = None, *, threshold: float = 0.9, threads: int = 1) -> YuNet:
    """YuNet, the edition of March 2023; errors as for `open_ultraface`."""
    wanted = {f"{kind}_{stride}" for stride in _STRIDES for kind in ("cls", "obj", "bbox", "kps")}
    found, session, size = _opened("yunet", models, wanted, threads)
    return YuNet(found.identity, threshold, session, size)


def _opened(name: str, models: Path | None, outputs: set[str], threads: int) -> tuple[Located, Any, tuple[int, int]]:
    found = locate(known_model(name).entry, path=models)
    session = open_session(found, extra="vision", threads=threads)
    shape = session.get_inputs()[0].shape
    lacking = sorted(outputs - {output.name for output in session.get_outputs()})
    if lacking or len(shape) != 4 or not all(isinstance(side, int) for side in shape[2:]):
        what = f"is another model than {name} (input {shape}, without {', '.join(lacking) or 'a fixed size'})"
        raise DamagedModelError(found.where, what, found.entry.hint)
    return found, session, (shape[3], shape[2])


def _best(found: Sequence[Face]) -> tuple[Face, ...]:
    if not found:
        return ()
    boxes, scores = np.array([face.box for face in found]), np.array([face.score for face in found])
    return tuple(found[i] for i in suppress(boxes, scores, overlap=_OVERLAP))
