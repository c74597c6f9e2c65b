"""doctor: what can be heard and seen here, and the one command that adds the rest."""

import sys
from pathlib import Path

import pytest

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
        ("sherpa_onnx", "paraformer", 'pip install "jianwei[sherpa]"'),
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
