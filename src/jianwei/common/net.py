"""Guarded fetch: a file from an address that somebody named, into a file of ours.

Only https, with the name looked up once and the connection made to what was found, so that a name cannot lead into the private network a
moment later. Addresses of this machine may be asked, also by http, where the caller's own address names it; a redirect never leads there.
What broke off goes on where it stopped, if the caller has a way to check the whole (a sha256).
"""

from __future__ import annotations

import ipaddress
import os
import socket
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING
from urllib.request import getproxies, proxy_bypass

from jianwei.common.progress import SilentProgress, Task
from jianwei.errors import JianweiError

if TYPE_CHECKING:
    import ssl

    import httpx

__all__ = [
    "FetchError",
    "FetchLimits",
    "PrivateAddressError",
    "UnknownHostError",
    "fetch_file",
    "is_this_machine",
    "proxy_for",
    "public_addresses",
    "shown_url",
]

_MOVED = (301, 302, 303, 307, 308)
_PASSING = (408, 425, 429, 500, 502, 503, 504)
_LONGEST_WAIT = 30.0


class FetchError(JianweiError):
    """A file could not be had from an address."""


class UnknownHostError(FetchError):
    """Nobody knows the name of the server, or nobody can be asked now."""


class PrivateAddressError(FetchError):
    """The address leads to this machine or into a private network."""


class _BrokenOffError(Exception):
    """Another try may go better."""


@dataclass(frozen=True, slots=True, kw_only=True)
class FetchLimits:
    """Bounds of one fetch.

    Attributes:
        most_bytes: the file is refused when it is larger.
        redirects: how many are followed.
        tries: tries without any progress before giving up.
        seconds: for a connection, and between two parts of the file.
    """

    most_bytes: int = 8 << 30
    redirects: int = 5
    tries: int = 5
    seconds: float = 30.0


def is_this_machine(host: str) -> bool:
    """Whether a host of an address is this machine, by its very name.

    >>> [is_this_machine(host) for host in ("localhost", "127.0.0.1", "::1", "10.0.0.1", "localhost.example.com")]
    [True, True, True, False, False]
    """
    if host.rstrip(".").lower() == "localhost":
        return True
    try:
        return ipaddress.ip_address(host.strip("[]")).is_loopback
    except ValueError:
        return False


def shown_url(url: str) -> str:
    """An address as it may be shown and kept: without user, password, query and fragment, which may hold secrets.

    >>> shown_url("https://me:pw@models.example/a/b.onnx?token=t#x")
    'https://models.example/a/b.onnx'
    """
    import httpx

    try:
        return str(httpx.URL(url).copy_with(username=None, password=None, query=None, fragment=None))
    except (httpx.InvalidURL, ValueError):
        return "the address"


def public_addresses(host: str, port: int) -> list[str]:
    """The addresses of a server on the public internet.

    Raises:
        UnknownHostError: nobody knows the name.
        PrivateAddressError: one of them lies in a private network.
    """
    try:
        found = [str(address[0]) for *_, address in socket.getaddrinfo(host, port, type=socket.SOCK_STREAM)]
    except (OSError, UnicodeError):
        raise UnknownHostError(host, "the name of the server is not known", "check the name and the network") from None
    if not all(_is_public(ipaddress.ip_address(address.partition("%")[0])) for address in found):
        raise PrivateAddressError(host, "leads into a private network", "fetch the file yourself and give its path")
    return found


_EMBEDDING = [ipaddress.IPv6Network(network) for network in ("::/96", "64:ff9b::/96")]


def _is_public(address: ipaddress.IPv4Address | ipaddress.IPv6Address) -> bool:
    """Whether an address is on the public internet, and so is the older one that it may stand for (RFC 4291, 6052, 3056)."""
    if isinstance(address, ipaddress.IPv6Address):
        if address.is_site_local or address.teredo is not None:
            return False
        inner = address.ipv4_mapped or address.sixtofour
        if inner is None and any(address in network for network in _EMBEDDING):
            inner = ipaddress.IPv4Address(int(address) & 0xFFFFFFFF)
        if inner is not None:
            return _is_public(inner)
    return address.is_global and not address.is_multicast


def proxy_for(url: httpx.URL) -> str | None:
    """The http proxy that the environment names for this address."""
    proxies = getproxies()
    proxy = proxies.get(url.scheme) or proxies.get("all", "")
    return proxy if proxy.startswith(("http://", "https://")) and not proxy_bypass(url.host) else None


def fetch_file(
    url: str,
    to: Path,
    *,
    limits: FetchLimits | None = None,
    size: int | None = None,
    resume: bool = False,
    task: Task | None = None,
    sleep: Callable[[float], None] = time.sleep,
) -> None:
    """Write what lies at an address into the file `to`. The caller checks what it is before giving it its name.

    Args:
        url: https, or http on this machine.
        to: a file aside; what it holds already is kept with `resume`, replaced otherwise.
        limits: bounds; the defaults of `FetchLimits` when None.
        size: bytes that the whole has, where known: more are refused, fewer count as broken off.
        resume: whether to go on where an earlier fetch stopped. Only for callers who check the whole.
        task: gets the bytes as they come.
        sleep: waits between tries.

    Raises:
        FetchError: the address may not be asked, does not answer, has nothing, or has too much.
    """
    bounds = limits or FetchLimits()
    with SilentProgress().task("") as silent:
        bar = task or silent
        best = _bytes_in(to) if resume else 0
        bar.advance(best)
        idle = 0
        while True:
            try:
                _attempt(url, to, _bytes_in(to) if resume else 0, bounds, size, bar)
                return
            except _BrokenOffError as broken:
                come = _bytes_in(to) if resume else 0
                idle = 0 if come > best else idle + 1  # only beyond the farthest point it counts as progress
                best = max(best, come)
                if idle >= bounds.tries:
                    hint = "try again later" + (": what has come is kept" if come else "")
                    raise FetchError(shown_url(url), str(broken), hint) from None
                sleep(min(2.0 ** max(idle - 1, 0), _LONGEST_WAIT))


