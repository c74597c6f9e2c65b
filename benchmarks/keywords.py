"""Keywords of short texts, one list a text: TF-IDF and TextRank beside jieba's, and topics beside scikit-learn's."""

from __future__ import annotations

import logging
import os
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np

from benchmarks.measure import Table, case, interleaved

__all__ = ["tables"]

ROWS = 3_000
SETS = (("reviews", "online_shopping_10_cats"), ("news titles", "thucnews_title10"))


def _data() -> Path:
    return Path(os.environ.get("JIANWEI_DATA", Path(__file__).parents[2] / "shared" / "data"))


def _texts(name: str, rows: int) -> list[str]:
    """Distinct texts of a set; repeated ones would be answered out of the processor's caches."""
    import pyarrow.parquet as pq

    found = pq.read_table(_data() / name / "data.parquet")["text"].drop_null().unique().to_pylist()
    return [found[at] for at in np.random.default_rng(1).permutation(len(found))[:rows]]


def _timed(work: Callable[[list[str]], Any], name: str, rows: int) -> dict[str, float]:
    """CPU seconds, since the machine is shared; the first hundred texts load whatever is loaded lazily."""
    texts = _texts(name, rows + 100)
    work(texts[:100])
    started, wall = time.process_time(), time.perf_counter()
    work(texts[100:])
    return {"cpu": time.process_time() - started, "seconds": time.perf_counter() - wall, "texts": len(texts) - 100}


@case
def jieba_tfidf(name: str) -> dict[str, float]:
    import jieba.analyse

    jieba.setLogLevel(logging.ERROR)
    return _timed(lambda texts: [jieba.analyse.extract_tags(text, 5) for text in texts], name, ROWS)


@case
def jieba_textrank(name: str) -> dict[str, float]:
    import jieba.analyse

    jieba.setLogLevel(logging.ERROR)
    return _timed(lambda texts: [jieba.analyse.textrank(text, 5) for text in texts], name, ROWS)


@case
def jianwei_tfidf(name: str) -> dict[str, float]:
    from jianwei.text.salience.terms import keywords_array

    return _timed(lambda texts: _each(texts, keywords_array), name, ROWS)


@case
def jianwei_textrank(name: str) -> dict[str, float]:
    from jianwei.text.salience.graph import textrank_array

    return _timed(lambda texts: _each(texts, textrank_array), name, ROWS)


def _each(texts: list[str], best: Callable[..., Any]) -> list[list[str]]:
    """From Python strings to Python lists, as jieba's functions go."""
    import pyarrow as pa

    from jianwei.text.cutting.words import tokenize_array
    from jianwei.text.inputs import portions
    from jianwei.text.salience.terms import as_lists

    return [found for part in portions(pa.array(texts)) for found in as_lists(best(tokenize_array(part), 5))]


@case
def jianwei_topics(name: str) -> dict[str, float]:
    return _our_topics(name, 10)


@case
def jianwei_topics_auto(name: str) -> dict[str, float]:
    return _our_topics(name, "auto")


def _our_topics(name: str, k: Any) -> dict[str, float]:
    from jianwei.text.topicmodel.answer import topics

    texts, sections = _labelled(name)
    started = time.process_time()
    found = topics(texts, k)
    taken = time.process_time() - started
    return {"cpu": taken} | _judged(found.assignment.topic, sections, texts, [row["words"][:10] for row in found])


@case
def sklearn_nmf(name: str) -> dict[str, float]:
    from sklearn.decomposition import NMF
    from sklearn.feature_extraction.text import TfidfVectorizer

    return _factorised(name, TfidfVectorizer, NMF(10, init="nndsvda", random_state=0))


@case
def sklearn_lda(name: str) -> dict[str, float]:
    from sklearn.decomposition import LatentDirichletAllocation
    from sklearn.feature_extraction.text import CountVectorizer

    return _factorised(name, CountVectorizer, LatentDirichletAllocation(10, learning_method="online", random_state=0))


def _factorised(name: str, vectorizer: Any, model: Any) -> dict[str, float]:
    """The usual recipe, with our content words: what is compared is the model."""
    texts, sections = _labelled(name)
    started = time.process_time()
    words = vectorizer(analyzer=lambda tokens: tokens, min_df=5, max_df=0.5)
    matrix = words.fit_transform(_content(texts))
    topic = model.fit_transform(matrix).argmax(axis=1)
    topic[np.diff(matrix.indptr) == 0] = -1
    taken = time.process_time() - started
    names = words.get_feature_names_out()
    best = [[str(names[at]) for at in np.argsort(-weights)[:10]] for weights in model.components_]
    return {"cpu": taken} | _judged(topic, sections, texts, best)


