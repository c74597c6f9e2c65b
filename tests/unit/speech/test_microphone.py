"""Listening: utterances come as soon as they are over, nothing is lost silently, and it ends when it is told to."""

from __future__ import annotations

import sys
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, field
from itertools import pairwise
from threading import Thread, Timer
from types import ModuleType, SimpleNamespace
from typing import Any

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from numpy.typing import NDArray
from support.tone_models import spoken

from jianwei.errors import JianweiError, MissingExtraError
from jianwei.models import ModelIdentity
from jianwei.speech import Heard, Segment, Transcript
from jianwei.speech._base import RATE
from jianwei.speech.microphone import Block, FilePaced, Microphone, Spoken, joined, listen
from jianwei.speech.pauses import FRAME

WHO = ModelIdentity("counting", "1")


class Loud:
    """Speech is what is loud."""

    def hear(self, frames: NDArray[np.float32]) -> NDArray[np.float32]:
        return (np.abs(frames).max(axis=1, initial=0) > 0.05).astype(np.float32)


@dataclass
class Counting:
    """Writes how many seconds it heard, and takes its time."""

    clock: Callable[[float], None] = lambda _: None
    takes: float = 0.0
    pieces: list[NDArray[np.float32]] = field(default_factory=list)
    identity: ModelIdentity = WHO

    def recognize(
        self, pieces: Sequence[NDArray[np.float32]], *, language: str | None = None, hotwords: Sequence[str] = ()
    ) -> list[Heard]:
        self.pieces += pieces
        self.clock(self.takes)
        return [Heard((Segment(0.0, len(p) / RATE, f"{len(p) / RATE:.0f}秒", 0.5),), "zh") for p in pieces]


@dataclass
class Clock:
    """Moves only when somebody waits."""

    at: float = 100.0

    def now(self) -> float:
        return self.at

    def wait(self, seconds: float) -> None:
        self.at += seconds


def talk(*seconds: float, pause: float = 1.0) -> NDArray[np.float32]:
    """Utterances of these lengths with pauses around."""
    gap = np.zeros(int(pause * RATE), np.float32)
    tone = 0.3 * np.sin(np.arange(int(max(seconds) * RATE)) / 5).astype(np.float32)
    return np.concatenate([gap, *(part for s in seconds for part in (tone[: int(s * RATE)], gap))])


def test_every_utterance_once_in_order_with_its_time() -> None:
    clock = Clock()
    source = FilePaced(talk(2, 3, 1), clock=clock.now, sleep=clock.wait)
    found = list(listen(source, Counting(), voices=Loud()))
    assert [round(one.end - one.start) for one in found] == [3, 4, 2]  # with what is kept before and after
    for one, begun in zip(found, (1, 4, 8), strict=True):
        assert one.start == pytest.approx(begun - 0.3, abs=2 * FRAME / RATE)
        (segment,) = one.transcript
        assert (segment.start, segment.end) == pytest.approx((one.start, one.end))
        assert one.lost == 0
    whole = joined(found)
    assert whole.text == "".join(one.transcript.text for one in found)
    assert (whole.seconds, whole.spoken) == pytest.approx((found[-1].end, sum(one.end - one.start for one in found)))
    assert (whole.language, whole.model) == ("zh", WHO)


def test_the_whole_is_in_the_language_of_most_of_it() -> None:
    heard = (("und", "OK"), ("zh", "明天发货吗"), ("en", "see you"))
    found = [
        Spoken(Transcript((Segment(at, at + 1.0, text, 1.0),), code, 1.0, 1.0, WHO), at, at + 1.0, 0.5, 0.1, 0)
        for at, (code, text) in enumerate(heard)
    ]
    assert joined(found).language == "zh"


def test_it_comes_as_soon_as_the_pause_is_over() -> None:
    clock = Clock()
    source = FilePaced(talk(2, 2, 2), clock=clock.now, sleep=clock.wait)
    engine = Counting(clock.wait, takes=0.5)
    ends = []
    for one in listen(source, engine, voices=Loud()):
        ends.append(clock.at - 100)
        assert one.took == pytest.approx(0.5)
        assert one.factor == pytest.approx(0.5 / (one.end - one.start))
        assert 0.5 < one.delay < 1.2  # half a second of recognition, the pause, a block
    assert ends == pytest.approx([3 + 0.6 + 0.5, 6 + 0.6 + 0.5, 9 + 0.6 + 0.5], abs=0.2)


