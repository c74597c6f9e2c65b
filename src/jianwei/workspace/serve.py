"""`jianwei serve`: the web, and the work beside it, until a signal comes.

With one worker everything runs in this process. With several, this process owns the one writer of the inbox and the jobs, and the workers
share one listening socket: a worker that dies is started again, and workers whose parent is gone end by themselves. What was acknowledged
is on disk before, so that a kill of any of them at any moment loses nothing.

The web itself is given as a function, since this room knows none.
"""

from __future__ import annotations

import logging
import multiprocessing
import signal
import socket
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass, field
from multiprocessing.process import BaseProcess
from pathlib import Path

from jianwei.errors import UsageError
from jianwei.workspace.jobs import jobs_of
from jianwei.workspace.worker import Jobs
from jianwei.workspace.workspace import Workspace

__all__ = ["ServeOptions", "WebTask", "serve"]

log = logging.getLogger("jianwei.serve")

STOP_SECONDS = 15.0
STEADY_SECONDS = 10.0
"""A worker that lived as long and then died is started again at once; one that dies sooner waits longer and longer."""


@dataclass(frozen=True, slots=True, kw_only=True)
class ServeOptions:
    """How to serve.

    Attributes:
        host, port: where to listen; port 0 takes a free one.
        workers: web processes; 1 serves from this one.
        public_url: address under which people and the platform see the server, or None.
        handler: "module:function" that answers messages, or None to acknowledge only.
        jobs: whether this server does the work beside the web, too.
        log_level: for worker processes, which set up their own log.
    """

    host: str = "127.0.0.1"
    port: int = 8000
    workers: int = 1
    public_url: str | None = None
    handler: str | None = None
    jobs: bool = True
    log_level: int = logging.INFO

    def __post_init__(self) -> None:
        if not 0 <= self.port <= 65_535:
            raise UsageError("port", f"{self.port} is none", "use a number from 0 to 65535")
        if not 1 <= self.workers <= 64:
            raise UsageError("workers", f"{self.workers} is out of bounds", "use 1 to 64")
        if self.public_url is not None and not self.public_url.startswith(("http://", "https://")):
            raise UsageError("url", "is no http(s) address", "give it as in https://shop.example")


@dataclass(frozen=True, slots=True)
class WebTask:
    """What one web process is given.

    Attributes:
        folder: the workspace.
        listening: the socket, bound already.
        inbox: socket of the process that writes; None writes in this process.
    """

    folder: Path
    options: ServeOptions
    listening: socket.socket = field(repr=False)
    inbox: Path | None = None


def serve(
    ws: Workspace, options: ServeOptions, run_web: Callable[[WebTask], None], ready: Callable[[str], None]
) -> None:
    """Serve until SIGTERM or SIGINT.

    Args:
        run_web: serves until a signal comes; a function of a module, since worker processes import it.
        ready: called with the server's address once it listens.

    Raises:
        UsageError: the address cannot be listened on.
        StoreError: another server receives messages for this workspace.
    """
    with ExitStack() as stack:
        listening = stack.enter_context(_listen(options.host, options.port))
        if options.jobs:
            stack.enter_context(Jobs(jobs_of(ws)))
        host = f"[{options.host}]" if ":" in options.host else options.host
        ready(f"http://{host}:{listening.getsockname()[1]}")
        if options.workers == 1:
            run_web(WebTask(ws.store.folder, options, listening))
        else:
            inbox = _writer(ws, stack)
            _supervise(WebTask(ws.store.folder, options, listening, inbox), options.workers, run_web)


def _writer(ws: Workspace, stack: ExitStack) -> Path | None:
    """The writer of the inbox for other processes; a database server needs none."""
    from jianwei.store.inbox import serve_inbox

    if ws.store.state.engine.dialect.name != "sqlite":
        return None
    return stack.enter_context(serve_inbox(ws.store.state.engine))


@contextmanager
def _listen(host: str, port: int) -> Iterator[socket.socket]:
    family = socket.AF_INET6 if ":" in host else socket.AF_INET
    listening = socket.socket(family, socket.SOCK_STREAM)
    try:
        listening.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            listening.bind((host, port))
        except OSError as error:
            raise UsageError(
                f"{host}:{port}", f"cannot be listened on ({error.strerror})", "choose another with --port"
            ) from None
        listening.listen(2048)
        yield listening
    finally:
        listening.close()


# --- several processes -------------------------------------------------------------------------------------------------


@dataclass(slots=True)
class _Place:
    """A place for one worker: who holds it, and when it may be taken again."""

    process: BaseProcess | None = None
    started: float = 0.0
    failures: int = 0
    not_before: float = 0.0


def _supervise(task: WebTask, workers: int, run_web: Callable[[WebTask], None]) -> None:
    stopping = threading.Event()
    before = {number: signal.signal(number, lambda *_: stopping.set()) for number in (signal.SIGTERM, signal.SIGINT)}
    places = [_Place() for _ in range(workers)]
    try:
        while not stopping.is_set():
            for number, place in enumerate(places, 1):
                _mind(number, place, task, run_web)
            stopping.wait(0.2)
    finally:
        _stop([place.process for place in places if place.process is not None])
        for number, handler in before.items():
            signal.signal(number, handler)


def _mind(number: int, place: _Place, task: WebTask, run_web: Callable[[WebTask], None]) -> None:
    """See that a worker is there."""
    now = time.monotonic()
    if place.process is not None and not place.process.is_alive():
        code = place.process.exitcode
        place.failures = 0 if now - place.started > STEADY_SECONDS else place.failures + 1
        place.not_before = now + (min(0.1 * 2**place.failures, 30.0) if place.failures > 1 else 0.0)
        log.warning("web %d: ended with %s and is started again", number, code)
        place.process.close()
        place.process = None
    if place.process is None and now >= place.not_before:
        spawn = multiprocessing.get_context("spawn")
        place.process = spawn.Process(target=_work, args=(task, run_web), name=f"jianwei web {number}", daemon=True)
        place.process.start()
        place.started = now


def _stop(processes: list[BaseProcess]) -> None:
    for process in processes:
        process.terminate()
    end = time.monotonic() + STOP_SECONDS
    for process in processes:
        process.join(max(end - time.monotonic(), 0.1))
        if process.is_alive():
            process.kill()
            process.join()


def _work(task: WebTask, run_web: Callable[[WebTask], None]) -> None:
    """A worker process: it ends when its parent does."""
    from jianwei.workspace.logs import set_up_log

    set_up_log(task.options.log_level)
    parent = multiprocessing.parent_process()
    assert parent is not None

    def watch() -> None:
        parent.join()
        signal.raise_signal(signal.SIGTERM)
        time.sleep(STOP_SECONDS)
        signal.raise_signal(signal.SIGKILL)

    threading.Thread(target=watch, name="parent", daemon=True).start()
    run_web(task)
