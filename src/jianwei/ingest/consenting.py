"""What an account agreed to on behalf of those it speaks with: kept as `consents`, under the account's own id."""

from __future__ import annotations

from jianwei.errors import UsageError
from jianwei.sources._gathered import Gathered
from jianwei.store import Store, now_us

__all__ = ["record_consent"]


def record_consent(
    store: Store, account: str, app_id: str, *, purpose: str, basis: str, ts_us: int | None = None
) -> None:
    """Put a consent on record, in the place of an earlier one to the same purpose.

    Args:
        account: name of the account.
        app_id: its id at the platform.
        basis: on what the consent rests, in words.
        ts_us: when; now by default.

    Raises:
        UsageError: no basis is given.
        StoreError: the workspace cannot be written.
    """
    if not basis.strip():
        raise UsageError("consent", "says nothing", "say on what it rests: a clause, a form, a date")
    rows = Gathered(account)
    at = now_us() if ts_us is None else ts_us
    rows.add(
        "consents", at, user_id=rows.user(app_id), purpose=purpose, basis=basis.strip(), granted=True, withdrawn_us=None
    )
    with store.writing() as lake:
        lake.upsert("consents", rows.tables()["consents"])
