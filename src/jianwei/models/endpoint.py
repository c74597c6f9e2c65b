"""A chat model behind an address, of the kind that OpenAI's "chat completions" made common (POST {base_url}/chat/completions).

Texts leave this machine here, so nothing is sent anywhere else than to this machine without a recorded consent. The key travels in a
header and stands in no error, log or `repr`; errors carry codes of the server, never its sentences, which may quote what was sent.
"""

from __future__ import annotations

import ipaddress
import threading
import time
from collections.abc import Callable, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from email.utils import parsedate_to_datetime
from typing import TYPE_CHECKING, Any

from jianwei.common.net import is_this_machine, shown_url
from jianwei.errors import JianweiError, UsageError
from jianwei.models.endpoint_wire import (
    LADDER,
    ChatAnswer,
    ChatMessage,
    ChatRequest,
    Offer,
    TokenChances,
    error_code,
    read_answer,
    rungs,
    written,
)
from jianwei.settings import Secret

if TYPE_CHECKING:
    import httpx

__all__ = [
    "ChatAnswer",
    "ChatClient",
    "ChatMessage",
    "ChatRequest",
    "ConsentMissingError",
    "Endpoint",
    "EndpointError",
    "TokenChances",
]

_PASSING = (408, 409, 425, 429, 500, 502, 503, 504)
_NOT_OFFERED = (400, 415, 422, 501)


class EndpointError(JianweiError):
    """An endpoint gave no usable answer.

    Attributes:
        passing: whether another try may go better: it was busy, slow or away. Otherwise the call or the account is wrong.
    """

    def __init__(self, where: str, what: str, hint: str = "", *, passing: bool = False) -> None:
        super().__init__(where, what, hint)
        self.passing = passing


