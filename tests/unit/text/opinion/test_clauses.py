"""Clauses: nothing but marks and blanks is left out, numbers stay whole."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from jianwei.text.opinion.clauses import clauses


@given(st.text(st.sampled_from("好吃3.,，。！ \n、ab~…") | st.characters(codec="utf-8"), max_size=40))
def test_every_letter_and_digit_is_in_one_clause(text: str) -> None:
    places = list(clauses(text))
    covered = [at for start, end in places for at in range(start, end)]
    assert covered == sorted(set(covered))
    assert {at for at, sign in enumerate(text) if sign.isalnum()} <= set(covered)
    assert all(text[start:end].strip() == text[start:end] != "" for start, end in places)


@pytest.mark.parametrize(
    ("text", "parts"),
    [
        ("送得快,不好吃", ["送得快", "不好吃"]),
        ("等了2.5小时.太慢", ["等了2.5小时", "太慢"]),
        ("味道、服务都好！！", ["味道、服务都好"]),
        ("好吃 就是贵", ["好吃", "就是贵"]),
        ("iPhone 15很好", ["iPhone 15很好"]),
        ("12:30送到", ["12:30送到"]),
        ("。。。！", []),
        ("", []),
    ],
)
def test_where_clauses_end(text: str, parts: list[str]) -> None:
    assert [text[start:end] for start, end in clauses(text)] == parts
