"""Keywords, against TF-IDF in plain Python."""

from __future__ import annotations

from collections import Counter
from types import SimpleNamespace

import pyarrow as pa
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from jianwei.errors import UsageError
from jianwei.text import STOPWORDS, keywords, tokenize
from jianwei.text.cutting.words import tokenize_array
from jianwei.text.salience.terms import as_lists, background, content_scores, is_content, keywords_array

PIECES = [
    "物流",
    "快递公司",
    "质量",
    "包装",
    "因为",
    "的",
    "，",
    "退款",
    "12",
    "[微笑]",
    "@小王 ",
    "ABC",
    "水",
    "https://a.cn/b ",
]
texts = st.lists(st.sampled_from(PIECES), max_size=10).map("".join)


def scores_of(words: list[str]) -> dict[str, float]:
    return dict(zip(words, content_scores(pa.array(words, pa.string())).tolist(), strict=True))


@settings(deadline=None)
@given(st.lists(texts, max_size=8), st.integers(1, 4))
def test_keywords_of_each_text(several: list[str], k: int) -> None:
    array = keywords_array(tokenize_array(pa.array(several, pa.string())), k)
    found = array.to_pylist()
    assert as_lists(array) == found
    assert as_lists(array.slice(1)) == found[1:]
    for text, picked in zip(several, found, strict=True):
        tokens = tokenize([text])[0]
        counts, idf = Counter(tokens), scores_of(tokens)
        ranked = sorted(
            (word for word in counts if idf[word] > 0), key=lambda w: (-counts[w] * idf[w], tokens.index(w))
        )
        assert picked == ranked[:k]


@settings(deadline=None)
@given(st.lists(texts, max_size=8), st.integers(1, 4))
def test_keywords_of_all_texts(several: list[str], k: int) -> None:
    counts = Counter(word for tokens in tokenize(several) for word in set(tokens))
    idf = scores_of(list(counts))
    ranked = sorted((word for word in counts if idf[word] > 0), key=lambda w: (-counts[w] * idf[w], w))
    rows = keywords(several, k).to_arrow().to_pylist()
    assert [row["word"] for row in rows] == ranked[:k]
    assert [row["texts"] for row in rows] == [counts[word] for word in ranked[:k]]


def test_keywords_of_many_texts_do_not_depend_on_portions() -> None:
    several = [f"快递 单号{i} 太慢" for i in range(9000)]
    first = keywords(several, 1).to_arrow().to_pylist()[0]
    assert (first["word"], first["texts"]) in {("快递", 9000), ("太慢", 9000), ("单号", 9000)}


def test_what_can_be_a_keyword() -> None:
    words = [
        "物流",
        "ABC",
        "5G",
        "水",
        "因为",
        "The",
        "12",
        "12.5",
        "[微笑]",
        "[ok]",
        "👍",
        "!",
        "@小王",
        "https://a.cn",
    ]
    assert [w for w, yes in zip(words, is_content(pa.array(words)).tolist(), strict=True) if yes] == [
        "物流",
        "ABC",
        "5G",
    ]


def test_rare_words_outrank_common_ones() -> None:
    scores = scores_of(["问题", "紫砂壶"])
    assert scores["紫砂壶"] > scores["问题"] > 0


def test_the_packaged_table() -> None:
    table = background()
    words = table.words.to_pylist()
    assert len(words) == len(set(words)) == len(table.idf) == 12_000
    assert not STOPWORDS.intersection(words)
    assert (table.idf > 0).all()
    assert list(table.idf) == sorted(table.idf)


def test_the_words_of_jieba() -> None:
    """With our table and our tokens, jieba's TF-IDF gives the same words in the same order."""
    pytest.importorskip("jieba").setLogLevel(60)
    from jieba.analyse import TFIDF

    several = [
        "物流公司发货太慢，客服态度不好，物流公司不赔，包装也破损了，退款很慢，客服说物流会发货",
        "房间干净，早餐丰富，前台服务热情，下次还住这家酒店，酒店的早餐不错",
        "手机屏幕清晰，电池耐用，手机充电快，屏幕不错，信号一般，系统流畅，手机值得",
    ]
    for text in several:
        tokens = tokenize([text])[0]
        theirs = TFIDF()
        theirs.tokenizer = SimpleNamespace(cut=lambda _, tokens=tokens: iter(tokens))
        theirs.idf_freq, theirs.median_idf, theirs.stop_words = scores_of(tokens), 0.0, set()
        right = [word for word, weight in theirs.extract_tags(text, topK=6, withWeight=True) if weight > 0]
        assert keywords_array(tokenize_array(pa.array([text])), 6).to_pylist() == [right]


def test_wrong_calls() -> None:
    with pytest.raises(UsageError, match="k = 0"):
        keywords(["物流"], k=0)
    with pytest.raises(UsageError, match="one text"):
        keywords("物流")
    assert len(keywords([])) == 0
