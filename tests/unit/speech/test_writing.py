from __future__ import annotations

import re

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from jianwei.speech.writing import write_down

TEXT = st.text(st.sampled_from(list("你好發貨嗎 ,.?!，。？！:;()3５.%aBc ")), max_size=40)


@pytest.mark.parametrize(
    ("heard", "written"),
    [
        ("今後可能會出現", "今后可能会出现"),
        (" 记者会,正式宣布 停止使用.", "记者会，正式宣布停止使用。"),
        ("57% 归三星所有", "57%归三星所有"),
        ("尚街 Loft 时尚", "尚街Loft时尚"),
        ("想听 Call Me Maybe", "想听Call Me Maybe"),
        ("一共3.5元,不是35", "一共3.5元，不是35"),
        ("10:30开会", "10:30开会"),
        ("几点:三点", "几点：三点"),
        ("好的。。。", "好的。"),
        ("好的 .", "好的。"),
        ("，，你好", "你好"),
        ("1,234元", "1,234元"),
        ("", ""),
    ],
)
def test_chinese(heard: str, written: str) -> None:
    assert write_down(heard, "zh") == written


def test_other_languages_are_left_alone() -> None:
    assert write_down(" I'm here,  are you? ", "en") == "I'm here, are you?"
    assert write_down("東京 です。", "ja") == "東京 です。"


@settings(deadline=None, max_examples=80)
@given(TEXT)
def test_what_is_written_down_stays(text: str) -> None:
    once = write_down(text, "zh")
    assert write_down(once, "zh") == once
    assert not re.search(r"[，。？！]{2}|\s{2}|[\u4e00-\u9fff] | [\u4e00-\u9fff]|[\u4e00-\u9fff][,?!]", once)
    assert re.findall(r"\d|[a-zA-Z]", once) == re.findall(r"\d|[a-zA-Z]", text)
