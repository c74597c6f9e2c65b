"""Texts made to take time: with quadratic work these would not end."""

from __future__ import annotations

import pytest

from jianwei.text import aspects, find_entities, judge, redact, sentiment


@pytest.mark.parametrize("piece", ["1", "1-", "a.", "好1", "13800138000 ", "不", "（"])
def test_what_somebody_pastes_is_read_in_time(piece: str) -> None:
    text = piece * (60_000 // len(piece))
    for read in (sentiment, judge, aspects, find_entities, redact):
        read([text])