def _bytes_in(file: Path) -> int:
    return file.stat().st_size if file.exists() else 0


def _attempt(url: str, to: Path, start: int, limits: FetchLimits, size: int | None, task: Task) -> None:
    import httpx

    most = limits.most_bytes if size is None else min(size, limits.most_bytes)
    if size is not None and start == size:
        return
    try:
        with _opened(url, start, limits) as response:
            start = _accepted(response, url, to, start, most)
            with to.open("ab" if start else "wb") as file:
                written = start
                for part in response.iter_raw():
                    written += len(part)
                    if written > most:
                        raise _too_large(url, most)
                    file.write(part)
                    task.advance(len(part))
                file.flush()
                os.fsync(file.fileno())
    except httpx.HTTPError as error:
        raise _BrokenOffError(f"the connection failed ({type(error).__name__})") from None
    except OSError as error:
        raise FetchError(str(to), f"cannot be written ({error.strerror})", "see that the disk has room") from None
    if size is not None and written < size:
        raise _BrokenOffError(f"the file ended after {written:,} of {size:,} bytes")


def _accepted(response: httpx.Response, url: str, to: Path, start: int, most: int) -> int:
    """From which byte on the answer goes, if it is one that may be read."""
    status = response.status_code
    if status in _PASSING:
        raise _BrokenOffError(f"the server answers {status}")
    if status == 416 and start:
        to.unlink(missing_ok=True)  # what lies here is no beginning of what lies there
        raise _BrokenOffError("the file has changed")
    if status not in (200, 206) or (status == 206 and not start):
        raise FetchError(shown_url(url), f"the server answers {status}", "check the address")
    if status == 206 and not response.headers.get("content-range", "").startswith(f"bytes {start}-"):
        to.unlink(missing_ok=True)
        raise _BrokenOffError("the server sent another part than was asked for")
    if response.headers.get("content-encoding", "identity") != "identity":
        raise FetchError(shown_url(url), "the server packs what it was asked for unpacked", "use another address")
    start = start if status == 206 else 0
    length = response.headers.get("content-length", "")
    if length.isdigit() and start + int(length) > most:
        raise _too_large(url, most)
    return start


def _too_large(url: str, most: int) -> FetchError:
    return FetchError(
        shown_url(url), f"the file is larger than {most:,} bytes", "check that the address is the right one"
    )


@contextmanager
def _opened(url: str, start: int, limits: FetchLimits) -> Iterator[httpx.Response]:
    """The answer at the end of the redirects, its body unread."""
    import httpx

    here, inside = _checked(url, None)
    trust = httpx.create_ssl_context()
    for _ in range(limits.redirects + 1):
        with _client(here, inside, limits, trust) as client, _sent(client, here, start, inside) as response:
            if response.status_code not in _MOVED:
                yield response
                return
            try:
                there = str(here.join(response.headers.get("location", "")))
            except (httpx.InvalidURL, ValueError):
                there = ""
        here, inside = _checked(there, inside)
    raise FetchError(shown_url(url), f"leads on and on ({limits.redirects} redirects)", "use the final address")


def _checked(url: str, inside: bool | None) -> tuple[httpx.URL, bool]:
    """An address that may be asked, and whether it is this machine; `inside` is None for the caller's own address."""
    import httpx

    try:
        parts = httpx.URL(url)
    except (httpx.InvalidURL, ValueError):
        raise FetchError(shown_url(url), "is no address on the web", "give one that begins with https://") from None
    here = is_this_machine(parts.host)
    if here and inside is False:
        raise PrivateAddressError(shown_url(url), "a redirect leads to this machine", "use another address")
    if not parts.host or parts.scheme not in (("https", "http") if here else ("https",)):
        raise FetchError(shown_url(url), "is not https", "give an address that begins with https://")
    return parts, here


def _client(url: httpx.URL, inside: bool, limits: FetchLimits, trust: ssl.SSLContext) -> httpx.Client:
    import httpx

    proxy = None if inside else proxy_for(url)
    return httpx.Client(timeout=limits.seconds, trust_env=False, proxy=proxy, verify=trust)


@contextmanager
def _sent(client: httpx.Client, url: httpx.URL, start: int, inside: bool) -> Iterator[httpx.Response]:
    """The answer of the first of the server's addresses that can be connected to."""
    import httpx

    name = url.raw_host.decode("ascii")
    if inside or (proxy_for(url) and not _is_number(name)):
        targets = [url]  # a proxy looks names up by itself
    else:
        targets = [url.copy_with(host=found) for found in public_addresses(name, url.port or 443)]
    headers = {"host": url.netloc.decode("ascii"), "accept-encoding": "identity"}
    if start:
        headers["range"] = f"bytes={start}-"
    failed: httpx.TransportError = httpx.ConnectError("no address")
    for target in targets:
        # The certificate must be the name's, not the number's.
        request = client.build_request("GET", target, headers=headers, extensions={"sni_hostname": name})
        try:
            response = client.send(request, stream=True)
        except (httpx.ConnectError, httpx.ConnectTimeout) as error:
            failed = error
            continue
        try:
            yield response
        finally:
            response.close()
        return
    raise failed


def _is_number(host: str) -> bool:
    try:
        ipaddress.ip_address(host.strip("[]"))
    except ValueError:
        return False
    return True
