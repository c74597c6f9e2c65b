"""The neural model: a tiny one made here against the same computed with NumPy, and the packaged one."""

from __future__ import annotations

import sys
from dataclasses import replace
from importlib.util import module_from_spec, spec_from_file_location
from math import erf
from pathlib import Path
from types import ModuleType

import numpy as np
import pyarrow as pa
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from numpy.typing import NDArray

from jianwei.errors import InputError, MissingExtraError, UsageError
from jianwei.models import Located
from jianwei.text.neural import ENTRIES, LONGEST, NeuralModel, default_reader, encode, pack, pieces_tokenizer

pytest.importorskip("onnxruntime")
pytest.importorskip("tokenizers")
pytest.importorskip("onnx")

WIDE, HEADS = 128, 4
PIECES = ["<s>", "<pad>", "</s>", "<unk>", "▁", "好", "不", "不好", "吃", "a", "b", "ab", "!"]
SCORES = np.array([0, 0, 0, 0, -2, -3, -3, -4, -3, -4, -4, -5, -3], np.float32)
QUESTIONS = {"mood": ("bad", "good"), "kind": ("x", "y", "z")}


def tool() -> ModuleType:
    spec = spec_from_file_location("pack_neural", Path(__file__).parents[3] / "tools" / "pack_neural.py")
    assert spec is not None
    assert spec.loader is not None
    module = module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


@pytest.fixture(scope="module")
def weights() -> dict[str, NDArray[np.float32]]:
    random = np.random.default_rng(3)
    shapes = {"qkv": (3 * WIDE, WIDE), "ao": (WIDE, WIDE), "fi": (4 * WIDE, WIDE), "fo": (WIDE, 4 * WIDE)}
    made = {}
    for layer in ("layers.0", "layers.1"):
        for name, shape in shapes.items():
            made[f"{layer}.{name}.weight"] = random.normal(0, 0.1, shape).astype(np.float32)
            made[f"{layer}.{name}.bias"] = random.normal(0, 0.1, shape[0]).astype(np.float32)
        for name in ("aln", "oln"):
            made[f"{layer}.{name}.weight"] = random.normal(1, 0.1, WIDE).astype(np.float32)
            made[f"{layer}.{name}.bias"] = random.normal(0, 0.1, WIDE).astype(np.float32)
    made["vectors"] = random.normal(0, 1, (len(PIECES), WIDE)).astype(np.float32)
    made["places"] = random.normal(0, 0.2, (LONGEST, WIDE)).astype(np.float32)
    made["gain"], made["shift"] = (random.normal(1, 0.1, WIDE).astype(np.float32) for _ in range(2))
    made["weights"] = random.normal(0, 1, (2 * WIDE, 5)).astype(np.float32)
    made["intercept"] = random.normal(0, 1, 5).astype(np.float32)
    return made


@pytest.fixture(scope="module")
def files(weights: dict[str, NDArray[np.float32]]) -> list[Located]:
    arrays = {name: weights[name] for name in ("places", "gain", "shift", "weights", "intercept")}
    contents = [
        pack(PIECES, SCORES, weights["vectors"], QUESTIONS, arrays),
        tool().layers_graph(weights, ["layers.0", "layers.1"], HEADS).SerializeToString(),
    ]
    return [Located(entry, data, "path", entry.file) for entry, data in zip(ENTRIES, contents, strict=True)]


@pytest.fixture(scope="module")
def model(files: list[Located]) -> NeuralModel:
    return NeuralModel.load(files)


def normal(x: NDArray[np.float64], gain: NDArray[np.float32], shift: NDArray[np.float32]) -> NDArray[np.float64]:
    return (x - x.mean(-1, keepdims=True)) / x.std(-1, keepdims=True) * gain + shift


def oracle(weights: dict[str, NDArray[np.float32]], ids: list[int]) -> NDArray[np.float64]:
    """One text through the same encoder in plain NumPy and float64, weights as they were before packing."""
    x = normal(weights["vectors"][ids] + weights["places"][: len(ids)].astype(float), weights["gain"], weights["shift"])
    for layer in ("layers.0", "layers.1"):
        w = {name.removeprefix(f"{layer}."): value for name, value in weights.items() if name.startswith(layer)}
        q, k, v = np.split(x @ w["qkv.weight"].T + w["qkv.bias"], 3, axis=1)
        parts = []
        for head in np.split(np.arange(WIDE), HEADS):
            raw = np.exp(q[:, head] @ k[:, head].T / np.sqrt(len(head)))
            parts.append(raw / raw.sum(1, keepdims=True) @ v[:, head])
        x = normal(x + np.hstack(parts) @ w["ao.weight"].T + w["ao.bias"], w["aln.weight"], w["aln.bias"])
        inner = x @ w["fi.weight"].T + w["fi.bias"]
        inner = inner * 0.5 * (1 + np.vectorize(erf)(inner / np.sqrt(2)))
        x = normal(x + inner @ w["fo.weight"].T + w["fo.bias"], w["oln.weight"], w["oln.bias"])
    both: NDArray[np.float64] = np.concatenate([x.mean(0), x.max(0)])
    return both


def texts(*values: str | None) -> pa.StringArray:
    return pa.array(values, pa.string())


