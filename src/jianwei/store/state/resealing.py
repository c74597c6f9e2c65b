"""Changing the key: everything sealed is sealed again with the first key, so that the others can be dropped."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import sqlalchemy as sa

from jianwei.store.secrets import Vault
from jianwei.store.state.tables import accounts, grants, tokens

__all__ = ["reseal"]

_Place = Callable[[Any, str], tuple[str, ...]]

_SEALED: tuple[tuple[sa.Table, tuple[str, ...], _Place], ...] = (
    (accounts, ("secret", "token", "aes_key"), lambda row, column: ("accounts", row.name, column)),
    (tokens, ("value",), lambda row, column: ("tokens", row.key)),
    (
        grants,
        ("access_token", "refresh_token"),
        lambda row, column: ("grants", row.app_id, row.openid, column),
    ),
)


def reseal(engine: sa.Engine, vault: Vault) -> int:
    """Seal again what another than the vault's first key sealed; how many texts that were.

    Raises:
        StoreError: something was sealed with a key that the vault does not have; the rest is done when it is run again with it.
    """
    done = 0
    for table, columns, place in _SEALED:
        with engine.connect() as connection:
            rows = connection.execute(sa.select(table)).all()
        for row in rows:
            for column in columns:
                sealed = getattr(row, column)
                if sealed is None or vault.is_current(sealed):
                    continue
                where = place(row, column)
                renewed = vault.seal(vault.open(sealed, *where), *where)
                with engine.begin() as connection:  # not if somebody has written a newer one meanwhile
                    statement = sa.update(table).where(table.c[column] == sealed).values({column: renewed})
                    done += connection.execute(statement).rowcount
    return done
