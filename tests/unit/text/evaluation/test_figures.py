"""Figures against scikit-learn and SciPy."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy.stats import binomtest
from sklearn.metrics import precision_recall_fscore_support

from jianwei.text.evaluation.figures import calibration_error, class_table, mcnemar, reliability


@given(st.integers(1, 60), st.integers(1, 5), st.integers(0, 2**32 - 1))
@settings(max_examples=60, deadline=None)
def test_class_table_is_that_of_scikit_learn(rows: int, classes: int, seed: int) -> None:
    random = np.random.default_rng(seed)
    truth, chosen = (random.random((rows, classes)) < 0.4 for _ in range(2))
    table = class_table(tuple("abcde"[:classes]), truth, chosen)
    # One column is a binary problem to scikit-learn, several are labels.
    wanted = [
        precision_recall_fscore_support(truth[:, [c]], chosen[:, [c]], labels=[1], average=None, zero_division=0)
        for c in range(classes)
    ]
    for at, name in enumerate(("precision", "recall", "f1", "support")):
        assert table[name].to_pylist() == pytest.approx([part[at][0] for part in wanted])
    assert table["predicted"].to_pylist() == chosen.sum(axis=0).tolist()


@given(st.integers(0, 40), st.integers(0, 40))
@settings(max_examples=60, deadline=None)
def test_mcnemar_is_the_binomial_test(one: int, other: int) -> None:
    wanted = binomtest(one, one + other).pvalue if one + other else 1.0
    assert mcnemar(one, other) == pytest.approx(wanted)


@given(st.lists(st.tuples(st.floats(0, 1), st.booleans()), min_size=1, max_size=50), st.integers(1, 20))
@settings(max_examples=60, deadline=None)
def test_calibration_error_by_its_definition(pairs: list[tuple[float, bool]], bins: int) -> None:
    confidence, right = np.array([c for c, _ in pairs]), np.array([r for _, r in pairs])
    table = reliability(confidence, right, bins)
    wanted = 0.0
    for b in range(bins):
        own = [(c, r) for c, r in pairs if min(int(c * bins), bins - 1) == b]
        if own:
            wanted += abs(sum(c for c, _ in own) / len(own) - sum(r for _, r in own) / len(own)) * len(own) / len(pairs)
        assert table["rows"][b].as_py() == len(own)
        assert (table["accuracy"][b].as_py() is None) == (not own)
    assert calibration_error(table) == pytest.approx(wanted)


def test_perfectly_calibrated_and_overconfident() -> None:
    right = np.array([True] * 9 + [False])
    assert calibration_error(reliability(np.full(10, 0.9), right)) == pytest.approx(0)
    assert calibration_error(reliability(np.ones(10), right)) == pytest.approx(0.1)
