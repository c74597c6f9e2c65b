"""sherpa-onnx's models: every way of finding and loading them, and what is written down of what they hear."""

from __future__ import annotations

import subprocess
import sys
from collections.abc import Callable
from hashlib import sha256
from pathlib import Path

import numpy as np
import onnx
import pytest
from support.tone_models import paraformer, sense_voice, spoken, with_metadata, write_model

from jianwei.errors import DamagedModelError, ModelNotFoundError
from jianwei.models import known_model
from jianwei.speech._base import RATE
from jianwei.speech.engines.sherpa import language_of, open_sherpa, untagged
from jianwei.speech.engines.sherpa_files import check_files, find_files
from jianwei.speech.transcribing import transcribe_samples

MODELS = {"sense-voice": sense_voice, "paraformer-zh": paraformer}
kinds = pytest.mark.parametrize("name", list(MODELS))
NOWHERE = {"XDG_CACHE_HOME": "/nowhere"}


class Always:
    def hear(self, frames: np.ndarray) -> np.ndarray:
        return np.ones(len(frames), np.float32)


@kinds
def test_found_by_path_by_the_environment_and_among_other_models(name: str, tmp_path: Path) -> None:
    folder = write_model(tmp_path / "models" / name, MODELS[name]())
    own = find_files(name, folder, NOWHERE)
    among = find_files(name, tmp_path / "models", NOWHERE)
    given = find_files(name, None, {**NOWHERE, "JIANWEI_MODELS": str(tmp_path / "models")})
    assert (own.source, among.source, given.source) == ("path", "path", "environment")
    assert own.identity == among.identity == given.identity
    assert own.identity.name == name


@kinds
def test_a_smaller_model_goes_first_and_has_an_identity_of_its_own(name: str, tmp_path: Path) -> None:
    plain = find_files(name, write_model(tmp_path, MODELS[name]()), NOWHERE)
    write_model(tmp_path, with_metadata(MODELS[name](), {"more": 1}), name="model.int8.onnx")
    small = find_files(name, tmp_path, NOWHERE)
    assert (plain.model.name, small.model.name) == ("model.onnx", "model.int8.onnx")
    assert plain.identity != small.identity


@kinds
def test_found_nowhere(name: str, tmp_path: Path) -> None:
    with pytest.raises(ModelNotFoundError, match="models pull"):
        open_sherpa(name, tmp_path, environment=NOWHERE)


@kinds
def test_what_lies_in_the_cache_must_be_what_the_lock_file_says(name: str, tmp_path: Path) -> None:
    files = [file.file for file in known_model(name).files]
    assert {file.rpartition("/")[2] for file in files} == {"model.int8.onnx", "tokens.txt"}
    write_model(tmp_path / "jianwei" / "models" / name, MODELS[name](), name="model.int8.onnx")
    with pytest.raises(DamagedModelError, match="sha256"):
        open_sherpa(name, environment={"XDG_CACHE_HOME": str(tmp_path)})


def test_a_model_of_ones_own_that_was_pulled(tmp_path: Path) -> None:
    from jianwei.models.lock import LockedFile, LockedModel, record_own

    cache = {"XDG_CACHE_HOME": str(tmp_path)}
    folder = write_model(tmp_path / "jianwei" / "models" / "shop-voice", sense_voice())
    files = tuple(
        LockedFile(f"shop-voice/{path.name}", path.stat().st_size, sha256(path.read_bytes()).hexdigest())
        for path in sorted(folder.iterdir())
    )
    record_own(LockedModel("shop-voice", "speech", files), cache)
    heard = open_sherpa("shop-voice", environment=cache).recognize([spoken("你好")])
    assert heard[0].segments[0].text == "你好"
    (folder / "tokens.txt").write_text("x 0\n")
    with pytest.raises(DamagedModelError, match="sha256"):
        open_sherpa("shop-voice", environment=cache)


Spoil = Callable[[Path], object]


def _tokens(content: bytes) -> Spoil:
    return lambda folder: (folder / "tokens.txt").write_bytes(content)


