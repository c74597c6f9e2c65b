"""Mappings as text: written and read back, checked against the file, shown."""

from __future__ import annotations

import pickle

import pytest
from hypothesis import given
from hypothesis import strategies as st

from jianwei.errors import UsageError
from jianwei.sources.mapping import Guess, MappingNeeded, Proposal, check_columns, explain, format_map, parse_map

NAMES = st.text(st.sampled_from("a内 ,=\"'"), min_size=0, max_size=6)


@given(st.dictionaries(st.sampled_from(["text", "user", "time", "item"]), NAMES))
def test_what_is_written_is_read_back(fields: dict[str, str]) -> None:
    assert parse_map(format_map(fields)) == fields


@pytest.mark.parametrize("text", ["text", "text=a,user", "=a", 'text="a', "text=a,text=b", "text=a b=c"])
def test_what_is_no_mapping_is_a_usage_error(text: str) -> None:
    with pytest.raises(UsageError):
        parse_map(text)


def test_near_matches_are_suggested_for_fields_and_columns() -> None:
    with pytest.raises(UsageError, match="did you mean user"):
        check_columns({"usr": "a"}, ["text", "user"], ["a"], "x.csv")
    with pytest.raises(UsageError, match="评论内容"):
        check_columns({"text": "评论内客"}, ["text"], ["评论内容", "时间"], "x.csv")
    check_columns({"user": ""}, ["user"], ["a"], "x.csv")


def test_the_error_carries_a_mapping_that_can_be_pasted() -> None:
    proposal = Proposal("messages", (Guess("user", "谁, 说", 0.6, ("u1",)),), False, (("备注", "x"),), ("text",))
    error = MappingNeeded("a.csv", proposal)
    assert error.hint == """say it: --table messages --map 'text=COLUMN,user="谁, 说"'"""
    again = pickle.loads(pickle.dumps(error))
    assert (again.proposal, str(again)) == (proposal, str(error))
    assert explain(proposal) == (("user", "谁, 说", "60 %", "u1"), ("attrs", "备注", "", "x"))
