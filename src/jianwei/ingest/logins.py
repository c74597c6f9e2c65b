"""A log-in becomes records: the user, the name they bear, and which person they are."""

from __future__ import annotations

from jianwei.records import key_id
from jianwei.sources._gathered import Gathered, Pulled
from jianwei.store import Store
from jianwei.wechat.oauth_app import LoggedIn

__all__ = ["login_rows", "record_login"]

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


def record_login(person: LoggedIn, *, store: Store, account: str, ts_us: int) -> None:
    """Write a log-in into the lake; writing the same one again adds nothing.

    Raises:
        StoreError: the lake is being maintained for longer than two minutes, or refuses.
    """
    tables = login_rows(person, account=account, ts_us=ts_us)
    if not tables:
        return
    with store.writing() as lake:
        lake.upsert("users", tables["users"])
        for name in ("names", "links"):
            if name in tables:
                lake.append_new(name, tables[name])
