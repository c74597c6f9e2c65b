"""Association rules beside mlxtend and efficient-apriori, and what survives a correction where there is nothing to find."""

from __future__ import annotations

import time
from collections.abc import Callable
from pathlib import Path
from statistics import median
from typing import Any

from benchmarks.measure import Table, case, interleaved

__all__ = ["tables"]

CELLS = (("groceries", 0.001), ("retail", 0.001), ("mushroom", 0.4), ("chess", 0.88))
LARGE = ("chess", 0.52)
RUNS = 20
ROUNDS = 5
SHUFFLED = (("retail", 0.001), ("groceries", 0.0005), ("BMS-WebView-1", 0.001))


def _seconds(function: Callable[[], Any], rounds: int) -> tuple[float, Any]:
    taken, answer = [], None
    for _ in range(rounds):
        started = time.process_time()
        answer = function()
        taken.append(time.process_time() - started)
    return median(taken), answer


@case
def rule_times(name: str, share: str) -> dict[str, float]:
    """CPU seconds from the frequent itemsets to all rules with a confidence of 0.5 (single consequents where the peer has no others)."""
    from efficient_apriori import generate_rules_apriori
    from mlxtend.frequent_patterns import association_rules as theirs

    from benchmarks.itemset_miners import read
    from jianwei.mining import association_rules, frequent_itemsets

    sets = frequent_itemsets(read(name).ours, float(share))
    frame = sets.to_pandas()
    levels: dict[int, dict[tuple[Any, ...], int]] = {}
    for one in sets:
        levels.setdefault(len(one.items), {})[tuple(sorted(one.items))] = one.rows
    ours, rules = _seconds(lambda: association_rules(sets, "confidence", 0.5, max_consequent=None), ROUNDS)
    mlxtend, others = _seconds(lambda: theirs(frame, metric="confidence", min_threshold=0.5), 1)
    if len(rules) != len(others):
        raise RuntimeError(f"{name} {share}: {len(rules)} rules, mlxtend finds {len(others)}")
    efficient, _ = _seconds(lambda: sum(1 for _ in generate_rules_apriori(levels, 0.5, sets.baskets)), 1)
    return {"sets": len(sets), "rules": len(rules), "ours": ours, "mlxtend": mlxtend, "efficient": efficient}


@case
def rule_times_large(name: str, share: str) -> dict[str, float]:
    """Rules with one consequent of about a million itemsets."""
    from benchmarks.itemset_miners import read
    from jianwei.mining import association_rules, frequent_itemsets

    sets = frequent_itemsets(read(name).ours, float(share))
    plain, rules = _seconds(lambda: association_rules(sets, "confidence", 0.9), 3)
    lean, kept = _seconds(lambda: association_rules(sets, "confidence", 0.9, redundant=False), 3)
    return {"sets": len(sets), "rules": len(rules), "plain": plain, "kept": len(kept), "lean": lean}


