"""The vocabulary of kinds, against the codes that the formats document."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from jianwei.records.kinds import (
    CHATLAB_CODES,
    EVENT_NAMES,
    MESSAGE_KINDS,
    NOTICE_KINDS,
    PLACEHOLDERS,
    SPOKEN_KINDS,
    kind_of_chatlab,
    kind_of_notice,
    kind_of_wechat,
)

# ChatLab 0.0.2, its table of message types.
CHATLAB = {
    0: "text", 1: "image", 2: "voice", 3: "video", 4: "file", 5: "emoji", 7: "link", 8: "location", 20: "red_packet",
    21: "transfer", 22: "poke", 23: "call", 24: "share", 25: "reply", 26: "forward", 27: "contact", 80: "system",
    81: "recall", 99: "other",
}  # fmt: skip


def test_chatlab_codes_are_those_of_the_format() -> None:
    assert {code: kind for kind, code in CHATLAB_CODES.items()} == CHATLAB
    assert {code: kind_of_chatlab(code) for code in CHATLAB} == CHATLAB


@given(st.integers())
def test_codes_the_format_does_not_define_are_other(code: int) -> None:
    assert kind_of_chatlab(code) == CHATLAB.get(code, "other")


@pytest.mark.parametrize(
    ("type_code", "sub_type", "text", "kind"),
    [
        (1, 0, "", "text"), (3, 0, "", "image"), (34, 0, "", "voice"), (42, 0, "", "contact"), (43, 0, "", "video"),
        (47, 0, "", "emoji"), (48, 0, "", "location"), (50, 0, "", "call"), (49, 4, "", "link"), (49, 5, "", "link"),
        (49, 6, "", "file"), (49, 8, "", "emoji"), (49, 19, "", "forward"), (49, 33, "", "share"), (49, 36, "", "share"),
        (49, 51, "", "share"), (49, 57, "", "reply"), (49, 62, "", "poke"), (49, 63, "", "share"), (49, 87, "", "system"),
        (49, 92, "", "share"), (49, 2000, "", "transfer"), (49, 2001, "", "red_packet"), (49, 2003, "", "red_packet"),
        (10000, 0, "你撤回了一条消息", "recall"), (10000, 4, "张三 撤回了一条消息", "recall"), (10000, 4, "我拍了拍张三", "poke"),
        (10000, 4, "", "recall"), (10000, 0, "你领取了张三的红包", "system"), (10002, 0, "", "system"),
        (49, 12345, "", "other"), (77, 57, "", "other"), (-1, -1, "", "other"),
    ],
)  # fmt: skip
def test_wechat_codes(type_code: int, sub_type: int, text: str, kind: str) -> None:
    assert kind_of_wechat(type_code, sub_type, text) == kind


@given(st.integers(), st.integers(), st.text())
def test_every_code_gives_a_kind_of_the_vocabulary(type_code: int, sub_type: int, text: str) -> None:
    assert kind_of_wechat(type_code, sub_type, text) in MESSAGE_KINDS


@pytest.mark.parametrize(
    ("text", "kind"),
    [
        ("你撤回了一条消息", "recall"), ("「张三」撤回了一條訊息", "recall"), ("Alice recalled a message", "recall"),
        ("我拍了拍张三", "poke"), ("张三邀请李四加入群聊", "system"), ("", "system"),
    ],
)  # fmt: skip
def test_notices_are_told_apart_by_their_words(text: str, kind: str) -> None:
    assert kind_of_notice(text) == kind
    assert kind_of_wechat(10000, 0, text) == kind


def test_placeholders_name_kinds_nobody_speaks() -> None:
    assert set(PLACEHOLDERS.values()) <= set(MESSAGE_KINDS) - set(SPOKEN_KINDS)
    assert PLACEHOLDERS["图片"] == "image"
    assert set(NOTICE_KINDS) <= set(MESSAGE_KINDS) - set(SPOKEN_KINDS)


def test_only_own_words_are_spoken() -> None:
    assert set(SPOKEN_KINDS) == {"text", "reply"}
    assert set(SPOKEN_KINDS) < set(MESSAGE_KINDS)


def test_names_are_ascii_words_that_appear_once() -> None:
    for names in (MESSAGE_KINDS, EVENT_NAMES):
        assert len(set(names)) == len(names)
        assert all(name.isascii() and name.replace("_", "").isalpha() and name.islower() for name in names)
