"""Moving the simulated world from outside: the index page at `/` and JSON calls below `/_sandbox/`, for this machine only.

Every act of `People` is a POST to `/_sandbox/<act>` with its arguments by name, and "app" where it is not the first one:

    curl -d '{"openid": "o6_bm…", "text": "在吗"}' http://127.0.0.1:8090/_sandbox/say
"""

from __future__ import annotations

import asyncio
import inspect
import ipaddress
import json
from collections.abc import Callable, Mapping
from functools import cache
from typing import Any, get_type_hints
from urllib.parse import urlsplit

import msgspec

from jianwei.errors import JianweiError
from jianwei.sandbox.platform.faults import Fault
from jianwei.sandbox.platform.people import People
from jianwei.sandbox.platform.reading import Asked
from jianwei.sandbox.platform.serving import Answer, Router
from jianwei.sandbox.platform.showing import chat_of, index, state_of
from jianwei.sandbox.platform.world import App, Kind, Platform, Refusal

__all__ = ["ACTS", "control"]

ACTS = (
    "authorize", "click", "enter", "event", "locate", "meet", "say", "scan", "scan_code", "send", "send_file", "send_image", "send_link",
    "send_location", "send_video", "send_voice", "settle", "subscribe", "tell", "ticket", "unsubscribe", "view",
)  # fmt: skip


class _WrongError(Exception):
    """A control call that cannot be done: HTTP status and words."""

    def __init__(self, status: int, error: str) -> None:
        super().__init__(error)
        self.status, self.error = status, error


class MoveClock(msgspec.Struct, forbid_unknown_fields=True):
    """Put the clock on by so many seconds, or let it be `set` now (seconds since the epoch)."""

    move: float | None = None
    set: float | None = None


class AddApp(msgspec.Struct, forbid_unknown_fields=True):
    """A further app; a fresh id and secret where none are given. `denied` holds areas or paths, `addresses` IPs that may ask for tokens."""

    kind: Kind = "service"
    app_id: str = ""
    secret: str = ""
    name: str = ""
    verified: bool = True
    frozen: bool = False
    denied: frozenset[str] = frozenset()
    addresses: frozenset[str] | None = None
    domains: frozenset[str] | None = None


class Connect(msgspec.Struct, forbid_unknown_fields=True):
    """Where an app's callback is; see `Platform.connect`."""

    url: str
    token: str
    aes_key: str | None = None
    mode: str = "plain"
    format: str = "xml"
    timeout: float = 5.0
    app: str = ""


class LoginCode(msgspec.Struct, forbid_unknown_fields=True):
    """A code as a browser (`scope`), or a mini-program where `mini` is true, would carry it."""

    openid: str
    scope: str = "snsapi_userinfo"
    mini: bool = False
    app: str = ""


class ThisApp(msgspec.Struct, forbid_unknown_fields=True):
    """One app; "" is the first."""

    app: str = ""


async def control(platform: Platform, router: Router, request: Asked) -> Answer:
    """Serve the index page or a control call."""
    try:
        _guard(request)
        if request.path == "/":
            return index(platform, router, request)
        parts = request.path.removeprefix("/_sandbox").strip("/").split("/")
        return Answer(msgspec.to_builtins(await _done(platform, request, parts), str_keys=True))
    except _WrongError as wrong:
        return Answer({"error": wrong.error}, status=wrong.status)
    except Refusal as refusal:
        return Answer({"error": refusal.message, "errcode": refusal.code}, status=400)
    except (JianweiError, msgspec.ValidationError, ValueError) as error:
        return Answer({"error": str(error)}, status=400)


def _guard(request: Asked) -> None:
    """Only this machine, and no page of another site, may move the world."""
    try:
        local = ipaddress.ip_address(request.address.split("%")[0]).is_loopback
    except ValueError:
        local = request.address in ("", "testclient", "localhost")
    host = urlsplit(request.base_url).hostname or ""
    named = host == "localhost" or host.startswith("127.") or host == "::1"
    origin = request.headers.get("origin", "")
    if not local or not named or (origin and origin != request.base_url):
        raise _WrongError(403, "the sandbox is moved from this machine only")


