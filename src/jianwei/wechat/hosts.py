"""The platform's hosts, and how to point a client at others (the simulator, a proxy)."""

from __future__ import annotations

from dataclasses import dataclass
from urllib.parse import urlsplit

from jianwei.errors import UsageError
from jianwei.wechat.request import Host

__all__ = ["Hosts"]


def _check(address: str) -> None:
    try:
        parts = urlsplit(address)
        fits = parts.scheme in ("http", "https") and bool(parts.hostname) and (parts.port or 1) > 0
    except (ValueError, AttributeError, TypeError):
        fits = False
    if not fits or not address.isprintable() or set(address) & set(" ?#\\"):
        raise UsageError("base address", "is no http(s) address", "write it as https://host or http://host:port")


@dataclass(frozen=True, slots=True, kw_only=True)
class Hosts:
    """Base addresses by kind of host, without a slash at the end.

    Raises:
        UsageError: one is no http(s) address.

    >>> Hosts().of(Host.API)
    'https://api.weixin.qq.com'
    >>> Hosts.under("http://127.0.0.1:8090").of(Host.WECOM)
    'http://127.0.0.1:8090/wecom'
    """

    api: str = "https://api.weixin.qq.com"
    open: str = "https://open.weixin.qq.com"
    mp: str = "https://mp.weixin.qq.com"
    wecom: str = "https://qyapi.weixin.qq.com"

    def __post_init__(self) -> None:
        for address in (self.api, self.open, self.mp, self.wecom):
            _check(address)

    @classmethod
    def under(cls, base_url: str) -> Hosts:
        """All hosts below one address, as the simulator serves them: WeCom shares paths with the rest and has a folder of its own."""
        _check(base_url)
        base = base_url.rstrip("/")
        return cls(api=base, open=base, mp=base, wecom=f"{base}/wecom")

    def of(self, host: Host) -> str:
        """The base address of one kind of host."""
        address: str = getattr(self, host.value)
        return address.rstrip("/")
