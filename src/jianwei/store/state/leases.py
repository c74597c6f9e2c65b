"""Leases: who may do what to the workspace right now, across processes and hosts.

A lease is shared or exclusive, has a holder and an end; a heartbeat thread prolongs it. Whoever lost a lease must not commit, so writers
call `Lease.check` right before each commit. A holder whose process is gone on this host loses its lease at once, elsewhere when it ends.
"""

from __future__ import annotations

import os
import socket
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Literal
from uuid import uuid4

import sqlalchemy as sa

from jianwei.errors import LeaseError, StoreError
from jianwei.store.state.database import now_us
from jianwei.store.state.tables import leases

__all__ = ["Lease", "hold"]

LIFE_US = 30_000_000
BEAT_SECONDS = 5.0

Mode = Literal["shared", "exclusive"]


_PROC = Path("/proc")


def _process_start(pid: int) -> str:
    """When the process started, as the kernel says: tells a process from a later one with its number; "" where unknown."""
    if not _PROC.joinpath("self").exists():
        return ""
    try:
        state, *others = _PROC.joinpath(str(pid), "stat").read_text().rsplit(")", 1)[1].split()
        return "gone" if state in "ZX" else others[18]  # dead, though its parent has not asked for it yet
    except (OSError, IndexError):
        return "gone"


def _is_gone(host: str, pid: int, started: str) -> bool:
    return host == socket.gethostname() and started != "" and _process_start(pid) != started


@dataclass(slots=True)
class Lease:
    """A lease that is held now; made by `hold`."""

    name: str
    holder: str
    mode: Mode
    engine: sa.Engine
    _lost: threading.Event = field(default_factory=threading.Event)
    _until_us: int = 0

    def check(self) -> None:
        """Raise LeaseError when this lease was lost or has ended."""
        if self._lost.is_set() or now_us() >= self._until_us:
            raise LeaseError(
                f"lease {self.name}", "was lost while working", "run the command again; what was committed stays"
            )

    def _beat(self) -> None:
        until = now_us() + LIFE_US
        with self.engine.begin() as connection:
            changed = connection.execute(
                sa.update(leases)
                .where(leases.c.name == self.name, leases.c.holder == self.holder)
                .values(expires_us=until)
            )
            if changed.rowcount != 1:
                self._lost.set()
                return
        self._until_us = until

    def _take(self) -> bool:
        until = now_us() + LIFE_US
        pid = os.getpid()
        with self.engine.begin() as connection:
            # All contenders are put in order: by this lock, or by SQLite's one write lock since the next statement writes.
            if connection.dialect.name == "postgresql":
                connection.execute(sa.text("LOCK TABLE leases IN SHARE ROW EXCLUSIVE MODE"))
            connection.execute(sa.delete(leases).where(leases.c.name == self.name, leases.c.expires_us < now_us()))
            others = connection.execute(sa.select(leases).where(leases.c.name == self.name)).all()
            for other in others:
                if _is_gone(other.host, other.pid, other.started):
                    connection.execute(
                        sa.delete(leases).where(leases.c.name == self.name, leases.c.holder == other.holder)
                    )
                elif self.mode == "exclusive" or other.mode == "exclusive":
                    return False
            connection.execute(
                sa.insert(leases).values(
                    name=self.name,
                    holder=self.holder,
                    mode=self.mode,
                    host=socket.gethostname(),
                    pid=pid,
                    started=_process_start(pid),
                    expires_us=until,
                )
            )
        self._until_us = until
        return True

    def _give_back(self) -> None:
        with self.engine.begin() as connection:
            connection.execute(sa.delete(leases).where(leases.c.name == self.name, leases.c.holder == self.holder))


@contextmanager
def hold(engine: sa.Engine, name: str, mode: Mode, *, wait_seconds: float = 0.0) -> Iterator[Lease]:
    """Hold a lease while the block runs.

    Args:
        engine: the state database.
        name: what is leased, e.g. "lake" or "enrich/text".
        mode: "shared" beside other shared holders, "exclusive" alone.
        wait_seconds: how long to wait for others; 0 tries once.

    Raises:
        LeaseError: others hold it and did not give it back in time.
    """
    lease = Lease(name, uuid4().hex, mode, engine)
    deadline = time.monotonic() + wait_seconds
    while not lease._take():
        if time.monotonic() >= deadline:
            raise LeaseError(
                f"lease {name}", "is held by another process", "wait until it has finished, then run this again"
            )
        time.sleep(0.2)
    stop = threading.Event()

    def beat() -> None:
        while not stop.wait(BEAT_SECONDS):
            try:
                lease._beat()
            except (StoreError, sa.exc.SQLAlchemyError):
                continue  # the lease ends by itself when beats keep failing

    thread = threading.Thread(target=beat, name=f"lease {name}", daemon=True)
    thread.start()
    try:
        yield lease
    finally:
        stop.set()
        thread.join()
        lease._give_back()
