"""Pulling: nothing has its name before it is whole and right; what broke off goes on; own models are recorded and checked."""

from __future__ import annotations

import os
import random
import signal
import subprocess
import sys
import threading
from collections.abc import Iterator, Mapping
from hashlib import sha256
from pathlib import Path

import pytest
from support.faulty_files import Files, serving

from jianwei.common.net import FetchError, FetchLimits
from jianwei.errors import InputError, ModelNotFoundError, UsageError
from jianwei.models import LockedFile, LockedModel, known_model, locate, locate_folder
from jianwei.models.locate import cache_folder
from jianwei.models.lock import own_lock
from jianwei.models.pull import pull_given, pull_model, pull_own
from jianwei.models.verify import check_model

WEIGHTS, CONFIG = random.Random(4).randbytes(300_000), b'{"id2label": {}}'
Environment = Mapping[str, str]


@pytest.fixture
def files() -> Iterator[Files]:
    with serving() as running:
        running.content |= {"/model.onnx": WEIGHTS, "/config.json": CONFIG}
        yield running


@pytest.fixture
def environment(tmp_path: Path) -> Environment:
    return {"XDG_CACHE_HOME": str(tmp_path / "cache")}


def digest(data: bytes) -> str:
    return sha256(data).hexdigest()


def model_at(address: str, *, weights: bytes = WEIGHTS) -> LockedModel:
    return LockedModel(
        "two",
        "classifier",
        (
            LockedFile("two/model.onnx", len(weights), digest(weights), f"{address}/model.onnx"),
            LockedFile("two/config.json", len(CONFIG), digest(CONFIG), f"{address}/config.json"),
        ),
    )


def no_wait(_: float) -> None:
    return None


def names(environment: Environment) -> list[str]:
    folder = cache_folder(environment)
    return sorted(
        path.relative_to(folder).as_posix() for path in folder.rglob("*") if path.is_file() and path.stat().st_size
    )


def test_a_model_of_two_files(files: Files, environment: Environment) -> None:
    model = model_at(files.address)
    assert check_model(model, environment).state == "missing"
    done = pull_model(model, environment=environment)
    assert done.fetched == ("two/model.onnx", "two/config.json")
    assert names(environment) == ["two/config.json", "two/model.onnx"]
    found = locate_folder(model, environment=environment)
    assert (found.folder, found.source) == (done.folder, "cache")
    assert (found.folder / "model.onnx").read_bytes() == WEIGHTS
    assert check_model(model, environment).state == "ok"


def test_what_is_here_is_not_fetched_again_and_damage_is_mended(files: Files, environment: Environment) -> None:
    model = model_at(files.address)
    folder = pull_model(model, environment=environment).folder
    files.asked.clear()
    assert pull_model(model, environment=environment).fetched == ()
    assert files.asked == []
    (folder / "config.json").write_bytes(b"{}")
    assert (state := check_model(model, environment)).state == "damaged"
    assert state.where == str(folder / "config.json")
    with pytest.raises(ModelNotFoundError, match="sha256"):
        locate_folder(model, environment=environment)
    done = pull_model(model, environment=environment)
    assert (done.fetched, done.kept) == (("two/config.json",), ("two/model.onnx",))
    assert check_model(model, environment).state == "ok"


def test_the_wrong_file_gets_no_name(files: Files, environment: Environment) -> None:
    files.content["/model.onnx"] = bytes(len(WEIGHTS))
    with pytest.raises(InputError, match="sha256") as caught:
        pull_model(model_at(files.address), environment=environment)
    assert caught.value.where == f"{files.address}/model.onnx"
    assert names(environment) == []


@pytest.mark.parametrize("size", [len(WEIGHTS) - 1, len(WEIGHTS) + 1])
def test_a_file_of_another_length_gets_no_name(files: Files, environment: Environment, size: int) -> None:
    files.content["/model.onnx"] = bytes(size)
    with pytest.raises(FetchError):
        pull_model(model_at(files.address), environment=environment, sleep=no_wait)
    assert [name for name in names(environment) if not name.endswith(".part")] == []


