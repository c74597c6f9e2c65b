"""Getting the files of messages: by the account's client, and videos from where the platform says they are."""

from __future__ import annotations

import ipaddress
import socket
from dataclasses import dataclass, field
from urllib.parse import urlsplit

from jianwei.ingest.downloads import MOST_BYTES, Fetched, GoneError
from jianwei.store import Account, MediaDownload, Store, Vault
from jianwei.wechat.client import Client, WeComClient
from jianwei.wechat.endpoints.media import VideoUrl
from jianwei.wechat.errors import TransportError, WeChatError
from jianwei.wechat.request import Download
from jianwei.workspace.clients import client_of

__all__ = ["MediaFetcher", "fetch_url"]

SECONDS = 20.0


@dataclass(slots=True)
class MediaFetcher:
    """A `Fetch` for all accounts of a workspace. Its clients stay open."""

    store: Store
    vault: Vault
    _clients: dict[str, tuple[Account, Client | WeComClient]] = field(default_factory=dict)

    def __call__(self, row: MediaDownload) -> Fetched:
        account = self.store.accounts(self.vault).get(row.account)
        client = self._client(account)
        found = client.media.get(row.media_id)
        if isinstance(found, VideoUrl):
            return fetch_url(found.video_url, inside="base_url" in account.attrs)
        return found

    def _client(self, account: Account) -> Client | WeComClient:
        known = self._clients.get(account.name)
        if known is None or known[0] != account:
            if known is not None:
                known[1].close()
            known = account, client_of(account, self.store.tokens(self.vault))
            self._clients[account.name] = known
        return known[1]


def fetch_url(url: str, *, inside: bool = False, most_bytes: int = MOST_BYTES) -> Download:
    """A file on the web, without following redirects and without reading on once it is too large.

    Args:
        inside: whether addresses of this machine and its network may be asked (the simulator's); otherwise they are refused, so that
            nobody can have this server look around there.

    Raises:
        GoneError: there is nothing at this address.
        TransportError: no answer came, or the server had trouble of its own.
        WeChatError: the address is none that may be asked.
    """
    import httpx

    where = "media"
    parts = urlsplit(url)
    if parts.scheme not in ("http", "https") or not parts.hostname:
        raise WeChatError(where, "its address is none on the web", "")
    if not inside:
        _check_public(parts.hostname, parts.port or (443 if parts.scheme == "https" else 80))
    try:
        with httpx.stream("GET", url, timeout=SECONDS, follow_redirects=False, trust_env=not inside) as response:
            if response.status_code in (403, 404, 410):
                raise GoneError(where, f"its address answers {response.status_code}")
            if response.status_code != 200:
                raise TransportError(where, f"its address answers {response.status_code}", "", sent=True)
            content = b""
            for chunk in response.iter_bytes():
                content += chunk
                if len(content) > most_bytes:
                    break  # whoever asked sees that it is too large
            return Download(content, response.headers.get("content-type", ""))
    except (httpx.HTTPError, httpx.InvalidURL) as error:
        raise TransportError(where, f"its address does not answer ({type(error).__name__})", "", sent=True) from None


def _check_public(host: str, port: int) -> None:
    try:
        found = socket.getaddrinfo(host, port, type=socket.SOCK_STREAM)
    except OSError:
        raise TransportError("media", "the name of its server is not known", "", sent=False) from None
    if not all(ipaddress.ip_address(str(address[0]).partition("%")[0]).is_global for *_, address in found):
        raise WeChatError("media", "its address leads into a private network", "")
