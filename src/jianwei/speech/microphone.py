"""Listening while somebody speaks: sound comes in block by block, and every utterance is written down as soon as a pause ends it."""

from __future__ import annotations

import os
import time
from collections import deque
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, field, replace
from queue import Empty, SimpleQueue
from threading import Event
from typing import Any, Protocol

import numpy as np
from numpy.typing import NDArray

from jianwei.common.media import MediaLimits, OpenMedia
from jianwei.errors import JianweiError, MissingExtraError
from jianwei.speech._base import RATE, Recognizer, Transcript
from jianwei.speech.pauses import Listener, PauseRules, Utterance, Voices
from jianwei.speech.transcribing import most_spoken, transcribe_samples

__all__ = ["Block", "FilePaced", "Microphone", "SoundSource", "Spoken", "joined", "listen"]

_BLOCK = RATE // 10
_KEPT = 6_000  # blocks: what is said in ten minutes may wait for a slow recogniser


@dataclass(frozen=True, slots=True)
class Block:
    """Samples as they came in.

    Attributes:
        samples: float32 [n] in -1 to 1, 16 kHz.
        at: when the last of them was there, on the source's clock.
        lost: whether samples before them were lost, because nobody took them in time.
    """

    samples: NDArray[np.float32]
    at: float
    lost: bool = False


class SoundSource(Protocol):
    """Where sound comes from."""

    def blocks(self) -> Iterator[Block]:
        """Blocks of any length, until there is no more or `stop` is called."""

    def stop(self) -> None:
        """Let `blocks` end; may be called from anywhere, also from a signal's handler."""

    def now(self) -> float:
        """The clock by which `Block.at` is told, in seconds."""


@dataclass(frozen=True, slots=True)
class Spoken:
    """An utterance that was written down.

    Attributes:
        transcript: times are those since listening began.
        start, end: seconds since then.
        delay: seconds from its end to its text; the pause that ended it is in them.
        took: seconds that recognition took.
        lost: how often sound was lost so far.
    """

    transcript: Transcript
    start: float
    end: float
    delay: float
    took: float
    lost: int

    @property
    def factor(self) -> float:
        """Real-time factor: seconds of recognition to a second of speech.

        >>> from jianwei.models import ModelIdentity
        >>> Spoken(Transcript((), "zh", 2.0, 2.0, ModelIdentity("m", "1")), 1.0, 3.0, 1.0, 0.5, 0).factor
        0.25
        """
        return self.took / max(self.end - self.start, 1e-9)


def listen(
    source: SoundSource,
    recognizer: Recognizer,
    *,
    language: str | None = "zh",
    hotwords: Sequence[str] = (),
    voices: Voices | None = None,
    rules: PauseRules | None = None,
) -> Iterator[Spoken]:
    """Every utterance as soon as it is over, until the source ends.

    Args:
        source: where the sound comes from.
        recognizer: who hears it; while it works, the source keeps what comes in.
        language, hotwords: as `jianwei.speech.transcribe`.
        voices, rules: what speech is, and what a pause.

    Yields:
        utterances in which something was said, or something was dropped.
    """
    known = rules or PauseRules()
    ear, fed, lost = Listener(voices, known), 0, 0
    # An utterance is as long as it may be, and its margins: it is not cut once more.
    whole = replace(known, longest=known.longest + 2 * known.margin + 0.5)
    came: deque[tuple[int, float]] = deque(maxlen=1_000)

    def written(utterances: Sequence[Utterance]) -> Iterator[Spoken]:
        for one in utterances:
            while len(came) > 1 and came[0][0] < one.span.end:
                came.popleft()
            begun = source.now()
            found = transcribe_samples(
                one.samples, recognizer, language=language, hotwords=hotwords, voices=_Certain(), rules=whole
            )
            done = source.now()
            if found or found.dropped:
                start = one.span.start / RATE
                end = start + len(one.samples) / RATE
                at = came[0][1] if came else begun
                yield Spoken(_moved(found, start), start, end, max(done - at, 0.0), done - begun, lost)

    for block in source.blocks():
        fed, lost = fed + len(block.samples), lost + block.lost
        came.append((fed, block.at))
        yield from written(ear.feed(block.samples))
    yield from written(ear.finish())


def joined(spoken: Sequence[Spoken]) -> Transcript:
    """Utterances, at least one, as one transcript."""
    found = [one.transcript for one in spoken]
    return Transcript(
        segments=tuple(segment for one in found for segment in one),
        language=most_spoken((one.language, one.text) for one in found),
        seconds=max(one.end for one in spoken),
        spoken=sum(one.end - one.start for one in spoken),
        model=found[0].model,
        dropped=tuple(pair for one in found for pair in one.dropped),
    )


class _Certain:
    """What was cut out by its pauses is speech."""

    def hear(self, frames: NDArray[np.float32]) -> NDArray[np.float32]:
        return np.ones(len(frames), np.float32)


def _moved(found: Transcript, seconds: float) -> Transcript:
    segments = (replace(one, start=one.start + seconds, end=one.end + seconds) for one in found.segments)
    return replace(found, segments=tuple(segments))


