"""The best rules against all rules."""

from __future__ import annotations

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from jianwei.errors import UsageError
from jianwei.mining import association_rules, frequent_itemsets, top_rules

BASKETS = st.lists(st.sets(st.sampled_from("abcdefg"), max_size=6).map(sorted), min_size=1, max_size=30)


@settings(max_examples=60, deadline=None)
@given(BASKETS, st.integers(1, 8), st.sampled_from(["leverage", "support"]), st.sampled_from([0.0, 0.4]))
def test_they_are_the_first_of_all(baskets: list[list[str]], k: int, metric: str, confidence: float) -> None:
    everything = association_rules(frequent_itemsets(baskets, 1, max_length=3), metric, -1.0)
    everything = everything.take((everything.confidence >= confidence) & (everything.antecedents.lengths <= 2))
    found = top_rules(baskets, k, metric, min_confidence=confidence)
    assert found.measure(metric).tolist() == everything.measure(metric)[:k].tolist()
    assert len(found) == min(k, len(everything))


def test_measures_that_favour_the_rarest_are_refused_with_advice() -> None:
    with pytest.raises(UsageError, match="choose a support"):
        top_rules([["a", "b"]], 3, "lift")
