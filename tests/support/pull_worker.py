"""Pulls an official account in a process of its own and kills itself on the way.

Usage: pull_worker.py FOLDER URL NOW call:N|commit:N
"""

from __future__ import annotations

import os
import signal
import sys
from pathlib import Path
from typing import Any

from jianwei.ingest.pull import PullOptions, official_parts, pull
from jianwei.ingest.pull.polite import Polite
from jianwei.store import Lake, open_store
from jianwei.wechat import Client


def main() -> None:
    folder, url, now, how = sys.argv[1:]
    kind, number = how.split(":")
    left = int(number)

    def count(what: str) -> None:
        nonlocal left
        left -= what == kind
        if left <= 0:
            os.kill(os.getpid(), signal.SIGKILL)

    class Counted(Polite):
        def call(self, request: Any, /) -> Any:
            count("call")
            return super().call(request)

    committed = Lake._commit

    def commit(lake: Lake, *args: Any) -> bool:
        done = committed(lake, *args)
        count("commit")  # what was just committed is there, what comes after it is not
        return done

    Lake._commit = commit  # type: ignore[method-assign]
    options = PullOptions(now=lambda: float(now), sleep=lambda _: None, chunk_rows=60)
    with Client("wx00000000000000e1", "secret", base_url=url, now=options.now) as client:
        parts = official_parts(Counted(client, options.now, options.sleep))
        pull(parts, account="shop", store=open_store(Path(folder)), options=options)


if __name__ == "__main__":
    main()