def test_a_truncated_answer_goes_on(files: Files, environment: Environment) -> None:
    files.cut = [100_000]
    pull_model(model_at(files.address), environment=environment, sleep=no_wait)
    assert ("/model.onnx", "bytes=100000-") in files.asked
    assert check_model(model_at(files.address), environment).state == "ok"


def test_a_pull_that_is_given_up_keeps_its_part_and_the_next_one_goes_on(
    files: Files, environment: Environment
) -> None:
    model = model_at(files.address)
    files.cut, files.status = [100_000], [200, 404]
    with pytest.raises(FetchError):
        pull_model(model, environment=environment, sleep=no_wait)
    assert names(environment) == ["two/model.onnx.part"]
    assert check_model(model, environment).state == "missing"
    files.asked.clear()
    pull_model(model, environment=environment)
    assert files.asked[0] == ("/model.onnx", "bytes=100000-")
    assert names(environment) == ["two/config.json", "two/model.onnx"]


def test_a_part_that_became_another_file_is_found_out(files: Files, environment: Environment) -> None:
    part = cache_folder(environment) / "two" / "model.onnx.part"
    part.parent.mkdir(parents=True)
    part.write_bytes(b"x" * 1000)
    with pytest.raises(InputError, match="sha256"):
        pull_model(model_at(files.address), environment=environment)
    assert not part.exists()
    pull_model(model_at(files.address), environment=environment)
    assert check_model(model_at(files.address), environment).state == "ok"


KILLED = """
import os, signal, sys
from jianwei.common.progress import SilentProgress
from jianwei.models.pull import pull_own

class Dies(SilentProgress):
    def task(self, label, total=None, unit="rows"):
        from contextlib import contextmanager
        class Task:
            done = 0
            def advance(self, units=1):
                Task.done += units
                if Task.done > 100_000:
                    os.kill(os.getpid(), signal.SIGKILL)
            def total(self, units): ...
        @contextmanager
        def opened():
            yield Task()
        return opened()

pull_own("mine", [sys.argv[1]], sha256=[sys.argv[2]], progress=Dies())
"""


def test_a_kill_in_the_middle_costs_nothing(files: Files, environment: Environment) -> None:
    url = f"{files.address}/model.onnx"
    call = [sys.executable, "-c", KILLED, url, digest(WEIGHTS)]
    done = subprocess.run(call, env={**os.environ, **environment}, check=False)
    assert done.returncode == -signal.SIGKILL
    assert own_lock(environment).models == ()
    files.asked.clear()
    pull_own("mine", [url], sha256=[digest(WEIGHTS)], environment=environment)
    ((_, asked),) = files.asked
    assert asked is not None
    assert asked.startswith("bytes=")
    assert check_model(known_model("mine", environment), environment).state == "ok"


def test_two_pulls_at_once_take_turns(files: Files, environment: Environment) -> None:
    model = model_at(files.address)
    fetched: list[tuple[str, ...]] = []
    threads = [
        threading.Thread(target=lambda: fetched.append(pull_model(model, environment=environment).fetched))
        for _ in range(4)
    ]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert sorted(map(len, fetched)) == [0, 0, 0, 2]
    assert check_model(model, environment).state == "ok"


def test_a_model_without_an_address(environment: Environment) -> None:
    with pytest.raises(UsageError, match="comes with the package"):
        pull_model(known_model("sentiment"), environment=environment)


def test_an_own_file(tmp_path: Path, environment: Environment) -> None:
    source = tmp_path / "weights.bin"
    source.write_bytes(WEIGHTS)
    done = pull_own("mine", [str(source)], environment=environment, use="embedding")
    assert (done.model.use, done.model.files) == (
        "embedding", (LockedFile("mine/weights.bin", len(WEIGHTS), digest(WEIGHTS)),),
    )  # fmt: skip
    model = known_model("mine", environment)
    assert locate(model.entry, environment=environment).data == WEIGHTS
    assert check_model(model, environment).state == "ok"
    (done.folder / "weights.bin").write_bytes(WEIGHTS[:-1])
    assert check_model(model, environment).state == "damaged"


