"""The stop words are a clean set of their own."""

from __future__ import annotations

from importlib.resources import files

from jianwei.text import STOPWORDS


def test_stopwords() -> None:
    assert 500 < len(STOPWORDS) < 1500
    assert {"的", "了", "因为", "the"} <= STOPWORDS
    assert not {"物流", "质量", "退款", "好吃", "满意"} & STOPWORDS
    assert all(word == word.lower().strip() and word for word in STOPWORDS)


def test_the_file_is_readable_text() -> None:
    lines = files("jianwei.text").joinpath("data", "stopwords.txt").read_text("utf-8").splitlines()
    assert all(line and (line.startswith("# ") or not line.startswith("#")) for line in lines)
