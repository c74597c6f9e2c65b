"""What is seen in a picture: lines of text, faces, codes, things, how safe it is. Boxes are pixels of the upright picture."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Literal

import numpy as np
from numpy.typing import NDArray

from jianwei.common.results import Unavailable
from jianwei.models import ModelIdentity

__all__ = [
    "Avatar",
    "Box",
    "ChatLine",
    "Code",
    "Face",
    "ImageReport",
    "Line",
    "Liveness",
    "Picture",
    "Point",
    "Safety",
    "Thing",
]

Point = tuple[float, float]
"""(x, y) in pixels, from the left and from the top."""

Box = tuple[float, float, float, float]
"""(left, top, right, bottom) in pixels."""


@dataclass(frozen=True, slots=True)
class Picture:
    """A decoded picture, upright.

    Attributes:
        pixels: uint8 [height, width, 3], RGB.
        format: "jpeg", "png", "gif", "webp", "heic", "bmp", "avif"; "frame" for one of a video.
        size: (width, height) of the file's picture, upright; `pixels` may be smaller.
        frames: how many the file has; 1 for still pictures.
        notes: codes of what is odd but harmless: "extension" (the name's suffix belongs to another type), …
    """

    pixels: NDArray[np.uint8]
    format: str
    size: tuple[int, int]
    frames: int = 1
    notes: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Line:
    """A line of text.

    Attributes:
        text: what it says.
        box: around it.
        corners: four points, clockwise from the upper left of the text: lines may be slanted.
        score: 0 to 1.
    """

    text: str
    box: Box
    corners: tuple[Point, Point, Point, Point]
    score: float


@dataclass(frozen=True, slots=True)
class ChatLine:
    """One message of a chat screenshot.

    Attributes:
        side: "left" (the other one), "right" (the owner of the phone), "middle" (time, notice) or "title" (whose chat it is).
        text: its lines joined.
        name: who is written above the bubble, in groups; "" where nobody is.
        box: around it.
        quote: what it answers, as shown below its bubble; "" where nothing is.
    """

    side: Literal["left", "right", "middle", "title"]
    text: str
    name: str
    box: Box
    quote: str = ""


@dataclass(frozen=True, slots=True)
class Face:
    """A face.

    Attributes:
        box: around it.
        points: five of them, from left to right as the viewer sees them: two eyes, the nose, two corners of the mouth; or what the
            detector gives; may be empty.
        score: 0 to 1.
        embedding: float32 [n] of length 1, or None where it was not asked for.
    """

    box: Box
    points: tuple[Point, ...]
    score: float
    embedding: NDArray[np.float32] | None = None


@dataclass(frozen=True, slots=True)
class Avatar:
    """Whether a profile picture shows a person.

    Attributes:
        verdict: "person" (one photographed face), "people" (several), "drawing" (a drawing, cartoon, pattern or statue), "none" (no face).
        score: 0 to 1, how sure.
    """

    verdict: Literal["person", "people", "drawing", "none"]
    score: float


@dataclass(frozen=True, slots=True)
class Liveness:
    """Whether a camera capture shows a live face, or a print or screen of one. Asked only of camera captures.

    Attributes:
        live: the verdict.
        score: probability that it is live.
        face: the face that was judged.
    """

    live: bool
    score: float
    face: Face
    model: ModelIdentity


@dataclass(frozen=True, slots=True)
class Thing:
    """An object or a scene.

    Attributes:
        name: English key of the class, "cup".
        label: Chinese name, "杯子".
        score: 0 to 1.
        box: around an object; None for a scene.
    """

    name: str
    label: str
    score: float
    box: Box | None = None


@dataclass(frozen=True, slots=True)
class Code:
    """A QR code or bar code.

    Attributes:
        format: "QRCode", "EAN13", …
        text: what it says, as it came: never opened, never run.
        corners: four points.
    """

    format: str
    text: str
    corners: tuple[Point, ...]


@dataclass(frozen=True, slots=True)
class Safety:
    """Sexual content of a picture.

    Attributes:
        nsfw: 0 to 1.
        unsafe: whether it lies above the model's threshold.
    """

    nsfw: float
    unsafe: bool
    model: ModelIdentity


@dataclass(frozen=True, slots=True)
class ImageReport:
    """Everything seen in one picture. Parts whose model is missing are `Unavailable`, which is not the same as none.

    Attributes:
        name: what people call the file.
        size: (width, height), upright.
        format: "jpeg", …
        frames: frames of the file; 1 for a still picture.
        lines: text in reading order.
        chat: the messages of a chat screenshot in order; empty for other pictures.
        faces: by area, largest first.
        avatar: whether it would be a photograph of a person.
        codes: QR codes and bar codes.
        things: objects; scenes: what kind of place.
        safety: sexual content.
        hash: 64-bit perceptual hash as 16 hex digits: near-duplicates differ in few bits.
        notes: codes of what is odd but harmless.
        models: who said what: part → identity.
    """

    name: str
    size: tuple[int, int]
    format: str
    frames: int
    lines: tuple[Line, ...] | Unavailable
    chat: tuple[ChatLine, ...]
    faces: tuple[Face, ...] | Unavailable
    avatar: Avatar | Unavailable
    codes: tuple[Code, ...] | Unavailable
    things: tuple[Thing, ...] | Unavailable
    scenes: tuple[Thing, ...] | Unavailable
    safety: Safety | Unavailable
    hash: str
    notes: tuple[str, ...] = ()
    models: tuple[tuple[str, ModelIdentity], ...] = field(default=())

    @property
    def text(self) -> str:
        """The lines, one below the other; "" where there are none or nobody could read them."""
        return "\n".join(line.text for line in self.lines) if isinstance(self.lines, tuple) else ""
