"""The sound of whatever FFmpeg reads."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import numpy as np

from jianwei.common.media import MediaLimits, OpenMedia, RejectedMediaError
from jianwei.common.media.containers import allowed, check_length, decoded_packets, length_of, open_container
from jianwei.speech._base import RATE
from jianwei.speech.decoding.samples import Growing

__all__ = ["decode_container"]

_RATES = range(4_000, 400_000)  # a lower one makes gigabytes of a few samples
_TELLS = ("audio/flac", "audio/wav", "audio/mp4", "video/mp4", "video/quicktime", "video/3gpp")
"""Whose headers tell the length of a track, where it is told, to the sample."""


def decode_container(media: OpenMedia, limits: MediaLimits, into: Growing) -> tuple[str, tuple[str, ...]]:
    """Decode the first track of sound.

    Returns:
        (codec, notes).

    Raises:
        RejectedMediaError: damaged, cut off, too long, without sound, or of a codec that is not read.
        MissingExtraError: PyAV is not installed.
    """
    with open_container(media, "speech", limits) as container:
        if not container.streams.audio:
            raise RejectedMediaError("no_sound", media.name, "holds no sound", "give another file")
        stream = container.streams.audio[0]
        context = stream.codec_context
        if not allowed(context):
            what = f"its sound is of the codec {getattr(context, 'name', 'none')}, which is not read"
            raise RejectedMediaError("unsupported", media.name, what, "convert it")
        told = length_of(container, stream)
        check_length(media.name, told or 0.0, limits)
        bad = _fill(container, stream, into)
        if not len(into):
            raise RejectedMediaError("no_sound", media.name, "holds no sound", "send it again")
        if media.type.mime in _TELLS and stream.duration and len(into) / RATE < 0.98 * (told or 0.0) - 0.1:
            raise RejectedMediaError("damaged", media.name, "is cut off", "send it again")
        return context.name, ("errors",) if bad else ()


def _fill(container: Any, stream: Any, into: Growing) -> int:
    """Packet by packet; how many were damaged."""
    bad = 0
    resampler = _Resampler()
    for frames in decoded_packets(container, stream):
        bad += frames is None
        for frame in frames or ():
            for block in resampler.take(frame):
                into.add(block)
    for block in resampler.rest():
        into.add(block)
    return bad


class _Resampler:
    """Anything into one channel of floats at 16 kHz; a stream may change its mind half-way."""

    def __init__(self) -> None:
        self._inner: Any = None
        self._form: tuple[object, ...] = ()

    def take(self, frame: Any) -> Iterator[Any]:
        import av

        form = (frame.format.name, frame.layout.name, frame.sample_rate)
        if frame.sample_rate not in _RATES:
            raise ValueError(f"{frame.sample_rate} samples a second")
        if form != self._form:
            yield from self.rest()
            self._inner, self._form = av.AudioResampler(format="flt", layout="mono", rate=RATE), form
        frame.pts = None
        yield from self._blocks(frame)

    def rest(self) -> Iterator[Any]:
        """What is still inside."""
        if self._inner is not None:
            yield from self._blocks(None)
            self._inner = None

    def _blocks(self, frame: Any) -> Iterator[Any]:
        for out in self._inner.resample(frame):
            yield out.to_ndarray().reshape(-1).astype(np.float32, copy=False)
