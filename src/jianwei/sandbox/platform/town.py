"""The seeded shop on the simulated platform: its accounts, and its customers as their followers, visitors and contacts."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from hashlib import sha256

from jianwei.sandbox.platform.areas.customer_service import Desk
from jianwei.sandbox.platform.areas.menus import MenuBook
from jianwei.sandbox.platform.company import found
from jianwei.sandbox.platform.world import App, Follower, Platform
from jianwei.sandbox.population import Customer, Shop
from jianwei.wechat.endpoints.customer_service import Staff
from jianwei.wechat.endpoints.menus import Button

__all__ = ["SITE", "Town", "newcomer", "settle_in", "starts_at"]

SITE = "https://shop.example"
HEX = "0123456789abcdef"
_ALPHABET = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789_-"


@dataclass(frozen=True, slots=True)
class Town:
    """The shop's accounts.

    Attributes:
        service: the service account; customers have the openids there that the shop's files give them.
        website, mini: a website application and a mini-program of the same owner: other openids, the same union ids.
        corp: an application of the shop's WeCom corp.
        workers: staff's user id → their customer-service account.
    """

    shop: Shop
    service: App
    website: App
    mini: App
    corp: App
    workers: Mapping[str, str]

    def customer(self, user_id: str) -> Customer | None:
        """A customer by the WeChat id that files use."""
        return next((one for one in self.shop.customers if one.user_id == user_id), None)


def starts_at(shop: Shop) -> int:
    """The first second of the shop's first day, since the epoch."""
    from jianwei.sandbox.platform.daily import started

    return started(shop.start)


def _id(prefix: str, *parts: str, length: int = 27) -> str:
    """An id that follows from its parts: of the alphabet that the platform uses."""
    digest = sha256("/".join(parts).encode()).digest()
    return prefix + "".join(_ALPHABET[byte & 63] for byte in digest)[:length]


def _union_id(shop: Shop, customer: Customer) -> str:
    return _id("o", shop.name, "union", customer.openid)


def settle_in(platform: Platform, shop: Shop) -> Town:
    """Open the shop's accounts on the platform. Customers who came before its first day follow already."""
    begin = starts_at(shop)
    with platform.lock:
        service, website, mini = (
            _account(platform, kind, shop.name) for kind in ("service", "website", "miniprogram")
        )  # fmt: skip
        corp = _corp(platform, shop)
        late = {event.user_id for event in shop.events if event.name == "subscribe"}
        for customer in shop.customers:
            follows = customer.joined < begin and customer.user_id not in late
            union_id = _union_id(shop, customer)
            person = Follower(customer.openid, customer.nickname, union_id, follows, customer.joined if follows else 0)
            if follows:
                service.followers[person.openid] = person
            for app in (website, mini):
                openid = _id("o", app.app_id, customer.openid)
                app.followers[openid] = Follower(openid, customer.nickname, union_id, False)
        workers = _staff(service, shop)
        _menu(service, platform, mini)
        found(platform, corp, shop, {one.user_id: _union_id(shop, one) for one in shop.customers})
    return Town(shop, service, website, mini, corp, workers)


def newcomer(town: Town, customer: Customer) -> Follower:
    """A customer whom the service account has not met, not yet following."""
    met = town.service.followers.get(customer.openid)
    if met is None:
        met = Follower(customer.openid, customer.nickname, _union_id(town.shop, customer), subscribed=False)
        town.service.followers[customer.openid] = met
    return met


def _account(platform: Platform, kind: str, name: str) -> App:
    app = App(f"wx{platform.name(16, HEX)}", platform.name(32, HEX), kind, name)  # type: ignore[arg-type]
    app.original_id = f"gh_{platform.name(12, HEX)}"
    return platform.add(app)


def _corp(platform: Platform, shop: Shop) -> App:
    return platform.add(App(f"ww{platform.name(16, HEX)}/1000002", platform.name(43), "wecom", shop.name))


def _staff(service: App, shop: Shop) -> Mapping[str, str]:
    desk = service.of(Desk)
    workers = {}
    for number, member in enumerate(shop.staff, 1001):
        account = f"kf{number}@{service.original_id}"
        desk.staff[account] = Staff(account, member.nickname, str(number))
        workers[member.user_id] = account
    return workers


def _menu(service: App, platform: Platform, mini: App) -> None:
    book = service.of(MenuBook)
    book.default_id = platform.number(9)
    book.default = [
        Button("新茶上市", "view", url=f"{SITE}/new"),
        Button("我的收藏", "click", key="FAVOURITES"),
        Button(
            "更多",
            sub_button=[
                Button("联系客服", "click", key="SERVICE"),
                Button("小程序商城", "miniprogram", url=SITE, appid=mini.app_id, pagepath="pages/index"),
            ],
        ),
    ]
