"""How bytes travel: httpx, with time-outs, a bound on answers, and nothing secret in logs or errors."""

from __future__ import annotations

import logging
from collections.abc import Iterable
from email.message import Message
from typing import TYPE_CHECKING, Any

from jianwei.errors import JianweiError, UsageError
from jianwei.wechat.errors import AnswerError, TransportError
from jianwei.wechat.exchange import Incoming, Outgoing, Policy

if TYPE_CHECKING:
    import httpx

__all__ = ["async_http", "send", "send_async", "sync_http"]

_SECRET = ("token", "secret", "code", "ticket")
"""What the names of secret values have in them: component_access_token, appsecret, js_code, …"""


class _Hide(logging.Filter):
    """httpx logs the address of every call, and the platform wants tokens and secrets in the address."""

    def filter(self, record: logging.LogRecord) -> bool:
        import httpx

        if isinstance(record.args, tuple):
            record.args = tuple(_hidden(a) if isinstance(a, httpx.URL) else a for a in record.args)
        return True


def _hidden(url: httpx.URL) -> str:
    secret = [name for name in url.params if any(word in name.lower() for word in _SECRET)]
    return str(url.copy_merge_params(dict.fromkeys(secret, "********")))


_HIDE = _Hide()


def _options(policy: Policy, transport: Any) -> dict[str, Any]:
    import httpx

    logging.getLogger("httpx").addFilter(_HIDE)  # the same filter again is no second one
    limits = httpx.Limits(max_connections=100, max_keepalive_connections=20)
    return {"timeout": policy.timeout, "transport": transport, "limits": limits, "follow_redirects": False}


def sync_http(policy: Policy, transport: httpx.BaseTransport | None = None) -> httpx.Client:
    """The httpx client below a `Client`."""
    import httpx

    return httpx.Client(**_options(policy, transport))


def async_http(policy: Policy, transport: httpx.AsyncBaseTransport | None = None) -> httpx.AsyncClient:
    """The httpx client below an `AsyncClient`."""
    import httpx

    return httpx.AsyncClient(**_options(policy, transport))


def _call(out: Outgoing) -> dict[str, Any]:
    call: dict[str, Any] = {"method": out.method, "url": out.url, "params": out.query}
    if out.files or out.form:
        call["files"] = {name: (file.name, file.content, file.media_type) for name, file in out.files.items()}
        call["data"] = dict(out.form)
    elif out.content is not None:
        call["content"] = out.content
        call["headers"] = {"Content-Type": "application/json" if out.asks_json else "text/plain; charset=utf-8"}
    return call


def _failed(out: Outgoing, error: httpx.HTTPError | httpx.InvalidURL | UnicodeError) -> JianweiError:
    import httpx

    if not isinstance(error, httpx.HTTPError):
        return UsageError(out.path, "the address of the platform is invalid", "check base_url or hosts of the client")
    sent = not isinstance(error, httpx.ConnectError | httpx.ConnectTimeout | httpx.PoolTimeout)
    kind = "no answer in time" if isinstance(error, httpx.TimeoutException) else "the connection failed"
    hint = "check the network and the address of the platform" if not sent else "try again"
    return TransportError(out.path, f"{kind} ({type(error).__name__})", hint, sent=sent)


def _too_large(out: Outgoing, policy: Policy) -> AnswerError:
    return AnswerError(
        out.path, f"the answer is larger than {policy.max_bytes:,} bytes", "raise max_bytes for this client"
    )


def _incoming(response: httpx.Response, parts: Iterable[bytes]) -> Incoming:
    media_type = response.headers.get("content-type", "").split(";")[0].strip().lower()
    return Incoming(
        response.status_code, media_type, b"".join(parts), _name(response.headers.get("content-disposition"))
    )


def _name(disposition: str | None) -> str:
    if not disposition:
        return ""
    header = Message()
    header["content-disposition"] = disposition
    return header.get_filename() or ""


def send(http: httpx.Client, out: Outgoing, policy: Policy) -> Incoming:
    """Send a request and read its answer.

    Raises:
        TransportError: no whole answer came; `sent` says whether the platform may have acted.
        AnswerError: the answer is larger than allowed.
    """
    import httpx

    try:
        with http.stream(**_call(out)) as response:
            parts, size = [], 0
            for part in response.iter_bytes():
                size += len(part)
                if size > policy.max_bytes:
                    raise _too_large(out, policy)
                parts.append(part)
            return _incoming(response, parts)
    except (httpx.HTTPError, httpx.InvalidURL, UnicodeError) as error:
        raise _failed(out, error) from None


async def send_async(http: httpx.AsyncClient, out: Outgoing, policy: Policy) -> Incoming:
    """`send`, awaited."""
    import httpx

    try:
        async with http.stream(**_call(out)) as response:
            parts, size = [], 0
            async for part in response.aiter_bytes():
                size += len(part)
                if size > policy.max_bytes:
                    raise _too_large(out, policy)
                parts.append(part)
            return _incoming(response, parts)
    except (httpx.HTTPError, httpx.InvalidURL, UnicodeError) as error:
        raise _failed(out, error) from None
