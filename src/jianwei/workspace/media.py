"""Getting the files of messages: by the account's client, and videos from where the platform says they are."""

from __future__ import annotations

import asyncio
from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from jianwei.common.net import PrivateAddressError, UnknownHostError, proxy_for, public_addresses
from jianwei.ingest.downloads import MOST_BYTES, Fetched, GoneError
from jianwei.store import Account, MediaDownload, Store, Vault
from jianwei.wechat.client import Client, WeComClient
from jianwei.wechat.endpoints.media import VideoUrl
from jianwei.wechat.errors import TransportError, WeChatError
from jianwei.wechat.request import Download
from jianwei.workspace.clients import client_of

if TYPE_CHECKING:
    import httpx

__all__ = ["MediaFetcher", "fetch_url"]

SECONDS = 20.0
"""For a connection, and between two parts of a file."""

MOST_SECONDS = 120.0
"""For a whole file."""


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


def fetch_url(
    url: str, *, inside: bool = False, most_bytes: int = MOST_BYTES, seconds: float = MOST_SECONDS
) -> Download:
    """A file on the web, without following redirects and without reading on once it is too large. Not for event loops.

    The name is looked up once, and what was found is what is connected to: a name that leads elsewhere a moment later leads nobody there.
    An http proxy of the environment is asked where there is one; it looks the name up by itself.

    Args:
        inside: whether addresses of this machine and its network may be asked (the simulator's); otherwise they are refused, so that
            nobody can have this server look around there.
        seconds: for all of it.

    Raises:
        GoneError: there is nothing at this address.
        TransportError: no answer came in time, or the server had trouble of its own.
        WeChatError: the address is none that may be asked.
    """
    import httpx

    try:
        parts = httpx.URL(url)
    except (httpx.InvalidURL, ValueError):
        raise WeChatError("media", "its address is none on the web", "") from None
    if parts.scheme not in ("http", "https") or not parts.host:
        raise WeChatError("media", "its address is none on the web", "")
    if inside:
        return asyncio.run(_fetch(parts, [parts], None, most_bytes, seconds))
    port = parts.port or (443 if parts.scheme == "https" else 80)
    addresses = _public_addresses(parts.raw_host.decode("ascii"), port)
    proxy = proxy_for(parts)
    targets = [parts] if proxy else [parts.copy_with(host=address) for address in addresses]
    return asyncio.run(_fetch(parts, targets, proxy, most_bytes, seconds))


async def _fetch(
    named: httpx.URL, targets: Sequence[httpx.URL], proxy: str | None, most_bytes: int, seconds: float
) -> Download:
    """What the server of `named` has there; `targets` are the same address with the server's numbers in place of its name."""
    import httpx

    headers = {"host": named.netloc.decode("ascii"), "accept-encoding": "identity"}
    trust = httpx.create_ssl_context()
    try:
        async with (
            asyncio.timeout(seconds),
            httpx.AsyncClient(timeout=SECONDS, trust_env=False, proxy=proxy, verify=trust, headers=headers) as client,
        ):
            return await _read(await _reach(client, named, targets), most_bytes)
    except TimeoutError:
        raise TransportError("media", f"its address took longer than {seconds:g} s", "", sent=True) from None
    except (httpx.HTTPError, httpx.InvalidURL) as error:
        what = f"its address does not answer ({type(error).__name__})"
        raise TransportError("media", what, "", sent=True) from None


async def _reach(client: httpx.AsyncClient, named: httpx.URL, targets: Sequence[httpx.URL]) -> httpx.Response:
    """The answer of the first target that can be connected to, its body unread."""
    import httpx

    failed: httpx.TransportError = httpx.ConnectError("no address")
    for target in targets:
        # The certificate must be the name's, not the number's.
        request = client.build_request("GET", target, extensions={"sni_hostname": named.raw_host.decode("ascii")})
        try:
            return await client.send(request, stream=True)
        except (httpx.ConnectError, httpx.ConnectTimeout) as error:
            failed = error
    raise failed


async def _read(response: httpx.Response, most_bytes: int) -> Download:
    try:
        if response.status_code in (403, 404, 410):
            raise GoneError("media", f"its address answers {response.status_code}")
        if response.status_code != 200:
            raise TransportError("media", f"its address answers {response.status_code}", "", sent=True)
        parts: list[bytes] = []
        size = 0
        async for part in response.aiter_bytes():
            parts.append(part)
            size += len(part)
            if size > most_bytes:
                break  # whoever asked sees that it is too large
        return Download(b"".join(parts), response.headers.get("content-type", ""))
    finally:
        await response.aclose()


def _public_addresses(host: str, port: int) -> list[str]:
    """The addresses of a server on the public internet.

    Raises:
        TransportError: nobody knows the name.
        WeChatError: one of them lies in a private network.
    """
    try:
        return public_addresses(host, port)
    except UnknownHostError:
        raise TransportError("media", "the name of its server is not known", "", sent=False) from None
    except PrivateAddressError:
        raise WeChatError("media", "its address leads into a private network", "") from None
