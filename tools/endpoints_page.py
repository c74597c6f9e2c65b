"""Writes docs/endpoints.md from the registry: every endpoint, its method, arguments, answer, errors. A test compares the page with it."""

from __future__ import annotations

import inspect
import types
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Annotated, Any, Union, get_args, get_origin, get_type_hints

import msgspec

from jianwei.wechat.areas import Area
from jianwei.wechat.codes import COMMON, QUOTAS
from jianwei.wechat.endpoints import OfficialAreas, WeComAreas, registry
from jianwei.wechat.request import Auth, Download, Host, Request

__all__ = ["methods", "page"]

PAGE = Path(__file__).parents[1] / "docs" / "endpoints.md"

HEAD = f"""# Endpoints

Every endpoint of the WeChat platform that Jianwei knows: the clients' methods, the simulator and the conformance tests are made from
the same declarations.

* Arguments in brackets have a default.
* Beside the errors named, every call with an access token may answer {", ".join(map(str, COMMON))}.
* "a day" is the daily quota of a new account, where one is documented.
* "twice" tells whether a second call does no more than the first, so that it is repeated after a broken connection; where a field is
  named, setting it makes it so.
* *retired*: the platform keeps it only for old accounts.

Written by `tools/endpoints_page.py`.
"""


def _members(areas: type[Any], start: str) -> Iterator[tuple[str, Any]]:
    for area, held in vars(areas(None)).items():
        if isinstance(held, Area):
            for name in dir(type(held)):
                made = getattr(inspect.getattr_static(type(held), name, None), "made_from", None)
                if made is not None:
                    yield f"{start}.{area}.{name}", made


def methods() -> Mapping[type[Request[Any]], list[str]]:
    """How each endpoint is called: methods of its own first, then those that make several calls, this one among them."""
    found: dict[type[Request[Any]], list[str]] = {kind: [] for kind in registry()}
    several: dict[type[Request[Any]], list[str]] = {kind: [] for kind in found}
    by_host = {Host.WECOM: list(_members(WeComAreas, "wecom"))}
    official = list(_members(OfficialAreas, "client"))
    for kind, own in found.items():
        for path, made in by_host.get(kind.spec.host, official):
            if made is kind or (inspect.isfunction(made) and made.__name__ == kind.__name__):
                own.append(path)
            elif inspect.isfunction(made) and kind.__name__ in _names(made):
                several[kind].append(path)
    return {kind: own or several[kind] for kind, own in found.items()}


def _names(function: Any) -> set[str]:
    """Every name that a function, or one beside it that it calls, uses."""
    names: set[str] = set()
    waiting, seen = [function], set()
    while waiting:
        one = waiting.pop()
        if one in seen:
            continue
        seen.add(one)
        used = _used(one.__code__)
        names |= used
        beside = one.__globals__
        waiting += [
            beside[n] for n in used if inspect.isfunction(beside.get(n)) and beside[n].__module__ == one.__module__
        ]
    return names


def _used(code: types.CodeType) -> set[str]:
    inner = [c for c in code.co_consts if isinstance(c, types.CodeType)]
    return set(code.co_names) | set(code.co_freevars) | {name for c in inner for name in _used(c)}


def _type(kind: Any) -> str:
    """A type as people write it."""
    origin = get_origin(kind)
    if origin is Annotated:
        return _type(get_args(kind)[0])
    if origin in (Union, types.UnionType):
        return " or ".join(_type(k) for k in get_args(kind) if k is not type(None))
    if origin is not None and origin.__module__ == "typing":
        return ", ".join(str(value) for value in get_args(kind))
    if origin in (list, tuple):
        return f"list of {_type(get_args(kind)[0])}" if get_args(kind) else "list"
    if origin is not None:
        return origin.__name__.lower()
    if kind is Download:
        return "bytes"
    return str(getattr(kind, "__name__", kind))


def _arguments(kind: type[Request[Any]]) -> str:
    hints = get_type_hints(kind, include_extras=True)
    shown = []
    for one in msgspec.structs.fields(kind):
        text = f"{one.name}: {_type(hints[one.name])}"
        shown.append(f"`{text}`" if one.required else f"[`{text}`]")
    return ", ".join(shown).replace("|", r"\|")


def _row(kind: type[Request[Any]], called: list[str]) -> str:
    spec = kind.spec
    result = kind.result_type()
    answer = "" if result is type(None) else _type(result)
    errors = " ".join(str(code) for code in spec.errors if code not in COMMON or spec.auth is not Auth.TOKEN)
    quota = f"{QUOTAS[spec.quota].daily:,}" if spec.quota else ""
    twice = "yes" if spec.idempotent else f"`{spec.key}`" if spec.key else "no"
    path = f"`{spec.path}`" + (" *retired*" if spec.retired else "")
    method = " ".join(f"`{one}`" for one in called) or "the client itself"
    return f"| {spec.method} {path} | {method} | {_arguments(kind)} | {answer} | {errors} | {quota} | {twice} |"


def page() -> str:
    """The page as Markdown."""
    called = methods()
    kinds = sorted(
        called, key=lambda kind: (kind.spec.host is Host.WECOM, kind.spec.area, kind.spec.path, kind.__name__)
    )
    groups: dict[tuple[bool, str], list[type[Request[Any]]]] = {}
    for kind in kinds:
        groups.setdefault((kind.spec.host is Host.WECOM, kind.spec.area), []).append(kind)
    parts = [HEAD, f"{len(kinds)} endpoints.\n"]
    for (corp, area), members in groups.items():
        parts.append(f"## {'WeCom: ' if corp else ''}{area}\n")
        rows = [
            "| endpoint | method | arguments | answer | errors | a day | twice |",
            "|---|---|---|---|---|---|---|",
            *(_row(kind, called[kind]) for kind in members),
        ]
        parts.append("\n".join(rows) + "\n")
    return "\n".join(parts)


if __name__ == "__main__":
    PAGE.write_text(page(), "utf-8")
