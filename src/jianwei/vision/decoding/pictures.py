"""Still pictures, upright, as pixels."""

from __future__ import annotations

import warnings
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import replace
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray

from jianwei.common.media import MediaLimits, OpenMedia, RejectedMediaError, Source, open_media
from jianwei.common.media.containers import decoding
from jianwei.common.media.measuring import picture_size
from jianwei.errors import MissingExtraError
from jianwei.vision._base import Picture

if TYPE_CHECKING:
    from PIL.Image import Image

__all__ = ["LONGEST", "check_pixels", "frames_in", "opened_picture", "pixels_of", "read_picture"]

LONGEST = 4096
"""Pixels of the longer side of what is looked at; larger pictures are reduced."""

_FORMATS = {
    "image/jpeg": "JPEG",
    "image/png": "PNG",
    "image/gif": "GIF",
    "image/webp": "WEBP",
    "image/bmp": "BMP",
    "image/avif": "AVIF",
    "image/heic": "HEIF",
}
_HEAD_BYTES = 1 << 20
_ORIENTATION = 0x0112
_MOST_FRAMES = 10_000
_WHOLE = 2  # a JPEG is reduced while it is decoded; of the others, which are decoded whole first, half as many pixels are allowed
_MOST_SCANS = 200
_SIXTEEN_BITS = ("I", "I;16", "I;16B", "I;16L", "I;16N")


def read_picture(source: Source, limits: MediaLimits | None = None) -> Picture:
    """Decode a JPEG, PNG, GIF, WebP, HEIC, AVIF or BMP; of an animation the first frame.

    Upright by its EXIF; transparent parts on white; 16 bits, palettes and CMYK as RGB of 8 bits. Only the decoder of the format that the
    bytes are is ever asked. The size is checked before any pixel is decoded: a JPEG may have `limits.pixels`, others half as many, because
    they are decoded whole before they are reduced.

    Args:
        source: a path, the content itself, or a file that was opened.
        limits: bounds; the defaults of `MediaLimits` when None.

    Returns:
        pixels whose longer side is at most `LONGEST`, `size` as in the file, upright. Notes: "extension", "trailing" (see `open_media`),
        "exif" (metadata that cannot be read).

    Raises:
        RejectedMediaError: it is refused by `open_media`, or "unsupported" (TIFF, PSD, …), "too_many_pixels", "damaged".
        MissingExtraError: no decoder is installed.
    """
    bounds = limits or MediaLimits()
    media = open_media(source, "picture", limits=bounds)
    with opened_picture(media, bounds) as image:
        frames = frames_in(image)
        turn, notes = _turn(image, media)
        width, height = image.size
        if image.format == "JPEG":
            image.draft("RGB", (LONGEST, LONGEST))
        pixels = pixels_of(image, turn)
    size = (height, width) if turn in (5, 6, 7, 8) else (width, height)
    return Picture(pixels, media.type.mime.removeprefix("image/"), size, frames, media.notes + notes)


