"""Frequent itemsets beside PyFIM, rusket, mlxtend and efficient-apriori, on public sets.

`python -m benchmarks.mining SET [SHARE…] [all|closed|maximal]` times one set alone and prints what every miner took.
"""

from __future__ import annotations

import os
import sys
import time
from math import exp, log
from pathlib import Path
from statistics import median
from typing import Any

from benchmarks.measure import Table, case, interleaved, run

__all__ = ["tables"]

KINDS = ("all", "closed", "maximal")
ONE_THREAD = {"RAYON_NUM_THREADS": "1", "OMP_NUM_THREADS": "1"}
KEEP_MEMORY = {"MALLOC_MMAP_MAX_": "0", "MALLOC_TRIM_THRESHOLD_": "1000000000000"}
"""Memory that was given back stays with the process, whoever allocated it: new pages can cost more than mining does."""
SCRIPTED = {
    "groceries": (0.01, 0.002),
    "BMS-WebView-1": (0.005,),
    "T10I4D100K": (0.01, 0.003),
    "mushroom": (0.3, 0.2),
    "chess": (0.8, 0.7),
}
"""What the miners written in Python can do in seconds."""
LARGE = {"chess": 0.45, "mushroom": 0.05, "T10I4D100K": 0.0001, "groceries": 0.0002}
LONG = (
    ("chess", 0.35, "all"), ("splice1", 0.02, "all"), ("T10I4D100K", 0.00005, "all"), ("retail", 0.00004, "all"),
    ("chess", 0.35, "closed"), ("splice1", 0.02, "closed"), ("T10I4D100K", 0.00005, "closed"),
)  # fmt: skip


@case
def itemset_times(name: str, kind: str) -> dict[str, float]:
    """Seconds of every miner at every share of a set, as "share|miner", and the number of sets."""
    os.environ |= ONE_THREAD
    from benchmarks.itemset_miners import SUPPORTS, read

    baskets = read(name)
    figures = {}
    for share in SUPPORTS[name]:
        for what, figure in _cell(baskets, share, kind).items():
            figures[f"{share}|{what}"] = figure
    return figures


def _cell(baskets: Any, share: float, kind: str) -> dict[str, float]:
    from benchmarks.itemset_miners import OURS, miners, times

    calls = miners(baskets, share, kind)
    found: Any = calls[OURS]()
    return {"sets": len(found), **times(calls)}


@case
def itemset_times_scripted(name: str) -> dict[str, float]:
    """The same beside miners that are written in Python."""
    os.environ |= ONE_THREAD
    from benchmarks.itemset_miners import OURS, read, scripted, times

    baskets = read(name)
    figures: dict[str, float] = {}
    for share in SCRIPTED[name]:
        calls = scripted(baskets, share)
        ours, other = len(calls[OURS]()), len(calls["mlxtend fpgrowth"]())
        if ours != other:
            raise RuntimeError(f"{name} {share}: {ours} sets, mlxtend finds {other}")
        figures |= {f"{share}|{miner}": seconds for miner, seconds in times(calls).items()}
        figures[f"{share}|sets"] = ours
    return figures


@case
def itemset_memory(name: str, who: str) -> dict[str, float]:
    """Bytes that the answer keeps, and by how much the process grew while it was made."""
    import resource
    import tracemalloc

    import fim

    from benchmarks.itemset_miners import read
    from jianwei.mining import frequent_itemsets

    baskets = read(name)
    data, least = baskets.ours, baskets.least(LARGE[name])
    frequent_itemsets([[1, 2], [1]], 1, threads=1)

    def mine() -> Any:
        return frequent_itemsets(data, least, threads=1) if who == "ours" else fim.fpgrowth(baskets.lists, supp=-least)

    pages = int(Path("/proc/self/statm").read_text("utf-8").split()[1])
    found = mine()
    grown = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024 - pages * resource.getpagesize() / (1 << 20)
    sets = len(found)
    if who == "ours":
        kept = found.offsets.nbytes + found.columns.nbytes + found.rows.nbytes
    else:
        del found
        tracemalloc.start()
        found = mine()
        kept = tracemalloc.get_traced_memory()[0]
    return {"sets": sets, "kept_mb": kept / (1 << 20), "grown_mb": grown}


