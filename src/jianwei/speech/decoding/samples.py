"""Samples at one rate, in one channel, that grow while a recording is decoded, up to a limit."""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy.typing import NDArray

from jianwei.common.media import MediaLimits
from jianwei.common.media.containers import check_length
from jianwei.speech._base import RATE

__all__ = ["Growing", "Resampler"]

_RATES = range(4_000, 400_000)  # a lower one makes gigabytes of a few samples

_MOST_CHANNELS = 8
_AS_IS = frozenset((form, "mono", RATE) for form in ("s16", "s16p", "flt", "fltp"))


class Growing:
    """Float32 samples at 16 kHz, held once: what comes is appended in place.

    Args:
        name: of the file, for the error.
        limits: how long it may become.
    """

    def __init__(self, name: str, limits: MediaLimits) -> None:
        self._name, self._limits = name, limits
        self._held = bytearray()

    def __len__(self) -> int:
        return len(self._held) // 4

    def add(self, samples: NDArray[np.float32]) -> None:
        """Append samples [n]; what is no number becomes 0, what is too loud is clipped to -1 to 1.

        Raises:
            RejectedMediaError: "too_long".
        """
        check_length(self._name, (len(self) + len(samples)) / RATE, self._limits)
        self._held += np.clip(np.nan_to_num(samples, nan=0.0), -1, 1).astype("<f4", copy=False).data

    def samples(self) -> NDArray[np.float32]:
        """All of them, without a copy."""
        return np.frombuffer(self._held, np.float32)


class Resampler:
    """Anything into one channel of floats at 16 kHz, the mean of all channels; a stream may change its mind half-way.

    The mean is our own: FFmpeg's sum of two channels is louder than either, and what is too loud is clipped. Samples come packed: PyAV 18
    reads past the end of planar frames of eight channels.

    Args:
        into: what takes the samples.
    """

    def __init__(self, into: Growing) -> None:
        self._into = into
        self._inner: Any = None
        self._form: tuple[object, ...] = ()

    def take(self, frame: Any) -> None:
        """The next frame, as PyAV gives it.

        Raises:
            RejectedMediaError: "too_long".
            ValueError: a rate or a number of channels that no recording has.
        """
        import av

        if frame.sample_rate not in _RATES or frame.layout.nb_channels > _MOST_CHANNELS:
            raise ValueError(f"{frame.layout.nb_channels} channels, {frame.sample_rate} samples a second")
        form = (frame.format.name, frame.layout.name, frame.sample_rate)
        if form in _AS_IS:  # a graph of filters takes milliseconds to build and to take down
            self.rest()
            samples = frame.to_ndarray().reshape(-1)
            self._into.add(samples / np.float32(32768) if samples.dtype == np.int16 else samples)
            return
        if form != self._form:
            self.rest()
            self._inner, self._form = av.AudioResampler(format="flt", rate=RATE), form
        frame.pts = None
        self._add(frame)

    def rest(self) -> None:
        """There is no more: what is still inside comes out."""
        if self._inner is not None:
            self._add(None)
            self._inner, self._form = None, ()

    def _add(self, frame: Any) -> None:
        for out in self._inner.resample(frame):
            self._into.add(out.to_ndarray().reshape(out.samples, -1).mean(axis=1))
