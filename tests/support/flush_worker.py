"""A flusher that is killed: `python flush_worker.py FOLDER URL NUMBER` ends itself with SIGKILL at its NUMBER-th step ("" is SQLite)."""

from __future__ import annotations

import itertools
import os
import signal
import sys
from pathlib import Path

from jianwei.ingest import flush
from jianwei.store import open_store

if __name__ == "__main__":
    folder, url = Path(sys.argv[1]), sys.argv[2] or None
    left = itertools.count(int(sys.argv[3]) - 1, -1)

    def step(name: str) -> None:
        if next(left) == 0:
            print(name, flush=True)
            os.kill(os.getpid(), signal.SIGKILL)

    flush(open_store(folder, state_url=url), batch_rows=4, wait_seconds=20, step=step)
    print("finished", flush=True)