@case
def itemset_threads(name: str, share: str, kind: str) -> dict[str, float]:
    """Wall seconds with one and with two threads."""
    from benchmarks.itemset_miners import read
    from jianwei.mining import Itemsets, frequent_itemsets

    baskets = read(name)
    data, least = baskets.ours, baskets.least(float(share))

    def mine(threads: int) -> Itemsets:
        return frequent_itemsets(data, least, kind, threads=threads, max_sets=1 << 40)

    sets = len(mine(2))
    taken: dict[int, list[float]] = {1: [], 2: []}
    for _ in range(5):
        for threads, seconds in taken.items():
            start = time.perf_counter()
            mine(threads)
            seconds.append(time.perf_counter() - start)
    return {"sets": sets, "one": median(taken[1]), "two": median(taken[2])}


@case
def itemset_first_call() -> dict[str, float]:
    """Of a fresh process: the import, the first search, the second."""
    started = time.perf_counter()
    from jianwei.mining import frequent_itemsets

    imported = time.perf_counter()
    frequent_itemsets([["tea", "cup"], ["tea"]], 1)
    called = time.perf_counter()
    frequent_itemsets([["tea", "cup"], ["tea"]], 1)
    return {"import": imported - started, "first": called - imported, "second": time.perf_counter() - called}


@case
def itemset_faults() -> dict[str, float]:
    """Numbers of sets that others give where they are known to be wrong."""
    import fim
    import rusket
    from efficient_apriori import itemsets_from_transactions

    from benchmarks.itemset_miners import read
    from jianwei.mining import frequent_itemsets

    figures: dict[str, float] = {}
    for name, share in (("mushroom", 0.3), ("chess", 0.6), ("T10I4D100K", 0.001), ("kosarak_part", 0.002)):
        baskets = read(name)
        least = baskets.least(share)
        found = rusket.LCM(baskets.matrix, min_support=(least - 0.5) / len(baskets.lists)).mine(use_colnames=False)
        figures[f"closed sets, {name} at {share:g}|rusket LCM"] = len(found)
        figures[f"closed sets, {name} at {share:g}|sam"] = len(fim.sam([*baskets.lists, []], target="c", supp=-least))
        figures[f"closed sets, {name} at {share:g}|ours"] = len(frequent_itemsets(baskets.ours, least, "closed"))
    ten = [list(range(10))] * 3 + [[]]
    figures["sets of ten items that lie together in three of four baskets|efficient-apriori"] = sum(
        map(len, itemsets_from_transactions([tuple(row) for row in ten], 0.7)[0].values())
    )
    figures["sets of ten items that lie together in three of four baskets|sam"] = len(fim.sam(ten, supp=-3))
    figures["sets of ten items that lie together in three of four baskets|ours"] = len(frequent_itemsets(ten, 3))
    for kind, target in (("", "s"), ("closed ", "c"), ("maximal ", "m")):
        question = f"{kind}sets of two items that lie in all of three baskets"
        for miner in ("fpgrowth", "eclat", "sam"):
            figures[f"{question}|{miner}"] = len(getattr(fim, miner)([[1, 2]] * 3, target=target, supp=-3))
        figures[f"{question}|ours"] = len(frequent_itemsets([[1, 2]] * 3, 3, kind.strip() or "all"))
    return figures


def tables(folder: Path) -> list[Table]:
    from benchmarks.itemset_miners import SUPPORTS, data_folder

    if not (data_folder() / "README.md").exists():
        print("  mining: the data sets are not on this machine")
        return []
    made = []
    os.environ |= KEEP_MEMORY
    for kind in KINDS:
        samples = interleaved([("itemset_times", name, kind) for name in SUPPORTS], 1)
        cells = [cell for (_, name, _), sample in samples.items() for cell in _cells(name, sample.figures)]
        made.append(_times_table(kind, cells))
        if kind == "all":
            made.append(_counts_table(cells))
    return [*made, _scripted_table(), _memory_table(), _threads_table(), _first_table(), _faults_table()]


Cell = tuple[str, str, dict[str, float]]


def _cells(name: str, figures: dict[str, float]) -> list[Cell]:
    """Figures of the shares of a set: its name, the share, what was measured there."""
    shares: dict[str, dict[str, float]] = {}
    for key, figure in figures.items():
        if "|" in key:
            share, what = key.split("|")
            shares.setdefault(share, {})[what] = figure
    return [(name, share, found) for share, found in shares.items()]