def test_it_computes_what_numpy_computes(model: NeuralModel, weights: dict[str, NDArray[np.float32]]) -> None:
    given_ = ["不好吃!", "好", "ab 好好好好", "", "吃" * 300]
    found = model.features(texts(*given_))
    for row, ids in zip(found, encode(model.tokenizer, given_), strict=True):
        expected = oracle(weights, ids)
        assert np.abs(row - expected).max() < 0.1  # eight bits
        assert np.corrcoef(row, expected)[0, 1] > 0.999


def test_the_logits_are_linear_in_the_features(model: NeuralModel, weights: dict[str, NDArray[np.float32]]) -> None:
    given_ = texts("不好", "a")
    expected = model.features(given_) @ weights["weights"] + weights["intercept"]
    assert np.allclose(model.logits(given_, "mood"), expected[:, :2], atol=0.05)
    assert np.allclose(model.logits(given_, "kind"), expected[:, 2:], atol=0.05)


@settings(max_examples=25, deadline=None)
@given(st.lists(st.none() | st.text("好不吃ab! 甲\n", max_size=40), max_size=12))
def test_a_row_depends_on_its_own_text_only(model: NeuralModel, values: list[str | None]) -> None:
    together = model.features(texts(*values))
    assert together.shape == (len(values), 2 * WIDE)
    for row, value in zip(together, values, strict=True):
        assert np.abs(model.features(texts(value))[0] - row).max() < 0.1  # eight bits, summed in another order


def test_pieces_follow_the_best_sum_of_scores() -> None:
    tokenizer = pieces_tokenizer(PIECES, SCORES.tolist())
    cut = [[PIECES[at] for at in ids] for ids in encode(tokenizer, ["不好吃", " ＡＢab　好\n", "甲", None])]
    assert cut[0] == ["<s>", "▁", "不好", "吃", "</s>"]
    assert cut[1] == ["<s>", "▁", "<unk>", "ab", "▁", "好", "</s>"]
    assert cut[2] == ["<s>", "▁", "<unk>", "</s>"]
    assert cut[3][0] == "<s>"
    assert cut[3][-1] == "</s>"


def test_of_a_long_text_beginning_and_end_are_read(model: NeuralModel) -> None:
    middle = ["好" * 100 + "a" * size + "不" * 60 for size in (0, 3, 5000)]
    ids = encode(model.tokenizer, middle)
    assert [len(row) for row in ids] == [LONGEST] * 3
    assert ids[0] == ids[1] == ids[2]
    assert ids[0] != encode(model.tokenizer, ["好" * 100 + "吃" * 60])[0]


def test_one_question_is_a_classifier(model: NeuralModel) -> None:
    mood = model.classifier("mood")
    chances = mood.probabilities(texts("好", None))
    assert mood.classes == ("bad", "good")
    assert mood.identity.name == "reader/mood"
    assert mood.identity.version == model.identity.version
    assert np.allclose(chances.sum(1), 1)
    odds = model.logits(texts("好"), "mood")[0]
    assert np.isclose(chances[0, 1], 1 / (1 + np.exp(odds[0] - odds[1])), atol=1e-5)
    with pytest.raises(UsageError, match="mood, kind"):
        model.classifier("weather")


def test_other_files_are_refused_and_named(files: list[Located]) -> None:
    for at in range(2):
        for data in (b"", b"PK\x03\x04", files[1 - at].data, files[at].data[: len(files[at].data) // 2]):
            broken = [replace(file, data=data) if place == at else file for place, file in enumerate(files)]
            with pytest.raises(InputError, match=ENTRIES[at].file):
                NeuralModel.load(broken)


def test_each_file_counts_in_the_version(
    files: list[Located], model: NeuralModel, weights: dict[str, NDArray[np.float32]]
) -> None:
    other = tool().layers_graph(weights, ["layers.1", "layers.0"], HEADS).SerializeToString()
    turned = NeuralModel.load([files[0], replace(files[1], data=other)])
    assert turned.identity.name == model.identity.name == "reader"
    assert turned.identity.version != model.identity.version


def test_without_the_extra_the_error_names_it(files: list[Located], monkeypatch: pytest.MonkeyPatch) -> None:
    for name in ("tokenizers", "onnxruntime"):
        with monkeypatch.context() as patch:
            patch.setitem(sys.modules, name, None)
            with pytest.raises(MissingExtraError) as caught:
                NeuralModel.load(files)
        assert caught.value.hint == 'pip install "jianwei[neural]"'


def test_eight_bits_are_near(weights: dict[str, NDArray[np.float32]]) -> None:
    packed, scales = tool().blocks(weights["layers.0.fo.weight"])
    back = ((packed.astype(float) - 128) * scales[:, :, None]).reshape(WIDE, -1)
    assert np.abs(back - weights["layers.0.fo.weight"]).max() <= scales.max() / 2 + 1e-6


def test_the_packaged_reader_reads() -> None:
    reader = default_reader()
    mood = reader.classifier("sentiment")
    said = ["物流太慢了，客服态度极差，再也不买了", "质量非常好，很喜欢，下次还会来", "我国成功发射一颗通信卫星"]
    assert [mood.classes[at] for at in mood.probabilities(texts(*said)).argmax(1)] == [
        "negative",
        "positive",
        "neutral",
    ]
    news = reader.classifier("news")
    titles = ["女排三比零横扫对手晋级决赛", "沪指收盘下跌百分之二 银行股领跌"]
    assert [news.classes[at] for at in news.probabilities(texts(*titles)).argmax(1)] == ["sports", "stocks"]
