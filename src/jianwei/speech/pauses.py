"""Where somebody speaks: a small network tells frame by frame, spans of speech lie between pauses.

The network is silero VAD (MIT), which comes inside faster-whisper; it keeps a state, so a recording can be heard block by block. A span
starts where the probability rises above one threshold and ends where it stays below a lower one for the length of a pause; that is the
rule of silero's own `get_speech_timestamps`, written so that it can wait for more.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from importlib.util import find_spec
from pathlib import Path
from typing import Any, Protocol

import numpy as np
from numpy.typing import NDArray

from jianwei.errors import MissingExtraError
from jianwei.models import ModelEntry, locate
from jianwei.models.onnx import open_session
from jianwei.speech._base import RATE

__all__ = ["FRAME", "Listener", "PauseRules", "Span", "Utterance", "Voices", "find_speech", "open_voices"]

FRAME = 512
"""Samples of a frame: 32 ms."""

_CONTEXT = 64


@dataclass(frozen=True, slots=True, kw_only=True)
class PauseRules:
    """What counts as speech, and what as a pause.

    Attributes:
        threshold: probability at which speech starts.
        release: probability below which it may end.
        pause: seconds below it that end a span.
        shortest: seconds of speech below which a span is dropped.
        longest: seconds; a longer span is cut where it is most likely that nobody speaks.
        margin: seconds kept before and after, at most half a pause.
    """

    threshold: float = 0.5
    release: float = 0.35
    pause: float = 0.6
    shortest: float = 0.1
    longest: float = 28.0
    margin: float = 0.3


@dataclass(frozen=True, slots=True)
class Span:
    """Samples from `start` up to but without `end`.

    >>> Span(8_000, 24_000).seconds
    1.0
    """

    start: int
    end: int

    @property
    def seconds(self) -> float:
        return (self.end - self.start) / RATE


class Voices(Protocol):
    """Tells how likely it is that somebody speaks. It remembers what came before."""

    def hear(self, frames: NDArray[np.float32]) -> NDArray[np.float32]:
        """Probabilities [n] of frames [n, FRAME], which follow those of the last call."""


@dataclass(slots=True)
class _Silero:
    session: Any
    hidden: NDArray[np.float32] = field(default_factory=lambda: np.zeros((1, 1, 128), np.float32))
    cell: NDArray[np.float32] = field(default_factory=lambda: np.zeros((1, 1, 128), np.float32))
    context: NDArray[np.float32] = field(default_factory=lambda: np.zeros(_CONTEXT, np.float32))

    def hear(self, frames: NDArray[np.float32]) -> NDArray[np.float32]:
        if not len(frames):
            return np.zeros(0, np.float32)
        before = np.vstack([self.context[None], frames[:-1, -_CONTEXT:]])
        self.context = frames[-1, -_CONTEXT:].copy()
        given = {"input": np.hstack([before, frames]), "h": self.hidden, "c": self.cell}
        found, self.hidden, self.cell = self.session.run(None, given)
        return np.asarray(found, np.float32).reshape(-1)


def open_voices() -> Voices:
    """The network, with nothing heard yet. Opening takes some milliseconds.

    Raises:
        MissingExtraError: faster-whisper is not installed.
    """
    spec = find_spec("faster_whisper")
    if spec is None or spec.origin is None:
        raise MissingExtraError.named("speech recognition", "speech")
    (path, *_) = sorted((Path(spec.origin).parent / "assets").glob("silero_vad*.onnx"))
    entry = ModelEntry("silero-vad", path.name, "")
    return _Silero(open_session(locate(entry, path=path), extra="speech"))


@dataclass(slots=True)
class _Spans:
    """Turns probabilities into spans, as they come; counts frames."""

    rules: PauseRules
    at: int = 0
    start: int = -1
    last: int = 0
    resumed: bool = False
    heard: list[float] = field(default_factory=list)

    def push(self, probabilities: NDArray[np.float32]) -> Iterator[Span]:
        longest, pause = (int(seconds * RATE) // FRAME for seconds in (self.rules.longest, self.rules.pause))
        for probability in probabilities.tolist():
            if self.start < 0 and probability >= self.rules.threshold:
                self.start, self.resumed, self.heard = self.at, False, []
            self.at += 1
            if self.start < 0:
                continue
            self.heard.append(probability)
            if probability >= self.rules.release:
                self.last = self.at
            if self.at - self.last >= pause:
                yield from self.close()
            elif len(self.heard) >= longest:
                yield self._cut()

    def close(self) -> Iterator[Span]:
        """The span that is open, where it is long enough."""
        if self.start >= 0 and (self.last - self.start) * FRAME >= self.rules.shortest * RATE:
            yield self._span(self.last, self._margin)
        self.start = -1

    def _cut(self) -> Span:
        half = len(self.heard) // 2
        calm = np.convolve(self.heard, np.ones(5) / 5, mode="valid")[half:]
        length = half + 2 + int(calm.argmin())
        found = self._span(self.start + length, 0)
        self.start, self.resumed, self.heard = self.start + length, True, self.heard[length:]
        self.last = max(self.last, self.start)
        return found

    def _span(self, end: int, after: int) -> Span:
        before = 0 if self.resumed else self._margin
        return Span(max(self.start * FRAME - before, 0), end * FRAME + after)

    @property
    def _margin(self) -> int:
        return min(int(self.rules.margin * RATE), int(self.rules.pause * RATE) // FRAME * FRAME // 2)


def find_speech(
    samples: NDArray[np.float32], voices: Voices | None = None, rules: PauseRules | None = None
) -> tuple[Span, ...]:
    """The spans of a recording in which somebody speaks.

    Args:
        samples: float32 [n] in -1 to 1, 16 kHz.
        voices: a network that has heard nothing yet; by default one is opened.
        rules: what a pause is.

    Returns:
        in order, apart from each other, each at most `rules.longest` and two margins long.
    """
    heard, spans = voices or open_voices(), _Spans(rules or PauseRules())
    found: list[Span] = []
    step = 4_096 * FRAME
    for at in range(0, len(samples), step):
        found += spans.push(heard.hear(_framed(samples[at : at + step])))
    found += spans.close()
    return tuple(Span(span.start, min(span.end, len(samples))) for span in found)


def _framed(samples: NDArray[np.float32]) -> NDArray[np.float32]:
    """Whole frames, the last one filled up with silence."""
    return np.pad(samples, (0, -len(samples) % FRAME)).reshape(-1, FRAME)


@dataclass(frozen=True, slots=True)
class Utterance:
    """Something said between two pauses.

    Attributes:
        span: where it lies in all that was fed.
        samples: float32 [n].
    """

    span: Span
    samples: NDArray[np.float32]


class Listener:
    """Hears sound as it comes in and gives what was said as soon as a pause follows.

    Args:
        voices: a network that has heard nothing yet; by default one is opened.
        rules: what a pause is.
    """

    def __init__(self, voices: Voices | None = None, rules: PauseRules | None = None) -> None:
        self._voices, self._spans = voices or open_voices(), _Spans(rules or PauseRules())
        self._kept = np.zeros(0, np.float32)
        self._from = 0

    def feed(self, block: NDArray[np.float32]) -> tuple[Utterance, ...]:
        """Take the next samples, float32 [n], any number of them; what was finished by them, in order."""
        self._kept = np.concatenate([self._kept, block.astype(np.float32, copy=False)])
        start = self._spans.at * FRAME - self._from
        whole = (len(self._kept) - start) // FRAME * FRAME
        spans = self._spans.push(self._voices.hear(_framed(self._kept[start : start + whole])))
        return self._taken(spans)

    def finish(self) -> tuple[Utterance, ...]:
        """There is no more: what is open ends here."""
        rest = self._kept[self._spans.at * FRAME - self._from :]
        spans = [*self._spans.push(self._voices.hear(_framed(rest))), *self._spans.close()]
        return self._taken(spans)

    @property
    def speaking(self) -> bool:
        """Whether somebody is just speaking."""
        return self._spans.start >= 0

    def _taken(self, spans: Iterable[Span]) -> tuple[Utterance, ...]:
        found = tuple(Utterance(s, self._kept[s.start - self._from : s.end - self._from].copy()) for s in spans)
        open_at = self._spans.start if self.speaking else self._spans.at
        keep = max(open_at * FRAME - RATE, self._from)
        self._kept, self._from = self._kept[keep - self._from :].copy(), keep
        return found
