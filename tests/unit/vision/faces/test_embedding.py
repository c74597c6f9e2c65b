"""Alignment against where dots end up; SFace by a stand-in."""

from __future__ import annotations

from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from numpy.typing import NDArray
from onnx import TensorProto, helper, save
from support.stand_ins import Pixel, seeing_model

from jianwei.errors import ModelNotFoundError
from jianwei.models import ModelIdentity
from jianwei.vision._base import Face
from jianwei.vision.faces.dlib_models import DlibEmbedder, open_pointer
from jianwei.vision.faces.embedding import aligned, open_sface, similarity

PLACES = np.array([[38.2946, 51.6963], [73.5318, 51.5014], [56.0252, 71.7366], [41.5493, 92.3655], [70.7299, 92.2041]])


@settings(deadline=None, max_examples=40)
@given(st.floats(-3, 3), st.floats(0.2, 5), st.floats(-200, 200), st.floats(-200, 200))
def test_a_similarity_is_found_again(angle: float, factor: float, x: float, y: float) -> None:
    turn = factor * np.array([[np.cos(angle), -np.sin(angle)], [np.sin(angle), np.cos(angle)]])
    points = PLACES @ turn.T + (x, y)
    assert np.allclose(similarity(PLACES, points), np.column_stack([turn, (x, y)]), atol=1e-6)


def test_a_mirrored_face_is_not_mirrored_back() -> None:
    matrix = similarity(PLACES * (-1, 1), PLACES)
    assert np.linalg.det(matrix[:, :2]) > 0


def test_the_eyes_and_the_mouth_come_where_the_network_expects_them() -> None:
    angle = 0.6
    turn = 3 * np.array([[np.cos(angle), -np.sin(angle)], [np.sin(angle), np.cos(angle)]])
    points = PLACES @ turn.T + (150, 60)
    for i in range(5):
        pixels = np.zeros((500, 500, 3), np.uint8)
        x, y = points[i].round().astype(int)
        pixels[y - 4 : y + 5, x - 4 : x + 5] = 255
        seen = aligned(pixels, [(float(a), float(b)) for a, b in points])
        rows, columns = np.nonzero(seen[:, :, 0] > 100)
        assert (columns.mean(), rows.mean()) == pytest.approx(tuple(PLACES[i]), abs=0.5)


def test_sface_sees_aligned_faces_and_its_answer_gets_length_one(tmp_path: Path) -> None:
    """The stand-in answers with the mean of each channel, so that the order of the channels is seen too."""
    mean = helper.make_node("ReduceMean", ["data"], ["told"], axes=[2, 3], keepdims=0)
    graph = helper.make_graph(
        [mean],
        "stand-in",
        [helper.make_tensor_value_info("data", TensorProto.FLOAT, [1, 3, 112, 112])],
        [helper.make_tensor_value_info("told", TensorProto.FLOAT, [1, 3])],
    )
    save(helper.make_model(graph, opset_imports=[helper.make_opsetid("", 13)], ir_version=8), tmp_path / "sface.onnx")
    pixels = np.zeros((200, 200, 3), np.uint8)
    pixels[:] = 60, 0, 80
    face = Face((0, 0, 112, 112), tuple((float(x) + 20, float(y) + 20) for x, y in PLACES), 1.0)
    sface = open_sface(tmp_path)
    rows = sface.embed(pixels, [face, face])
    assert rows.shape == (2, 3)
    assert rows[0] == pytest.approx([0.6, 0.0, 0.8], abs=1e-3)
    assert sface.alike == 1.128
    assert sface.embed(pixels, []).shape[0] == 0


def test_sface_sees_the_eyes_the_nose_and_the_mouth_in_their_places(tmp_path: Path) -> None:
    """A face that is turned and three times as large: the stand-in tells what is at each of the five places, in red."""
    turn = 3 * np.array([[np.cos(0.4), -np.sin(0.4)], [np.sin(0.4), np.cos(0.4)]])
    points = PLACES @ turn.T + (200, 40)
    pixels = np.zeros((520, 520, 3), np.uint8)
    wanted = np.array([50, 100, 150, 200, 250])
    for (x, y), red in zip(points.round().astype(int), wanted, strict=True):
        pixels[y - 7 : y + 8, x - 7 : x + 8, 0] = red
    told = {("told", i): Pixel(0, round(PLACES[i, 1]), round(PLACES[i, 0])) for i in range(5)}
    seeing_model(tmp_path / "sface.onnx", {"data": (1, 3, 112, 112)}, {"told": np.zeros((1, 5))}, told)
    face = Face((0.0, 0.0, 1.0, 1.0), tuple((float(x), float(y)) for x, y in points), 1.0)
    (row,) = open_sface(tmp_path).embed(pixels, [face])
    assert row == pytest.approx(wanted / np.linalg.norm(wanted), abs=1e-5)


@dataclass
class _Learned:
    """In the place of dlib's network: sees the picture at the points that it is given."""

    pixels: list[NDArray[np.uint8]] = field(default_factory=list)

    def compute_face_descriptor(self, pixels: NDArray[np.uint8], shapes: Any) -> list[list[float]]:
        self.pixels.append(pixels)
        return [[float(shape.rect.left()), float(shape.rect.top()), float(shape.rect.width())] for shape in shapes]


def test_dlib_sees_the_picture_as_it_is_and_a_square_around_each_face(tmp_path: Path) -> None:
    dlib = pytest.importorskip("dlib")
    network = _Learned()
    embedder = DlibEmbedder(ModelIdentity("dlib-embedding", "1"), 0.41, open_pointer()._predictor, network)
    pixels = np.random.default_rng(3).integers(0, 255, (200, 300, 3), np.uint8)
    faces = [Face((40.0, 20.0, 80.0, 80.0), (), 1.0), Face((100.0, 50.0, 160.0, 90.0), (), 1.0)]
    rows = embedder.embed(pixels, faces)
    assert np.array_equal(network.pixels[0], pixels)
    wanted = np.array([[35, 25, 50], [105, 45, 50]])  # 40 x 60 and 60 x 40: a square of 50 about the middle
    assert np.allclose(rows, wanted / np.linalg.norm(wanted, axis=1, keepdims=True))
    assert dlib.rectangle(35, 25, 84, 74).width() == 50


def test_sface_is_pulled(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path))
    monkeypatch.delenv("JIANWEI_MODELS", raising=False)
    with pytest.raises(ModelNotFoundError) as missing:
        open_sface()
    assert missing.value.hint == "jianwei models pull sface"
