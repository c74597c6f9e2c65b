"""Sounds, pictures and films that are made on the spot: tones, four colours, shades of grey."""

from __future__ import annotations

import io
from collections.abc import Sequence
from fractions import Fraction
from typing import Any

import numpy as np
from numpy.typing import NDArray
from PIL import Image

SOUNDS = {
    "amr": ("amr", "libopencore_amrnb", 8_000),
    "mp3": ("mp3", "libmp3lame", 44_100),
    "m4a": ("ipod", "aac", 44_100),
    "aac": ("adts", "aac", 44_100),
    "wav": ("wav", "pcm_s16le", 16_000),
    "wav8": ("wav", "pcm_u8", 8_000),
    "wav24": ("wav", "pcm_s24le", 48_000),
    "alaw": ("wav", "pcm_alaw", 8_000),
    "float": ("wav", "pcm_f32le", 48_000),
    "opus": ("ogg", "libopus", 48_000),
    "flac": ("flac", "flac", 44_100),
    "webm": ("webm", "libopus", 48_000),
    "mkv": ("matroska", "pcm_s16le", 16_000),
    "3gp": ("3gp", "libopencore_amrnb", 8_000),
    "mov": ("mov", "pcm_s16le", 22_050),
}
"""Name → (container, codec, samples a second): what FFmpeg can write here."""


def tone(hertz: float = 440.0, seconds: float = 1.0, rate: int = 16_000, channels: int = 1) -> NDArray[np.int16]:
    """[n, channels], a third of full loudness."""
    one = np.sin(2 * np.pi * hertz * np.arange(round(rate * seconds)) / rate) * 11_000
    return np.repeat(one.astype(np.int16)[:, None], channels, axis=1)


def sound(name: str, samples: NDArray[np.int16] | None = None, *, rate: int | None = None) -> bytes:
    """A file of one of `SOUNDS`."""
    import av

    form, codec, usual = SOUNDS[name]
    rate = rate or usual
    samples = tone(rate=rate) if samples is None else samples
    file = io.BytesIO()
    with av.open(file, "w", format=form) as container:
        stream: Any = container.add_stream(codec, rate=rate)
        layout = {1: "mono", 2: "stereo", 6: "5.1"}[samples.shape[1]]
        stream.layout = layout
        for start in range(0, len(samples), rate):
            block = np.ascontiguousarray(samples[start : start + rate]).reshape(1, -1)
            frame = av.AudioFrame.from_ndarray(block, format="s16", layout=layout)
            frame.rate, frame.pts, frame.time_base = rate, start, Fraction(1, rate)
            container.mux(stream.encode(frame))
        container.mux(stream.encode(None))
    return file.getvalue()


def silk(samples: NDArray[np.int16] | None = None, *, rate: int = 24_000, wechat: bool = True) -> bytes:
    """SILK v3 as the chat app writes it, or the standard one with its end mark."""
    import pysilk

    samples = tone(rate=rate) if samples is None else samples
    file = io.BytesIO()
    pysilk.encode(io.BytesIO(samples.astype("<i2").tobytes()), file, rate, 24_000, tencent=wechat)
    return file.getvalue() + (b"" if wechat else b"\xff\xff")


def speex(frames: int, fill: int = 0) -> bytes:
    """Wide-band Speex as the official account gives it: 60 bytes a frame, narrow-band mode 6 and wide-band mode 2, one value all over."""
    bits = "0" + f"{6:04b}" + f"{fill & 1}" * 359 + "1" + f"{2:03b}" + f"{fill >> 1 & 1}" * 108 + "0111"
    frame = int(bits, 2).to_bytes(60, "big")
    return (bytes([60]) + frame) * frames


CORNERS = ((255, 0, 0), (0, 255, 0), (0, 0, 255), (255, 255, 0))


def corners(width: int = 64, height: int = 48) -> Image.Image:
    """Red, green; blue, yellow."""
    pixels = np.zeros((height, width, 3), np.uint8)
    top, left = np.arange(height)[:, None] < height // 2, np.arange(width)[None] < width // 2
    for where, colour in zip((top & left, top & ~left, ~top & left, ~top & ~left), CORNERS, strict=True):
        pixels[where] = colour
    return Image.fromarray(pixels)


def picture(form: str, image: Image.Image | None = None, **options: Any) -> bytes:
    """A file of a format of Pillow, or "HEIF"."""
    file, image = io.BytesIO(), image or corners()
    if form == "HEIF":
        import pillow_heif

        pillow_heif.from_pillow(image).save(file, quality=90, **options)
    else:
        image.save(file, form, **options)
    return file.getvalue()


def animation(form: str, shades: Sequence[int], *, milliseconds: int = 100, size: tuple[int, int] = (40, 30)) -> bytes:
    """Frames that are one shade of grey each."""
    frames = [Image.new("RGB", size, (shade, shade, shade)) for shade in shades]
    file = io.BytesIO()
    frames[0].save(file, form, save_all=True, append_images=frames[1:], duration=milliseconds)
    return file.getvalue()


def film(
    shades: Sequence[int],
    form: str = "mp4",
    codec: str = "mpeg4",
    *,
    fps: int = 10,
    size: tuple[int, int] = (64, 48),
    hertz: float | None = None,
    image: Image.Image | None = None,
) -> bytes:
    """A video with a shade of grey for a second each (or one picture all the time), with a tone where one is asked for."""
    import av

    file = io.BytesIO()
    with av.open(file, "w", format=form) as container:
        stream: Any = container.add_stream(codec, rate=fps)
        stream.width, stream.height = size
        stream.pix_fmt = "yuvj420p" if codec == "mjpeg" else "yuv420p"
        stream.bit_rate = 2_000_000
        heard: Any = (
            container.add_stream("libopus" if form == "webm" else "aac", rate=48_000, layout="mono") if hertz else None
        )
        for number, shade in enumerate(shade for shade in shades for _ in range(fps)):
            pixels = np.asarray(image.resize(size)) if image else np.full((size[1], size[0], 3), shade, np.uint8)
            frame = av.VideoFrame.from_ndarray(np.ascontiguousarray(pixels), format="rgb24")
            frame.pts, frame.time_base = number, Fraction(1, fps)
            container.mux(stream.encode(frame))
        container.mux(stream.encode(None))
        if heard is not None:
            samples = tone(hertz or 0.0, len(shades), 48_000)
            spoken = av.AudioFrame.from_ndarray(samples.reshape(1, -1), format="s16", layout="mono")
            spoken.rate, spoken.pts, spoken.time_base = 48_000, 0, Fraction(1, 48_000)
            container.mux(heard.encode(spoken))
            container.mux(heard.encode(None))
    return file.getvalue()


def loudest(samples: NDArray[np.float32], rate: int = 16_000) -> float:
    """The frequency with most of the energy, in hertz."""
    spectrum = np.abs(np.fft.rfft(samples * np.hanning(len(samples))))
    return float(np.fft.rfftfreq(len(samples), 1 / rate)[spectrum.argmax()])
