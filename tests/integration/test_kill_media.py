"""kill -9 at random moments while a folder of media comes in and while stages read it: afterwards everything is there once."""

from __future__ import annotations

import io
import os
import random
import shutil
import signal
import subprocess
import sys
import textwrap
import time
from pathlib import Path

import pytest
from PIL import Image
from PIL.PngImagePlugin import PngInfo
from support.fragile import HANG, FragileStage

import jianwei as jw
from jianwei.enrich import enrich

FILES = 400
KILLS = 6

IMPORT = """
    import sys
    import jianwei as jw
    from jianwei.ingest import ImportOptions, import_files

    if __name__ == "__main__":
        workspace = jw.open(sys.argv[1])
        print("ready", flush=True)
        import_files([sys.argv[2]], store=workspace.store, options=ImportOptions(chunk_rows=100))
"""

ENRICH = """
    import sys
    sys.path.insert(0, sys.argv[2])
    import jianwei as jw
    from jianwei.enrich import enrich
    from support.fragile import HANG, FragileStage

    if __name__ == "__main__":
        workspace = jw.open(sys.argv[1])
        print("ready", flush=True)
        stage = FragileStage(workspace.store.folder, slow=0.01)
        enrich([stage], store=workspace.store, engine=workspace.engine, commit_rows=20)
"""

INTERRUPTED = """
    import sys
    from pathlib import Path
    sys.path.insert(0, sys.argv[2])
    import jianwei as jw
    from jianwei.enrich import enrich
    from jianwei.errors import CancelledError
    from support.fragile import HANG, FragileStage

    if __name__ == "__main__":
        workspace = jw.open(sys.argv[1])
        stage = FragileStage(workspace.store.folder, started=Path(sys.argv[3]))
        try:
            enrich([stage], store=workspace.store, engine=workspace.engine, workers=2)
        except CancelledError as error:
            print(error.what)
"""

MESSAGES = "SELECT message_id, kind, ts_us, seq FROM messages ORDER BY ALL"
MEDIA = "SELECT record_id, path, bytes FROM media ORDER BY ALL"
ANNOTATIONS = "SELECT record_id, task, part, model, version, status, label FROM annotations ORDER BY ALL"
TESTS = str(Path(__file__).resolve().parents[1])


