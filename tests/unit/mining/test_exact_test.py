"""Fisher's exact test against scipy."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from scipy.stats import hypergeom

from jianwei.mining.exact_test import fisher


@given(st.integers(1, 3000), st.data())
def test_fisher_equals_scipy(whole: int, data: st.DataObject) -> None:
    after, before = data.draw(st.integers(0, whole)), data.draw(st.integers(0, whole))
    both = data.draw(st.integers(max(0, after + before - whole), min(after, before)))
    expected = hypergeom.sf(both - 1, whole, after, before)
    assert fisher(both, whole, after, before)[0] == pytest.approx(expected, rel=1e-8, abs=1e-10)


def test_fisher_of_many_at_once_and_far_out_in_the_tail() -> None:
    found = fisher([180, 125, 0, 3], 88_162, [251, 204, 5, 3], [241, 177, 5, 88_162])
    expected = hypergeom.sf(np.array([179, 124, -1, 2]), 88_162, [251, 204, 5, 3], [241, 177, 5, 88_162])
    assert found[1] == pytest.approx(expected[1], rel=1e-6)
    assert 0 <= found[0] < 1e-300
    assert found[2:].tolist() == [1.0, 1.0]
