"""The inbox → the lake, on every database: exactly once, whatever is killed when."""

from __future__ import annotations

import json
import secrets
import subprocess
import sys
from collections import Counter
from collections.abc import Callable
from pathlib import Path
from threading import Thread
from typing import Any

import pytest
import sqlalchemy as sa

from jianwei.common.kept import Delivery
from jianwei.errors import LeaseError
from jianwei.ingest import FlushReport, flush
from jianwei.records import key_id
from jianwei.sources import callbacks
from jianwei.sources.callbacks import webhook_input
from jianwei.store import Store, now_us, open_store
from jianwei.store.inbox import Waiting
from jianwei.store.scan import connect, scan_sql
from jianwei.store.state.tables import inbox, inboxes, metadata
from jianwei.wechat.messages import dedupe_key, parse_message

WORKER = Path(__file__).parents[1] / "support" / "flush_worker.py"
SERVER = WORKER.with_name("inbox_worker.py")
DAY_US = 86_400_000_000

Open = Callable[[], Store]


@pytest.fixture
def open_again(state_url: str | None, tmp_path: Path) -> Open:
    return lambda: open_store(tmp_path / "workspace", state_url=state_url)


@pytest.fixture
def store(open_again: Open) -> Store:
    return open_again()


def bodies(count: int) -> list[bytes]:
    """Messages, pictures, events and noise of a few people, by turns; the first six are enough to meet every step."""
    found = []
    for n in range(count):
        common = {"ToUserName": "gh", "FromUserName": f"o{n % 3}", "CreateTime": 1_700_000_000 + n}
        kinds: list[dict[str, Any]] = [
            {"MsgType": "text", "Content": f"第{n}句", "MsgId": n + 1},
            {"MsgType": "event", "Event": "CLICK", "EventKey": f"K{n % 2}"},
            {"MsgType": "image", "MediaId": f"M{n}", "PicUrl": "http://p", "MsgId": n + 1},
            {"MsgType": "event", "Event": "subscribe"},
            {},
        ]
        kind = kinds[n % len(kinds)]
        found.append(json.dumps({**common, **kind}).encode() if kind else f"noise {n}".encode())
    return found


def key_of(body: bytes) -> str:
    return f"x:{body.decode()}" if body.startswith(b"noise") else dedupe_key(parse_message(body))


def fill(
    store: Store, given: list[bytes], *, answer: bytes = b"", account: str = "shop", at: int | None = None
) -> None:
    """Put deliveries where an inbox puts them."""
    with store.state.engine.begin() as connection:
        for n, body in enumerate(given):
            row = {"account": account, "key": key_of(body), "body": body, "answer": answer}
            connection.execute(sa.insert(inbox).values(**row, received_us=(now_us() if at is None else at) + n))


def rows(store: Store, name: str) -> list[dict[str, Any]]:
    with connect() as connection:
        pinned = store.lake.snapshot([name]).tables[name]
        found = connection.execute(f"SELECT * FROM ({scan_sql(pinned)}) ORDER BY ts_us, seq").to_arrow_table()
    result: list[dict[str, Any]] = found.to_pylist()
    return result


def check(store: Store, given: list[bytes]) -> None:
    """Everything of `given` is in the lake once, and nothing else."""
    events = [body for body in given if b'"event"' in body]
    noise = [body for body in given if body.startswith(b"noise")]
    messages = [body for body in given if body not in events and body not in noise]
    expected = {key_id("m:", "shop", "wechat", str(parse_message(body).msg_id)) for body in messages}  # type: ignore[union-attr]
    assert Counter(row["message_id"] for row in rows(store, "messages")) == Counter(expected)
    expected = {key_id("e:", "shop", "wechat", key_of(body)) for body in events}
    assert Counter(row["event_id"] for row in rows(store, "events")) == Counter(expected)
    assert sorted(row["key"] for row in rows(store, "users")) == ["o0", "o1", "o2"]
    assert sorted(row.raw for row in store.state.quarantined()) == sorted(body.decode() for body in noise)
    pictures = {f"M{n}" for n, body in enumerate(given) if b'"image"' in body}
    assert {row.media_id for row in store.downloads().due(2**60)} == pictures
    assert Waiting(store.state.engine).count() == 0
    with store.state.engine.connect() as connection:
        left = connection.execute(sa.select(inbox.c.key, inbox.c.body)).all()
    assert {row.key for row in left} == {key_of(body) for body in given}
    assert all(row.body is None for row in left)


def test_everything_that_waits_is_in_the_lake_and_leaves_its_key(store: Store) -> None:
    given = bodies(23)
    fill(store, given)
    done = flush(store, batch_rows=10)
    assert done == FlushReport(batches=3, deliveries=23, rejected=4, media=5)
    check(store, given)
    assert flush(store) == FlushReport()
    check(store, given)


