"""Objects and scenes by stand-ins: networks made here that see what the test paints."""

from pathlib import Path
from types import ModuleType

import cv2
import numpy as np
import onnx
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from onnx import TensorProto, helper, numpy_helper

from jianwei.errors import DamagedModelError, ModelNotFoundError
from jianwei.vision.things import objects, open_scenes, open_things, scenes
from jianwei.vision.things.labels import find, object_labels, scene_labels
from jianwei.vision.things.objects import OVERLAP, SURE, decoded, letterboxed, strongest
from jianwei.vision.things.scenes import MOST, prepared

SIDE = 64
CELLS = 8 * 8 + 4 * 4 + 2 * 2
CUP = 41


def saved(path: Path, nodes: list, constants: dict, given: list, taken: list) -> Path:
    graph = helper.make_graph(
        nodes,
        "stand-in",
        [helper.make_tensor_value_info("x", TensorProto.FLOAT, given)],
        [helper.make_tensor_value_info("y", TensorProto.FLOAT, taken)],
        [numpy_helper.from_array(np.asarray(value), name) for name, value in constants.items()],
    )
    onnx.save(helper.make_model(graph, opset_imports=[helper.make_opsetid("", 17)], ir_version=9), path)
    return path


def detector(path: Path, classes: int = 80) -> Path:
    """Sees a cup in every cell of 8 x 8 pixels that is blue; it expects BGR, as YOLOX does."""
    kind = np.zeros((1, classes), np.float32)
    kind[0, CUP % classes] = 1 / 255
    here = np.tile(np.array([0.5, 0.5, 0, 0, 1], np.float32), (1, 64, 1))
    nodes = [
        helper.make_node("AveragePool", ["x"], ["pooled"], kernel_shape=[8, 8], strides=[8, 8]),
        helper.make_node("Gather", ["pooled", "first"], ["blue"], axis=1),
        helper.make_node("Gather", ["pooled", "last"], ["red"], axis=1),
        helper.make_node("Sub", ["blue", "red"], ["bluer"]),
        helper.make_node("Relu", ["bluer"], ["kept"]),
        helper.make_node("Reshape", ["kept", "column"], ["score"]),
        helper.make_node("MatMul", ["score", "kind"], ["scores"]),
        helper.make_node("Concat", ["here", "scores"], ["fine"], axis=2),
        helper.make_node("Concat", ["fine", "coarse"], ["y"], axis=1),
    ]
    constants = {
        "first": np.int64(0),
        "last": np.int64(2),
        "column": np.array([1, 64, 1], np.int64),
        "kind": kind,
        "here": here,
        "coarse": np.zeros((1, CELLS - 64, 5 + classes), np.float32),
    }
    return saved(path, nodes, constants, [1, 3, SIDE, SIDE], [1, CELLS, 5 + classes])


@pytest.mark.parametrize(("height", "width", "scale"), [(64, 128, 2), (256, 128, 4), (32, 32, 0.5)])
def test_objects_lie_where_they_are_painted(tmp_path: Path, height: int, width: int, scale: float) -> None:
    detector(tmp_path / "yolox.onnx")
    picture = np.full((height, width, 3), 90, np.uint8)
    cell = int(8 * scale)
    top, left = 2 * cell, cell
    picture[top : top + cell, left : left + cell] = (0, 0, 255)
    (thing,) = open_things(tmp_path).find(picture)
    assert (thing.name, thing.label) == ("cup", "杯子")
    assert thing.box == pytest.approx((left, top, left + cell, top + cell), abs=1e-3)
    assert thing.score > 0.8


def test_no_objects(tmp_path: Path) -> None:
    detector(tmp_path / "yolox.onnx")
    finder = open_things(tmp_path)
    for shape in ((64, 64, 3), (1, 1, 3), (1, 700, 3)):
        assert finder.find(np.full(shape, 114, np.uint8)) == ()


def test_boxes_end_with_the_picture(tmp_path: Path) -> None:
    detector(tmp_path / "yolox.onnx")
    picture = np.full((50, 60, 3), (0, 0, 255), np.uint8)
    for thing in open_things(tmp_path).find(picture):
        left, top, right, bottom = thing.box or (0, 0, 0, 0)
        assert 0 <= left < right <= 60
        assert 0 <= top < bottom <= 50


