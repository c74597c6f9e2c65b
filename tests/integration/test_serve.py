"""`jianwei serve` as a process: answers in time, ends in order, and loses nothing that it acknowledged, whatever is killed when."""

from __future__ import annotations

import os
import random
import signal
import threading
import time
from collections import Counter
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from pathlib import Path

import httpx
import pytest
from support.served import KEY, Server, account, free_port, keep, served
from typer.testing import CliRunner

from jianwei.cli.app import build_app
from jianwei.engines import Scope
from jianwei.engines.duckdb import DuckDBEngine
from jianwei.ingest.flush import flush
from jianwei.records import key_id
from jianwei.sandbox.platform.app import running
from jianwei.sandbox.platform.callbacks import Pushed
from jianwei.sandbox.platform.formats import picture
from jianwei.sandbox.platform.people import People
from jianwei.sandbox.platform.world import App, Platform
from jianwei.settings import Secret
from jianwei.store import Store, open_store
from jianwei.store.inbox import Waiting

TOKEN, AES_KEY, APP_ID = "servetoken", "abcdefghijklmnopqrstuvwxyz0123456789ABCDEFG", "wx0123456789abcdef"
VIDEO = b"\0\0\0\x18ftypmp42" + bytes(2_000)
KILLS = int(os.environ.get("JIANWEI_KILLS", "3"))

HANDLERS = """
import asyncio, time

async def echo(message):
    return f"heard {message.content}" if message.kind == "text" else None

def slow(message):
    time.sleep(0.05)
    return f"heard {message.content}"

async def late(message):
    await asyncio.sleep(4.8)
    return f"late {message.content}"

async def wrong(message):
    raise ValueError(message.content)
"""


class World:
    """The simulated platform, one account of it, and a workspace."""

    def __init__(self, folder: Path, url: str, platform: Platform, state_url: str | None = None) -> None:
        self.folder, self.platform = folder / "ws", platform
        self.app = platform.add(App(APP_ID, "secret", "service", "小店", "gh_0123456789ab"))
        self.cwd = folder
        (folder / "handlers.py").write_text(HANDLERS)
        shop = account("shop", "service", url, APP_ID, token=Secret(TOKEN), aes_key=Secret(AES_KEY))
        self.store: Store = keep(self.folder, shop, state_url=state_url)
        self.environment = {"JIANWEI_STATE_URL": state_url} if state_url else {}

    def connect(self, server: Server, timeout: float = 5.0) -> People:
        address = f"{server.address}/wechat/shop"
        return self.platform.connect(self.app, address, TOKEN, AES_KEY, mode="secure", timeout=timeout)

    def messages(self) -> list[dict[str, object]]:
        return self.rows("messages")

    def rows(self, name: str) -> list[dict[str, object]]:
        with DuckDBEngine().open(self.store.lake.snapshot([name]), Scope()) as reader:
            return list(reader.execute(reader.table(name)).to_pylist())


@pytest.fixture
def world(tmp_path: Path) -> Iterator[World]:
    platform = Platform()
    with running(platform) as url:
        yield World(tmp_path, url, platform)


def of(pushed: Pushed) -> str:
    """The id of the message in the lake."""
    return key_id("m:", "shop", "wechat", str(pushed.fields["MsgId"]))


def test_messages_are_answered_and_end_in_the_lake(world: World) -> None:
    with served(world.folder, "--handler", "handlers:slow", "--workers", "2", cwd=world.cwd) as server:
        people = world.connect(server)
        said = [(people.meet(f"客人{n}").openid, f"第{n}条 ]]> <b>") for n in range(6)]
        with ThreadPoolExecutor(len(said)) as pool:
            pushes = list(pool.map(lambda one: people.say(*one), said))
        people.subscribe(said[0][0])
        assert server.stop() == 0
    assert [p.text for p in pushes if p] == [f"heard {text}" for _, text in said]
    stored = Counter(row["message_id"] for row in world.messages() if row["direction"] == "in")
    assert stored == Counter(of(p) for p in pushes if p)
    assert len([row for row in world.messages() if row["direction"] == "out"]) == len(pushes)
    assert Waiting(world.store.state.engine).count() == 0


