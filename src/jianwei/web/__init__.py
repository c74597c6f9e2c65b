"""The web door: the platform's webhook, log-ins with WeChat, health; everything on localhost unless it is told otherwise."""

from jianwei.web.app import Site, create_app

__all__ = ["Site", "create_app"]
