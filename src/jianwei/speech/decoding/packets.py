"""Recordings that are packets without a container: SILK v3 of the chat app, Speex of the official account."""

from __future__ import annotations

from typing import Any

import numpy as np

from jianwei.common.media.containers import decoding
from jianwei.common.media.measuring import silk_packets
from jianwei.common.media.speex import speex_frames
from jianwei.errors import MissingExtraError
from jianwei.speech._base import RATE
from jianwei.speech.decoding.samples import Growing

__all__ = ["decode_silk", "decode_speex"]


def decode_silk(content: bytes, name: str, into: Growing) -> None:
    """Decode SILK v3, WeChat's kind or the standard one.

    Raises:
        RejectedMediaError: damaged, or too long.
        MissingExtraError: silk-python is not installed.
    """
    import io

    try:
        import pysilk
    except ImportError:
        raise MissingExtraError.named("SILK", "speech") from None
    _, end, _ = silk_packets(content)
    start = content.index(b"V3") + 2
    with decoding(name):
        try:
            pysilk.decode(io.BytesIO(b"#!SILK_V3" + content[start:end]), _Sink(into), RATE)
        except pysilk.SilkError as error:
            raise ValueError(str(error)) from None


class _Sink:
    """Takes 16-bit samples as the decoder writes them."""

    def __init__(self, into: Growing) -> None:
        self._into = into

    def write(self, block: bytes) -> int:
        self._into.add(np.frombuffer(block, "<i2").astype(np.float32) / np.float32(32768))
        return len(block)

    def read(self, _: int = -1) -> bytes:  # the decoder asks for something that could be read as well
        return b""


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
        for frame in speex_frames(content):
            for decoded in codec.decode(av.Packet(frame)):
                into.add(_mono(decoded.to_ndarray()))


def _mono(samples: Any) -> Any:
    flat = samples.reshape(-1)
    return flat.astype(np.float32) / np.float32(32768) if flat.dtype == np.int16 else flat


def _header() -> bytes:
    """What a container would tell: Speex manual, table 7.1; wide-band, one channel, one frame of 320 samples a packet."""
    numbers = (1, 80, RATE, 1, 4, 1, -1, 320, 0, 1, 0, 0, 0)
    return b"Speex   1.2".ljust(28, b"\0") + b"".join(n.to_bytes(4, "little", signed=True) for n in numbers)
