"""Small ONNX models in the place of real ones: same inputs and outputs, answers that a test chooses or that tell what was shown."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np
from numpy.typing import NDArray
from onnx import TensorProto, helper, numpy_helper, save

__all__ = ["Pixel", "constant_model", "seeing_model"]


def constant_model(path: Path, inputs: Mapping[str, Sequence[int]], outputs: Mapping[str, NDArray[np.float32]]) -> Path:
    """Write a model that always answers the same; returns where."""
    nodes = [
        helper.make_node("Constant", [], [name], value=numpy_helper.from_array(np.asarray(value, np.float32)))
        for name, value in outputs.items()
    ]
    shown = [helper.make_tensor_value_info(name, TensorProto.FLOAT, list(shape)) for name, shape in inputs.items()]
    told = [helper.make_tensor_value_info(name, TensorProto.FLOAT, value.shape) for name, value in outputs.items()]
    graph = helper.make_graph(nodes, "stand-in", shown, told)
    path.parent.mkdir(parents=True, exist_ok=True)
    save(helper.make_model(graph, opset_imports=[helper.make_opsetid("", 13)], ir_version=8), path)
    return path


@dataclass(frozen=True)
class Pixel:
    """A number of an input: its channel, row and column."""

    channel: int
    row: int
    column: int


def seeing_model(
    path: Path,
    inputs: Mapping[str, Sequence[int]],
    outputs: Mapping[str, NDArray[np.float32]],
    told: Mapping[tuple[str, int], Pixel],
    *,
    scale: float = 1.0,
    offset: float = 0.0,
) -> Path:
    """Write a model that answers with constants but for some numbers, in which it tells what its only input holds; returns where.

    Args:
        path: a file.
        inputs: name and shape [1, channels, height, width] of one input.
        outputs: what is answered else.
        told: (output, place in it when it is flat) → the number that stands there.
        scale: what such a number is multiplied with before.
        offset: what is added to it after that.
    """
    ((shown, shape),) = inputs.items()
    nodes, constants = [], {}

    def constant(name: str, value: NDArray[np.generic]) -> str:
        constants[name] = numpy_helper.from_array(value, name)
        return name

    flat = constant("flat", np.array([-1], np.int64))
    nodes.append(helper.make_node("Reshape", [shown, flat], ["numbers"]))
    for name, value in outputs.items():
        array = np.asarray(value, np.float32)
        rest, where = constant(f"{name}/rest", array.ravel()), [place for output, place in told if output == name]
        seen = [told[name, place] for place in where]
        _, _, height, width = shape
        numbers = [(one.channel * height + one.row) * width + one.column for one in seen]
        nodes += [
            helper.make_node(
                "Gather", ["numbers", constant(f"{name}/numbers", np.array(numbers, np.int64))], [f"{name}/raw"]
            ),
            helper.make_node("Mul", [f"{name}/raw", constant(f"{name}/scale", np.float32(scale))], [f"{name}/scaled"]),
            helper.make_node(
                "Add", [f"{name}/scaled", constant(f"{name}/offset", np.float32(offset))], [f"{name}/told"]
            ),
            helper.make_node(
                "ScatterElements",
                [rest, constant(f"{name}/where", np.array(where, np.int64)), f"{name}/told"],
                [f"{name}/all"],
            ),
            helper.make_node(
                "Reshape", [f"{name}/all", constant(f"{name}/shape", np.array(array.shape, np.int64))], [name]
            ),
        ]
    graph = helper.make_graph(
        nodes,
        "stand-in",
        [helper.make_tensor_value_info(shown, TensorProto.FLOAT, list(shape))],
        [helper.make_tensor_value_info(name, TensorProto.FLOAT, np.shape(value)) for name, value in outputs.items()],
        list(constants.values()),
    )
    path.parent.mkdir(parents=True, exist_ok=True)
    save(helper.make_model(graph, opset_imports=[helper.make_opsetid("", 13)], ir_version=8), path)
    return path
