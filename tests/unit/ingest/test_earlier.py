"""What an import that was killed leaves, put right by the next one."""

from __future__ import annotations

import subprocess
import sys
import textwrap
from dataclasses import replace
from pathlib import Path

import pytest

import jianwei as jw
from jianwei.ingest.earlier import added_before, sweep

AMR = b"#!AMR\n" + (b"\x3c" + bytes(31)) * 50
LEFT = f".{'0a' * 16}"
OTHERS = (".DS_Store", ".keep", f".{'0a' * 15}", "ab")

WRITER = """
    import sys
    import jianwei as jw

    if __name__ == "__main__":
        with jw.open(sys.argv[1]).store.writing():
            print("ready", flush=True)
            sys.stdin.read()
"""


def leave(workspace: jw.Workspace) -> Path:
    folder = workspace.store.folder / "media"
    folder.mkdir(exist_ok=True)
    for name in (LEFT, f"{LEFT}.jpg", *OTHERS):
        (folder / name).write_bytes(b"half a picture")
    return folder


def test_copies_that_were_left_aside_go_with_the_next_import(tmp_path: Path) -> None:
    workspace = jw.open(tmp_path / "w")
    folder = leave(workspace)
    (tmp_path / "album").mkdir()
    (tmp_path / "album" / "a.amr").write_bytes(AMR)
    workspace.import_files([tmp_path / "album"])
    assert sorted(path.name for path in folder.iterdir() if path.is_file()) == sorted(OTHERS)


def test_while_somebody_writes_nothing_is_swept(tmp_path: Path) -> None:
    workspace = jw.open(tmp_path / "w")
    folder, script = leave(workspace), tmp_path / "writer.py"
    script.write_text(textwrap.dedent(WRITER))
    with subprocess.Popen(
        [sys.executable, str(script), str(tmp_path / "w")], stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True
    ) as writer:
        assert writer.stdout is not None
        assert writer.stdout.readline() == "ready\n"
        sweep(workspace.store)
        assert (folder / LEFT).exists()
        writer.kill()  # its lease stays, but nobody holds it
        writer.wait()
        sweep(workspace.store)
        assert not (folder / LEFT).exists()


@pytest.mark.parametrize("kind", ["album", "table"])
def test_what_a_killed_import_brought_is_counted(kind: str, tmp_path: Path) -> None:
    if kind == "album":
        source = tmp_path / "album"
        source.mkdir()
        for n in range(3):
            (source / f"{n}.amr").write_bytes(AMR + bytes([0x3C, n]) + bytes(30))
    else:
        source = tmp_path / "话.csv"
        source.write_text(
            "时间,用户,内容\n" + "".join(f"2024-01-01 10:00:0{n},张三,你好{n}\n" for n in range(3)), "utf-8"
        )
    workspace = jw.open(tmp_path / "w")
    workspace.import_files([source])
    state = workspace.store.state
    (whole,) = state.inputs()
    assert whole.added == {"messages": 3}
    state.put_inputs([replace(whole, status="reading", added={}, read={})])  # as a kill leaves it
    assert added_before(workspace.store, whole.input_id) == {"messages": 3}
    workspace.import_files([source])
    assert state.inputs() == [whole]
    assert added_before(workspace.store, "f:nobody") == {}
