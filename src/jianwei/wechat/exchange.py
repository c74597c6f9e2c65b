"""What one call is, apart from how bytes travel: steps that a synchronous and an asynchronous client drive alike.

`perform` is the whole policy: where the token goes, what is tried again and how often. It never retries what may have been done already and
would be done twice.
"""

from __future__ import annotations

import json
import random
from collections.abc import Generator, Mapping
from dataclasses import dataclass, field
from typing import Any, TypeAlias, TypeVar, get_args

import msgspec

from jianwei.settings import Secret
from jianwei.wechat.codes import Retry
from jianwei.wechat.errors import AnswerError, ApiError, TransportError, api_error
from jianwei.wechat.hosts import Hosts
from jianwei.wechat.request import Auth, Download, File, Request, Spec
from jianwei.wechat.wire import Wire, wire

__all__ = [
    "Account",
    "Incoming",
    "NeedToken",
    "Outgoing",
    "Policy",
    "Send",
    "Steps",
    "Wait",
    "answer",
    "outgoing",
    "perform",
]

R = TypeVar("R")
BACK_OFF = (-1, 45033)
"""Codes that are tried again within a call; the others that pass with time are told with the time to go on."""


@dataclass(frozen=True, slots=True)
class Account:
    """Who is calling: the id and secret of an app, a corp or a platform application."""

    app_id: str
    secret: Secret
    hosts: Hosts


@dataclass(frozen=True, slots=True, kw_only=True)
class Policy:
    """How patient a call is.

    Attributes:
        timeout: seconds to wait for a connection and for each part of an answer.
        retries: how often a call is tried again after "busy" or a broken connection.
        pause: seconds before the first of these; doubled each time, with jitter.
        max_bytes: largest answer that is read.
    """

    timeout: float = 10.0
    retries: int = 3
    pause: float = 0.5
    max_bytes: int = 64 << 20


@dataclass(frozen=True, slots=True)
class Outgoing:
    """A request ready to be sent. Its address and query hold secrets: never show them."""

    method: str
    url: str = field(repr=False)
    query: Mapping[str, str] = field(repr=False)
    content: bytes | None = field(default=None, repr=False)
    files: Mapping[str, File] = field(default_factory=dict, repr=False)
    form: Mapping[str, str] = field(default_factory=dict, repr=False)
    path: str = ""
    asks_json: bool = False


@dataclass(frozen=True, slots=True)
class Incoming:
    """An answer as it came."""

    status: int
    media_type: str
    content: bytes = field(repr=False)
    name: str = ""


@dataclass(frozen=True, slots=True)
class NeedToken:
    """Step: a valid token is needed; `refused` is one that the platform just refused."""

    refused: str | None = field(default=None, repr=False)


@dataclass(frozen=True, slots=True)
class Send:
    """Step: send this and bring the answer, or throw the TransportError in."""

    outgoing: Outgoing


@dataclass(frozen=True, slots=True)
class Wait:
    """Step: wait."""

    seconds: float


Steps: TypeAlias = Generator[NeedToken | Send | Wait, Any, R]


def outgoing(spec: Spec, sent: Wire, account: Account, token: str | None) -> Outgoing:
    """A request as it is sent, with what proves who is calling."""
    query = dict(sent.query)
    body = None if sent.json is None else dict(sent.json)
    app_id, secret = spec.app_names
    if spec.auth is Auth.TOKEN:
        query = {"access_token": token or "", **query}
    elif spec.auth is Auth.APP_QUERY:
        query = {app_id: account.app_id, secret: account.secret.reveal(), **query}
    elif spec.auth is Auth.APP_BODY:
        body = {app_id: account.app_id, secret: account.secret.reveal(), **(body or {})}
    if spec.own_id and body is not None:
        body = {spec.own_id: account.app_id, **body}
    elif spec.own_id:
        query = {spec.own_id: account.app_id, **query}
    content = None
    if sent.text is not None:
        content = sent.text.encode()
    elif body is not None:
        content = json.dumps(body, ensure_ascii=False, separators=(",", ":")).encode()
    url = account.hosts.of(spec.host) + spec.path
    return Outgoing(spec.method, url, query, content, sent.files, sent.form, spec.path, body is not None)


