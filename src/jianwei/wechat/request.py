"""How an endpoint of the platform is declared: a request is a frozen struct, and a decorator says where it goes.

    @post("/cgi-bin/tags/create", area="tags", at="tag", errors=(45056, 45157, 45158), idempotent=False)
    class CreateTag(Request[Tag], frozen=True):
        \"\"\"Create a tag.\"\"\"

        name: Annotated[str, At("tag.name")]

The fields of the struct are the arguments of the client's method; how they travel is in `wire`. Fields that are None are left
out. The type in brackets is the answer: a struct (or a list of them) found under `at` in the answer's JSON, None where the platform only
acknowledges, `Download` where it sends bytes.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date
from enum import StrEnum
from pathlib import Path
from typing import Annotated, Any, ClassVar, Generic, Literal, Self, TypeAlias, TypeVar, get_args, get_origin

import msgspec

from jianwei.errors import UsageError

__all__ = [
    "At",
    "Auth",
    "Download",
    "File",
    "Host",
    "Paged",
    "Part",
    "Query",
    "Ranged",
    "Request",
    "Source",
    "Spec",
    "Tagged",
    "Text",
    "get",
    "post",
]

R = TypeVar("R")
T = TypeVar("T")
RequestT = TypeVar("RequestT", bound="type[Request[Any]]")


class Host(StrEnum):
    """Which of the platform's hosts serves an endpoint."""

    API = "api"
    OPEN = "open"
    MP = "mp"
    WECOM = "wecom"


class Auth(StrEnum):
    """What proves who is calling."""

    TOKEN = "token"  # noqa: S105 - the account's access token, in the query
    APP_QUERY = "app_query"
    """App id and secret in the query, named by `Spec.app_names`."""
    APP_BODY = "app_body"
    """App id and secret in the JSON body."""
    NONE = "none"
    """The request carries what it needs itself (a user's token)."""


@dataclass(frozen=True, slots=True)
class At:
    """Where a field lies in the JSON body: a dotted path; "" is the body itself. With `digit`, True travels as 1 and False as 0."""

    path: str
    digit: bool = False


@dataclass(frozen=True, slots=True)
class Query:
    """A field that goes into the query; `name` where it is not the field's own, "*" for a mapping of several."""

    name: str = ""


@dataclass(frozen=True, slots=True)
class Part:
    """A field that goes into a multipart form: a file, or a text that holds JSON."""

    name: str


@dataclass(frozen=True, slots=True)
class Text:
    """A field that is the whole body, as UTF-8 text."""


@dataclass(frozen=True, slots=True)
class Tagged:
    """A field that holds one of several tagged structs: {"msgtype": tag, tag: {its fields}}, where `name` is "msgtype"."""

    name: str


@dataclass(frozen=True, slots=True)
class File:
    """A file to send.

    >>> File.of(b"...", name="a.jpg").media_type
    'image/jpeg'
    """

    name: str
    content: bytes = field(repr=False)
    media_type: str = "application/octet-stream"

    @classmethod
    def of(cls, source: Source, *, name: str = "file") -> File:
        """A file from a path or from bytes; the media type follows the name.

        Raises:
            UsageError: the path cannot be read.
        """
        import mimetypes

        if isinstance(source, File):
            return source
        if isinstance(source, bytes):
            content = source
        else:
            path = Path(source)
            try:
                name, content = path.name.encode("utf-8", "replace").decode(), path.read_bytes()
            except (OSError, ValueError) as error:
                why = getattr(error, "strerror", None) or error
                raise UsageError(str(path), f"cannot be read ({why})", "give the path of a file, or bytes") from None
        return cls(name, content, mimetypes.guess_type(name)[0] or "application/octet-stream")


Source: TypeAlias = File | Path | str | bytes
"""What can be uploaded: a path (text is one too), or bytes, with a name as a `File`."""


@dataclass(frozen=True, slots=True)
class Download:
    """Bytes that the platform sent."""

    content: bytes = field(repr=False)
    media_type: str = ""
    name: str = ""


