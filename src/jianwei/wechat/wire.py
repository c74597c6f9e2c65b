"""How requests travel: `wire` turns one into query, JSON, text or parts, `unwire`, which the simulator uses, turns them back."""

from __future__ import annotations

import json
import types
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import date
from functools import cache
from pathlib import Path
from typing import Annotated, Any, Literal, TypeVar, Union, get_args, get_origin, get_type_hints

import msgspec

from jianwei.errors import UsageError
from jianwei.wechat.request import At, File, Part, Query, Request, Source, Tagged, Text

__all__ = ["UnwireError", "Wire", "unwire", "wire"]

R = TypeVar("R")


@dataclass(frozen=True, slots=True)
class Wire:
    """A request as it travels: query, and at most one of JSON body, text and parts."""

    query: Mapping[str, str] = field(default_factory=dict)
    json: Mapping[str, Any] | None = None
    text: str | None = None
    files: Mapping[str, File] = field(default_factory=dict)
    form: Mapping[str, str] = field(default_factory=dict)

    def body(self) -> bytes:
        r"""The JSON or text body, in UTF-8. The platform refuses \u escapes, so none are written.

        >>> Wire(json={"name": "茶"}).body().decode()
        '{"name":"茶"}'
        """
        if self.text is not None:
            return self.text.encode()
        return b"" if self.json is None else json.dumps(self.json, ensure_ascii=False, separators=(",", ":")).encode()


class UnwireError(UsageError):
    """A request lacks a field or has one of a wrong type; `field` is its name on the wire."""

    def __init__(self, where: str, what: str, field: str) -> None:
        super().__init__(where, what, "see the documentation of the endpoint")
        self.field = field


@dataclass(frozen=True, slots=True)
class _Field:
    name: str
    type: Any
    place: At | Query | Part | Tagged | Text
    required: bool
    default: Any


@cache
def _fields(cls: type[Request[Any]]) -> tuple[_Field, ...]:
    hints = get_type_hints(cls, include_extras=True)
    plan = []
    for info in msgspec.structs.fields(cls):
        hint = hints[info.name]
        marks = [m for m in getattr(hint, "__metadata__", ()) if isinstance(m, At | Query | Part | Tagged | Text)]
        place = marks[0] if marks else Query() if cls.spec.method == "GET" else At(info.name)
        if isinstance(place, Query) and not place.name:
            place = Query(info.name)
        kind = get_args(hint)[0] if get_origin(hint) is Annotated else hint
        default = None if info.default is msgspec.NODEFAULT else info.default
        plan.append(_Field(info.name, kind, place, info.required, default))
    return tuple(plan)


def _as_text(value: Any) -> str:
    if isinstance(value, bool):
        return str(int(value))
    if isinstance(value, str):
        return value
    return json.dumps(value, ensure_ascii=False, separators=(",", ":"))


def _put(body: dict[str, Any], path: str, value: Any) -> None:
    *above, last = path.split(".")
    for step in above:
        body = body.setdefault(step, {})
    body[last] = value


@cache
def _any_value(kind: Any) -> Any:
    """A type without its list of values: which ones there are is the platform's to say, and it may have learnt some.

    >>> _any_value(Literal["image", "voice"] | None) == (str | None)
    True
    """
    if get_origin(kind) is Literal:
        return Union[tuple(type(value) for value in get_args(kind))]  # noqa: UP007 - made from a list
    if get_origin(kind) in (Union, types.UnionType):
        return Union[tuple(_any_value(one) for one in get_args(kind))]  # noqa: UP007
    return kind


def _plain(cls: type[Request[Any]], one: _Field, value: Any) -> Any:
    """The value of a field as JSON has it, or a file to send; a value of another type than the field's is refused."""
    where, hint = cls.spec.path, "see the documentation of the method"
    if _takes_files(one.type):
        if isinstance(value, Source):
            return File.of(value)
        raise UsageError(where, f"{one.name} is no file but {type(value).__name__}", "give a path, bytes or a File")
    try:
        plain = msgspec.to_builtins(value)
        msgspec.json.encode(plain)
        msgspec.convert(plain, _any_value(one.type))
    except UnicodeEncodeError:
        what, hint = "holds half a character (a lone surrogate)", "leave it out"
    except (msgspec.MsgspecError, TypeError, ValueError, OverflowError) as error:
        what = f"is not what it should be: {error}"
        if isinstance(one.place, Tagged):
            what, hint = f"is no message that can be sent: {error}", "give one of the types in jianwei.wechat.outgoing"
    else:
        return plain
    raise UsageError(where, f"{one.name} {what}", hint)


