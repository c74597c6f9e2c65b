"""Turns the two published networks of Silent-Face-Anti-Spoofing (Minivision, Apache-2.0) into the ONNX files that Jianwei reads.

    python tools/export_liveness.py FOLDER MODELS

FOLDER holds `2.7_80x80_MiniFASNetV2.pth` and `4_0_0_80x80_MiniFASNetV1SE.pth`; MODELS becomes a models folder with `minifasnet/` in it.
PyTorch is not needed: the files are read with an unpickler that knows tensors and nothing else. Each network has the input `input`
(float32 [n, 3, 80, 80], blue first, 0 to 255) and the output `logits` (float32 [n, 3]; class 1 is live).
"""

from __future__ import annotations

import pickle
import sys
from collections import OrderedDict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import IO, Any

import numpy as np
import onnx
from numpy.typing import NDArray
from onnx import TensorProto, helper, numpy_helper

__all__ = ["Weights", "export", "network", "read_weights"]

Weights = Mapping[str, NDArray[np.float32]]

FILES = ("2.7_80x80_MiniFASNetV2.pth", "4_0_0_80x80_MiniFASNetV1SE.pth")
EPSILON = 1e-5
MAGIC = 0x1950A86A20F9469CFC6C
BLOCKS = (("conv_23",), ("conv_3", 4), ("conv_34",), ("conv_4", 6), ("conv_45",), ("conv_5", 2))
"""The network between its first two and its last two convolutions: single blocks that halve the size, and rows of residual ones."""


@dataclass
class _Storage:
    """Numbers that tensors look into; they come after the objects in the file."""

    dtype: np.dtype[Any]
    count: int
    data: NDArray[Any] = field(default_factory=lambda: np.zeros(0))


@dataclass(frozen=True)
class _Tensor:
    storage: _Storage
    offset: int
    shape: tuple[int, ...]
    steps: tuple[int, ...]

    def array(self) -> NDArray[Any]:
        flat = self.storage.data[self.offset :]
        strides = [step * flat.itemsize for step in self.steps]
        last = sum((size - 1) * step for size, step in zip(self.shape, self.steps, strict=True))
        if min((*self.shape, *self.steps, 1)) < 0 or (self.shape and last >= len(flat)):
            raise pickle.UnpicklingError("a tensor reaches beyond its numbers")
        return np.lib.stride_tricks.as_strided(flat, self.shape, strides).copy()


def _tensor(storage: _Storage, offset: int, shape: tuple[int, ...], steps: tuple[int, ...], *_: object) -> _Tensor:
    return _Tensor(storage, offset, shape, steps)


class _Tensors(pickle.Unpickler):
    """Reads dictionaries of tensors. Whatever else a pickle may name is refused, so that reading a file cannot run code."""

    def __init__(self, file: IO[bytes]) -> None:
        super().__init__(file, encoding="latin1")
        self.storages: dict[str, _Storage] = {}

    def find_class(self, module: str, name: str) -> Any:
        known: dict[tuple[str, str], Any] = {
            ("collections", "OrderedDict"): OrderedDict,
            ("torch._utils", "_rebuild_tensor_v2"): _tensor,
            ("torch", "FloatStorage"): np.dtype("<f4"),
            ("torch", "LongStorage"): np.dtype("<i8"),
        }
        if (module, name) not in known:
            raise pickle.UnpicklingError(f"{module}.{name} is no part of a table of tensors")
        return known[module, name]

    def persistent_load(self, pid: Any) -> _Storage:
        _, dtype, key, _, count, *_ = pid
        return self.storages.setdefault(key, _Storage(dtype, count))


def read_weights(path: Path) -> Weights:
    """The tensors of a file that `torch.save` wrote before its version 1.6, by name.

    Raises:
        pickle.UnpicklingError: it is another file, or names anything but tensors.
    """
    with path.open("rb") as file:
        if _Tensors(file).load() != MAGIC:
            raise pickle.UnpicklingError(f"{path} is no file of torch.save's first format")
        _Tensors(file).load(), _Tensors(file).load()  # the format's version, the machine's sizes of numbers
        table = _Tensors(file)
        named = table.load()
        for key in _Tensors(file).load():
            storage = table.storages[key]
            (count,) = np.frombuffer(file.read(8), "<i8")
            storage.data = np.frombuffer(file.read(int(count) * storage.dtype.itemsize), storage.dtype)
            if not count == storage.count == len(storage.data):
                raise pickle.UnpicklingError(f"{path} ends too early")
    return {name.removeprefix("module."): np.asarray(one.array(), np.float32) for name, one in named.items()}


