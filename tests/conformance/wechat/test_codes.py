"""Codes that endpoints are documented to answer: the simulator gives each of them by itself, but for those that are named here."""

from __future__ import annotations

import ast
import inspect
from functools import cache
from importlib import import_module
from typing import Any

import pytest

from jianwei.sandbox.platform.app import router
from jianwei.wechat.codes import COMMON
from jianwei.wechat.request import Request

ROOM = "jianwei.sandbox.platform."
DOOR = (f"{ROOM}serving", f"{ROOM}limits", f"{ROOM}reading")
HANDLERS = router().handlers

FAULTS_ONLY = {
    40091: "the platform does not say when it answers this about a secret, and when 40001",
    45019: "the same in words as 40032",
    50004: "the platform itself forbids the account tokens",
    53500: "the account may not publish",
    53501: "publishing too often, of which no number is documented",
    53502: "a draft that the platform finds wrong, without saying what is",
    61450: "trouble inside the platform",
    88011: "the same in words as 88002, and no word of when it is this one",
    89501: "an administrator is asked about an address",
    89503: "an administrator is asked about an address",
    89506: "an administrator refused an address",
    89507: "an administrator refused an address",
}
"""Codes that only `Fault` brings about, and why no misuse does."""


@cache
def _known_to(module: str) -> tuple[frozenset[int], frozenset[str]]:
    """The numbers that stand in a module's source, and the modules of the simulator that it imports."""
    nodes = list(ast.walk(ast.parse(inspect.getsource(import_module(module)))))
    numbers = {node.value for node in nodes if isinstance(node, ast.Constant) and type(node.value) is int}
    imports = {node.module for node in nodes if isinstance(node, ast.ImportFrom) and node.module}
    return frozenset(numbers), frozenset(name for name in imports if name.startswith(ROOM))


def _given(kind: type[Request[Any]]) -> set[int]:
    """Codes that a call of an endpoint can get: from its handler, from what its area imports, through other areas, and from the door."""
    found, ahead, seen = {*kind.spec.wrong.values()}, [HANDLERS[kind].__module__, *DOOR], set[str]()
    while ahead:
        module = ahead.pop()
        if module not in seen:
            seen.add(module)
            numbers, imports = _known_to(module)
            found |= numbers
            ahead += imports if module.startswith(f"{ROOM}areas.") else ()
    return found


def test_misuse_is_refused_as_documented() -> None:
    missing = {(kind.__name__, code) for kind in HANDLERS for code in {*kind.spec.errors} - {*COMMON} - _given(kind)}
    assert {one for one in missing if one[1] not in FAULTS_ONLY} == set()


@pytest.mark.parametrize("code", FAULTS_ONLY)
def test_codes_of_faults_are_given_by_nothing_else(code: int) -> None:
    documented = [kind for kind in HANDLERS if code in kind.spec.errors]
    assert documented
    assert all(code not in _given(kind) for kind in documented)
