"""Every endpoint of the registry: it has a route in the simulator and an example; it succeeds with a typed answer through both clients;
every documented error comes back as the right exception after the right number of calls; nonsense is refused with a code.
"""

from __future__ import annotations

import asyncio
import itertools
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field
from importlib import import_module
from pathlib import Path
from pkgutil import iter_modules
from typing import Any, get_args, get_type_hints

import httpx
import msgspec
import pytest
from support import wechat_examples

from jianwei.sandbox.platform.app import router, running
from jianwei.sandbox.platform.faults import Fault
from jianwei.sandbox.platform.limits import DAILY, LACKS, RATES, UNVERIFIED
from jianwei.sandbox.platform.serving import CODE_AS_TEXT
from jianwei.sandbox.platform.world import App, Kind, Platform
from jianwei.wechat import (
    AddressError,
    AnswerError,
    ApiError,
    AsyncClient,
    BusyError,
    Client,
    PermissionDeniedError,
    Policy,
    QuotaError,
    RateError,
    TokenRefusedError,
    TransportError,
)
from jianwei.wechat.client import AsyncWeComClient, WeComClient
from jianwei.wechat.codes import CODES, COMMON, QUOTAS
from jianwei.wechat.endpoints import registry
from jianwei.wechat.request import Auth, Download, Host, Request, Text
from jianwei.wechat.wire import unwire, wire

ENDPOINTS = sorted(registry(), key=lambda kind: (kind.spec.host, kind.spec.path, kind.spec.method, kind.__name__))
RETRIES = 2
POLICY = Policy(timeout=5, retries=RETRIES, pause=0)

Example = Callable[[Platform, App], Request[Any]]


def _examples() -> dict[type[Request[Any]], Example]:
    found: dict[type[Request[Any]], Example] = {}
    for module in iter_modules(wechat_examples.__path__, f"{wechat_examples.__name__}."):
        found.update(import_module(module.name).EXAMPLES)
    return found


EXAMPLES = _examples()

# As the platform's table of return codes says, written down a second time.
TOKEN_REFUSED = {40001, 40014, 41001, 42001}
RAISES: Mapping[int, type[ApiError]] = {
    **dict.fromkeys(TOKEN_REFUSED, TokenRefusedError),
    **dict.fromkeys((43100, 45009, 45028, 45029, 45047, 48006), QuotaError),
    **dict.fromkeys((-1, 45033), BusyError),
    **dict.fromkeys((48001, 48004, 61007), PermissionDeniedError),
    **dict.fromkeys((40164, 60020, 61004), AddressError),
    45011: RateError,
}
TRIED_AGAIN = {-1, 45033}


@dataclass
class World:
    """A running simulator, in which every test has an app of its own."""

    platform: Platform
    url: str
    numbers: Iterator[int] = field(default_factory=itertools.count)

    def app(self, kind: type[Request[Any]]) -> App:
        number = next(self.numbers)
        if kind.spec.host is Host.WECOM:
            return self.platform.add(App(f"ww{number:016x}/1000002", f"secret{number}", "wecom"))
        sort: Kind = "component" if kind.spec.area == "components" else "service"
        return self.platform.add(App(f"wx{number:016x}", f"secret{number}", sort, "茶", f"gh_{number:012x}"))

    def example(self, kind: type[Request[Any]], app: App) -> Request[Any]:
        with self.platform.lock:
            return EXAMPLES[kind](self.platform, app)

    def client(self, app: App, policy: Policy = POLICY) -> Client | WeComClient:
        plain = httpx.HTTPTransport(verify=False)  # no certificates to load
        if app.kind == "wecom":
            corp_id = app.app_id.split("/")[0]
            return WeComClient(corp_id, app.secret, base_url=self.url, policy=policy, transport=plain)
        return Client(app.app_id, app.secret, base_url=self.url, policy=policy, transport=plain)

    def async_client(self, app: App) -> AsyncClient | AsyncWeComClient:
        more: Any = {
            "base_url": self.url,
            "policy": POLICY,
            "transport": httpx.AsyncHTTPTransport(verify=False),
            "token_transport": httpx.HTTPTransport(verify=False),
        }
        if app.kind == "wecom":
            return AsyncWeComClient(app.app_id.split("/")[0], app.secret, **more)
        return AsyncClient(app.app_id, app.secret, **more)


@pytest.fixture(scope="module")
def world() -> Iterator[World]:
    platform = Platform()
    with running(platform) as url:
        yield World(platform, url)


def _name(kind: type[Request[Any]]) -> str:
    return f"{kind.spec.area}-{kind.__name__}"


every_endpoint = pytest.mark.parametrize("kind", ENDPOINTS, ids=_name)


def test_examples_routes_and_registry_know_the_same_endpoints() -> None:
    known = set(ENDPOINTS)
    assert {_name(kind) for kind in known ^ set(EXAMPLES)} == set()
    assert {_name(kind) for kind in known ^ set(router().handlers)} == set()
    assert len({(kind.spec.host, kind.spec.method, kind.spec.path) for kind in known}) == len(known)


def test_what_is_said_of_endpoints_is_said_of_known_ones() -> None:
    areas, paths = {kind.spec.area for kind in ENDPOINTS}, {kind.spec.path for kind in ENDPOINTS}
    assert set(LACKS) == set(get_args(Kind))
    assert set().union(*LACKS.values()) | UNVERIFIED <= areas
    assert {*RATES, *DAILY, *CODE_AS_TEXT} <= paths
    assert {kind.spec.quota for kind in ENDPOINTS} - {""} == set(QUOTAS)
    assert {code for kind in ENDPOINTS for code in kind.spec.errors} <= set(CODES)
    assert set(RAISES) <= set(CODES)