def test_an_own_folder_replaces_the_one_before(tmp_path: Path, environment: Environment) -> None:
    source = tmp_path / "model"
    (source / "sub").mkdir(parents=True)
    (source / ".git").mkdir()
    for name in ("model.onnx", "sub/tokenizer.json", ".git/config", ".hidden"):
        (source / name).write_text(name)
    (tmp_path / "config.json").write_text("{}")
    (source / "config.json").symlink_to(tmp_path / "config.json")
    pull_own("mine", [str(source)], environment=environment)
    assert names(environment) == ["mine/config.json", "mine/model.onnx", "mine/sub/tokenizer.json", "own.json"]
    (source / "sub" / "tokenizer.json").unlink()
    pull_own("mine", [str(source)], environment=environment)
    assert names(environment) == ["mine/config.json", "mine/model.onnx", "own.json"]
    assert check_model(known_model("mine", environment), environment).state == "ok"


def test_own_addresses(files: Files, environment: Environment) -> None:
    urls = [f"{files.address}/model.onnx?token=hunter2", f"{files.address}/config.json"]
    pull_own("mine", urls, environment=environment)
    model = known_model("mine", environment)
    assert locate_folder(model, environment=environment).folder.joinpath("model.onnx").read_bytes() == WEIGHTS
    assert "hunter2" not in (cache_folder(environment) / "own.json").read_text()


def test_own_files_must_be_what_their_sha256_says(files: Files, tmp_path: Path, environment: Environment) -> None:
    (tmp_path / "a.bin").write_bytes(b"a")
    for source in (str(tmp_path / "a.bin"), f"{files.address}/config.json"):
        with pytest.raises(InputError, match="sha256"):
            pull_own("mine", [source], sha256=[digest(b"b")], environment=environment)
    assert own_lock(environment).models == ()
    assert names(environment) == []
    pull_own("mine", [str(tmp_path / "a.bin")], sha256=[digest(b"a").upper()], environment=environment)


def test_a_failed_pull_leaves_the_model_that_was_there(files: Files, tmp_path: Path, environment: Environment) -> None:
    (tmp_path / "a.bin").write_bytes(b"a")
    pull_own("mine", [str(tmp_path / "a.bin")], environment=environment)
    with pytest.raises(FetchError):
        pull_own("mine", [f"{files.address}/none"], environment=environment)
    assert check_model(known_model("mine", environment), environment).state == "ok"


def test_a_model_that_cannot_be_recorded_leaves_the_one_before(
    tmp_path: Path, environment: Environment, monkeypatch: pytest.MonkeyPatch
) -> None:
    (tmp_path / "a.bin").write_bytes(b"a")
    pull_own("mine", [str(tmp_path / "a.bin")], environment=environment)
    (tmp_path / "b.bin").write_bytes(b"b")

    def full(*_: object) -> None:
        raise OSError("no room")

    monkeypatch.setattr("jianwei.models.pull.record_own", full)
    with pytest.raises(Exception, match=r"no room|cannot be written"):
        pull_own("mine", [str(tmp_path / "b.bin")], environment=environment)
    assert names(environment) == ["mine/a.bin", "own.json"]
    assert check_model(known_model("mine", environment), environment).state == "ok"


@pytest.mark.parametrize(
    ("name", "sources", "digests"),
    [
        ("sentiment", ["a.bin"], []),
        ("own.json", ["a.bin"], []),
        ("sentiment.model", ["a.bin"], []),
        ("Mine", ["a.bin"], []),
        ("../mine", ["a.bin"], []),
        ("", ["a.bin"], []),
        ("mine", [], []),
        ("mine", ["a.bin"], ["0" * 64, "0" * 64]),
        ("mine", ["a.bin"], ["xyz"]),
        ("mine", ["a.bin", "a.bin"], []),
        ("mine", ["https://models.example/"], []),
        ("mine", ["https://models.example/.hidden"], []),
        ("mine", ["https://models.example/a%2F..%2F.."], []),
        ("mine", ["empty"], []),
    ],
)
def test_wrong_calls(
    tmp_path: Path, environment: Environment, monkeypatch: pytest.MonkeyPatch, name: str, sources: list[str], digests: list[str]
) -> None:  # fmt: skip
    (tmp_path / "a.bin").write_bytes(b"a")
    (tmp_path / "empty").mkdir()
    monkeypatch.chdir(tmp_path)
    with pytest.raises(UsageError):
        pull_own(name, sources, sha256=digests, environment=environment)
    assert not cache_folder(environment).exists() or names(environment) == []


