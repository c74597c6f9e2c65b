"""The packaged finder on a real portrait (one that Matplotlib brings, in the public domain), and which finder is opened when."""

from __future__ import annotations

import sys
from importlib.util import find_spec
from pathlib import Path

import numpy as np
import pytest
from numpy.typing import NDArray
from PIL import Image
from support.drawings import draw
from support.stand_ins import constant_model

from jianwei.errors import DamagedModelError, MissingExtraError, ModelNotFoundError, UsageError
from jianwei.vision.faces import finding
from jianwei.vision.faces.avatars import judge_avatar
from jianwei.vision.faces.finding import FaceFinder, open_finder

FACE = (185, 45, 345, 235)
"""Where the face is in the portrait, by eye."""


@pytest.fixture(scope="module")
def portrait() -> NDArray[np.uint8]:
    spec = find_spec("matplotlib")
    path = Path(spec.origin).parent / "mpl-data" / "sample_data" / "grace_hopper.jpg" if spec and spec.origin else None
    if path is None or not path.is_file():
        pytest.skip("Matplotlib's sample pictures are not on this machine")
    return np.asarray(Image.open(path).convert("RGB"))[80:360]


@pytest.fixture(scope="module")
def finder() -> FaceFinder:
    return open_finder(only="dlib")


@pytest.fixture
def _nothing_pulled(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path / "cache"))
    monkeypatch.delenv("JIANWEI_MODELS", raising=False)


def _shared(one: tuple[float, ...], other: tuple[float, ...]) -> float:
    wide = min(one[2], other[2]) - max(one[0], other[0])
    high = min(one[3], other[3]) - max(one[1], other[1])
    area = [(box[2] - box[0]) * (box[3] - box[1]) for box in (one, other)]
    shared = max(0.0, wide) * max(0.0, high)
    return shared / (sum(area) - shared)


def test_one_face_with_its_points_and_an_embedding(portrait: NDArray[np.uint8], finder: FaceFinder) -> None:
    (face,) = finder.find(portrait)
    assert _shared(face.box, FACE) > 0.5
    assert face.score > 0.9
    assert face.embedding is None
    outer, inner, inner_right, outer_right, nose = face.points
    assert outer[0] < inner[0] < nose[0] < inner_right[0] < outer_right[0]
    assert nose[1] > max(outer[1], inner[1], inner_right[1], outer_right[1])
    (same,) = finder.find(portrait, embed=True)
    half = np.asarray(Image.fromarray(portrait[:, ::-1]).resize((256, 200)))
    (mirrored,) = finder.find(half, embed=True)
    assert same.embedding is not None
    assert mirrored.embedding is not None
    assert np.linalg.norm(same.embedding) == pytest.approx(1, abs=1e-5)
    assert np.linalg.norm(same.embedding - mirrored.embedding) < finder.embedder.alike
    assert judge_avatar(portrait, (face,)).verdict == "person"
    assert judge_avatar(portrait, (face, face)).verdict == "people"


def test_a_face_on_its_side_and_at_the_border(portrait: NDArray[np.uint8], finder: FaceFinder) -> None:
    turned = np.rot90(portrait[:, 90:420]).copy()
    (face,) = finder.find(turned, embed=True)
    (upright,) = finder.find(portrait, embed=True)
    assert face.embedding is not None
    assert upright.embedding is not None
    assert np.linalg.norm(face.embedding - upright.embedding) < finder.embedder.alike
    assert face.points[0][1] > face.points[3][1]  # the eye that is on the left in the portrait lies below here
    left, top, right, bottom = face.box  # in the upright part the same place is (330 - bottom, left)-(330 - top, right)
    assert _shared((330 - bottom + 90, left, 330 - top + 90, right), FACE) > 0.5
    cut = portrait[40:, 190:]
    (face,) = finder.find(cut)
    assert face.box[0] >= 0
    assert _shared((face.box[0] + 190, face.box[1] + 40, face.box[2] + 190, face.box[3] + 40), FACE) > 0.4


@pytest.mark.parametrize("kind", ["landscape", "logo", "text", "tiles"])
def test_where_nobody_is_nobody_is_found(kind: str, finder: FaceFinder) -> None:
    assert finder.find(draw(kind, 1, 160)) == ()


def test_strange_shapes_are_no_trouble(finder: FaceFinder) -> None:
    random = np.random.default_rng(0)
    for height, width in ((1, 1), (2, 300), (300, 2), (17, 16)):
        assert finder.find(random.integers(0, 256, (height, width, 3)).astype(np.uint8)) == ()


