"""The sandbox's pages in a real browser: the chat is drawn, words of people stay words, the log-in page chooses somebody.

Runs where Chromium is installed and is skipped elsewhere.
"""

from __future__ import annotations

import re
import shutil
import subprocess
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path
from urllib.parse import urlencode

import pytest

from jianwei.sandbox.platform import App, People, Platform, running

EVIL = "<img src=x onerror=\"document.title='pwned'\">"


@dataclass(frozen=True)
class Stage:
    url: str
    app: App
    people: People
    browse: Callable[[str], str]


@pytest.fixture(scope="module")
def stage(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Stage]:
    program = shutil.which("chromium") or shutil.which("chromium-browser") or shutil.which("google-chrome")
    if program is None:
        pytest.skip("Chromium is not on this machine")
    home: Path = tmp_path_factory.mktemp("browser")
    options = ("--headless", "--no-sandbox", "--disable-gpu", f"--user-data-dir={home}", "--virtual-time-budget=4000")

    def browse(address: str) -> str:
        command = [program, *options, "--enable-logging=stderr", "--dump-dom", address]
        done = subprocess.run(command, capture_output=True, text=True, timeout=60, check=True)
        assert not re.findall(r"CONSOLE.*(?:Uncaught|Refused)", done.stderr), done.stderr
        return done.stdout

    platform = Platform()
    app = platform.add(App("wx0123456789abcdef", "secret", "service", EVIL, "gh_0123456789ab"))
    people = platform.people(app)
    people.meet(EVIL, "oPerson")
    people.say("oPerson", EVIL)
    with running(platform) as url:
        yield Stage(url, app, people, browse)


@pytest.mark.parametrize(("language", "title"), [("zh_CN", "微信沙箱"), ("en", "WeChat sandbox")])
def test_the_index_page_shows_the_chat_and_runs_nothing_of_it(stage: Stage, language: str, title: str) -> None:
    dom = stage.browse(f"{stage.url}/?lang={language}")
    assert f"<title>{title}</title>" in dom
    assert '<li class="person">&lt;img src=x' in dom


def test_the_log_in_page_runs_nothing_of_what_people_call_themselves(stage: Stage) -> None:
    query = {
        "appid": stage.app.app_id,
        "redirect_uri": "http://127.0.0.1:9/",
        "response_type": "code",
        "scope": "snsapi_userinfo",
        "state": '"><script>document.title="pwned"</script>',
    }
    dom = stage.browse(f"{stage.url}/connect/oauth2/authorize?{urlencode(query)}")
    assert "pwned</title>" not in dom
    assert "<title>pwned" not in dom
    assert 'value="oPerson"' in dom