def _times_table(kind: str, cells: list[Cell]) -> Table:
    rows, ratios = [], []
    for name, share, found in cells:
        others = sorted(
            (seconds, who) for who, seconds in found.items() if who.split()[0] in ("PyFIM", "rusket") and "," not in who
        )
        ratios.append(others[0][0] / found["ours"])
        best = (f"{_ms(others[0][0])} ({others[0][1]})", f"{_ms(others[1][0])} ({others[1][1]})")
        rows.append((name, _percent(share), f"{found['sets']:,.0f}", _ms(found["ours"]), *best, f"{ratios[-1]:.2f}"))
    rows.append(("geometric mean", "", "", "", "", "", f"{_mean(ratios):.2f}"))
    note = (
        "CPU milliseconds of one thread, median of five rounds in which all take their turn within one process; short runs are "
        "repeated until a round has lasted 50 ms, and results are given back outside of the time, and the process keeps their "
        "memory (MALLOC_MMAP_MAX_=0, MALLOC_TRIM_THRESHOLD_; on a virtual machine new pages can cost more than mining: with them ours took "
        "0.05 to 0.4 s for the 3.8 million sets of mushroom). Ours starts from `Transactions`, "
        "counts their items and ends with all sets as arrays. PyFIM (eclat, fpgrowth, sam, relim; apriori where the data are sparse) "
        "starts from lists and ends with a list of tuples. What it needs to read the lists is taken off: the time, in the same round, "
        "of a call with a support above the number of baskets."
    )
    if kind == "all":
        note += (
            " rusket's FPGrowth, and Eclat where it does not take minutes, start from a SciPy CSR matrix and end with a table; "
            "nothing is taken off."
        )
    header = ("set", "support", "sets", "ours", "best other", "next", "best other / ours")
    return Table(f"Frequent itemsets: {kind}", note, header, tuple(rows))


def _counts_table(cells: list[Cell]) -> Table:
    rows, ratios = [], []
    for name, share, found in cells:
        ours, other = found["ours, counted"], found["PyFIM, counted"]
        ratios.append(other / ours)
        rows.append((name, _percent(share), f"{found['sets']:,.0f}", _ms(ours), _ms(other), f"{ratios[-1]:.2f}"))
    rows.append(("geometric mean", "", "", "", "", f"{_mean(ratios):.2f}"))
    note = (
        "How many sets there are of each length: `count_itemsets` beside PyFIM's fpgrowth asked for a pattern spectrum; "
        "CPU milliseconds, measured as above, the reading of PyFIM's lists taken off."
    )
    return Table(
        "Frequent itemsets: counted", note, ("set", "support", "sets", "ours", "PyFIM", "PyFIM / ours"), tuple(rows)
    )


def _scripted_table() -> Table:
    rows = []
    for (_, name), sample in interleaved([("itemset_times_scripted", name) for name in SCRIPTED], 1).items():
        for _, share, found in _cells(name, sample.figures):
            pairs = (
                ("mlxtend fpgrowth", "ours"), ("mlxtend fpmax", "ours, maximal"), ("efficient-apriori", "ours, from lists"),
            )  # fmt: skip
            for other, ours in pairs:
                if other in found:
                    figures = (_ms(found[ours]), _ms(found[other]), f"{found[other] / found[ours]:,.0f}")
                    rows.append((name, _percent(share), f"{found['sets']:,.0f}", other, *figures))
    note = (
        "CPU milliseconds, measured as above. mlxtend starts from the one-hot table, ours from `Transactions`; beside "
        "efficient-apriori, which stops at eight items, ours starts from the same lists. fpmax finds the maximal sets, and ours "
        "is then the time for these."
    )
    header = ("set", "support", "frequent sets", "miner", "ours", "its time", "ratio")
    return Table("Frequent itemsets: beside miners in Python", note, header, tuple(rows))


def _memory_table() -> Table:
    samples = interleaved([("itemset_memory", name, who) for name in LARGE for who in ("ours", "PyFIM")], 1)
    rows = []
    for name, share in LARGE.items():
        ours, other = (samples["itemset_memory", name, who].figures for who in ("ours", "PyFIM"))
        figures = [f"{one[what]:,.0f}" for what in ("kept_mb", "grown_mb") for one in (ours, other)]
        ratios = [f"{ours[what] / other[what]:.2f}" for what in ("kept_mb", "grown_mb")]
        rows.append((name, _percent(share), f"{ours['sets']:,.0f}", *figures[:2], ratios[0], *figures[2:], ratios[1]))
    note = (
        "MB, each in a fresh process. Kept: the arrays of our answer; of PyFIM's (fpgrowth) the list with its tuples and numbers, as "
        "Python's allocator counts them. Grown: the peak of the process less what it held before, input and libraries loaded."
    )
    header = ("set", "support", "sets", "ours keeps", "PyFIM keeps", "ratio", "ours grows", "PyFIM grows", "ratio")
    return Table("Frequent itemsets: memory", note, header, tuple(rows))


