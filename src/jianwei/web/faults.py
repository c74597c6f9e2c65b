"""What a caller is told when something goes wrong: JSON in one shape, or a page for people; never a traceback.

{"error": {"code": "not_found", "where": "/x", "what": "there is nothing here", "hint": "see the address"}}
"""

from __future__ import annotations

import logging
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from litestar import MediaType, Request, Response
from litestar.exceptions import HTTPException

from jianwei.errors import JianweiError, SettingsError, StoreError, UsageError
from jianwei.web.pages import page, wants_page
from jianwei.wechat.errors import TransportError, WeChatError
from jianwei.wechat.oauth import LoginError, LoginExpiredError, LoginRefusedError

__all__ = ["HANDLERS", "Fault", "UnknownAccountError", "fault_of"]

log = logging.getLogger("jianwei.web")

_STATUS: tuple[tuple[type[Exception], int, str], ...] = (
    (LoginRefusedError, 403, "login_refused"),
    (LoginExpiredError, 401, "login_expired"),
    (LoginError, 400, "login_wrong"),
    (TransportError, 502, "platform_away"),
    (WeChatError, 502, "platform_refused"),
    (SettingsError, 500, "failed"),
    (UsageError, 400, "wrong_use"),
    (StoreError, 503, "store"),
    (JianweiError, 500, "failed"),
)
_OURS = {
    "platform_away": ("WeChat does not answer", "try again in a moment"),
    "platform_refused": ("WeChat refused", "the operator finds the reason in the log"),
    "store": ("the server is busy with its data", "try again in a minute"),
    "failed": ("the server could not do this", "the operator finds the reason in the log"),
}
"""What strangers are told of trouble that is not theirs: (what, hint)."""

_HTTP = {400: "wrong_use", 404: "not_found", 405: "wrong_method", 413: "too_large", 429: "too_many"}


class UnknownAccountError(UsageError):
    """No account of this name is served here."""


@dataclass(frozen=True, slots=True)
class Fault:
    """One thing that went wrong, as it is told.

    Attributes:
        status: of the answer.
        code: names the kind of fault; its words stand in the locale under `serve.fault.<code>`.
    """

    status: int
    code: str
    where: str
    what: str
    hint: str = ""

    def to_json(self) -> Mapping[str, Any]:
        """The one shape of errors."""
        return {"error": {"code": self.code, "where": self.where, "what": self.what, "hint": self.hint}}


def fault_of(error: Exception, where: str) -> Fault:
    """What to tell of an error. One that is not the caller's own goes into the log; where and what it was, strangers are not told.

    >>> fault_of(StoreError("inbox", "is full", ""), "/health")
    Fault(status=503, code='store', where='/health', what='the server is busy with its data', hint='try again in a minute')
    """
    if isinstance(error, UnknownAccountError):
        return Fault(404, "unknown_account", error.where, error.what, error.hint)
    for kind, status, code in _STATUS:
        if isinstance(error, kind):
            assert isinstance(error, JianweiError)
            if status < 500:
                return Fault(status, code, error.where, error.what, error.hint)
            log.error("%s failed: %s", _shown(where), error)
            return Fault(status, code, where, *_OURS[code])
    if isinstance(error, HTTPException) and error.status_code < 500:
        return Fault(error.status_code, _HTTP.get(error.status_code, "wrong_use"), where, error.detail)
    log.error("%s failed: %s", _shown(where), type(error).__name__, exc_info=error)
    return Fault(500, "failed", where, *_OURS["failed"])


def _shown(path: str) -> str:
    """A path for the log, whatever the caller put into it.

    >>> _shown("/login/a\\nERROR")
    '/login/a\\\\nERROR'
    """
    return repr(path[:200])[1:-1]


def _tell(request: Request[Any, Any, Any], error: Exception) -> Response[Any]:
    fault = fault_of(error, str(request.scope["path"]))
    if not wants_page(request.headers.get("accept", "")):
        return Response(fault.to_json(), status_code=fault.status, media_type=MediaType.JSON)
    _, first, account, *_ = [*str(request.scope["path"]).split("/"), "", ""]
    retry = f"/login/{account}" if first == "login" and fault.code != "unknown_account" else ""
    html = page(request.headers.get("accept-language", ""), "fault", code=fault.code, retry=retry)
    return Response(html, status_code=fault.status, media_type=MediaType.HTML)


HANDLERS: Mapping[int | type[Exception], Any] = {Exception: _tell, HTTPException: _tell}