def _metadata(**changed: object) -> Spoil:
    def spoil(folder: Path) -> None:
        model = onnx.load(folder / "model.onnx")
        onnx.save(with_metadata(model, changed), folder / "model.onnx")

    return spoil


SPOILED: dict[str, Spoil] = {
    "tokens gone": lambda folder: (folder / "tokens.txt").unlink(),
    "tokens empty": _tokens(b""),
    "tokens of three fields": _tokens(b"<blk> 0\nhello world foo\n"),
    "tokens without numbers": _tokens(b"hello\n"),
    "tokens not UTF-8": _tokens(b"\xff\xfe 0\n"),
    "tokens a folder": lambda folder: ((folder / "tokens.txt").unlink(), (folder / "tokens.txt").mkdir()),
    "model empty": lambda folder: (folder / "model.onnx").write_bytes(b""),
    "model cut off": lambda folder: (folder / "model.onnx").write_bytes((folder / "model.onnx").read_bytes()[:3000]),
    "model of text": lambda folder: (folder / "model.onnx").write_text("no model"),
    "no window": _metadata(lfr_window_size=None),
    "window of nothing": _metadata(lfr_window_size=0),
    "shift of nothing": _metadata(lfr_window_shift=0),
    "window of another width": _metadata(lfr_window_size=3),
    "no vocabulary": _metadata(vocab_size=None),
    "negative vocabulary": _metadata(vocab_size=-4),
    "no mean": _metadata(neg_mean=None),
    "mean of words": _metadata(neg_mean="a,b"),
    "mean too short": _metadata(neg_mean="0,0,0"),
    "deviation not finite": _metadata(inv_stddev=",".join(["nan"] * 560)),
    "deviation empty": _metadata(inv_stddev=""),
}


@kinds
@pytest.mark.parametrize("case", list(SPOILED))
def test_what_is_damaged_is_refused_and_the_process_lives(name: str, case: str, tmp_path: Path) -> None:
    SPOILED[case](write_model(tmp_path, MODELS[name]()))
    with pytest.raises(DamagedModelError) as refused:
        open_sherpa(name, tmp_path, environment=NOWHERE)
    assert refused.value.hint


@pytest.mark.parametrize("key", ["normalize_samples", "with_itn", "without_itn", "lang_auto", "lang_yue"])
def test_sense_voice_needs_its_own_metadata(key: str, tmp_path: Path) -> None:
    write_model(tmp_path, with_metadata(sense_voice(), {key: None}))
    with pytest.raises(DamagedModelError, match=key):
        open_sherpa("sense-voice", tmp_path, environment=NOWHERE)


def test_tokens_that_do_not_fit_are_told_when_they_are_missed(tmp_path: Path) -> None:
    folder = write_model(tmp_path, sense_voice())
    (folder / "tokens.txt").write_text("<blk> 0\n<s> 1\n</s> 2\n")
    engine = open_sherpa("sense-voice", folder, environment=NOWHERE)
    with pytest.raises(DamagedModelError, match="do not fit"):
        engine.recognize([spoken("你")])
    write_model(tmp_path / "other", paraformer())
    (tmp_path / "other" / "tokens.txt").write_text("<blk> 0\n你 1\n")
    with pytest.raises(DamagedModelError, match="do not fit"):
        open_sherpa("paraformer-zh", tmp_path / "other", environment=NOWHERE)


def test_tokens_may_be_blanks_of_other_scripts(tmp_path: Path) -> None:
    folder = write_model(tmp_path, sense_voice())
    with (folder / "tokens.txt").open("a", encoding="utf-8", newline="") as file:
        file.write("a\u3000b 90\n\u2028 91\n\u3000 92\n 93\n\x85x 94\r\n")
    assert open_sherpa("sense-voice", folder, environment=NOWHERE).recognize([spoken("你")])[0].segments[0].text == "你"


