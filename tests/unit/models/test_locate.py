"""Where a model is looked for, in which order, and what must be true of it."""

from __future__ import annotations

from dataclasses import replace
from hashlib import sha256
from pathlib import Path

import pytest

from jianwei.errors import ModelNotFoundError
from jianwei.models import ModelEntry, ModelIdentity, cache_folder, locate

GOOD, OWN = b"the weights", b"weights of one's own"
ENTRY = ModelEntry("some", "some.bin", sha256(GOOD).hexdigest(), hint="jianwei models pull some")


def put(folder: Path, data: bytes) -> Path:
    folder.mkdir(parents=True, exist_ok=True)
    (folder / ENTRY.file).write_bytes(data)
    return folder / ENTRY.file


def test_the_order_of_places(tmp_path: Path) -> None:
    environment = {"XDG_CACHE_HOME": str(tmp_path / "cache"), "JIANWEI_MODELS": str(tmp_path / "env")}
    put(cache_folder(environment), GOOD)
    assert locate(ENTRY, environment=environment).source == "cache"
    put(tmp_path / "env", OWN)
    found = locate(ENTRY, environment=environment)
    assert (found.source, found.data) == ("environment", OWN)
    file = put(tmp_path / "here", b"third")
    for path in (file, file.parent):
        found = locate(ENTRY, path=path, environment=environment)
        assert (found.source, found.data, found.where) == ("path", b"third", str(file))


def test_a_folder_without_the_file_is_passed_over(tmp_path: Path) -> None:
    environment = {"XDG_CACHE_HOME": str(tmp_path), "JIANWEI_MODELS": str(tmp_path / "none")}
    put(cache_folder(environment), GOOD)
    assert locate(ENTRY, path=tmp_path, environment=environment).source == "cache"


def test_identity_is_what_the_bytes_say(tmp_path: Path) -> None:
    file = put(tmp_path, OWN)
    assert locate(ENTRY, path=file).identity == ModelIdentity("some", sha256(OWN).hexdigest()[:16])


def test_damage_where_jianwei_put_it_itself(tmp_path: Path) -> None:
    environment = {"XDG_CACHE_HOME": str(tmp_path)}
    put(cache_folder(environment), GOOD[:-1])
    with pytest.raises(ModelNotFoundError, match="sha256") as caught:
        locate(ENTRY, environment=environment)
    assert caught.value.where == str(cache_folder(environment) / ENTRY.file)


def test_the_package_is_last_and_checked(tmp_path: Path) -> None:
    environment = {"XDG_CACHE_HOME": str(tmp_path)}
    carried = replace(ENTRY, file="stopwords.txt", package="jianwei.text.data")
    with pytest.raises(ModelNotFoundError, match="sha256"):
        locate(carried, environment=environment)


def test_nowhere(tmp_path: Path) -> None:
    with pytest.raises(ModelNotFoundError, match=r"some\.bin was not found") as caught:
        locate(ENTRY, environment={"XDG_CACHE_HOME": str(tmp_path)})
    assert caught.value.hint == "jianwei models pull some"


def test_a_path_must_exist(tmp_path: Path) -> None:
    with pytest.raises(ModelNotFoundError, match="cannot be read"):
        locate(ENTRY, path=tmp_path / "absent.bin")


def test_the_default_cache_is_under_home() -> None:
    assert cache_folder({}) == Path.home() / ".cache" / "jianwei" / "models"
