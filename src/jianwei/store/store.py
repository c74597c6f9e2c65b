"""The store: the lake and the state of one workspace."""

from __future__ import annotations

import re
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

from jianwei.common.files import OWN_MARKER
from jianwei.errors import StoreError
from jianwei.store.derived import DerivedTables
from jianwei.store.lake import Lake
from jianwei.store.secrets import Vault
from jianwei.store.state import (
    AccountTable,
    DownloadTable,
    GrantTable,
    Lease,
    LoginTable,
    State,
    TokenTable,
    hold,
    open_database,
)

__all__ = ["Store", "open_store"]

WAIT_SECONDS = 120.0


@dataclass(frozen=True, slots=True)
class Store:
    """Where a workspace keeps everything.

    Attributes:
        folder: the workspace folder.
        lake: the canonical tables, for reading; writers take a lake from `writing`.
        state: what is remembered beside the records.
    """

    folder: Path
    lake: Lake
    state: State

    @contextmanager
    def writing(self) -> Iterator[Lake]:
        """A lake whose commits are refused once maintenance has taken the lake away from this process."""
        with hold(self.state.engine, "lake", "shared", wait_seconds=WAIT_SECONDS) as lease:
            yield Lake(self.lake.root, lease.check)

    @contextmanager
    def alone(self, what: str) -> Iterator[Lease]:
        """The only process that does `what` (a stage, a compaction); waits for another one to finish."""
        with self.holding(what, wait_seconds=24 * 3600) as lease:
            yield lease

    @contextmanager
    def holding(self, what: str, *, wait_seconds: float) -> Iterator[Lease]:
        """As `alone`, but it raises LeaseError when another process has not finished in time."""
        with hold(self.state.engine, what, "exclusive", wait_seconds=wait_seconds) as lease:
            yield lease

    def accounts(self, vault: Vault) -> AccountTable:
        """Accounts on the platform."""
        return AccountTable(self.state.engine, vault)

    def tokens(self, vault: Vault) -> TokenTable:
        """Tokens of the accounts, shared by all processes. One table serves all threads of a process."""
        return TokenTable(self.state.engine, vault)

    def logins(self) -> LoginTable:
        """Log-ins that are under way."""
        return LoginTable(self.state.engine)

    def grants(self, vault: Vault) -> GrantTable:
        """What people granted to our apps."""
        return GrantTable(self.state.engine, vault)

    def downloads(self) -> DownloadTable:
        """Media that is still to be fetched from the platform."""
        return DownloadTable(self.state.engine)

    def derived(self) -> DerivedTables:
        """Tables that were worked out from the records and kept."""
        return DerivedTables(self.folder / "derived")

    def tidy(self, lake: Lake, names: tuple[str, ...]) -> None:
        """Compact tables that have gathered many small files, one process at a time."""
        for name in names:
            if len(lake.snapshot([name]).tables[name].files) > 200:
                with self.alone(f"compact/{name}"):
                    lake.compact(name)


def open_store(folder: Path, *, state_url: str | None = None) -> Store:
    """Open the store in `folder`; creates it when missing. Many processes may have it open at once.

    Raises:
        StoreError: the folder cannot be created or holds something else.
    """
    _check_path(folder)
    try:
        folder.mkdir(parents=True, exist_ok=True)
    except OSError as error:
        raise StoreError(
            str(folder), f"cannot be used as a workspace ({error.strerror})", "name another folder with -w"
        ) from None
    folder = folder.resolve()
    _check_path(folder)
    (folder / OWN_MARKER).touch()  # so that an import of the folder around it passes it over
    return Store(folder, Lake(folder / "lake"), State(open_database(folder, state_url)))


# delta-rs reads a path as a URL: these characters fail in it, and %25 would mean another folder.
_UNFIT = re.compile(r"[\x00-\x1f\x7f\ud800-\udfff\\\[\]^|]|%[0-9A-Fa-f]{2}")


def _check_path(folder: Path) -> None:
    if found := _UNFIT.search(folder.as_posix()):
        raise StoreError(
            repr(str(folder)), f"a workspace cannot lie in a path with {found[0]!r}", "name another folder with -w"
        )
