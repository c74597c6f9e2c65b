"""Accounts on the platform: who we are there, with secrets that are sealed where they rest."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any, Literal, get_args

import msgspec
import sqlalchemy as sa

from jianwei.errors import StoreError, UsageError
from jianwei.settings import Secret
from jianwei.store.secrets import Vault
from jianwei.store.state._sql import upsert
from jianwei.store.state.database import now_us
from jianwei.store.state.tables import accounts

__all__ = ["ACCOUNT_KINDS", "Account", "AccountKind", "AccountTable", "NoAccountError"]

AccountKind = Literal["official", "service", "miniprogram", "website", "wecom", "weibo"]
ACCOUNT_KINDS: tuple[str, ...] = get_args(AccountKind)


class NoAccountError(StoreError):
    """There is no account of this name."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Account:
    """One account.

    Attributes:
        name: what this workspace calls it; the `account` of its records.
        kind: "official" (subscription account), "service", "miniprogram", "website", "wecom" or "weibo".
        app_id: app id, corp id or app key.
        secret: app secret, or None where only the webhook is used.
        token: token of the webhook.
        aes_key: EncodingAESKey of the webhook.
        attrs: further settings as text, e.g. {"agent_id": "1000002"}.
        created_us: when it was first kept; 0 lets `AccountTable.put` say.
    """

    name: str
    kind: AccountKind
    app_id: str
    secret: Secret | None = None
    token: Secret | None = None
    aes_key: Secret | None = None
    attrs: Mapping[str, str] = field(default_factory=dict)
    created_us: int = 0

    def __post_init__(self) -> None:
        if self.kind not in ACCOUNT_KINDS:
            raise UsageError("account", f"kind {self.kind!r} is unknown", f"use one of {', '.join(ACCOUNT_KINDS)}")
        if not self.name.strip() or not self.app_id.strip():
            raise UsageError("account", "needs a name and an app id", "give both")


_SECRETS = ("secret", "token", "aes_key")


@dataclass(frozen=True, slots=True)
class AccountTable:
    """The accounts of a workspace, by name."""

    engine: sa.Engine
    vault: Vault

    def put(self, account: Account) -> None:
        """Keep an account in place of an earlier one of this name; the time it was first kept stays."""
        values: dict[str, object] = {"kind": account.kind, "app_id": account.app_id}
        values["attrs"] = msgspec.json.encode(account.attrs, order="sorted").decode()
        for column in _SECRETS:
            secret: Secret | None = getattr(account, column)
            values[column] = secret and self.vault.seal(secret.reveal(), "accounts", account.name, column)
        at_first = {"created_us": account.created_us or now_us()}
        with self.engine.begin() as connection:
            upsert(connection, accounts, {"name": account.name}, values, at_first)

    def get(self, name: str) -> Account:
        """The account of this name.

        Raises:
            NoAccountError: there is none.
            StoreError: it was sealed with another key.
        """
        with self.engine.connect() as connection:
            row = connection.execute(sa.select(accounts).where(accounts.c.name == name)).one_or_none()
        if row is None:
            raise NoAccountError(f"account {name}", "is not known here", "see `jianwei accounts list`")
        return self._account(row)

    def list(self) -> list[Account]:
        """All accounts by name."""
        with self.engine.connect() as connection:
            return [self._account(row) for row in connection.execute(sa.select(accounts).order_by(accounts.c.name))]

    def remove(self, name: str) -> bool:
        """Forget an account and its secrets; whether there was one."""
        with self.engine.begin() as connection:
            return bool(connection.execute(sa.delete(accounts).where(accounts.c.name == name)).rowcount)

    def _account(self, row: Any) -> Account:
        def opened(column: str) -> Secret | None:
            sealed = getattr(row, column)
            return None if sealed is None else Secret(self.vault.open(sealed, "accounts", row.name, column))

        return Account(
            name=row.name,
            kind=row.kind,
            app_id=row.app_id,
            secret=opened("secret"),
            token=opened("token"),
            aes_key=opened("aes_key"),
            attrs=msgspec.json.decode(row.attrs, type=dict[str, str]),
            created_us=row.created_us,
        )