async def _done(platform: Platform, request: Asked, parts: list[str]) -> Any:
    match request.method, parts:
        case "GET", ["" | "state"]:
            return state_of(platform)
        case "GET", ["chat"]:
            return chat_of(_app(platform, request.query.get("app", "")), request.query.get("openid", ""))
        case "GET", ["faults"]:
            return _faults(platform)
        case "DELETE", ["faults"]:
            platform.faults.clear()
        case "DELETE", ["faults", number] if number.isdecimal():
            platform.faults.remove(int(number))
        case "POST", ["faults"]:
            return {"fault": platform.faults.add(_read(request, Fault))}
        case "POST", ["clock"]:
            return _move(platform, _read(request, MoveClock))
        case "POST", ["apps"]:
            return _add(platform, _read(request, AddApp))
        case "POST", ["expire"]:
            from jianwei.sandbox.platform.areas.tokens import TokenBook

            _app(platform, _read(request, ThisApp).app).of(TokenBook).expire_all()
        case "POST", ["code"]:
            return _login_code(platform, _read(request, LoginCode))
        case "POST", ["connect"]:
            asked = _read(request, Connect)
            app = _app(platform, asked.app)
            settings: Any = {"mode": asked.mode, "format": asked.format, "timeout": asked.timeout}
            await asyncio.to_thread(platform.connect, app, asked.url, asked.token, asked.aes_key, **settings)
        case "POST", [act] if act in ACTS:
            return await _act(platform, act, _body(request))
        case _:
            raise _WrongError(404, f"there is no {request.method} {request.path[:80]}; see the page at /")
    return {"done": True}


async def _act(platform: Platform, act: str, body: dict[str, Any]) -> Any:
    people = platform.people(_app(platform, str(body.pop("app", ""))))
    kind, more = _arguments(act)
    free = {name: body.pop(name) for name in list(body) if more and name not in kind.__struct_fields__}
    given = msgspec.convert(body, kind)
    asked: dict[str, Any] = {name: getattr(given, name) for name in kind.__struct_fields__}
    # In a thread of its own: the callback may call the platform before it answers.
    return await asyncio.to_thread(getattr(people, act), **asked, **free)


@cache
def _arguments(act: str) -> tuple[type[msgspec.Struct], bool]:
    """(an act's arguments as a struct, whether it takes any others beside them)"""
    method: Callable[..., Any] = getattr(People, act)
    hints = get_type_hints(method)
    fields: list[Any] = []
    more = False
    for parameter in list(inspect.signature(method).parameters.values())[1:]:
        if parameter.kind is parameter.VAR_KEYWORD:
            more = True
        elif parameter.default is parameter.empty:
            fields.append((parameter.name, hints[parameter.name]))
        else:
            fields.append((parameter.name, hints[parameter.name], parameter.default))
    return msgspec.defstruct(act, fields, kw_only=True, forbid_unknown_fields=True), more


def _body(request: Asked) -> dict[str, Any]:
    try:
        found = json.loads(request.body or b"{}")
    except (ValueError, RecursionError):
        raise _WrongError(400, "the body is no JSON") from None
    if not isinstance(found, dict):
        raise _WrongError(400, "the body is no JSON object")
    return found


def _read(request: Asked, kind: type[Any]) -> Any:
    return msgspec.convert(_body(request), kind)


def _app(platform: Platform, app_id: str) -> App:
    found = platform.apps.get(app_id) if app_id else next(iter(platform.apps.values()), None)
    if found is None:
        raise _WrongError(404, f"there is no app {app_id[:60]!r}")
    return found


def _faults(platform: Platform) -> list[Mapping[str, Any]]:
    return [
        {"number": number, "hits": laid.hits, **msgspec.to_builtins(laid.fault)}
        for number, laid in platform.faults.laid.items()
    ]


def _move(platform: Platform, asked: MoveClock) -> Mapping[str, float]:
    with platform.lock:
        if asked.set is not None:
            platform.clock.set(asked.set)
        platform.clock.move(asked.move or 0.0)
    return {"now": platform.clock.now()}


def _add(platform: Platform, asked: AddApp) -> Mapping[str, str]:
    hexes = "0123456789abcdef"
    with platform.lock:
        app_id = asked.app_id or f"wx{platform.name(16, hexes)}"
        if app_id in platform.apps:
            raise _WrongError(400, f"there is an app {app_id[:60]!r} already")
        app = App(app_id, asked.secret or platform.name(32, hexes), asked.kind, asked.name)
        app.original_id = f"gh_{platform.name(12, hexes)}"
        app.verified, app.frozen, app.denied = asked.verified, asked.frozen, asked.denied
        app.addresses, app.domains = asked.addresses, asked.domains
        platform.add(app)
    return {"app_id": app.app_id, "secret": app.secret, "kind": app.kind}


def _login_code(platform: Platform, asked: LoginCode) -> Mapping[str, str]:
    from jianwei.sandbox.platform.areas.logins import issue_code, issue_js_code

    app = _app(platform, asked.app)
    with platform.lock:
        if asked.mini:
            return {"code": issue_js_code(platform, app, asked.openid)}
        return {"code": issue_code(platform, app, asked.openid, asked.scope)}
