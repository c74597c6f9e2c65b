"""What people, and accounts on behalf of those they speak with, agreed to: kept as `consents`, one row a user and purpose."""

from __future__ import annotations

from dataclasses import dataclass

import pyarrow as pa
import pyarrow.compute as pc

from jianwei.errors import UsageError
from jianwei.records import TABLES
from jianwei.sources._gathered import Gathered
from jianwei.store import Store, now_us
from jianwei.store.scan import rows_with_keys

__all__ = ["Held", "held_consents", "keep_consent", "record_consent", "refusing_users", "withdraw_consent"]


@dataclass(frozen=True, slots=True)
class Held:
    """A consent that holds.

    Attributes:
        user_id: whose.
        given_us: when it was given, µs since the epoch, UTC; 0 where that is not known.
    """

    user_id: str
    given_us: int


def held_consents(rows: pa.Table, purpose: str, *, at_us: int) -> tuple[Held, ...]:
    """The consents to a purpose that hold at a moment: granted, not later than that, and not withdrawn since.

    Args:
        rows: `consents`, as `Reader.table` or `Workspace.table` gives them.
        at_us: the moment, µs since the epoch, UTC.

    Returns:
        by user, each once.
    """
    held = _holding(_on(rows, purpose), at_us).select(["user_id", "ts_us"]).to_pylist()
    return tuple(
        Held(user, given) for user, given in sorted({row["user_id"]: row["ts_us"] or 0 for row in held}.items())
    )


def refusing_users(rows: pa.Table, purpose: str, *, at_us: int) -> frozenset[str]:
    """Users of whom something is on record for a purpose, and no consent that holds at a moment; arguments as for `held_consents`."""
    asked = _on(rows, purpose)
    return frozenset(asked["user_id"].to_pylist()) - frozenset(_holding(asked, at_us)["user_id"].to_pylist())


def _on(rows: pa.Table, purpose: str) -> pa.Table:
    return rows.filter((pc.field("purpose") == purpose) & (pc.field("user_id") != ""))


def _holding(rows: pa.Table, at_us: int) -> pa.Table:
    given, withdrawn = pc.coalesce(pc.field("ts_us"), 0), pc.field("withdrawn_us")
    return rows.filter(pc.field("granted") & (given <= at_us) & (withdrawn.is_null() | (withdrawn < given)))


def record_consent(
    store: Store, account: str, app_id: str, *, purpose: str, basis: str, ts_us: int | None = None
) -> None:
    """Put an account's consent on record, under its own id; else as `keep_consent`.

    Args:
        account: name of the account.
        app_id: its id at the platform.
    """
    keep_consent(store, account, Gathered(account).user(app_id), purpose=purpose, basis=basis, ts_us=ts_us)


def keep_consent(
    store: Store, account: str, user_id: str, *, purpose: str, basis: str, ts_us: int | None = None
) -> None:
    """Put a user's consent on record, in the place of an earlier one to the same purpose.

    Args:
        account: name of the account that the user belongs to.
        user_id: as the table `users` has it.
        basis: on what the consent rests, in words.
        ts_us: when it was given; now by default.

    Raises:
        UsageError: no basis is given, the day is still to come, or it does not hold, since what is on record is newer.
        StoreError: the workspace cannot be written.
    """
    if not basis.strip():
        raise UsageError("consent", "says nothing", "say on what it rests: a clause, a form, a date")
    now = now_us()
    if ts_us is not None and ts_us > now:
        raise UsageError("consent", "is dated in the future", "record it when it has been given")
    _put(store, account, user_id, purpose, basis.strip(), now if ts_us is None else ts_us, withdrawn=False)
    if not held_consents(_on_record(store, user_id, purpose), purpose, at_us=now_us()):
        hint = "a consent that is given anew bears the day on which it is given"
        raise UsageError("consent", "does not hold: what is on record is not older, or is dated in the future", hint)


def withdraw_consent(store: Store, account: str, user_id: str, *, purpose: str, ts_us: int | None = None) -> None:
    """Put on record that a user takes a consent back; it holds no longer, whatever day the consent bears.

    Args:
        ts_us: when; now by default. A consent of a later date is taken back as of that date.

    Raises:
        StoreError: the workspace cannot be written.
    """
    at = now_us() if ts_us is None else ts_us
    given = _on_record(store, user_id, purpose).column("ts_us").drop_null().to_pylist()
    _put(store, account, user_id, purpose, None, max([at, *given]), withdrawn=True)


def _on_record(store: Store, user_id: str, purpose: str) -> pa.Table:
    pinned, key = store.lake.snapshot(("consents",)).tables["consents"], TABLES["consents"].key
    asked = pa.table(dict(zip(key, ([user_id], [purpose]), strict=True)))
    return rows_with_keys(pinned, pinned.files, key, asked, pinned.schema.names)


def _put(
    store: Store, account: str, user_id: str, purpose: str, basis: str | None, at: int, *, withdrawn: bool
) -> None:
    rows = Gathered(account)
    rows.add(
        "consents", at, user_id=user_id, purpose=purpose, basis=basis, granted=not withdrawn,
        withdrawn_us=at if withdrawn else None,
    )  # fmt: skip
    with store.writing() as lake:
        lake.upsert("consents", rows.tables()["consents"], later_counts=True)  # given anew, it is another consent
