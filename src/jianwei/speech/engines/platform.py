"""The platform's own recognition of voices (`client.speech`), for whoever has a service account. Voices leave this machine here."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from io import BytesIO
from typing import Any, Protocol

import numpy as np
from numpy.typing import NDArray

from jianwei.errors import JianweiError, MissingExtraError
from jianwei.models import ModelIdentity
from jianwei.models.endpoint import ConsentMissingError
from jianwei.speech._base import RATE, Heard, Segment
from jianwei.wechat.endpoints.speech import Language
from jianwei.wechat.request import File

__all__ = ["Hearing", "PlatformRecognizer", "encode_mp3"]

LONGEST = 60.0
"""Seconds of a voice that the platform takes."""

MOST_BYTES = 1 << 20
"""Bytes of it."""

_LANGUAGES: dict[str, Language] = {"zh": "zh_CN", "en": "en_US"}
_BITS = 64_000


class Hearing(Protocol):
    """What is asked of the platform: `client.speech` has it."""

    def recognise(self, file: File, *, language: Language, wait: float, limit: float) -> str:
        """What is said; "" where nothing was understood."""


@dataclass(frozen=True, slots=True, kw_only=True)
class PlatformRecognizer:
    """A `Recognizer` that asks the platform: Mandarin and English, no times within a piece, no hot words, no word on how sure it is.

    Attributes:
        hearing: `client.speech` of a `wechat.Client`.
        consented: whether the consent of those who speak, to their voices being sent to the platform, is on record.
        wait: seconds between two questions for a result.
        limit: seconds after which silence is taken for an answer.

    Raises:
        ConsentMissingError: there is no consent.
    """

    hearing: Hearing
    consented: bool = False
    wait: float = 0.5
    limit: float = 15.0

    def __post_init__(self) -> None:
        if not self.consented:
            what = "voices are sent to the platform only with a recorded consent"
            raise ConsentMissingError(
                "speech", what, "record one (jianwei transcribe --consent TEXT), or use an engine on this machine"
            )

    @property
    def identity(self) -> ModelIdentity:
        """The platform does not tell its versions."""
        return ModelIdentity("wechat-voice", "1")

    def recognize(
        self, pieces: Sequence[NDArray[np.float32]], *, language: str | None = None, hotwords: Sequence[str] = ()
    ) -> list[Heard]:
        """See `Recognizer.recognize`; a language other than "zh" and "en" is heard as Mandarin.

        Raises:
            JianweiError: a piece is longer than the platform takes.
            WeChatError: the platform refused.
        """
        return [self._hear(piece, language if language in _LANGUAGES else "zh") for piece in pieces]

    def _hear(self, piece: NDArray[np.float32], language: str) -> Heard:
        seconds, content = len(piece) / RATE, encode_mp3(piece)
        if seconds > LONGEST or len(content) > MOST_BYTES:
            raise JianweiError("speech", f"a piece of {seconds:.0f} s is longer than the platform takes", "cut it")
        voice = File("voice.mp3", content, "audio/mpeg")
        text = self.hearing.recognise(voice, language=_LANGUAGES[language], wait=self.wait, limit=self.limit).strip()
        return Heard((Segment(0.0, seconds, text, 1.0),) if text else (), language)


def encode_mp3(samples: NDArray[np.float32]) -> bytes:
    """Samples, float32 [n] in -1 to 1 at 16 kHz, as MP3 of one channel at 16 kHz, 64 kbit a second.

    Raises:
        MissingExtraError: PyAV is not installed.
    """
    try:
        import av
    except ImportError as error:
        raise MissingExtraError.named("encoding sound", "speech") from error
    if not len(samples):
        samples = np.zeros(1, np.float32)  # FFmpeg takes no empty frame
    whole = np.round(np.clip(np.nan_to_num(samples), -1, 1) * 32767).astype(np.int16)
    out = BytesIO()
    with av.open(out, "w", format="mp3") as container:
        stream: Any = container.add_stream("libmp3lame", rate=RATE, layout="mono")
        stream.bit_rate = _BITS
        frame = av.AudioFrame.from_ndarray(whole[None, :], format="s16p", layout="mono")
        frame.sample_rate = RATE
        container.mux(stream.encode(frame))
        container.mux(stream.encode(None))
    return out.getvalue()
