from __future__ import annotations

from functools import cache

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from jianwei.speech.evaluation import as_spoken, character_errors, count_errors


@cache
def _apart(one: str, other: str) -> int:
    """The definition itself: drop, add or exchange the first character, or leave it."""
    if not one or not other:
        return len(one) + len(other)
    if one[0] == other[0]:
        return _apart(one[1:], other[1:])
    return 1 + min(_apart(one[1:], other), _apart(one, other[1:]), _apart(one[1:], other[1:]))


TEXT = st.text(st.sampled_from(list("你好发货吗的了是在")), max_size=9)


@settings(deadline=None, max_examples=80)
@given(TEXT, TEXT)
def test_errors_are_the_edit_distance(said: str, heard: str) -> None:
    found = count_errors(said, heard)
    assert (found.wrong, found.of) == (_apart(said, heard), len(said))


@pytest.mark.parametrize(
    ("written", "spoken"),
    [
        ("10月10日", "十月十日"),
        ("F015", "f零一五"),
        ("117比116", "一百一十七比一百一十六"),
        ("1,3,8,5,8", "一三八五八"),
        ("1,234", "一千二百三十四"),
        ("13858231743", "一三八五八二三一七四三"),
        ("0.5%", "百分之零点五"),
        ("六二幺零", "六二一零"),
        ("", ""),
    ],
)
def test_numbers_as_they_are_read(written: str, spoken: str) -> None:
    assert as_spoken(written) == spoken


def test_the_rate_is_over_all_characters() -> None:
    found = character_errors([("你好", "您好"), ("一二三四五六七八", "12345678")])
    assert (found.wrong, found.of, found.rate) == (1, 10, 0.1)
    assert character_errors([]).rate == 0.0
