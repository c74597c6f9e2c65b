"""What it costs to import the package and to start the command line."""

from __future__ import annotations

import subprocess
import sys
import time
from pathlib import Path
from statistics import median

from benchmarks.measure import Table

__all__ = ["tables"]

CALLS = {
    "python -c pass": [sys.executable, "-c", "pass"],
    "import jianwei": [sys.executable, "-c", "import jianwei"],
    "import pyarrow": [sys.executable, "-c", "import pyarrow"],
    "jianwei --help": [str(Path(sys.executable).with_name("jianwei")), "--help"],
}


def tables(folder: Path) -> list[Table]:
    taken: dict[str, list[float]] = {name: [] for name in CALLS}
    for _ in range(11):
        for name, call in CALLS.items():
            started = time.perf_counter()
            subprocess.run(call, check=True, capture_output=True)
            taken[name].append(time.perf_counter() - started)
    bare = median(taken["python -c pass"])
    rows = tuple((name, f"{median(t):.3f}", f"{median(t) - bare:.3f}") for name, t in taken.items())
    note = "Wall seconds of a fresh process, median of 11 (goal: `import jianwei` under 0.3 s)."
    return [Table("Starting", note, ("call", "seconds", "beyond bare Python"), rows)]