@pytest.fixture(scope="module")
def album(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("files") / "album"
    folder.mkdir()
    for n in range(FILES):
        file = io.BytesIO()
        Image.effect_noise((40 + n % 7, 40), 30 + n % 50).save(file, "PNG")
        voice = b"#!AMR\n" + (b"\x3c" + n.to_bytes(4, "big") + bytes(27)) * 20
        (folder / f"{n:04d}").with_suffix(".amr" if n % 4 == 0 else ".png").write_bytes(
            voice if n % 4 == 0 else file.getvalue()
        )
    (folder / "bad.svg").write_bytes(b"<svg/>")
    return folder


def _run(script: Path, arguments: list[str], *, kill_after: float | None = None) -> tuple[float, bool]:
    """Seconds of its work, and whether it was killed in the middle of it."""
    with subprocess.Popen([sys.executable, str(script), *arguments], stdout=subprocess.PIPE, text=True) as process:
        assert process.stdout is not None
        assert process.stdout.readline() == "ready\n"
        started = time.monotonic()
        try:
            process.wait(kill_after)
        except subprocess.TimeoutExpired:
            process.send_signal(signal.SIGKILL)
            process.wait()
            return time.monotonic() - started, True
        assert process.returncode == 0
        return time.monotonic() - started, False


def _script(folder: Path, text: str) -> Path:
    path = folder / "run.py"
    path.write_text(textwrap.dedent(text), "utf-8")
    return path


@pytest.mark.slow
def test_import_of_media_survives_kills(album: Path, tmp_path: Path) -> None:
    undisturbed = jw.open(tmp_path / "undisturbed")
    undisturbed.import_files([album])
    assert undisturbed.sql(MESSAGES).num_rows == FILES
    script = _script(tmp_path, IMPORT)
    whole, _ = _run(script, [str(tmp_path / "timing"), str(album)])
    dice, killed = random.Random(11), 0
    for attempt in range(KILLS):
        folder = tmp_path / f"w{attempt}"
        killed += _run(script, [str(folder), str(album)], kill_after=dice.uniform(0.05, 0.8) * whole)[1]
        again = jw.open(folder)
        report = again.import_files([album])
        assert (report.read["messages"], report.rejected["messages"]) == (FILES + 1, 1)
        for query in (MESSAGES, MEDIA):
            assert again.sql(query).equals(undisturbed.sql(query))
        for row in again.sql(MEDIA).to_pylist():
            assert (again.store.folder / row["path"]).stat().st_size == row["bytes"]
        assert [row.reason for row in again.store.state.quarantined()] == ["script"]
        assert [item.added for item in again.store.state.inputs()] == [{"messages": FILES}]
        assert not list((again.store.folder / "media").glob(".*"))
    assert killed >= KILLS // 2, "the moments were not in the middle of the work"


@pytest.mark.slow
def test_stages_that_read_files_survive_kills(album: Path, tmp_path: Path) -> None:
    imported = jw.open(tmp_path / "imported")
    imported.import_files([album])
    shutil.copytree(tmp_path / "imported", tmp_path / "timing")
    script = _script(tmp_path, ENRICH)
    whole, _ = _run(script, [str(tmp_path / "timing"), TESTS])
    expected = jw.open(tmp_path / "timing").sql(ANNOTATIONS)
    assert expected.num_rows == FILES * 3 // 4
    dice, killed = random.Random(12), 0
    for attempt in range(KILLS):
        folder = tmp_path / f"w{attempt}"
        shutil.copytree(tmp_path / "imported", folder)
        killed += _run(script, [str(folder), TESTS], kill_after=dice.uniform(0.2, 0.9) * whole)[1]
        workspace = jw.open(folder)
        stage = FragileStage(workspace.store.folder, isolated=False)
        enrich([stage], store=workspace.store, engine=workspace.engine)
        assert workspace.sql(ANNOTATIONS).equals(expected)
    assert killed >= KILLS // 2, "the moments were not in the middle of the work"


def test_ctrl_c_ends_a_run_in_which_a_file_hangs(tmp_path: Path) -> None:
    (tmp_path / "files").mkdir()
    for n in range(6):
        told = PngInfo()
        told.add_text("comment", HANG.decode() if n == 2 else "")
        Image.new("RGB", (8, 8), (n, 0, 0)).save(tmp_path / "files" / f"{n}.png", pnginfo=told)
    workspace = jw.open(tmp_path / "w")
    workspace.import_files([tmp_path / "files"])
    reads = tmp_path / "reads"
    call = [sys.executable, str(_script(tmp_path, INTERRUPTED)), str(tmp_path / "w"), TESTS, str(reads)]
    with subprocess.Popen(call, stdout=subprocess.PIPE, text=True, start_new_session=True) as process:
        while process.poll() is None and (not reads.exists() or reads.read_text().count("\n") < 6):
            time.sleep(0.05)
        os.killpg(process.pid, signal.SIGINT)  # to all of them, as the terminal does
        said, _ = process.communicate(timeout=300)
    assert said.startswith("stopped after")
    for worker in set(reads.read_text().split()):
        with pytest.raises(ProcessLookupError):
            os.kill(int(worker), 0)
    assert 4 <= workspace.sql(ANNOTATIONS).num_rows <= 5  # the last answer may have been under way
    stage = FragileStage(workspace.store.folder, row_seconds=2.0)
    enrich([stage], store=workspace.store, engine=workspace.engine)
    found = workspace.sql("SELECT status, label FROM annotations").to_pylist()
    assert len(found) == 6
    assert [row["label"] for row in found if row["status"] != "ok"] == ["too_slow"]
