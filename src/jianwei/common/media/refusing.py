"""How much of a file from outside is read, and the verdict on those that are not."""

from __future__ import annotations

from dataclasses import dataclass

from jianwei.errors import InputError

__all__ = ["CODES", "MediaLimits", "RejectedMediaError"]

CODES = (
    "missing",
    "unreadable",
    "empty",
    "unknown",
    "unsupported",
    "wrong_kind",
    "script",
    "polyglot",
    "damaged",
    "too_many_bytes",
    "too_many_pixels",
    "too_long",
    "no_sound",
    "no_picture",
    "crashed",
    "too_slow",
)
"""Why a file is refused; their words are `media.rejected.<code>` in the locale."""


@dataclass(frozen=True, slots=True, kw_only=True)
class MediaLimits:
    """Bounds on one file; what lies beyond is refused before it is decoded.

    Attributes:
        bytes: size of the file.
        pixels: width times height of a picture or of a frame.
        seconds: length of a sound or video.
        frames: frames that are looked at of a video or an animation.
    """

    bytes: int = 256 << 20
    pixels: int = 120_000_000
    seconds: float = 2 * 3600.0
    frames: int = 8


class RejectedMediaError(InputError):
    """A file is not read: it is damaged, too large, or not what it claims to be.

    Attributes:
        code: one of `CODES`.

    >>> str(RejectedMediaError("empty", "voice.amr", "the file is empty", "send it again"))
    'voice.amr: the file is empty. What to do: send it again.'
    """

    def __init__(self, code: str, where: str, what: str, hint: str = "") -> None:
        super().__init__(where, what, hint)
        self.code = code

    def __reduce__(self) -> tuple[type[RejectedMediaError], tuple[str, str, str, str]]:
        return (RejectedMediaError, (self.code, self.where, self.what, self.hint))
