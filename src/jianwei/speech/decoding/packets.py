"""Recordings that are packets without a container: SILK v3 of the chat app, Speex of the official account."""

from __future__ import annotations

from typing import Any

import numpy as np

from jianwei.common.media.containers import decoding
from jianwei.common.media.measuring import silk_packets
from jianwei.common.media.speex import speex_frames
from jianwei.errors import MissingExtraError
from jianwei.speech._base import RATE
from jianwei.speech.decoding.samples import Growing, Resampler

__all__ = ["decode_silk", "decode_speex"]

_SILK_RATE = 24_000
"""The highest rate inside SILK. Below it the decoder writes past its buffer when a packet raises the rate."""


def decode_silk(content: bytes, name: str, into: Growing) -> None:
    """Decode SILK v3, WeChat's kind or the standard one.

    Raises:
        RejectedMediaError: damaged, or too long.
        MissingExtraError: silk-python is not installed.
    """
    import io

    try:
        import av  # noqa: F401
        import pysilk
    except ImportError:
        raise MissingExtraError.named("SILK", "speech") from None
    _, end, _ = silk_packets(content)
    start = content.index(b"V3") + 2
    with decoding(name):
        sink = _Sink(Resampler(into))
        try:
            pysilk.decode(io.BytesIO(b"#!SILK_V3" + content[start:end]), sink, _SILK_RATE)
        except pysilk.SilkError as error:
            raise ValueError(str(error)) from None
        sink.finish()


class _Sink:
    """Takes 16-bit samples as the decoder writes them, and passes on a second at a time."""

    def __init__(self, resampler: Resampler) -> None:
        self._resampler = resampler
        self._held = bytearray()

    def write(self, block: bytes) -> int:
        self._held += block
        if len(self._held) >= 2 * _SILK_RATE:
            self._pass_on()
        return len(block)

    def read(self, _: int = -1) -> bytes:  # the decoder asks for something that could be read as well
        return b""

    def finish(self) -> None:
        self._pass_on()
        self._resampler.rest()

    def _pass_on(self) -> None:
        import av

        if self._held:
            samples = np.frombuffer(bytes(self._held), "<i2")[None]
            frame: Any = av.AudioFrame.from_ndarray(samples.astype(np.int16), format="s16", layout="mono")
            frame.sample_rate = _SILK_RATE
            self._resampler.take(frame)
            self._held.clear()


def decode_speex(content: bytes, name: str, into: Growing) -> None:
    """Decode wide-band Speex, one frame a packet.

    Raises:
        RejectedMediaError: damaged, or too long.
        MissingExtraError: PyAV is not installed.
    """
    try:
        import av
    except ImportError:
        raise MissingExtraError.named("Speex", "speech") from None
    with decoding(name):
        codec: Any = av.CodecContext.create("speex", "r")
        codec.extradata = _header()
        codec.sample_rate, codec.layout = RATE, "mono"
        resampler = Resampler(into)
        for packet in speex_frames(content):
            for frame in codec.decode(av.Packet(packet)):
                resampler.take(frame)
        resampler.rest()


def _header() -> bytes:
    """What a container would tell: Speex manual, table 7.1; wide-band, one channel, one frame of 320 samples a packet."""
    numbers = (1, 80, RATE, 1, 4, 1, -1, 320, 0, 1, 0, 0, 0)
    return b"Speex   1.2".ljust(28, b"\0") + b"".join(n.to_bytes(4, "little", signed=True) for n in numbers)