@case
def rule_survivors(name: str, share: str) -> dict[str, float]:
    """Rules that a correction keeps, on the data and on shuffled ones: each item's baskets drawn anew, and items swapped between baskets,
    so that every basket keeps its size and every item its number of baskets."""
    import numpy as np

    from benchmarks.itemset_miners import read
    from benchmarks.swapping import curveball
    from jianwei.mining import Transactions, association_rules, frequent_itemsets
    from jianwei.mining.baskets.rows import tidy

    data, dice = read(name).ours, np.random.default_rng(1)
    width = len(data.labels)

    def drawn() -> Transactions:
        rows = np.concatenate([dice.choice(len(data), number, replace=False) for number in data.item_rows])
        columns = np.repeat(np.arange(width), data.item_rows)[np.lexsort((np.zeros(len(rows)), rows))]
        offsets = np.concatenate([[0], np.cumsum(np.bincount(rows, minlength=len(data)))])
        return Transactions(*tidy(offsets, columns.astype(np.int32), width), data.labels)

    def swapped() -> Transactions:
        columns = data.columns.copy()
        curveball(data.offsets, columns, 10 * len(data), int(dice.integers(1 << 31)))
        return Transactions(data.offsets, columns, data.labels)

    def kept(baskets: Transactions) -> dict[str, int]:
        sets = frequent_itemsets(baskets, float(share), max_length=3)
        return {
            correction + " sized" * sized: len(
                association_rules(sets, "lift", 1.0, correction=correction, baskets=baskets if sized else None)
            )
            for correction in ("bh", "holm")
            for sized in (False, True)
        }

    figures: dict[str, float] = {f"real {key}": number for key, number in kept(data).items()}
    for what, make in (("drawn", drawn), ("swapped", swapped)):
        runs = [kept(make()) for _ in range(RUNS)]
        for key in runs[0]:
            figures[f"{what} {key}"] = median(run[key] for run in runs)
            figures[f"{what} {key} runs"] = sum(run[key] > 0 for run in runs) / RUNS
    return figures


def tables(folder: Path) -> list[Table]:
    from benchmarks.itemset_miners import data_folder

    if not (data_folder() / "fimi").exists():
        return []
    times = interleaved([("rule_times", name, str(share)) for name, share in CELLS], 1)
    rows = tuple(
        (
            f"{call[1]} {call[2]}", f"{got.figures['sets']:,.0f}", f"{got.figures['rules']:,.0f}",
            f"{got.figures['ours'] * 1000:.1f}", *(
                f"{got.figures[peer] * 1000:,.0f} ({got.figures[peer] / got.figures['ours']:.1f} ×)" for peer in ("mlxtend", "efficient")
            ),
        )
        for call, got in times.items()
    )  # fmt: skip
    (large,) = interleaved([("rule_times_large", LARGE[0], str(LARGE[1]))], 1).values()
    figures = large.figures
    note = (
        "CPU milliseconds from the frequent itemsets to every rule with a confidence of at least 0.5, any number of items on both sides "
        "(mlxtend gives as many; efficient-apriori yields its rules one by one, and they are not kept). Of "
        f"{figures['sets']:,.0f} itemsets of {LARGE[0]}: {figures['rules']:,.0f} rules with one consequent and a confidence of 0.9 in "
        f"{figures['plain']:.2f} s, the {figures['kept']:,.0f} of them that are not redundant in {figures['lean']:.2f} s."
    )
    speed = Table("Rules", note, ("set, support", "itemsets", "rules", "ours", "mlxtend", "efficient-apriori"), rows)
    found = interleaved([("rule_survivors", name, str(share)) for name, share in SHUFFLED], 1)
    lines = []
    for call, got in found.items():
        for correction in ("bh", "holm"):
            for suffix, test in (("", "Fisher"), (" sized", "and sizes")):
                key = f"{correction}{suffix}"
                cells = [f"{got.figures[f'real {key}']:,.0f}"]
                for what in ("drawn", "swapped"):
                    cells.append(f"{got.figures[f'{what} {key}']:,.0f} ({got.figures[f'{what} {key} runs']:.0%})")
                lines.append((f"{call[1]} {call[2]}", correction, test, *cells))
    note = (
        f"Rules with up to two items before the arrow that survive at a level of 0.05: on the data, and the median of {RUNS} shuffles "
        "(in brackets the share of shuffles with any survivor: promised are at most 5 %). Independent: the baskets of each item are drawn "
        "anew. Swapped: items are swapped between baskets until nothing is left but the sizes of baskets and the frequencies of items "
        "(curveball, Strona et al. 2014), and large baskets alone make everything lie together. “And sizes” is what the question of rules "
        "does: `association_rules(…, baskets=…)`."
    )
    header = ("set, support", "correction", "test", "data", "independent", "swapped")
    return [speed, Table("Rules where there is nothing to find", note, header, tuple(lines))]
