"""Running cases in fresh processes and making tables of what they took."""

from __future__ import annotations

import json
import resource
import subprocess
import sys
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path
from statistics import median

__all__ = ["Sample", "Table", "case", "cases", "interleaved", "main"]

_CASES: dict[str, Callable[..., dict[str, float]]] = {}


@dataclass(frozen=True, slots=True)
class Sample:
    """One run of a case: wall seconds of the work itself, peak memory of the process and its children (MB), figures of its own."""

    seconds: float
    peak_mb: float
    figures: dict[str, float]


@dataclass(frozen=True, slots=True)
class Table:
    """A table of the report."""

    title: str
    note: str
    header: tuple[str, ...]
    rows: tuple[tuple[str, ...], ...]

    def markdown(self) -> str:
        lines = [f"## {self.title}", "", self.note, "", "| " + " | ".join(self.header) + " |"]
        lines.append("|" + "---|" * len(self.header))
        lines += ["| " + " | ".join(row) + " |" for row in self.rows]
        return "\n".join(lines) + "\n"


def case(function: Callable[..., dict[str, float]]) -> Callable[..., dict[str, float]]:
    """A function that can be run in a process of its own: text arguments in, figures out."""
    _CASES[function.__name__] = function
    return function


def cases() -> dict[str, Callable[..., dict[str, float]]]:
    return _CASES


def run(name: str, *arguments: str) -> Sample:
    """Run a case in a fresh process."""
    call = [sys.executable, "-m", "benchmarks", "--case", name, *arguments]
    done = subprocess.run(call, capture_output=True, text=True, check=False, cwd=Path(__file__).parents[1])
    if done.returncode != 0:
        raise RuntimeError(f"{name} {arguments}: {done.stderr[-2000:]}")
    answer = json.loads(done.stdout.splitlines()[-1])
    return Sample(answer.pop("seconds"), answer.pop("peak_mb"), answer)


def interleaved(calls: Sequence[tuple[str, ...]], rounds: int) -> dict[tuple[str, ...], Sample]:
    """Run all calls in turn, `rounds` times, and take the median of each figure."""
    taken: dict[tuple[str, ...], list[Sample]] = {call: [] for call in calls}
    for _ in range(rounds):
        for call in calls:
            taken[call].append(run(*call))
            print(f"  {' '.join(call)}: {taken[call][-1].seconds:.2f} s, {taken[call][-1].peak_mb:.0f} MB", flush=True)
    return {call: _median(samples) for call, samples in taken.items()}


def _median(samples: list[Sample]) -> Sample:
    names = samples[0].figures
    return Sample(
        median(s.seconds for s in samples),
        median(s.peak_mb for s in samples),
        {name: median(s.figures[name] for s in samples) for name in names},
    )


def main(name: str, arguments: Sequence[str]) -> None:
    """Body of the fresh process: do the case, print its figures as one line of JSON."""
    started = time.perf_counter()
    figures = _CASES[name](*arguments)
    figures.setdefault("seconds", time.perf_counter() - started)
    own = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    children = resource.getrusage(resource.RUSAGE_CHILDREN).ru_maxrss
    figures["peak_mb"] = max(own, children) / 1024
    figures["own_mb"] = own / 1024
    print(json.dumps(figures))
