"""A flusher that stops itself: `python stopped_flusher.py FOLDER URL NUMBER` is stopped before its NUMBER-th transaction ("" is SQLite)."""

from __future__ import annotations

import itertools
import os
import signal
import sys
import threading
from pathlib import Path
from typing import Any

import sqlalchemy as sa

from jianwei.errors import JianweiError
from jianwei.ingest import flush
from jianwei.store import open_store

if __name__ == "__main__":
    store = open_store(Path(sys.argv[1]), state_url=sys.argv[2] or None)
    left = itertools.count(int(sys.argv[3]) - 1, -1)

    @sa.event.listens_for(store.state.engine, "begin")
    def _stop(connection: Any) -> None:
        if threading.current_thread() is threading.main_thread() and next(left) == 0:
            print("stopped", flush=True)
            os.kill(os.getpid(), signal.SIGSTOP)

    try:
        flush(store, wait_seconds=20)
    except JianweiError as error:
        print(error, flush=True)
    else:
        print("finished", flush=True)
