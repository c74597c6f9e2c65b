"""Every token has one kind, and the kinds lie beside the tokens."""

from __future__ import annotations

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from jianwei.text.cutting.dictionary import Dictionary
from jianwei.text.cutting.kinds import KINDS, typed_tokens


@pytest.mark.parametrize(
    ("token", "kind"),
    [
        ("物流", "word"), ("iPhone15", "word"), ("三", "word"), ("한국", "word"),
        ("3", "number"), ("3.5", "number"), ("80%", "number"),
        ("!", "punctuation"), ("……", "punctuation"), ("#", "punctuation"), ("@", "punctuation"), ("¥", "punctuation"),
        ("👍", "emoji"), ("👍🏽", "emoji"), ("❤️", "emoji"), ("👨‍👩‍👧", "emoji"), ("🇨🇳", "emoji"), ("1️⃣", "emoji"),
        ("[微笑]", "emoticon"), ("[OK]", "emoticon"), ("[666]", "emoticon"),
        ("https://a.cn/x?y=1", "url"), ("HTTP://A.CN", "url"), ("www.qq.com", "url"),
        ("@小王", "mention"), ("@wang_1", "mention"),
        ("#双十一#", "topic"), ("#好物", "topic"), ("{%新歌%}", "topic"),
    ],
)  # fmt: skip
def test_kinds(token: str, kind: str) -> None:
    kinds = [found for text in typed_tokens([f"好 {token} 好"]) for _, found in text]
    assert set(kinds[1:-1]) == {kind}


@settings(deadline=None)
@given(st.lists(st.none() | st.text(max_size=12), max_size=6))
def test_lists_are_parallel(texts: list[str | None]) -> None:
    typed = typed_tokens(texts)
    assert len(typed) == len(texts)
    assert [len(row) for row in typed.tokens.to_pylist()] == [len(row) for row in typed.kinds.to_pylist()]
    assert {kind for row in typed.kinds.to_pylist() for kind in row} <= set(KINDS)


def test_more_texts_than_a_portion() -> None:
    texts = [f"第{i}条见微知著" for i in range(9000)]
    typed = typed_tokens(texts, Dictionary(["见微知著"]))
    rows = list(typed)
    assert rows[8999] == [("第", "word"), ("8999", "number"), ("条", "word"), ("见微知著", "word")]
    assert typed.to_arrow().num_rows == 9000
