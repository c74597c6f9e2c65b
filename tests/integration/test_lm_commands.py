"""jianwei lm, as people type it."""

from __future__ import annotations

import json
import sys
from pathlib import Path

import numpy as np
import pytest
from typer.testing import CliRunner, Result

import jianwei as jw
from jianwei.cli.app import build_app
from jianwei.text.lm.judging import evaluate
from jianwei.text.lm.mixing import Mixture
from jianwei.text.lm.model import LanguageModel
from jianwei.text.lm.recurrent import RecurrentModel, Weights, save_recurrent

LINES = [f"今天{what}{how}" for what in ("天气", "心情", "生意") for how in ("很好", "不错", "一般", "还行")] * 12


def call(*words: object, language: str = "en", given: str | None = None) -> Result:
    environment = {"LANG": f"{language}.UTF-8", "COLUMNS": "80", "NO_COLOR": "1"}
    return CliRunner().invoke(build_app(), ["lm", *map(str, words)], env=environment, input=given)


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("lm")
    (folder / "lines.txt").write_text("\n".join(LINES) + "\n", "utf-8")
    rows = "\n".join(f"{n},{line}" for n, line in enumerate(LINES))
    (folder / "table.csv").write_bytes(f"编号,内容\n{rows}\n999,zzqx%%\n".encode("gb18030"))
    done = call("train", folder / "lines.txt", "-o", folder / "m.lm", "--order", 4)
    assert done.exit_code == 0, done.output
    return folder


def test_training_says_what_it_learned_from(folder: Path) -> None:
    shown = call("train", folder / "lines.txt", "-o", folder / "n.lm", "--prune", "1e-4").output
    model = LanguageModel.load(folder / "n.lm", check=True)
    assert f"{len(LINES)} texts" in shown
    assert "held-out tenth" in shown
    assert model.facts.texts == len(LINES)
    told = json.loads(call("train", folder / "lines.txt", "-o", folder / "n.lm", "--json").output)
    assert told["bytes"] == (folder / "n.lm").stat().st_size
    assert told["facts"]["texts"] == len(LINES)
    assert told["held_out"]["perplexity"] > 1


def test_a_table_gives_the_same_model_as_its_lines(folder: Path) -> None:
    assert call("train", folder / "table.csv", "--text", "内容", "-o", folder / "t.lm", "--order", 4).exit_code == 0
    assert LanguageModel.load(folder / "t.lm").facts.texts == len(LINES) + 1


def test_completion(folder: Path) -> None:
    shown = call("complete", "今天天", "-m", folder / "m.lm").output
    assert "今天天气" in shown
    found = json.loads(call("complete", "今天", "-m", folder / "m.lm", "-k", 2, "--characters", "--json").output)
    wanted = LanguageModel.load(folder / "m.lm").next("今天", 2)
    assert [(f["text"], f["probability"]) for f in found] == [(text, pytest.approx(p)) for text, p in wanted]


def test_perplexity_of_a_file_and_of_a_pipe(folder: Path) -> None:
    wanted = LanguageModel.load(folder / "m.lm").perplexity(LINES)
    assert f"{wanted:.2f}" in call("perplexity", folder / "lines.txt", "-m", folder / "m.lm", language="zh_CN").output
    piped = call("perplexity", "-m", folder / "m.lm", "--json", given="\n".join(LINES))
    assert json.loads(piped.output)["perplexity"] == pytest.approx(wanted)


def test_generation_is_the_same_for_the_same_seed(folder: Path) -> None:
    options = ("-m", folder / "m.lm", "-n", 3, "--seed", 5, "--temperature", 0.7, "--stop", "行")
    first, second = (call("generate", "今天", *options).output for _ in range(2))
    assert first == second
    assert len(first.splitlines()) == 3
    assert all(line.startswith("今天") and "行" not in line for line in first.splitlines())
    assert len(json.loads(call("generate", *options, "--json").output)) == 3


def test_the_odd_one_comes_first(folder: Path) -> None:
    found = json.loads(call("odd", folder / "table.csv", "-m", folder / "m.lm", "-k", 2, "--json").output)
    assert found[0] == {"row": len(LINES) + 1, "score": pytest.approx(found[0]["score"]), "text": "zzqx%%"}
    assert found[0]["score"] < found[1]["score"]
    assert "zzqx%%" in call("odd", folder / "table.csv", "-m", folder / "m.lm").output.splitlines()[1]