def _json(content: bytes) -> Any:
    """The JSON in a body; control characters inside text are borne, as the platform sends them."""
    try:
        return msgspec.json.decode(content)
    except (msgspec.DecodeError, UnicodeDecodeError):
        return json.loads(content.decode("utf-8-sig", "replace"), strict=False)


def _sends_bytes(request: Request[Any]) -> bool:
    kind = request.result_type()
    return kind is Download or Download in get_args(kind)


def answer(request: Request[R], incoming: Incoming, now_us: int) -> R:
    """The typed answer in what came.

    Raises:
        ApiError: the platform refused.
        AnswerError: it is not what the endpoint answers.
    """
    spec, body = request.spec, incoming.content
    if _sends_bytes(request) and body.lstrip()[:1] != b"{":
        if incoming.status != 200 or not body:
            what, final = f"answered {incoming.status} without content", 400 <= incoming.status < 500
            raise AnswerError(spec.path, what, "check the id or ticket", final=final)
        return Download(body, incoming.media_type, incoming.name)  # type: ignore[return-value]
    try:
        found = _json(body)
    except ValueError:
        what = f"answered {incoming.status} with {len(body):,} bytes that are not JSON"
        raise AnswerError(spec.path, what, "see whether a proxy stands between") from None
    if not isinstance(found, Mapping):
        raise AnswerError(spec.path, "answered JSON that is no object", "see whether a proxy stands between")
    number, message = _code(found)
    if number:
        raise api_error(spec.path, number, message, now_us)
    try:
        return request.read(found)
    except msgspec.ValidationError as error:
        raise AnswerError(
            spec.path, f"answered another shape ({error})", "report it with the endpoint's name"
        ) from None


def _code(body: Mapping[str, Any]) -> tuple[int, str]:
    """(errcode, errmsg); the code comes as text now and then, and device endpoints wrap it."""
    told = body.get("base_resp")
    if isinstance(told, Mapping):
        body = told
    try:
        return int(body.get("errcode") or 0), str(body.get("errmsg") or "")
    except (TypeError, ValueError):
        return 0, ""


def _safe(request: Request[Any], spec: Spec) -> bool:
    """Whether sending it a second time does no harm."""
    return spec.idempotent or bool(spec.key and getattr(request, spec.key, None))


def perform(request: Request[R], account: Account, policy: Policy, now_us: int) -> Steps[R]:
    """The steps of one call.

    * A refused token is renewed once, and the call tried once more; a second refusal is final.
    * "Busy", and a connection that failed before anything was sent, is tried again `policy.retries` times.
    * A connection that broke later, a server error or half an answer likewise, but only where a second call does no harm.
    * Arguments that cannot be sent raise UsageError before anything is.
    """
    spec, sent = request.spec, wire(request)
    refused: str | None = None
    token: str | None = None
    tries = 0
    while True:
        if spec.auth is Auth.TOKEN:
            token = yield NeedToken(refused)
        try:
            incoming: Incoming = yield Send(outgoing(spec, sent, account, token))
            if incoming.status >= 500:
                raise TransportError(
                    spec.path, f"the platform answered {incoming.status}", "try again later", sent=True
                )
            return answer(request, incoming, now_us)
        except ApiError as error:
            if error.retry is Retry.TOKEN and spec.auth is Auth.TOKEN and refused is None:
                refused = token
                continue
            if error.code not in BACK_OFF or tries >= policy.retries:
                raise
        except (TransportError, AnswerError) as error:
            acted = not isinstance(error, TransportError) or error.sent
            final = isinstance(error, AnswerError) and error.final
            if final or tries >= policy.retries or (acted and not _safe(request, spec)):
                raise
        yield Wait(policy.pause * 2**tries * random.uniform(0.75, 1.25))  # noqa: S311 - jitter
        tries += 1
