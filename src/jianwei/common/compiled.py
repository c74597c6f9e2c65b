"""Kernels: loops over arrays, compiled once by Numba and from then on loaded as machine code.

Importing Numba takes longer than most work that a kernel is wanted for. So the compiler is imported only when a module of kernels
was never compiled on this processor; its machine code is kept, and later processes load it through llvmlite, which takes
a few milliseconds.

A module of kernels imports Numba at its top, is imported by nobody but this one, and names its kernels in `KERNELS`: functions made
by `numba.cfunc` over pointers and numbers, which allocate nothing and raise nothing (`error_model="numpy"`). They run without the
interpreter's lock.
"""

from __future__ import annotations

import ctypes
import os
from collections.abc import Iterable, Iterator, Mapping
from contextlib import suppress
from dataclasses import dataclass
from functools import cache
from hashlib import sha256
from importlib import import_module
from importlib.metadata import version
from importlib.util import find_spec
from pathlib import Path
from threading import Lock
from typing import Any

import msgspec
import numpy as np

__all__ = ["Kernel", "kernels", "warm"]


class _Signature(msgspec.Struct, frozen=True):
    """One kernel in a file: the name of its machine code, and its arguments as dtypes, those of pointers after a "*"."""

    symbol: str
    arguments: tuple[str, ...]


class _Head(msgspec.Struct, frozen=True):
    """First line of a file of machine code. `unused`: symbols that it names but never calls."""

    signatures: dict[str, _Signature]
    unused: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Kernel:
    """A compiled function. Arrays must be contiguous and of the very dtype that the kernel names.

    Raises:
        TypeError: the arguments are not those of the kernel; nothing was run.
    """

    name: str
    arguments: tuple[tuple[np.dtype[Any], bool], ...]
    function: Any
    alive: Any  # the engine that owns the machine code

    def __call__(self, *values: Any) -> None:
        if len(values) != len(self.arguments):
            raise TypeError(f"{self.name} takes {len(self.arguments)} arguments, got {len(values)}")
        self.function(*(self._native(at, value) for at, value in enumerate(values)))

    def _native(self, at: int, value: Any) -> Any:
        dtype, pointer = self.arguments[at]
        if not pointer:
            return value
        if not isinstance(value, np.ndarray) or value.dtype != dtype or not value.flags.c_contiguous:
            kind = f"{value.dtype}" if isinstance(value, np.ndarray) else type(value).__name__
            raise TypeError(f"{self.name}: argument {at} must be a contiguous {dtype} array, got {kind}")
        return value.__array_interface__["data"][0]


_LOCK = Lock()


def kernels(module: str) -> Mapping[str, Kernel]:
    """The kernels of a module by name, compiled now if they never were on this processor.

    Args:
        module: full name of a module of kernels.

    >>> sorted(kernels("jianwei.text.linear.compiled_kernels"))
    ['features', 'score']
    """
    with _LOCK:  # threads that come at once wait for one compilation
        return _loaded(module)


@cache
def _loaded(module: str) -> Mapping[str, Kernel]:
    source = _source(module)
    name = f"{module}-{_key(source)}.machine"
    for folder in _folders(source):
        if (data := _kept(folder / name)) is not None:
            return _load(data)
    data = _compile(module)
    _keep(data, name, _folders(source))
    return _load(data)


def warm() -> None:
    """Compile every module of kernels; called once after installation."""
    for module in MODULES:
        kernels(module)


MODULES = (
    "jianwei.mining.baskets.compiled_kernels",
    "jianwei.mining.partitions.compiled_kernels",
    "jianwei.mining.patterns.compiled_kernels",
    "jianwei.mining.patterns.maximal.compiled_kernels",
    "jianwei.mining.patterns.roots.compiled_kernels",
    "jianwei.mining.sequences.compiled_kernels",
    "jianwei.text.linear.compiled_kernels",
    "jianwei.text.lm.compiled_kernels",
)
"""Every module of kernels there is, for `warm`."""


def _source(module: str) -> Path:
    spec = find_spec(module)
    if spec is None or spec.origin is None:
        raise ModuleNotFoundError(f"{module} is no module of kernels")
    return Path(spec.origin)


