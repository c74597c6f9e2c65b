"""Values of arrays as files and back, without pickles."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import pyarrow as pa
import pytest
from scipy.sparse import csr_array

from jianwei.recommend.packing import pack, unpack


@dataclass(frozen=True, eq=False)
class Inner:
    flags: np.ndarray
    table: csr_array


@dataclass(frozen=True, eq=False)
class Outer:
    name: str
    share: float
    nothing: None
    names: pa.Array
    inner: Inner
    pair: tuple[int, Inner | None]


def test_everything_comes_back() -> None:
    matrix = csr_array(np.array([[0, 1.5], [2, 0]], np.float32))
    names = pa.array(["茶", None, ""])
    inner = Inner(np.array([True, False]), matrix)
    again = unpack(pack(Outer("x", 0.1, None, names, inner, (3, None))), (Outer, Inner))
    assert (again.name, again.share, again.nothing, again.pair) == ("x", 0.1, None, (3, None))
    assert again.names.equals(names)
    assert again.inner.flags.dtype == bool
    assert again.inner.table.dtype == np.float32
    assert (again.inner.table.toarray() == matrix.toarray()).all()


def test_objects_are_refused() -> None:
    with pytest.raises(TypeError, match="pickle"):
        pack(Inner(np.array([object()]), None))
    with pytest.raises(TypeError, match="set"):
        pack(Outer("x", 0.1, None, pa.array([""]), {1}, (0, None)))  # type: ignore[arg-type]


def test_only_the_kinds_that_are_named_come_back() -> None:
    data = pack(Inner(np.zeros(1), csr_array((1, 1))))
    with pytest.raises(ValueError, match="not the arrays of Outer"):
        unpack(data, (Outer,))


@pytest.mark.parametrize("keep", [0, 10, 200])
def test_a_cut_file_is_no_value(keep: int) -> None:
    data = pack(Inner(np.zeros(100), csr_array((1, 1))))
    with pytest.raises(ValueError, match="not the arrays of Inner"):
        unpack(data[:keep], (Inner,))
