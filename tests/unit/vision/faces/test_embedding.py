"""Alignment against where dots end up; SFace by a stand-in."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from onnx import TensorProto, helper, save

from jianwei.errors import ModelNotFoundError
from jianwei.vision._base import Face
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


def test_sface_is_pulled(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path))
    monkeypatch.delenv("JIANWEI_MODELS", raising=False)
    with pytest.raises(ModelNotFoundError) as missing:
        open_sface()
    assert missing.value.hint == "jianwei models pull sface"