class ConsentMissingError(UsageError):
    """Texts would leave this machine, and nobody has agreed to that."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Endpoint:
    """Where a chat model is, and how it may be asked.

    Attributes:
        base_url: begins with https://, ends before "/chat/completions": "https://api.example.com/v1". Plain http goes to this machine and
            into a private network only.
        model: name of the model there.
        key: sent as a bearer token; None sends none.
        consented: whether a consent to send texts there is on record. This machine needs none.
        seconds: for one answer.
        tries: of one call, while the endpoint is busy, slow or away.
        at_once: calls in flight.
        most_bytes: of one answer.

    Raises:
        UsageError: the address will not do, or a bound is below its least value.
    """

    base_url: str
    model: str
    key: Secret | None = None
    consented: bool = False
    seconds: float = 60.0
    tries: int = 4
    at_once: int = 4
    most_bytes: int = 4 << 20

    def __post_init__(self) -> None:
        import httpx

        try:
            url = httpx.URL(self.base_url)
        except (httpx.InvalidURL, ValueError):
            url = httpx.URL("")
        if not url.host or url.scheme not in ("https", "http") or url.userinfo or url.query or url.fragment:
            hint = 'write it as "https://api.example.com/v1", with the key beside it, not in it'
            raise UsageError("endpoint", "its address will not do", hint)
        if url.scheme == "http" and not _is_near(url.host):
            raise UsageError(self.where, "is not https: keys and texts would travel readable", "use its https address")
        if not self.model or self.seconds <= 0 or min(self.tries, self.at_once, self.most_bytes) < 1:
            raise UsageError(
                self.where, "a setting is empty or below 1", "name the model; leave bounds at their defaults"
            )

    @property
    def where(self) -> str:
        """The address, for messages."""
        return shown_url(self.base_url)

    @property
    def local(self) -> bool:
        """Whether it is on this machine, so that nothing leaves."""
        import httpx

        return is_this_machine(httpx.URL(self.base_url).host)


class ChatClient:
    """Asks an endpoint; may be shared by threads. Use it as a context manager, or close it.

    Args:
        endpoint: where and how.
        transport: of httpx, for tests.
        sleep: waits between tries.

    Raises:
        ConsentMissingError: texts would leave this machine without a recorded consent.
    """

    def __init__(
        self,
        endpoint: Endpoint,
        *,
        transport: httpx.BaseTransport | None = None,
        sleep: Callable[[float], None] = time.sleep,
    ) -> None:
        import httpx

        if not (endpoint.local or endpoint.consented):
            raise ConsentMissingError(
                endpoint.where,
                "texts would be sent to an outside endpoint, and no consent to that is on record",
                "record the consent first, or use an endpoint on this machine",
            )
        self.endpoint, self._sleep = endpoint, sleep
        headers = {} if endpoint.key is None else {"authorization": f"Bearer {endpoint.key.reveal()}"}
        # A proxy of the environment would carry out what is meant for this machine; a redirect would carry texts elsewhere.
        self._http = httpx.Client(
            timeout=endpoint.seconds,
            headers=headers,
            transport=transport,
            trust_env=not endpoint.local,
            follow_redirects=False,
        )
        self._slots = threading.BoundedSemaphore(endpoint.at_once)
        self._rung = 0  # how far down the ladder this endpoint was found to be

    def __enter__(self) -> ChatClient:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()

    def close(self) -> None:
        """Close the connections."""
        self._http.close()

    def chat(self, request: ChatRequest) -> ChatAnswer:
        """Make one call.

        Raises:
            EndpointError: no usable answer came.
        """
        steps = rungs(request)
        at = next((i for i, step in enumerate(steps) if step >= self._rung), len(steps) - 1)
        while True:
            try:
                answer = self._tried(request, LADDER[steps[at]])
            except _NotOfferedError as refused:
                if at + 1 == len(steps):
                    raise refused.error from None
                at += 1
                continue
            if at and steps[at] > self._rung:
                self._rung = steps[at]
            return answer

    def chat_many(self, requests: Sequence[ChatRequest]) -> list[ChatAnswer | EndpointError]:
        """Make many calls, `at_once` of them at a time; an answer or an error for each, in their order."""

        def one(request: ChatRequest) -> ChatAnswer | EndpointError:
            try:
                return self.chat(request)
            except EndpointError as error:
                return error

        with ThreadPoolExecutor(min(self.endpoint.at_once, max(1, len(requests)))) as pool:
            return list(pool.map(one, requests))

    def _tried(self, request: ChatRequest, offer: Offer) -> ChatAnswer:
        body = written(self.endpoint.model, request, offer)
        for tries in range(1, self.endpoint.tries + 1):
            try:
                with self._slots:
                    return self._once(body)
            except _BusyError as busy:
                if tries == self.endpoint.tries:
                    raise EndpointError(self.endpoint.where, busy.what, "try again later", passing=True) from None
                self._sleep(min(busy.seconds if busy.seconds is not None else 2.0 ** (tries - 1), 60.0))
        raise AssertionError("at least one try is made")  # pragma: no cover - `tries` is checked

    def _once(self, body: Mapping[str, Any]) -> ChatAnswer:
        import httpx

        deadline = time.monotonic() + self.endpoint.seconds
        where, url = self.endpoint.where, self.endpoint.base_url.rstrip("/") + "/chat/completions"
        try:
            with self._http.stream("POST", url, json=body) as response:
                content = self._read(response, deadline)
        except httpx.TimeoutException as error:
            raise _BusyError(f"no answer in {self.endpoint.seconds:g} s ({type(error).__name__})") from None
        except (httpx.HTTPError, httpx.InvalidURL) as error:
            raise _BusyError(f"the connection failed ({type(error).__name__})") from None
        status = response.status_code
        if status in _PASSING:
            raise _BusyError(
                f"the endpoint answers {status}{error_code(content)}", _wait(response.headers.get("retry-after"))
            )
        if status != 200:
            refused = EndpointError(where, f"the endpoint answers {status}{error_code(content)}", _todo(status))
            raise _NotOfferedError(refused) if status in _NOT_OFFERED else refused
        try:
            return read_answer(content)
        except ValueError as error:
            hint = "check base_url: it ends before /chat/completions"
            raise EndpointError(where, f"the answer is {error}", hint) from None

    def _read(self, response: httpx.Response, deadline: float) -> bytes:
        parts, size = [], 0
        for part in response.iter_bytes():
            size += len(part)
            if size > self.endpoint.most_bytes:
                what = f"the answer is larger than {self.endpoint.most_bytes:,} bytes"
                raise EndpointError(self.endpoint.where, what, "ask for fewer tokens")
            if time.monotonic() > deadline:
                raise _BusyError(f"no whole answer in {self.endpoint.seconds:g} s")
            parts.append(part)
        return b"".join(parts)


class _BusyError(Exception):
    def __init__(self, what: str, seconds: float | None = None) -> None:
        super().__init__(what)
        self.what, self.seconds = what, seconds


class _NotOfferedError(Exception):
    def __init__(self, error: EndpointError) -> None:
        super().__init__(str(error))
        self.error = error


def _todo(status: int) -> str:
    if status in (401, 403):
        return "check the key, and whether it may use this model"
    if status == 404:
        return "check base_url and the name of the model"
    if 300 <= status < 400:
        return "give the address that it leads to"
    return "check what the endpoint wants"


def _wait(retry_after: str | None) -> float | None:
    """Seconds that the server asks to wait, from a number or a date."""
    if not retry_after:
        return None
    try:
        return max(0.0, float(retry_after))
    except ValueError:
        pass
    try:
        return max(0.0, parsedate_to_datetime(retry_after).timestamp() - time.time())
    except (ValueError, TypeError):
        return None


def _is_near(host: str) -> bool:
    """Whether a host is this machine or, by its very name, in a private network."""
    if is_this_machine(host):
        return True
    try:
        return ipaddress.ip_address(host.strip("[]")).is_private
    except ValueError:
        return "." not in host or host.endswith((".lan", ".local", ".internal"))