def test_letterbox_is_opencvs() -> None:
    picture = np.random.default_rng(0).integers(0, 256, (50, 80, 3), dtype=np.uint8)
    padded, ratio = letterboxed(picture, (64, 64))
    assert ratio == 64 / 80
    assert padded.shape == (3, 64, 64)
    expected = cv2.resize(picture, (64, 40)).astype(np.float32)[:, :, ::-1].transpose(2, 0, 1)
    assert np.array_equal(padded[:, :40], expected)
    assert (padded[:, 40:] == 114).all()


@settings(deadline=None, max_examples=25)
@given(st.integers(0, 2**32))
def test_decoding_cell_by_cell(seed: int) -> None:
    size, classes = (64, 96), 3
    rng = np.random.default_rng(seed)
    cells = [(s, r, c) for s in (8, 16, 32) for r in range(size[0] // s) for c in range(size[1] // s)]
    answer = rng.normal(0, 1, (len(cells), 5 + classes)).astype(np.float32)
    boxes, scores = decoded(answer, size)
    for at, (stride, row, column) in enumerate(cells):
        dx, dy, w, h, sure = (float(v) for v in answer[at, :5])
        x, y, width, height = (column + dx) * stride, (row + dy) * stride, np.exp(w) * stride, np.exp(h) * stride
        assert boxes[at] == pytest.approx(
            [x - width / 2, y - height / 2, x + width / 2, y + height / 2], rel=1e-4, abs=1e-3
        )
        assert scores[at] == pytest.approx(sure * answer[at, 5:], rel=1e-5)


@settings(deadline=None, max_examples=50)
@given(st.integers(0, 2**32))
def test_the_strongest_are_opencvs(seed: int) -> None:
    rng = np.random.default_rng(seed)
    corners = rng.uniform(0, 60, (30, 2))
    boxes = np.concatenate([corners, corners + rng.uniform(5, 40, (30, 2))], axis=1).astype(np.float32)
    scores = rng.permutation(np.linspace(0.05, 1, 30)).astype(np.float32)
    classes = rng.integers(0, 3, 30)
    sizes = np.concatenate([boxes[:, :2], boxes[:, 2:] - boxes[:, :2]], axis=1).astype(float)
    oracle = cv2.dnn.NMSBoxesBatched(sizes.tolist(), scores.tolist(), classes.tolist(), SURE, OVERLAP)
    assert sorted(strongest(boxes, scores, classes)) == sorted(int(at) for at in oracle)


def test_boxes_without_end_and_no_boxes() -> None:
    boxes = np.array([[0, 0, 9, 9], [-np.inf, 0, np.inf, 9], [1, 0, 9, 9]], np.float32)
    scores, classes = np.array([0.9, 0.8, 0.7], np.float32), np.array([0, 1, 0])
    assert strongest(boxes, scores, classes) == [0, 1]
    assert strongest(boxes, scores * 0, classes) == []


def test_another_detector_is_damage(tmp_path: Path) -> None:
    detector(tmp_path / "yolox.onnx", classes=3)
    with pytest.raises(DamagedModelError, match="80 classes"):
        open_things(tmp_path)


def classifier(path: Path, classes: int, *, number: int, side: int = 224, softmax: bool = False) -> Path:
    """Is as sure of one class as the picture's middle is red."""
    weights = np.zeros((3, classes), np.float32)
    weights[0, number], weights[1, number] = 20, -20
    nodes = [
        helper.make_node("AveragePool", ["x"], ["mean"], kernel_shape=[side, side]),
        helper.make_node("Reshape", ["mean", "row"], ["colour"]),
        helper.make_node("MatMul", ["colour", "weights"], ["logits" if softmax else "y"]),
        *([helper.make_node("Softmax", ["logits"], ["y"], axis=1)] if softmax else []),
    ]
    return saved(path, nodes, {"row": np.array([1, 3], np.int64), "weights": weights}, [1, 3, side, side], [1, classes])


@pytest.mark.parametrize("softmax", [False, True])
def test_scenes_are_told_by_the_middle(tmp_path: Path, softmax: bool) -> None:
    classifier(tmp_path / "ppresnet.onnx", 1000, number=978, softmax=softmax)
    finder = open_scenes(tmp_path)
    picture = np.full((300, 900, 3), 120, np.uint8)
    picture[:, 300:600] = (255, 0, 0)
    (scene, *_) = finder.find(picture)
    assert (scene.name, scene.label, scene.box) == ("beach", "海边", None)
    assert scene.score > 0.99
    assert finder.find(np.full((300, 900, 3), 120, np.uint8)) == ()  # all classes alike: nothing to tell


def test_groups_gather_their_classes(tmp_path: Path) -> None:
    classifier(tmp_path / "ppresnet.onnx", 1000, number=0)
    chances = open_scenes(tmp_path).find(np.full((224, 224, 3), 120, np.uint8))
    assert len(chances) <= MOST


def test_prepared_pictures() -> None:
    picture = np.zeros((512, 1024, 3), np.uint8)
    picture[:, 512:] = 255
    values = prepared(picture)
    assert values.shape == (3, 224, 224)
    assert values.dtype == np.float32
    means, deviations = np.array([0.485, 0.456, 0.406]), np.array([0.229, 0.224, 0.225])
    assert values[:, 100, 5] == pytest.approx(-means / deviations, abs=1e-5)
    assert values[:, 100, 218] == pytest.approx((1 - means) / deviations, abs=1e-5)


@pytest.mark.parametrize(("classes", "side"), [(365, 224), (1000, 64)])
def test_another_classifier_is_damage(tmp_path: Path, classes: int, side: int) -> None:
    classifier(tmp_path / "ppresnet.onnx", classes, number=0, side=side)
    with pytest.raises(DamagedModelError):
        open_scenes(tmp_path)


@pytest.mark.parametrize(("opens", "name"), [(open_things, "yolox"), (open_scenes, "ppresnet")])
def test_missing_and_broken(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, opens: object, name: str) -> None:
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path / "cache"))
    with pytest.raises(ModelNotFoundError, match=f"jianwei models pull {name}") as caught:
        opens()  # type: ignore[operator]
    assert not isinstance(caught.value, DamagedModelError)
    (tmp_path / f"{name}.onnx").write_bytes(b"")
    with pytest.raises(DamagedModelError):
        opens(tmp_path)  # type: ignore[operator]


