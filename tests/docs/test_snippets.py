"""Every Python snippet of the READMEs runs, every command they show exists, every local link leads somewhere."""

from __future__ import annotations

import os
import re
import subprocess
import sys
from pathlib import Path

import pytest

from jianwei.sandbox.population import simulate, write_files

sys.path.insert(0, str(Path(__file__).resolve().parents[1]))
from support.media_files import picture, sound

ROOT = Path(__file__).resolve().parents[2]
PAGES = ["README.md", "README.zh-CN.md"]

# The platform that the pages' client calls is the sandbox.
SANDBOX = """
    from functools import partial
    from jianwei import wechat
    from jianwei.sandbox.platform.app import running
    from jianwei.sandbox.platform.world import App, Follower, Platform

    world = Platform()
    world.add(App("wx0123456789abcdef", "secret", "service", followers={"o1": Follower("o1", "小林")}))
    serving = running(world)
    wechat.Client = partial(wechat.Client, base_url=serving.__enter__())
"""


@pytest.fixture(scope="module")
def files(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder with what the snippets name: orders.csv, chats, a voice and a photo."""
    folder = tmp_path_factory.mktemp("files")
    write_files(simulate(customers=40, days=21), folder)
    orders = "订单号,下单时间,客户,商品,数量,金额\n1,2026-03-02 10:00:00,小林,茶,1,39.00\n"
    (folder / "orders.csv").write_text(orders, "utf-8")
    (folder / "voice.amr").write_bytes(sound("amr"))
    (folder / "photo.jpg").write_bytes(picture("JPEG"))
    return folder


@pytest.mark.parametrize("name", PAGES)
def test_python_snippets_run(name: str, files: Path, tmp_path: Path) -> None:
    snippets = re.findall(r"```python\n(.*?)```", (ROOT / name).read_text("utf-8"), re.DOTALL)
    assert snippets
    for child in files.iterdir():
        (tmp_path / child.name).symlink_to(child)
    script = tmp_path / "snippet.py"
    body = "\n".join("    " + line for line in "\n".join(snippets).splitlines())
    script.write_text(f'if __name__ == "__main__":{SANDBOX}{body}\n    serving.__exit__(None, None, None)\n', "utf-8")
    done = subprocess.run([sys.executable, script.name], cwd=tmp_path, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr
    assert "messages" in done.stdout
    assert "o1 ADD_SCENE_SEARCH" in done.stdout


@pytest.mark.parametrize("name", PAGES)
def test_commands_exist(name: str) -> None:
    shown = "\n".join(line for line in (ROOT / name).read_text("utf-8").splitlines() if line.startswith("    "))
    commands = set(
        re.findall(r"(?:\s{2}|/)jianwei ((?:behavior |mine |quarantine |accounts |pull |groups )?[a-z][a-z-]+)", shown)
    )
    assert commands
    for command in sorted(commands):
        call = [sys.executable, "-m", "jianwei", *command.split(), "--help"]
        done = subprocess.run(call, capture_output=True, text=True, check=False, env={**os.environ, "LANG": "en"})
        assert done.returncode == 0, f"{command}: {done.stderr}"


@pytest.mark.parametrize("name", [*PAGES, "CONTRIBUTING.md", "docs/architecture.md"])
def test_links_lead_somewhere(name: str) -> None:
    page = ROOT / name
    links = re.findall(r"\]\(([^)#:]+)\)", page.read_text("utf-8"))
    assert [link for link in links if not (page.parent / link).exists()] == []