def test_files_come_down_while_it_runs(world: World) -> None:
    picture_, voice = picture(b"seed"), b"#!AMR\n" + bytes(500)
    with served(world.folder, cwd=world.cwd) as server:
        people = world.connect(server)
        openid = people.meet("小满").openid
        pushes = [
            people.send_image(openid, picture_),
            people.send_voice(openid, voice),
            people.send_video(openid, VIDEO),
        ]
        deadline = time.monotonic() + 60
        while world.store.downloads().counts().get("done", 0) < 3 and time.monotonic() < deadline:
            time.sleep(0.1)
        assert world.store.downloads().counts() == {"done": 3}
    with DuckDBEngine().open(world.store.lake.snapshot(["media"]), Scope()) as reader:
        rows = {row["record_id"]: row for row in reader.execute(reader.table("media")).to_pylist()}
    kept = [(world.folder / str(rows[of(p)]["path"])).read_bytes() for p in pushes if p]
    assert kept == [picture_, voice, VIDEO]


def test_a_late_answer_follows(world: World) -> None:
    from jianwei.sandbox.platform.areas.customer_service import Outbox

    with served(world.folder, "--handler", "handlers:late", cwd=world.cwd) as server:
        people = world.connect(server)
        pushed = people.say(people.meet("小满").openid, "在吗")
        assert pushed is not None
        assert (pushed.outcome, len(pushed.tries)) == ("success", 1)
        deadline = time.monotonic() + 20
        while not world.app.of(Outbox).sent and time.monotonic() < deadline:
            time.sleep(0.05)
        assert [sent.body for sent in world.app.of(Outbox).sent] == [{"content": "late 在吗"}]
        assert server.stop() == 0
    said = sorted(world.rows("messages"), key=lambda row: str(row["direction"]))
    assert [(row["direction"], row["text"]) for row in said] == [("in", "在吗"), ("out", "late 在吗")]
    assert said[1]["reply_to"] == said[0]["message_id"] == of(pushed)


@pytest.mark.parametrize("workers", ["1", "2"])
def test_who_logs_in_is_known_to_the_lake(world: World, workers: str) -> None:
    """The lake is under maintenance all the while: visitors do not wait for it."""
    with served(world.folder, "--workers", workers, cwd=world.cwd) as server:
        persons = [world.connect(server).meet(f"客人{n}").openid for n in range(4)]
        with world.store.holding("lake", wait_seconds=30):
            for openid in persons:
                with httpx.Client() as browser:
                    consent = browser.get(f"{server.address}/login/shop?next=/health").headers["location"]
                    agreed = httpx.get(f"{consent.partition('#')[0]}&_as={openid}&_agree=1").headers["location"]
                    back = browser.get(agreed)
                    assert (back.status_code, back.headers["location"]) == (303, "/health")
                    assert browser.get(f"{server.address}/session").json()["openid"] == openid
        assert server.stop() == 0
    assert sorted((row["key"], row["nickname"]) for row in world.rows("users")) == sorted(
        (openid, f"客人{n}") for n, openid in enumerate(persons)
    )
    assert len(world.rows("links")) == 4


def test_a_handler_that_fails_costs_the_answer_only(world: World) -> None:
    with served(world.folder, "--handler", "handlers:wrong", "--no-jobs", cwd=world.cwd) as server:
        people = world.connect(server)
        pushed = people.say(people.meet("小满").openid, "秘密的话")
        assert pushed is not None
        assert (pushed.outcome, len(pushed.tries)) == ("success", 1)
        server.stop()
        assert "秘密的话" not in server.said()
    flush(world.store)
    assert [row["text"] for row in world.messages()] == ["秘密的话"]


def test_a_second_server_is_refused(world: World) -> None:
    second = Server(world.folder)
    with world.store.holding("inbox", wait_seconds=30):  # as a first one holds it
        with pytest.raises(AssertionError, match="another server receives messages"):
            second.start()
        assert second.process is not None
        assert second.process.wait(60) == 1