def wire(request: Request[Any]) -> Wire:
    """How a request travels; app id, secret and token are not in it.

    Raises:
        UsageError: a field has a value of another type than its own, or text that UTF-8 cannot hold; a file cannot be read.

    >>> from jianwei.wechat.endpoints.tags import CreateTag
    >>> wire(CreateTag("常客")).json
    {'tag': {'name': '常客'}}
    """
    spec = request.spec
    query: dict[str, str] = {}
    body: dict[str, Any] = {}
    files: dict[str, File] = {}
    form: dict[str, str] = {}
    text = None
    if spec.method == "GET":
        query.update(spec.fixed)
    else:
        body.update(spec.fixed)
    for one in _fields(type(request)):
        if getattr(request, one.name) is None:
            continue
        value = _plain(type(request), one, getattr(request, one.name))
        match one.place:
            case Query("*"):
                query.update(value)
            case Query(name):
                query[name] = _as_text(value)
            case At(""):
                body.update(value)
            case At(path, digit):
                _put(body, path, int(value) if digit else value)
            case Tagged(name):
                tag = body[name] = value.pop(name)
                body[tag] = value
            case Text():
                text = value
            case Part(name) if isinstance(value, File):
                files[name] = value
            case Part(name):
                form[name] = _as_text(value)
    sends_json = spec.method == "POST" and text is None and not files and not form
    return Wire(query, body if sends_json else None, text, files, form)


_MISSING = object()


def _find(body: Any, path: str) -> Any:
    for step in path.split("."):
        if not isinstance(body, Mapping) or step not in body:
            return _MISSING
        body = body[step]
    return body


def _tagged(body: Mapping[str, Any], name: str) -> Any:
    tag = body.get(name)
    fields = body.get(tag) if isinstance(tag, str) else None
    return {name: tag, **fields} if isinstance(fields, Mapping) else _MISSING


def _takes_files(kind: Any) -> bool:
    return kind is File or (get_origin(kind) in (Union, types.UnionType) and File in get_args(kind))


def unwire(cls: type[Request[R]], sent: Wire) -> Request[R]:
    """The request that was sent: the inverse of `wire`.

    Raises:
        UnwireError: a field is missing or of a wrong type.

    >>> from jianwei.wechat.endpoints.tags import CreateTag
    >>> unwire(CreateTag, Wire(json={"tag": {"name": "常客"}}))
    CreateTag(name='常客')
    """
    values: dict[str, Any] = {}
    for one in _fields(cls):
        match one.place:
            case Query(name):
                value = dict(sent.query) if name == "*" else sent.query.get(name, _MISSING)
            case At(""):
                name, value = "body", _MISSING if sent.json is None else dict(sent.json)
            case At(path):
                name, value = path, _find(sent.json or {}, path)
            case Tagged(name):
                value = _tagged(sent.json or {}, name)
            case Text():
                name, value = "body", _MISSING if sent.text is None else sent.text
            case Part(name):
                value = sent.files.get(name, sent.form.get(name, _MISSING))
        if value is _MISSING or value is None:
            if one.required:
                raise UnwireError(cls.spec.path, f"{name} is missing", name)
            continue
        values[one.name] = _converted(cls, one, name, value)
    return cls(**values)


def _converted(cls: type[Request[Any]], one: _Field, name: str, value: Any) -> Any:
    if isinstance(value, File):
        if _takes_files(one.type):
            return value
        raise UnwireError(cls.spec.path, f"{name} is a file", name)
    if _takes_files(one.type):
        raise UnwireError(cls.spec.path, f"{name} is no file", name)
    try:
        if isinstance(one.place, Part | Query) and isinstance(value, str) and not _is_plain(one.type):
            value = json.loads(value)
        return msgspec.convert(value, one.type, strict=False)
    except (msgspec.ValidationError, ValueError) as error:
        raise UnwireError(cls.spec.path, f"{name}: {error}", name) from None


def _is_plain(kind: Any) -> bool:
    """Whether text on the wire is the value itself rather than JSON."""
    if get_origin(kind) in (Union, types.UnionType):
        return all(_is_plain(k) for k in get_args(kind))
    return (
        kind in (str, int, float, bool, type(None), date, bytes) or get_origin(kind) is Literal or kind in (File, Path)
    )