def _key(source: Path) -> str:
    """What machine code depends on: the source, the compilers, the processor."""
    import llvmlite.binding as llvm

    parts = [
        source.read_bytes(),
        version("numba").encode(),
        version("llvmlite").encode(),
        llvm.get_process_triple().encode(),
        llvm.get_host_cpu_name().encode(),
        llvm.get_host_cpu_features().flatten().encode(),
    ]
    return sha256(b"\0".join(parts)).hexdigest()[:20]


def _folders(source: Path) -> Iterator[Path]:
    """Where machine code may lie: beside the source, and in the user's cache where there is one."""
    yield source.parent / "__pycache__"
    with suppress(RuntimeError):  # a user without a home
        base = os.environ.get("XDG_CACHE_HOME")
        yield (Path(base) if base else Path.home() / ".cache") / "jianwei" / "kernels"


def _compile(module: str) -> bytes:
    import llvmlite.binding as llvm

    functions = import_module(module).KERNELS
    linked = llvm.parse_assembly("")
    signatures = {}
    for name, function in functions.items():
        linked.link_in(llvm.parse_assembly(function.inspect_llvm()))
        arguments = tuple(_code(argument) for argument in function._sig.args)
        signatures[name] = _Signature(function.native_name, arguments)
    unused = tuple(
        sorted(f.name for f in linked.functions if f.name.startswith(("numba_", "NRT_")) and f.is_declaration)
    )
    machine_code: bytes = _machine().emit_object(linked)
    return msgspec.json.encode(_Head(signatures, unused)) + b"\n" + machine_code


def _code(argument: Any) -> str:
    inner = getattr(argument, "dtype", None)
    return f"*{inner}" if inner is not None else str(argument)


def _machine() -> Any:
    import llvmlite.binding as llvm

    llvm.initialize_native_target()
    llvm.initialize_native_asmprinter()
    target = llvm.Target.from_default_triple()
    return target.create_target_machine(
        cpu=llvm.get_host_cpu_name(),
        features=llvm.get_host_cpu_features().flatten(),
        opt=3,
        codemodel="jitdefault",
        jit=True,
    )


def _kept(path: Path) -> bytes | None:
    """What `_keep` wrote, whole; None for a damaged file, and for one that somebody else could have written: it is going to be run."""
    try:
        folder = path.parent.stat()
        with os.fdopen(os.open(path, os.O_RDONLY | getattr(os, "O_NOFOLLOW", 0)), "rb") as file:
            if not (_ours(folder) and _ours(os.fstat(file.fileno()))):
                return None
            seal, _, data = file.read().partition(b"\n")
    except OSError:
        return None
    return data if seal == sha256(data).hexdigest().encode() else None


def _ours(about: os.stat_result) -> bool:
    """Whether nobody but this user and root may write there."""
    return not hasattr(os, "getuid") or (about.st_uid in (0, os.getuid()) and not about.st_mode & 0o022)


def _keep(data: bytes, name: str, folders: Iterable[Path]) -> None:
    """Write into the first folder that can be written, for everybody to read; where none can, the next process compiles again."""
    for folder in folders:
        aside = folder / f".{name}.{os.getpid()}"
        try:
            folder.mkdir(parents=True, exist_ok=True)
            aside.write_bytes(sha256(data).hexdigest().encode() + b"\n" + data)
            aside.chmod(0o644)
            aside.replace(folder / name)
        except OSError:
            with suppress(OSError):
                aside.unlink()
            continue
        return


def _load(data: bytes) -> Mapping[str, Kernel]:
    import llvmlite.binding as llvm

    line, _, machine_code = data.partition(b"\n")
    head = msgspec.json.decode(line, type=_Head)
    nothing = ctypes.cast(ctypes.pythonapi.Py_IsInitialized, ctypes.c_void_p).value
    for symbol in head.unused:
        if llvm.address_of_symbol(symbol) is None:
            llvm.add_symbol(symbol, nothing)
    engine = llvm.create_mcjit_compiler(llvm.parse_assembly(""), _machine())
    engine.add_object_file(llvm.ObjectFileRef.from_data(machine_code))
    engine.finalize_object()
    loaded = {}
    for name, signature in head.signatures.items():
        arguments = tuple((np.dtype(code.removeprefix("*")), code.startswith("*")) for code in signature.arguments)
        native = [ctypes.c_void_p if pointer else np.ctypeslib.as_ctypes_type(dtype) for dtype, pointer in arguments]
        address = engine.get_function_address(signature.symbol)
        loaded[name] = Kernel(name, arguments, ctypes.CFUNCTYPE(None, *native)(address), engine)
    return loaded
