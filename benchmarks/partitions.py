"""Itemsets of more baskets than fit into memory as lists: by a scan in two passes, by partitions, and by PyFIM where it can.

The baskets are those of the simulated shop, drawn without its people and their days: kinds of customers, their tastes, sizes of orders,
planted rules and their confidences are its own. So that there is something to find, a basket is what a customer buys in some orders
together, and every product comes in many variants, a few of which are bought most.
"""

from __future__ import annotations

import os
import time
from itertools import pairwise
from pathlib import Path

import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq

from benchmarks.measure import Table, case, interleaved

__all__ = ["tables"]

BASKETS = int(os.environ.get("JIANWEI_BASKETS", "20_000_000"))
SUPPORT = 0.0001
LONGEST = 3
VARIANTS = 200
GROUP = 1_000_000
MOST_FOR_LISTS = 2_000_000


def write_baskets(path: Path, baskets: int, seed: int = 1) -> None:
    """Parquet with a row for each item in a basket (order, item), sorted by order; a row group holds up to a million whole baskets."""
    from jianwei.sandbox.population.catalogue import catalogue

    names = [f"{product}-{variant:03d}" for product in catalogue() for variant in range(VARIANTS)]
    items = pa.array(names)
    dice = np.random.default_rng(seed)
    schema = pa.schema([("order", pa.int64()), ("item", pa.string())])
    with pq.ParquetWriter(path, schema, compression="zstd") as writer:
        for first in range(0, baskets, GROUP):
            orders, columns = _drawn(min(GROUP, baskets - first), dice)
            coded = pa.DictionaryArray.from_arrays(pa.array(columns, pa.int32()), items)
            table = pa.table({"order": orders + first, "item": coded.cast(pa.string())}, schema)
            writer.write_table(table, row_group_size=len(table))


def _drawn(number: int, dice: np.random.Generator) -> tuple[np.ndarray, np.ndarray]:
    """(basket, item) of every item in so many baskets, sorted; an item stands once in a basket."""
    from jianwei.sandbox.population.cast import TRAITS
    from jianwei.sandbox.population.catalogue import RULES, appetite, catalogue
    from jianwei.sandbox.population.trade import _PLANTED

    place = {product: at for at, product in enumerate(catalogue())}
    kinds = list(TRAITS)
    kind = dice.choice(len(kinds), number, p=[TRAITS[one].share for one in kinds])
    orders = np.repeat(np.arange(number), 1 + dice.integers(0, 4, number))  # the basket of each order
    kind = kind[orders]
    held = np.zeros((len(orders), len(place)), bool)
    for at, name in enumerate(kinds):
        mine = np.flatnonzero(kind == at)
        sizes = 1 + dice.choice(4, len(mine), p=np.array(TRAITS[name].lines) / sum(TRAITS[name].lines))
        weights = appetite(name)
        ends = np.cumsum(np.array(list(weights.values())) / sum(weights.values()))
        which = np.minimum(np.searchsorted(ends, dice.random(int(sizes.sum()))), len(weights) - 1)
        held[np.repeat(mine, sizes), np.array([place[one] for one in weights])[which]] = True
        for rule, chance in zip(RULES, _PLANTED[name], strict=True):
            bought = mine[dice.random(len(mine)) < chance]
            for product in rule.antecedent:
                held[bought, place[product]] = True
    for rule in RULES:
        follows = held[:, [place[one] for one in rule.antecedent]].all(axis=1)
        held[:, place[rule.consequent]] = dice.random(len(orders)) < np.where(follows, rule.confidence, rule.base)
    order, product = np.nonzero(held)
    shares = 1 / np.arange(1, VARIANTS + 1)
    ends = np.cumsum(shares / shares.sum())
    variant = np.minimum(np.searchsorted(ends, dice.random(len(order))), VARIANTS - 1)
    width = len(place) * VARIANTS
    cells = np.unique(orders[order] * width + product * VARIANTS + variant)
    return cells // width, cells % width


@case
def jianwei_scan(path: str) -> dict[str, float]:
    """Two passes over the file, then one search in memory."""
    from jianwei.mining import frequent_itemsets, scan_baskets

    started, cpu = time.perf_counter(), time.process_time()
    few = scan_baskets(path, SUPPORT)
    scanned = time.perf_counter() - started
    found = frequent_itemsets(few, SUPPORT, max_length=LONGEST, threads=1)
    return _figures(found.lengths, started, cpu) | {"scan": scanned, "rows": len(few.offsets) - 1}


@case
def jianwei_partitioned(path: str) -> dict[str, float]:
    """A row group at a time is in memory."""
    from jianwei.mining import partitioned_itemsets

    started, cpu = time.perf_counter(), time.process_time()
    file = pq.ParquetFile(path)

    def groups(function, schema):
        for at in range(file.num_row_groups):
            yield function(file.read_row_group(at, use_threads=False).combine_chunks().to_batches()[0])

    found = partitioned_itemsets(groups, SUPPORT, max_length=LONGEST, threads=1)
    return _figures(found.lengths, started, cpu)


@case
def pyfim_lists(path: str) -> dict[str, float]:
    """PyFIM wants Python lists: all baskets in memory."""
    import fim

    started, cpu = time.perf_counter(), time.process_time()
    table = pq.read_table(path)
    orders, items = table.column("order").to_numpy(), table.column("item").to_pylist()
    bounds = [0, *(np.flatnonzero(np.diff(orders)) + 1).tolist(), len(items)]
    lists = [items[begin:end] for begin, end in pairwise(bounds)]
    least = -(-len(lists) * int(SUPPORT * 10_000) // 10_000)
    found = fim.fpgrowth(lists, supp=-least, zmax=LONGEST)
    return _figures(np.array([len(one[0]) for one in found]), started, cpu)


def _figures(lengths: np.ndarray, started: float, cpu: float) -> dict[str, float]:
    numbers = np.bincount(lengths, minlength=LONGEST + 1)
    return {
        "seconds": time.perf_counter() - started,
        "cpu": time.process_time() - cpu,
        "singles": int(numbers[1]),
        "pairs": int(numbers[2]),
        "triples": int(numbers[3]),
    }


def tables(folder: Path) -> list[Table]:
    path = folder / "baskets.parquet"
    started = time.perf_counter()
    write_baskets(path, BASKETS)
    print(f"  {BASKETS:,} baskets, {path.stat().st_size >> 20} MB, {time.perf_counter() - started:.0f} s", flush=True)
    names = ["jianwei_scan", "jianwei_partitioned"] + (["pyfim_lists"] if BASKETS <= MOST_FOR_LISTS else [])
    taken = interleaved([(name, str(path)) for name in names], 1)
    rows = []
    for (name, _), sample in taken.items():
        figures = sample.figures
        numbers = " / ".join(f"{figures[one]:,.0f}" for one in ("singles", "pairs", "triples"))
        rows.append((name, f"{sample.seconds:.1f}", f"{figures['cpu']:.1f}", f"{sample.peak_mb:,.0f}", numbers))
    note = (
        f"{BASKETS:,} baskets of the simulated shop, each product in {VARIANTS} variants, as Parquet with a row for each item in a basket "
        f"({path.stat().st_size >> 20} MB, {pq.read_metadata(path).num_rows:,} rows); all sets of up to {LONGEST} items in "
        f"{SUPPORT:.2%} of the baskets (goal: within 8 GB). One thread; reading included."
    )
    header = ("case", "seconds", "CPU seconds", "peak MB", "items / pairs / triples")
    return [Table("Baskets larger than memory", note, header, tuple(rows))]
