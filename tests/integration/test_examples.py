"""The examples for other frameworks run, log people in and answer messages."""

from __future__ import annotations

import os
import subprocess
import sys
import time
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import httpx
import pytest
from support.served import free_port

from jianwei.sandbox.platform.app import running
from jianwei.sandbox.platform.faults import Fault
from jianwei.sandbox.platform.world import App, Follower, Platform

EXAMPLES = Path(__file__).resolve().parents[2] / "examples"
APP_ID, TOKEN, AES_KEY = "wx0123456789abcdef", "exampletoken", "abcdefghijklmnopqrstuvwxyz0123456789ABCDEFG"
COMMANDS = {
    "flask": ["flask", "--app", "flask_shop", "run", "--port"],
    "fastapi": ["uvicorn", "fastapi_shop:app", "--log-level", "warning", "--port"],
    "django": ["uvicorn", "django_shop:application", "--log-level", "warning", "--port"],
}


@dataclass
class Example:
    address: str
    platform: Platform
    app: App


@pytest.fixture(scope="module", params=sorted(COMMANDS))
def example(request: pytest.FixtureRequest) -> Iterator[Example]:
    platform, port = Platform(), free_port()
    app = platform.add(App(APP_ID, "secret", "service", followers={"oA": Follower("oA", "张三")}))
    address = f"http://127.0.0.1:{port}"
    with running(platform) as url:
        more = {"WECHAT_APP_ID": APP_ID, "WECHAT_SECRET": "secret", "WECHAT_TOKEN": TOKEN, "WECHAT_AES_KEY": AES_KEY}
        environment = {**os.environ, **more, "PUBLIC_URL": address, "WECHAT_BASE_URL": url}
        command = [sys.executable, "-m", *COMMANDS[request.param], str(port)]
        process = subprocess.Popen(command, cwd=EXAMPLES, env=environment, stderr=subprocess.PIPE, text=True)
        try:
            _wait_for(address, process)
            yield Example(address, platform, app)
        finally:
            process.terminate()
            process.communicate(timeout=30)


def _wait_for(address: str, process: subprocess.Popen[str]) -> None:
    deadline = time.monotonic() + 60
    while time.monotonic() < deadline:
        assert process.poll() is None, process.communicate()[1]
        try:
            httpx.get(address, trust_env=False)
        except httpx.ConnectError:
            time.sleep(0.05)
            continue
        return
    raise AssertionError("nothing listens")


def test_a_person_logs_in(example: Example) -> None:
    with httpx.Client(trust_env=False) as browser:
        assert browser.get(example.address).json() == {"openid": None}
        page = browser.get(f"{example.address}/login?next=/").headers["location"].split("#")[0]
        callback = browser.get(f"{page}&_as=oA&_agree=1").headers["location"]
        arrived = browser.get(callback)
        assert arrived.is_redirect
        assert browser.get(example.address).json() == {"openid": "oA"}
        assert browser.get(callback).status_code == 400


def test_who_looks_at_a_snapshot_is_nobody(example: Example) -> None:
    with httpx.Client(trust_env=False) as browser:
        page = browser.get(f"{example.address}/login?next=/").headers["location"].split("#")[0]
        callback = browser.get(f"{page}&_as=oA&_agree=1&_snapshot=1").headers["location"]
        assert browser.get(callback).is_redirect
        assert browser.get(example.address).json() == {"openid": None}


def test_a_platform_that_refuses_is_no_crash(example: Example) -> None:
    with httpx.Client(trust_env=False) as browser:
        page = browser.get(f"{example.address}/login?next=/").headers["location"].split("#")[0]
        callback = browser.get(f"{page}&_as=oA&_agree=1").headers["location"]
        fault = example.platform.faults.add(Fault(path="/sns/oauth2/access_token", code=48001))
        try:
            told = browser.get(callback)
        finally:
            example.platform.faults.remove(fault)
        assert (told.status_code, told.json()["error"]) == (502, "WeChat does not answer")
        assert browser.get(example.address).json() == {"openid": None}


def test_what_is_refused(example: Example) -> None:
    with httpx.Client(trust_env=False) as victim, httpx.Client(trust_env=False) as attacker:
        assert victim.get(f"{example.address}/login?next=https://evil.example").status_code == 400
        page = attacker.get(f"{example.address}/login").headers["location"].split("#")[0]
        callback = attacker.get(f"{page}&_as=oA&_agree=1").headers["location"]
        victim.get(f"{example.address}/login")
        assert victim.get(callback).status_code == 400
        assert victim.get(example.address).json() == {"openid": None}


def test_messages_are_answered(example: Example) -> None:
    people = example.platform.connect(example.app, f"{example.address}/wechat", TOKEN, AES_KEY, mode="secure")
    pushed = people.say("oA", "在吗 ]]>")
    assert pushed is not None
    assert pushed.text == "heard 在吗 ]]>"
    followed = people.subscribe(people.meet("小满").openid)
    assert followed is not None
    assert followed.outcome == "success"
    forged = httpx.post(f"{example.address}/wechat?signature=0&timestamp=1&nonce=1", content=b"<xml/>", trust_env=False)
    assert forged.status_code == 403
