"""The sound of whatever FFmpeg reads."""

from __future__ import annotations

from typing import Any

from jianwei.common.media import MediaLimits, OpenMedia, RejectedMediaError
from jianwei.common.media.containers import allowed, check_length, decoded_packets, is_cover, length_of, open_container
from jianwei.speech._base import RATE
from jianwei.speech.decoding.samples import Growing, Resampler

__all__ = ["decode_container"]

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
        if media.type.kind == "sound" and not all(map(is_cover, container.streams.video)):
            # Whoever asks what it is takes it for a recording, and nobody would look at the picture.
            raise RejectedMediaError("polyglot", media.name, "is a video as well", "do not open it elsewhere")
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
    resampler = Resampler(into)
    for frames in decoded_packets(container, stream):
        bad += frames is None
        for frame in frames or ():
            resampler.take(frame)
    resampler.rest()
    return bad
