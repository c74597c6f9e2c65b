"""Frequent itemsets of the public sets: their published totals, and every set and support as PyFIM finds them."""

from __future__ import annotations

import csv
import gzip
from pathlib import Path

import numpy as np
import pytest
from support.itemsets import KINDS, fingerprints, from_pyfim, pyfim_fingerprints

from jianwei.mining import Transactions, count_itemsets, frequent_itemsets

TOTALS = {
    "chess": {0.9: 622, 0.8: 8_227},
    "mushroom": {0.4: 565, 0.3: 2_735},
    "retail": {0.01: 159, 0.005: 580},
    "T10I4D100K": {0.01: 385},
    "BMS-WebView-1": {0.005: 201, 0.002: 798},
    "kosarak_part": {0.01: 395},
}
"""Sets at a share of the baskets, as counted by others."""

SHARES = {
    "retail": (0.01, 0.002, 0.0005),
    "T10I4D100K": (0.01, 0.003, 0.001),
    "mushroom": (0.3, 0.2, 0.15),
    "chess": (0.9, 0.8, 0.65),
    "BMS-WebView-1": (0.005, 0.001, 0.0007),
    "splice1": (0.5, 0.2, 0.1),
    "kosarak_part": (0.01, 0.004, 0.002),
    "groceries": (0.01, 0.002, 0.0005),
}


def _read(folder: Path, name: str) -> list[list[int]]:
    if name == "groceries":
        numbers: dict[str, int] = {}
        with (folder / "fimi" / "groceries.csv").open(encoding="utf-8", newline="") as file:
            return [[numbers.setdefault(item, len(numbers)) for item in row if item] for row in csv.reader(file)]
    with gzip.open(folder / "fimi" / f"{name}.dat.gz", "rt") as file:
        return [[int(item) for item in line.split()] for line in file if line.strip()]


@pytest.mark.parametrize("name", TOTALS)
def test_totals(data_dir: Path, name: str) -> None:
    data = Transactions.of(_read(data_dir, name))
    for share, total in TOTALS[name].items():
        assert len(frequent_itemsets(data, share)) == total
        assert count_itemsets(data, share).sum() == total


@pytest.mark.parametrize("name", SHARES)
def test_sets_and_supports(data_dir: Path, name: str) -> None:
    baskets = _read(data_dir, name)
    data = Transactions.of(baskets)
    labels = np.array(data.labels, np.int64)
    for share in SHARES[name]:
        for kind in KINDS:
            found = frequent_itemsets(data, share, kind)
            expected = from_pyfim(baskets, found.min_rows, kind)
            assert len(found) == len(expected)
            ours = fingerprints(labels[found.columns], found.lengths, found.rows)
            np.testing.assert_array_equal(ours, pyfim_fingerprints(expected))
            if kind == "all":
                assert count_itemsets(data, share).tolist() == np.bincount(found.lengths).tolist()
