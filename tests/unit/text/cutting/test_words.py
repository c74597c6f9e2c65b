"""Joined and taken apart again, the texts have the tokens they have alone."""

from __future__ import annotations

import re
import unicodedata

import pyarrow as pa
import pytest
import rjieba
from hypothesis import assume, given, settings
from hypothesis import strategies as st

from jianwei.errors import UsageError
from jianwei.text import tokenize
from jianwei.text.cutting.words import is_word, tokenize_array, words

SPECIAL = [
    "[微笑]",
    "[OK]",
    "[666]",
    "👍",
    "👍🏽",
    "❤️",
    "👨‍👩‍👧",
    "🇨🇳",
    "1️⃣",
    "https://mp.weixin.qq.com/s?a=1&b=2",
    "@小王",
    "#双十一#",
    "#今天 也要加油#",
    "{%#双十一#%}",
    "www.qq.com/a",
]
FRAGMENTS = [
    "发货太慢了",
    "今天天气不错",
    "，",
    "!",
    "abc 3.5",
    " ",
    "\n",
    "\r\n",
    "\r",
    "\ufdd0",
    "\ufdd1",
    "#",
    "\u200b",
    "ＡＢ",
    "\x00",
    "é",
    "한국",
]

fragments = st.one_of(st.sampled_from(FRAGMENTS + SPECIAL), st.text(max_size=6))
texts = st.lists(fragments, max_size=8).map("".join)


@settings(deadline=None)
@given(st.lists(st.none() | texts, max_size=12))
def test_together_as_alone(several: list[str | None]) -> None:
    assert tokenize(several) == [tokenize([text])[0] for text in several]


@settings(deadline=None)
@given(st.text(alphabet=st.characters(codec="utf-8", exclude_categories=["So", "Sk", "Cn", "Me"]), max_size=30))
def test_plain_text_is_cut_as_rjieba_cuts_it(text: str) -> None:
    plain = unicodedata.normalize("NFKC", re.sub(r"[\[@#{]", "", text).replace("\r", " ").replace("\n", " "))
    assume(
        not any(unicodedata.category(c) in ("Cc", "Cf", "Mn", "Co") for c in plain)
        and "://" not in plain
        and "www." not in plain.lower()
    )
    assert tokenize([plain])[0] == [token for token in rjieba.cut(plain) if not token.isspace()]


@settings(deadline=None)
@given(texts)
def test_nothing_but_blanks_is_lost(text: str) -> None:
    def visible(value: str) -> str:
        return "".join(
            c for c in value if not c.isspace() and unicodedata.category(c) not in ("Cc", "Cf", "Mn", "Zs", "Zl", "Zp")
        )

    assert visible("".join(tokenize([text])[0])) == visible(unicodedata.normalize("NFKC", text))


@pytest.mark.parametrize("special", SPECIAL)
@pytest.mark.parametrize(("before", "after"), [("", ""), ("好", " 好"), ("，", "，"), ("\n", "\n")])
def test_what_belongs_together_stays_whole(special: str, before: str, after: str) -> None:
    assert special in tokenize([before + special + after])[0]


def test_a_text_cannot_break_out_of_its_row() -> None:
    assert tokenize(["甲\n乙", "\n", "\r\n丙\n", "\ufdd0[微笑]\ufdd0", ""]) == [
        ["甲", "乙"],
        [],
        ["丙"],
        ["\ufdd0", "[微笑]", "\ufdd0"],
        [],
    ]


def test_full_and_half_width_are_one() -> None:
    assert tokenize(["ＡＢＣ１２３！［微笑］"]) == tokenize(["ABC123![微笑]"]) == [["ABC123", "!", "[微笑]"]]


def test_long_brackets_and_mail_addresses_are_ordinary_text() -> None:
    assert "[" in tokenize(["[这是一段很长很长的补充说明]"])[0]
    assert not any(token.startswith("@q") for token in tokenize(["请寄到 a@qq.com"])[0])


@pytest.mark.parametrize(
    ("text", "topics"),
    [
        ("#双十一#开抢", ["#双十一#"]),
        ("开抢#双十一##好物#", ["#双十一#", "#好物#"]),
        ("#好物分享 #618攻略", ["#好物分享", "#618攻略"]),
        ("#Happy New Year#!", ["#Happy New Year#"]),
        ("{%新歌%}听了", ["{%新歌%}"]),
        ("3#楼和5#楼", []),
        ("C#和F#都学", []),
        ("#1和#2", []),
        ("# 一级标题 #", []),
        ("#\n好#", []),
        ("第#12#名", []),
    ],
)
def test_topics(text: str, topics: list[str]) -> None:
    assert [token for token in tokenize([text])[0] if token[0] in "#{" and len(token) > 1] == topics


def test_words_leave_out_marks_addresses_and_names() -> None:
    tokens = tokenize_array(pa.array(["@小王 快递到了!! 看 https://a.cn/x, 3个[强]👍", "……", None]))
    assert words(tokens).to_pylist() == [["快递", "到", "了", "看", "3", "个", "[强]", "👍"], [], []]
    assert is_word(pa.array(["?", "~", "a", "1️⃣", "🇨🇳"])).tolist() == [False, False, True, True, True]


def test_no_texts() -> None:
    assert tokenize([]) == []
    assert len(words(tokenize_array(pa.array([], pa.string())))) == 0


def test_one_string_is_refused() -> None:
    with pytest.raises(UsageError, match=r"text\.tokenize\(\[text\]\)"):
        tokenize("发货太慢了")
