"""`jianwei serve` as a process of its own."""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from types import TracebackType
from typing import Self

from jianwei.settings import Secret
from jianwei.store import Account, Store, Vault, open_store

__all__ = ["KEY", "Server", "account", "free_port", "keep", "served"]

KEY = Vault.new_key()


def account(name: str, kind: str, base_url: str, app_id: str, **more: object) -> Account:
    """An account that calls the simulator at `base_url`."""
    return Account(name=name, kind=kind, app_id=app_id, secret=Secret("secret"), attrs={"base_url": base_url}, **more)  # type: ignore[arg-type]


def keep(folder: Path, *accounts: Account, state_url: str | None = None) -> Store:
    """A workspace with these accounts."""
    store = open_store(folder, state_url=state_url)
    for one in accounts:
        store.accounts(Vault(KEY)).put(one)
    return store


def free_port() -> int:
    import socket

    with socket.socket() as listening:
        listening.bind(("127.0.0.1", 0))
        return int(listening.getsockname()[1])


@dataclass
class Server:
    """A server; entering starts it and waits until it listens, leaving stops it as a service manager would."""

    folder: Path
    options: tuple[str, ...] = ()
    cwd: Path | None = None
    environment: Mapping[str, str] = field(default_factory=dict)
    process: subprocess.Popen[str] | None = None
    address: str = ""

    def __enter__(self) -> Self:
        self.start()
        return self

    def start(self) -> None:
        command = [sys.executable, "-m", "jianwei", "serve", "-w", str(self.folder), "--json", *self.options]
        if "--port" not in self.options:
            command += ["--port", "0"]
        environment = {name: value for name, value in os.environ.items() if name != "PYTHONDONTWRITEBYTECODE"}
        environment |= {"JIANWEI_KEY": KEY.reveal(), **self.environment}
        self.log = (self.folder.parent / f"{self.folder.name}.log").open("a")
        self.process = subprocess.Popen(
            command, stdout=subprocess.PIPE, stderr=self.log, text=True, env=environment, cwd=self.cwd
        )
        assert self.process.stdout is not None
        said = ""
        while True:
            line = self.process.stdout.readline()
            said += line
            if not line:
                self.process.wait(60)
                raise AssertionError(f"the server did not start: {self.said()}")
            if line == "}\n":
                break
        self.address = json.loads(said)["address"]

    def said(self) -> str:
        """The server's log."""
        return (self.folder.parent / f"{self.folder.name}.log").read_text()

    def children(self) -> list[int]:
        """Its other processes: workers, and the work beside them."""
        assert self.process is not None
        found = []
        for folder in Path("/proc").glob("[0-9]*"):
            try:
                parent = folder.joinpath("stat").read_text().rsplit(")", 1)[1].split()[1]
                ours = int(parent) == self.process.pid and b"spawn_main" in folder.joinpath("cmdline").read_bytes()
            except OSError:  # it has just ended
                continue
            if ours:
                found.append(int(folder.name))
        return found

    def kill(self) -> list[int]:
        """kill -9; gives the processes that have lost their parent and must end by themselves."""
        assert self.process is not None
        orphans = self.children()
        self.process.kill()
        self.process.wait()
        self._close()
        return orphans

    def stop(self) -> int:
        """SIGTERM, and the exit code."""
        assert self.process is not None
        self.process.send_signal(signal.SIGTERM)
        code = self.process.wait(60)
        self._close()
        return code

    def _close(self) -> None:
        assert self.process is not None
        assert self.process.stdout is not None
        self.process.stdout.close()
        self.log.close()

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        assert self.process is not None
        if self.process.poll() is None:
            self.stop()


@contextmanager
def served(folder: Path, *options: str, cwd: Path | None = None) -> Iterator[Server]:
    """A running server."""
    with Server(folder, options, cwd) as server:
        yield server
