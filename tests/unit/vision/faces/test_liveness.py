"""Liveness: the networks by stand-ins that answer what they are told, or with what they see."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest
from numpy.typing import NDArray
from onnx import TensorProto, helper, save
from support.stand_ins import Pixel, constant_model, seeing_model

from jianwei.common.results import Unavailable
from jianwei.errors import DamagedModelError, ModelNotFoundError, UsageError
from jianwei.vision._base import Face
from jianwei.vision.faces import liveness
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


def _told(folder: Path, pixels: NDArray[np.uint8], face: Face, pixel: Pixel) -> list[float]:
    """A number of what each network is shown, by stand-ins that answer with it while the other network is undecided."""
    numbers = []
    for name in (NEAR, FAR):
        for other in (NEAR, FAR):
            constant_model(folder / other, SHAPE, {"logits": np.zeros((1, 3))})
        seeing_model(folder / name, SHAPE, {"logits": np.zeros((1, 3))}, {("logits", 1): pixel}, scale=0.01)
        live = 2 * open_liveness(folder).judge(pixels, face).score - 1 / 3
        numbers.append(100 * np.log(2 * live / (1 - live)))
    return numbers


def test_the_networks_see_blue_first_from_0_to_255(tmp_path: Path) -> None:
    pixels = np.full((300, 300, 3), (10, 60, 200), np.uint8)
    for channel, wanted in enumerate((200, 60, 10)):
        assert _told(tmp_path, pixels, FACE, Pixel(channel, 40, 40)) == pytest.approx([wanted, wanted], abs=0.01)


@pytest.mark.parametrize(
    ("box", "wanted"),
    [
        # left, top, right, bottom of what is shown: first and last pixel
        ((100, 100, 120, 130), [(83, 74, 137, 155), (70, 55, 150, 175)]),
        ((0, 0, 20, 30), [(0, 0, 54, 81), (0, 0, 80, 120)]),  # shifted into the picture
        ((179, 169, 199, 199), [(145, 118, 199, 199), (119, 79, 199, 199)]),
        (
            (50, 40, 150, 160),
            [(17, 0, 182, 199), (17, 0, 182, 199)],
        ),  # as large as the picture allows: 199 / 120 = 1.658
    ],
)
def test_the_networks_see_this_part(tmp_path: Path, box: tuple[float, ...], wanted: list[tuple[int, ...]]) -> None:
    """Red tells the column, green the row. What a corner of the small picture shows lies half a step inside the part."""
    pixels = np.zeros((200, 200, 3), np.uint8)
    pixels[:, :, 0], pixels[:, :, 1] = np.arange(200), np.arange(200)[:, None]
    face = Face((float(box[0]), float(box[1]), float(box[2]), float(box[3])), (), 1.0)
    found = [
        _told(tmp_path, pixels, face, Pixel(channel, at, at)) for channel, at in ((2, 0), (1, 0), (2, 79), (1, 79))
    ]
    for network, (left, top, right, bottom) in enumerate(wanted):
        across, down = (right - left + 1) / 160 - 0.5, (bottom - top + 1) / 160 - 0.5
        corners = [left + across, top + down, right - across, bottom - down]
        assert [numbers[network] for numbers in found] == pytest.approx(corners, abs=0.6)


def test_the_version_is_of_the_networks_and_of_what_is_done_around_them(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    first = open_liveness(_networks(tmp_path, [0, 1, 0], [0, 1, 0])).identity
    assert open_liveness(tmp_path).identity == first
    other = open_liveness(_networks(tmp_path, [0, 1, 0], [0, 1, 1])).identity
    monkeypatch.setattr(liveness, "RULES", "another edition")
    ruled = open_liveness(_networks(tmp_path, [0, 1, 0], [0, 1, 0])).identity
    assert {first.name, other.name, ruled.name} == {"minifasnet"}
    assert len({first.version, other.version, ruled.version}) == 3


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
