"""Kernels: compiled once, kept, checked; the compiler stays away afterwards."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest

from jianwei.common import compiled
from jianwei.common.compiled import MODULES, kernels

SOURCE = """
from numba import cfunc, types

@cfunc(types.void(types.CPointer(types.float32), types.int64, types.CPointer(types.float32)), error_model="numpy")
def doubled(values, count, out):
    for i in range(count):
        out[i] = 2 * values[i]

KERNELS = {"doubled": doubled}
"""


@pytest.fixture
def module(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> str:
    (tmp_path / "own_kernels.py").write_text(SOURCE)
    monkeypatch.syspath_prepend(str(tmp_path))
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path / "cache"))
    monkeypatch.delitem(sys.modules, "own_kernels", raising=False)
    compiled._loaded.cache_clear()
    yield "own_kernels"
    compiled._loaded.cache_clear()


def doubled(module: str) -> list[float]:
    compiled._loaded.cache_clear()
    values, out = np.array([1, 2, 3], np.float32), np.zeros(3, np.float32)
    kernels(module)["doubled"](values, 3, out)
    return out.tolist()


def kept(tmp_path: Path) -> Path:
    return next((tmp_path / "__pycache__").glob("*.machine"))


def test_it_is_compiled_once(module: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    assert doubled(module) == [2, 4, 6]
    monkeypatch.setattr(compiled, "_compile", lambda module: pytest.fail("compiled again"))
    assert doubled(module) == [2, 4, 6]


@pytest.mark.parametrize(
    "damage", [lambda data: data[:-10], lambda data: b"", lambda data: data.replace(b"doubled", b"tripled")]
)
def test_a_damaged_file_is_made_again(module: str, tmp_path: Path, damage: object) -> None:
    assert doubled(module) == [2, 4, 6]
    whole = kept(tmp_path).read_bytes()
    kept(tmp_path).write_bytes(damage(whole))  # type: ignore[operator]
    assert doubled(module) == [2, 4, 6]
    assert len(kept(tmp_path).read_bytes()) == len(whole)


def test_a_file_that_others_may_write_is_not_run(module: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    doubled(module)
    kept(tmp_path).chmod(0o666)
    calls = []
    whole = compiled._compile
    monkeypatch.setattr(compiled, "_compile", lambda module: calls.append(module) or whole(module))
    assert doubled(module) == [2, 4, 6]
    assert calls == [module]


def test_where_the_folder_cannot_be_written_the_cache_is_used(module: str, tmp_path: Path) -> None:
    (tmp_path / "__pycache__").write_text("no folder")
    assert doubled(module) == [2, 4, 6]
    assert list((tmp_path / "cache" / "jianwei" / "kernels").glob("*.machine"))


def test_wrong_arguments_run_nothing(module: str) -> None:
    own = kernels(module)["doubled"]
    out = np.zeros(3, np.float32)
    for values in (np.zeros(3), [1.0, 2.0, 3.0], np.zeros((6,), np.float32)[::2]):
        with pytest.raises(TypeError, match="argument 0 must be a contiguous float32 array"):
            own(values, 3, out)
    with pytest.raises(TypeError, match="takes 3 arguments, got 2"):
        own(out, 3)


def test_the_compiler_is_not_imported_again() -> None:
    code = (
        "import sys; from jianwei.text import sentiment; sentiment(['好'])\n"
        "assert not {'numba', 'sklearn', 'scipy'} & set(sys.modules), 'heavy'"
    )
    for module in MODULES:
        kernels(module)
    subprocess.run([sys.executable, "-c", code], check=True, env=dict(os.environ))
