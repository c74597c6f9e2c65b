"""`jianwei sandbox` as a process: what it prints, that it serves, that it pushes, how it ends."""

from __future__ import annotations

import json
import signal
import socket
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

import httpx
import pytest
from support.hook import hook

from jianwei.wechat import Client

SMALL = ("--port", "0", "--customers", "20", "--days", "14")


@contextmanager
def _started(environment: dict[str, str], *options: str) -> Iterator[tuple[subprocess.Popen[str], dict[str, Any]]]:
    in_background = ("sh", "-c", 'trap "" INT; exec "$@"', "sh")  # as a shell starts a job: SIGINT is ignored
    command = [*in_background, sys.executable, "-m", "jianwei", "sandbox", "--json", *SMALL, *options]
    process = subprocess.Popen(
        command, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True, env={**environment, "LANG": "en"}
    )  # fmt: skip
    assert process.stdout is not None
    try:
        said = ""
        for line in process.stdout:
            said += line
            if line == "}\n":
                break
        yield process, json.loads(said)
    finally:
        if process.poll() is None:
            process.kill()
        process.communicate(timeout=20)


@pytest.mark.parametrize("ending", [signal.SIGINT, signal.SIGTERM])
def test_it_serves_until_it_is_told_to_end(child_environment: dict[str, str], ending: signal.Signals) -> None:
    with _started(child_environment) as (process, said):
        service = next(one for one in said["accounts"] if one["kind"] == "service")
        with Client(service["app_id"], service["secret"], base_url=said["url"]) as client:
            openids = list(client.users.list())
            assert 0 < len(openids) <= service["people"]
            assert list(client.publishing.list())
        process.send_signal(ending)
        out, err = process.communicate(timeout=20)
        assert (process.returncode, out, err) == (0, "", "")


def test_the_shop_lives_through_the_callback(child_environment: dict[str, str]) -> None:
    with hook() as server:
        callback = ("--callback", server.url, "--token", "mytoken", "--speed", "200000")
        with _started(child_environment, *callback) as (process, said):
            end = time.monotonic() + 30
            while len(server.pushed) < 5 and time.monotonic() < end:
                time.sleep(0.05)
            assert len(server.pushed) >= 5
            state = httpx.get(f"{said['url']}/_sandbox/state").json()
            assert state["beijing"] > "2026-03-02"
            assert state["apps"][0]["callback"]["url"] == server.url
            assert "mytoken" not in json.dumps(state)
            process.send_signal(signal.SIGINT)
            _, err = process.communicate(timeout=20)
            assert process.returncode == 0
            assert "Traceback" not in err


@pytest.mark.parametrize(
    ("options", "says"),
    [
        (("--callback", "nonsense"), "http://"),
        (("--callback", "http://127.0.0.1:1/", "--mode", "secure"), "EncodingAESKey"),
        (("--callback", "http://127.0.0.1:1/", "--token", "?"), "letters and digits"),
        (("--customers", "5"), "20"),
    ],
)
def test_what_cannot_work_is_said_in_words(
    child_environment: dict[str, str], options: tuple[str, ...], says: str
) -> None:
    command = [sys.executable, "-m", "jianwei", "sandbox", *SMALL, *options]
    done = subprocess.run(
        command, capture_output=True, text=True, env={**child_environment, "LANG": "en"}, check=False, timeout=60
    )
    assert done.returncode in (1, 2)
    assert says in done.stderr
    assert "Traceback" not in done.stderr


def test_a_port_that_is_taken(child_environment: dict[str, str]) -> None:
    with socket.create_server(("127.0.0.1", 0)) as taken:
        command = [sys.executable, "-m", "jianwei", "sandbox", *SMALL[2:], "--port", str(taken.getsockname()[1])]
        done = subprocess.run(
            command, capture_output=True, text=True, env={**child_environment, "LANG": "en"}, check=False, timeout=60
        )
    assert done.returncode == 1
    assert "another port" in done.stderr
    assert "Traceback" not in done.stderr
