"""The platform's hosts, and how to point a client at others (the simulator, a proxy)."""

from __future__ import annotations

from dataclasses import dataclass

from jianwei.wechat.request import Host

__all__ = ["Hosts"]


@dataclass(frozen=True, slots=True, kw_only=True)
class Hosts:
    """Base addresses by kind of host, without a slash at the end.

    >>> Hosts().of(Host.API)
    'https://api.weixin.qq.com'
    >>> Hosts.under("http://127.0.0.1:8090").of(Host.WECOM)
    'http://127.0.0.1:8090/wecom'
    """

    api: str = "https://api.weixin.qq.com"
    open: str = "https://open.weixin.qq.com"
    mp: str = "https://mp.weixin.qq.com"
    wecom: str = "https://qyapi.weixin.qq.com"

    @classmethod
    def under(cls, base_url: str) -> Hosts:
        """All hosts below one address, as the simulator serves them: WeCom shares paths with the rest and has a folder of its own."""
        base = base_url.rstrip("/")
        return cls(api=base, open=base, mp=base, wecom=f"{base}/wecom")

    def of(self, host: Host) -> str:
        """The base address of one kind of host."""
        address: str = getattr(self, host.value)
        return address.rstrip("/")
