"""The ONNX graphs of the packaged model "reader", written by hand: layers of a BERT encoder whose weights are eight-bit numbers.

`tools/train_neural.py pack` calls this. Every weight matrix is stored in blocks of BLOCK numbers with a scale each and multiplied by ONNX
Runtime's MatMulNBits, whose answer for a text does not depend on what stands beside it in the batch.
"""

from __future__ import annotations

from collections.abc import Mapping

import numpy as np
import onnx
from numpy.typing import NDArray
from onnx import TensorProto, helper, numpy_helper

__all__ = ["BLOCK", "blocks", "layers_graph"]

BLOCK = 128
Weights = Mapping[str, NDArray[np.float32]]


def blocks(weight: NDArray[np.float32]) -> tuple[NDArray[np.uint8], NDArray[np.float32]]:
    """A matrix [out, in] as uint8 [out, in / BLOCK, BLOCK], zero at 128, and the scales [out, in / BLOCK]."""
    parts = weight.reshape(len(weight), -1, BLOCK)
    scales = np.abs(parts).max(axis=2) / 127
    scales[scales == 0] = 1
    return (np.rint(parts / scales[:, :, None]) + 128).astype(np.uint8), scales.astype(np.float32)


class _Graph:
    """Nodes and constants of one graph, in order."""

    def __init__(self) -> None:
        self.nodes: list[onnx.NodeProto] = []
        self.constants: dict[str, onnx.TensorProto] = {}

    def constant(self, name: str, value: NDArray[np.generic]) -> str:
        self.constants.setdefault(name, numpy_helper.from_array(value, name))
        return name

    def add(self, kind: str, inputs: list[str], name: str, **attributes: object) -> str:
        self.nodes.append(helper.make_node(kind, inputs, [name], name, **attributes))
        return name

    def linear(self, source: str, weights: Weights, name: str) -> str:
        weight = weights[f"{name}.weight"]
        packed, scales = blocks(weight)
        inputs = [source, self.constant(f"{name}.packed", packed), self.constant(f"{name}.scales", scales.ravel())]
        size = {"N": weight.shape[0], "K": weight.shape[1], "bits": 8, "block_size": BLOCK, "accuracy_level": 4}
        product = self.add("MatMulNBits", inputs, f"{name}.product", domain="com.microsoft", **size)
        return self.add("Add", [product, self.constant(f"{name}.bias", weights[f"{name}.bias"])], f"{name}.sum")

    def norm(self, source: str, other: str, weights: Weights, name: str, output: str = "") -> str:
        both = self.add("Add", [source, other], f"{name}.both")
        parts = [self.constant(f"{name}.{part}", weights[f"{name}.{part}"]) for part in ("weight", "bias")]
        return self.add("LayerNormalization", [both, *parts], output or f"{name}.out", axis=-1, epsilon=1e-12)


def _layer(graph: _Graph, x: str, weights: Weights, name: str, heads: int, output: str = "") -> str:
    width = weights[f"{name}.ao.weight"].shape[0]
    shape = graph.constant("heads", np.array([0, 0, heads, width // heads], np.int64))
    wide = graph.constant("width", np.array([0, 0, width], np.int64))
    every = graph.linear(x, weights, f"{name}.qkv")
    thirds = [f"{name}.{part}" for part in "qkv"]
    graph.nodes.append(helper.make_node("Split", [every], thirds, f"{name}.split", axis=-1, num_outputs=3))
    turned = []
    for part, order in zip(thirds, ([0, 2, 1, 3], [0, 2, 3, 1], [0, 2, 1, 3]), strict=True):
        cut = graph.add("Reshape", [part, shape], f"{part}.cut")
        turned.append(graph.add("Transpose", [cut], f"{part}.turned", perm=order))
    scale = graph.constant("scale", np.array((width // heads) ** -0.5, np.float32))
    raw = graph.add("MatMul", [graph.add("Mul", [turned[0], scale], f"{name}.scaled"), turned[1]], f"{name}.raw")
    seen = graph.add("Softmax", [raw], f"{name}.weights", axis=-1)
    mixed = graph.add(
        "Transpose", [graph.add("MatMul", [seen, turned[2]], f"{name}.mixed")], f"{name}.back", perm=[0, 2, 1, 3]
    )
    attended = graph.linear(graph.add("Reshape", [mixed, wide], f"{name}.joined"), weights, f"{name}.ao")
    x = graph.norm(x, attended, weights, f"{name}.aln")
    inner = graph.add("Gelu", [graph.linear(x, weights, f"{name}.fi")], f"{name}.gelu")
    return graph.norm(x, graph.linear(inner, weights, f"{name}.fo"), weights, f"{name}.oln", output)


def layers_graph(weights: Weights, names: list[str], heads: int) -> onnx.ModelProto:
    """Layers `names` one after the other: x [batch, length, width] → y like x. Nothing is padding."""
    graph, x = _Graph(), "x"
    width = weights[f"{names[0]}.ao.weight"].shape[0]
    for name in names:
        x = _layer(graph, x, weights, name, heads, "y" if name == names[-1] else "")
    floats = TensorProto.FLOAT
    ends = [helper.make_tensor_value_info(end, floats, ["batch", "length", width]) for end in ("x", "y")]
    made = helper.make_graph(graph.nodes, "layers", ends[:1], ends[1:], list(graph.constants.values()))
    versions = [helper.make_opsetid("", 20), helper.make_opsetid("com.microsoft", 1)]
    model = helper.make_model(made, opset_imports=versions, ir_version=9, producer_name="jianwei")
    onnx.checker.check_model(model)
    return model
