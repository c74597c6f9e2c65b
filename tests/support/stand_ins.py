"""Small ONNX models in the place of real ones: same inputs and outputs, answers that a test chooses."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from pathlib import Path

import numpy as np
from numpy.typing import NDArray
from onnx import TensorProto, helper, numpy_helper, save

__all__ = ["constant_model"]


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