@pytest.mark.usefixtures("_nothing_pulled")
def test_the_best_detector_that_is_there_is_opened(tmp_path: Path) -> None:
    assert open_finder().identity.name == "dlib-faces"
    scores, boxes = np.zeros((1, 4, 2)), np.zeros((1, 4, 4))
    constant_model(tmp_path / "ultraface.onnx", {"input": (1, 3, 48, 64)}, {"scores": scores, "boxes": boxes})
    assert open_finder(tmp_path).identity.name == "ultraface+dlib"
    outputs = {}
    for stride in (8, 16, 32):
        cells = (64 // stride) ** 2
        sizes = {"cls": 1, "obj": 1, "bbox": 4, "kps": 10}
        outputs |= {f"{kind}_{stride}": np.zeros((1, cells, size)) for kind, size in sizes.items()}
    constant_model(tmp_path / "yunet.onnx", {"input": (1, 3, 64, 64)}, outputs)
    assert open_finder(tmp_path).identity.name == "yunet"
    assert open_finder(tmp_path, only="dlib").identity == open_finder().identity
    (tmp_path / "yunet.onnx").write_bytes(b"half")
    with pytest.raises(DamagedModelError):
        open_finder(tmp_path)


@pytest.mark.usefixtures("_nothing_pulled")
def test_what_is_done_around_the_networks_is_part_of_the_version(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    scores, boxes = np.zeros((1, 4, 2)), np.zeros((1, 4, 4))
    constant_model(tmp_path / "ultraface.onnx", {"input": (1, 3, 100, 100)}, {"scores": scores, "boxes": boxes})
    before = [open_finder(tmp_path, only=name).identity for name in ("ultraface", "dlib")]
    assert before == [open_finder(tmp_path, only=name).identity for name in ("ultraface", "dlib")]
    monkeypatch.setattr(finding, "RULES", "another edition")
    after = [open_finder(tmp_path, only=name).identity for name in ("ultraface", "dlib")]
    assert [one.name for one in before] == [one.name for one in after]
    assert all(old.version != new.version for old, new in zip(before, after, strict=True))


@pytest.mark.usefixtures("_nothing_pulled")
def test_without_dlib(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "dlib", None)
    with pytest.raises(MissingExtraError) as missing:
        open_finder()
    assert missing.value.hint == 'pip install "jianwei[faces]"'
    scores, boxes = np.zeros((1, 4, 2)), np.zeros((1, 4, 4))
    scores[0, :2, 1], boxes[0, :2] = (0.95, 0.85), [(0.1, 0.1, 0.4, 0.4), (0.6, 0.6, 0.9, 0.9)]
    constant_model(tmp_path / "ultraface.onnx", {"input": (1, 3, 100, 100)}, {"scores": scores, "boxes": boxes})
    alone = open_finder(tmp_path)
    assert alone.identity.name == "ultraface"
    (face,) = alone.find(np.zeros((100, 100, 3), np.uint8))  # alone it has to be surer
    assert face.score == pytest.approx(0.95)


@pytest.mark.usefixtures("_nothing_pulled")
def test_wrong_wishes_and_damaged_weights(tmp_path: Path) -> None:
    with pytest.raises(UsageError, match="no detector 'haar'"):
        open_finder(only="haar")
    with pytest.raises(ModelNotFoundError) as missing:
        open_finder(only="ultraface")
    assert missing.value.hint == "jianwei models pull ultraface"
    (tmp_path / "dlib-faces.dat").write_bytes(b"nothing that dlib wrote")
    with pytest.raises(DamagedModelError, match="cannot be read"):
        open_finder(tmp_path)


@pytest.mark.usefixtures("_nothing_pulled")
def test_embeddings_fit_the_points_that_there_are(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """SFace is no use to a detector that tells no mouth; without dlib there is then no embedding, and that is said."""
    monkeypatch.setitem(sys.modules, "dlib", None)
    scores, boxes = np.zeros((1, 4, 2)), np.zeros((1, 4, 4))
    scores[0, 0, 1], boxes[0, 0] = 0.95, (0.1, 0.1, 0.4, 0.4)
    constant_model(tmp_path / "ultraface.onnx", {"input": (1, 3, 100, 100)}, {"scores": scores, "boxes": boxes})
    constant_model(tmp_path / "sface.onnx", {"data": (1, 3, 112, 112)}, {"told": np.ones((1, 4))})
    with pytest.raises(MissingExtraError, match="'faces'"):
        open_finder(tmp_path).find(np.zeros((100, 100, 3), np.uint8), embed=True)
    outputs = {}
    for stride in (8, 16, 32):
        cells = (64 // stride) ** 2
        sizes = {"cls": 1, "obj": 1, "bbox": 4, "kps": 10}
        outputs |= {f"{kind}_{stride}": np.zeros((1, cells, size)) for kind, size in sizes.items()}
    outputs["cls_32"][0, 0] = outputs["obj_32"][0, 0] = 1
    outputs["kps_32"][0, 0] = [0.2, 0.2, 0.8, 0.2, 0.5, 0.5, 0.3, 0.8, 0.7, 0.8]
    constant_model(tmp_path / "yunet.onnx", {"input": (1, 3, 64, 64)}, outputs)
    (face,) = open_finder(tmp_path).find(np.zeros((64, 64, 3), np.uint8), embed=True)
    assert face.embedding is not None
    assert face.embedding == pytest.approx([0.5] * 4)
