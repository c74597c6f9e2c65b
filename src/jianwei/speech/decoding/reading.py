"""Any recording, or the sound of any video, as samples."""

from __future__ import annotations

from dataclasses import dataclass, field

import numpy as np
from numpy.typing import NDArray

from jianwei.common.media import MediaLimits, RejectedMediaError, Source, open_media
from jianwei.common.media.containers import check_length
from jianwei.common.media.measuring import framed_seconds
from jianwei.speech._base import RATE
from jianwei.speech.decoding.containers import decode_container
from jianwei.speech.decoding.packets import decode_silk, decode_speex
from jianwei.speech.decoding.samples import Growing

__all__ = ["Audio", "read_audio"]

_FRAMED = ("audio/amr", "audio/amr-wb", "audio/silk", "audio/x-speex-with-header-byte")


@dataclass(frozen=True, slots=True)
class Audio:
    """A decoded recording.

    Attributes:
        samples: float32 [n], -1 to 1, 16 kHz, one channel.
        seconds: its length.
        codec: "amrnb", "silk", "speex", "opus", "aac", …
        notes: codes of what is odd but harmless: "extension", "trailing" (see `open_media`), "errors" (a few packets were damaged).
    """

    samples: NDArray[np.float32] = field(repr=False)
    seconds: float
    codec: str
    notes: tuple[str, ...] = ()


def read_audio(source: Source, limits: MediaLimits | None = None) -> Audio:
    """Decode a recording or the sound of a video.

    AMR, Speex (in Ogg, and as the official account gives it), SILK v3, MP3, M4A, AAC, WAV, Ogg (Opus, Vorbis), FLAC; MP4, MOV, 3GP, WebM,
    Matroska, AVI. Channels are mixed into one. A recording that is longer than `limits.seconds` is refused: from its header or its frames
    before anything is decoded, else as soon as that much is decoded. Never more than the result and one block is in memory.

    Args:
        source: a path, the content itself, or a file that was opened.
        limits: bounds; the defaults of `MediaLimits` when None.

    Raises:
        RejectedMediaError: it is refused by `open_media`; it is cut off or damaged, too long, or holds no sound ("no_sound").
        MissingExtraError: no decoder is installed.
    """
    bounds = limits or MediaLimits()
    media = open_media(source, "sound", "video", limits=bounds)
    found = Growing(media.name, bounds)
    if media.type.mime in _FRAMED:
        content = media.read()
        seconds, cut = framed_seconds(content, bounds.seconds) or (0.0, False)
        check_length(media.name, seconds, bounds)
        if cut:
            raise RejectedMediaError("damaged", media.name, "is cut off", "send it again")
        if seconds == 0:
            raise RejectedMediaError("no_sound", media.name, "holds no sound", "send it again")
        if media.type.mime == "audio/silk":
            decode_silk(content, media.name, found)
            return _audio(found, "silk", media.notes)
        if media.type.mime == "audio/x-speex-with-header-byte":
            decode_speex(content, media.name, found)
            return _audio(found, "speex", media.notes)
    codec, notes = decode_container(media, bounds, found)
    return _audio(found, codec, media.notes + notes)


def _audio(found: Growing, codec: str, notes: tuple[str, ...]) -> Audio:
    return Audio(found.samples(), len(found) / RATE, codec, notes)
