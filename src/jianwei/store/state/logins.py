"""Log-ins that are under way, and what people granted."""

from __future__ import annotations

from dataclasses import dataclass
from hashlib import sha256

import sqlalchemy as sa

from jianwei.common.kept import Grant, PendingLogin
from jianwei.store.secrets import Vault
from jianwei.store.state._sql import upsert
from jianwei.store.state.database import now_us
from jianwei.store.state.tables import grants, login_states

__all__ = ["GrantTable", "LoginTable"]

MOST_PENDING = 50_000
_AT_ONCE = 100


def _hashed(state: str) -> str:
    return sha256(state.encode()).hexdigest()


@dataclass(frozen=True, slots=True)
class LoginTable:
    """The `LoginStates` of a workspace; states are kept as hashes.

    Anybody can begin log-ins, so what is kept is bounded: each new one takes along some that have ended, and beyond `most` the one that
    ends first.
    """

    engine: sa.Engine
    most: int = MOST_PENDING

    def put(self, state: str, login: PendingLogin) -> None:
        """Keep a pending log-in under a new state."""
        values = {
            "app_id": login.app_id,
            "scope": login.scope,
            "session": login.session,
            "next": login.next,
            "expires_us": login.expires_us,
        }
        with self.engine.begin() as connection:
            for some in self._unwanted():
                connection.execute(sa.delete(login_states).where(login_states.c.state_hash.in_(some)))
            upsert(connection, login_states, {"state_hash": _hashed(state)}, values)

    def _unwanted(self) -> tuple[sa.Select[tuple[str]], ...]:
        """Some that have ended, and some of too many; what another process is deleting is left to it."""
        columns = login_states.c
        each = sa.select(columns.state_hash).limit(_AT_ONCE).with_for_update(skip_locked=True)
        ended = each.where(columns.expires_us < now_us()).order_by(columns.expires_us)
        surplus = each.order_by(columns.expires_us.desc()).offset(self.most - 1)
        return ended, surplus

    def take(self, state: str, now_us: int) -> PendingLogin | None:
        """Give and forget: the second call with the same state gives None, and so does one after its end."""
        columns = login_states.c
        statement = (
            sa.delete(login_states)
            .where(columns.state_hash == _hashed(state))
            .returning(columns.app_id, columns.scope, columns.session, columns.next, columns.expires_us)
        )
        with self.engine.begin() as connection:
            row = connection.execute(statement).one_or_none()
        if row is None or row.expires_us <= now_us:
            return None
        return PendingLogin(row.app_id, row.scope, row.session, row.next, row.expires_us)


@dataclass(frozen=True, slots=True)
class GrantTable:
    """The `Grants` of a workspace: tokens of people, sealed."""

    engine: sa.Engine
    vault: Vault

    def put(self, grant: Grant) -> None:
        """Keep a grant in place of an earlier one of the same app and openid."""
        place = ("grants", grant.app_id, grant.openid)
        key = {"app_id": grant.app_id, "openid": grant.openid}
        values: dict[str, object] = {
            "scope": grant.scope,
            "access_token": self.vault.seal(grant.access_token, *place, "access_token"),
            "expires_us": grant.expires_us,
            "refresh_token": self.vault.seal(grant.refresh_token, *place, "refresh_token"),
            "refresh_expires_us": grant.refresh_expires_us,
            "union_id": grant.union_id,
        }
        with self.engine.begin() as connection:
            upsert(connection, grants, key, values)

    def get(self, app_id: str, openid: str) -> Grant | None:
        """The grant of one person, ended or not.

        Raises:
            StoreError: it was sealed with another key.
        """
        with self.engine.connect() as connection:
            query = sa.select(grants).where(grants.c.app_id == app_id, grants.c.openid == openid)
            row = connection.execute(query).one_or_none()
        if row is None:
            return None
        place = ("grants", app_id, openid)
        return Grant(
            app_id=app_id,
            openid=openid,
            union_id=row.union_id,
            scope=row.scope,
            access_token=self.vault.open(row.access_token, *place, "access_token"),
            expires_us=row.expires_us,
            refresh_token=self.vault.open(row.refresh_token, *place, "refresh_token"),
            refresh_expires_us=row.refresh_expires_us,
        )

    def remove(self, app_id: str, openid: str) -> None:
        """Forget it (the person revoked it, or is erased)."""
        with self.engine.begin() as connection:
            connection.execute(sa.delete(grants).where(grants.c.app_id == app_id, grants.c.openid == openid))