@pytest.mark.parametrize(
    ("options", "said"),
    [
        (("--handler", "os:nothing"), "os:nothing cannot be loaded"),
        (("--handler", "no_such_module:answer"), "no_such_module:answer cannot be loaded"),
        (("--handler", "nowhere"), "names no function"),
        (("--workers", "0"), "--workers"),
        (("--port", "70000"), "--port"),
        (("--url", "shop.example"), "--url"),
    ],
)
def test_wrong_options(world: World, options: tuple[str, ...], said: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(world.cwd)
    monkeypatch.syspath_prepend(world.cwd)
    done = CliRunner().invoke(
        build_app(), ["serve", "-w", str(world.folder), *options], env={"JIANWEI_KEY": KEY.reveal()}
    )
    assert (done.exit_code, type(done.exception)) == (2, SystemExit)
    assert said in done.stderr
    assert "Traceback" not in done.output


# --- kill -9 -------------------------------------------------------------------------------------------------------------


@contextmanager
def talking(people: People, lines: int = 6) -> Iterator[list[Pushed]]:
    """People write, several at once, while the block runs; what was pushed, and what became of it."""
    persons = [people.meet(f"客人{n}") for n in range(lines)]
    pushes: list[Pushed] = []
    stopping = threading.Event()

    def talk(openid: str) -> None:
        number = 0
        while not stopping.wait(0.01):  # a pause, in which servers that were killed can start
            pushed = people.say(openid, f"{openid} {number}")
            assert pushed is not None
            pushes.append(pushed)
            number += 1

    threads = [threading.Thread(target=talk, args=(person.openid,)) for person in persons]
    for thread in threads:
        thread.start()
    try:
        yield pushes
    finally:
        stopping.set()
        for thread in threads:
            thread.join()


def _kill(server: Server, chosen: int | None) -> list[int]:
    """Kill one of a server's processes, None for the one that started it; gives those that lost their parent."""
    if chosen is not None:
        os.kill(chosen, signal.SIGKILL)
        return []
    orphans = server.kill()
    server.start()
    return orphans


def _children(server: Server) -> list[int]:
    deadline = time.monotonic() + 60
    while not (children := server.children()):  # the last one killed is only now being started again
        assert time.monotonic() < deadline, server.said()
        time.sleep(0.05)
    return children


def _all_end(processes: list[int]) -> bool:
    deadline = time.monotonic() + 60
    while time.monotonic() < deadline:
        if not any(Path(f"/proc/{process}").exists() for process in processes):
            return True
        time.sleep(0.1)
    return False


@pytest.mark.slow
@pytest.mark.parametrize("workers", ["1", "2"])
def test_kills_lose_nothing_that_was_acknowledged(world: World, workers: str) -> None:
    options = ("--handler", "handlers:echo", "--workers", workers, "--port", str(free_port()))
    dice = random.Random(int(workers))
    orphans: list[int] = []
    with Server(world.folder, options, world.cwd) as server:
        people = world.connect(server, timeout=1.0)
        with talking(people) as pushes:
            for number in range(KILLS):
                time.sleep(dice.uniform(0.2, 2.0))
                children = _children(server)
                orphans += _kill(server, None if number % 3 == 1 else dice.choice(children))
            time.sleep(1.0)
        assert server.stop() == 0
    assert _all_end(orphans)
    acknowledged = [p for p in pushes if p.outcome != "unavailable"]
    assert len(acknowledged) > 20 * KILLS
    rows = world.messages()
    stored = Counter(row["message_id"] for row in rows if row["direction"] == "in")
    assert not {of(p) for p in acknowledged} - stored.keys()
    assert set(stored.values()) == {1}
    assert stored.keys() <= {of(p) for p in pushes}
    answers = Counter(row["reply_to"] for row in rows if row["direction"] == "out")
    assert set(answers.values()) == {1}
    assert {of(p) for p in acknowledged if p.outcome == "reply"} <= answers.keys()
    assert Waiting(open_store(world.folder).state.engine).count() == 0


@pytest.fixture
def world_on_postgres(tmp_path: Path) -> Iterator[World]:
    from support.postgres import Postgres

    postgres, platform = Postgres(), Platform()
    with running(platform) as url:
        world = World(tmp_path, url, platform, postgres.database())
        yield world
        world.store.state.engine.dispose()
    postgres.stop()


@pytest.mark.slow
def test_two_servers_on_postgres(world_on_postgres: World) -> None:
    """Two servers, one of them of two workers, share a workspace; the other is killed and comes back."""
    world = world_on_postgres
    options = ("--handler", "handlers:echo", "--port")
    first = Server(world.folder, (*options, "0", "--workers", "2"), world.cwd, world.environment)
    second = Server(world.folder, (*options, str(free_port())), world.cwd, world.environment)
    with first, second:
        people = world.connect(first)
        told = [people.say(people.meet(f"客人{n}").openid, f"第{n}条") for n in range(10)]
        people = world.connect(second, timeout=1.0)
        with talking(people, lines=3) as pushes:
            time.sleep(0.5)
            orphans = second.kill()
            second.start()
            time.sleep(0.5)
    assert _all_end(orphans)
    acknowledged = [p for p in [*told, *pushes] if p and p.outcome == "reply"]
    assert len(acknowledged) > 20
    stored = Counter(row["message_id"] for row in world.messages() if row["direction"] == "in")
    assert set(stored.values()) == {1}
    assert not {of(p) for p in acknowledged} - stored.keys()
    assert Waiting(world.store.state.engine).count() == 0
