"""doctor: what can be heard and seen here, and the one command that adds the rest."""

import sys
from pathlib import Path

import pytest

sys.path.insert(0, str(Path(__file__).parents[2]))

from support.imports import third_party

import jianwei as jw
from jianwei.common.i18n import LANGUAGES, catalog
from jianwei.models.lock import shipped_lock
from jianwei.workspace.abilities import ABILITIES, lacking, look_up
from jianwei.workspace.doctor import examine

BY_NAME = {ability.name: ability for ability in ABILITIES}


@pytest.fixture
def environment(tmp_path: Path) -> dict[str, str]:
    return {"XDG_CACHE_HOME": str(tmp_path)}


def test_every_ability_is_known_in_both_languages() -> None:
    names = [model.name for model in shipped_lock().models]
    for ability in ABILITIES:
        assert all(catalog(language).has(f"doctor.part.{ability.name}") for language in LANGUAGES)
        assert all(model in names for model in ability.models)
        assert not ability.adds or ability.adds in ability.models


def test_what_was_not_pulled_is_missing(environment: dict[str, str]) -> None:
    found = look_up(BY_NAME["objects"], environment)
    assert (found.state, found.detail) == ("missing", "jianwei models pull yolox")


def test_what_a_question_about_pictures_lacks(environment: dict[str, str], tmp_path: Path) -> None:
    assert lacking("object", environment) == "jianwei models pull yolox"
    assert lacking("scene", environment) == "jianwei models pull ppresnet"
    assert lacking("code", environment) == ""
    assert lacking("unsafe", environment) == ""
    (tmp_path / "yolox.onnx").write_bytes(b"mine")
    assert lacking("object", environment | {"JIANWEI_MODELS": str(tmp_path)}) == ""


def test_ones_own_model_works(environment: dict[str, str], tmp_path: Path) -> None:
    (tmp_path / "yolox.onnx").write_bytes(b"mine")
    found = look_up(BY_NAME["objects"], environment | {"JIANWEI_MODELS": str(tmp_path)})
    assert (found.state, found.detail) == ("ok", "yolox")


def test_a_damaged_model_is_broken(environment: dict[str, str], tmp_path: Path) -> None:
    cached = tmp_path / "jianwei" / "models" / "yolox.onnx"
    cached.parent.mkdir(parents=True)
    cached.write_bytes(b"half a model")
    found = look_up(BY_NAME["objects"], environment)
    assert found.state == "broken"
    assert str(cached) in found.detail


@pytest.mark.parametrize(
    ("module", "ability", "command"),
    [
        ("zxingcpp", "codes", 'pip install "jianwei[vision]"'),
        ("faster_whisper", "speech", 'pip install "jianwei[speech]"'),
        ("sherpa_onnx", "paraformer", 'pip install "jianwei[sherpa,speech]"'),
        ("faster_whisper", "sense_voice", 'pip install "jianwei[sherpa,speech]"'),
        ("av", "microphone", 'pip install "jianwei[microphone,speech]"'),
        ("dlib", "faces", 'pip install "jianwei[faces]"'),
    ],
)
def test_a_missing_library_is_named_by_its_extra(
    environment: dict[str, str], monkeypatch: pytest.MonkeyPatch, module: str, ability: str, command: str
) -> None:
    monkeypatch.setitem(sys.modules, module, None)  # as if it were not installed
    found = look_up(BY_NAME[ability], environment)
    assert (found.state, found.detail) == ("missing", command)


def test_the_whole_examination(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path))
    checks = {check.part: check for check in examine(None)}
    assert set(BY_NAME) < set(checks)
    assert checks["python"].state == "ok"
    assert checks["scenes"].detail == "jianwei models pull ppresnet"


HEARING = ("jianwei.speech.transcribing",)
MADE_OF = {
    "sounds": ("jianwei.speech.decoding",),
    "speech": ("jianwei.speech.engines.whisper", *HEARING),
    "sense_voice": ("jianwei.speech.engines.sherpa", *HEARING),
    "paraformer": ("jianwei.speech.engines.sherpa", *HEARING),
    "microphone": ("jianwei.speech.microphone", *HEARING),
    "pictures": ("jianwei.vision.decoding",),
    "text": ("jianwei.vision.reading",),
    "codes": ("jianwei.vision.codes",),
    "safety": ("jianwei.vision.safety",),
    "faces": ("jianwei.vision.faces.onnx_detectors",),
    "same_person": ("jianwei.vision.faces.embedding",),
    "liveness": ("jianwei.vision.faces.liveness",),
    "objects": ("jianwei.vision.things.objects",),
    "scenes": ("jianwei.vision.things.scenes",),
}
"""Ability → where its work is done."""
ALWAYS_THERE = {"numpy", "pyarrow", "msgspec", "scipy", "opencc"}
COMES_ALONG = {"ctranslate2": "faster_whisper"}
FOR_SOME = {"pysilk", "pillow_heif", "dlib"}
"""Read one format, run one model of several: all else works without them, and their own ability says so."""


@pytest.mark.parametrize("name", sorted(BY_NAME))
def test_abilities_name_every_library_that_their_code_imports(name: str) -> None:
    rooms = ("jianwei.speech", "jianwei.vision", "jianwei.models.onnx")
    needed = third_party(*MADE_OF[name], rooms=rooms, functions="jianwei.vision.libraries") - ALWAYS_THERE
    needed = {COMES_ALONG.get(library, library) for library in needed}
    assert needed
    assert needed - FOR_SOME <= set(BY_NAME[name].modules)


def test_a_workspace_is_told_of_in_the_readers_language(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("LC_ALL", "zh_CN.UTF-8")
    (tmp_path / "a.csv").write_text("内容,用户,时间\n很好喝,小林,2024-01-05 09:00:00\n", "utf-8")
    workspace = jw.open(tmp_path / "w")
    workspace.import_files([tmp_path / "a.csv"])
    checks = {check.part: check.detail for check in examine(workspace.store)}
    assert checks["table messages"] == "版本 1，1 个文件"
