"""A user's word that no other overlaps is always a token; together the pieces are the text."""

from __future__ import annotations

import pickle
from pathlib import Path

import pyarrow as pa
import pytest
import rjieba
from hypothesis import given, settings
from hypothesis import strategies as st

from jianwei.errors import InputError, UsageError
from jianwei.text import tokenize
from jianwei.text.cutting.dictionary import Dictionary, Entry
from jianwei.text.cutting.words import tokenize_array

letters = st.text(alphabet="见微知著小熊猫的了a1+", min_size=1, max_size=4)


def _runs_on(text: str, at: int) -> bool:
    around = text[max(at - 1, 0) : at + 1]
    return 0 < at < len(text) and all(c.isascii() and c.isalnum() for c in around)


@settings(deadline=None)  # the first text loads the tables
@given(letters, st.text(alphabet="见微知著小熊猫的了a1+,", max_size=12))
def test_one_word_is_always_a_token(word: str, text: str) -> None:
    tokens = tokenize([text], Dictionary([word]))[0]
    assert "".join(tokens) == text
    expected, at = 0, 0
    while (at := text.find(word, at)) >= 0:
        whole = not (_runs_on(text, at) or _runs_on(text, at + len(word)))
        expected, at = (expected + 1, at + len(word)) if whole else (expected, at + 1)
    assert tokens.count(word) >= expected


@settings(deadline=None)
@given(
    st.sets(letters, max_size=6), st.lists(st.text(alphabet="见微知著小熊猫的了a1+\n \ufdd1", max_size=12), max_size=5)
)
def test_many_words_over_many_texts(words: set[str], texts: list[str]) -> None:
    dictionary = Dictionary(words)
    cut = tokenize(texts, dictionary)
    assert cut == [tokenize([text], dictionary)[0] for text in texts]
    assert ["".join(tokens) for tokens in cut] == ["".join(text.split()) for text in texts]


@settings(deadline=None)
@given(
    st.sets(st.text(alphabet="甲乙丙", min_size=1, max_size=3), min_size=1), st.text(alphabet="甲乙丙丁", max_size=10)
)
def test_the_longest_at_the_first_place_wins(words: set[str], text: str) -> None:
    found, at = [], 0
    while at < len(text):
        word = max((word for word in words if text.startswith(word, at)), key=len, default="")
        found += [word] if word else []
        at += len(word) or 1
    assert Dictionary(words).take_out(text, "")[1] == found


def test_words_that_run_across_the_usual_cuts() -> None:
    text = "我在小程序码上架了大熊猫抱枕Pro+"
    assert tokenize([text], Dictionary(["序码上", "抱枕Pro+"]))[0] == [
        *rjieba.cut("我在小程"), "序码上", *rjieba.cut("架了大熊猫"), "抱枕Pro+",
    ]  # fmt: skip


def test_whole_tokens_stay_whole() -> None:
    text = "@小熊猫 https://a.cn/熊猫?x=猫 #小熊猫# [熊猫] MAIL AI"
    tokens = tokenize([text], Dictionary(["熊猫", "猫", "AI"]))[0]
    assert tokens == ["@小熊猫", "https://a.cn/", "熊猫", "?", "x", "=", "猫", "#小熊猫#", "[熊猫]", "MAIL", "AI"]


def test_full_width_words_are_the_same_words() -> None:
    assert tokenize(["买ＡＢ１２款"], Dictionary(["ｂ１２", "AB12款"]))[0] == ["买", "AB12款"]


def test_a_frequency_makes_a_word_compete_as_in_jieba() -> None:
    text = "产品和服务都好"
    assert "和服" in tokenize([text], Dictionary(["和服"]))[0]
    assert tokenize([text], Dictionary([Entry("和服", 3)])) == tokenize([text])
    own = rjieba.Jieba()
    own.add_word("品和服务", 90_000_000, None)
    assert tokenize([text], Dictionary([Entry("品和服务", 90_000_000)]))[0] == own.cut(text)
    assert "品和服务" in own.cut(text)
    assert tokenize([text]) == [rjieba.cut(text)], "the general tokenizer has not learnt the word"


def test_a_file(tmp_path: Path) -> None:
    path = tmp_path / "own.txt"
    path.write_text(
        "\ufeff# 我们的商品\n见微知著\n\n小程序码 50 n\nModel 3\n云南白药 nz\nＡＢ 2\n见微知著 7\n", "utf-8"
    )
    assert Dictionary.load(path).entries == (
        Entry("小程序码", 50, "n"),
        Entry("Model", 3),
        Entry("云南白药", None, "nz"),
        Entry("AB", 2),
        Entry("见微知著", 7),
    )


@pytest.mark.parametrize(
    ("content", "line"), [("好\n" + "很" * 70, 2), ("好 99999999999999", 1), ("好\n好\n\u3000x\ufdd0", 3)]
)
def test_a_bad_line_is_named(tmp_path: Path, content: str, line: int) -> None:
    path = tmp_path / "own.txt"
    path.write_text(content, "utf-8")
    with pytest.raises(InputError, match=rf"own\.txt:{line}: "):
        Dictionary.load(path)


def test_files_that_are_none(tmp_path: Path) -> None:
    with pytest.raises(InputError, match="cannot be read"):
        Dictionary.load(tmp_path / "none.txt")
    (tmp_path / "gbk.txt").write_bytes("见微知著".encode("gbk"))
    with pytest.raises(InputError, match="UTF-8"):
        Dictionary.load(tmp_path / "gbk.txt")


@pytest.mark.parametrize("words", ["见微知著", [""], [" "], ["a\nb"], [Entry("好", 0)], [Entry("好", -1)]])
def test_words_that_are_none(words: list[str]) -> None:
    with pytest.raises(UsageError):
        Dictionary(words)


def test_an_empty_dictionary_changes_nothing() -> None:
    assert tokenize(["发货太慢"], Dictionary([])) == tokenize(["发货太慢"])


def test_the_digest_tells_dictionaries_apart() -> None:
    different = [["甲"], ["乙"], ["甲", "乙"], [Entry("甲", 3)], [Entry("甲", 3, "n")], []]
    assert len({Dictionary(words).digest for words in different}) == len(different)
    assert Dictionary(["ＡＢ"]).digest == Dictionary(["AB", "AB"]).digest


def test_it_travels_to_other_processes() -> None:
    dictionary = Dictionary(["见微知著", Entry("和服", 3, "n")])
    assert dictionary.tokenizer is not None
    copy = pickle.loads(pickle.dumps(dictionary))
    assert copy.entries == dictionary.entries
    assert tokenize_array(pa.array(["见微知著"]), dictionary=copy).to_pylist() == [["见微知著"]]
