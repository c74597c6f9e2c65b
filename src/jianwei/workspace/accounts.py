"""Accounts of a workspace: adding them with their secrets sealed, and finding out what each of them may do.

`examine_account` makes real calls, harmless ones: reads, and calls that the platform refuses for another reason than a missing
permission. What they found is a list of checks; words stand in `locale/*/accounts.toml`.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass, replace
from urllib.parse import urlsplit

from jianwei.errors import UsageError
from jianwei.settings import Secret
from jianwei.store import Account
from jianwei.store.secrets import Vault
from jianwei.store.state import ACCOUNT_KINDS
from jianwei.workspace.workspace import Workspace

__all__ = ["AccountRow", "add_account", "list_accounts", "new_key", "open_account", "remove_account"]


@dataclass(frozen=True, slots=True)
class AccountRow:
    """An account as it is listed: which secrets are there, never the secrets."""

    name: str
    kind: str
    app_id: str
    secret: bool
    token: bool
    aes_key: bool
    attrs: Mapping[str, str]
    created_us: int

    @classmethod
    def of(cls, account: Account) -> AccountRow:
        """What may be shown of an account."""
        has = {part: getattr(account, part) is not None for part in ("secret", "token", "aes_key")}
        return cls(
            account.name, account.kind, account.app_id, **has, attrs=dict(account.attrs), created_us=account.created_us
        )


def new_key() -> Secret:
    """A new key for JIANWEI_KEY."""
    return Vault.new_key()


def _vault(ws: Workspace) -> Vault:
    return Vault(ws.settings.key)


_TOKEN, _AES_KEY = re.compile(r"[A-Za-z0-9]{3,32}"), re.compile(r"[A-Za-z0-9+/]{43}")
_NAME = re.compile(r"[^\s/?#%\\]{1,64}")
_IDS: Mapping[str, tuple[re.Pattern[str], str]] = {
    "wecom": (re.compile(r"(?:ww|wx)[A-Za-z0-9]{1,30}"), 'a corp id begins with "ww"'),
    "weibo": (re.compile(r"\d{4,20}"), "an app key of Weibo is a number"),
}
_WX = (re.compile(r"wx[A-Za-z0-9]{4,32}"), 'an app id is "wx" and 16 hex digits')


def add_account(ws: Workspace, account: Account) -> Account:
    """Keep an account in place of an earlier one of its name. Secrets that are not given stay as they were.

    Raises:
        UsageError: a value has not the form that the platform gives it.
        SettingsError: there is no JIANWEI_KEY to seal secrets with.
    """
    if not _NAME.fullmatch(account.name):
        raise UsageError(
            "NAME", f"{account.name!r} cannot be a name", "use up to 64 characters without blanks and / ? # % \\"
        )
    if account.kind == "wecom" and "/" in account.app_id:  # one application, as the simulator names it
        corp, _, agent = account.app_id.partition("/")
        account = replace(account, app_id=corp, attrs={"agent_id": agent, **account.attrs})
    form, meaning = _IDS.get(account.kind, _WX)
    if not form.fullmatch(account.app_id):
        raise UsageError("--app-id", f"{account.app_id!r} is none of this kind", meaning)
    if account.token is not None and not _TOKEN.fullmatch(account.token.reveal()):
        raise UsageError("token", "is none that the platform takes", "use 3 to 32 letters and digits")
    if account.aes_key is not None and not _AES_KEY.fullmatch(account.aes_key.reveal()):
        raise UsageError("EncodingAESKey", "is none", "copy all 43 characters from the account's settings")
    for name in ("base_url", "webhook_url", "redirect_url"):
        if (url := account.attrs.get(name)) is not None and urlsplit(url).scheme not in ("http", "https"):
            raise UsageError(
                f"--{name.replace('_', '-')}", f"{url!r} is no http address", "give it with http:// or https://"
            )
    table = ws.store.accounts(_vault(ws))
    earlier = {known.name: known for known in table.list()}.get(account.name)
    if earlier is not None:
        kept = {part: getattr(account, part) or getattr(earlier, part) for part in ("secret", "token", "aes_key")}
        same_app = earlier.app_id == account.app_id
        account = replace(account, **(kept if same_app else {}), attrs={**earlier.attrs, **account.attrs})
    table.put(account)
    return account


def list_accounts(ws: Workspace) -> list[AccountRow]:
    """All accounts by name."""
    return [AccountRow.of(account) for account in ws.store.accounts(_vault(ws)).list()]


def remove_account(ws: Workspace, name: str) -> bool:
    """Forget an account and its secrets; its records stay. Whether there was one."""
    return ws.store.accounts(_vault(ws)).remove(name)


def open_account(ws: Workspace, name: str | None, kinds: tuple[str, ...] = ACCOUNT_KINDS) -> Account:
    """The account of this name; without a name the only one of these kinds.

    Raises:
        StoreError: none has the name.
        UsageError: it is of another kind, or the name is needed.
    """
    table = ws.store.accounts(_vault(ws))
    if name is not None:
        account = table.get(name)
        if account.kind not in kinds:
            raise UsageError(f"account {name}", f"is of kind {account.kind}", f"name one of kind {' or '.join(kinds)}")
        return account
    fitting = [one for one in table.list() if one.kind in kinds]
    if not fitting:
        raise UsageError("account", f"there is none of kind {' or '.join(kinds)}", "add it with `jianwei accounts add`")
    if len(fitting) > 1:
        raise UsageError("account", "there are several", f"name one of {', '.join(one.name for one in fitting)}")
    return fitting[0]
