"""Clients of the accounts that a workspace keeps."""

from __future__ import annotations

from jianwei.errors import UsageError
from jianwei.settings import Secret
from jianwei.store import Account
from jianwei.wechat._base import TokenStore
from jianwei.wechat.client import AsyncClient, AsyncWeComClient, Client, WeComClient
from jianwei.wechat.hosts import Hosts

__all__ = ["CALLABLE", "async_client_of", "client_of", "corp_of", "hosts_of"]

CALLABLE = ("official", "service", "miniprogram", "wecom")
"""Kinds of accounts that have an access token of their own."""


def hosts_of(account: Account) -> Hosts:
    """The platform's hosts, or those below the account's `base_url` (the simulator)."""
    base = account.attrs.get("base_url", "")
    return Hosts.under(base) if base else Hosts()


def corp_of(account: Account) -> str:
    """The id of the app; of an application "corp id/agent id" the corp's."""
    return account.app_id.split("/")[0]


def client_of(account: Account, tokens: TokenStore) -> Client | WeComClient:
    """A client that shares its token with everybody who uses the workspace.

    Raises:
        UsageError: the account has no secret, or is not WeChat's.
    """
    secret = _secret(account)
    if account.kind == "wecom":
        return WeComClient(corp_of(account), secret, hosts=hosts_of(account), tokens=tokens)
    return Client(account.app_id, secret, hosts=hosts_of(account), tokens=tokens)


def async_client_of(account: Account, tokens: TokenStore) -> AsyncClient | AsyncWeComClient:
    """`client_of`, for event loops."""
    secret = _secret(account)
    if account.kind == "wecom":
        return AsyncWeComClient(corp_of(account), secret, hosts=hosts_of(account), tokens=tokens)
    return AsyncClient(account.app_id, secret, hosts=hosts_of(account), tokens=tokens)


def _secret(account: Account) -> Secret:
    if account.kind == "weibo":
        raise UsageError(f"account {account.name}", "is none of WeChat's", "name another account")
    if account.secret is None:
        raise UsageError(f"account {account.name}", "has no secret", "give it one with `jianwei accounts add`")
    return account.secret
