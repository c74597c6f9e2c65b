"""FFmpeg on a leash: it reads one file that is open already, as the format that its bytes are, with few codecs, and opens nothing else."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any, NoReturn

from jianwei.common.media.boxes import asks_too_much
from jianwei.common.media.chunks import claims_too_much
from jianwei.common.media.opening import OpenMedia
from jianwei.common.media.refusing import MediaLimits, RejectedMediaError
from jianwei.errors import JianweiError, MissingExtraError

__all__ = ["allowed", "check_length", "decoded_packets", "decoding", "is_cover", "length_of", "open_container"]

_FORMATS = {
    "audio/amr": "amr",
    "audio/amr-wb": "amr",
    "audio/mpeg": "mp3",
    "audio/aac": "aac",
    "audio/wav": "wav",
    "audio/flac": "flac",
}
_FORMATS |= {
    f"{kind}/{name}": form
    for name, form in {
        "mp4": "mov",
        "quicktime": "mov",
        "3gpp": "mov",
        "webm": "matroska",
        "x-matroska": "matroska",
        "x-msvideo": "avi",
        "ogg": "ogg",
    }.items()
    for kind in ("audio", "video")
}
_CODECS = (
    "amrnb,amrwb,libopencore_amrnb,libopencore_amrwb,speex,opus,libopus,vorbis,mp3,mp3float,mp2,mp2float,aac,alac,flac,gsm,gsm_ms,"
    "adpcm_ms,adpcm_ima_wav,pcm_u8,pcm_s16le,pcm_s16be,pcm_s24le,pcm_s24be,pcm_s32le,pcm_s32be,pcm_f32le,pcm_f32be,pcm_f64le,"
    "pcm_alaw,pcm_mulaw,h264,hevc,mpeg4,h263,vp8,vp9,av1,libdav1d,mjpeg,theora"
)
_OPTIONS = {
    "codec_whitelist": _CODECS,
    "protocol_whitelist": "none",
    "max_streams": "64",
    "max_probe_packets": "500",
    "probesize": str(8 << 20),
}
_LOOKED_AT = 4  # times the pixels allowed: up to there the size is told, beyond the decoder says that there is none
_MICROSECONDS = 1_000_000
_BAD_SHARE = 0.05  # of the packets
_FEW_BAD, _MANY_BAD = 3, 50


@contextmanager
def open_container(media: OpenMedia, extra: str, limits: MediaLimits) -> Iterator[Any]:
    """The container of a sound or video, as PyAV reads it. What goes wrong inside the `with` is a RejectedMediaError "damaged".

    Args:
        media: what was opened.
        extra: what to install where PyAV is missing.
        limits: no frame with more pixels is decoded, wherever in the file it comes.

    Raises:
        MissingExtraError: PyAV is not installed.
        RejectedMediaError: a format that is not read, or damaged.
    """
    try:
        import av
    except ImportError:
        raise MissingExtraError.named("sounds and videos", extra) from None
    form = _FORMATS.get(media.type.mime)
    if form is None:
        what = f"is of the type {media.type.mime}, which is not read"
        raise RejectedMediaError("unsupported", media.name, what, "convert it")
    with media.open() as stream, decoding(media.name):
        asks = asks_too_much if form == "mov" else claims_too_much
        if form in ("mov", "wav", "avi") and asks(stream):
            raise RejectedMediaError("damaged", media.name, "its tables cannot be right", "send it again")
        stream.seek(0)
        with av.open(
            stream,
            "r",
            format=form,
            options={"max_pixels": str(_LOOKED_AT * limits.pixels)},
            container_options=_OPTIONS,
            metadata_errors="replace",
            io_open=_nothing_else,
        ) as container:
            for track in container.streams:
                if track.codec_context is not None:
                    track.codec_context.options = {"max_pixels": str(limits.pixels)}
                    track.codec_context.thread_count = 1  # whoever reads many files has a process for each
            yield container


def _nothing_else(*_: object) -> NoReturn:
    """A file that names other files does not get them."""
    raise PermissionError("a file may not open others")


@contextmanager
def decoding(name: str) -> Iterator[None]:
    """Whatever decoders say of a broken file is one verdict: it is damaged.

    Raises:
        RejectedMediaError: "damaged".
    """
    try:
        yield
    except JianweiError:
        raise
    except Exception as error:  # decoders raise whatever their authors thought of
        what = f"cannot be decoded ({type(error).__name__})"
        raise RejectedMediaError("damaged", name, what, "send it again") from error


def allowed(context: Any) -> bool:
    """Is it one of the few codecs that are decoded?"""
    return context is not None and context.name in _CODECS.split(",")


def decoded_packets(container: Any, stream: Any) -> Iterator[list[Any] | None]:
    """What each packet of a track holds: frames, or None where it is damaged. A few may be.

    Raises:
        ValueError: too many are.
    """
    import av

    packets = bad = 0
    for packets, packet in enumerate(container.demux(stream), 1):
        try:
            yield packet.decode()
        except av.error.InvalidDataError:
            bad += 1
            yield None
            if bad > _MANY_BAD and 2 * bad > packets:
                break
    if bad > _FEW_BAD and bad > _BAD_SHARE * packets:
        raise ValueError(f"{bad} of {packets} packets are damaged")


def is_cover(stream: Any) -> bool:
    """A picture of the record's sleeve is no film."""
    return bool(stream.disposition & stream.disposition.attached_pic)


def length_of(container: Any, stream: Any) -> float | None:
    """Seconds, as the container tells them; None where it does not."""
    if stream.duration and stream.time_base:
        return float(stream.duration * stream.time_base)
    return container.duration / _MICROSECONDS if container.duration and container.duration > 0 else None


def check_length(name: str, seconds: float, limits: MediaLimits) -> None:
    """Refuse what is longer than allowed.

    Raises:
        RejectedMediaError: "too_long".
    """
    if seconds > limits.seconds:
        what = f"{seconds:,.0f} seconds are more than the {limits.seconds:,.0f} allowed"
        raise RejectedMediaError("too_long", name, what, "cut it into parts")
