"""Faults on demand: what goes wrong on the way between a client and the platform."""

from __future__ import annotations

from dataclasses import dataclass, field
from fnmatch import fnmatchcase
from threading import Lock

import msgspec

from jianwei.errors import UsageError

__all__ = ["Fault", "Faults"]


class Fault(
    msgspec.Struct, frozen=True, kw_only=True, omit_defaults=True, repr_omit_defaults=True, forbid_unknown_fields=True
):
    """Something that goes wrong with calls.

    Attributes:
        path: which paths, as a glob ("/cgi-bin/user/*").
        app: only calls of this app id; "" all.
        times: with how many calls; None with all until it is taken away.
        after: leave so many calls alone first.
        slow: seconds before the answer.
        code: refuse with this return code.
        message: its errmsg, where the usual one does not do.
        status: answer with this HTTP status and a page, as a proxy does.
        half: cut the connection in the middle of the answer.
        drop: cut the connection without an answer.
        expired: the call's access token has come to its end.
        acts: whether the call takes effect before `status` or `drop` (of half an answer it always does).
        garbage: answer with a page of HTML in place of JSON.
    """

    path: str = "*"
    app: str = ""
    times: int | None = 1
    after: int = 0
    slow: float = 0.0
    code: int | None = None
    message: str = ""
    status: int | None = None
    half: bool = False
    drop: bool = False
    expired: bool = False
    acts: bool = False
    garbage: bool = False

    def __post_init__(self) -> None:
        if self.times is not None and self.times < 1:
            raise UsageError("times", f"{self.times} is not above 0", "leave it out for one call, null for all of them")
        if self.after < 0 or not 0 <= self.slow <= 600:
            raise UsageError("fault", "after or slow is out of bounds", "slow is between 0 and 600 seconds")
        if self.status is not None and not 200 <= self.status <= 599:
            raise UsageError("status", f"{self.status} is no HTTP status of an answer", "take one from 200 to 599")


@dataclass(slots=True)
class _Laid:
    fault: Fault
    seen: int = 0
    hits: int = 0

    def over(self) -> bool:
        return self.fault.times is not None and self.hits >= self.fault.times


@dataclass(slots=True)
class Faults:
    """The faults that lie in wait, by number, in the order in which they were laid.

    >>> faults = Faults()
    >>> number = faults.add(Fault(path="/cgi-bin/user/*", code=-1))
    >>> faults.take("/cgi-bin/user/get").code, faults.take("/cgi-bin/user/get")
    (-1, None)
    """

    laid: dict[int, _Laid] = field(default_factory=dict)
    _last: int = 0
    _lock: Lock = field(default_factory=Lock)

    def add(self, fault: Fault) -> int:
        """Lay a fault; gives its number."""
        with self._lock:
            self._last += 1
            self.laid[self._last] = _Laid(fault)
            return self._last

    def take(self, path: str, app_id: str = "") -> Fault | None:
        """The fault that this call meets, if any; counts it."""
        with self._lock:
            for one in self.laid.values():
                fault = one.fault
                if one.over() or fault.app not in ("", app_id) or not fnmatchcase(path, fault.path):
                    continue
                one.seen += 1
                if one.seen > fault.after:
                    one.hits += 1
                    return fault
        return None

    def hits(self, number: int) -> int:
        """How many calls met a fault; 0 for a number that is none."""
        found = self.laid.get(number)
        return found.hits if found else 0

    def remove(self, number: int) -> None:
        with self._lock:
            self.laid.pop(number, None)

    def clear(self) -> None:
        with self._lock:
            self.laid.clear()