def test_a_recogniser_slower_than_speech_loses_nothing_and_its_delay_grows() -> None:
    clock = Clock()
    source = FilePaced(talk(2, 2, 2), clock=clock.now, sleep=clock.wait)
    found = list(listen(source, Counting(clock.wait, takes=5.0), voices=Loud()))
    delays = [one.delay for one in found]
    assert len(found) == 3
    assert delays == sorted(delays)
    assert delays[-1] > delays[0] + 3


@settings(max_examples=10, deadline=None)
@given(st.lists(st.floats(0.4, 3.0), min_size=1, max_size=4), st.sampled_from([0.5, 1.0, 7.0]))
def test_all_speech_reaches_the_recogniser(lengths: list[float], pace: float) -> None:
    clock, engine = Clock(), Counting()
    samples = talk(*lengths)
    list(listen(FilePaced(samples, pace, clock=clock.now, sleep=clock.wait), engine, voices=Loud()))
    assert len(engine.pieces) == len(lengths)
    assert clock.at - 100 == pytest.approx(len(samples) / RATE / pace)
    heard = sum(int((np.abs(piece) > 0).sum()) for piece in engine.pieces)
    assert heard == int((np.abs(samples) > 0).sum())


def test_what_is_open_at_the_end_is_written() -> None:
    samples = talk(2)[: 2 * RATE]  # it stops within the utterance
    (only,) = listen(FilePaced(samples, 1000), Counting(), voices=Loud())
    assert only.end == pytest.approx(2.0, abs=0.1)


def test_a_stop_ends_it_and_the_last_words_are_kept() -> None:
    clock = Clock()
    source = FilePaced(talk(1, 20), clock=clock.now, sleep=clock.wait)

    def stop_soon(seconds: float) -> None:
        clock.wait(seconds)
        if clock.at > 106:
            source.stop()

    source.sleep = stop_soon
    found = list(listen(source, Counting(), voices=Loud()))
    assert len(found) == 2
    assert found[-1].end == pytest.approx(6, abs=0.5)


def test_a_sound_that_nobody_makes_sense_of_is_not_told() -> None:
    class Deaf(Counting):
        def recognize(self, pieces: Any, *, language: Any = None, hotwords: Any = ()) -> list[Heard]:
            return [Heard((), "zh") for _ in pieces]

    assert list(listen(FilePaced(talk(1), 1000), Deaf(), voices=Loud())) == []


def test_what_was_lost_is_counted() -> None:
    samples = talk(1, 1)

    class Leaky:
        def blocks(self) -> Iterator[Block]:
            for at in range(0, len(samples), 1600):
                yield Block(samples[at : at + 1600], 0.0, lost=at in (3200, 16_000 * 4))

        def stop(self) -> None: ...

        def now(self) -> float:
            return 0.0

    assert [one.lost for one in listen(Leaky(), Counting(), voices=Loud())] == [1, 2]


def test_real_voices_are_told_from_silence() -> None:
    """The network of pauses on what is none: no recogniser is called."""
    engine = Counting()
    noise = np.random.default_rng(1).normal(0, 0.003, 4 * RATE).astype(np.float32)
    assert list(listen(FilePaced(noise, 1000), engine)) == []
    assert engine.pieces == []


# A device needs a machine that has one. What stands in for it is PortAudio's own manner: blocks come by a call from another thread.


class PortAudioError(Exception):
    pass


@dataclass
class Device:
    """sounddevice's InputStream."""

    samples: NDArray[np.float32]
    callback: Any
    blocksize: int
    samplerate: float = RATE
    overflow: int = -1
    ends: bool = False
    active: bool = True

    def start(self) -> None:
        self.thread = Thread(target=self.run, daemon=True)
        self.thread.start()

    def run(self) -> None:
        for number, at in enumerate(range(0, len(self.samples), self.blocksize)):
            block = self.samples[at : at + self.blocksize][:, None]
            self.callback(block, len(block), None, SimpleNamespace(input_overflow=number == self.overflow))
        self.active = not self.ends

    def close(self) -> None:
        self.active = False


