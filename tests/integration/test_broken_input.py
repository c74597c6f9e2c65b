"""Whatever is wrong with a file: a clear word about it, the good rows in, exit code 3, and never a traceback."""

from __future__ import annotations

import gzip
import io
import json
import os
import subprocess
import sys
import zipfile
from pathlib import Path

import pytest

ENVIRONMENT = {"PATH": os.environ["PATH"], "LANG": "en_US.UTF-8", "COLUMNS": "200"}
GOOD = "内容,用户,时间\n很好喝,小林,2024-01-05 09:00:00\n太慢了,阿青,2024-01-05 10:00:00\n"


def _run(folder: Path, *arguments: str) -> subprocess.CompletedProcess[str]:
    call = [sys.executable, "-m", "jianwei", *arguments, "-w", str(folder / "w")]
    done = subprocess.run(call, capture_output=True, text=True, check=False, env=ENVIRONMENT, stdin=subprocess.DEVNULL)
    assert "Traceback" not in done.stderr + done.stdout
    return done


def _import(folder: Path, path: Path) -> tuple[int, dict[str, object]]:
    done = _run(folder, "import", str(path), "--json")
    return done.returncode, json.loads(done.stdout)


def _zip(members: dict[str, bytes]) -> bytes:
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, data in members.items():
            archive.writestr(name, data)
    return out.getvalue()


UNREADABLE = {
    "empty.csv": b"",
    "noise.csv": bytes(range(256)) * 64,
    "cut.zip": _zip({"a.csv": GOOD.encode() * 50})[:-40],
    "bomb.zip": _zip({"a.csv": b"0" * (300 << 20)}),
    "shape.json": b'{"messages": 7}',
    "list.json": b"[[1, 2], [3, 4]]",
    "cut.json": b'{"chatlab": {"version": "0.0.2"',
    "cut.csv.gz": gzip.compress(GOOD.encode() * 2000)[:-200],
    "notes.txt": "今天天气不错\n明天再说\n".encode(),
    "sheet.xlsx": b"PK\x03\x04 this is no workbook",
    "table.parquet": b"PAR1 and then nothing of the kind PAR1",
}


@pytest.mark.parametrize("name", sorted(UNREADABLE))
def test_unreadable_files_are_named(tmp_path: Path, name: str) -> None:
    path = tmp_path / name
    path.write_bytes(UNREADABLE[name])
    code, report = _import(tmp_path, path)
    assert code == 3
    (item, *_) = report["inputs"]  # type: ignore[misc]
    assert item["status"] in ("rejected", "failed")
    assert item["detail"]
    shown = _run(tmp_path, "quarantine", "list")
    assert name in shown.stdout


def test_wrong_encoding_costs_its_row(tmp_path: Path) -> None:
    lines = GOOD.encode().splitlines(keepends=True) * 30
    path = tmp_path / "mixed.csv"
    path.write_bytes(b"".join(lines[:3]) + "坏,坏,2024-01-05 11:00:00\n".encode("gb18030") + b"".join(lines[1:3] * 20))
    code, report = _import(tmp_path, path)
    assert code == 3
    assert report["new"]["messages"] == 42  # type: ignore[index]
    assert [(r[0], r[2]) for r in report["inputs"][0]["reasons"]] == [("bad_encoding", 4)]  # type: ignore[index]


def test_nul_bytes_and_bad_times_cost_their_rows(tmp_path: Path) -> None:
    path = tmp_path / "rows.csv"
    path.write_bytes((GOOD + "有\0字,小林,2024-01-05 11:00:00\n好,小林,昨天\n").encode())
    code, report = _import(tmp_path, path)
    assert code == 3
    assert report["new"]["messages"] == 2  # type: ignore[index]
    assert {(r[0], r[2]) for r in report["inputs"][0]["reasons"]} == {("nul_bytes", 4), ("bad_time", 5)}  # type: ignore[index]
    shown = _run(tmp_path, "quarantine", "show")
    assert "rows.csv:5" in shown.stdout
    assert "\0" not in shown.stdout


@pytest.mark.slow
def test_a_line_of_a_gigabyte(tmp_path: Path) -> None:
    path = tmp_path / "long.csv"
    with path.open("wb") as out:
        out.write(GOOD.encode())
        for _ in range(1024):
            out.write(b"x" * (1 << 20))
        out.write("\n真好,小林,2024-01-05 12:00:00\n".encode())
    limited = f"import resource, runpy, sys; resource.setrlimit(resource.RLIMIT_AS, ({6 << 30}, {6 << 30}))\n"
    limited += f"sys.argv = ['jianwei', 'import', {str(path)!r}, '--json', '-w', {str(tmp_path / 'w')!r}]\n"
    limited += "runpy.run_module('jianwei', run_name='__main__')\n"
    done = subprocess.run([sys.executable, "-c", limited], capture_output=True, text=True, check=False, env=ENVIRONMENT)
    assert done.returncode == 3, done.stderr[-2000:]
    report = json.loads(done.stdout)
    assert report["new"]["messages"] == 3
    assert [(r[0], r[2]) for r in report["inputs"][0]["reasons"]] == [("row_too_long", 4)]


def test_formula_cells_and_markup_stay_text(tmp_path: Path) -> None:
    evil = "<img src=x onerror=alert(1)></script><script>alert(2)</script>"
    path = tmp_path / "evil.csv"
    row = f'"=cmd|\' /C calc\'!A0","{evil}",2024-01-05 09:00:00\n'
    path.write_text("内容,用户,时间\n" + row * 3, "utf-8")
    done = _run(tmp_path, "analyze", str(path), "-o", str(tmp_path / "report.html"), "--quiet")
    assert done.returncode == 0, done.stdout + done.stderr
    page = (tmp_path / "report.html").read_text("utf-8")
    assert "<img src=x" not in page
    assert "<script>alert(2)" not in page
    for table in (tmp_path / "report-data").glob("*.csv"):
        assert not [line for line in table.read_text("utf-8-sig").splitlines() if line.startswith(("=", '"='))]
    out = tmp_path / "messages.csv"
    assert _run(tmp_path, "export", "messages", str(out)).returncode == 0
    assert ",=cmd" not in out.read_text("utf-8-sig")
    assert ',"=cmd' not in out.read_text("utf-8-sig")


def test_missing_and_doubtful(tmp_path: Path) -> None:
    code, report = _import(tmp_path, tmp_path / "nowhere.csv")
    assert (code, report["inputs"][0]["status"]) == (3, "rejected")  # type: ignore[index]
    path = tmp_path / "doubt.csv"
    path.write_text("甲,乙\n1,2\n3,4\n", "utf-8")
    done = _run(tmp_path, "import", str(path))
    assert done.returncode == 3
    assert "--map" in done.stdout
    mapped = _run(tmp_path, "import", str(path), "--table", "ratings", "--map", "user=甲,item=乙", "--json")
    assert mapped.returncode in (0, 3)


@pytest.mark.parametrize("arguments", [["nonsense"], ["analyze"], ["behavior", "mood", "--every", "century"]])
def test_wrong_usage_is_two(tmp_path: Path, arguments: list[str]) -> None:
    done = subprocess.run(
        [sys.executable, "-m", "jianwei", *arguments],
        capture_output=True,
        text=True,
        check=False,
        env=ENVIRONMENT,
        cwd=tmp_path,
    )
    assert done.returncode == 2
    assert "Traceback" not in done.stderr