def test_another_kind_of_model(tmp_path: Path) -> None:
    model = sense_voice()
    extra = onnx.helper.make_tensor_value_info("more", onnx.TensorProto.FLOAT, [1])
    model.graph.input.append(extra)
    with pytest.raises(DamagedModelError, match="neither"):
        open_sherpa("sense-voice", write_model(tmp_path, model), environment=NOWHERE)


@kinds
def test_other_numbers_than_it_should_take(name: str, tmp_path: Path) -> None:
    model = MODELS[name]()
    model.graph.input[1].type.tensor_type.elem_type = onnx.TensorProto.INT64
    with pytest.raises(DamagedModelError, match="other numbers"):
        open_sherpa(name, write_model(tmp_path, model), environment=NOWHERE)


def test_the_kind_shows_in_the_model_not_in_its_name(tmp_path: Path) -> None:
    write_model(tmp_path / "x", paraformer())
    assert check_files(find_files("sense-voice", tmp_path / "x", NOWHERE)) == "paraformer"


def test_without_the_check_sherpa_ends_the_process(tmp_path: Path) -> None:
    """The reason for `check_files`: should sherpa-onnx raise one day, it may go."""
    write_model(tmp_path, with_metadata(sense_voice(), {"vocab_size": None}))
    model, tokens = str(tmp_path / "model.onnx"), str(tmp_path / "tokens.txt")
    code = f"from sherpa_onnx import OfflineRecognizer as R; R.from_sense_voice({model!r}, {tokens!r}); print('alive')"
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, check=False, text=True)
    assert done.returncode != 0
    assert "Traceback" not in done.stderr


def test_tags_become_the_language_and_never_text(tmp_path: Path) -> None:
    engine = open_sherpa("sense-voice", write_model(tmp_path, sense_voice()), environment=NOWHERE)
    chinese, english, left = (engine.recognize([spoken("你好。")], language=code)[0] for code in ("zh", "en", None))
    assert [one.language for one in (chinese, english, left)] == ["zh", "en", "zh"]
    assert {one.segments[0].text for one in (chinese, english, left)} == {"你好。"}
    assert (language_of("<|ja|>"), language_of("ja")) == ("ja", "")
    assert untagged("<|zh|><|ANGRY|><|BGM|><|woitn|>退 款 <|x|>") == "退 款"


def test_what_nobody_said_is_dropped(tmp_path: Path) -> None:
    engine = open_sherpa("sense-voice", write_model(tmp_path, sense_voice(quiet=True)), environment=NOWHERE)
    (heard,) = engine.recognize([spoken("你好")], language="zh")
    assert heard.segments == ()
    assert heard.dropped == (("你好", "no_speech"),)


@kinds
def test_sentences_have_their_times(name: str, tmp_path: Path) -> None:
    engine = open_sherpa(name, write_model(tmp_path, MODELS[name]()), environment=NOWHERE)
    first, second = spoken("你好。", silence=0.0), spoken("好你。", silence=0.0)
    (heard,) = engine.recognize([np.concatenate([first, second])], language="zh")
    assert [segment.text for segment in heard.segments] == ["你好。", "好你。"]
    frame = 0.06
    assert heard.segments[1].start == pytest.approx(len(first) / RATE, abs=2 * frame)
    assert heard.segments[0].end == heard.segments[1].start
    assert heard.segments[1].end == pytest.approx((len(first) + len(second)) / RATE)


def test_without_times_a_piece_is_one_segment(tmp_path: Path) -> None:
    engine = open_sherpa("paraformer-zh", write_model(tmp_path, paraformer(times=False)), environment=NOWHERE)
    (heard,) = engine.recognize([spoken("你好。好。")], language="zh")
    assert [(one.start, one.text) for one in heard.segments] == [(0.0, "你好。好。")]


@kinds
def test_through_the_whole_way(name: str, tmp_path: Path) -> None:
    engine = open_sherpa(name, write_model(tmp_path, MODELS[name]()), environment=NOWHERE)
    found = transcribe_samples(spoken("你好。"), engine, voices=Always())
    assert (found.text, found.language, found.model.name) == ("你好。", "zh", name)
