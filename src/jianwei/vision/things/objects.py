"""Objects by YOLOX (Ge et al. 2021, arXiv 2107.08430), trained on COCO: 80 classes of everyday things."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cache
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from jianwei.models import ModelIdentity
from jianwei.vision._base import Thing
from jianwei.vision.boxes import suppress
from jianwei.vision.libraries import opencv
from jianwei.vision.networks import Network, open_network
from jianwei.vision.things.labels import object_labels

__all__ = ["MOST", "OVERLAP", "RULES", "SURE", "ObjectFinder", "open_things"]

RULES = "1"
"""Edition of what is done around the network: size, thresholds, names. A new one is a new version of whoever finds."""

SURE = 0.35
"""Things that the model is less sure of are not told; the value with which the weights are published at OpenCV."""

OVERLAP = 0.5
"""Of two boxes of one class that share more than this (intersection over union), the surer one stays; likewise."""

MOST = 100
"""Things told of one picture, as COCO counts them."""

_STRIDES = (8, 16, 32)
_PADDING = 114
_Floats = NDArray[np.float32]


@dataclass(frozen=True, slots=True)
class ObjectFinder:
    """The loaded model."""

    _network: Network
    _size: tuple[int, int]

    @property
    def identity(self) -> ModelIdentity:
        """Who finds them."""
        return self._network.identity

    def find(self, pixels: NDArray[np.uint8]) -> tuple[Thing, ...]:
        """The things in a picture, the surest first.

        Args:
            pixels: uint8 [h, w, 3], RGB.
        """
        padded, ratio = letterboxed(pixels, self._size)
        boxes, scores = decoded(self._network.run(padded), self._size)
        classes = scores.argmax(axis=1)
        best = scores[np.arange(len(scores)), classes]
        height, width = pixels.shape[:2]
        found = []
        for at in strongest(boxes, best, classes):
            left, top, right, bottom = np.clip(boxes[at] / ratio, 0, [width, height, width, height])
            label = object_labels()[classes[at]]
            box = (float(left), float(top), float(right), float(bottom))
            found.append(Thing(label.key, label.chinese, float(best[at]), box))
        return tuple(found)


def open_things(models: Path | None = None, *, threads: int = 1) -> ObjectFinder:
    """Load the model.

    Args:
        models: a folder of models that goes before all other places.
        threads: of one call.

    Raises:
        MissingExtraError: onnxruntime or OpenCV is not installed.
        ModelNotFoundError: the weights were not pulled.
        DamagedModelError: they are not what they must be.
    """
    opencv("things")
    network = open_network("yolox", RULES, models, threads)
    match network.shapes:
        case ([_, 3, int(height), int(width)], [_, cells, values]):
            if (cells, values) == (_cells((height, width)), 5 + len(object_labels())):
                return ObjectFinder(network, (height, width))
    raise network.damaged(f"takes and gives other shapes than YOLOX with 80 classes: {network.shapes}")


def _cells(size: tuple[int, int]) -> int:
    return sum((size[0] // stride) * (size[1] // stride) for stride in _STRIDES)


def letterboxed(pixels: NDArray[np.uint8], size: tuple[int, int]) -> tuple[_Floats, float]:
    """The picture as large as it fits into the upper left of the model's input, the rest grey; and by what it was scaled.

    Args:
        pixels: uint8 [h, w, 3], RGB.
        size: (height, width) of the input.

    Returns:
        float32 [3, height, width], BGR, 0 to 255, as the published weights were trained; the ratio.
    """
    cv2 = opencv("things")
    ratio = min(size[0] / pixels.shape[0], size[1] / pixels.shape[1])
    height, width = (max(1, int(side * ratio)) for side in pixels.shape[:2])
    padded = np.full((*size, 3), _PADDING, np.uint8)
    padded[:height, :width] = cv2.resize(pixels, (width, height), interpolation=cv2.INTER_LINEAR)
    return np.ascontiguousarray(padded[:, :, ::-1].transpose(2, 0, 1), np.float32), ratio


@cache
def _grid(size: tuple[int, int]) -> tuple[_Floats, _Floats]:
    """[cells, 2]: place of every cell in its own grid; [cells, 1]: how many pixels a cell is wide."""
    places, strides = [], []
    for stride in _STRIDES:
        rows, columns = np.mgrid[: size[0] // stride, : size[1] // stride]
        places.append(np.column_stack([columns.ravel(), rows.ravel()]))
        strides.append(np.full((rows.size, 1), stride))
    return np.concatenate(places).astype(np.float32), np.concatenate(strides).astype(np.float32)


def decoded(answer: _Floats, size: tuple[int, int]) -> tuple[_Floats, _Floats]:
    """Boxes [cells, 4] in pixels of the input and scores [cells, classes] from what the model says.

    Args:
        answer: [cells, 5 + classes]: centre relative to the cell, logarithm of the size in cells, objectness, classes.
        size: (height, width) of the input.
    """
    places, strides = _grid(size)
    centres = (answer[:, :2] + places) * strides
    halves = np.exp(answer[:, 2:4]) * strides / 2
    return np.concatenate([centres - halves, centres + halves], axis=1), answer[:, 4:5] * answer[:, 5:]


def strongest(boxes: _Floats, scores: _Floats, classes: NDArray[np.int64]) -> list[int]:
    """Which boxes stay, the surest first: those of at least `SURE` that no surer box of their class overlaps by more than `OVERLAP`, at
    most `MOST`.
    """
    sure = np.flatnonzero(scores >= SURE)
    if not len(sure):
        return []
    found = np.clip(np.nan_to_num(boxes[sure].astype(np.float64)), -1e6, 1e6)
    # Every class lies in a field of its own, so that none overlaps another's.
    apart = found + (classes[sure] * (found.max() - found.min() + 1.0))[:, None]
    return [int(at) for at in sure[suppress(apart, scores[sure].astype(np.float64), overlap=OVERLAP)]][:MOST]
