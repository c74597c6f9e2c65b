"""Pending log-ins and grants in memory: enough for one process; a workspace keeps them in its state database."""

from __future__ import annotations

import threading

from jianwei.wechat._base import Grant, PendingLogin

__all__ = ["MemoryGrants", "MemoryLoginStates"]

_MOST = 100_000


class MemoryLoginStates:
    """Pending log-ins of one process. Those that ended go when new ones come; of more than 100,000 the oldest go as well.

    >>> states = MemoryLoginStates()
    >>> states.put("s", PendingLogin("wx1", "snsapi_base", "visitor", "/", 10))
    >>> states.take("s", 5).next, states.take("s", 5)
    ('/', None)
    """

    def __init__(self) -> None:
        self._pending: dict[str, PendingLogin] = {}
        self._mutex = threading.Lock()

    def put(self, state: str, login: PendingLogin) -> None:
        with self._mutex:
            self._pending[state] = login
            while len(self._pending) > _MOST:
                del self._pending[next(iter(self._pending))]

    def take(self, state: str, now_us: int) -> PendingLogin | None:
        with self._mutex:
            # All live equally long, so that the first ones end first.
            while self._pending and next(iter(self._pending.values())).expires_us <= now_us:
                del self._pending[next(iter(self._pending))]
            login = self._pending.pop(state, None)
        return login if login is not None and login.expires_us > now_us else None


class MemoryGrants:
    """Grants of one process.

    >>> MemoryGrants().get("wx1", "o1") is None
    True
    """

    def __init__(self) -> None:
        self._grants: dict[tuple[str, str], Grant] = {}

    def put(self, grant: Grant) -> None:
        self._grants[grant.app_id, grant.openid] = grant

    def get(self, app_id: str, openid: str) -> Grant | None:
        return self._grants.get((app_id, openid))

    def remove(self, app_id: str, openid: str) -> None:
        self._grants.pop((app_id, openid), None)
