"""Whoever shares an account fetches one token: threads, tasks and processes that start cold at the same moment."""

from __future__ import annotations

import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

from jianwei.sandbox.platform.app import running
from jianwei.sandbox.platform.areas.tokens import TokenBook
from jianwei.sandbox.platform.world import App, Platform
from jianwei.settings import Secret
from jianwei.store import open_store
from jianwei.store.secrets import Vault

WORKER = """
import asyncio, sys, threading
from jianwei.settings import Secret
from jianwei.wechat import AsyncClient, Client, FileTokens

url, kind, place, key = sys.argv[1:]
if kind == "file":
    tokens = FileTokens(place)
else:
    from pathlib import Path
    from jianwei.store import open_store
    from jianwei.store.secrets import Vault
    tokens = open_store(Path(place)).tokens(Vault(Secret(key)))
print("ready", flush=True)
sys.stdin.readline()
client = Client("wx1", "s", base_url=url, tokens=tokens)
threads = [threading.Thread(target=client.tags.list) for _ in range(12)]
[thread.start() for thread in threads]

async def tasks():
    async with AsyncClient("wx1", "s", base_url=url, tokens=tokens) as other:
        await asyncio.gather(*(other.tags.list() for _ in range(12)))

asyncio.run(tasks())
[thread.join() for thread in threads]
print(client.token())
"""


@pytest.fixture
def platform() -> Iterator[tuple[str, App]]:
    world = Platform()
    app = world.add(App("wx1", "s", "service"))
    with running(world) as url:
        yield url, app


@pytest.mark.parametrize("kind", ["file", "state"])
def test_processes_starting_cold_fetch_one_token(kind: str, platform: tuple[str, App], tmp_path: Path) -> None:
    url, app = platform
    key = Vault.new_key().reveal()
    place = tmp_path / ("tokens.json" if kind == "file" else "workspace")
    if kind == "state":
        open_store(place).tokens(Vault(Secret(key)))
    call = [sys.executable, "-c", WORKER, url, kind, str(place), key]
    workers = [subprocess.Popen(call, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True) for _ in range(4)]
    for worker in workers:
        assert worker.stdout is not None
        assert worker.stdout.readline() == "ready\n"
    for worker in workers:
        assert worker.stdin is not None
        worker.stdin.write("go\n")
        worker.stdin.flush()
    tokens = {worker.communicate(timeout=60)[0] for worker in workers}
    assert [worker.returncode for worker in workers] == [0] * 4
    assert len(tokens) == 1
    assert app.of(TokenBook).fetches == 1
    kept = b"".join(file.read_bytes() for file in place.rglob("*") if file.is_file()) if kind == "state" else b""
    assert tokens.pop().strip().encode() not in kept  # sealed where it rests
