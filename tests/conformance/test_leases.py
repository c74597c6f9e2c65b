"""Leases, on every database: who may hold what beside whom, and how one is lost."""

from __future__ import annotations

import os
import socket
import subprocess
import sys
from collections.abc import Callable, Iterator
from contextlib import ExitStack
from threading import Event, Thread
from time import monotonic, sleep
from typing import Any

import pytest
import sqlalchemy as sa

from jianwei.errors import LeaseError
from jianwei.store import now_us
from jianwei.store.state import Lease, hold
from jianwei.store.state.tables import leases

Connect = Callable[[], sa.Engine]
PATIENCE = 60.0


def rows(engine: sa.Engine) -> list[Any]:
    with engine.connect() as connection:
        return list(connection.execute(sa.select(leases).order_by(leases.c.name)))


def until(condition: Callable[[], bool]) -> None:
    deadline = monotonic() + PATIENCE
    while not condition():
        assert monotonic() < deadline, "waited in vain"
        sleep(0.01)


def lost(lease: Lease) -> bool:
    try:
        lease.check()
    except LeaseError:
        return True
    return False


def put(engine: sa.Engine, mode: str = "exclusive", **changes: Any) -> None:
    """A lease as another process would have written it: by default one of another host that lasts for a minute."""
    values = {"name": "lake", "holder": "other", "mode": mode, "host": "another.host", "pid": 1, "started": "1"}
    with engine.begin() as connection:
        connection.execute(sa.insert(leases).values({**values, "expires_us": now_us() + 60_000_000, **changes}))


@pytest.mark.parametrize(
    ("first", "second", "fine"),
    [("shared", "shared", True), ("shared", "exclusive", False), ("exclusive", "shared", False), ("exclusive", "exclusive", False)],
)  # fmt: skip
def test_only_shared_leases_stand_beside_each_other(connect: Connect, first: Any, second: Any, fine: bool) -> None:
    one, two = connect(), connect()
    with hold(one, "lake", first) as lease:
        if fine:
            with hold(two, "lake", second) as other:
                lease.check()
                other.check()
                assert len(rows(one)) == 2
        else:
            with pytest.raises(LeaseError, match="another process"), hold(two, "lake", second):
                pass
        lease.check()
    assert rows(one) == []
    with hold(two, "lake", second):
        assert len(rows(one)) == 1


def test_leases_of_other_names_do_not_matter(connect: Connect) -> None:
    engine = connect()
    with (
        hold(engine, "enrich/text", "exclusive"),
        hold(engine, "enrich/speech", "exclusive"),
        hold(engine, "lake", "shared"),
    ):
        assert [row.name for row in rows(engine)] == ["enrich/speech", "enrich/text", "lake"]


def test_one_of_many_shared_holders_keeps_an_exclusive_one_out(connect: Connect) -> None:
    engine = connect()
    with ExitStack() as holders:
        for _ in range(3):
            holders.enter_context(hold(engine, "lake", "shared"))
        with pytest.raises(LeaseError), hold(connect(), "lake", "exclusive"):
            pass
    with hold(connect(), "lake", "exclusive"):
        pass


def test_waiting_gets_the_lease_when_it_is_given_back(connect: Connect) -> None:
    one, two = connect(), connect()
    entered, order = Event(), []

    def wait() -> None:
        with hold(two, "lake", "exclusive", wait_seconds=PATIENCE) as lease:
            order.append("second")
            lease.check()
            entered.set()

    with hold(one, "lake", "exclusive"):
        thread = Thread(target=wait)
        thread.start()
        assert not entered.wait(0.5)
        order.append("first")
    assert entered.wait(PATIENCE)
    thread.join()
    assert order == ["first", "second"]


def test_waiting_ends(connect: Connect) -> None:
    with (
        hold(connect(), "lake", "shared"),
        pytest.raises(LeaseError),
        hold(connect(), "lake", "exclusive", wait_seconds=0.3),
    ):
        pass