@dataclass(frozen=True, slots=True)
class Spec:
    """All that is known of an endpoint beside its fields.

    Attributes:
        area: the client's area it belongs to ("tags").
        at: dotted path of the answer inside the JSON body; "" is the whole body.
        errors: documented error codes, beside those that every endpoint may answer (see `codes.COMMON`).
        quota: name of the daily quota that it uses up, or "" (see `codes.QUOTAS`).
        idempotent: whether sending it twice does no more than sending it once.
        key: field that makes it idempotent when it is set (a client's own message id), or "".
        app_names: names of app id and secret in the query or body.
        own_id: name under which the caller's app id travels beside what `auth` says (in the query of a GET, in the body of a POST), or "".
        fixed: query values or body fields that never vary.
        wrong: what the platform answers where a field, by its name on the wire, is missing or malformed; 40035 or 47001 elsewhere.
        public: whether it is served to browsers (no token, no JSON on failure).
        doc: the page of the platform's documentation, below its host.
        retired: the platform keeps it only for old accounts.
    """

    method: Literal["GET", "POST"]
    path: str
    area: str
    host: Host = Host.API
    auth: Auth = Auth.TOKEN
    at: str = ""
    errors: tuple[int, ...] = ()
    quota: str = ""
    idempotent: bool = True
    key: str = ""
    app_names: tuple[str, str] = ("appid", "secret")
    own_id: str = ""
    fixed: Mapping[str, str] = field(default_factory=dict)
    wrong: Mapping[str, int] = field(default_factory=dict)
    public: bool = False
    doc: str = ""
    retired: bool = False


class Request(msgspec.Struct, Generic[R], frozen=True):
    """A call of one endpoint; R is the type of its answer."""

    spec: ClassVar[Spec]

    @classmethod
    def result_type(cls) -> Any:
        """The type in brackets; `type(None)` where the platform only acknowledges."""
        return _result_type(cls)

    @classmethod
    def read(cls, body: Any) -> R:
        """The answer in a JSON body that is no error. Endpoints whose answers have several shapes override it.

        Raises:
            msgspec.ValidationError: the body has not the documented shape.
        """
        kind = cls.result_type()
        if kind is type(None):
            return None  # type: ignore[return-value]
        for step in filter(None, cls.spec.at.split(".")):
            body = body.get(step) if isinstance(body, Mapping) else None
            if body is None:
                body = [] if get_origin(kind) in (list, tuple) else None
                break
        result: R = msgspec.convert(body, kind, strict=False)
        return result

    @classmethod
    def write(cls, result: R) -> Any:
        """The JSON body of an answer: the inverse of `read`, for the simulator."""
        body = msgspec.to_builtins(result)
        for step in reversed(list(filter(None, cls.spec.at.split(".")))):
            body = {step: body}
        return body


class Paged(Request[R], Generic[R, T], frozen=True):
    """A request whose answer is one page of a list of T."""

    def rows(self, page: R) -> Sequence[T]:
        """The rows of a page."""
        raise AssertionError(f"{type(self).__name__} does not say what its rows are")

    def following(self, page: R) -> Self | None:
        """The request for the next page; None after the last one."""
        raise AssertionError(f"{type(self).__name__} does not say what follows")


class Ranged(Request[list[T]], Generic[T], frozen=True):
    """A request for the days from `begin` to `end`, both included, of which the platform gives `span` at a time."""

    span: ClassVar[int] = 1
    begin: Annotated[date, At("begin_date")]
    end: Annotated[date, At("end_date")]


def _result_type(cls: type[Request[Any]]) -> Any:
    """Follow the bases up to `Request[...]`, filling type variables in on the way."""

    def find(kind: Any, known: Mapping[Any, Any]) -> Any:
        origin = get_origin(kind) or kind
        arguments = get_args(kind)
        if origin is Request:
            return _filled(arguments[0], known)
        inner = dict(zip(getattr(origin, "__parameters__", ()), (_filled(a, known) for a in arguments), strict=False))
        for base in getattr(origin, "__orig_bases__", ()):
            if (found := find(base, inner)) is not None:
                return found
        return None

    found = find(cls, {})
    return type(None) if found is None else found


def _filled(kind: Any, known: Mapping[Any, Any]) -> Any:
    if isinstance(kind, TypeVar):
        return known.get(kind, kind)
    if parameters := getattr(kind, "__parameters__", ()):
        return kind[tuple(known.get(p, p) for p in parameters)]
    return kind


def _declared(method: Literal["GET", "POST"], path: str, **more: Any) -> Callable[[RequestT], RequestT]:
    def declare(cls: RequestT) -> RequestT:
        cls.spec = Spec(method, path, **more)
        return cls

    return declare


def get(path: str, *, area: str, **more: Any) -> Callable[[RequestT], RequestT]:
    """Declare an endpoint that is asked by GET; `more` are attributes of `Spec`."""
    return _declared("GET", path, area=area, **more)


def post(path: str, *, area: str, **more: Any) -> Callable[[RequestT], RequestT]:
    """Declare an endpoint that is asked by POST; `more` are attributes of `Spec`."""
    return _declared("POST", path, area=area, **more)