def test_a_recurrent_model_beside_it(folder: Path) -> None:
    counted, random = LanguageModel.load(folder / "m.lm"), np.random.default_rng(0)
    v = len(counted.vocabulary)
    weights = Weights(
        *(
            random.normal(0, 0.1, s).astype(np.float16).astype(np.float32)
            for s in [(v, 4), (v,), (15, 4), (15,), (15, 5), (15,), (4, 5)]
        )
    )
    neural = RecurrentModel(counted.vocabulary, weights, 0.25)
    save_recurrent(neural, folder / "m.npz")
    both = ("-m", folder / "m.lm", "--neural", folder / "m.npz")
    found = json.loads(call("perplexity", folder / "lines.txt", *both, "--json").output)
    assert found["perplexity"] == pytest.approx(evaluate(Mixture(counted, neural, 0.25), LINES).perplexity)
    assert found["perplexity"] > counted.perplexity(LINES)
    assert "今天天气" in call("complete", "今天天", *both).output
    assert call("generate", *both, "--seed", 1, "--length", 5).exit_code == 0
    assert "zzqx%%" in call("odd", folder / "table.csv", *both).output.splitlines()[1]
    LanguageModel(2).fit(["别的字"]).save(folder / "other.lm")
    assert call("complete", "今", "-m", folder / "other.lm", "--neural", folder / "m.npz").exit_code == 2


def test_training_a_recurrent_model_wants_torch_and_enough_texts(
    folder: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setitem(sys.modules, "torch", None)
    done = call("train", folder / "lines.txt", "-o", tmp_path / "m.lm", "--neural", tmp_path / "m.npz")
    assert done.exit_code == 1
    assert "pip install torch" in done.output
    (tmp_path / "few.txt").write_text("今天很好\n明天不好\n", "utf-8")
    assert call("train", tmp_path / "few.txt", "-o", tmp_path / "m.lm", "--neural", tmp_path / "m.npz").exit_code == 2
    assert not list(tmp_path.glob("m.*"))


def test_a_recurrent_model_is_trained_where_torch_is(folder: Path, tmp_path: Path) -> None:
    pytest.importorskip("torch")
    options = ("--neural", tmp_path / "m.npz", "--epochs", 1, "--json")
    told = json.loads(call("train", folder / "lines.txt", "-o", tmp_path / "m.lm", *options).output)
    assert told["mixed"]["texts"] == told["alone"]["texts"] > 0
    assert call("complete", "今天", "-m", tmp_path / "m.lm", "--neural", tmp_path / "m.npz").exit_code == 0


def test_what_people_said_in_a_workspace(folder: Path, tmp_path: Path) -> None:
    said = "time,user,text\n" + "".join(f"2026-03-0{n} 10:00,u{n},今天天气好 {n}\n" for n in range(1, 6))
    (tmp_path / "chat.csv").write_text(said, "utf-8")
    jw.open(tmp_path / "w").import_files([tmp_path / "chat.csv"])
    done = call("train", "-w", tmp_path / "w", "-o", tmp_path / "m.lm", "--json")
    assert done.exit_code == 0, done.output
    assert json.loads(done.output)["facts"]["texts"] == 5
    assert json.loads(done.output)["held_out"] is None


@pytest.mark.parametrize(
    ("words", "code"),
    [
        (("train", "none.txt"), 1),
        (("train", "-w", "none"), 2),
        (("train", "lines.txt", "-w", "."), 2),
        (("train", "lines.txt", "--order", 99), 2),
        (("train", "lines.txt", "-o", "no/such/folder/m.lm"), 2),
        (("train", "table.csv", "--text", "没有"), 2),
        (("complete", "今", "-m", "none.lm"), 1),
        (("complete", "今", "-m", "lines.txt"), 1),
        (("generate", "-m", "m.lm", "--top-p", 0), 2),
        (("odd", "none.csv", "-m", "m.lm"), 1),
        (("perplexity", "lines.txt", "-m", "none.lm"), 1),
    ],
)
def test_errors_end_with_the_codes_of_the_house(
    folder: Path, monkeypatch: pytest.MonkeyPatch, words: tuple[object, ...], code: int
) -> None:
    monkeypatch.chdir(folder)
    done = call(*words)
    assert done.exit_code == code, done.output
    assert "Traceback" not in done.output
    assert not (folder / "none").exists()
