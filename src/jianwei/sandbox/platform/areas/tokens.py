"""Access tokens: who gets one, how long it lasts, and what ends it."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field

from jianwei.sandbox.platform.serving import Handler
from jianwei.sandbox.platform.world import App, Platform, Refusal, Visit
from jianwei.wechat.endpoints import tokens as api

__all__ = ["HANDLERS", "TokenBook", "end_token", "owner_of"]

LIFE, OVERLAP = 7_200, 300
BEIJING = 8 * 3_600


@dataclass(slots=True)
class TokenBook:
    """Tokens of an app, by value; `ends` in seconds since the epoch."""

    life: int = LIFE
    ends: dict[str, float] = field(default_factory=dict)
    dead: set[str] = field(default_factory=set)
    replaced: set[str] = field(default_factory=set)
    """Tokens that stay usable for a while beside a newer one."""
    basic: str = ""
    stable: str = ""
    forced: list[float] = field(default_factory=list)
    fetches: int = 0
    """How often a token was asked for; tests count with it."""
    tickets: dict[str, tuple[str, float]] = field(default_factory=dict)

    def issue(self, platform: Platform, now: float) -> str:
        token = f"{platform.number(2)}_{platform.name(134)}"
        self.ends[token] = now + self.life
        return token

    def shorten(self, token: str, now: float) -> None:
        """The old token stays usable for a while beside the new one."""
        if token in self.ends:
            self.ends[token] = min(self.ends[token], now + OVERLAP)
            self.replaced.add(token)

    def expire_all(self) -> None:
        """Every token is refused as "not the latest" from now on."""
        self.dead.update(self.ends)
        self.basic = self.stable = ""


def owner_of(platform: Platform, token: str, now: float) -> App:
    """The app of a token.

    Raises:
        Refusal: 41001 missing, 40014 unknown, 40001 replaced, 42001 expired.
    """
    if not token:
        raise Refusal(41001, "access_token missing")
    for app in platform.apps.values():
        book = app.of(TokenBook)
        if token not in book.ends:
            continue
        over = book.ends[token] <= now
        if token in book.dead or (over and token in book.replaced):
            raise Refusal(40001, "invalid credential, access_token is invalid or not latest")
        if over:
            raise Refusal(42001, "access_token expired")
        return app
    raise Refusal(40014, "invalid access_token")


def end_token(platform: Platform, token: str) -> None:
    """A token comes to its end now."""
    for app in platform.apps.values():
        book = app.of(TokenBook)
        if token in book.ends:
            book.ends[token] = min(book.ends[token], platform.clock.now())


def basic(visit: Visit, call: api.BasicToken) -> api.IssuedToken:
    book = visit.app.of(TokenBook)
    book.fetches += 1
    book.shorten(book.basic, visit.now)
    book.basic = book.issue(visit.platform, visit.now)
    return api.IssuedToken(book.basic, book.life)


def stable(visit: Visit, call: api.StableToken) -> api.IssuedToken:
    book = visit.app.of(TokenBook)
    book.fetches += 1
    left = book.ends.get(book.stable, 0) - visit.now
    if call.force_refresh:
        today = [at for at in book.forced if (at + BEIJING) // 86_400 == (visit.now + BEIJING) // 86_400]
        if len(today) >= 20:
            raise Refusal(45009, "reach max api daily quota limit")
        if not book.forced or visit.now - book.forced[-1] >= 30:
            book.forced = [*today, visit.now]
            if book.stable:
                book.dead.add(book.stable)
            left = 0
    if left <= min(OVERLAP, book.life // 10):
        book.shorten(book.stable, visit.now)
        book.stable = book.issue(visit.platform, visit.now)
        left = book.life
    return api.IssuedToken(book.stable, int(left))


def corp(visit: Visit, call: api.CorpToken) -> api.IssuedToken:
    book = visit.app.of(TokenBook)
    book.fetches += 1
    left = book.ends.get(book.basic, 0) - visit.now
    if left <= 0:
        book.basic, left = book.issue(visit.platform, visit.now), book.life
    return api.IssuedToken(book.basic, int(left))


def ticket(visit: Visit, call: api.GetTicket) -> api.IssuedTicket:
    book = visit.app.of(TokenBook)
    value, end = book.tickets.get(call.type, ("", 0.0))
    if end <= visit.now:
        value, end = visit.platform.name(86), visit.now + LIFE
        book.tickets[call.type] = value, end
    return api.IssuedTicket(value, int(end - visit.now))


HANDLERS: Mapping[type, Handler] = {
    api.BasicToken: basic,
    api.StableToken: stable,
    api.CorpToken: corp,
    api.GetTicket: ticket,
}