def device(monkeypatch: pytest.MonkeyPatch, open_: Callable[..., Device], rate: float = RATE) -> None:
    module = ModuleType("sounddevice")
    module.PortAudioError = PortAudioError  # type: ignore[attr-defined]
    module.InputStream = open_  # type: ignore[attr-defined]
    module.query_devices = lambda *_: {"default_samplerate": rate}  # type: ignore[attr-defined]
    monkeypatch.setitem(sys.modules, "sounddevice", module)


def test_a_microphone_is_heard_until_it_is_stopped(monkeypatch: pytest.MonkeyPatch) -> None:
    asked: dict[str, Any] = {}

    def opened(**given: Any) -> Device:
        asked.update(given)
        return Device(talk(1, 2), given["callback"], given["blocksize"], overflow=5)

    device(monkeypatch, opened)
    microphone = Microphone("USB")
    timer = Timer(0.5, microphone.stop)
    timer.start()
    found = list(listen(microphone, Counting(), voices=Loud()))
    assert len(found) == 2
    assert found[-1].lost == 1
    assert {name: asked[name] for name in ("samplerate", "channels", "dtype", "device")} == {
        "samplerate": RATE, "channels": 1, "dtype": "float32", "device": "USB",
    }  # fmt: skip


@pytest.mark.parametrize("rate", [8_000, 44_100, 48_000])
def test_a_microphone_that_has_a_rate_of_its_own(monkeypatch: pytest.MonkeyPatch, rate: int) -> None:
    time = np.arange(3 * rate) / rate

    def opened(**given: Any) -> Device:
        if given["samplerate"] != rate:
            raise PortAudioError("Invalid sample rate [PaErrorCode -9997]")
        tone = (0.3 * np.sin(2 * np.pi * 440 * time)).astype(np.float32)
        return Device(tone, given["callback"], given["blocksize"], rate, ends=True)

    device(monkeypatch, opened, float(rate))
    blocks = Microphone().blocks()
    samples = np.concatenate([next(blocks).samples for _ in range(29)])
    blocks.close()
    assert len(samples) == pytest.approx(2.9 * RATE, abs=200)
    peak = np.abs(np.fft.rfft(samples * np.hanning(len(samples)))).argmax() * RATE / len(samples)
    assert peak == pytest.approx(440, abs=1)


def test_a_microphone_that_is_unplugged(monkeypatch: pytest.MonkeyPatch) -> None:
    device(monkeypatch, lambda **given: Device(talk(1), given["callback"], given["blocksize"], ends=True))
    with pytest.raises(JianweiError, match="gone"):
        list(Microphone().blocks())


@pytest.mark.parametrize(
    "error", [PortAudioError("Error querying device -1"), ValueError("No input device matching 'x'")]
)
def test_no_microphone(monkeypatch: pytest.MonkeyPatch, error: Exception) -> None:
    def refused(**_: Any) -> Device:
        raise error

    device(monkeypatch, refused)
    with pytest.raises(JianweiError, match="cannot be opened") as told:
        next(Microphone("x").blocks())
    assert "--device" in told.value.hint


def test_no_package_and_no_library(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "sounddevice", None)
    with pytest.raises(MissingExtraError, match=r"jianwei\[microphone\]"):
        next(Microphone().blocks())


def test_a_paced_file_is_given_whole_and_in_order() -> None:
    clock, samples = Clock(), spoken("你好")
    blocks = list(FilePaced(samples, 4.0, clock=clock.now, sleep=clock.wait).blocks())
    assert (np.concatenate([block.samples for block in blocks]) == samples).all()
    assert all(early.at < late.at for early, late in pairwise(blocks))
    assert blocks[-1].at == pytest.approx(100 + len(samples) / RATE / 4)


@pytest.mark.parametrize("seconds", [27.5, 27.95])
def test_an_utterance_as_long_as_may_be_is_heard_in_one_piece(seconds: float) -> None:
    clock, counting = Clock(), Counting()
    source = FilePaced(talk(seconds), clock=clock.now, sleep=clock.wait)
    assert len(list(listen(source, counting, voices=Loud()))) == len(counting.pieces) == 1
