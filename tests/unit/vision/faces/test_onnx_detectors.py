"""Detectors in ONNX, with stand-ins whose answers are chosen: where a face then has to be is worked out by hand."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest
from support.stand_ins import Pixel, constant_model, seeing_model

from jianwei.errors import DamagedModelError, ModelNotFoundError
from jianwei.vision.faces.onnx_detectors import open_ultraface, open_yunet


@pytest.fixture(autouse=True)
def _nothing_pulled(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path / "cache"))
    monkeypatch.delenv("JIANWEI_MODELS", raising=False)


def _yunet(folder: Path) -> Path:
    """One face at stride 16, row 10, column 20, half a cell further; a weaker double of it beside; noise below the threshold."""
    outputs = {}
    for stride in (8, 16, 32):
        cells = (640 // stride) ** 2
        outputs |= {f"cls_{stride}": np.full((1, cells, 1), 0.3), f"obj_{stride}": np.full((1, cells, 1), 0.5)}
        outputs |= {f"bbox_{stride}": np.zeros((1, cells, 4)), f"kps_{stride}": np.zeros((1, cells, 10))}
    for column, score in ((20, 1.0), (21, 0.9)):
        here = 10 * 40 + column
        outputs["cls_16"][0, here] = outputs["obj_16"][0, here] = score
        outputs["bbox_16"][0, here] = [0.5 - (column - 20), 0.5, np.log(4), np.log(6)]
        outputs["kps_16"][0, here] = [-1, -1, 1, -1, 0, 0, -1, 1, 1, 1]
    return constant_model(folder / "yunet.onnx", {"input": (1, 3, 640, 640)}, outputs)


def test_yunet_faces_are_where_its_cells_say(tmp_path: Path) -> None:
    _yunet(tmp_path)
    (face,) = open_yunet(tmp_path).detect(np.zeros((640, 640, 3), np.uint8))
    assert face.box == pytest.approx((20.5 * 16 - 32, 10.5 * 16 - 48, 20.5 * 16 + 32, 10.5 * 16 + 48), abs=1e-3)
    assert np.allclose(face.points, [(304, 144), (336, 144), (320, 160), (304, 176), (336, 176)])
    assert face.score == pytest.approx(1.0)


def test_yunet_faces_are_told_in_the_pixels_of_the_picture(tmp_path: Path) -> None:
    _yunet(tmp_path)
    (face,) = open_yunet(tmp_path).detect(np.zeros((160, 320, 3), np.uint8))
    assert face.box == pytest.approx((296 / 2, 120 / 2, 360 / 2, 216 / 2), abs=1e-3)


def _ultraface(folder: Path) -> Path:
    scores, boxes = np.zeros((1, 17640, 2)), np.zeros((1, 17640, 4))
    scores[0, :, 0] = 1
    for i, (score, box) in enumerate(
        [(0.8, (0.11, 0.1, 0.31, 0.4)), (0.95, (0.1, 0.1, 0.3, 0.4)), (0.72, (0.6, 0.6, 0.7, 0.7))]
    ):
        scores[0, 7 * i] = 1 - score, score
        boxes[0, 7 * i] = box
    return constant_model(folder / "ultraface.onnx", {"input": (1, 3, 480, 640)}, {"scores": scores, "boxes": boxes})


def test_yunet_sees_blue_first_from_0_to_255(tmp_path: Path) -> None:
    """The stand-in's trust in a face is what it sees of one channel in the middle."""
    outputs = {}
    for stride in (8, 16, 32):
        cells = (64 // stride) ** 2
        sizes = {"cls": 1, "obj": 1, "bbox": 4, "kps": 10}
        outputs |= {f"{kind}_{stride}": np.zeros((1, cells, size)) for kind, size in sizes.items()}
    outputs["obj_32"][0, 0] = 1
    pixels = np.full((64, 64, 3), (40, 90, 250), np.uint8)
    for channel, wanted in enumerate((250, 90, 40)):
        told = {("cls_32", 0): Pixel(channel, 30, 30)}
        seeing_model(tmp_path / "yunet.onnx", {"input": (1, 3, 64, 64)}, outputs, told, scale=1 / 255)
        (face,) = open_yunet(tmp_path, threshold=0.1).detect(pixels)
        assert 255 * face.score**2 == pytest.approx(wanted, abs=0.01)


def test_ultraface_sees_red_first_around_127(tmp_path: Path) -> None:
    pixels = np.full((48, 64, 3), (40, 90, 250), np.uint8)
    for channel, wanted in enumerate((40, 90, 250)):
        scores, boxes, told = np.zeros((1, 4, 2)), np.zeros((1, 4, 4)), {("scores", 1): Pixel(channel, 20, 20)}
        outputs = {"scores": scores, "boxes": boxes}
        seeing_model(tmp_path / "ultraface.onnx", {"input": (1, 3, 48, 64)}, outputs, told, scale=0.1, offset=0.5)
        (face,) = open_ultraface(tmp_path, threshold=0.4).detect(pixels)
        assert (face.score - 0.5) * 10 == pytest.approx((wanted - 127) / 128, abs=1e-4)


def test_beside_a_picture_of_another_shape_both_see_grey(tmp_path: Path) -> None:
    """A picture that is wider than the input is shown at its top, with 127 below: for UltraFace that is 0."""
    scores, boxes, told = np.zeros((1, 4, 2)), np.zeros((1, 4, 4)), {("scores", 1): Pixel(0, 40, 5)}
    outputs = {"scores": scores, "boxes": boxes}
    seeing_model(tmp_path / "ultraface.onnx", {"input": (1, 3, 48, 64)}, outputs, told, scale=0.1, offset=0.5)
    (face,) = open_ultraface(tmp_path, threshold=0.4).detect(np.full((24, 64, 3), 255, np.uint8))
    assert face.score == pytest.approx(0.5, abs=1e-6)


def test_ultraface_tells_each_face_once_best_first(tmp_path: Path) -> None:
    _ultraface(tmp_path)
    faces = open_ultraface(tmp_path).detect(np.zeros((480, 640, 3), np.uint8))
    assert [round(face.score, 2) for face in faces] == [0.95, 0.72]
    assert faces[0].box == pytest.approx((64, 48, 192, 192), abs=1e-3)
    assert len(open_ultraface(tmp_path, threshold=0.9).detect(np.zeros((480, 640, 3), np.uint8))) == 1


def test_large_pictures_are_seen_in_tiles_too(tmp_path: Path) -> None:
    _ultraface(tmp_path)
    faces = open_ultraface(tmp_path, threshold=0.9).detect(np.zeros((960, 1280, 3), np.uint8))
    # the whole picture answers (128, 96)-(384, 384); each of four tiles of 800 x 600 its own, at (80, 60)-(240, 240) from its corner
    assert len(faces) >= 4
    assert any(face.box == pytest.approx((480 + 80, 360 + 60, 480 + 240, 360 + 240), abs=1e-3) for face in faces)


def test_models_that_are_missing_or_others_are_told_apart(tmp_path: Path) -> None:
    for opened in (open_yunet, open_ultraface):
        with pytest.raises(ModelNotFoundError, match="not found") as missing:
            opened(tmp_path)
        assert not isinstance(missing.value, DamagedModelError)
        assert "models pull" in missing.value.hint
    _ultraface(tmp_path).rename(tmp_path / "yunet.onnx")
    with pytest.raises(DamagedModelError, match="is another model than yunet"):
        open_yunet(tmp_path)
    (tmp_path / "ultraface.onnx").write_bytes(b"\x08\x07half a model")
    with pytest.raises(DamagedModelError, match="no ONNX model"):
        open_ultraface(tmp_path)


def test_what_was_pulled_must_hash_to_what_the_lock_says(tmp_path: Path) -> None:
    _ultraface(tmp_path / "cache" / "jianwei" / "models")
    with pytest.raises(DamagedModelError, match="its sha256 is"):
        open_ultraface()
