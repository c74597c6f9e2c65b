"""What a module of Jianwei imports, its lazy imports included, read from the source."""

from __future__ import annotations

import ast
import sys
from collections.abc import Iterator
from importlib.util import find_spec
from pathlib import Path

__all__ = ["third_party"]


def third_party(*modules: str, rooms: tuple[str, ...], functions: str) -> set[str]:
    """Names of packages that these modules import, and those modules of `rooms` that they import, wherever in their code.

    Args:
        modules: where to begin.
        rooms: prefixes of modules that are read as well.
        functions: a module of which only those functions are read that somebody imports.
    """
    waiting: list[tuple[str, str]] = [(module, "") for module in modules]
    seen: set[tuple[str, str]] = set()
    found: set[str] = set()
    while waiting:
        place = waiting.pop()
        if place in seen:
            continue
        seen.add(place)
        for module, name in _imports(*place):
            top = module.partition(".")[0]
            if top != "jianwei":
                found.add(top)
            elif module == functions:
                waiting.append((module, name))
            elif module.startswith(rooms):
                waiting.append((f"{module}.{name}" if _is_module(f"{module}.{name}") else module, ""))
    return found - sys.stdlib_module_names


def _is_module(name: str) -> bool:
    try:
        return find_spec(name) is not None
    except ModuleNotFoundError:
        return False


def _imports(module: str, function: str) -> Iterator[tuple[str, str]]:
    """(module, name) of every import in a module, or in one of its functions, but those for type checkers alone."""
    spec = find_spec(module)
    assert spec is not None
    assert spec.origin is not None
    tree: ast.AST = ast.parse(Path(spec.origin).read_text("utf-8"))
    if function:
        tree = next(node for node in ast.walk(tree) if isinstance(node, ast.FunctionDef) and node.name == function)
    waiting = [tree]
    while waiting:
        node = waiting.pop()
        if isinstance(node, ast.If) and isinstance(node.test, ast.Name) and node.test.id == "TYPE_CHECKING":
            waiting += node.orelse
            continue
        if isinstance(node, ast.Import):
            yield from ((alias.name, "") for alias in node.names)
        elif isinstance(node, ast.ImportFrom) and node.module:
            yield from ((node.module, alias.name) for alias in node.names)
        waiting += ast.iter_child_nodes(node)
