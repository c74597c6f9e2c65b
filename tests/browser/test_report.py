"""The report in a real browser: charts are drawn, nothing of what people call themselves runs, nothing is fetched.

Runs where Chromium is installed and is skipped elsewhere.
"""

from __future__ import annotations

import re
import shutil
import subprocess
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from threading import Thread
from typing import ClassVar

import pytest
from noto_cjk_sans_otc import FONT_PATH
from PIL import Image
from support import answers

from jianwei.report import InputLine, build_report, write_report

NAMES = (
    "<img src=x onerror=\"document.title='pwned';document.body.dataset.pwned=1\">",
    "</script><script>document.title='pwned';document.body.dataset.pwned=1</script>",
    "'\"><svg onload=document.body.dataset.pwned=1>",
    "茶友老周",
)

Browse = Callable[..., str]


class Listener(BaseHTTPRequestHandler):
    """Counts what arrives; stands for the rest of the world as the browser's proxy."""

    seen: ClassVar[list[str]] = []

    def do_GET(self) -> None:
        self.seen.append(self.path)
        self.send_response(404)
        self.end_headers()

    do_CONNECT = do_POST = do_HEAD = do_GET  # noqa: N815 (the server's names)

    def log_message(self, format: str, *args: object) -> None:
        return None


@contextmanager
def listening() -> Iterator[int]:
    Listener.seen.clear()
    server = ThreadingHTTPServer(("127.0.0.1", 0), Listener)
    Thread(target=server.serve_forever, daemon=True).start()
    try:
        yield server.server_port
    finally:
        server.shutdown()
        server.server_close()


def through(port: int) -> tuple[str, str]:
    return f"--proxy-server=http://127.0.0.1:{port}", "--proxy-bypass-list=<-loopback>"


@pytest.fixture(scope="module")
def browse(tmp_path_factory: pytest.TempPathFactory) -> Browse:
    """Runs Chromium on a file: `browse(path, "--dump-dom")` gives its output."""
    program = shutil.which("chromium") or shutil.which("chromium-browser") or shutil.which("google-chrome")
    if program is None:
        pytest.skip("Chromium is not on this machine")
    home = tmp_path_factory.mktemp("browser")
    fonts = home / "fonts.conf"
    fonts.write_text(
        f'<?xml version="1.0"?><fontconfig><dir>/usr/share/fonts</dir><dir>{Path(str(FONT_PATH)).parent}</dir>'
        f"<cachedir>{home / 'fonts'}</cachedir></fontconfig>"
    )

    def run(page: Path, *options: str, width: int = 1280, height: int = 2600, complaints: bool = False) -> str:
        done = subprocess.run(
            [
                program, "--headless", "--no-sandbox", "--disable-gpu", "--no-first-run", "--hide-scrollbars",
                "--disable-background-networking", "--disable-component-update", "--disable-sync", "--force-prefers-reduced-motion",
                "--enable-logging=stderr", "--virtual-time-budget=8000", f"--user-data-dir={home / 'profile'}",
                f"--window-size={width},{height}", *options, page.as_uri(),
            ],
            capture_output=True, timeout=120, check=True, env={"FONTCONFIG_FILE": str(fonts), "HOME": str(home), "PATH": "/usr/bin:/bin"},
        )  # fmt: skip
        heard = [line for line in done.stderr.decode().splitlines() if "CONSOLE" in line]
        assert complaints or heard == []
        return done.stdout.decode()

    return run


@pytest.fixture(scope="module")
def report(tmp_path_factory: pytest.TempPathFactory) -> Path:
    ask = answers.workspace("shop")

    def hostile(question: object) -> answers.Answer:
        if type(question).__name__ == "Ranking":
            return answers.ranking(names=list(NAMES))
        return ask(question)

    lines = [InputLine(NAMES[0], "chatlab", "done", 10, 9, 0, 1, (("bad_time", 1, 3),))]
    page = build_report(hostile, covers=[NAMES[1]], inputs=lines, made_us=0)
    return write_report(page, tmp_path_factory.mktemp("report") / "report.html", files=False)


def charts(dom: str) -> list[str]:
    return re.findall(r"<jw-chart.*?</jw-chart>", dom, re.DOTALL)


def test_charts_are_drawn_as_they_come_near(browse: Browse, report: Path) -> None:
    for budget in (
        8_000,
        30_000,
        60_000,
        60_000,
        120_000,
        120_000,
        240_000,
    ):  # a busy machine may use up the page's time before the browser paints
        dom = browse(report, "--dump-dom", f"--virtual-time-budget={budget}", height=2400)
        drawn = ["<svg" in chart or "<canvas" in chart for chart in charts(dom)]
        if drawn[:3] == [True] * 3:
            break
    assert len(drawn) > 15
    assert drawn[:3] == [True] * 3
    assert not drawn[-1]


def test_nothing_hostile_runs(browse: Browse, report: Path, tmp_path: Path) -> None:
    """With every chart drawn, the names in them too: the script that waits for scrolling is told not to."""
    eager = report.read_text("utf-8").replace("near.observe(this);", "setTimeout(() => this.draw());")
    eager = re.sub("script-src .*?; style-src", "script-src 'unsafe-inline'; style-src", eager, count=1)
    (tmp_path / "eager.html").write_text(eager, "utf-8")
    dom = browse(tmp_path / "eager.html", "--dump-dom")
    assert all("<svg" in chart or "<canvas" in chart for chart in charts(dom))
    assert "&lt;img src=x" in "".join(charts(dom))
    assert re.search(r"<title[^>]*>客户洞察报告</title>", dom)
    assert "data-pwned" not in dom


def test_the_tests_here_can_fail(browse: Browse, tmp_path: Path) -> None:
    """The same names, let in without escape and policy, do run, and a page that asks for something is noticed."""
    (tmp_path / "open.html").write_text(
        f"<body>{NAMES[1]}<link rel=stylesheet href=http://shop.invalid/a.css></body>", "utf-8"
    )
    with listening() as port:
        assert "data-pwned" in browse(tmp_path / "open.html", "--dump-dom", *through(port), complaints=True)
    assert any("shop.invalid" in path for path in Listener.seen)


def test_nothing_is_fetched(browse: Browse, report: Path) -> None:
    with listening() as port:
        browse(report, "--dump-dom", *through(port))
    assert [path for path in Listener.seen if "google" not in path] == []  # the browser itself looks for updates


@pytest.mark.parametrize(("width", "height"), [(1280, 2400), (500, 2400)])
def test_a_screenshot_shows_something(browse: Browse, report: Path, tmp_path: Path, width: int, height: int) -> None:
    browse(report, f"--screenshot={tmp_path / 'page.png'}", width=width, height=height)
    with Image.open(tmp_path / "page.png") as image:
        assert image.size == (width, height)
        assert len(image.convert("RGB").getcolors(1 << 22) or ()) > 300
