"""Frequent itemsets beside PyFIM, rusket, mlxtend and efficient-apriori.

`python -m benchmarks.mining SET [SHARE…] [all|closed|maximal]` times one set alone and prints it.
"""

from __future__ import annotations

import os
import sys

os.environ.setdefault("RAYON_NUM_THREADS", "1")


def _show(name: str, shares: tuple[float, ...], kinds: tuple[str, ...]) -> None:
    from benchmarks.itemset_miners import CONVERT, OURS, miners, read, times

    baskets = read(name)
    for kind in kinds:
        for share in shares:
            calls = miners(baskets, share, kind)
            sets = len(calls[OURS]())
            took = times(calls)
            ours = took.pop(OURS)
            others = sorted((seconds, other) for other, seconds in took.items() if "counted" not in other)
            text = ", ".join(f"{other} {1e3 * seconds:.2f}" for seconds, other in others)
            counted = ", ".join(f"{other} {1e3 * seconds:.2f}" for other, seconds in took.items() if "counted" in other)
            print(
                f"{name} {share} {kind} {sets:,} sets: ours {1e3 * ours:.2f} ms, {others[0][0] / ours:.2f} x | {text} | {counted}",
                flush=True,
            )


if __name__ == "__main__":
    from benchmarks.itemset_miners import SUPPORTS

    words = sys.argv[2:]
    kinds = tuple(word for word in words if word.isalpha()) or ("all", "closed", "maximal")
    shares = tuple(float(word) for word in words if not word.isalpha()) or SUPPORTS[sys.argv[1]]
    _show(sys.argv[1], shares, kinds)