def test_a_source_that_is_not_there(environment: Environment) -> None:
    with pytest.raises(InputError, match="cannot be read"):
        pull_own("mine", ["no/such/file"], environment=environment)


def test_too_large_for_the_limits(files: Files, environment: Environment) -> None:
    with pytest.raises(FetchError, match="larger than 1,000"):
        pull_own("mine", [f"{files.address}/model.onnx"], environment=environment, limits=FetchLimits(most_bytes=1000))


def test_files_of_the_user_are_taken_as_they_are(tmp_path: Path, environment: Environment) -> None:
    model = model_at("")
    (tmp_path / "given" / "two").mkdir(parents=True)
    (tmp_path / "given" / "two" / "model.onnx").write_bytes(b"other")
    given = {**environment, "JIANWEI_MODELS": str(tmp_path / "given")}
    assert check_model(model, given).state == "damaged"
    with pytest.raises(ModelNotFoundError, match="not complete"):
        locate_folder(model, environment=given)
    (tmp_path / "given" / "two" / "config.json").write_bytes(b"{}")
    found = locate_folder(model, environment=given)
    assert (found.source, check_model(model, given).state) == ("environment", "given")
    by_path = locate_folder(model, path=tmp_path / "given", environment=environment)
    assert (by_path.source, by_path.identity) == ("path", found.identity)
    (tmp_path / "given" / "two" / "config.json").write_bytes(b"{ }")
    assert locate_folder(model, environment=given).identity != found.identity


def test_a_failed_pull_of_ones_own_leaves_nothing_behind(environment: Environment, tmp_path: Path) -> None:
    for sources, digests in (
        ([str(tmp_path / "nowhere.bin")], ()),
        ([str(tmp_path / "nowhere.bin")], ("0" * 64,)),
        ([str(_written(tmp_path / "there.bin")), str(tmp_path / "nowhere.bin")], ()),
    ):
        with pytest.raises(InputError):
            pull_own("mine", sources, sha256=digests, environment=environment)
        assert list(cache_folder(environment).iterdir()) == []


def test_no_lock_stays_after_a_pull(environment: Environment, tmp_path: Path) -> None:
    pull_own("mine", [str(_written(tmp_path / "there.bin"))], environment=environment)
    assert sorted(path.name for path in cache_folder(environment).iterdir()) == ["mine", "own.json"]


def _written(path: Path) -> Path:
    path.write_bytes(b"weights")
    return path


@pytest.mark.parametrize("named", ["folder", "files", "mirror"])
def test_a_known_model_from_elsewhere(files: Files, environment: Environment, tmp_path: Path, named: str) -> None:
    model = model_at("https://nowhere.invalid/weights")
    (tmp_path / "usb" / "deep").mkdir(parents=True)
    (tmp_path / "usb" / "deep" / "model.onnx").write_bytes(WEIGHTS)
    (tmp_path / "usb" / "config.json").write_bytes(CONFIG)
    sources = {
        "folder": [str(tmp_path / "usb")],
        "files": [str(tmp_path / "usb" / "config.json"), str(tmp_path / "usb" / "deep" / "model.onnx")],
        "mirror": [f"{files.address}/model.onnx", f"{files.address}/config.json"],
    }[named]
    done = pull_given(model, sources, environment=environment)
    assert done.fetched == ("two/model.onnx", "two/config.json")
    assert check_model(model, environment).state == "ok"
    assert pull_given(model, sources, environment=environment).kept == done.fetched


def test_another_file_of_that_name_is_refused(environment: Environment, tmp_path: Path) -> None:
    model = model_at("https://nowhere.invalid/weights")
    (tmp_path / "model.onnx").write_bytes(b"other weights")
    (tmp_path / "config.json").write_bytes(CONFIG)
    with pytest.raises(InputError, match="sha256"):
        pull_given(model, [str(tmp_path)], environment=environment)
    with pytest.raises(InputError, match=r"model\.onnx"):
        pull_given(model, [str(tmp_path / "config.json")], environment=environment)
    assert list(cache_folder(environment).iterdir()) == []
