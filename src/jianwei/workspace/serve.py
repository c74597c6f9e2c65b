"""`jianwei serve`: the web, and the work beside it, until a signal comes.

With one worker this process serves the web and writes the inbox; with several it owns the one writer of the inbox, and the workers share
one listening socket. The work beside the web has a process of its own, which yields to the web. What was acknowledged is on disk before: a
kill of any of them at any moment loses nothing, a child that dies is started again, and children whose parent is gone end.

The web itself is given as a function, since this room knows none.
"""

from __future__ import annotations

import logging
import multiprocessing
import os
import signal
import socket
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass, field
from multiprocessing.synchronize import Event
from pathlib import Path

from jianwei.errors import JianweiError, UsageError
from jianwei.workspace.crew import Crew, Post
from jianwei.workspace.jobs import drain, jobs_of
from jianwei.workspace.worker import Jobs
from jianwei.workspace.workspace import Workspace, open_workspace

__all__ = ["ServeOptions", "WebTask", "serve"]

log = logging.getLogger("jianwei.serve")

WEB_PATIENCE, JOBS_PATIENCE = 20.0, 120.0
BIND_SECONDS = 5.0
"""How long to wait for the workers of an earlier server, which may have been killed a moment ago, to let the address go."""


@dataclass(frozen=True, slots=True, kw_only=True)
class ServeOptions:
    """How to serve.

    Attributes:
        host, port: where to listen; port 0 takes a free one.
        workers: web processes; 1 serves from this one.
        public_url: address under which people and the platform see the server, or None.
        handler: "module:function" that answers messages, or None to acknowledge only.
        jobs: whether this server does the work beside the web, too.
        log_level: of this process and its children.
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
            raise UsageError("--port", f"{self.port} is none", "use a number from 0 to 65535")
        if not 1 <= self.workers <= 64:
            raise UsageError("--workers", f"{self.workers} is out of bounds", "use 1 to 64")
        if self.public_url is not None and not self.public_url.startswith(("http://", "https://")):
            raise UsageError("--url", "is no http(s) address", "give it as in https://shop.example")


@dataclass(frozen=True, slots=True)
class WebTask:
    """What one web process is given.

    Attributes:
        folder: the workspace.
        listening: the socket, bound already.
        up: to be set when requests are answered.
        inbox: socket of the process that writes; None writes in this process.
    """

    folder: Path
    options: ServeOptions
    listening: socket.socket = field(repr=False)
    up: Event = field(repr=False)
    inbox: Path | None = None


def serve(
    ws: Workspace, options: ServeOptions, run_web: Callable[[WebTask], None], ready: Callable[[str], None]
) -> None:
    """Serve until SIGTERM or SIGINT.

    Args:
        run_web: serves until a signal comes; a function of a module, since worker processes import it.
        ready: called with the server's address once it answers.

    Raises:
        UsageError: the address cannot be listened on.
        StoreError: another server receives messages for this workspace.
    """
    folder, level = ws.store.folder, options.log_level
    with ExitStack() as stack:
        listening = stack.enter_context(_listen(options.host, options.port))
        host = f"[{options.host}]" if ":" in options.host else options.host
        address = f"http://{host}:{listening.getsockname()[1]}"
        if options.jobs:
            stack.callback(_last_drain, ws)
            beside = Post("jobs", _run_jobs, (folder,))
            stack.enter_context(Crew([beside], patience=JOBS_PATIENCE, log_level=level))
        up = multiprocessing.get_context("spawn").Event()

        def tell() -> None:
            up.wait()
            ready(address)

        threading.Thread(target=tell, name="ready", daemon=True).start()
        if options.workers == 1:
            run_web(WebTask(folder, options, listening, up))
            return
        ending = stack.enter_context(_signals())
        task = WebTask(folder, options, listening, up, _writer(ws, stack))
        posts = [Post(f"web {number}", run_web, (task,)) for number in range(1, options.workers + 1)]
        stack.enter_context(Crew(posts, patience=WEB_PATIENCE, log_level=level))
        ending.wait()


def _last_drain(ws: Workspace) -> None:
    """What came in last goes into the lake as well; what cannot go now goes at the next start."""
    try:
        done = drain(ws)
    except JianweiError as error:
        log.warning("what came in last stays in the inbox: %s", error)
    else:
        if done.said:
            log.info("inbox: %s", done.said)


def _writer(ws: Workspace, stack: ExitStack) -> Path | None:
    """The writer of the inbox for other processes; a database server needs none."""
    from jianwei.store.inbox import serve_inbox

    if ws.store.state.engine.dialect.name != "sqlite":
        return None
    return stack.enter_context(serve_inbox(ws.store.state.engine))


@contextmanager
def _listen(host: str, port: int) -> Iterator[socket.socket]:
    deadline = time.monotonic() + BIND_SECONDS
    with socket.socket(socket.AF_INET6 if ":" in host else socket.AF_INET, socket.SOCK_STREAM) as listening:
        listening.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        while True:
            try:
                listening.bind((host, port))
                break
            except OSError as error:
                if time.monotonic() > deadline:
                    what = f"cannot be listened on ({error.strerror})"
                    raise UsageError(f"{host}:{port}", what, "choose another with --port") from None
                time.sleep(0.1)
        listening.listen(2048)
        yield listening


@dataclass(slots=True)
class _Ending:
    """Whether a signal has come. A plain flag, looked at again and again: a handler runs in the middle of whatever the main thread does, so
    it may take no lock; and where the system hands the signal to another thread, a waiting main thread would not wake.
    """

    asked: bool = False

    def ask(self, number: int, frame: object) -> None:
        self.asked = True

    def wait(self) -> None:
        while not self.asked:
            time.sleep(0.2)


@contextmanager
def _signals() -> Iterator[_Ending]:
    """What SIGTERM and SIGINT ask for while the block runs."""
    ending = _Ending()
    before = {number: signal.signal(number, ending.ask) for number in (signal.SIGTERM, signal.SIGINT)}
    try:
        yield ending
    finally:
        for number, handler in before.items():
            signal.signal(number, handler)


def _run_jobs(folder: Path) -> None:
    """The process of the work beside the web."""
    ending = _Ending()
    signal.signal(signal.SIGTERM, ending.ask)
    os.nice(5)  # whoever waits for an answer goes first
    with Jobs(jobs_of(open_workspace(folder))):
        ending.wait()