def test_contenders_are_never_inside_together(connect: Connect) -> None:
    inside: list[int] = []
    most, failed = [], []

    def work() -> None:
        try:
            engine = connect()
            for _ in range(3):
                with hold(engine, "lake", "exclusive", wait_seconds=PATIENCE):
                    inside.append(1)
                    most.append(len(inside))
                    inside.pop()
        except BaseException as error:
            failed.append(error)

    threads = [Thread(target=work) for _ in range(3)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert failed == []
    assert most == [1] * 9


def test_error_inside_gives_the_lease_back(connect: Connect) -> None:
    engine = connect()
    with pytest.raises(ValueError, match="broken"), hold(engine, "lake", "exclusive"):
        raise ValueError("broken")
    assert rows(engine) == []


# --- losing it -------------------------------------------------------------------------------------------------------


@pytest.fixture
def fast_beats(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("jianwei.store.state.leases.BEAT_SECONDS", 0.02)


@pytest.mark.usefixtures("fast_beats")
def test_heartbeat_prolongs(connect: Connect) -> None:
    engine = connect()
    with hold(engine, "lake", "exclusive") as lease:
        first = rows(engine)[0].expires_us
        assert first > now_us()
        until(lambda: rows(engine)[0].expires_us > first)
        lease.check()


@pytest.mark.usefixtures("fast_beats")
def test_heart_beats_on_after_the_database_refused_some_beats(connect: Connect) -> None:
    engine = connect()
    with hold(engine, "lake", "exclusive") as lease:
        with engine.begin() as connection:
            connection.execute(sa.text("ALTER TABLE leases RENAME TO elsewhere"))
        sleep(0.2)
        with engine.begin() as connection:
            connection.execute(sa.text("ALTER TABLE elsewhere RENAME TO leases"))
        first = rows(engine)[0].expires_us
        until(lambda: rows(engine)[0].expires_us > first)
        lease.check()


@pytest.mark.usefixtures("fast_beats")
def test_taken_away_is_noticed_and_stays_so(connect: Connect) -> None:
    engine = connect()
    with hold(engine, "lake", "shared") as lease:
        lease.check()
        with engine.begin() as connection:
            connection.execute(sa.delete(leases))
        until(lambda: lost(lease))
        with hold(connect(), "lake", "exclusive") as other:
            other.check()
            assert lost(lease)
        assert lost(lease)
    assert rows(engine) == []


def test_lease_that_was_not_prolonged_in_time_has_ended_for_its_holder(
    connect: Connect, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("jianwei.store.state.leases.LIFE_US", 50_000)
    with hold(connect(), "lake", "exclusive") as lease:
        until(lambda: lost(lease))
        with hold(connect(), "lake", "exclusive"):
            assert lost(lease)


def test_holder_that_lost_it_does_not_give_back_the_lease_of_another(
    connect: Connect, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("jianwei.store.state.leases.LIFE_US", 50_000)
    engine = connect()
    with ExitStack() as later:
        with hold(engine, "lake", "exclusive") as lease:
            until(lambda: lost(lease))
            monkeypatch.setattr("jianwei.store.state.leases.LIFE_US", 30_000_000)
            other = later.enter_context(hold(connect(), "lake", "exclusive"))
        other.check()
        assert [row.holder for row in rows(engine)] == [other.holder]


# --- holders that are gone -------------------------------------------------------------------------------------------


def test_lease_of_another_host_counts_until_it_ends(connect: Connect) -> None:
    engine = connect()
    put(engine)
    with pytest.raises(LeaseError), hold(engine, "lake", "shared"):
        pass
    with engine.begin() as connection:
        connection.execute(sa.update(leases).values(expires_us=now_us() - 1))
    with hold(engine, "lake", "exclusive") as lease:
        assert [row.holder for row in rows(engine)] == [lease.holder]


def test_lease_of_another_host_is_taken_over_while_waiting(connect: Connect) -> None:
    engine = connect()
    put(engine, expires_us=now_us() + 300_000)
    with hold(engine, "lake", "exclusive", wait_seconds=PATIENCE) as lease:
        lease.check()


def test_number_of_a_process_that_came_later_is_no_holder(connect: Connect) -> None:
    """The number of a dead process may be given to another one: only one with the same start is the holder."""
    engine = connect()
    put(engine, host=socket.gethostname(), pid=os.getpid(), started="1")
    with hold(engine, "lake", "exclusive") as lease:
        assert [row.holder for row in rows(engine)] == [lease.holder]


def test_living_process_of_this_host_is_a_holder(connect: Connect) -> None:
    engine = connect()
    with hold(engine, "lake", "shared"):
        mine = rows(engine)[0]
    put(engine, host=mine.host, pid=mine.pid, started=mine.started)
    with pytest.raises(LeaseError), hold(connect(), "lake", "exclusive"):
        pass


@pytest.fixture
def child() -> Iterator[subprocess.Popen[str]]:
    code = "import sys; print('up', flush=True); sys.stdin.read()"
    process = subprocess.Popen([sys.executable, "-c", code], stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True)
    assert process.stdout is not None
    assert process.stdout.readline() == "up\n"
    yield process
    process.kill()
    process.wait()


@pytest.mark.parametrize("reaped", [True, False])
@pytest.mark.skipif(not os.path.exists("/proc/self/stat"), reason="whether a process lives is asked of /proc")  # noqa: PTH110
def test_lease_of_a_killed_process_is_taken_over_at_once(
    connect: Connect, child: subprocess.Popen[str], reaped: bool
) -> None:
    """Also when nobody has asked for its exit status yet, as in a container whose first process does not."""
    from jianwei.store.state.leases import _process_start

    engine = connect()
    put(engine, host=socket.gethostname(), pid=child.pid, started=_process_start(child.pid))
    with pytest.raises(LeaseError), hold(engine, "lake", "exclusive"):
        pass
    child.kill()
    if reaped:
        child.wait()
    else:
        until(lambda: _process_start(child.pid) == "gone")
        assert child.returncode is None
    with hold(engine, "lake", "exclusive") as lease:
        assert [row.holder for row in rows(engine)] == [lease.holder]