@pytest.mark.parametrize("kind", [objects, scenes])
def test_another_edition_of_the_rules_is_another_version(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, kind: ModuleType
) -> None:
    detector(tmp_path / "yolox.onnx")
    classifier(tmp_path / "ppresnet.onnx", 1000, number=0)
    opens = open_things if kind is objects else open_scenes
    before = opens(tmp_path).identity
    assert opens(tmp_path).identity == before
    monkeypatch.setattr(kind, "RULES", "another")
    assert opens(tmp_path).identity.name == before.name
    assert opens(tmp_path).identity.version != before.version


def test_labels() -> None:
    assert len(object_labels()) == 80
    assert [object_labels()[at].key for at in (0, 41, 79)] == ["person", "cup", "toothbrush"]
    for labels in (object_labels(), scene_labels()):
        assert len({label.key for label in labels}) == len({label.chinese for label in labels}) == len(labels)
        classes = [number for label in labels for number in label.classes]
        assert len(set(classes)) == len(classes)
    assert max(number for label in scene_labels() for number in label.classes) < 1000


@pytest.mark.parametrize(
    ("word", "keys"),
    [
        ("杯子", ("cup",)),
        ("水杯", ("cup",)),
        ("CUP", ("cup",)),
        ("手机", ("cell phone", "phone")),
        ("狗", ("dog",)),
        ("龙", ()),
    ],
)
def test_words(word: str, keys: tuple[str, ...]) -> None:
    assert find(word) == keys


def test_every_name_is_found() -> None:
    for label in object_labels() + scene_labels():
        for name in (label.key, label.chinese, *label.others):
            assert label.key in find(name)


@pytest.mark.parametrize(
    ("number", "key"),
    [
        (207, "dog"),
        (281, "cat"),
        (1, "fish"),
        (963, "dish"),
        (978, "beach"),
        (762, "restaurant"),
        (817, "car"),
        (985, "flower"),
    ],
)
def test_well_known_classes_of_imagenet(number: int, key: str) -> None:
    """207 is a golden retriever, 281 a tabby, 1 a goldfish, 963 a pizza, 978 a seashore, 817 a sports car, 985 a daisy."""
    assert [label.key for label in scene_labels() if number in label.classes] == [key]
