"""Reading a picture: lines are found, cut out, recognised, and put into the order in which people read them."""

from __future__ import annotations

import math
import os
import re
from collections import Counter
from dataclasses import dataclass
from hashlib import sha256
from typing import Any

import numpy as np
from numpy.typing import NDArray

from jianwei.errors import DamagedModelError, MissingExtraError
from jianwei.models import ModelIdentity, known_model, locate
from jianwei.models.folders import files_identity
from jianwei.models.onnx import open_session
from jianwei.vision._base import Box, Line, Point
from jianwei.vision.reading.chats import silent_bubbles
from jianwei.vision.reading.detecting import find_text
from jianwei.vision.reading.ordering import reading_order
from jianwei.vision.reading.recognising import Reading, characters_of, cut, recognise, widened
from jianwei.vision.reading.widths import tidy

__all__ = ["EXTRA", "RULES", "TextReader", "open_reader"]

EXTRA = "vision"

RULES = "2"
"""Edition of what is done around the networks; part of the identity, so that another edition reads again."""

SURE = 0.5
"""Lines whose score is lower are left out."""

POOR = 0.8
"""Lines whose score is lower are tried upside down too."""

TALL = 1.5
"""A box this many times as high as wide may hold a line that runs up or down."""

STRIP = 3.0
"""A picture this many times as wide as high may be a single line that was cut out already."""

_SHAPES = re.compile(r"[\u2500-\u25ff_|¦=\-—–·]+")


@dataclass(frozen=True, slots=True)
class _Turned:
    """A line, and by how many quarters to the left its picture was turned before it could be read."""

    line: Line
    quarters: int


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
        """The lines of a picture in reading order. A picture that lies on its side or its head is read as if it stood.

        Args:
            pixels: uint8 [height, width, 3], RGB, upright by its own mark; any size.
        """
        height, width = pixels.shape[:2]
        boxes = find_text(self.detector, pixels).corners
        found = self._lines(pixels, boxes)
        if not found and width >= STRIP * height:
            found = self._lines(pixels, np.array([_corners((0, 0, width, height))], np.float32))
        quarters = _common_turn(found)
        if quarters and any(turned.quarters != quarters for turned in found):  # the others stand like most
            found = self._lines(pixels, boxes, quarters)
        lines = reading_order([turned.line for turned in found], quarters)
        if silent := silent_bubbles(lines, pixels):
            found += self._lines(pixels, np.array([_corners(box) for box in silent], np.float32), quarters)
            lines = reading_order([turned.line for turned in found], quarters)
        return lines

    def _lines(self, pixels: NDArray[np.uint8], boxes: NDArray[np.float32], quarters: int = 0) -> list[_Turned]:
        """What the boxes hold, for a page that must be turned to the left by so many quarters."""
        read = [self._line(cut(pixels, seen), box, quarters) for seen, box in zip(widened(boxes), boxes, strict=True)]
        return [turned for turned in read if _is_text(turned.line)]

    def _line(self, piece: NDArray[np.uint8], corners: NDArray[np.float32], quarters: int) -> _Turned:
        """Read a piece: as the page lies, and turned where that may be better."""
        tall = piece.shape[0] >= TALL * piece.shape[1]
        turns = [quarters, *((turn for turn in (0, 1, 3) if turn != quarters) if tall else ())]
        reads = [(self._recognise(np.ascontiguousarray(np.rot90(piece, turn))), turn) for turn in turns]
        if not tall and not quarters and reads[0][0].score < POOR and piece.shape[1] > piece.shape[0]:
            reads.append((self._recognise(np.ascontiguousarray(np.rot90(piece, 2))), 2))
        best, turn = max(reads, key=lambda read: _weight(read[0]))
        return _Turned(_as_line(tidy(best), np.roll(corners, -turn, axis=0), best.score), turn)

    def _recognise(self, piece: NDArray[np.uint8]) -> Reading:
        return recognise(self.recogniser, self.characters, piece)


def _corners(box: Box) -> tuple[Point, Point, Point, Point]:
    left, top, right, bottom = box
    return ((left, top), (right, top), (right, bottom), (left, bottom))


def _common_turn(found: list[_Turned]) -> int:
    """The turn of most letters."""
    letters: Counter[int] = Counter()
    for turned in found:
        letters[turned.quarters] += len(turned.line.text)
    return letters.most_common(1)[0][0] if letters else 0


def _weight(read: Reading) -> float:
    """How much a reading is worth against one of the same box turned: sure letters, and a few rather than one."""
    return read.score * math.sqrt(min(len(read.text), 3))


def _is_text(line: Line) -> bool:
    """Whether a line was read surely enough, and is more than a shape that looks like a letter (a block, a rule)."""
    return bool(line.text) and line.score >= SURE and not _SHAPES.fullmatch(line.text)


def _as_line(text: str, corners: NDArray[np.float32], score: float) -> Line:
    low, high = corners.min(axis=0), corners.max(axis=0)
    points: list[Point] = [(float(x), float(y)) for x, y in corners]
    box = (float(low[0]), float(low[1]), float(high[0]), float(high[1]))
    return Line(text, box, (points[0], points[1], points[2], points[3]), score)


def open_reader(models: str | os.PathLike[str] | None = None, *, threads: int = 1, name: str = "ppocr") -> TextReader:
    """A reader; nothing is downloaded and nothing is written.

    Args:
        models: a folder of models to look in first; then the usual places, at last the package `rapidocr`.
        threads: of each network.
        name: a model of the lock file with the files det.onnx and rec.onnx; a larger PP-OCR can be brought in under a name of one's own.

    Raises:
        MissingExtraError: onnxruntime, OpenCV or the package with the weights is not installed.
        ModelNotFoundError: the weights are nowhere.
        DamagedModelError: the weights are others than they must be, or no networks of PP-OCR.
    """
    try:
        import cv2  # noqa: F401
    except ImportError as error:
        raise MissingExtraError.named(name, EXTRA) from error

    found = {entry.file.rpartition("/")[2]: locate(entry, path=models) for entry in known_model(name).entries}
    detector, recogniser = (
        open_session(found[file], extra=EXTRA, threads=threads) for file in ("det.onnx", "rec.onnx")
    )
    characters = characters_of(recogniser)
    if recogniser.get_outputs()[0].shape[-1] != len(characters):
        what = "is no recogniser of PP-OCR: its classes are not those that it names"
        raise DamagedModelError(found["rec.onnx"].where, what, "give the file that PaddleOCR or RapidOCR publishes")
    digests = [(file, sha256(located.data).hexdigest()) for file, located in found.items()]
    return TextReader(detector, recogniser, characters, files_identity(name, [*digests, ("rules", RULES)]))
