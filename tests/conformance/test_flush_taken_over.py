"""A flusher that is stopped for longer than its lease lasts (a virtual machine that sleeps, SIGSTOP), and wakes when another went on."""

from __future__ import annotations

import itertools
import json
import signal
import subprocess
import sys
import threading
from collections import Counter
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
import sqlalchemy as sa

from jianwei.errors import LeaseError
from jianwei.ingest import flush
from jianwei.records import key_id
from jianwei.store import Store, now_us, open_store
from jianwei.store.inbox import Waiting
from jianwei.store.scan import connect, scan_sql
from jianwei.store.state.tables import inbox, inboxes, leases

WORKER = Path(__file__).parents[1] / "support" / "stopped_flusher.py"
PART = 260  # more than are claimed at once

Open = Callable[[], Store]


@pytest.fixture
def open_again(state_url: str | None, tmp_path: Path) -> Iterator[Open]:
    opened: list[Store] = []

    def again() -> Store:
        opened.append(open_store(tmp_path / "workspace", state_url=state_url))
        return opened[-1]

    yield again
    for store in opened:
        store.state.engine.dispose()


def fill(store: Store, first: int, last: int) -> None:
    """Put texts where an inbox puts them."""
    now = now_us()
    body = {"MsgType": "text", "FromUserName": "o", "CreateTime": now // 10**6, "Content": "你好"}
    rows = [
        {
            "account": "shop", "key": f"m:{n}", "body": json.dumps({**body, "MsgId": n}).encode(), "answer": b"",
            "received_us": now + n,
        }
        for n in range(first, last)
    ]  # fmt: skip
    with store.state.engine.begin() as connection:
        connection.execute(sa.insert(inbox), rows)


def end_leases(store: Store) -> None:
    """What time does while the holders do not beat."""
    with store.state.engine.begin() as connection:
        connection.execute(sa.update(leases).values(expires_us=0))


def check(store: Store, count: int) -> None:
    """Messages 0 … count - 1 are in the lake once, and nothing waits."""
    with connect() as connection:
        pinned = store.lake.snapshot(["messages"]).tables["messages"]
        found = connection.execute(f"SELECT message_id FROM ({scan_sql(pinned)})").fetchall()
    expected = Counter(key_id("m:", "shop", "wechat", str(n)) for n in range(count))
    assert Counter(row[0] for row in found) == expected
    assert Waiting(store.state.engine).count() == 0


class Stopped(threading.Thread):
    """A flusher in a thread, which stops before its n-th transaction and goes on when it is woken."""

    def __init__(self, store: Store, number: int) -> None:
        super().__init__(name="stopped flusher")
        self.reached, self.woken, self.outcome = threading.Event(), threading.Event(), ""
        self._store, left = store, itertools.count(number - 1, -1)

        @sa.event.listens_for(store.state.engine, "begin")
        def _stop(connection: sa.Connection) -> None:
            if threading.current_thread() is self and next(left) == 0:
                self.reached.set()
                assert self.woken.wait(60)

    def run(self) -> None:
        try:
            flush(self._store, wait_seconds=20)
            self.outcome = "finished"
        except LeaseError as error:
            self.outcome = error.where
        self.reached.set()


@pytest.mark.parametrize("number", range(5, 17))
def test_flusher_that_wakes_after_another_went_on_loses_nothing(open_again: Open, number: int) -> None:
    """Stopped before and inside claiming, reading, writing and finishing, whichever of them the n-th transaction is."""
    store = open_again()
    fill(store, 0, PART)
    stopped = Stopped(open_again(), number)
    stopped.start()
    assert stopped.reached.wait(60)
    end_leases(store)
    flush(store, wait_seconds=20)
    fill(store, PART, 2 * PART)
    stopped.woken.set()
    stopped.join(60)
    flush(store, wait_seconds=20)
    check(store, 2 * PART)
    assert stopped.outcome


def test_nothing_is_added_to_a_batch_that_was_taken_over(open_again: Open) -> None:
    store = open_again()
    waiting = Waiting(store.state.engine)
    fill(store, 0, 2 * PART)
    met = threading.Event()
    begun = Stopped(open_again(), 10**9)

    @sa.event.listens_for(store.state.engine, "begin")
    def _other(connection: sa.Connection) -> None:
        with begun._store.state.engine.connect() as other:
            some = other.execute(sa.select(inbox.c.key).where(inbox.c.batch_no.is_not(None)).limit(1)).first()
        if some is not None and not met.is_set():
            met.set()
            assert Waiting(begun._store.state.engine).take_over() == [1]

    with pytest.raises(LeaseError, match="another process"):
        waiting.claim(2 * PART)
    assert met.is_set()
    assert 0 < len(waiting.rows(1)) < 2 * PART
    assert waiting.claim(2 * PART) == 3


def test_number_that_the_lake_knows_does_not_prove_that_the_rows_are_there(open_again: Open) -> None:
    """A state restored from a backup, with a batch that was open then; since then the lake has had this number with other rows."""
    store = open_again()
    fill(store, 0, 3)
    flush(store)
    fill(store, 3, 5)
    with store.state.engine.begin() as connection:
        connection.execute(sa.update(inbox).where(inbox.c.body.is_not(None)).values(batch_no=1))
        connection.execute(sa.update(inboxes).values(batch_no=1))
    flush(store)
    check(store, 5)


@pytest.mark.slow
def test_stopped_process_that_goes_on_loses_nothing(open_again: Open, state_url: str | None) -> None:
    """SIGSTOP and SIGCONT between two parts of claiming."""
    store = open_again()
    fill(store, 0, 600)
    command = [sys.executable, str(WORKER), str(store.folder), state_url or "", "9"]
    process = subprocess.Popen(command, stdout=subprocess.PIPE, text=True)
    try:
        assert process.stdout is not None
        assert process.stdout.readline() == "stopped\n"
        assert len(Waiting(store.state.engine).rows(1)) == 250
        end_leases(store)
        assert flush(store, wait_seconds=20).deliveries == 600
        fill(store, 600, 1_000)
        process.send_signal(signal.SIGCONT)
        said, _ = process.communicate(timeout=60)
        assert "another process" in said
    finally:
        process.kill()
        process.wait()
    flush(store, wait_seconds=20)
    check(store, 1_000)
