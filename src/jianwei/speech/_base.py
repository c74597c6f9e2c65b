"""What speech recognition is made of: a recogniser, and what it heard."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from typing import Any, Protocol

import numpy as np
import pyarrow as pa
from numpy.typing import NDArray

from jianwei.models import ModelIdentity

__all__ = ["RATE", "Recognizer", "Segment", "Transcript"]

RATE = 16_000
"""Samples a second of all sound in this room."""


@dataclass(frozen=True, slots=True)
class Segment:
    """Something said without a longer pause.

    Attributes:
        start, end: seconds from the beginning of the recording.
        text: simplified Chinese unless another language was spoken.
        confidence: 0 to 1, the mean probability of its characters where the engine tells it, else of the whole; 1 where it tells none.
    """

    start: float
    end: float
    text: str
    confidence: float


class Recognizer(Protocol):
    """Turns speech into words. An engine knows nothing of files, pauses or guards: `transcribe` does that for all of them."""

    @property
    def identity(self) -> ModelIdentity:
        """Who says so: name and version of engine and weights."""

    def recognize(
        self, pieces: Sequence[NDArray[np.float32]], *, language: str | None = None, hotwords: Sequence[str] = ()
    ) -> list[Heard]:
        """What is said in every piece.

        Args:
            pieces: samples [n] each, float32 in -1 to 1, 16 kHz, at most 30 s, speech nearly all of them.
            language: code such as "zh" or "en"; None lets the engine find out.
            hotwords: names and terms that are likely to occur.

        Returns:
            as many as there are pieces, in their order.
        """


@dataclass(frozen=True, slots=True)
class Heard:
    """What an engine heard in one piece.

    Attributes:
        segments: in order; times from the beginning of the piece. None where nothing was said.
        language: code of the language.
        dropped: what the engine's own guards threw away, with the reason as a code ("repetition", "no_speech", …).
    """

    segments: tuple[Segment, ...]
    language: str
    dropped: tuple[tuple[str, str], ...] = ()


@dataclass(frozen=True, slots=True)
class Transcript:
    """What was said in a recording.

    Attributes:
        segments: in order.
        language: code of the language spoken most; "und" where Chinese was listened for and no Chinese character was heard, unless the
            recogniser knows better; "" where nothing was said.
        seconds: length of the recording.
        spoken: seconds of it that hold speech.
        model: who heard it.
        dropped: (text, reason) of what the guards threw away because nobody said it.
    """

    segments: tuple[Segment, ...]
    language: str
    seconds: float
    spoken: float
    model: ModelIdentity
    dropped: tuple[tuple[str, str], ...] = field(default=())

    @property
    def text(self) -> str:
        """Everything said, a blank between segments where the words of a language have blanks between them."""
        return ("" if self.language in ("zh", "ja", "yue") else " ").join(segment.text for segment in self.segments)

    @property
    def confidence(self) -> float:
        """Mean over the segments by their length in characters; 0 where nothing was said."""
        weights = [len(segment.text) for segment in self.segments]
        total = sum(weights)
        if not total:
            return 0.0
        return sum(s.confidence * w for s, w in zip(self.segments, weights, strict=True)) / total

    def __len__(self) -> int:
        return len(self.segments)

    def __iter__(self) -> Iterator[Segment]:
        return iter(self.segments)

    def to_arrow(self) -> pa.Table:
        """One row a segment: start, end, text, confidence."""
        columns: dict[str, Any] = {
            "start": pa.array([s.start for s in self.segments], pa.float64()),
            "end": pa.array([s.end for s in self.segments], pa.float64()),
            "text": pa.array([s.text for s in self.segments], pa.string()),
            "confidence": pa.array([s.confidence for s in self.segments], pa.float32()),
        }
        return pa.table(columns)

    def to_pandas(self) -> Any:
        """`to_arrow` as a pandas DataFrame."""
        return self.to_arrow().to_pandas()