def _threads_table() -> Table:
    rows = []
    for (_, name, share, kind), sample in interleaved(
        [("itemset_threads", n, str(s), k) for n, s, k in LONG], 1
    ).items():
        one, two = sample.figures["one"], sample.figures["two"]
        rows.append(
            (
                name,
                _percent(share),
                kind,
                f"{sample.figures['sets']:,.0f}",
                _ms(one),
                _ms(two),
                f"{one / two:.2f}",
            )
        )
    header = ("set", "support", "kind", "sets", "one thread", "two threads", "gain")
    return Table("Frequent itemsets: threads", "Wall milliseconds, median of five, in turn.", header, tuple(rows))


def _first_table() -> Table:
    run("itemset_first_call")  # compiles where it must
    sample = interleaved([("itemset_first_call",)], 5)["itemset_first_call",]
    f = sample.figures
    whole = f["import"] + f["first"]
    row = (_ms(f["import"]), _ms(f["first"]), _ms(whole), _ms(f["second"]))
    note = "Wall milliseconds in a fresh process, kernels compiled before: from `import jianwei.mining` to the sets of two small baskets."
    return Table("Frequent itemsets: the first call", note, ("import", "first call", "together", "second call"), (row,))


def _faults_table() -> Table:
    found: dict[str, dict[str, float]] = {}
    for key, figure in run("itemset_faults").figures.items():
        if "|" in key:
            question, who = key.split("|")
            found.setdefault(question, {})[who] = figure
    others = ("sam", "fpgrowth", "eclat", "rusket LCM", "efficient-apriori")
    rows = tuple(
        (question, f"{counts['ours']:,.0f}", *(f"{counts[who]:,.0f}" if who in counts else "" for who in others))
        for question, counts in found.items()
    )
    note = (
        "Numbers of sets. PyFIM leaves out what consists of items in every basket: eclat and fpgrowth always, sam of maximal sets (on "
        "the public sets it was given an empty basket more). rusket's LCM gives some closed sets more than once. efficient-apriori stops "
        "at eight items."
    )
    header = ("asked for", "ours", *(f"PyFIM {who}" if who in ("sam", "fpgrowth", "eclat") else who for who in others))
    return Table("Frequent itemsets: where answers differ", note, header, rows)


def _ms(seconds: float) -> str:
    return f"{1e3 * seconds:,.{1 if seconds >= 0.01 else 2}f}"


def _percent(share: float | str) -> str:
    return f"{100 * float(share):.3g} %"


def _mean(ratios: list[float]) -> float:
    return exp(sum(map(log, ratios)) / len(ratios))


def _show(name: str, shares: tuple[float, ...], kinds: tuple[str, ...]) -> None:
    from benchmarks.itemset_miners import read

    baskets = read(name)
    for kind in kinds:
        for share in shares:
            found = _cell(baskets, share, kind)
            sets, ours = found.pop("sets"), found.pop("ours")
            others = sorted((seconds, who) for who, seconds in found.items() if "counted" not in who)
            told = ", ".join(f"{who} {_ms(seconds)}" for seconds, who in others)
            counted = ", ".join(f"{who} {_ms(seconds)}" for who, seconds in found.items() if "counted" in who)
            head = f"{name} {share} {kind} {sets:,} sets: ours {_ms(ours)}, {others[0][0] / ours:.2f} x"
            print(f"{head} | {told} | {counted}", flush=True)


if __name__ == "__main__":
    if not KEEP_MEMORY.items() <= os.environ.items():  # it is read when a process starts
        os.execve(sys.executable, [sys.executable, "-m", "benchmarks.mining", *sys.argv[1:]], os.environ | KEEP_MEMORY)
    os.environ |= ONE_THREAD
    from benchmarks.itemset_miners import SUPPORTS

    words = sys.argv[2:]
    given = tuple(float(word) for word in words if word not in KINDS)
    _show(sys.argv[1], given or SUPPORTS[sys.argv[1]], tuple(word for word in words if word in KINDS) or KINDS)
