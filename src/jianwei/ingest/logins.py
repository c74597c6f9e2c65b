"""A log-in becomes records: the user, the name they bear, and which person they are.

The visitor waits for no commit of the lake: a log-in is kept in the inbox, as a delivery of its own kind, and comes with the next flush.
"""

from __future__ import annotations

from collections.abc import Sequence
from uuid import uuid4

import msgspec

from jianwei.common.kept import Delivery
from jianwei.records import key_id
from jianwei.sources._gathered import Gathered, Pulled, together
from jianwei.wechat._base import Inbox
from jianwei.wechat.endpoints.logins import Profile
from jianwei.wechat.oauth_app import LoggedIn

__all__ = ["is_login", "keep_login", "login_rows", "logins_of"]

_PREFIX = "login/"  # keys of what the platform pushes begin otherwise

_GENDERS = {1: "male", 2: "female"}


def login_rows(person: LoggedIn, *, account: str, ts_us: int) -> Pulled:
    """Rows of `users`, `names` and `links` for somebody who has logged in; none for a snapshot visitor, who is nobody.

    With a union id the person is the one behind it, the same for all accounts of one owner; without, the log-in itself makes them one.

    >>> person = LoggedIn("oA", None, None, None, "/")
    >>> login_rows(person, account="shop", ts_us=5)["links"].select(["by", "confidence"]).to_pylist()
    [{'by': 'log-in', 'confidence': 1.0}]
    """
    rows = Gathered(account)
    if person.snapshot:
        return rows.tables()
    profile, user_id = person.profile, rows.user(person.openid)
    region = [] if profile is None else [profile.country, profile.province, profile.city]
    rows.add(
        "users", ts_us, user_id=user_id, key=person.openid, union_id=person.union_id,
        nickname=profile and (profile.nickname.strip() or None),
        gender=profile and _GENDERS.get(profile.sex), region=" ".join(filter(None, region)) or None,
        attrs={"picture": profile.headimgurl} if profile else {},
    )  # fmt: skip
    rows.name(user_id, profile.nickname if profile else None, "nickname", ts_us)
    if person.union_id:
        rows.link(user_id, person.union_id, ts_us)
    else:
        alone = key_id("p:", account, "log-in", person.openid)
        rows.add("links", ts_us, user_id=user_id, person_id=alone, by="log-in", confidence=1.0)
    return rows.tables()


class _Kept(msgspec.Struct, frozen=True):
    """The body of such a delivery, as JSON: no tokens."""

    openid: str
    union_id: str | None
    profile: Profile | None


async def keep_login(person: LoggedIn, *, inbox: Inbox, account: str, ts_us: int) -> None:
    """Keep a log-in for the lake. When this returns, it is on disk; nothing is kept of a snapshot visitor.

    Raises:
        StoreError: it could not be written.
    """
    if person.snapshot:
        return
    body = msgspec.json.encode(_Kept(person.openid, person.union_id, person.profile))
    delivery = Delivery(account, f"{_PREFIX}{uuid4().hex}", body, ts_us)
    await inbox.begin(account, delivery.key, 0)
    try:
        await inbox.finish(delivery, b"")
    except BaseException:
        await inbox.abandon(account, delivery.key)
        raise


def is_login(delivery: Delivery) -> bool:
    """Whether it came from `keep_login`."""
    return delivery.key.startswith(_PREFIX)


def logins_of(deliveries: Sequence[Delivery]) -> Pulled:
    """Canonical rows of log-ins that `keep_login` kept, of any number of accounts.

    Raises:
        msgspec.MsgspecError: one of them is something else.
    """
    parts: list[Pulled] = []
    for one in deliveries:
        kept = msgspec.json.decode(one.body, type=_Kept)
        person = LoggedIn(kept.openid, kept.union_id, kept.profile, None, "/")
        parts.append(login_rows(person, account=one.account, ts_us=one.received_us))
    return together(*parts)
