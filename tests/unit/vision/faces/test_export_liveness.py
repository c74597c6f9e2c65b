"""The exporter: tables of tensors in PyTorch's first format, written here byte by byte; the network against plain NumPy."""

from __future__ import annotations

import pickle
import struct
import sys
from collections.abc import Mapping
from pathlib import Path

import numpy as np
import onnxruntime
import pytest
from numpy.typing import NDArray

ROOT = Path(__file__).resolve().parents[4]
sys.path.insert(0, str(ROOT / "tools"))
from export_liveness import FILES, export, network, read_weights  # noqa: E402

Weights = Mapping[str, NDArray[np.float32]]


def _saved(tensors: Weights, *, count: int | None = None) -> bytes:
    """What `torch.save` wrote before version 1.6, in pickle's own codes."""
    table = [b"\x80\x02ccollections\nOrderedDict\n)R("]
    for i, (name, value) in enumerate(tensors.items()):
        flat = value.size if count is None else count
        steps = [s // value.itemsize for s in value.strides]
        numbers = [b"".join(b"J" + struct.pack("<i", n) for n in some) for some in (value.shape, steps)]
        table += [b"X", struct.pack("<I", len(name)), name.encode(), b"ctorch._utils\n_rebuild_tensor_v2\n(("]
        table += [b"X\x07\x00\x00\x00storage", b"ctorch\nFloatStorage\n", b"X", struct.pack("<I", 1), str(i).encode()]
        table += [
            b"X\x03\x00\x00\x00cpu",
            b"J",
            struct.pack("<i", flat),
            b"NtQ",
            b"K\x00",
            b"(",
            numbers[0],
            b"t(",
            numbers[1],
        ]
        table += [b"t\x89ccollections\nOrderedDict\n)RtR"]
    keys = [str(i) for i in range(len(tensors))]
    head = pickle.dumps(0x1950A86A20F9469CFC6C, 2) + pickle.dumps(1001, 2) + pickle.dumps({"little_endian": True}, 2)
    data = b"".join(struct.pack("<q", value.size) + value.astype("<f4").tobytes() for value in tensors.values())
    return head + b"".join(table) + b"u." + pickle.dumps(keys, 2) + data


def test_tensors_are_read_back(tmp_path: Path) -> None:
    tensors = {"module.a": np.arange(24, dtype=np.float32).reshape(2, 3, 4), "module.b": np.float32([-1.5])}
    (tmp_path / "a.pth").write_bytes(_saved(tensors))
    read = read_weights(tmp_path / "a.pth")
    assert list(read) == ["a", "b"]
    assert all(np.array_equal(read[name.removeprefix("module.")], value) for name, value in tensors.items())


def test_nothing_but_tensors_is_loaded(tmp_path: Path) -> None:
    head = pickle.dumps(0x1950A86A20F9469CFC6C, 2) + pickle.dumps(1001, 2) + pickle.dumps({}, 2)
    witness = tmp_path / "ran"
    (tmp_path / "a.pth").write_bytes(head + f"cos\nsystem\n(S'touch {witness}'\ntR.".encode())
    with pytest.raises(pickle.UnpicklingError, match=r"os\.system is no part"):
        read_weights(tmp_path / "a.pth")
    assert not witness.exists()
    (tmp_path / "b.pth").write_bytes(pickle.dumps({"a": 1}))
    with pytest.raises(pickle.UnpicklingError, match="no file of torch"):
        read_weights(tmp_path / "b.pth")
    (tmp_path / "c.pth").write_bytes(_saved({"a": np.zeros(8, np.float32)})[:-4])
    with pytest.raises(pickle.UnpicklingError, match="ends too early"):
        read_weights(tmp_path / "c.pth")
    (tmp_path / "d.pth").write_bytes(_saved({"a": np.zeros(8, np.float32)}, count=9))
    with pytest.raises(pickle.UnpicklingError, match="ends too early"):
        read_weights(tmp_path / "d.pth")


def _random_weights(random: np.random.Generator, *, excited: bool) -> Weights:
    """A narrow network of the same make: 8 channels outside, 6 inside each block."""
    weights: dict[str, NDArray[np.float32]] = {}

    def normal(name: str, size: int) -> None:
        for part in ("weight", "bias", "running_mean"):
            weights[f"{name}.{part}"] = random.normal(0, 1, size).astype(np.float32)
        weights[f"{name}.running_var"] = random.uniform(0.5, 2, size).astype(np.float32)

    def block(name: str, shape: tuple[int, ...], *, slopes: bool = True) -> None:
        scale = np.sqrt(1 / np.prod(shape[1:]))
        weights[f"{name}.conv.weight"] = random.normal(0, scale, shape).astype(np.float32)
        normal(f"{name}.bn", shape[0])
        if slopes:
            weights[f"{name}.prelu.weight"] = random.uniform(0, 0.5, shape[0]).astype(np.float32)

    def deep(name: str, *, se: bool = False) -> None:
        block(f"{name}.conv", (6, 8, 1, 1))
        block(f"{name}.conv_dw", (6, 1, 3, 3))
        block(f"{name}.project", (8, 6, 1, 1), slopes=False)
        for i, shape in ((1, (2, 8, 1, 1)), (2, (8, 2, 1, 1))) if se else ():
            weights[f"{name}.se_module.fc{i}.weight"] = random.normal(0, 1, shape).astype(np.float32)
            normal(f"{name}.se_module.bn{i}", shape[0])

    block("conv1", (8, 3, 3, 3))
    block("conv2_dw", (8, 1, 3, 3))
    for name, count in (("conv_23", 0), ("conv_3", 4), ("conv_34", 0), ("conv_4", 6), ("conv_45", 0), ("conv_5", 2)):
        if not count:
            deep(name)
        for i in range(count):
            deep(f"{name}.model.{i}", se=excited and i == count - 1)
    block("conv_6_sep", (12, 8, 1, 1))
    block("conv_6_dw", (12, 1, 5, 5), slopes=False)
    weights["linear.weight"] = random.normal(0, 0.3, (7, 12)).astype(np.float32)
    normal("bn", 7)
    weights["prob.weight"] = random.normal(0, 1, (3, 7)).astype(np.float32)
    return weights


def _reference(w: Weights, x: NDArray[np.float64]) -> NDArray[np.float64]:
    """The network layer by layer in NumPy, normalisations not folded: [3, 80, 80] → logits [3]."""

    def conv(x: NDArray[np.float64], name: str, stride: int = 1, padding: int = 0) -> NDArray[np.float64]:
        kernel = w[name].astype(float)
        padded = np.pad(x, ((0, 0), (padding, padding), (padding, padding)))
        windows = np.lib.stride_tricks.sliding_window_view(padded, kernel.shape[2:], axis=(1, 2))[:, ::stride, ::stride]
        if kernel.shape[1] == len(x):
            return np.einsum("cyxij,ocij->oyx", windows, kernel)
        return np.einsum("cyxij,cij->cyx", windows, kernel[:, 0])

    def normal(x: NDArray[np.float64], name: str) -> NDArray[np.float64]:
        part = {
            p: w[f"{name}.{p}"].reshape(-1, *[1] * (x.ndim - 1))
            for p in ("weight", "bias", "running_mean", "running_var")
        }
        return (x - part["running_mean"]) / np.sqrt(part["running_var"] + 1e-5) * part["weight"] + part["bias"]

    def block(x: NDArray[np.float64], name: str, stride: int = 1, padding: int = 0) -> NDArray[np.float64]:
        x = normal(conv(x, f"{name}.conv.weight", stride, padding), f"{name}.bn")
        if f"{name}.prelu.weight" not in w:
            return x
        return np.where(x >= 0, x, x * w[f"{name}.prelu.weight"][:, None, None])

    def deep(x: NDArray[np.float64], name: str, stride: int) -> NDArray[np.float64]:
        y = block(block(block(x, f"{name}.conv"), f"{name}.conv_dw", stride, 1), f"{name}.project")
        if stride == 2:
            return y
        if f"{name}.se_module.fc1.weight" in w:
            z = y.mean(axis=(1, 2), keepdims=True)
            z = np.maximum(normal(conv(z, f"{name}.se_module.fc1.weight"), f"{name}.se_module.bn1"), 0)
            z = normal(conv(z, f"{name}.se_module.fc2.weight"), f"{name}.se_module.bn2")
            y = y / (1 + np.exp(-z))
        return x + y

    x = block(block(x, "conv1", 2, 1), "conv2_dw", 1, 1)
    for single, row, count in (("conv_23", "conv_3", 4), ("conv_34", "conv_4", 6), ("conv_45", "conv_5", 2)):
        x = deep(x, single, 2)
        for i in range(count):
            x = deep(x, f"{row}.model.{i}", 1)
    x = block(block(x, "conv_6_sep"), "conv_6_dw").reshape(-1)
    return w["prob.weight"] @ normal(w["linear.weight"].astype(float) @ x, "bn")


def _answer(model: bytes, x: NDArray[np.float64]) -> NDArray[np.float32]:
    session = onnxruntime.InferenceSession(model, providers=["CPUExecutionProvider"])
    return session.run(["logits"], {"input": x[None].astype(np.float32)})[0][0]


@pytest.mark.parametrize("excited", [False, True])
def test_the_model_computes_what_the_layers_say(excited: bool) -> None:
    random = np.random.default_rng(4)
    weights = _random_weights(random, excited=excited)
    model = network(weights)
    used = {name.rpartition(".")[0] for name in weights if name.endswith("conv.weight")}
    assert used <= {node.name for node in model.graph.node}
    for _ in range(2):
        x = random.normal(0, 1, (3, 80, 80))
        assert _answer(model.SerializeToString(), x) == pytest.approx(_reference(weights, x), rel=1e-3, abs=1e-3)


def test_a_layer_that_is_missing_is_named() -> None:
    weights = dict(_random_weights(np.random.default_rng(5), excited=True))
    del weights["conv_34.project.bn.weight"]
    with pytest.raises(KeyError, match=r"conv_34.project.bn.weight"):
        network(weights)


def test_the_published_networks(data_dir: Path, tmp_path: Path) -> None:
    """The real weights: the same numbers as NumPy, and both captures right."""
    published = data_dir.parent / "models" / "silent_face"
    if not published.is_dir():
        pytest.skip("the published networks are not on this machine")
    from PIL import Image

    from jianwei.vision._base import Face
    from jianwei.vision.faces.liveness import open_liveness

    written = export(published, tmp_path)
    x = np.random.default_rng(6).uniform(0, 255, (3, 80, 80))
    for file, path in zip(FILES, written, strict=True):
        wanted = _reference(read_weights(published / file), x)
        assert _answer(path.read_bytes(), x) == pytest.approx(wanted, rel=1e-3, abs=1e-3)
    judge = open_liveness(tmp_path)
    for name, box, live in (("T1", (151, 166, 326, 342), True), ("F1", (138, 110, 349, 320), False)):
        pixels = np.asarray(Image.open(data_dir / "anti_spoof" / f"image_{name}.jpg").convert("RGB"))
        assert judge.judge(pixels, Face(tuple(map(float, box)), (), 1.0)).live is live
