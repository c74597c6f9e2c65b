"""Liveness: the networks by stand-ins that answer what they are told, or with what they see."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest
from onnx import TensorProto, helper, save
from support.stand_ins import constant_model

from jianwei.common.results import Unavailable
from jianwei.errors import DamagedModelError, ModelNotFoundError, UsageError
from jianwei.vision._base import Face
from jianwei.vision.faces.liveness import capture_liveness, open_liveness

NEAR, FAR = "minifasnet/2.7_80x80_MiniFASNetV2.onnx", "minifasnet/4_0_0_80x80_MiniFASNetV1SE.onnx"
SHAPE = {"input": (1, 3, 80, 80)}
FACE = Face((100.0, 80.0, 160.0, 160.0), (), 1.0)


@pytest.fixture(autouse=True)
def _nothing_pulled(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path / "cache"))
    monkeypatch.delenv("JIANWEI_MODELS", raising=False)


def _networks(folder: Path, near: list[float], far: list[float]) -> Path:
    for name, answer in ((NEAR, near), (FAR, far)):
        constant_model(folder / name, SHAPE, {"logits": np.array([answer])})
    return folder


def test_the_probabilities_of_both_networks_are_averaged(tmp_path: Path) -> None:
    logits, ready = [1.0, 2.0, 0.0], [0.7, 0.2, 0.1]  # an export may end with the softmax or before it
    judge = open_liveness(_networks(tmp_path, logits, ready))
    found = judge.judge(np.zeros((300, 300, 3), np.uint8), FACE)
    softmax = np.exp(2.0) / np.exp(logits).sum()
    assert found.score == pytest.approx((softmax + 0.2) / 2, abs=1e-6)
    assert not found.live  # (0.245 + 0.7) / 2 for the first class is more
    assert found.face is FACE
    assert found.model.name == "minifasnet"
    live = open_liveness(_networks(tmp_path, logits, [0.1, 0.8, 0.1])).judge(np.zeros((300, 300, 3), np.uint8), FACE)
    assert live.live


def test_the_networks_see_the_face_with_as_much_around_it_as_they_were_trained_with(tmp_path: Path) -> None:
    """The stand-ins tell the mean of each channel: blue first, over the part that they are shown."""
    for name in (NEAR, FAR):
        mean = helper.make_node("ReduceMean", ["input"], ["logits"], axes=[2, 3], keepdims=0)
        shown = helper.make_tensor_value_info("input", TensorProto.FLOAT, [1, 3, 80, 80])
        told = helper.make_tensor_value_info("logits", TensorProto.FLOAT, [1, 3])
        graph = helper.make_graph([mean], "stand-in", [shown], [told])
        (tmp_path / name).parent.mkdir(exist_ok=True)
        save(helper.make_model(graph, opset_imports=[helper.make_opsetid("", 13)], ir_version=8), tmp_path / name)
    pixels = np.zeros((1000, 1000, 3), np.uint8)
    pixels[400:500, 400:500] = 2, 3, 4  # exactly the face
    judge = open_liveness(tmp_path)
    found = judge.judge(pixels, Face((400.0, 400.0, 500.0, 500.0), (), 1.0))
    wanted = []
    for around in (2.7, 4.0):
        share = (100 / (around * 100)) ** 2
        raised = np.exp(np.array([4, 3, 2]) * share)
        wanted.append(raised[1] / raised.sum())
    assert found.score == pytest.approx(np.mean(wanted), abs=2e-3)
    corner = judge.judge(pixels, Face((-20.0, -20.0, 30.0, 40.0), (), 1.0))
    assert corner.score == pytest.approx(1 / 3)  # everything there is black
    judge.judge(np.zeros((1, 1, 3), np.uint8), Face((0.0, 0.0, 1.0, 1.0), (), 1.0))


def test_only_camera_captures_are_asked(tmp_path: Path) -> None:
    with pytest.raises(UsageError, match="camera captures"):
        capture_liveness(tmp_path / "portrait.jpg", camera=False)


def test_missing_and_damaged_networks_are_unavailable(tmp_path: Path) -> None:
    missing = capture_liveness(b"", models=tmp_path)
    assert isinstance(missing, Unavailable)
    assert missing.reason.code == "missing_model"
    assert missing.reason.values == {"part": "liveness", "command": "jianwei models pull minifasnet"}
    with pytest.raises(ModelNotFoundError):
        open_liveness(tmp_path)
    _networks(tmp_path, [0, 1, 0], [0, 1, 0])
    (tmp_path / FAR).write_bytes(b"half")
    damaged = capture_liveness(b"", models=tmp_path)
    assert isinstance(damaged, Unavailable)
    assert damaged.reason.code == "damaged_model"
    constant_model(tmp_path / FAR, {"input": (1, 3, 112, 112)}, {"logits": np.zeros((1, 3))})
    with pytest.raises(DamagedModelError, match="is another model"):
        open_liveness(tmp_path)


def test_a_capture_without_a_face_has_no_verdict(tmp_path: Path) -> None:
    from PIL import Image

    Image.new("RGB", (64, 64), (90, 120, 60)).save(tmp_path / "wall.png")
    found = capture_liveness(tmp_path / "wall.png", models=_networks(tmp_path, [0, 1, 0], [0, 1, 0]))
    assert isinstance(found, Unavailable)
    assert found.reason.code == "no_face"
