"""The sound of whatever FFmpeg reads."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import numpy as np

from jianwei.common.media import MediaLimits, OpenMedia, RejectedMediaError
from jianwei.common.media.containers import allowed, check_length, length_of, open_container
from jianwei.speech._base import RATE
from jianwei.speech.decoding.samples import Growing

__all__ = ["decode_container"]

_BAD_SHARE = 0.05  # of the packets; more make a damaged file
_SHORT = 0.9  # of the length that the container tells; less make a file that was cut off
_TELLS = ("audio/flac", "audio/wav", "audio/mp4", "video/mp4", "video/quicktime", "video/3gpp")


def decode_container(media: OpenMedia, limits: MediaLimits, into: Growing) -> tuple[str, tuple[str, ...]]:
    """Decode the first track of sound.

    Returns:
        (codec, notes).

    Raises:
        RejectedMediaError: damaged, cut off, too long, without sound, or of a codec that is not read.
        MissingExtraError: PyAV is not installed.
    """
    with open_container(media, "speech") as container:
        if not container.streams.audio:
            raise RejectedMediaError("no_sound", media.name, "holds no sound", "give another file")
        stream = container.streams.audio[0]
        context = stream.codec_context
        if not allowed(context):
            what = f"its sound is of the codec {getattr(context, 'name', 'none')}, which is not read"
            raise RejectedMediaError("unsupported", media.name, what, "convert it")
        told = length_of(container, stream)
        check_length(media.name, told or 0.0, limits)
        context.thread_count = 1
        bad = _fill(container, stream, into)
        if not len(into):
            raise RejectedMediaError("no_sound", media.name, "holds no sound", "send it again")
        if media.type.mime in _TELLS and told and len(into) / RATE < _SHORT * told - 0.1:
            raise RejectedMediaError("damaged", media.name, "is cut off", "send it again")
        return context.name, ("errors",) if bad else ()


def _fill(container: Any, stream: Any, into: Growing) -> int:
    """Packet by packet; a few may be damaged. How many were."""
    import av

    packets = bad = 0
    resampler = _Resampler()
    for packet in container.demux(stream):
        packets += 1
        try:
            frames = packet.decode()
        except av.error.InvalidDataError:
            bad += 1
            continue
        for frame in frames:
            for block in resampler.take(frame):
                into.add(block)
    for block in resampler.rest():
        into.add(block)
    if bad > 1 and bad > _BAD_SHARE * packets:
        raise ValueError(f"{bad} of {packets} packets are damaged")
    return bad


class _Resampler:
    """Anything into one channel of floats at 16 kHz; a stream may change its mind half-way."""

    def __init__(self) -> None:
        self._inner: Any = None
        self._form: tuple[object, ...] = ()

    def take(self, frame: Any) -> Iterator[Any]:
        import av

        form = (frame.format.name, frame.layout.name, frame.sample_rate)
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