@dataclass(slots=True)
class FilePaced:
    """A recording, given as if it were spoken now.

    Attributes:
        sound: a file, its content, or samples, float32 [n] at 16 kHz.
        pace: how many times faster than it was spoken.
        limits: bounds on the file.
        clock, sleep: in seconds.
    """

    sound: str | os.PathLike[str] | bytes | OpenMedia | NDArray[np.float32]
    pace: float = 1.0
    limits: MediaLimits | None = None
    clock: Callable[[], float] = time.monotonic
    sleep: Callable[[float], object] = time.sleep
    stopped: Event = field(default_factory=Event, repr=False)

    def blocks(self) -> Iterator[Block]:
        """Tenths of a second, each when it is due.

        Raises:
            RejectedMediaError: the file is no sound, or beyond the limits.
        """
        samples = self._samples()
        begun = self.clock()
        for at in range(0, len(samples), _BLOCK):
            block = samples[at : at + _BLOCK]
            due = begun + (at + len(block)) / RATE / self.pace
            if (early := due - self.clock()) > 0:
                self.sleep(early)
            if self.stopped.is_set():
                return
            yield Block(block, due)

    def _samples(self) -> NDArray[np.float32]:
        if isinstance(self.sound, np.ndarray):
            return self.sound
        from jianwei.speech.decoding import read_audio

        return read_audio(self.sound, self.limits).samples

    def stop(self) -> None:
        self.stopped.set()

    def now(self) -> float:
        return self.clock()


@dataclass(slots=True)
class Microphone:
    """A microphone of this machine. Needs the extra "microphone", and PortAudio, which its package brings on Windows and macOS.

    Attributes:
        device: number or a part of the name of an input; None is the system's.
    """

    device: int | str | None = None
    stopped: Event = field(default_factory=Event, repr=False)

    def blocks(self) -> Iterator[Block]:
        """Blocks as the device gives them.

        Raises:
            MissingExtraError: sounddevice is not installed.
            JianweiError: there is no such microphone, or none that can be opened.
        """
        waiting: SimpleQueue[Block] = SimpleQueue()
        stream = _opened(_sounddevice(), self.device, waiting)
        ours = _resampler(int(stream.samplerate))
        try:
            while not self.stopped.is_set():
                try:
                    block = waiting.get(timeout=0.2)
                except Empty:
                    if not stream.active:
                        raise JianweiError("microphone", "it is gone", "plug it in again") from None
                else:
                    yield replace(block, samples=ours(block.samples))
            while not waiting.empty():
                block = waiting.get()
                yield replace(block, samples=ours(block.samples))
        finally:
            stream.close()

    def stop(self) -> None:
        self.stopped.set()

    def now(self) -> float:
        return time.monotonic()


def _opened(sounddevice: Any, device: int | str | None, waiting: SimpleQueue[Block]) -> Any:
    """A stream that puts its blocks there: at our rate, or at the device's own where it has no other."""
    full = Event()

    def take(data: NDArray[np.float32], _frames: int, _times: object, status: Any) -> None:
        if waiting.qsize() >= _KEPT:
            full.set()
            return
        lost = bool(status.input_overflow) or full.is_set()
        full.clear()
        waiting.put(Block(data[:, 0].copy(), time.monotonic(), lost))

    def opened(rate: int) -> Any:
        stream = sounddevice.InputStream(
            samplerate=rate, channels=1, dtype="float32", blocksize=rate // 10, device=device, callback=take
        )
        stream.start()
        return stream

    try:
        try:
            return opened(RATE)
        except sounddevice.PortAudioError:
            own = int(sounddevice.query_devices(device, "input")["default_samplerate"])
            if own == RATE:
                raise
            return opened(own)
    except (sounddevice.PortAudioError, ValueError, OSError) as error:
        what = f"cannot be opened ({' '.join(str(error).split())})"
        raise JianweiError("microphone", what, "plug one in, or name one: --device NAME") from None


def _resampler(rate: int) -> Callable[[NDArray[np.float32]], NDArray[np.float32]]:
    """From a device's rate to ours, block by block.

    Raises:
        MissingExtraError: it needs PyAV, which is not installed.
    """
    if rate == RATE:
        return lambda samples: samples
    try:
        import av
    except ImportError as error:
        raise MissingExtraError.named("the microphone", "speech") from error
    resampler = av.AudioResampler(format="fltp", layout="mono", rate=RATE)

    def convert(samples: NDArray[np.float32]) -> NDArray[np.float32]:
        frame = av.AudioFrame.from_ndarray(samples[None], format="fltp", layout="mono")
        frame.sample_rate = rate
        parts = [part.to_ndarray()[0] for part in resampler.resample(frame)]
        return np.concatenate(parts).astype(np.float32) if parts else np.zeros(0, np.float32)

    return convert


def _sounddevice() -> Any:
    try:
        import sounddevice
    except ImportError as error:
        raise MissingExtraError.named("the microphone", "microphone") from error
    except OSError as error:
        hint = "install it: apt install libportaudio2, dnf install portaudio"
        raise JianweiError("the microphone", "the system's library PortAudio is missing", hint) from error
    return sounddevice
