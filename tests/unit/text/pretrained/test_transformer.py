"""Transformers in folders: a small one is made here, and what it says is computed again in numpy."""

from __future__ import annotations

import json
import sys
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any

import numpy as np
import onnx
import pyarrow as pa
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from onnx import TensorProto, helper, numpy_helper

from jianwei.errors import InputError, MissingExtraError, UsageError
from jianwei.text.pretrained.embedders import OnnxEmbedder
from jianwei.text.pretrained.onnx_folder import folder_identity
from jianwei.text.pretrained.transformer import TransformerClassifier

VOCABULARY = ["[PAD]", "[UNK]", "[CLS]", "[SEP]", "好", "坏", "快", "递", "a", "##b", "c", "!"]
CLASSES = ("bad", "good", "other")
WIDE = 5
DICE = np.random.default_rng(4)
WORDS = DICE.normal(size=(len(VOCABULARY), WIDE)).astype(np.float32)
TYPES = DICE.normal(size=(2, WIDE)).astype(np.float32)
WEIGHTS = DICE.normal(size=(WIDE, len(CLASSES))).astype(np.float32)

Folder = Callable[..., Path]


def network(*, types: bool = True, head: bool = True, quantised: bool = False, name: str = "logits") -> onnx.ModelProto:
    """Embedding → (mean over the mask → linear, with `head`)."""
    words, scale = WORDS, np.float32(np.abs(WORDS).max() / 127)
    constants = [numpy_helper.from_array(TYPES, "types"), numpy_helper.from_array(WEIGHTS, "weights")]
    nodes = []
    if quantised:
        constants += [
            numpy_helper.from_array(np.rint(words / scale).astype(np.int8), "stored"),
            numpy_helper.from_array(scale, "scale"),
            numpy_helper.from_array(np.int8(0), "zero"),
        ]
        nodes.append(helper.make_node("DequantizeLinear", ["stored", "scale", "zero"], ["words"]))
    else:
        constants.append(numpy_helper.from_array(words, "words"))
    nodes.append(helper.make_node("Gather", ["words", "input_ids"], ["of_words"]))
    points = "of_words"
    if types:
        nodes += [
            helper.make_node("Gather", ["types", "token_type_ids"], ["of_types"]),
            helper.make_node("Add", ["of_words", "of_types"], ["points"]),
        ]
        points = "points"
    if head:
        constants.append(numpy_helper.from_array(np.array([2], np.int64), "last"))
        constants.append(numpy_helper.from_array(np.array([1], np.int64), "along"))
        nodes += [
            helper.make_node("Cast", ["attention_mask"], ["real"], to=TensorProto.FLOAT),
            helper.make_node("Unsqueeze", ["real", "last"], ["mask"]),
            helper.make_node("Mul", [points, "mask"], ["seen"]),
            helper.make_node("ReduceSum", ["seen", "along"], ["sum"], keepdims=0),
            helper.make_node("ReduceSum", ["mask", "along"], ["count"], keepdims=0),
            helper.make_node("Div", ["sum", "count"], ["mean"]),
            helper.make_node("MatMul", ["mean", "weights"], [name]),
        ]
        outputs = [helper.make_tensor_value_info(name, TensorProto.FLOAT, ["n", len(CLASSES)])]
    else:
        nodes.append(helper.make_node("Identity", [points], ["last_hidden_state"]))
        outputs = [helper.make_tensor_value_info("last_hidden_state", TensorProto.FLOAT, ["n", "length", WIDE])]
    wanted = ["input_ids", "attention_mask"] + (["token_type_ids"] if types else [])
    inputs = [helper.make_tensor_value_info(one, TensorProto.INT64, ["n", "length"]) for one in wanted]
    graph = helper.make_graph(nodes, "tiny", inputs, outputs, constants)
    return helper.make_model(graph, opset_imports=[helper.make_opsetid("", 17)], ir_version=10)


