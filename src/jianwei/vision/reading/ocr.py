"""Reading a picture: lines are found, cut out and recognised."""

from __future__ import annotations

import os
from dataclasses import dataclass
from hashlib import sha256
from typing import Any

import numpy as np
from numpy.typing import NDArray

from jianwei.models import ModelIdentity, known_model, locate
from jianwei.models.folders import files_identity
from jianwei.models.onnx import open_session
from jianwei.vision._base import Line, Point
from jianwei.vision.reading.detecting import find_text
from jianwei.vision.reading.ordering import reading_order
from jianwei.vision.reading.recognising import characters_of, cut, recognise, widened
from jianwei.vision.reading.widths import tidy

__all__ = ["EXTRA", "RULES", "TextReader", "open_reader"]

EXTRA = "vision"

RULES = "1"
"""Edition of what is done around the networks; part of the identity, so that another edition reads again."""

SURE = 0.5
"""Lines whose score is lower are left out."""


@dataclass(frozen=True, slots=True)
class TextReader:
    """Two networks that read.

    Attributes:
        detector, recogniser: `onnxruntime.InferenceSession`s.
        characters: the recogniser's classes.
        identity: which model this is.
    """

    detector: Any
    recogniser: Any
    characters: tuple[str, ...]
    identity: ModelIdentity

    def read(self, pixels: NDArray[np.uint8]) -> tuple[Line, ...]:
        """The lines of a picture in reading order.

        Args:
            pixels: uint8 [height, width, 3], RGB, upright.
        """
        regions = find_text(self.detector, pixels)
        lines = [self._line(pixels, corners) for corners in regions.corners]
        return reading_order([line for line in lines if line.text and line.score >= SURE])

    def _line(self, pixels: NDArray[np.uint8], corners: NDArray[np.float32]) -> Line:
        read = recognise(self.recogniser, self.characters, cut(pixels, widened(corners)))
        return _line(tidy(read), corners, read.score)


def _line(text: str, corners: NDArray[np.float32], score: float) -> Line:
    low, high = corners.min(axis=0), corners.max(axis=0)
    points: list[Point] = [(float(x), float(y)) for x, y in corners]
    box = (float(low[0]), float(low[1]), float(high[0]), float(high[1]))
    return Line(text, box, (points[0], points[1], points[2], points[3]), score)


def open_reader(models: str | os.PathLike[str] | None = None, *, threads: int = 1, name: str = "ppocr") -> TextReader:
    """A reader; nothing is downloaded and nothing is written.

    Args:
        models: a folder of models to look in first; then the usual places, at last the package `rapidocr`.
        threads: of each network.
        name: a model of the lock file with the files det.onnx and rec.onnx; larger ones of PP-OCR can be brought in under a name of one's own.

    Raises:
        MissingExtraError: onnxruntime or OpenCV is not installed.
        ModelNotFoundError: the weights are nowhere, or are damaged.
        InputError: the weights given are no networks of PP-OCR.
    """
    found = {entry.file.rpartition("/")[2]: locate(entry, path=models) for entry in known_model(name).entries}
    detector, recogniser = (
        open_session(found[file], extra=EXTRA, threads=threads) for file in ("det.onnx", "rec.onnx")
    )
    digests = [(file, sha256(located.data).hexdigest()) for file, located in found.items()]
    identity = files_identity(name, [*digests, ("rules", RULES)])
    return TextReader(detector, recogniser, characters_of(recogniser), identity)
