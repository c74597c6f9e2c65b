"""From nested text to declared fields and back."""

from __future__ import annotations

import math
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from functools import cache, partial
from typing import Any, TypeVar, get_args, get_origin, get_type_hints

import msgspec

from jianwei.wechat.messages._base import Part, Push

__all__ = ["read_fields", "write_fields"]

T = TypeVar("T", bound=Part | Push)

_INT64 = 2**63


def _text(value: object) -> str:
    if isinstance(value, list):
        value = value[0] if value else ""
    if isinstance(value, dict):
        value = value.get("#", "")
    return value if isinstance(value, str) else ""


def _int(value: object) -> int | None:
    text = _text(value)
    try:
        number = int(text) if text.isascii() and "_" not in text else None
    except ValueError:
        return None
    return number if number is not None and -_INT64 <= number < _INT64 else None


def _float(value: object) -> float | None:
    text = _text(value)
    try:
        number = float(text) if text.isascii() and "_" not in text else math.nan
    except ValueError:
        return None
    return number if math.isfinite(number) else None


def _part(cls: type[Part], value: object) -> Part | None:
    value = value[0] if isinstance(value, list) and value else value
    return read_fields(cls, value) if isinstance(value, dict) else None


def _many(cast: Callable[[object], object], value: object) -> tuple[object, ...]:
    items = value if isinstance(value, list) else [value]
    cast_ones = (cast(item) for item in items if item not in ("", []))
    return tuple(one for one in cast_ones if one not in (None, ""))


def _cast(hint: Any) -> Callable[[object], object]:
    if get_origin(hint) is tuple:
        return partial(_many, _cast(get_args(hint)[0]))
    kinds = [kind for kind in get_args(hint) or (hint,) if kind is not type(None)]
    (kind,) = kinds
    if isinstance(kind, type) and issubclass(kind, Part):
        return partial(_part, kind)
    casts: Mapping[Any, Callable[[object], object]] = {str: _text, int: _int, float: _float}
    return casts[kind]


@dataclass(frozen=True, slots=True)
class _Plan:
    """How a class is read: fields that stand at the top, and fields further down or with several spellings."""

    near: tuple[tuple[str, str, Callable[[object], Any]], ...]
    far: tuple[tuple[str, tuple[tuple[str, ...], ...], Callable[[object], Any]], ...]


@cache
def _plan(cls: type[Any]) -> _Plan:
    hints = get_type_hints(cls)
    near, far = [], []
    for one in msgspec.structs.fields(cls):
        if one.encode_name.startswith("-"):
            continue
        cast = _cast(hints[one.name])
        if "|" in one.encode_name or "/" in one.encode_name:
            paths = tuple(tuple(path.split("/")) for path in one.encode_name.split("|"))
            far.append((one.name, paths, cast))
        else:
            near.append((one.name, one.encode_name, cast))
    return _Plan(tuple(near), tuple(far))


def read_fields(cls: type[T], node: Mapping[str, Any], **given: Any) -> T:
    """An object of `cls` from nested text. What is missing or cannot be cast keeps its default, or is None for numbers.

    Args:
        given: fields that are known already.
    """
    kind: Any = cls
    plan, values = _plan(kind), dict[str, Any]()
    for name, key, cast in plan.near:
        value = node.get(key)
        if value is not None:
            values[name] = value if cast is _text and type(value) is str else cast(value)
    for name, paths, cast in plan.far:
        for path in paths:
            value = node
            for step in path:
                value = value.get(step) if isinstance(value, dict) else None
            if value is not None:
                values[name] = cast(value)
                break
    values.update(given)
    return cls(**values)


def _plain(value: object) -> Any:
    if isinstance(value, Part):
        return write_fields(value, {})
    if isinstance(value, tuple):
        return [_plain(item) for item in value]
    return value


def write_fields(source: Part | Push, into: dict[str, Any]) -> dict[str, Any]:
    """Put the fields of `source` under their wire names into `into` and return it; empty text, None and () are left out.

    Numbers stay numbers, so that JSON has them as the platform writes them.
    """
    for one in msgspec.structs.fields(source):
        value = getattr(source, one.name)
        if one.encode_name.startswith("-") or value is None or value in ("", ()):
            continue
        *above, last = one.encode_name.partition("|")[0].split("/")
        node = into
        for step in above:
            held = node.get(step)
            node[step] = dict(held) if isinstance(held, dict) else {}
            node = node[step]
        node[last] = _plain(value)
    return into
