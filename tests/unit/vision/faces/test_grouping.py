"""Faces are compared only under a consent; then the grouping does not depend on their order."""

from __future__ import annotations

import time

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from jianwei.errors import UsageError
from jianwei.vision.faces.grouping import PURPOSE, Consent, group_faces

NOW = 1_700_000_000_000_000
HELD = Consent("u:1", PURPOSE, NOW)


@pytest.mark.parametrize(
    "consent",
    [
        Consent("u:1", "marketing", 0),
        Consent("u:1", PURPOSE, 0, withdrawn_us=5),
        Consent("", PURPOSE, 0),
        Consent("u:1", PURPOSE, NOW + 1),
    ],
)
def test_without_a_consent_that_holds_nothing_is_compared(consent: Consent) -> None:
    rows = [[1.0, 0.0], [0.0, 1.0]]
    with pytest.raises(UsageError, match="recorded consent"):
        group_faces(rows, alike=0.5, consents=[HELD, consent], at_us=NOW)
    for few in ([], [HELD], [HELD] * 3):
        with pytest.raises(UsageError, match="one for each"):
            group_faces(rows, alike=0.5, consents=few, at_us=NOW)
    assert len(group_faces(rows, alike=0.5, consents=[HELD] * 2, at_us=NOW)) == 2


def test_a_consent_of_tomorrow_does_not_hold_today() -> None:
    tomorrow = Consent("u:1", PURPOSE, time.time_ns() // 1000 + 86_400_000_000)
    with pytest.raises(UsageError):
        group_faces([[1.0, 0.0]], alike=0.5, consents=[tomorrow])


def test_none_and_one() -> None:
    assert group_faces([], alike=0.5, consents=[]) == ()
    assert group_faces([[1.0, 0.0]], alike=0.5, consents=[HELD]) == ((0,),)
    with pytest.raises(UsageError, match="finite"):
        group_faces([[1.0, float("nan")]], alike=0.5, consents=[HELD])


@settings(deadline=None, max_examples=40)
@given(st.lists(st.integers(0, 5), min_size=1, max_size=25), st.integers(0, 1000))
def test_people_far_apart_are_told_apart_in_any_order(people: list[int], seed: int) -> None:
    random = np.random.default_rng(seed)
    rows = np.eye(6)[people] + random.normal(0, 0.02, (len(people), 6))
    rows /= np.linalg.norm(rows, axis=1, keepdims=True)
    groups = group_faces(rows, alike=0.4, consents=[HELD] * len(rows))
    assert sorted(i for group in groups for i in group) == list(range(len(people)))
    wanted = {person: tuple(i for i, p in enumerate(people) if p == person) for person in dict.fromkeys(people)}
    assert groups == tuple(wanted.values())


def test_a_chain_of_lookalikes_is_no_single_person() -> None:
    angles = np.linspace(0, np.pi, 40)  # neighbours are 0.08 apart, the ends are opposites
    rows = np.column_stack([np.cos(angles), np.sin(angles)])
    groups = group_faces(rows, alike=0.4, consents=[HELD] * len(rows))
    assert len(groups) > 3
    for group in groups:
        assert np.linalg.norm(rows[group[0]] - rows[group[-1]]) < 0.9
