"""Baskets without structure: items swapped between them at random."""

from __future__ import annotations

from typing import Any

import numpy as np
from numba import njit

__all__ = ["curveball"]


@njit
def curveball(offsets: Any, columns: Any, trades: int, seed: int) -> None:
    """Let random pairs of baskets trade items at random, in place; sizes and frequencies stay (Strona et al. 2014)."""
    np.random.seed(seed)
    baskets = len(offsets) - 1
    loose, common = np.empty(1 << 16, np.int32), np.empty(1 << 16, np.int32)
    for _ in range(trades):
        one, other = np.random.randint(baskets), np.random.randint(baskets)
        if one == other:
            continue
        i, j, end, last = offsets[one], offsets[other], offsets[one + 1], offsets[other + 1]
        free = both = mine = 0
        while i < end or j < last:
            if j >= last or (i < end and columns[i] < columns[j]):
                loose[free] = columns[i]
                free, mine, i = free + 1, mine + 1, i + 1
            elif i >= end or columns[j] < columns[i]:
                loose[free] = columns[j]
                free, j = free + 1, j + 1
            else:
                common[both] = columns[i]
                both, i, j = both + 1, i + 1, j + 1
        for at in range(mine):
            drawn = at + np.random.randint(free - at)
            loose[at], loose[drawn] = loose[drawn], loose[at]
        columns[offsets[one] : end] = np.sort(np.concatenate((common[:both], loose[:mine])))
        columns[offsets[other] : last] = np.sort(np.concatenate((common[:both], loose[mine:free])))
