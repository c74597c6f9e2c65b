"""kill -9 at random moments of import and of enrichment: after a rerun everything is as if nothing had happened."""

from __future__ import annotations

import random
import shutil
import signal
import subprocess
import sys
import textwrap
import time
from pathlib import Path

import pyarrow as pa
import pytest

import jianwei as jw
from jianwei.sandbox.bulk import write_wechatmsg_csv

ROWS = 20_000
KILLS = 10

IMPORT = """
    import sys
    import jianwei as jw
    from jianwei.ingest import ImportOptions, import_files

    if __name__ == "__main__":
        workspace = jw.open(sys.argv[1])
        print("ready", flush=True)
        import_files([sys.argv[2]], store=workspace.store, options=ImportOptions(chunk_rows=2_500))
"""

ENRICH = """
    import sys
    import jianwei as jw
    from jianwei.enrich import enrich
    from jianwei.enrich.stages import find_stages

    if __name__ == "__main__":
        workspace = jw.open(sys.argv[1])
        print("ready", flush=True)
        enrich(find_stages(["text"]), store=workspace.store, engine=workspace.engine, workers=2, commit_rows=5_000)
"""


def _started(script: Path, arguments: list[str]) -> subprocess.Popen[str]:
    """The script as a process that has loaded everything and begins its work."""
    process = subprocess.Popen([sys.executable, str(script), *arguments], stdout=subprocess.PIPE, text=True)
    assert process.stdout is not None
    assert process.stdout.readline() == "ready\n"
    return process


def _killed(script: Path, arguments: list[str], after: float) -> bool:
    """Run the script and kill it `after` seconds of work; whether it was still running."""
    process = _started(script, arguments)
    try:
        process.wait(after)
    except subprocess.TimeoutExpired:
        process.send_signal(signal.SIGKILL)
        process.wait()
        return True
    return False


def _seconds(script: Path, arguments: list[str]) -> float:
    """How long the undisturbed work takes."""
    process = _started(script, arguments)
    started = time.monotonic()
    assert process.wait() == 0
    return time.monotonic() - started


def _rows(workspace: jw.Workspace, query: str) -> pa.Table:
    return workspace.sql(query)


@pytest.fixture(scope="module")
def chat(tmp_path_factory: pytest.TempPathFactory) -> Path:
    path = tmp_path_factory.mktemp("chat") / "顾客群_utf8.csv"
    write_wechatmsg_csv(path, rows=ROWS, seed=5)
    return path


@pytest.fixture(scope="module")
def scripts(tmp_path_factory: pytest.TempPathFactory) -> dict[str, Path]:
    folder = tmp_path_factory.mktemp("scripts")
    made = {}
    for name, text in (("import", IMPORT), ("enrich", ENRICH)):
        made[name] = folder / f"run_{name}.py"
        made[name].write_text(textwrap.dedent(text), "utf-8")
    return made


MESSAGES = "SELECT message_id, text, ts_us, input_id FROM messages ORDER BY message_id"
PEOPLE = "SELECT user_id, nickname FROM users ORDER BY user_id"


@pytest.mark.slow
def test_import_survives_kills(chat: Path, scripts: dict[str, Path], tmp_path: Path) -> None:
    undisturbed = jw.open(tmp_path / "undisturbed")
    undisturbed.import_files([chat])
    whole = _seconds(scripts["import"], [str(tmp_path / "timing"), str(chat)])
    dice = random.Random(11)
    killed = 0
    for attempt in range(KILLS):
        folder = tmp_path / f"w{attempt}"
        killed += _killed(scripts["import"], [str(folder), str(chat)], dice.uniform(0.05, 0.8) * whole)
        again = jw.open(folder)
        report = again.import_files([chat])
        assert report.read["messages"] == ROWS
        assert report.new.get("messages", 0) + report.duplicate.get("messages", 0) == ROWS
        assert [item.added for item in again.store.state.inputs()] == [{"messages": ROWS}]
        for query in (MESSAGES, PEOPLE):
            assert _rows(again, query).equals(_rows(undisturbed, query))
    assert killed >= KILLS // 2, "the moments were not in the middle of the work"


ANNOTATIONS = "SELECT record_id, task, part, model, version, label, score, text, value FROM annotations ORDER BY ALL"


@pytest.mark.slow
def test_enrich_survives_kills(chat: Path, scripts: dict[str, Path], tmp_path: Path) -> None:
    undisturbed = jw.open(tmp_path / "undisturbed")
    undisturbed.import_files([chat])
    undisturbed.enrich()
    expected = _rows(undisturbed, ANNOTATIONS)
    imported = tmp_path / "imported"
    jw.open(imported).import_files([chat])
    shutil.copytree(imported, tmp_path / "timing")
    whole = _seconds(scripts["enrich"], [str(tmp_path / "timing")])
    dice = random.Random(12)
    killed = 0
    for attempt in range(KILLS):
        folder = tmp_path / f"w{attempt}"
        shutil.copytree(imported, folder)
        workspace = jw.open(folder)
        killed += _killed(scripts["enrich"], [str(folder)], dice.uniform(0.05, 0.8) * whole)
        workspace.enrich()
        assert _rows(workspace, ANNOTATIONS).equals(expected)
    assert killed >= KILLS // 2, "the moments were not in the middle of the work"