@dataclass
class _Graph:
    """Nodes in the order in which they run. Every value is called by the layer that makes it."""

    weights: Weights
    nodes: list[Any] = field(default_factory=list)
    numbers: list[Any] = field(default_factory=list)

    def add(self, kind: str, inputs: Sequence[str], name: str, **options: Any) -> str:
        self.nodes.append(helper.make_node(kind, list(inputs), [name], name=name, **options))
        return name

    def number(self, name: str, value: NDArray[np.float32]) -> str:
        self.numbers.append(numpy_helper.from_array(np.ascontiguousarray(value, np.float32), name))
        return name

    def normal(self, name: str) -> tuple[NDArray[np.float32], NDArray[np.float32]]:
        """A batch normalisation as factor and shift."""
        w = self.weights
        factor = w[f"{name}.weight"] / np.sqrt(w[f"{name}.running_var"] + EPSILON)
        return factor, w[f"{name}.bias"] - w[f"{name}.running_mean"] * factor

    def convolution(self, x: str, name: str, normal: str, *, stride: int = 1, padding: int = 0, groups: int = 1) -> str:
        """A convolution with the normalisation behind it folded in."""
        kernel = self.weights[f"{name}.weight"]
        factor, shift = self.normal(normal)
        inputs = [x, self.number(f"{name}.w", kernel * factor[:, None, None, None]), self.number(f"{name}.b", shift)]
        return self.add("Conv", inputs, name, strides=[stride] * 2, pads=[padding] * 4, group=groups)

    def block(self, x: str, name: str, *, rectified: bool = True, **options: int) -> str:
        """Convolution, normalisation, and a slope of its own for what is negative in each channel."""
        x = self.convolution(x, f"{name}.conv", f"{name}.bn", **options)
        if not rectified:
            return x
        slopes = self.number(f"{name}.slopes", self.weights[f"{name}.prelu.weight"][:, None, None])
        return self.add("PRelu", [x, slopes], f"{name}.prelu")

    def depth_wise(self, x: str, name: str, *, stride: int) -> str:
        """Wider, each channel by itself, narrower again."""
        y = self.block(x, f"{name}.conv")
        channels = len(self.weights[f"{name}.conv_dw.conv.weight"])
        y = self.block(y, f"{name}.conv_dw", stride=stride, padding=1, groups=channels)
        y = self.block(y, f"{name}.project", rectified=False)
        if stride == 2:
            return y
        if f"{name}.se_module.fc1.weight" in self.weights:
            y = self.excited(y, f"{name}.se_module")
        return self.add("Add", [x, y], f"{name}.sum")

    def excited(self, x: str, name: str) -> str:
        """Squeeze and excitation: channels weighed by what is in all of them."""
        y = self.add("GlobalAveragePool", [x], f"{name}.pool")
        y = self.add("Relu", [self.convolution(y, f"{name}.fc1", f"{name}.bn1")], f"{name}.relu")
        y = self.add("Sigmoid", [self.convolution(y, f"{name}.fc2", f"{name}.bn2")], f"{name}.gate")
        return self.add("Mul", [x, y], name)

    def linear(self, x: str, name: str, matrix: NDArray[np.float32], shift: NDArray[np.float32]) -> str:
        return self.add("Gemm", [x, self.number(f"{name}.w", matrix), self.number(f"{name}.b", shift)], name, transB=1)


def network(weights: Weights) -> onnx.ModelProto:
    """One network as a model.

    Raises:
        KeyError: a layer is missing.
        onnx.checker.ValidationError: layers do not fit together.
    """
    g = _Graph(weights)
    x = g.block("input", "conv1", stride=2, padding=1)
    x = g.block(x, "conv2_dw", padding=1, groups=len(weights["conv2_dw.conv.weight"]))
    for block, *count in BLOCKS:
        if not count:
            x = g.depth_wise(x, block, stride=2)
        for i in range(*count or [0]):
            x = g.depth_wise(x, f"{block}.model.{i}", stride=1)
    x = g.block(x, "conv_6_sep")
    x = g.block(x, "conv_6_dw", rectified=False, groups=len(weights["conv_6_dw.conv.weight"]))
    x = g.add("Flatten", [x], "flat")
    factor, shift = g.normal("bn")
    x = g.linear(x, "linear", weights["linear.weight"] * factor[:, None], shift)
    classes = weights["prob.weight"]
    g.linear(x, "logits", classes, np.zeros(len(classes), np.float32))
    shown = helper.make_tensor_value_info("input", TensorProto.FLOAT, ["n", 3, 80, 80])
    told = helper.make_tensor_value_info("logits", TensorProto.FLOAT, ["n", len(classes)])
    graph = helper.make_graph(g.nodes, "minifasnet", [shown], [told], g.numbers)
    model = helper.make_model(graph, opset_imports=[helper.make_opsetid("", 13)], ir_version=8, producer_name="jianwei")
    onnx.checker.check_model(model, full_check=True)
    return model


def export(folder: Path, models: Path) -> list[Path]:
    """Write both networks; returns the files.

    Raises:
        OSError: a file is missing.
        pickle.UnpicklingError: a file is another one.
    """
    target = models / "minifasnet"
    target.mkdir(parents=True, exist_ok=True)
    written = []
    for file in FILES:
        data = network(read_weights(folder / file)).SerializeToString(deterministic=True)
        written.append(target / file.replace(".pth", ".onnx"))
        written[-1].write_bytes(data)
    return written


if __name__ == "__main__":
    for path in export(Path(sys.argv[1]), Path(sys.argv[2])):
        print(path)
