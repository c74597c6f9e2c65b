"""What reads the same is spelt the same; doing it twice changes nothing."""

from __future__ import annotations

import unicodedata
from pathlib import Path

import pyarrow as pa
import pyarrow.parquet as pq
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from jianwei.errors import UsageError
from jianwei.text.cutting.emoji import CODES, name_codes
from jianwei.text.cutting.normal import normalize, normalize_array

FRAGMENTS = [" ", "\u3000", "\n", "\r\n", "\u2028", "\t", "\x00", "\x1e", "\u200b", "\u200d", "\ufeff", "\u00ad", "e\u0301", "！！！！",
             "……", "👍🏽", "❤️", "👨‍👩‍👧", "1️⃣", "/::)", "/:", "後來", "ＯＫ", "İ", "\u0301", "[微笑]", "https://a.cn/:v"]  # fmt: skip
texts = st.lists(st.sampled_from(FRAGMENTS) | st.text(max_size=4), max_size=8).map("".join)
options = st.fixed_dictionaries(
    {
        "lower": st.booleans(),
        "emoji": st.booleans(),
        "lines": st.booleans(),
        "marks": st.sampled_from([None, 1, 3]),
    }
)


def one(text: str, **chosen: bool | int | None) -> str | None:
    return normalize([text], **chosen)[0]  # type: ignore[arg-type]


@settings(deadline=None)  # the first text loads the tables
@given(texts, options)
def test_twice_is_once(text: str, chosen: dict[str, bool | int | None]) -> None:
    once = one(text, **chosen)
    assert one(once or "", **chosen) == once


@settings(deadline=None)
@given(st.lists(st.none() | texts, max_size=6), options, st.booleans())
def test_together_as_alone(several: list[str | None], chosen: dict[str, bool], simplified: bool) -> None:
    together = normalize(several, simplified=simplified, **chosen)
    assert together == [text if text is None else one(text, simplified=simplified, **chosen) for text in several]


@settings(deadline=None)
@given(texts)
def test_only_blanks_and_invisible_characters_are_lost(text: str) -> None:
    fillers = "\u115f\u1160\u3164\uffa0\u2800"

    def kept(value: str) -> str:
        drawn = "".join(c for c in value if unicodedata.category(c) != "Cf" and c not in fillers)
        plain = unicodedata.normalize("NFKC", drawn)
        return "".join(c for c in plain if not c.isspace() and unicodedata.category(c) != "Cc")

    result = one(text, marks=None) or ""
    assert unicodedata.normalize("NFKD", kept(result)) == unicodedata.normalize("NFKD", kept(text))
    assert result == result.strip(" \n")


@pytest.mark.parametrize(
    ("given_text", "expected", "chosen"),
    [
        ("ＡＢＣ　１２３", "ABC 123", {}),
        ("ｶﾞ", "ガ", {}),
        ("a\r\n\r\n b\u2028c", "a b c", {}),
        ("a\r\n\r\n b\u2028c ", "a\nb\nc", {"lines": True}),
        ("  \u3000 ", "", {}),
        ("微\u200b信\ufeff号\u00ad", "微信号", {}),
        ("e\u200b\u0301", "é", {}),
        ("👨\u200d👩\u200d👧好\u200d", "👨\u200d👩\u200d👧好", {}),
        ("好！！！！！？？", "好!!!??", {}),
        ("好!!!!", "好!", {"marks": 1}),
        ("好!!!!", "好!!!!", {"marks": None}),
        ("哈哈哈哈哈", "哈哈哈哈哈", {}),
        ("11111", "11111", {}),
        ("等……", "等...", {}),
        ("OK好", "ok好", {"lower": True}),
        ("後來頭髮乾燥，皇后", "后来头发干燥,皇后", {"simplified": True}),
        ("❤️👍🏿👩🏽\u200d🚀", "❤👍👩\u200d🚀", {"emoji": True}),
        ("❤️👍🏿", "❤️👍🏿", {}),
        ("好/::)/:rose", "好[微笑][玫瑰]", {"emoji": True}),
        ("好/::)", "好/::)", {}),
        ("[微笑]#双十一#@小王", "[微笑]#双十一#@小王", {"emoji": True, "lower": True}),
    ],
)  # fmt: skip
def test_cases(given_text: str, expected: str, chosen: dict[str, bool]) -> None:
    assert one(given_text, **chosen) == expected


def test_every_code_is_read_whole() -> None:
    for code, name in CODES.items():
        assert name_codes(f"好{code}好{code}") == f"好[{name}]好[{name}]"
    for path in ("a/:video", "/:okay", "//::)"):
        assert name_codes(path) == path


def test_null_stays_null_and_nothing_is_nothing() -> None:
    assert normalize([None, "", " "], simplified=True) == [None, "", ""]
    assert normalize_array(pa.array([], pa.string()), simplified=True, lower=True, emoji=True).to_pylist() == []
    assert normalize_array(pa.array([None], pa.string()), simplified=True).to_pylist() == [None]


def test_wrong_calls() -> None:
    with pytest.raises(UsageError, match="marks = 0"):
        normalize(["好"], marks=0)
    with pytest.raises(UsageError, match=r"text\.normalize\(\[text\]\)"):
        normalize("好")


def test_simplified_texts_stay(data_dir: Path) -> None:
    posts = pq.read_table(data_dir / "weibo2018" / "data.parquet")["text"].to_pylist()[:2000]
    simplified = normalize(posts, simplified=True)
    assert normalize(simplified, simplified=True) == simplified
