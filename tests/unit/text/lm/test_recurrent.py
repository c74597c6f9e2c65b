"""The recurrent model: its step against ONNX Runtime's own, its file, and training where PyTorch is."""

from __future__ import annotations

import sys
from pathlib import Path

import numpy as np
import onnx
import onnxruntime
import pyarrow as pa
import pytest

from jianwei.errors import InputError, MissingExtraError
from jianwei.text.lm.model import LanguageModel
from jianwei.text.lm.recurrent import RecurrentModel, Weights, load_recurrent, save_recurrent
from jianwei.text.lm.recurrent_training import Training, train_recurrent
from jianwei.text.lm.vocabulary import Vocabulary

D, H = 5, 7
VOCABULARY = Vocabulary("的我是你好")


def weights(seed: int = 0) -> Weights:
    random = np.random.default_rng(seed)
    shapes = [(8, D), (8,), (3 * H, D), (3 * H,), (3 * H, H), (3 * H,), (D, H)]
    return Weights(*(random.normal(0, 0.7, shape).astype(np.float32) for shape in shapes))


def test_steps_are_those_of_onnx_runtime() -> None:
    made = weights()
    ids = np.random.default_rng(1).integers(0, 8, (6, 3))  # [steps, texts]

    def other_order(array: np.ndarray) -> np.ndarray:  # ONNX has the update gate first
        reset, update, candidate = np.split(array, 3)
        return np.concatenate([update, reset, candidate])[None]

    node = onnx.helper.make_node("GRU", ["X", "W", "R", "B"], ["Y"], hidden_size=H, linear_before_reset=1)
    both = np.concatenate([other_order(made.inward_bias), other_order(made.across_bias)], axis=1)
    given = {"W": other_order(made.inward), "R": other_order(made.across), "B": both}
    graph = onnx.helper.make_graph(
        [node], "gru",
        [onnx.helper.make_tensor_value_info("X", onnx.TensorProto.FLOAT, [6, 3, D])],
        [onnx.helper.make_tensor_value_info("Y", onnx.TensorProto.FLOAT, [6, 1, 3, H])],
        [onnx.numpy_helper.from_array(np.ascontiguousarray(array), name) for name, array in given.items()],
    )  # fmt: skip
    model = onnx.helper.make_model(graph, opset_imports=[onnx.helper.make_opsetid("", 14)], ir_version=8)
    run = onnxruntime.InferenceSession(model.SerializeToString(), providers=["CPUExecutionProvider"])
    (wanted,) = run.run(None, {"X": made.embedding[ids]})
    state = np.zeros((3, H), np.float32)
    for place in range(6):
        state = made.step(state, ids[place])
        assert state == pytest.approx(wanted[place, 0], abs=1e-5)


def test_predictions_are_a_softmax_without_the_begin() -> None:
    made = weights()
    state = np.random.default_rng(2).normal(size=(2, H)).astype(np.float32)
    for row, found in zip(state, np.exp(made.predict(state)), strict=True):
        logits = [float(made.embedding[i] @ (made.outward @ row) + made.bias[i]) for i in range(8)]
        powers = np.exp(np.array(logits[1:]))
        assert found == pytest.approx(np.r_[0, powers / powers.sum()], abs=1e-5)


def test_a_saved_model_is_the_same_to_half_precision(tmp_path: Path) -> None:
    model = RecurrentModel(VOCABULARY, weights())
    save_recurrent(model, tmp_path / "m.npz")
    loaded = load_recurrent(tmp_path / "m.npz")
    assert loaded.vocabulary == VOCABULARY
    assert loaded.expect("你好") == pytest.approx(model.expect("你好"), abs=2e-3)


def test_other_files_are_refused(tmp_path: Path) -> None:
    model = RecurrentModel(VOCABULARY, weights())
    save_recurrent(model, tmp_path / "whole.npz")
    whole = (tmp_path / "whole.npz").read_bytes()
    arrays = dict(np.load(tmp_path / "whole.npz").items())
    damaged = [b"", b"x" * 100, whole[: len(whole) // 2], whole.replace(b"bias.npy", b"boas.npy")]
    for change in (
        {"bias": np.zeros(7, np.float16)}, {"across": np.float16(1)}, {"embedding": np.full((8, D), np.nan)},
        {"characters": np.zeros(8, np.uint32)}, {"characters": np.array([0x110005] * 5, np.uint32)},
        {"bias": np.array(["a"] * 8)},
    ):  # fmt: skip
        np.savez(tmp_path / "other.npz", **(arrays | change))
        damaged.append((tmp_path / "other.npz").read_bytes())
    np.savez(tmp_path / "pickled.npz", **(arrays | {"bias": np.array([{}], object)}))
    damaged.append((tmp_path / "pickled.npz").read_bytes())
    for content in damaged:
        (tmp_path / "m.npz").write_bytes(content)
        with pytest.raises(InputError):
            load_recurrent(tmp_path / "m.npz")
    with pytest.raises(InputError):
        load_recurrent(tmp_path / "none.npz")


def test_a_file_that_unpacks_to_much_is_refused(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    save_recurrent(RecurrentModel(VOCABULARY, weights()), tmp_path / "m.npz")
    monkeypatch.setattr("jianwei.text.lm.recurrent._MAX_BYTES", 1000)
    with pytest.raises(InputError, match="too large"):
        load_recurrent(tmp_path / "m.npz")


def test_training_without_torch_names_the_install(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "torch", None)
    with pytest.raises(MissingExtraError) as caught:
        train_recurrent(pa.array(["你好"]), VOCABULARY)
    assert "pip install torch" in caught.value.hint


def test_training_learns() -> None:
    pytest.importorskip("torch")
    texts = pa.array(["你好", "我是我", "是的是的"] * 40)
    vocabulary = LanguageModel(2).fit(texts).vocabulary
    how = Training(width=8, units=16, epochs=20, rate=1e-2, batch=64, seed=3)
    model = train_recurrent(texts, vocabulary, how)
    assert model.log_probabilities(pa.array(["我是我"])).mean() > -0.7
    again = train_recurrent(texts, vocabulary, how)
    assert again.expect("你") == pytest.approx(model.expect("你"))
