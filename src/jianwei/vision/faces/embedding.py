"""Faces as vectors of length 1, for telling whether two show one person. Made on demand only; nothing here keeps them.

SFace (Zhong et al. 2021) where the face has the points of YuNet and the model was pulled; dlib's network else.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from jianwei.errors import DamagedModelError, MissingExtraError, ModelNotFoundError
from jianwei.models import ModelIdentity, known_model, locate
from jianwei.models.onnx import open_session
from jianwei.vision._base import Face, Point
from jianwei.vision.faces._base import Embedder, Pixels
from jianwei.vision.faces.dlib_models import open_embedder

__all__ = ["SFace", "aligned", "open_best_embedder", "open_sface", "similarity"]

_SIDE = 112
_WHERE = np.array(
    [[38.2946, 51.6963], [73.5318, 51.5014], [56.0252, 71.7366], [41.5493, 92.3655], [70.7299, 92.2041]]
)  # eyes, nose, mouth of a face in 112 x 112: the places that ArcFace and its successors are trained with


@dataclass(frozen=True, slots=True)
class SFace:
    """128 numbers a face.

    Attributes:
        alike: 1.128, OpenCV's value for this model.
    """

    identity: ModelIdentity
    alike: float
    _session: Any

    def embed(self, pixels: Pixels, faces: Sequence[Face]) -> NDArray[np.float32]:
        name = self._session.get_inputs()[0].name
        rows = []
        for face in faces:
            shown = aligned(pixels, face.points).astype(np.float32).transpose(2, 0, 1)[None]
            (row,) = self._session.run(None, {name: np.ascontiguousarray(shown)})[0]
            rows.append(row / max(float(np.linalg.norm(row)), 1e-9))
        return np.array(rows, np.float32) if rows else np.zeros((0, 128), np.float32)


def similarity(points: NDArray[np.float64], places: NDArray[np.float64]) -> NDArray[np.float64]:
    """The rotation, scaling and shift that brings points closest to places, [2, 3] (least squares, Umeyama 1991).

    >>> points = np.array([[0.0, 0], [2, 0], [0, 2]])
    >>> (similarity(points, points * 3 + 1).round(6) + 0.0).tolist()
    [[3.0, 0.0, 1.0], [0.0, 3.0, 1.0]]
    """
    middle, goal = points.mean(axis=0), places.mean(axis=0)
    moved, wanted = points - middle, places - goal
    left, sizes, right = np.linalg.svd(wanted.T @ moved / len(points))
    signs = np.array([1.0, np.sign(np.linalg.det(left @ right)) or 1.0])
    turn = (left * signs) @ right
    factor = float((sizes * signs).sum() / max(moved.var(axis=0).sum(), 1e-12))
    return np.column_stack([factor * turn, goal - factor * turn @ middle])


def aligned(pixels: Pixels, points: Sequence[Point]) -> Pixels:
    """A face upright in a square of 112 pixels, its five points where the network expects them.

    Args:
        pixels: uint8 [h, w, 3].
        points: eyes, nose, corners of the mouth, from left to right as the viewer sees them.
    """
    try:
        import cv2
    except ImportError as error:
        raise MissingExtraError.named("embeddings of faces", "vision") from error

    matrix = similarity(np.array(points, np.float64), _WHERE)
    return np.asarray(
        cv2.warpAffine(np.ascontiguousarray(pixels), matrix, (_SIDE, _SIDE), flags=cv2.INTER_LINEAR), np.uint8
    )


def open_sface(models: Path | None = None, *, threads: int = 1) -> SFace:
    """SFace, the edition of December 2021.

    Raises:
        MissingExtraError: onnxruntime is not installed.
        ModelNotFoundError: the weights are nowhere.
        DamagedModelError: they are not what they must be.
    """
    found = locate(known_model("sface").entry, path=models)
    return SFace(found.identity, 1.128, open_session(found, extra="vision", threads=threads))


def open_best_embedder(models: Path | None = None, *, with_mouth: bool, threads: int = 1) -> Embedder:
    """SFace where faces have its points and it is there; dlib's network else.

    Args:
        models: a folder of models that goes before all other places.
        with_mouth: whether the detector tells the five points of `aligned`.
        threads: of one call.

    Raises:
        MissingExtraError: dlib is not installed.
        ModelNotFoundError: the weights are nowhere.
        DamagedModelError: they are not what they must be.
    """
    if with_mouth:
        try:
            return open_sface(models, threads=threads)
        except DamagedModelError:
            raise
        except ModelNotFoundError:
            return open_embedder(models)
    return open_embedder(models)
