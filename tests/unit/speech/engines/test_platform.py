"""The platform's recognition: what is sent, what is refused, over HTTP against the simulator."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from io import BytesIO

import av
import numpy as np
import pytest
from support.tone_models import spoken

from jianwei.errors import JianweiError, UsageError
from jianwei.models.endpoint import ConsentMissingError
from jianwei.sandbox.platform.app import running
from jianwei.sandbox.platform.areas.speech import Hearing
from jianwei.sandbox.platform.world import App, Platform
from jianwei.speech._base import RATE
from jianwei.speech.engines.platform import PlatformRecognizer, encode_mp3
from jianwei.wechat.client import Client
from jianwei.wechat.errors import ApiError

APP = "wx0123456789abcdef"


@dataclass(frozen=True)
class World:
    app: App
    client: Client

    def recognizer(self) -> PlatformRecognizer:
        return PlatformRecognizer(hearing=self.client.speech, consented=True, wait=0.01, limit=0.05)


@pytest.fixture
def world() -> Iterator[World]:
    platform, app = Platform(), App(APP, "secret", "service")
    platform.add(app)
    app.of(Hearing).delay = 0
    with running(platform) as url, Client(APP, "secret", base_url=url) as client:
        yield World(app, client)


def test_nothing_is_sent_without_a_consent(world: World) -> None:
    with pytest.raises(ConsentMissingError, match="consent") as refused:
        PlatformRecognizer(hearing=world.client.speech)
    assert isinstance(refused.value, UsageError)
    with pytest.raises(ConsentMissingError):
        PlatformRecognizer(hearing=world.client.speech, consented=False)
    assert world.app.of(Hearing).voices == {}


def test_a_voice_is_sent_and_its_text_comes_back(world: World) -> None:
    piece = spoken("你好")
    world.app.of(Hearing).say(encode_mp3(piece), " 我要两盒龙井 ")
    heard, silent = world.recognizer().recognize([piece, np.zeros(RATE, np.float32)], language="zh")
    assert [(one.start, one.end, one.text) for one in heard.segments] == [(0.0, len(piece) / RATE, "我要两盒龙井")]
    assert (heard.language, silent.segments) == ("zh", ())
    assert world.recognizer().identity.name == "wechat-voice"


def test_a_piece_that_is_too_long_is_not_sent(world: World) -> None:
    with pytest.raises(JianweiError, match="longer"):
        world.recognizer().recognize([np.zeros(RATE * 61, np.float32)])
    assert world.app.of(Hearing).voices == {}


def test_what_the_platform_refuses_is_told() -> None:
    platform = Platform()
    platform.add(App(APP, "secret", "service"))
    with running(platform) as url, Client(APP, "another", base_url=url) as stranger:
        recognizer = PlatformRecognizer(hearing=stranger.speech, consented=True, wait=0.01, limit=0.02)
        with pytest.raises(ApiError):
            recognizer.recognize([spoken("好")])


@pytest.mark.parametrize("seconds", [0.0, 0.01, 1.0, 30.0, 60.0])
def test_what_is_sent_is_what_the_platform_takes(seconds: float) -> None:
    time = np.arange(int(seconds * RATE)) / RATE
    content = encode_mp3(np.sin(2 * np.pi * 440 * time).astype(np.float32) * 2)
    assert len(content) <= 1 << 20
    with av.open(BytesIO(content)) as container:
        (stream,) = container.streams.audio
        assert (stream.rate, stream.channels, stream.codec_context.name) == (RATE, 1, "mp3float")
        samples = sum(frame.samples for frame in container.decode(stream))
    assert samples / RATE == pytest.approx(seconds, abs=0.25)


def test_a_tone_keeps_its_pitch() -> None:
    time = np.arange(RATE) / RATE
    content = encode_mp3((0.5 * np.sin(2 * np.pi * 440 * time)).astype(np.float32))
    with av.open(BytesIO(content)) as container:
        sound = np.concatenate([frame.to_ndarray()[0] for frame in container.decode(audio=0)])
    middle = sound[4_000:12_000]
    peak = np.abs(np.fft.rfft(middle * np.hanning(len(middle)))).argmax() * RATE / len(middle)
    assert peak == pytest.approx(440, abs=4)
