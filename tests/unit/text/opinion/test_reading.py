"""Signs are read as the lists spell them, and none moves."""

from __future__ import annotations

from hypothesis import given, settings
from hypothesis import strategies as st

from jianwei.text.opinion.reading import readable

SIGNS = st.sampled_from(list("服務態度很差這個說ＯＫ１２，！～ \n服务好é👍🏽\u200b")) | st.characters(codec="utf-8")


@given(st.lists(st.text(SIGNS, max_size=20), max_size=4))
@settings(max_examples=80, deadline=None)
def test_every_sign_stays_in_its_place(texts: list[str]) -> None:
    read = readable(texts)
    assert [len(text) for text in read] == [len(text) for text in texts]
    assert read == [readable([text])[0] for text in texts]


def test_both_scripts_read_alike() -> None:
    assert readable(["發貨太慢", "價錢很貴", "味道不錯，服務好"]) == ["发货太慢", "价钱很贵", "味道不错,服务好"]
