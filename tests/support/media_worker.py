"""A process with little memory that reads every file of a folder three ways, and tells what came of it: one JSON line each.

Run as `python media_worker.py FOLDER MEGABYTES`: more than so many of address space it does not get.
"""

from __future__ import annotations

import json
import resource
import sys
import time
from collections.abc import Callable
from pathlib import Path

from jianwei.common.media import MediaLimits, RejectedMediaError
from jianwei.speech.decoding import read_audio
from jianwei.vision.decoding import read_frames, read_picture

READERS: tuple[Callable[[Path, MediaLimits], object], ...] = (read_audio, read_picture, read_frames)


def peak() -> int:
    """Megabytes at most in use so far by this program; what `getrusage` tells includes the program that started it."""
    status = Path("/proc/self/status")
    lines = status.read_text().splitlines() if status.exists() else []
    return sum(int(line.split()[1]) >> 10 for line in lines if line.startswith("VmHWM"))


def main(folder: Path, megabytes: int) -> None:
    resource.setrlimit(resource.RLIMIT_AS, (megabytes << 20, megabytes << 20))
    for file in sorted(folder.iterdir()):
        for read in READERS:
            started = time.perf_counter()
            try:
                read(file, MediaLimits())
                code = "read"
            except RejectedMediaError as error:
                code = error.code if str(error).isprintable() else "unprintable"
            line = {"file": file.name, "reader": read.__name__, "code": code, "peak": peak()}
            print(json.dumps(line | {"seconds": round(time.perf_counter() - started, 3)}), flush=True)


if __name__ == "__main__":
    main(Path(sys.argv[1]), int(sys.argv[2]))
