"""`accounts test`: what works with one account, by real calls that do no harm."""

from __future__ import annotations

import time
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime, timedelta, timezone
from typing import Literal

from jianwei.errors import JianweiError
from jianwei.store import Account, now_us
from jianwei.store.secrets import Vault
from jianwei.wechat.abilities import Verdict, abilities_of, probe
from jianwei.wechat.client import Client
from jianwei.wechat.crypto import MessageCrypto
from jianwei.wechat.drivers import SyncDriver
from jianwei.wechat.endpoints.logins import UserToken
from jianwei.wechat.errors import AddressError, ApiError
from jianwei.wechat.self_check import check_webhook
from jianwei.wechat.tokens import MemoryTokens
from jianwei.workspace.clients import CALLABLE, client_of, hosts_of
from jianwei.workspace.weibo_login import token_key
from jianwei.workspace.workspace import Workspace

__all__ = ["AccountReport", "Check", "examine_account"]

BEIJING = timezone(timedelta(hours=8))
_BAD_CODE = 40029


@dataclass(frozen=True, slots=True)
class Check:
    """One thing that was looked at.

    Attributes:
        part: "token", "address", "secret", "login", "callback" or "webhook".
        state: "ok", "broken", or "unknown" where it cannot be told from here.
        detail, hint: what was found, and what to do.
    """

    part: str
    state: Literal["ok", "broken", "unknown"]
    detail: str = ""
    hint: str = ""


@dataclass(frozen=True, slots=True)
class AccountReport:
    """What works with an account: checks of the account as a whole, and its abilities one by one."""

    account: str
    kind: str
    checks: tuple[Check, ...]
    abilities: tuple[Verdict, ...] = ()

    @property
    def usable(self) -> bool:
        """Whether nothing is broken; abilities that are missing are no fault."""
        return all(check.state != "broken" for check in self.checks)


def examine_account(ws: Workspace, account: Account, *, webhook_url: str | None = None) -> AccountReport:
    """Try what can be tried.

    Args:
        webhook_url: address of the webhook as the platform sees it; default the account's own.

    Raises:
        SettingsError: there is no JIANWEI_KEY.
    """
    vault = Vault(ws.settings.key)
    url = webhook_url or account.attrs.get("webhook_url")
    checks: list[Check] = []
    abilities: tuple[Verdict, ...] = ()
    if account.kind == "weibo":
        checks.append(_weibo(ws, account, vault))
    elif account.kind == "website":
        checks.append(_website(account))
    elif account.secret is not None and account.kind in CALLABLE:
        # A token of its own: a kept one would not show whether id, secret and address are still right. The stable one is shared.
        with client_of(account, MemoryTokens()) as client:
            checks += _token(client)
            if checks[-1].state == "ok":
                abilities = _abilities(client, account)
                if isinstance(client, Client):
                    checks += _callback(client)
    else:
        checks.append(Check("secret", "unknown", "", ""))
    if url:
        checks.append(_webhook(account, url))
    return AccountReport(account.name, account.kind, tuple(checks), abilities)


def _token(client: SyncDriver) -> Iterator[Check]:
    """A token that is given shows that id, secret and address are right."""
    try:
        client.token()
        yield Check("token", "ok")
        yield Check("address", "ok")
    except AddressError as error:
        yield Check("token", "unknown")
        yield Check("address", "broken", error.address, error.hint)
    except JianweiError as error:
        yield Check("token", "broken", error.what, error.hint)


def _abilities(client: SyncDriver, account: Account) -> tuple[Verdict, ...]:
    now = int(time.time())
    today = datetime.fromtimestamp(now, BEIJING).date()
    found: list[Verdict] = []
    for ability in abilities_of(account.kind, now=now, today=today):
        try:
            found.append(probe(client, ability))
        except JianweiError as error:
            found.append(Verdict(ability.name, "unknown", getattr(error, "code", 0), error.what, error.hint))
    return tuple(found)


def _callback(client: Client) -> Iterator[Check]:
    """Whether the platform's networks reach the callback that is entered there."""
    try:
        found = client.quota.check_callback()
    except JianweiError as error:
        yield Check("callback", "unknown", error.what, error.hint)
        return
    lost = [ping for ping in found.ping if ping.package_loss.rstrip("%") not in ("", "0")]
    seen = ", ".join(f"{one.ip} {one.real_operator}".strip() for one in found.dns)
    if lost:
        yield Check("callback", "broken", f"{seen}: {lost[0].package_loss}", "")
    else:
        yield Check("callback", "ok" if found.dns or found.ping else "unknown", seen)


def _webhook(account: Account, url: str) -> Check:
    if account.token is None:
        return Check("webhook", "unknown", url)
    try:
        crypto = None
        if account.kind == "wecom" and account.aes_key is not None:
            crypto = MessageCrypto(account.token.reveal(), account.aes_key.reveal(), account.app_id)
        check_webhook(url, account.token, crypto=crypto)
    except JianweiError as error:
        return Check("webhook", "broken", error.what, error.hint)
    return Check("webhook", "ok", url)


def _website(account: Account) -> Check:
    """A log-in needs a person; that a made-up code is refused as such shows that id and secret are right."""
    if account.secret is None:
        return Check("secret", "unknown")
    with Client(account.app_id, account.secret, hosts=hosts_of(account)) as client:
        try:
            client.call(UserToken("jianwei-account-test"))
        except ApiError as error:
            if error.code == _BAD_CODE:
                return Check("login", "ok")
            return Check("login", "broken", error.what, error.hint)
        except JianweiError as error:
            return Check("login", "broken", error.what, error.hint)
    return Check("login", "unknown")


def _weibo(ws: Workspace, account: Account, vault: Vault) -> Check:
    token = ws.store.tokens(vault).get(token_key(account))
    hint = f"jianwei accounts login {account.name}"
    if token is None:
        return Check("login", "broken", "", hint)
    if token.expires_us <= now_us():
        return Check("login", "broken", "", hint)
    until = datetime.fromtimestamp(token.expires_us / 1e6, BEIJING)
    return Check("login", "ok", until.strftime("%Y-%m-%d"))
