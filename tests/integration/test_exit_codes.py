"""Processes that used a workspace end with their own exit code, every time."""

from __future__ import annotations

import subprocess
import sys
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest

WORKER = Path(__file__).parents[1] / "support" / "exit_worker.py"
RUNS = 50


@pytest.mark.slow
def test_fifty_short_commands_end_with_zero(tmp_path: Path, child_environment: dict[str, str]) -> None:
    """Two at a time on one workspace: they also append beside each other. Every fifth asks a question, too."""
    folder = tmp_path / "工作区"

    def run(number: int) -> tuple[int, str, str]:
        command = [sys.executable, str(WORKER), str(folder), str(number), "store" if number % 5 else "answer"]
        done = subprocess.run(command, capture_output=True, text=True, env=child_environment, timeout=300, check=False)
        return done.returncode, done.stdout, done.stderr

    with ThreadPoolExecutor(2) as pool:
        ended = list(pool.map(run, range(RUNS)))
    assert [(code, error[-1_000:]) for code, _, error in ended if code or error] == []
    assert max(int(out) for _, out, _ in ended) == 100 * RUNS
