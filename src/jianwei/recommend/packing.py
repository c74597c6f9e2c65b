"""Values made of arrays as one file of arrays (.npz) and back, without pickles."""

from __future__ import annotations

import io
import zlib
from collections.abc import Iterable, Mapping
from dataclasses import fields, is_dataclass
from typing import Any
from zipfile import BadZipFile

import msgspec
import numpy as np
import pyarrow as pa

__all__ = ["pack", "unpack"]

_HEAD = "head"


def pack(value: Any) -> bytes:
    """A dataclass of arrays, Arrow arrays, sparse matrices, plain figures and further such dataclasses as the bytes of an .npz file.

    >>> from dataclasses import dataclass
    >>> @dataclass(frozen=True, eq=False)
    ... class Point:
    ...     at: np.ndarray
    ...     name: pa.StringArray
    >>> again = unpack(pack(Point(np.arange(2), pa.array(["x"]))), (Point,))
    >>> again.at.tolist(), again.name.to_pylist()
    ([0, 1], ['x'])
    """
    arrays: dict[str, np.ndarray] = {}
    head = _packed(value, arrays)
    arrays[_HEAD] = np.frombuffer(msgspec.json.encode(head), np.uint8)
    file = io.BytesIO()
    np.savez(file, **arrays)  # type: ignore[arg-type]
    return file.getvalue()


def unpack(data: bytes, kinds: Iterable[type[Any]]) -> Any:
    """The value again.

    Args:
        kinds: every dataclass that may occur in it.

    Raises:
        ValueError: the bytes are not what `pack` gives for these kinds.
    """
    known = {kind.__name__: kind for kind in kinds}
    try:
        with np.load(io.BytesIO(data), allow_pickle=False) as arrays:
            return _unpacked(msgspec.json.decode(arrays[_HEAD].tobytes()), arrays, known)
    except (
        BadZipFile, EOFError, KeyError, NotImplementedError, OSError, RuntimeError, TypeError, ValueError, zlib.error, msgspec.MsgspecError
    ) as error:  # fmt: skip
        raise ValueError(f"not the arrays of {', '.join(known)}") from error


def _packed(value: Any, arrays: dict[str, np.ndarray]) -> dict[str, Any]:
    def kept(array: np.ndarray) -> str:
        name = f"a{len(arrays)}"
        arrays[name] = array
        return name

    if isinstance(value, np.ndarray):
        if value.dtype.hasobject:
            raise TypeError("an array of objects cannot be kept without a pickle")
        return {"array": kept(value)}
    if isinstance(value, pa.Array):
        sink = pa.BufferOutputStream()
        with pa.ipc.new_stream(sink, pa.schema([("values", value.type)])) as writer:
            writer.write_batch(pa.record_batch([value], names=["values"]))
        return {"arrow": kept(np.frombuffer(sink.getvalue(), np.uint8))}
    if hasattr(value, "indptr"):
        return {
            "sparse": [kept(value.data), kept(value.indices), kept(value.indptr)],
            "format": value.format,
            "shape": list(value.shape),
        }
    if is_dataclass(value):
        parts = {one.name: _packed(getattr(value, one.name), arrays) for one in fields(value) if one.init}
        return {"kind": type(value).__name__, "fields": parts}
    if isinstance(value, tuple | list):
        return {"tuple": [_packed(one, arrays) for one in value]}
    if isinstance(value, Mapping):
        return {"mapping": {str(name): _packed(one, arrays) for name, one in value.items()}}
    if isinstance(value, np.generic):
        value = value.item()
    if value is None or isinstance(value, str | int | float | bool):
        return {"value": value}
    raise TypeError(f"{type(value).__name__} cannot be kept as arrays")


def _unpacked(node: Mapping[str, Any], arrays: Any, known: Mapping[str, type[Any]]) -> Any:
    if "array" in node:
        return arrays[node["array"]]
    if "arrow" in node:
        table = pa.ipc.open_stream(pa.py_buffer(arrays[node["arrow"]].tobytes())).read_all()
        return table["values"].combine_chunks()
    if "sparse" in node:
        from scipy import sparse

        make = {"csr": sparse.csr_array, "csc": sparse.csc_array}[node["format"]]
        return make(tuple(arrays[name] for name in node["sparse"]), shape=tuple(node["shape"]))
    if "kind" in node:
        return known[node["kind"]](**{name: _unpacked(one, arrays, known) for name, one in node["fields"].items()})
    if "tuple" in node:
        return tuple(_unpacked(one, arrays, known) for one in node["tuple"])
    if "mapping" in node:
        return {name: _unpacked(one, arrays, known) for name, one in node["mapping"].items()}
    return node["value"]
