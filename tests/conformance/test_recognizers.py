"""What every engine that hears keeps to: Whisper with its weights, SenseVoice and Paraformer with stand-ins, the platform simulated."""

from __future__ import annotations

import sys
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from functools import cache
from pathlib import Path
from tempfile import mkdtemp

import numpy as np
import pytest
from numpy.typing import NDArray

sys.path.insert(0, str(Path(__file__).parents[1]))

from support.tone_models import paraformer, sense_voice, spoken, write_model

from jianwei.sandbox.platform.app import running
from jianwei.sandbox.platform.areas.speech import Hearing
from jianwei.sandbox.platform.world import App, Platform
from jianwei.speech import Heard, Recognizer
from jianwei.speech._base import RATE
from jianwei.speech.engines.platform import PlatformRecognizer, encode_mp3
from jianwei.speech.engines.sherpa import open_sherpa
from jianwei.wechat.client import Client

SAID = spoken("你好。你")
RANDOM = np.random.default_rng(3)
PIECES = (
    SAID,
    np.zeros(RATE, np.float32),
    spoken("好"),
    (RANDOM.normal(0, 0.001, RATE)).astype(np.float32),
)


@contextmanager
def _whisper() -> Iterator[Recognizer]:
    from jianwei.speech.engines.whisper import open_whisper

    yield _loaded(open_whisper)


@cache
def _loaded(opened: Callable[..., Recognizer]) -> Recognizer:
    return opened(threads=1)


@contextmanager
def _sense_voice() -> Iterator[Recognizer]:
    yield open_sherpa("sense-voice", write_model(Path(mkdtemp()), sense_voice()))


@contextmanager
def _paraformer() -> Iterator[Recognizer]:
    yield open_sherpa("paraformer-zh", write_model(Path(mkdtemp()), paraformer()))


@contextmanager
def _platform() -> Iterator[Recognizer]:
    platform = Platform()
    app = App("wx0123456789abcdef", "secret", "service")
    platform.add(app)
    hearing = app.of(Hearing)
    hearing.delay = 0
    hearing.say(encode_mp3(PIECES[0]), "你好。你")
    hearing.say(encode_mp3(PIECES[2]), "好")
    with running(platform) as url, Client(app.app_id, "secret", base_url=url) as client:
        yield PlatformRecognizer(hearing=client.speech, consented=True, wait=0.01, limit=0.03)


ENGINES = {"whisper": _whisper, "sense-voice": _sense_voice, "paraformer": _paraformer, "platform": _platform}
EXACT = ("sense-voice", "paraformer", "platform")


@pytest.fixture(params=list(ENGINES))
def engine(request: pytest.FixtureRequest) -> Iterator[Recognizer]:
    with ENGINES[request.param]() as opened:
        yield opened


@pytest.fixture(params=EXACT)
def exact(request: pytest.FixtureRequest) -> Iterator[Recognizer]:
    """Engines that hear what the pieces say."""
    with ENGINES[request.param]() as opened:
        yield opened


def _texts(heard: Sequence[Heard]) -> list[str]:
    return ["".join(segment.text for segment in one.segments) for one in heard]


def test_it_says_who_it_is(engine: Recognizer) -> None:
    assert engine.identity.name
    assert engine.identity.version
    assert engine.identity == engine.identity


def test_an_answer_for_every_piece_in_order(exact: Recognizer) -> None:
    assert _texts(exact.recognize(PIECES, language="zh")) == ["你好。你", "", "好", ""]
    assert _texts(exact.recognize(PIECES[::-1], language="zh")) == ["", "好", "", "你好。你"]
    assert exact.recognize([]) == []


def test_nothing_is_heard_where_nothing_is_said(engine: Recognizer) -> None:
    silent, noise = engine.recognize([PIECES[1], PIECES[3]], language="zh")
    assert silent.segments == ()
    assert noise.segments == ()


def test_segments_lie_within_their_piece(engine: Recognizer) -> None:
    for piece, heard in zip(PIECES, engine.recognize(PIECES, language="zh"), strict=True):
        assert heard.language
        before = 0.0
        for segment in heard.segments:
            assert before <= segment.start <= segment.end <= len(piece) / RATE + 1e-6
            assert 0 <= segment.confidence <= 1
            assert segment.text.strip()
            assert "<|" not in segment.text
            before = segment.end


def test_it_answers_alike_when_asked_again_and_leaves_the_samples_alone(engine: Recognizer) -> None:
    before = [piece.copy() for piece in PIECES]
    first = engine.recognize(PIECES, language="zh")
    assert engine.recognize(PIECES, language="zh") == first
    assert [engine.recognize([piece], language="zh")[0] for piece in PIECES] == first
    assert all((piece == kept).all() for piece, kept in zip(PIECES, before, strict=True))


@pytest.mark.parametrize("samples", [0, 1, 100, 1_000])
def test_the_shortest_pieces_do_no_harm(engine: Recognizer, samples: int) -> None:
    (heard,) = engine.recognize([np.zeros(samples, np.float32)], language="zh")
    assert heard.segments == ()


def test_a_language_may_be_left_to_it_and_words_may_be_named(engine: Recognizer) -> None:
    (heard,) = engine.recognize([SAID], language=None, hotwords=["见微", "龙井"])
    assert heard.language
    (english,) = engine.recognize([SAID], language="en")
    assert isinstance(english.language, str)


def test_loud_samples_do_no_harm(engine: Recognizer) -> None:
    loud: NDArray[np.float32] = np.clip(SAID * 50, -1, 1)
    (heard,) = engine.recognize([loud], language="zh")
    assert all(0 <= segment.start <= segment.end for segment in heard.segments)