@every_endpoint
def test_a_request_survives_the_wire(kind: type[Request[Any]], world: World) -> None:
    request = world.example(kind, world.app(kind))
    back = unwire(kind, wire(request))
    assert type(back) is kind
    assert wire(back) == wire(request)
    assert all(_same(getattr(back, name), getattr(request, name)) for name in kind.__struct_fields__)


def _same(back: Any, sent: Any) -> bool:
    if isinstance(sent, Path | bytes):  # files travel as files
        return bool(back.content == (sent.read_bytes() if isinstance(sent, Path) else sent))
    return bool(back == sent)


@every_endpoint
def test_success_is_typed(kind: type[Request[Any]], world: World) -> None:
    app = world.app(kind)
    request = world.example(kind, app)
    with world.client(app) as client:
        _check(kind, client.call(request))


@every_endpoint
def test_success_is_typed_when_awaited(kind: type[Request[Any]], world: World) -> None:
    app = world.app(kind)
    request = world.example(kind, app)

    async def ask() -> Any:
        async with world.async_client(app) as client:
            return await client.call(request)

    _check(kind, asyncio.run(ask()))


def _check(kind: type[Request[Any]], result: Any) -> None:
    declared = kind.result_type()
    if declared is type(None):
        assert result is None
    elif isinstance(result, Download):
        assert declared is Download or Download in get_args(declared)
        assert result.content
        assert result.media_type
    else:
        assert _says_something(msgspec.to_builtins(result)), "the example's answer is empty"


def _says_something(plain: Any) -> bool:
    if isinstance(plain, dict):
        return any(_says_something(value) for value in plain.values())
    return any(map(_says_something, plain)) if isinstance(plain, list) else bool(plain)


@every_endpoint
def test_documented_errors_are_raised(kind: type[Request[Any]], world: World) -> None:
    app = world.app(kind)
    request = world.example(kind, app)
    mine = "" if kind.spec.auth is Auth.NONE else app.app_id
    with world.client(app) as client:
        codes = {*kind.spec.errors, *(() if kind.spec.public else COMMON)}
        if kind.spec.public:
            codes = set()
        for code in sorted(codes):
            laid = world.platform.faults.add(Fault(path=kind.spec.path, app=mine, code=code, times=None))
            try:
                with pytest.raises(ApiError) as caught:
                    client.call(request)
            finally:
                hits = world.platform.faults.hits(laid)
                world.platform.faults.remove(laid)
            error = caught.value
            assert error.code == code
            assert error.rid
            assert type(error) is RAISES.get(code, ApiError)
            renewed = code in TOKEN_REFUSED and kind.spec.auth is Auth.TOKEN
            assert hits == (2 if renewed else 1 + RETRIES if code in TRIED_AGAIN else 1), code


@every_endpoint
@pytest.mark.parametrize("fault", [Fault(half=True, times=None), Fault(drop=True, times=None)], ids=["half", "drop"])
def test_a_broken_connection_is_tried_again_only_where_that_does_no_harm(
    kind: type[Request[Any]], fault: Fault, world: World
) -> None:
    app = world.app(kind)
    request = world.example(kind, app)
    mine = "" if kind.spec.auth is Auth.NONE else app.app_id
    laid = world.platform.faults.add(msgspec.structs.replace(fault, path=kind.spec.path, app=mine))
    try:
        with world.client(app) as client, pytest.raises((TransportError, AnswerError)):
            client.call(request)
        hits = world.platform.faults.hits(laid)
    finally:
        world.platform.faults.remove(laid)
    safe = kind.spec.idempotent or bool(kind.spec.key and getattr(request, kind.spec.key))
    assert hits == (1 + RETRIES if safe else 1)


NONSENSE: tuple[Any, ...] = (
    {},
    {"a": 1},
    [],
    "x",
    {
        name: []
        for name in ("openid", "tag", "media_id", "articles", "button", "touser", "user_list", "filter", "action_info")
    },
    {
        name: {"x": None}
        for name in ("openid", "tag", "media_id", "articles", "button", "touser", "openid_list", "data")
    },
    dict.fromkeys(("tagid", "openid", "media_id", "begin_date", "count", "offset", "msg_data_id", "type", "info"), -1),
)


def _needs_something(kind: type[Request[Any]]) -> bool:
    """Whether a field must be sent, other than one that is the whole body: every body is one."""
    hints = get_type_hints(kind, include_extras=True)
    needed = [hints[info.name] for info in msgspec.structs.fields(kind) if info.required]
    return not all(isinstance(mark, Text) for hint in needed for mark in getattr(hint, "__metadata__", (None,)))


@every_endpoint
def test_nonsense_is_refused_with_a_code(kind: type[Request[Any]], world: World) -> None:
    app, spec = world.app(kind), kind.spec
    base = world.url + ("/wecom" if spec.host is Host.WECOM else "") + spec.path
    app_id = app.app_id.split("/")[0]
    query = {spec.app_names[0]: app_id, spec.app_names[1]: app.secret}
    if spec.auth is Auth.TOKEN:
        with world.client(app) as client:
            query = {"access_token": client.token()}
    with httpx.Client(verify=False, trust_env=False) as http:
        for body in NONSENSE:
            if spec.method == "POST":
                answer = http.post(base, params=query, json=body)
            else:
                more = body if isinstance(body, dict) else {}
                answer = http.get(base, params=query | {name: str(value) for name, value in more.items()})
            assert answer.status_code == (404 if spec.public else 200), answer.text
            if not spec.public:
                refused = int(answer.json().get("errcode", 0)) != 0
                assert refused or body != {} or not _needs_something(kind), answer.text
        wrong = http.request("GET" if spec.method == "POST" else "POST", base, params=query)
        assert wrong.json()["errcode"] == (43002 if spec.method == "POST" else 43001)
