"""Getting an account ready to serve: its webhook, its log-in, its signatures, and the addresses of them."""

from __future__ import annotations

from dataclasses import dataclass
from urllib.parse import quote

from jianwei.store import Account, Store, Vault
from jianwei.web.accounts import Served
from jianwei.web.answering import late_sender
from jianwei.web.signing import PageSigner
from jianwei.wechat._base import Inbox
from jianwei.wechat.client import AsyncClient, AsyncWeComClient, Client
from jianwei.wechat.crypto import MessageCrypto
from jianwei.wechat.handling import Handler
from jianwei.wechat.jssdk import JsSdk
from jianwei.wechat.oauth import AsyncLogin
from jianwei.wechat.oauth_app import LoginApp, LoginKind
from jianwei.wechat.webhook import Webhook
from jianwei.workspace.clients import CALLABLE, async_client_of, client_of, corp_of, hosts_of

__all__ = ["LOGIN_KINDS", "Addresses", "Maker", "addresses"]

LOGIN_KINDS: dict[str, LoginKind] = {"service": "official", "website": "website", "wecom": "wecom"}
"""Kinds of accounts that people can log in with. An unverified subscription account has no such permission."""


@dataclass(frozen=True, slots=True)
class Addresses:
    """Where one account is served; "" where it is not."""

    name: str
    webhook: str = ""
    login: str = ""


def addresses(account: Account, public_url: str) -> Addresses:
    """The addresses to enter in the account's settings, and to send people to."""
    name = quote(account.name, safe="")
    login = account.kind in LOGIN_KINDS and account.secret is not None
    return Addresses(
        account.name,
        f"{public_url}/wechat/{name}" if account.token is not None else "",
        f"{public_url}/login/{name}" if login else "",
    )


class Maker:
    """Gets accounts ready to serve.

    Args:
        inbox: where deliveries are kept.
        handler: answers messages.
    """

    def __init__(self, store: Store, vault: Vault, inbox: Inbox, handler: Handler) -> None:
        self._inbox, self._handler = inbox, handler
        self._tokens, self._states, self._grants = store.tokens(vault), store.logins(), store.grants(vault)
        self.webhooks: list[Webhook] = []

    def __call__(self, account: Account) -> Served:
        return Served(account, self._webhook(account), self._login(account), self._jssdk(account))

    def _webhook(self, account: Account) -> Webhook | None:
        if account.token is None:
            return None
        crypto = None
        if account.aes_key is not None:
            crypto = MessageCrypto(account.token.reveal(), account.aes_key.reveal(), corp_of(account))
        late = None
        if account.secret is not None and account.kind in CALLABLE:
            late = late_sender(async_client_of(account, self._tokens))
        mode = account.attrs.get("mode")
        # With a key only plaintext mode sends what is not encrypted: compatible mode encrypts, too. The signature of a plain delivery does
        # not cover its body, so that whoever has seen one address could send words of their own with it.
        secure = mode == "secure" or (crypto is not None and mode != "plain")
        webhook = Webhook(
            account.name, account.token.reveal(), self._inbox, self._handler, crypto=crypto, late=late,
            require_secure=secure,
        )  # fmt: skip
        self.webhooks.append(webhook)
        return webhook

    def _login(self, account: Account) -> AsyncLogin | None:
        kind = LOGIN_KINDS.get(account.kind)
        if kind is None or account.secret is None:
            return None
        hosts = hosts_of(account)
        agent = account.attrs.get("agent_id") or account.app_id.partition("/")[2]
        app = LoginApp(corp_of(account), account.secret, kind, agent, hosts)
        client: AsyncClient | AsyncWeComClient = (
            async_client_of(account, self._tokens)
            if account.kind in CALLABLE
            else AsyncClient(account.app_id, account.secret, hosts=hosts)
        )
        return AsyncLogin(app, self._states, self._grants, client)

    def _jssdk(self, account: Account) -> PageSigner | None:
        if account.secret is None or account.kind not in ("official", "service"):
            return None
        client = client_of(account, self._tokens)
        assert isinstance(client, Client)
        return PageSigner(JsSdk(client, self._tokens))
