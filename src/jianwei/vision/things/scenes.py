"""What a whole picture shows: a classifier of ImageNet, its 1,000 classes gathered into those that people ask for."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from jianwei.models import ModelIdentity
from jianwei.vision._base import Thing
from jianwei.vision.libraries import opencv
from jianwei.vision.networks import Network, open_network
from jianwei.vision.things.labels import scene_labels

__all__ = ["MOST", "RULES", "SURE", "SceneFinder", "open_scenes"]

RULES = "1"
"""Edition of what is done around the network: size, thresholds, groups. A new one is a new version of whoever finds."""

SURE = 0.3
"""Less probable groups are not told."""

MOST = 3
"""Groups told of one picture."""

_CLASSES = 1000
_EDGE, _SIDE = 256, 224
_MEANS = np.array([0.485, 0.456, 0.406], np.float32)
_DEVIATIONS = np.array([0.229, 0.224, 0.225], np.float32)


@dataclass(frozen=True, slots=True)
class SceneFinder:
    """The loaded model."""

    _network: Network

    @property
    def identity(self) -> ModelIdentity:
        """Who finds them."""
        return self._network.identity

    def find(self, pixels: NDArray[np.uint8]) -> tuple[Thing, ...]:
        """What the picture shows, the most probable first.

        Args:
            pixels: uint8 [h, w, 3], RGB.
        """
        chances = _softmax(self.logits(pixels))
        sums = [(float(chances[list(label.classes)].sum()), label) for label in scene_labels()]
        sums.sort(key=lambda pair: -pair[0])
        return tuple(Thing(label.key, label.chinese, score) for score, label in sums[:MOST] if score >= SURE)

    def logits(self, pixels: NDArray[np.uint8]) -> NDArray[np.float64]:
        """float64 [1000]: what the model says of the classes of ImageNet."""
        return np.asarray(self._network.run(prepared(pixels)), np.float64).ravel()


def open_scenes(models: Path | None = None, *, threads: int = 1) -> SceneFinder:
    """Load the model.

    Args:
        models: a folder of models that goes before all other places.
        threads: of one call.

    Raises:
        MissingExtraError: onnxruntime or OpenCV is not installed.
        ModelNotFoundError: the weights were not pulled.
        DamagedModelError: they are not what they must be.
    """
    opencv("scenes")
    finder = SceneFinder(network := open_network("ppresnet", RULES, models, threads))
    try:
        size = finder.logits(np.zeros((_SIDE, _SIDE, 3), np.uint8)).size
    except Exception as error:  # onnxruntime has a dozen classes for inputs that do not fit
        raise network.damaged(f"does not take 224 x 224 pixels ({str(error).splitlines()[0][:200]})") from None
    if size != _CLASSES:
        raise network.damaged(f"tells {size} classes, not the 1,000 of ImageNet")
    return finder


def prepared(pixels: NDArray[np.uint8]) -> NDArray[np.float32]:
    """float32 [3, 224, 224]: the middle of the picture, its shorter side scaled to 256, in the units of ImageNet's classifiers."""
    cv2 = opencv("scenes")
    height, width = pixels.shape[:2]
    ratio = _EDGE / min(height, width)
    size = (max(_EDGE, round(width * ratio)), max(_EDGE, round(height * ratio)))
    small = cv2.resize(pixels, size, interpolation=cv2.INTER_AREA if ratio < 1 else cv2.INTER_LINEAR)
    top, left = (small.shape[0] - _SIDE) // 2, (small.shape[1] - _SIDE) // 2
    middle = small[top : top + _SIDE, left : left + _SIDE].astype(np.float32) / 255
    return np.ascontiguousarray(((middle - _MEANS) / _DEVIATIONS).transpose(2, 0, 1))


def _softmax(logits: NDArray[np.float64]) -> NDArray[np.float64]:
    if logits.min() >= 0 and abs(logits.sum() - 1) < 1e-3:  # some exports end with the softmax
        return logits
    powers = np.exp(logits - logits.max())
    chances: NDArray[np.float64] = powers / powers.sum()
    return chances