def test_webhook_is_an_input(store: Store) -> None:
    fill(store, bodies(5))
    flush(store)
    fill(store, [b"noise b"], account="二店")
    flush(store)
    known = {row.input_id: row for row in store.state.inputs()}
    assert set(known) == {webhook_input("shop"), webhook_input("二店")}
    assert {row.format for row in known.values()} == {"webhook"}
    assert not any(Path(row.origin).exists() for row in known.values())
    assert {row["input_id"] for row in rows(store, "messages")} == {webhook_input("shop")}
    assert [row.file for row in store.state.quarantined(input_ids=[webhook_input("二店")])] == ["webhook/二店"]


def test_answers_are_messages_too_and_stay_for_retries(store: Store) -> None:
    answer = b"<xml><MsgType>text</MsgType><Content>yes</Content></xml>"
    fill(store, bodies(1), answer=answer)
    flush(store)
    assert [(row["direction"], row["text"]) for row in rows(store, "messages")] == [("in", "第0句"), ("out", "yes")]
    with store.state.engine.connect() as connection:
        assert [bytes(value) for value in connection.execute(sa.select(inbox.c.answer)).scalars()] == [answer]


class StoppedError(Exception):
    pass


def stop_at(number: int, seen: list[str]) -> Callable[[str], None]:
    def step(name: str) -> None:
        seen.append(name)
        if len(seen) == number:
            raise StoppedError

    return step


STEPS = ["claimed", "quarantine", "users", "conversations", "items", "messages", "events", "downloads", "done"]


def test_stopping_after_any_step_costs_nothing(open_again: Open, tmp_path: Path, state_url: str | None) -> None:
    """One batch after the other is stopped, each at the next of its steps; more arrives meanwhile."""
    store = open_again()
    given = bodies(10 * (len(STEPS) + 1))
    met = set()
    for number in range(1, len(STEPS) + 1):
        fill(store, given[10 * (number - 1) : 10 * number])
        seen: list[str] = []
        with pytest.raises(StoppedError):
            flush(store, step=stop_at(number, seen))
        met.add(seen[-1])
        store = open_again()
    fill(store, given[-10:])
    flush(store)
    check(store, given)
    assert "claimed" in met
    assert len(met) >= 7


def test_steps_are_the_ones_that_are_known(store: Store) -> None:
    fill(store, bodies(5))
    seen: list[str] = []
    flush(store, step=seen.append)
    assert sorted(seen) == sorted(STEPS)
    assert (seen[0], seen[-1]) == ("claimed", "done")


@pytest.mark.slow
def test_killed_flusher_is_followed_by_the_next(open_again: Open, state_url: str | None) -> None:
    """SIGKILL at every step, one process after the other on the same workspace; at the riskiest ones where a process takes longer."""
    store = open_again()
    kills = (1, 6, 7, 9) if state_url else range(1, len(STEPS) + 1)
    given = bodies(5 * (len(kills) + 1))
    met = set[str]()
    for at, number in enumerate(kills):
        fill(store, given[5 * at : 5 * at + 5])
        command = [sys.executable, str(WORKER), str(store.folder), state_url or "", str(number)]
        met.add(subprocess.run(command, stdout=subprocess.PIPE, text=True, timeout=60, check=False).stdout.strip())
    fill(store, given[-5:])
    flush(store)
    check(store, given)
    assert len(met - {"finished"}) >= len(kills) - 2


@pytest.mark.slow
def test_what_a_killed_server_acknowledged_is_in_the_lake_once(open_again: Open, state_url: str | None) -> None:
    """A server receives while this process flushes beside it, and is killed; then it is started again."""
    store = open_again()
    kind, address = ("postgres", state_url) if state_url else ("sqlite", str(store.folder))
    acknowledged = set[str]()
    for start in (0, 100_000):
        command = [sys.executable, str(SERVER), kind, address, str(start), str(start + 100_000)]
        server = subprocess.Popen(command, stdout=subprocess.PIPE, text=True)
        assert server.stdout is not None
        said: list[str] = []
        for _ in range(3):
            said += [server.stdout.readline() for _ in range(200)]
            flush(store, batch_rows=500)
        server.kill()
        said += server.stdout.read().splitlines(keepends=True)
        server.wait()
        acknowledged |= {line.strip() for line in said if line.endswith("\n") and line.strip().isdecimal()}
    flush(store)
    found = Counter(row["message_id"] for row in rows(store, "messages"))
    assert len(acknowledged) >= 1_200
    assert {key_id("m:", "shop", "wechat", str(int(key) + 1)) for key in acknowledged} <= found.keys()
    assert set(found.values()) == {1}
    with store.state.engine.connect() as connection:
        assert connection.execute(sa.select(sa.func.count()).select_from(inbox)).scalar() == len(found)