@pytest.fixture
def folder(tmp_path: Path) -> Folder:
    def make(*, config: Any = None, tokenizer: bool = True, **options: Any) -> Path:
        root = tmp_path / "tiny"
        root.mkdir(exist_ok=True)
        onnx.save(network(**options), str(root / "model.onnx"))
        names = {str(i): name for i, name in enumerate(CLASSES)}
        (root / "config.json").write_text(json.dumps({"id2label": names, "model_type": "bert", **(config or {})}))
        if tokenizer:
            (root / "vocab.txt").write_text("\n".join(VOCABULARY) + "\n", "utf-8")
        return root

    return make


PIECES = {"好": [4], "坏": [5], "快": [6], "递": [7], "ab": [8, 9], "c": [10], "!": [11], "谢": [1]}
"""What the vocabulary makes of some words, by hand."""


def ids_of(words: Sequence[str], longest: int = 512) -> list[int]:
    inner = [piece for word in words for piece in PIECES[word]]
    return [2, *inner[: longest - 2], 3]


def logits_of(ids: Sequence[int], words: Any = WORDS, *, types: bool = True) -> Any:
    points = words[list(ids)] + (TYPES[0] if types else 0)
    return points.mean(axis=0) @ WEIGHTS


def softmax(logits: Any) -> Any:
    powers = np.exp(logits - logits.max())
    return powers / powers.sum()


TEXTS = st.lists(st.lists(st.sampled_from(sorted(PIECES)), max_size=12), max_size=8)