def _labelled(name: str) -> tuple[list[str], np.ndarray]:
    import pyarrow.parquet as pq

    table = pq.read_table(_data() / name / "data.parquet", filters=[("split", "=", "train")])
    return table["text"].to_pylist(), table["label"].to_numpy()


def _content(texts: list[str]) -> list[list[str]]:
    import pyarrow as pa

    from jianwei.text.cutting.words import keep_tokens, tokenize_array
    from jianwei.text.inputs import portions
    from jianwei.text.salience.terms import is_content

    found: list[list[str]] = []
    for part in portions(pa.array(texts)):
        tokens = tokenize_array(part)
        found += keep_tokens(tokens, is_content(tokens.values.dictionary)).to_pylist()
    return [[word.lower() for word in words] for words in found]


def _judged(topic: np.ndarray, sections: np.ndarray, texts: list[str], words: list[list[str]]) -> dict[str, float]:
    """Agreement with the sections that editors chose, and coherence of each topic's ten best words."""
    from sklearn.metrics import normalized_mutual_info_score

    purity = sum(np.bincount(sections[topic == t]).max() for t in np.unique(topic)) / len(topic)
    return {
        "topics": len(words),
        "nmi": float(normalized_mutual_info_score(sections, topic)),
        "purity": float(purity),
        "npmi": _coherence(words, texts),
    }


def _coherence(topics: list[list[str]], texts: list[str]) -> float:
    """Mean normalised pointwise mutual information of pairs of a topic's words within texts (Lau et al. 2014)."""
    wanted = {word for words in topics for word in words}
    holds = [wanted.intersection(words) for words in _content(texts)]
    single = {word: sum(word in held for held in holds) for word in wanted}
    values = []
    for words in topics:
        chosen = [held.intersection(words) for held in holds]
        for at, one in enumerate(words):
            for other in words[:at]:
                both = sum(one in held and other in held for held in chosen)
                if not both:
                    values.append(-1.0)
                else:
                    share = both / len(texts)
                    chance = single[one] * single[other] / len(texts) ** 2
                    values.append(float(np.log(share / chance) / -np.log(share)))
    return float(np.mean(values))


def tables(folder: Path) -> list[Table]:
    rows = []
    for title, name in SETS:
        pairs = [("jieba_tfidf", "jianwei_tfidf"), ("jieba_textrank", "jianwei_textrank")]
        taken = interleaved([(case_name, name) for pair in pairs for case_name in pair], 3)
        for theirs, ours in pairs:
            base = taken[theirs, name].figures
            for case_name in (theirs, ours):
                figures = taken[case_name, name].figures
                rows.append(
                    (
                        case_name,
                        title,
                        f"{figures['texts'] / figures['cpu']:,.0f}",
                        f"{base['cpu'] / figures['cpu']:.1f}",
                    )
                )
    note = (
        f"The five best words of each of {ROWS:,} distinct texts, from Python strings to Python lists, by CPU seconds. "
        "Ratio: to jieba's function (goal: 5)."
    )
    speed = Table("Keywords", note, ("case", "texts", "texts/s", "ratio"), tuple(rows))
    return [speed, _topics_table()]


def _topics_table() -> Table:
    name = "thucnews_title10"
    cases = ("jianwei_topics", "jianwei_topics_auto", "sklearn_nmf", "sklearn_lda")
    taken = interleaved([(case_name, name) for case_name in cases], 1)
    rows = [
        (
            case_name,
            f"{sample.figures['topics']:.0f}",
            f"{sample.figures['nmi']:.3f}",
            f"{sample.figures['purity']:.3f}",
            f"{sample.figures['npmi']:.3f}",
            f"{sample.figures['cpu']:.1f}",
            f"{sample.peak_mb:,.0f}",
        )
        for (case_name, _), sample in taken.items()
    ]
    note = (
        "45,014 news titles of ten sections; labels are used for judging only. NMI and purity: agreement with the sections; NPMI: "
        "coherence of each topic's ten best words within the titles, where most pairs of any words never meet. scikit-learn gets our words."
    )
    header = ("case", "topics", "NMI", "purity", "NPMI", "CPU s", "peak MB")
    return Table("Topics", note, header, tuple(rows))
