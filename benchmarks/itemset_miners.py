"""Baskets of the public sets, and the miners that the benchmarks set side by side on them."""

from __future__ import annotations

import csv
import gc
import gzip
import math
import os
import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace
from functools import cached_property, partial
from pathlib import Path
from statistics import median
from typing import Any

from jianwei.mining import Transactions, count_itemsets, frequent_itemsets
from jianwei.mining.patterns.support import least_rows

__all__ = [
    "CONVERT",
    "COUNT",
    "FIM_COUNT",
    "OURS",
    "SUPPORTS",
    "Baskets",
    "data_folder",
    "miners",
    "read",
    "scripted",
    "times",
]

OURS, CONVERT, COUNT, FIM_COUNT = "ours", "convert", "ours, counted", "PyFIM, counted"
SUPPORTS = {
    "retail": (0.01, 0.001, 0.0001),
    "T10I4D100K": (0.01, 0.001, 0.0001),
    "mushroom": (0.3, 0.1, 0.05),
    "chess": (0.8, 0.6, 0.45),
    "BMS-WebView-1": (0.005, 0.001, 0.0006),
    "splice1": (0.2, 0.05, 0.03),
    "kosarak_part": (0.01, 0.002, 0.001),
    "groceries": (0.01, 0.001, 0.0002),
}
"""From runs of a millisecond to hundreds of thousands or millions of sets; below the last the sets of some are too many for any list."""

PYFIM = ("eclat", "fpgrowth", "sam", "relim", "apriori")
ROUND = 0.05
_DENSE = ("mushroom", "chess", "splice1")
_TARGET = {"all": "s", "closed": "c", "maximal": "m"}


def data_folder() -> Path:
    return Path(os.environ.get("JIANWEI_DATA", Path(__file__).parents[2] / "shared" / "data"))


@dataclass(frozen=True)
class Baskets:
    """One set, in the forms that the miners take."""

    name: str
    lists: list[list[int]]

    @cached_property
    def ours(self) -> Transactions:
        return Transactions.of(self.lists)

    @cached_property
    def matrix(self) -> Any:
        import numpy as np
        from scipy import sparse

        data = self.ours
        shape = (len(data), len(data.labels))
        return sparse.csr_matrix((np.ones(len(data.columns), np.uint8), data.columns, data.offsets), shape=shape)

    def least(self, share: float) -> int:
        return least_rows(share, len(self.lists))


def read(name: str) -> Baskets:
    folder = data_folder() / "fimi"
    if name == "groceries":
        numbers: dict[str, int] = {}
        with (folder / "groceries.csv").open(encoding="utf-8", newline="") as file:
            rows = [[numbers.setdefault(item, len(numbers)) for item in row if item] for row in csv.reader(file)]
    else:
        with gzip.open(folder / f"{name}.dat.gz", "rt") as file:
            rows = [[int(item) for item in line.split()] for line in file if line.strip()]
    return Baskets(name, rows)


def miners(baskets: Baskets, share: float, kind: str) -> dict[str, Callable[[], object]]:
    """Calls that mine the same sets, ours first, each from the form it takes best; `CONVERT` only reads PyFIM's lists.

    Ours counts the items of the baskets anew in every call, as a first call would.
    """
    import fim
    import rusket

    least, data, lists = baskets.least(share), baskets.ours, baskets.lists
    target = _TARGET[kind]
    calls: dict[str, Callable[[], object]] = {
        OURS: lambda: frequent_itemsets(replace(data), least, kind, threads=1, max_sets=1 << 40),
        CONVERT: lambda: fim.eclat(lists, target=target, supp=-(len(lists) + 1)),
    }
    for name in PYFIM if baskets.name not in _DENSE else PYFIM[:-1]:  # apriori takes minutes there
        calls[f"PyFIM {name}"] = partial(getattr(fim, name), lists, target=target, supp=-least)
    if kind == "all":
        matrix, support = baskets.matrix, (least - 0.5) / len(lists)  # rounds up to `least`, whatever the last digit
        calls["rusket FPGrowth"] = partial(_rusket, rusket.FPGrowth, matrix, support)
        if baskets.name in (*_DENSE, "groceries") or share == SUPPORTS[baskets.name][0]:  # takes minutes elsewhere
            calls["rusket Eclat"] = partial(_rusket, rusket.Eclat, matrix, support)
        calls[COUNT] = lambda: count_itemsets(replace(data), least, threads=1)
        calls[FIM_COUNT] = partial(fim.fpgrowth, lists, supp=-least, report="#")
    return calls


def _rusket(miner: Any, matrix: Any, support: float) -> object:
    return miner(matrix, min_support=support).mine(use_colnames=False)


def scripted(baskets: Baskets, share: float) -> dict[str, Callable[[], Any]]:
    """The same beside miners written in Python: mlxtend is given the one-hot table, efficient-apriori the lists."""
    import pandas as pd
    from efficient_apriori import itemsets_from_transactions
    from mlxtend.frequent_patterns import fpgrowth, fpmax

    least, data, lists = baskets.least(share), baskets.ours, [tuple(row) for row in baskets.lists]
    table, support = pd.DataFrame(baskets.matrix.toarray().astype(bool)), (least - 0.5) / len(lists)
    calls: dict[str, Callable[[], Any]] = {
        OURS: lambda: frequent_itemsets(replace(data), least, threads=1),
        "ours, maximal": lambda: frequent_itemsets(replace(data), least, "maximal", threads=1),
        "ours, from lists": lambda: frequent_itemsets(lists, least, threads=1),
        "mlxtend fpgrowth": lambda: fpgrowth(table, support),
        "mlxtend fpmax": lambda: fpmax(table, support),
    }
    if baskets.name not in _DENSE:
        calls["efficient-apriori"] = lambda: itemsets_from_transactions(lists, support)
    return calls


def times(calls: Mapping[str, Callable[[], object]], rounds: int = 5) -> dict[str, float]:
    """CPU seconds of each call, the median of rounds in which all take their turn; without `CONVERT`, which is taken from PyFIM's.

    Short calls are repeated within a round until 50 ms are full. A call that took a second and ten times as long as the quickest at
    the first try keeps that one time. Results are given back outside of the time, and Python collects no garbage meanwhile.
    """
    gc.collect()
    gc.disable()
    try:
        first = {name: _seconds(call, 2 if name == OURS else 1) for name, call in calls.items()}
        best = min(first.values())
        slow = {name for name, took in first.items() if took > max(1.0, 10 * best)}
        taken: dict[str, list[float]] = {name: [first[name]] if name in slow else [] for name in calls}
        for _ in range(rounds):
            for name in (name for name in calls if name not in slow):
                taken[name].append(_seconds(calls[name], math.ceil(ROUND / max(first[name], 1e-4))))
    finally:
        gc.enable()
    return {name: median(_without(taken, name)) for name in calls if name != CONVERT}


def _without(taken: Mapping[str, list[float]], name: str) -> list[float]:
    """The times of a call; PyFIM's without what reading its lists took in the same round."""
    if not name.startswith("PyFIM") or CONVERT not in taken:
        return taken[name]
    return [max(one - other, 1e-6) for one, other in zip(taken[name], taken[CONVERT], strict=False)]


def _seconds(call: Callable[[], object], repeats: int) -> float:
    total = 0.0
    for _ in range(repeats):
        start = time.process_time()
        result = call()
        total += time.process_time() - start
        del result
    return total / repeats
