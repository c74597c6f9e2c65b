"""Frequent sequences: ours beside rusket's PrefixSpan, on the same arrays, one thread; the counts are compared.

`python -m benchmarks.sequences` prints the cells without writing the report.
"""

from __future__ import annotations

import gzip
import os
import sys
import time
from collections.abc import Callable
from pathlib import Path
from statistics import geometric_mean, median
from typing import Any, NamedTuple

import numpy as np

from benchmarks.measure import Table, case, run
from jianwei.mining import Histories, Sequences, frequent_sequences

__all__ = ["tables"]

ROUNDS = 5


class Cell(NamedTuple):
    """A data set, a number of persons, the greatest length."""

    data: str
    rows: int
    longest: int | None = None


CELLS = (
    Cell("beauty", 100), Cell("beauty", 20), Cell("beauty", 10),
    Cell("taobao", 20, 4), Cell("taobao", 5, 4), Cell("taobao categories", 200, 3), Cell("taobao categories", 120, 3),
    Cell("retail-like", 900), Cell("retail-like", 180), Cell("retail-like", 40),
)  # fmt: skip


def _data() -> Path:
    return Path(os.environ.get("JIANWEI_DATA", Path(__file__).parents[2] / "shared" / "data"))


def _histories(name: str) -> Histories:
    import pyarrow.parquet as pq

    if name == "retail-like":  # what stands in a basket of retail, in its order, as what a person did
        with gzip.open(_data() / "fimi" / "retail.dat.gz", "rt") as lines:
            return Histories.of([[int(item) for item in line.split()] for line in lines])
    folder = "amazon_beauty_5core_seq" if name == "beauty" else "taobao_userbehavior_sample"
    table = pq.read_table(_data() / folder / "data.parquet")
    item = "category_id" if name == "taobao categories" else "item_id"
    people, items = (table[column].combine_chunks().dictionary_encode() for column in ("user_id", item))
    order = np.argsort(table["position" if name == "beauty" else "timestamp"].to_numpy(), kind="stable")
    # Both see the rows in one order of time, each row a moment of its own.
    times = np.empty(len(order), np.int64)
    times[order] = np.arange(len(order))
    return Histories.ordered(people.indices, items.indices, times, tuple(range(len(items.dictionary))))


def _theirs(data: Histories, cell: Cell) -> Callable[[], int]:
    import rusket

    given = (data.offsets.astype(np.uintp), data.columns.astype(np.uint32))
    return lambda: len(rusket.PrefixSpan(given, cell.rows, cell.longest).mine())


def _ours(data: Histories, cell: Cell) -> Callable[[], Sequences]:
    def call() -> Sequences:
        fresh = Histories(data.offsets, data.columns, data.times, data.labels)  # it remembers nothing of earlier calls
        return frequent_sequences(fresh, cell.rows, max_length=cell.longest)

    return call


def compare(cell: Cell) -> dict[str, float]:
    """CPU milliseconds of both, ours with arrays and with a data frame for an answer, and the sequences that both found."""
    data = _histories(cell.data)
    ours = _ours(data, cell)
    calls = {"ours": lambda: len(ours()), "frame": lambda: len(ours().to_pandas()), "theirs": _theirs(data, cell)}
    found = {name: call() for name, call in calls.items()}
    if len({*found.values()}) > 1:
        raise RuntimeError(f"{cell}: {found}")
    taken: dict[str, list[float]] = {name: [] for name in calls}
    for _ in range(ROUNDS):
        for name, call in calls.items():
            taken[name].append(_cpu(call))
    return {"sequences": found["ours"]} | {name: median(times) for name, times in taken.items()}


def _cpu(call: Callable[[], Any]) -> float:
    """Milliseconds of one call, repeated until they can be measured."""
    started, calls = time.process_time(), 0
    while calls == 0 or time.process_time() - started < 0.05:
        call()
        calls += 1
    return (time.process_time() - started) / calls * 1e3


@case
def sequences_cell(at: str) -> dict[str, float]:
    return compare(CELLS[int(at)])


def tables(folder: Path) -> list[Table]:
    rows, ratios = [], []
    for at, cell in enumerate(CELLS):
        figures = run("sequences_cell", str(at)).figures
        ratios.append([figures["theirs"] / figures[name] for name in ("ours", "frame")])
        rows.append(_row(cell, figures))
    means = (f"{geometric_mean(column):.2f}" for column in zip(*ratios, strict=True))
    rows.append(("geometric mean", "", "", "", "", "", "", *means))
    note = (
        "CPU time, one thread, median of 5 interleaved calls in one process. Both are given arrays. "
        "rusket's data frame, with its sequences as lists, cannot be had from it without; "
        "the last column is against ours with a data frame. "
        "Both find the same number of sequences."
    )
    header = (
        "data",
        "persons, at least",
        "length, at most",
        "sequences",
        "Jianwei, ms",
        "as a data frame",
        "rusket, ms",
        "ratio",
        "of data frames",
    )
    return [Table("Frequent sequences", note, header, tuple(rows))]


def _row(cell: Cell, figures: dict[str, float]) -> tuple[str, ...]:
    ours, frame, theirs = figures["ours"], figures["frame"], figures["theirs"]
    longest = "" if cell.longest is None else str(cell.longest)
    found = f"{figures['sequences']:,.0f}"
    taken = (f"{ms:.1f}" for ms in (ours, frame, theirs))
    return cell.data, str(cell.rows), longest, found, *taken, f"{theirs / ours:.2f}", f"{theirs / frame:.2f}"


if __name__ == "__main__":
    for one in CELLS if len(sys.argv) < 2 else [CELLS[int(at)] for at in sys.argv[1:]]:
        print(*_row(one, compare(one)), flush=True)