@given(TEXTS)
@settings(max_examples=25, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
def test_chances_are_those_that_numpy_finds(folder: Folder, texts: list[list[str]]) -> None:
    model = TransformerClassifier.open(folder(), threads=1)
    found = model.probabilities(pa.array([" ".join(text) for text in texts], pa.string()))
    assert (found.shape, found.dtype, model.classes) == ((len(texts), 3), np.float32, CLASSES)
    for row, text in zip(found, texts, strict=True):
        np.testing.assert_allclose(row, softmax(logits_of(ids_of(text))), atol=1e-5)


def test_no_text_is_an_empty_one(folder: Folder) -> None:
    model = TransformerClassifier.open(folder(), threads=1)
    found = model.probabilities(pa.array([None, "", "好 ab"]))
    np.testing.assert_array_equal(found[0], found[1])
    np.testing.assert_allclose(found[2], softmax(logits_of(ids_of(["好", "ab"]))), atol=1e-5)
    assert model.probabilities(pa.array([], pa.string())).shape == (0, 3)


def test_a_row_does_not_depend_on_its_neighbours(folder: Folder) -> None:
    model = TransformerClassifier.open(folder(), threads=1)
    texts = ["好" * n for n in range(300)] + ["坏"] * 20
    together = model.probabilities(pa.array(texts))
    for row in (0, 7, 120, 299, 310):
        np.testing.assert_allclose(together[row], model.probabilities(pa.array([texts[row]]))[0], atol=1e-6)


def test_long_texts_are_cut(folder: Folder) -> None:
    model = TransformerClassifier.open(folder(), longest=5, threads=1)
    words = ["好", "坏", "c", "快", "递", "!"]
    found = model.probabilities(pa.array([" ".join(words)]))
    np.testing.assert_allclose(found[0], softmax(logits_of(ids_of(words, 5))), atol=1e-5)
    by_config = TransformerClassifier.open(folder(config={"max_position_embeddings": 5}), threads=1)
    np.testing.assert_allclose(by_config.probabilities(pa.array([" ".join(words)])), found, atol=1e-6)


def test_classes_that_do_not_exclude_each_other(folder: Folder) -> None:
    model = TransformerClassifier.open(folder(config={"problem_type": "multi_label_classification"}), threads=1)
    found = model.probabilities(pa.array(["好 快"]))
    np.testing.assert_allclose(found[0], 1 / (1 + np.exp(-logits_of(ids_of(["好", "快"])))), atol=1e-5)
    assert not model.exclusive


def test_a_network_without_types_and_one_in_int8(folder: Folder) -> None:
    plain = TransformerClassifier.open(folder(types=False), threads=1)
    ids = ids_of(["坏", "递"])
    np.testing.assert_allclose(
        plain.probabilities(pa.array(["坏递"]))[0], softmax(logits_of(ids, types=False)), atol=1e-5
    )
    scale = np.abs(WORDS).max() / 127
    small = TransformerClassifier.open(folder(quantised=True), threads=1)
    expected = softmax(logits_of(ids, np.rint(WORDS / scale) * scale))
    np.testing.assert_allclose(small.probabilities(pa.array(["坏递"]))[0], expected, atol=1e-5)


def test_letters_are_lowered_as_the_tokenizer_says(folder: Folder) -> None:
    root = folder()
    lowered = TransformerClassifier.open(root, threads=1).probabilities(pa.array(["AB"]))
    np.testing.assert_allclose(lowered[0], softmax(logits_of(ids_of(["ab"]))), atol=1e-5)
    (root / "tokenizer_config.json").write_text('{"do_lower_case": false}')
    kept = TransformerClassifier.open(root, threads=1).probabilities(pa.array(["AB"]))
    np.testing.assert_allclose(kept[0], softmax(logits_of([2, 1, 3])), atol=1e-5)


def test_a_whole_tokenizer_says_the_same_as_its_vocabulary(folder: Folder) -> None:
    root = folder()
    by_vocabulary = TransformerClassifier.open(root, threads=1)
    texts = pa.array(["好 坏 ab", "谢!", ""])
    expected = by_vocabulary.probabilities(texts)
    by_vocabulary.folder.tokenizer.save(str(root / "tokenizer.json"))
    (root / "vocab.txt").unlink()
    np.testing.assert_array_equal(TransformerClassifier.open(root, threads=1).probabilities(texts), expected)


def test_identity_is_what_the_files_say(folder: Folder) -> None:
    root = folder()
    model = TransformerClassifier.open(root, threads=1)
    assert (model.identity.name, model.identity) == ("tiny", folder_identity(root))
    (root / "README.md").write_text("about it")
    (root / ".lock").write_text("")
    assert TransformerClassifier.open(root, threads=1).identity == model.identity
    (root / "vocab.txt").write_text("\n".join(VOCABULARY), "utf-8")
    assert TransformerClassifier.open(root, threads=1).identity != model.identity
    assert TransformerClassifier.open(root, name="mine", threads=1).identity.name == "mine"


def broken(root: Path, file: str, content: bytes | None) -> Path:
    (root / file).unlink() if content is None else (root / file).write_bytes(content)
    return root


@pytest.mark.parametrize(
    ("file", "content", "said"),
    [
        ("model.onnx", None, "has no model.onnx"),
        ("model.onnx", b"", "cannot be loaded"),
        ("model.onnx", b"\x08\x0a nonsense", "cannot be loaded"),
        ("vocab.txt", None, "neither tokenizer.json nor vocab.txt"),
        ("vocab.txt", b"\xff\xfe", "tokenizer cannot be read"),
        ("vocab.txt", "好\n坏".encode(), "lacks"),
        ("tokenizer.json", b"{}", "tokenizer cannot be read"),
        ("tokenizer.json", b"", "tokenizer cannot be read"),
        ("tokenizer_config.json", b"[]", "cannot be read"),
        ("config.json", b"{", "cannot be read"),
        ("config.json", b'{"id2label": 3}', "cannot be read"),
        ("config.json", b"\xff", "cannot be read"),
        ("config.json", None, "names no classes"),
        ("config.json", b'{"id2label": {"0": "a", "2": "b"}}', "names no classes"),
        ("config.json", b'{"id2label": {"0": "a", "1": "b"}}', r"gives \[3\] a text for 2 classes"),
    ],
)
def test_folders_that_are_none(folder: Folder, file: str, content: bytes | None, said: str) -> None:
    root = broken(folder(), file, content)
    with pytest.raises(InputError, match=said) as caught:
        TransformerClassifier.open(root)
    assert str(root) in caught.value.where


def test_a_network_of_another_kind(folder: Folder) -> None:
    root = folder()
    made = network()
    for one in (*made.graph.input, *made.graph.node):
        for names in (one.input, one.output) if hasattr(one, "output") else ():
            for i, name in enumerate(names):
                if name == "input_ids":
                    names[i] = "pixels"
        if one.name == "input_ids":
            one.name = "pixels"
    onnx.save(made, str(root / "model.onnx"))
    with pytest.raises(InputError, match="wants the inputs pixels"):
        TransformerClassifier.open(root)


def test_a_tokenizer_of_another_model(folder: Folder) -> None:
    root = folder()
    (root / "vocab.txt").write_text("\n".join([*VOCABULARY, "新"]), "utf-8")
    model = TransformerClassifier.open(root, threads=1)
    with pytest.raises(InputError, match="belong together"):
        model.probabilities(pa.array(["新"]))


def test_a_folder_that_is_not_there_and_bounds(folder: Folder, tmp_path: Path) -> None:
    with pytest.raises(InputError, match=r"has no model\.onnx"):
        TransformerClassifier.open(tmp_path / "nowhere")
    with pytest.raises(UsageError):
        TransformerClassifier.open(folder(), longest=2)
    with pytest.raises(UsageError):
        TransformerClassifier.open(folder(), threads=-1)


@pytest.mark.parametrize("package", ["onnxruntime", "tokenizers"])
def test_without_the_extra(folder: Folder, monkeypatch: pytest.MonkeyPatch, package: str) -> None:
    monkeypatch.setitem(sys.modules, package, None)
    with pytest.raises(MissingExtraError) as caught:
        TransformerClassifier.open(folder())
    assert caught.value.hint == 'pip install "jianwei[neural]"'


def unit(point: Any) -> Any:
    return point / np.linalg.norm(point)


def test_points_of_texts(folder: Folder) -> None:
    root = folder(head=False)
    texts = [["好", "ab"], [], ["坏"] * 9, ["c"]]
    given = pa.array([" ".join(text) for text in texts])
    mean = OnnxEmbedder.open(root, threads=1)
    assert mean.dimensions == WIDE
    for row, text in zip(mean.embed(given), texts, strict=True):
        np.testing.assert_allclose(row, unit(WORDS[ids_of(text)].mean(axis=0) + TYPES[0]), atol=1e-5)
    first = OnnxEmbedder.open(root, pooling="cls", threads=1)
    np.testing.assert_allclose(first.embed(given), np.tile(unit(WORDS[2] + TYPES[0]), (4, 1)), atol=1e-5)
    assert first.identity != mean.identity
    assert mean.embed(pa.array([], pa.string())).shape == (0, WIDE)
    np.testing.assert_array_equal(mean.embed(pa.array([None])), mean.embed(pa.array([""])))
    before = OnnxEmbedder.open(root, prefix="好 ", threads=1)
    np.testing.assert_allclose(before.embed(pa.array(["坏"])), mean.embed(pa.array(["好 坏"])), atol=1e-6)


def test_a_network_that_pools_by_itself(folder: Folder) -> None:
    model = OnnxEmbedder.open(folder(name="sentence_embedding"), threads=1)
    found = model.embed(pa.array(["好"]))
    np.testing.assert_allclose(found[0], unit(logits_of(ids_of(["好"]))), atol=1e-5)


def test_another_pooling(folder: Folder) -> None:
    with pytest.raises(UsageError, match="pooling"):
        OnnxEmbedder.open(folder(head=False), pooling="max")
