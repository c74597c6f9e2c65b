"""The accounts that are served, by name: what the webhook, log-ins and pages with the JS-SDK need of each."""

from __future__ import annotations

import asyncio
import logging
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass

from jianwei.errors import JianweiError, RetryableError
from jianwei.store import Account
from jianwei.web.faults import UnknownAccountError
from jianwei.web.signing import PageSigner
from jianwei.wechat.oauth import AsyncLogin
from jianwei.wechat.webhook import Webhook

__all__ = ["Accounts", "Served"]

log = logging.getLogger("jianwei.web")

AGAIN_SECONDS = 2.0


@dataclass(frozen=True, slots=True)
class Served:
    """One account, ready to serve.

    Attributes:
        webhook: None where the account has no webhook token.
        login: None where people cannot log in with an account of this kind, or it has no secret.
        jssdk: likewise.
    """

    account: Account
    webhook: Webhook | None = None
    login: AsyncLogin | None = None
    jssdk: PageSigner | None = None


class Accounts:
    """Finds accounts. One that is not known is looked for again, but not more often than every two seconds, however many ask.

    Args:
        load: reads all accounts; may block.
        make: gets one ready; called in the event loop, once for every account and every change of it.
    """

    def __init__(self, load: Callable[[], Sequence[Account]], make: Callable[[Account], Served]) -> None:
        self._load, self._make = load, make
        self._served: dict[str, Served] = {}
        self._looked, self._read = float("-inf"), False
        self._one = asyncio.Lock()

    def known(self, name: str) -> Served | None:
        """The account if it is known, without waiting."""
        return self._served.get(name)

    async def find(self, name: str) -> Served:
        """The account.

        Raises:
            UnknownAccountError: there is none of this name.
            StoreError: the accounts cannot be read just now, so that nobody knows.
        """
        if (served := self._served.get(name)) is None and self._looks_again():
            async with self._one:
                if self._looks_again():  # nobody else has looked meanwhile
                    await self._take_in()
            served = self._served.get(name)
        if served is None and not self._read:
            raise RetryableError("accounts", "they cannot be read just now", "try again in a moment")
        if served is None:
            raise UnknownAccountError(
                "account", "no account of this name is served here", "see `jianwei accounts list`"
            )
        return served

    async def refresh(self) -> None:
        """Take in what was added, changed or removed."""
        async with self._one:
            await self._take_in()

    def _looks_again(self) -> bool:
        return time.monotonic() - self._looked >= AGAIN_SECONDS

    async def _take_in(self) -> None:
        read = False
        try:
            accounts = {account.name: account for account in await asyncio.to_thread(self._load)}
            read = True
        finally:
            self._looked, self._read = time.monotonic(), read
        for name, account in accounts.items():
            old = self._served.get(name)
            if old is None or old.account != account:
                self._served[name] = self._ready(account)
        for name in set(self._served) - set(accounts):
            del self._served[name]

    def _ready(self, account: Account) -> Served:
        """The account ready to serve; one that cannot be is served with nothing, and costs the others nothing."""
        try:
            return self._make(account)
        except JianweiError as error:
            log.warning("account %s is not served: %s", account.name, error)
            return Served(account)

    async def keep_fresh(self, seconds: float = 15.0) -> None:
        """Take changes in for ever; a store that cannot be read just now is read again."""
        while True:
            await asyncio.sleep(seconds)
            try:
                await self.refresh()
            except JianweiError as error:
                log.warning("the accounts cannot be read and are kept as they were: %s", error)
            except Exception as error:  # whatever it was: without this loop no change would ever be taken in
                log.error("the accounts cannot be read: failed (%s)", type(error).__name__, exc_info=error)
