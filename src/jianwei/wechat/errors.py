"""What can go wrong when the platform is called."""

from __future__ import annotations

import re
from datetime import datetime, timedelta, timezone

from jianwei.errors import JianweiError
from jianwei.wechat.codes import Code, Retry, code_of

__all__ = [
    "AddressError",
    "AnswerError",
    "ApiError",
    "BusyError",
    "PermissionDeniedError",
    "QuotaError",
    "RateError",
    "TokenRefusedError",
    "TransportError",
    "WeChatError",
    "api_error",
]

BEIJING = timezone(timedelta(hours=8))


class WeChatError(JianweiError):
    """Root of everything that can go wrong between here and the platform."""


class TransportError(WeChatError):
    """No answer came: no connection, a time-out, a connection that broke.

    Attributes:
        sent: whether the platform may have acted on the call.
    """

    def __init__(self, where: str, what: str, hint: str, *, sent: bool) -> None:
        super().__init__(where, what, hint)
        self.sent = sent


class AnswerError(WeChatError):
    """An answer came that is not what the endpoint is documented to answer: half a body, a page of a proxy, another shape.

    Attributes:
        final: whether the same call would be answered alike (404: there is nothing under the ticket).
    """

    def __init__(self, where: str, what: str, hint: str, *, final: bool = False) -> None:
        super().__init__(where, what, hint)
        self.final = final


class ApiError(WeChatError):
    """The platform refused a call.

    Attributes:
        code: the return code (see `codes`).
        message: the platform's own words, its request id left out; never rely on their wording.
        rid: the platform's id of this request, "" where it gave none; `client.quota.request(rid)` tells more.
    """

    def __init__(self, path: str, code: Code, message: str, hint: str = "") -> None:
        self.code = code.number
        self.message, self.rid = _without_rid(message)
        self.retry = code.retry
        said = f" ({self.message})" if self.message else ""
        super().__init__(path, f"{code.meaning} [{code.number}]{said}", hint or code.hint)


class TokenRefusedError(ApiError):
    """The token was refused, and so was the one fetched in its place."""


class BusyError(ApiError):
    """The platform was busy, every time that the call was tried."""


class QuotaError(ApiError):
    """A quota is used up.

    Attributes:
        resume_us: when calls are possible again, µs since the epoch; None where the platform does not say.
    """

    def __init__(self, path: str, code: Code, message: str, now_us: int) -> None:
        self.resume_us = _next_day(now_us) if code.number in (45009, 45028) else None
        when = "" if self.resume_us is None else f"; go on after {_clock(self.resume_us)} (Beijing)"
        super().__init__(path, code, message, code.hint + when)


class RateError(ApiError):
    """Too many calls in a short time.

    Attributes:
        resume_us: when to go on, µs since the epoch.
    """

    def __init__(self, path: str, code: Code, message: str, now_us: int) -> None:
        self.resume_us = (now_us // 60_000_000 + 1) * 60_000_000
        super().__init__(path, code, message, f"{code.hint}, after {_clock(self.resume_us)} (Beijing)")


class PermissionDeniedError(ApiError):
    """The account may not use this endpoint.

    Attributes:
        path: the endpoint whose permission is missing.
    """

    def __init__(self, path: str, code: Code, message: str) -> None:
        self.path = path
        super().__init__(path, code, message, f"{code.hint}; the missing permission is the one for {path}")


class AddressError(ApiError):
    """This server's address is not allowed.

    Attributes:
        address: the address to allow, as the platform sees it; "" where it did not say.
    """

    def __init__(self, path: str, code: Code, message: str) -> None:
        found = re.search(r"(?:\d{1,3}\.){3}\d{1,3}|[0-9a-fA-F]{0,4}(?::[0-9a-fA-F]{0,4}){2,}", message)
        self.address = found[0] if found else ""
        super().__init__(path, code, message, code.hint + (f": {self.address}" if self.address else ""))


def _without_rid(message: str) -> tuple[str, str]:
    """(the platform's words, its request id)

    >>> _without_rid("invalid openid rid: 5f-1a")
    ('invalid openid', '5f-1a')
    """
    found = re.search(r"\s*(?:rid:\s*(\S+)|hint:\s*\[([^\]]*)\])\s*$", message)
    if not found:
        return message.strip(), ""
    return message[: found.start()].strip(), found[1] or found[2]


def _next_day(now_us: int) -> int:
    now = datetime.fromtimestamp(now_us / 1e6, BEIJING)
    midnight = (now + timedelta(days=1)).replace(hour=0, minute=0, second=0, microsecond=0)
    return int(midnight.timestamp() * 1_000_000)


def _clock(at_us: int) -> str:
    return datetime.fromtimestamp(at_us / 1e6, BEIJING).strftime("%Y-%m-%d %H:%M")


def api_error(path: str, number: int, message: str, now_us: int) -> ApiError:
    """The error for a return code.

    >>> str(api_error("/cgi-bin/token", 40164, "invalid ip 203.0.113.9, not in whitelist rid: 1-2", 0)).split("What to do: ")[1]
    "add the address in the account's settings: 203.0.113.9."
    """
    code = code_of(number)
    match code.retry:
        case Retry.TOKEN:
            return TokenRefusedError(path, code, message)
        case Retry.QUOTA:
            return QuotaError(path, code, message, now_us)
        case _ if number == 45011:
            return RateError(path, code, message, now_us)
        case _ if number in (-1, 45033):
            return BusyError(path, code, message)
        case _ if number in (48001, 48004, 61007):
            return PermissionDeniedError(path, code, message)
        case _ if number in (40164, 60020, 61004):
            return AddressError(path, code, message)
    return ApiError(path, code, message)
