"""The models of dlib: a detector of frontal faces (HOG + SVM), a detection network (MMOD), five points, an embedding.

HOG: Dalal & Triggs 2005, as trained by D. King; it is part of the library. MMOD: King, "Max-Margin Object Detection", 2015. Points:
Kazemi & Sullivan 2014. Embedding: a ResNet with 29 layers, 128 numbers, 99.38 % on LFW. The weights are D. King's, CC0; the 68-point
file that lies beside them is not used, because the data it was trained on is not free.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from jianwei.errors import DamagedModelError, MissingExtraError
from jianwei.models import Located, ModelIdentity, known_model, locate
from jianwei.vision._base import Box, Face, Point
from jianwei.vision.faces._base import Pixels

__all__ = ["DlibEmbedder", "DlibPointer", "FrontalDetector", "Network", "open_embedder", "open_network", "open_pointer"]

_LARGEST = 8_000_000
"""Pixels of the enlarged picture in which the frontal detector looks: bounds what one picture costs."""

_SMALLEST = 16
"""Pictures that are narrower hold no face, and the network cannot see them."""


@dataclass(frozen=True, slots=True)
class FrontalDetector:
    """dlib's frontal faces: quick, and easily wrong at low scores. Windows are 80 pixels wide in a picture enlarged up to four times.

    Attributes:
        threshold: scores from here on are told; the library's own is 0.
    """

    threshold: float
    _detector: Any

    @classmethod
    def opened(cls, threshold: float = 0.0) -> FrontalDetector:
        """The detector, which needs no file.

        Raises:
            MissingExtraError: dlib is not installed.
        """
        return cls(threshold, _dlib().get_frontal_face_detector())

    @property
    def identity(self) -> ModelIdentity:
        return ModelIdentity("dlib-frontal", str(_dlib().__version__))

    def detect(self, pixels: Pixels) -> tuple[Face, ...]:
        if min(pixels.shape[:2]) < _SMALLEST:
            return ()
        area = pixels.shape[0] * pixels.shape[1]
        doublings = 2 if area * 16 <= _LARGEST else 1 if area * 4 <= _LARGEST else 0
        found, scores, _ = self._detector.run(np.ascontiguousarray(pixels), doublings, self.threshold)
        return tuple(Face(_box(r), (), float(score)) for r, score in zip(found, scores, strict=True))


@dataclass(frozen=True, slots=True)
class Network:
    """dlib's detection network: it hardly ever errs, and takes 4 s for a million pixels. Sees faces from about 75 pixels on."""

    identity: ModelIdentity
    _network: Any

    def detect(self, pixels: Pixels) -> tuple[Face, ...]:
        if (
            min(pixels.shape[:2]) < _SMALLEST
        ):  # where its filters do not fit in, it fails in a way that brings the process down later
            return ()
        found = self._network(np.ascontiguousarray(pixels), 0)
        return tuple(Face(_box(one.rect), (), min(1.0, max(0.0, float(one.confidence)))) for one in found)


@dataclass(frozen=True, slots=True)
class DlibPointer:
    """Five points: the outer and the inner corner of the left eye, the same of the right one from inside out, and the base of the nose."""

    _predictor: Any

    def points(self, pixels: Pixels, face: Face) -> tuple[Point, ...]:
        shape = self._predictor(np.ascontiguousarray(pixels), _square(face.box))
        found = [(float(shape.part(i).x), float(shape.part(i).y)) for i in range(shape.num_parts)]
        return tuple(found[i] for i in (2, 3, 1, 0, 4))  # dlib tells the right eye first, from outside in


@dataclass(frozen=True, slots=True)
class DlibEmbedder:
    """128 numbers a face, of length 1.

    Attributes:
        alike: 0.41: its author's 0.6, between vectors whose usual length is 1.45.
    """

    identity: ModelIdentity
    alike: float
    _predictor: Any
    _network: Any

    def embed(self, pixels: Pixels, faces: Sequence[Face]) -> NDArray[np.float32]:
        if not faces:
            return np.zeros((0, 128), np.float32)
        image = np.ascontiguousarray(pixels)
        shapes = _dlib().full_object_detections()
        for face in faces:
            shapes.append(self._predictor(image, _square(face.box)))
        rows = np.array(self._network.compute_face_descriptor(image, shapes), np.float32)
        return np.asarray(rows / np.linalg.norm(rows, axis=1, keepdims=True), np.float32)


def open_network(models: Path | None = None) -> Network:
    """The detection network.

    Raises:
        MissingExtraError: dlib is not installed.
        ModelNotFoundError: the weights are nowhere.
        DamagedModelError: they are not what they must be.
    """
    found, network = _opened("dlib-faces", models, lambda dlib: dlib.cnn_face_detection_model_v1)
    return Network(found.identity, network)


def open_pointer(models: Path | None = None) -> DlibPointer:
    """What finds the points; errors as for `open_network`."""
    return DlibPointer(_opened("dlib-points", models, lambda dlib: dlib.shape_predictor)[1])


def open_embedder(models: Path | None = None) -> DlibEmbedder:
    """What embeds faces; errors as for `open_network`."""
    _, predictor = _opened("dlib-points", models, lambda dlib: dlib.shape_predictor)
    found, network = _opened("dlib-embedding", models, lambda dlib: dlib.face_recognition_model_v1)
    return DlibEmbedder(found.identity, 0.41, predictor, network)


def _dlib() -> Any:
    try:
        import dlib
    except ImportError as error:
        raise MissingExtraError.named("faces", "faces") from error
    return dlib


def _opened(name: str, models: Path | None, reader: Callable[[Any], Any]) -> tuple[Located, Any]:
    read = reader(_dlib())
    found = locate(known_model(name).entry, path=models)
    try:
        return found, read(found.where)
    except RuntimeError as error:
        what = f"cannot be read as dlib's {name} ({str(error).splitlines()[0][:120]})"
        raise DamagedModelError(found.where, what, found.entry.hint) from None


def _box(rectangle: Any) -> Box:
    """dlib's rectangles contain their last row and column."""
    return (
        float(rectangle.left()),
        float(rectangle.top()),
        float(rectangle.right() + 1),
        float(rectangle.bottom() + 1),
    )


def _square(box: Box) -> Any:
    """The square that dlib's points expect: its own detectors draw squares."""
    left, top, right, bottom = box
    half = (right - left + bottom - top) / 4
    x, y = (left + right) / 2, (top + bottom) / 2
    return _dlib().rectangle(round(x - half), round(y - half), round(x + half) - 1, round(y + half) - 1)
