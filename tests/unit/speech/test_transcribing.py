from __future__ import annotations

import io
import wave
from collections.abc import Sequence
from dataclasses import dataclass, field
from pathlib import Path

import numpy as np
import pytest
from numpy.typing import NDArray
from support.talking import RATE, silence, talk

from jianwei.common.media import RejectedMediaError
from jianwei.errors import UsageError
from jianwei.models import ModelIdentity
from jianwei.speech import Heard, Segment, Transcript, transcribe
from jianwei.speech.transcribing import most_spoken, transcribe_all, transcribe_samples

pytest.importorskip("faster_whisper")


@dataclass
class Parrot:
    """Says the same whatever it hears, and remembers what it was asked."""

    says: Sequence[str] = ("你好,發貨了嗎",)
    identity: ModelIdentity = field(default_factory=lambda: ModelIdentity("parrot", "1"))
    asked: list[tuple[int, str | None, tuple[str, ...]]] = field(default_factory=list)

    def recognize(
        self, pieces: Sequence[NDArray[np.float32]], *, language: str | None = None, hotwords: Sequence[str] = ()
    ) -> list[Heard]:
        self.asked.append((len(pieces), language, tuple(hotwords)))
        code = language or "en"
        return [
            Heard((Segment(0.1, len(piece) / RATE, self.says[at % len(self.says)], 0.5),), code)
            for at, piece in enumerate(pieces)
        ]


SOUND = np.concatenate([silence(1.0), talk(3.0), silence(1.5), talk(2.0, seed=2), silence(1.0)])


def _file(folder: Path, samples: NDArray[np.float32], name: str = "voice.wav") -> Path:
    content = io.BytesIO()
    with wave.open(content, "wb") as sound:
        sound.setnchannels(1)
        sound.setsampwidth(2)
        sound.setframerate(RATE)
        sound.writeframes((samples * 32767).astype("<i2").tobytes())
    path = folder / name
    path.write_bytes(content.getvalue())
    return path


def test_every_utterance_is_a_segment_with_its_times() -> None:
    parrot = Parrot(("你好,發貨了嗎", "嗯."))
    found = transcribe_samples(SOUND, parrot, hotwords=["小程序"])
    assert parrot.asked == [(2, "zh", ("小程序",))]
    first, second = found.segments
    assert (first.text, second.text, found.text) == ("你好，发货了吗", "嗯。", "你好，发货了吗嗯。")
    assert first.start == pytest.approx(0.8, abs=0.2)
    assert second.end == pytest.approx(7.8, abs=0.2)
    assert found.seconds == pytest.approx(8.5)
    assert 4.5 < found.spoken < 6.5
    assert (found.language, found.model.name, found.dropped) == ("zh", "parrot", ())


def test_where_nobody_speaks_nobody_is_asked_for_words() -> None:
    parrot = Parrot()
    found = transcribe_samples(silence(5.0), parrot)
    assert (found.text, found.language, found.spoken, found.confidence, found.dropped) == ("", "", 0.0, 0.0, ())
    assert parrot.asked in ([], [(0, "zh", ())])


@pytest.mark.parametrize(
    ("invented", "kept", "reason"),
    [
        ("请不吝点赞 订阅 转发 打赏支持明镜与点点栏目", "", "invented"),
        ("字幕志愿者 李宗盛", "", "invented"),
        ("对" * 50, "对", "repetition"),
        (
            "这里有很多很多字，"
            + "谁也不可能在这么短的时间里全部说完它们真的不可能所以没有人说过这句话你信不信呢我反正不信" * 2,
            "",
            "too_fast",
        ),
    ],
)
def test_nothing_is_dropped_silently(invented: str, kept: str, reason: str) -> None:
    found = transcribe_samples(talk(2.0), Parrot((invented,)))
    assert found.text == kept
    ((text, why),) = found.dropped
    assert why == reason
    assert kept + text == invented.replace(" ", "")


def test_other_languages_keep_their_blanks() -> None:
    found = transcribe_samples(SOUND, Parrot(("see you ", "then")), language=None)
    assert (found.text, found.language) == ("see you then", "en")


@pytest.mark.parametrize(
    ("says", "asked", "language"),
    [
        (("See you then", "OK"), "zh", "und"),
        (("13888888888", "13888888888"), "zh", "und"),
        (("See you then", "OK"), "yue", "und"),
        (("See you then", "OK"), "en", "en"),
        (("Can you send it to me please", "好的"), "zh", "zh"),
        (("对对对对对对", "OK"), "zh", "zh"),
    ],
)
def test_what_has_no_chinese_character_is_not_called_chinese(says: Sequence[str], asked: str, language: str) -> None:
    assert transcribe_samples(SOUND, Parrot(says), language=asked).language == language


@pytest.mark.parametrize(
    ("heard", "language"),
    [
        ((), ""),
        ((("", ""), ("zh", "好的")), "zh"),
        ((("zh", "收到"), ("en", "see you then")), "en"),
        ((("zh", "已经收到了"), ("en", "see you then")), "zh"),
        ((("und", "see you then, bye bye"), ("zh", "收到了")), "zh"),
        ((("zh", "13888888888"), ("en", "call me")), "en"),
        ((("zh", "13888888888"), ("und", "call me")), "und"),
    ],
)
def test_the_language_spoken_most(heard: Sequence[tuple[str, str]], language: str) -> None:
    assert most_spoken(heard) == language


def test_from_a_file(tmp_path: Path) -> None:
    path = _file(tmp_path, SOUND)
    by_path, by_content = (transcribe(given, recognizer=Parrot()) for given in (path, path.read_bytes()))
    assert by_path == by_content
    assert len(by_path) == 2


@pytest.mark.parametrize("workers", [1, 3])
def test_many_files_in_order_and_bad_ones_in_between(tmp_path: Path, workers: int) -> None:
    good = [_file(tmp_path, talk(1.0 + at / 4, seed=at), f"{at}.wav") for at in range(5)]
    bad = tmp_path / "bad.wav"
    bad.write_bytes(b"RIFF\x00\x00\x00\x00WAVEnothing")
    paths = [*good[:2], bad, *good[2:], tmp_path / "missing.amr"]
    found = list(transcribe_all(paths, recognizer=Parrot(), workers=workers))
    assert [path for path, _ in found] == paths
    lengths = [answer.seconds for _, answer in found if isinstance(answer, Transcript)]
    assert lengths == pytest.approx([1.0, 1.25, 1.5, 1.75, 2.0], abs=0.01)
    assert [type(answer) for _, answer in found].count(RejectedMediaError) == 2


def test_stopping_in_the_middle_hears_little_more(tmp_path: Path) -> None:
    path, parrot = _file(tmp_path, talk(1.0)), Parrot()
    answers = transcribe_all([path] * 50, recognizer=parrot, workers=2)
    next(answers)
    answers.close()  # type: ignore[attr-defined]
    assert len(parrot.asked) <= 5


def test_workers_are_counted() -> None:
    with pytest.raises(UsageError):
        next(transcribe_all(["a.wav"], recognizer=Parrot(), workers=0))