def test_two_flushers_at_once_share_the_work(open_again: Open) -> None:
    given = bodies(40)
    fill(open_again(), given)
    done: list[FlushReport] = []
    threads = [Thread(target=lambda: done.append(flush(open_again(), batch_rows=5))) for _ in range(3)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(60)
    assert sum(report.deliveries for report in done) == 40
    check(open_again(), given)


def test_second_flusher_that_will_not_wait_is_told(store: Store) -> None:
    fill(store, bodies(1))
    with store.holding("flush", wait_seconds=0), pytest.raises(LeaseError, match="flush"):
        flush(store, wait_seconds=0)


def test_state_restored_from_a_backup_does_not_reuse_numbers(store: Store) -> None:
    """Its counter is behind the lake's: batches with old numbers would be taken for done."""
    given = bodies(20)
    fill(store, given[:10])
    flush(store, batch_rows=2)
    with store.state.engine.begin() as connection:
        connection.execute(sa.update(inboxes).values(batch_no=1))
    fill(store, given[10:])
    flush(store)
    check(store, given)


def test_inbox_of_another_database_is_another_one(store: Store, tmp_path: Path) -> None:
    """Two state databases over one lake (after a loss of the first): equal numbers do not hide batches."""
    given = bodies(20)
    fill(store, given[:10])
    flush(store)
    with store.state.engine.begin() as connection:
        for table in (inbox, metadata.tables["downloads"], metadata.tables["quarantine"]):
            connection.execute(sa.delete(table))
        connection.execute(sa.update(inboxes).values(batch_no=0, inbox_id="another"))
    fill(store, given[10:])
    flush(store)
    assert len(rows(store, "messages")) == sum(1 for body in given if b"MsgId" in body)


def test_delivery_that_breaks_the_reader_does_not_stop_the_others(
    store: Store, monkeypatch: pytest.MonkeyPatch
) -> None:
    given = bodies(5)
    fill(store, given)
    sound = callbacks.parse_message

    def broken(body: bytes) -> Any:
        if b"CLICK" in body:
            raise RuntimeError("unforeseen")
        return sound(body)

    monkeypatch.setattr(callbacks, "parse_message", broken)
    done = flush(store)
    assert (done.deliveries, done.rejected) == (5, 2)
    assert [row.reason for row in store.state.quarantined()].count("failed") == 1
    assert len(rows(store, "messages")) == 2


def test_old_keys_are_forgotten_and_no_others(store: Store) -> None:
    now = now_us()
    waiting = Waiting(store.state.engine)
    fill(store, bodies(1), at=now - 3 * DAY_US)
    assert waiting.purge(now) == 0  # not in the lake yet
    flush(store)
    assert waiting.purge(now) == 0  # in the lake for less than a day
    fill(store, bodies(3)[1:], at=now)
    flush(store)
    assert waiting.purge(now + 12 * 3_600_000_000) == 0
    assert waiting.purge(now + DAY_US + 60_000_000) == 3
    with store.state.engine.connect() as connection:
        assert connection.execute(sa.select(sa.func.count()).select_from(inbox)).scalar() == 0


def test_claims_take_each_row_once_and_no_more_than_asked(store: Store) -> None:
    waiting = Waiting(store.state.engine)
    assert waiting.claim(10) is None
    fill(store, [json.dumps({"MsgType": "text", "MsgId": n}).encode() for n in range(600)])
    numbers = [waiting.claim(256), waiting.claim(300, above=40), waiting.claim(300), waiting.claim(300)]
    assert numbers == [1, 41, 42, None]
    assert waiting.open_batches() == [1, 41, 42]
    batches = [waiting.rows(number) for number in (1, 41, 42)]
    assert [len(batch) for batch in batches] == [256, 300, 44]
    assert len({row.delivery.key for batch in batches for row in batch}) == 600
    waiting.finish(41)
    assert waiting.open_batches() == [1, 42]
    assert waiting.rows(41) == []
    assert waiting.count() == 300
    assert isinstance(waiting.rows(1)[0].delivery, Delivery)


def test_odd_characters_stop_nothing(store: Store) -> None:
    odd = {"MsgType": "image", "MediaId": "a\0b", "PicUrl": "http://p/\0", "MsgId": "1\0", "FromUserName": "o\0"}
    long = {"MsgType": "voice", "MediaId": secrets.token_hex(20_000), "MsgId": "2", "FromUserName": "o"}
    given = [json.dumps(one).encode() for one in (odd, long)]
    fill(store, [*given, *bodies(1)])
    assert flush(store).deliveries == 3
    assert len(rows(store, "messages")) == 3
    assert [row.media_id for row in store.downloads().due(2**60)] == ["a␀b"]
