"""The shop's WeCom corp: its staff as members, its customers as external contacts, its groups as customer groups."""

from __future__ import annotations

from jianwei.sandbox.platform.world import App, Platform
from jianwei.sandbox.population import Shop

__all__ = ["found"]


def found(platform: Platform, corp: App, shop: Shop) -> None:
    """Fill the corp of an application with the shop's people and groups."""
