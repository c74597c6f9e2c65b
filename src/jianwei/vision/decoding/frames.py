"""A few frames of a video or an animation, evenly over its length."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from itertools import islice
from typing import Any

import numpy as np
from numpy.typing import NDArray

from jianwei.common.media import MediaLimits, OpenMedia, RejectedMediaError, Source, open_media
from jianwei.common.media.containers import (
    allowed,
    check_length,
    decoded_packets,
    is_cover,
    length_of,
    open_container,
)
from jianwei.vision._base import Picture
from jianwei.vision.decoding.pictures import check_pixels, frames_in, opened_picture, pixels_of, read_picture

__all__ = ["Frame", "read_frames"]

LONGEST = 1920
"""Pixels of the longer side of a frame; larger ones are reduced."""

_NEAR_SECONDS = 2.0  # up to here the next frame is reached by decoding on, farther ones from the key frame before
_MOST_DECODED = 300  # frames behind a key frame
_PIXELS_A_VIDEO = 1_500_000_000  # as many are decoded: 700 frames of 1920 × 1080
_SAME = 2.0  # mean difference in levels of 256 below which two frames show the same
_PIXELS_AN_ANIMATION = 4  # times the pixels allowed: as much of an animation is decoded


@dataclass(frozen=True, slots=True)
class Frame:
    """One frame.

    Attributes:
        seconds: when it is shown.
        picture: what it shows; format "frame".
    """

    seconds: float
    picture: Picture


def read_frames(source: Source, limits: MediaLimits | None = None) -> tuple[Frame, ...]:
    """Some frames of a video, an animated GIF, WebP or PNG; a still picture is one frame.

    They lie in the middles of `limits.frames` equal parts; of frames that show the same the first is kept. Of large videos whose key frames
    lie far apart only so much is decoded; their frames come earlier than the middles.

    Args:
        source: a path, the content itself, or a file that was opened.
        limits: bounds; the defaults of `MediaLimits` when None.

    Returns:
        at least one, in order.

    Raises:
        RejectedMediaError: it is refused by `open_media`, or is damaged, too long, has too many pixels or no picture ("no_picture").
        MissingExtraError: no decoder is installed.
    """
    bounds = limits or MediaLimits()
    media = open_media(source, "picture", "video", limits=bounds)
    if media.type.kind == "video":
        return tuple(_different(_of_video(media, bounds)))
    picture = read_picture(media, bounds)
    if picture.frames == 1:
        return (Frame(0.0, picture),)
    return tuple(_different(_of_animation(media, bounds)))


def _of_animation(media: OpenMedia, limits: MediaLimits) -> Iterator[Frame]:
    """Frames build on the ones before them, so all up to the last one are decoded: as many as may be."""
    with opened_picture(media, limits) as image:
        count, (width, height) = frames_in(image), image.size
        affordable = max(1, _PIXELS_AN_ANIMATION * limits.pixels // (width * height))
        wanted = set(_middles(min(count, affordable), limits.frames))
        seconds = 0.0
        for index in range(max(wanted) + 1):
            image.seek(index)
            check_pixels(media.name, image.width, image.height, limits)  # a later frame may be larger
            image.load()  # before that not every format tells how long a frame is shown
            if index in wanted:
                pixels = pixels_of(image.copy(), longest=LONGEST)
                yield Frame(seconds, Picture(pixels, "frame", (width, height), count, media.notes))
            seconds += max(0.0, float(image.info.get("duration", 0))) / 1000


def _middles(count: int, parts: int) -> list[int]:
    """The middles of equal parts of `count` things.

    >>> _middles(10, 2), _middles(2, 8)
    ([2, 7], [0, 1])
    """
    parts = max(1, min(count, parts))
    return [(2 * part + 1) * count // (2 * parts) for part in range(parts)]


def _of_video(media: OpenMedia, limits: MediaLimits) -> Iterator[Frame]:
    with open_container(media, "vision", limits) as container:
        stream = next((s for s in container.streams.video if not is_cover(s)), None)
        if stream is None:
            raise RejectedMediaError("no_picture", media.name, "holds no picture", "give another file")
        context = stream.codec_context
        if not allowed(context):
            what = f"its picture is of the codec {getattr(context, 'name', 'none')}, which is not read"
            raise RejectedMediaError("unsupported", media.name, what, "convert it")
        check_pixels(media.name, context.width, context.height, limits)
        length = length_of(container, stream)
        check_length(media.name, length or 0.0, limits)
        if length is None:
            length = _measured(container, stream)
            check_length(media.name, length, limits)
        start = float(stream.start_time * stream.time_base) if stream.start_time else 0.0
        parts = max(1, limits.frames)
        targets = [(part + 0.5) * length / parts for part in range(parts)]
        affordable = _PIXELS_A_VIDEO // (context.width * context.height)
        seen = False
        for seconds, frame in _near(container, stream, start, targets, affordable):
            check_pixels(media.name, frame.width, frame.height, limits)
            seen = True
            yield Frame(seconds, _picture(frame, media))
        if not seen:
            raise RejectedMediaError("damaged", media.name, "no frame can be decoded", "send it again")


def _measured(container: Any, stream: Any) -> float:
    """Seconds up to the last packet, where the header does not tell."""
    last = max((packet.pts for packet in container.demux(stream) if packet.pts is not None), default=0)
    container.seek(0)
    return float(last * stream.time_base)


def _near(
    container: Any, stream: Any, start: float, targets: Sequence[float], affordable: int
) -> Iterator[tuple[float, Any]]:
    """(second, frame) at each target, or before it where more frames would have to be decoded than are affordable."""
    frames, at, frame = _frames(container, stream), 0.0, None
    for number, target in enumerate(targets):
        share = min(_MOST_DECODED, max(1, affordable // (len(targets) - number)))
        if target - at > _NEAR_SECONDS and at < _key_before(stream, start + target) - start:
            container.seek(int((start + target) * 1_000_000), backward=True)
            frames, frame = _frames(container, stream), None
        for following in islice(frames, share):
            frame, affordable = following, affordable - 1
            at = float(frame.pts * stream.time_base) - start if frame.pts is not None else at
            if at >= target:
                break
        if frame is not None:
            yield max(0.0, at), frame


def _key_before(stream: Any, second: float) -> float:
    """When the key frame before a second is shown, as far as the index tells: else that second."""
    entries = stream.index_entries
    found = entries.search_timestamp(int(second / stream.time_base), backward=True) if len(entries) else -1
    return float(entries[found].timestamp * stream.time_base) if found >= 0 else second


def _frames(container: Any, stream: Any) -> Iterator[Any]:
    return (frame for frames in decoded_packets(container, stream) for frame in frames or ())


def _picture(frame: Any, media: OpenMedia) -> Picture:
    scale = min(1.0, LONGEST / max(frame.width, frame.height))
    width, height = max(1, round(frame.width * scale)), max(1, round(frame.height * scale))
    pixels = frame.reformat(width=width, height=height, format="rgb24").to_ndarray()
    turns = round(frame.rotation / 90) % 4
    size = (frame.height, frame.width) if turns % 2 else (frame.width, frame.height)
    return Picture(np.ascontiguousarray(np.rot90(pixels, turns)), "frame", size, 1, media.notes)


def _different(frames: Iterable[Frame]) -> Iterator[Frame]:
    """Without those that show the same as one before."""
    seen: list[NDArray[np.float32]] = []
    for frame in frames:
        small = _small(frame.picture.pixels)
        if not any(float(np.abs(small - other).mean()) < _SAME for other in seen):
            seen.append(small)
            yield frame


def _small(pixels: NDArray[np.uint8]) -> NDArray[np.float32]:
    """A sample of 48 × 48 pixels."""
    rows, columns = (np.linspace(0, n - 1, 48).astype(int) for n in pixels.shape[:2])
    small: NDArray[np.float32] = pixels[rows[:, None], columns].astype(np.float32)
    return small