@contextmanager
def opened_picture(media: OpenMedia, limits: MediaLimits) -> Iterator[Any]:
    """A Pillow image whose pixels are not decoded yet and are not too many.

    Raises:
        RejectedMediaError: "unsupported", "too_many_pixels"; "damaged" for what goes wrong inside the `with`.
        MissingExtraError: Pillow, or for HEIC pillow-heif, is not installed.
    """
    try:
        from PIL import Image
    except ImportError:
        raise MissingExtraError.named("pictures", "vision") from None
    form = _FORMATS.get(media.type.mime)
    if form is None:
        what = f"is of the type {media.type.mime}, which is not read"
        raise RejectedMediaError("unsupported", media.name, what, "convert it")
    bounds = limits if form == "JPEG" else replace(limits, pixels=limits.pixels // _WHOLE)
    with media.open() as stream, decoding(media.name), warnings.catch_warnings():
        warnings.simplefilter("ignore")  # of Pillow on bombs, which are refused here, and on odd metadata
        told = picture_size(stream.read(_HEAD_BYTES))
        if told is not None:
            check_pixels(media.name, told[0], told[1], bounds)
        stream.seek(0)
        try:
            image = _heif(stream) if form == "HEIF" else Image.open(stream, formats=(form,))
        except Image.DecompressionBombError:
            raise RejectedMediaError("too_many_pixels", media.name, "has too many pixels", "make it smaller") from None
        if form == "JPEG" and image.info.get("progressive"):
            _check_scans(media)
        with image:
            check_pixels(media.name, image.width, image.height, bounds)
            yield image


def _check_scans(media: OpenMedia) -> None:
    """Every scan goes over all of the picture, so many of them are hours of work in a small file.

    Source: The libjpeg-turbo Project, "Two Issues with the JPEG Standard".
    """
    if media.read().count(b"\xff\xda") > _MOST_SCANS:
        raise RejectedMediaError("damaged", media.name, "has more scans than any camera makes", "convert it")


def _heif(stream: Any) -> Any:
    try:
        import pillow_heif
    except ImportError:
        raise MissingExtraError.named("HEIC pictures", "vision") from None
    opened: Any = pillow_heif.HeifImageFile
    return opened(stream)


def check_pixels(name: str, width: int, height: int, limits: MediaLimits) -> None:
    """Refuse what has no pixels or too many.

    Raises:
        RejectedMediaError: "damaged" or "too_many_pixels".
    """
    if width <= 0 or height <= 0:
        raise RejectedMediaError("damaged", name, "has no pixels", "send it again")
    if width * height > limits.pixels:
        what = f"{width:,} × {height:,} pixels are more than the {limits.pixels:,} allowed"
        raise RejectedMediaError("too_many_pixels", name, what, "make it smaller")


def frames_in(image: Any) -> int:
    """How many pictures the file has, counted up to a bound without decoding them."""
    return min(int(getattr(image, "n_frames", 1)), _MOST_FRAMES)


def _turn(image: Any, media: OpenMedia) -> tuple[int, tuple[str, ...]]:
    """The EXIF orientation, 1 to 8, and notes. HEIC and AVIF are turned by their decoders."""
    if media.type.mime in ("image/heic", "image/avif"):
        return 1, ()
    try:
        turn = image.getexif().get(_ORIENTATION, 1)
    except Exception:  # whatever a parser of metadata makes of junk: the picture itself may be fine
        return 1, ("exif",)
    return (turn, ()) if turn in range(1, 9) else (1, () if turn in (0, None) else ("exif",))


def pixels_of(image: Image, turn: int = 1, longest: int = LONGEST) -> NDArray[np.uint8]:
    """Decode: uint8 [height, width, 3], RGB, upright, the longer side at most `longest` pixels.

    Args:
        image: opened by Pillow.
        turn: orientation by EXIF (JEITA CP-3451 §4.6.4), 1 to 8.
        longest: what to reduce to.
    """
    import PIL.Image

    if image.mode in _SIXTEEN_BITS:
        gray = np.asarray(image)
        image = PIL.Image.fromarray((gray >> 8 if gray.max(initial=0) > 255 else gray).astype(np.uint8))
    if image.mode == "P":
        image = image.convert("RGBA" if "transparency" in image.info else "RGB")
    if max(image.size) > longest:
        image.thumbnail((longest, longest), PIL.Image.Resampling.LANCZOS, reducing_gap=2.0)
    if image.mode in ("RGBA", "LA", "PA", "RGBa", "La") or "transparency" in image.info:
        image = image.convert("RGBA")
        ground = PIL.Image.new("RGBA", image.size, "white")
        ground.alpha_composite(image)
        image = ground
    pixels = np.asarray(image.convert("RGB"))
    return np.ascontiguousarray(_upright(pixels, turn))


def _upright(pixels: NDArray[np.uint8], turn: int) -> NDArray[np.uint8]:
    """Undo what the camera did."""
    if turn >= 5:
        pixels = pixels.transpose(1, 0, 2)
    if turn in (2, 3, 6, 7):
        pixels = pixels[:, ::-1]
    if turn in (3, 4, 7, 8):
        pixels = pixels[::-1]
    return pixels
