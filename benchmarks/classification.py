"""Classes of texts: how right, how sure, how fast; beside scikit-learn, fastText, SnowNLP and cnsenti, on the same split."""

from __future__ import annotations

import os
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from statistics import median
from typing import Any

import numpy as np
from numpy.typing import NDArray

from benchmarks.measure import Sample, Table, case, interleaved

__all__ = ["tables"]

OWN_SPLIT = ("chnsenticorp", "thucnews_title10", "tnews")
TWO_CLASSES = ("chnsenticorp", "waimai_10k", "online_shopping_10_cats", "weibo2018")
SETS = (*TWO_CLASSES, "smp2020_ewect", "thucnews_title10", "tnews", "zh_spam_mail")
PEER_TEXTS = 1_000
REVIEW = 120
READS = {  # set → the question of the reader that its training part answers
    "chnsenticorp": "books_and_hotels",
    "waimai_10k": "takeaway",
    "online_shopping_10_cats": "shopping",
    "weibo2018": "weibo",
    "smp2020_ewect": "emotion",
    "thucnews_title10": "news",
    "tnews": "headlines",
}


def _data() -> Path:
    return Path(os.environ.get("JIANWEI_DATA", Path(__file__).parents[2] / "shared" / "data"))


@dataclass(frozen=True)
class _Split:
    """A set: what is trained on, what is scored; clean: scored texts that do not stand in the training part too."""

    train: list[str]
    train_labels: NDArray[np.str_]
    texts: list[str]
    labels: NDArray[np.str_]
    clean: NDArray[np.bool_]
    tune: NDArray[np.bool_]


def _split(name: str) -> _Split:
    """The set's own dev part, or the tenth of its texts with the lowest hash: then no text is on both sides."""
    import pyarrow.parquet as pq

    from jianwei.text.evaluation import key_of, tenth

    table = pq.read_table(_data() / name / "data.parquet")
    texts = [text or "" for text in table["text"].to_pylist()]
    labels = np.array([str(label) for label in table["label"].to_pylist()])
    keys = [key_of(text) for text in texts]
    parts = table["split"].to_pylist()
    held = np.array(
        [part == "dev" if name in OWN_SPLIT else tenth(key) == 0 for key, part in zip(keys, parts, strict=True)]
    )
    known = {key for key, there in zip(keys, held, strict=True) if not there}
    tested, trained = np.flatnonzero(held), np.flatnonzero(~held)
    return _Split(
        [texts[at] for at in trained],
        labels[trained],
        [texts[at] for at in tested],
        labels[tested],
        np.array([keys[at] not in known for at in tested]),
        np.array([tenth(keys[at]) == 1 for at in trained]),
    )


def _figures(name: str, split: _Split, said: NDArray[Any], sure: NDArray[Any] | None = None) -> dict[str, float]:
    """What a set is measured by: accuracy, of emotions the mean F1 of the classes; and the calibration error in 15 bins."""
    from sklearn.metrics import f1_score

    def score(rows: NDArray[np.bool_]) -> float:
        if name == "smp2020_ewect":
            return float(f1_score(split.labels[rows], said[rows], average="macro"))
        return float((split.labels[rows] == said[rows]).mean())

    right = said == split.labels
    figures = {"all": score(np.ones(len(said), bool)), "clean": score(split.clean), "texts": len(said)}
    if sure is not None:
        at = np.minimum((sure * 15).astype(int), 14)
        gaps = np.bincount(at, sure, 15) - np.bincount(at, right, 15)
        figures["ece"] = float(np.abs(gaps).sum() / len(at))
    return figures


def _judged(name: str, model: Any, split: _Split) -> dict[str, float]:
    chances = model.predict_proba(split.texts)
    return _figures(name, split, model.classes_[chances.argmax(axis=1)], chances.max(axis=1))


@case
def jianwei_fast(name: str) -> dict[str, float]:
    from jianwei.text import TextClassifier

    split = _split(name)
    weight = "balanced" if name == "smp2020_ewect" else None
    return _judged(name, TextClassifier(class_weight=weight).fit(split.train, split.train_labels), split)


@case
def jianwei_accurate(name: str) -> dict[str, float]:
    """Characters, words, and where the packaged reader was asked the set's question, what it says."""
    import pyarrow as pa

    from jianwei.text.blend.questions import question_head
    from jianwei.text.blend.training import train_blend
    from jianwei.text.classifier import TextClassifier
    from jianwei.text.linear import Recipe
    from jianwei.text.neural import default_reader

    split = _split(name)
    classes = tuple(np.unique(split.train_labels).tolist())
    truth = split.train_labels[:, None] == np.array(classes)
    question = READS.get(name)
    head = question_head(default_reader(), question) if question else None
    model = train_blend(
        "accurate",
        classes,
        "binary" if len(classes) == 2 else "multi-class",
        pa.array(split.train, pa.string()),
        truth,
        Recipe(balanced=name == "smp2020_ewect"),
        head=head,
        held=split.tune if question else None,
    )
    return _judged(name, TextClassifier.of(model), split)


def _scikit_learn(split: _Split) -> Any:
    from sklearn.feature_extraction.text import TfidfVectorizer
    from sklearn.pipeline import make_pipeline
    from sklearn.svm import LinearSVC

    recipe = make_pipeline(
        TfidfVectorizer(analyzer="char", ngram_range=(1, 3), sublinear_tf=True), LinearSVC(random_state=0)
    )
    return recipe.fit(split.train, split.train_labels)


@case
def sklearn_linearsvc(name: str) -> dict[str, float]:
    split = _split(name)
    return _figures(name, split, _scikit_learn(split).predict(split.texts))


def _spaced(text: str) -> str:
    return " ".join("".join(text.split()))


def _fasttext(split: _Split) -> tuple[Any, NDArray[np.str_]]:
    import fasttext

    names = np.unique(split.train_labels)
    codes = np.searchsorted(names, split.train_labels)
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "train.txt"
        lines = (f"__label__{code} {_spaced(text)}" for code, text in zip(codes, split.train, strict=True))
        path.write_text("\n".join(lines), "utf-8")
        model = fasttext.train_supervised(
            str(path), wordNgrams=3, epoch=10, lr=0.5, dim=100, bucket=1_000_000, thread=1, seed=1, verbose=0
        )
    return model, names


def _fasttext_says(model: Any, names: NDArray[np.str_], texts: list[str]) -> NDArray[np.str_]:
    found, _ = model.predict([_spaced(text) for text in texts])
    return names[[int(labels[0].removeprefix("__label__")) if labels else 0 for labels in found]]


@case
def fasttext_chars(name: str) -> dict[str, float]:
    split = _split(name)
    model, names = _fasttext(split)
    return _figures(name, split, _fasttext_says(model, names, split.texts))


def _sample(split: _Split) -> _Split:
    rows = np.arange(min(PEER_TEXTS, len(split.texts)))
    return _Split(
        [],
        split.train_labels[:0],
        [split.texts[at] for at in rows],
        split.labels[rows],
        split.clean[rows],
        split.tune[:0],
    )


@case
def snownlp(name: str) -> dict[str, float]:
    """As it comes: its own training text holds most of chnsenticorp's test rows."""
    from snownlp import SnowNLP

    split = _sample(_split(name))
    started = time.process_time()
    said = np.array(["1" if text.strip() and SnowNLP(text).sentiments > 0.5 else "0" for text in split.texts])
    return _figures(name, split, said) | {"rate": len(said) / (time.process_time() - started)}


@case
def cnsenti(name: str) -> dict[str, float]:
    """Words of a dictionary, counted; as many of each count as negative."""
    from cnsenti import Sentiment

    split = _sample(_split(name))
    counter = Sentiment()
    started = time.process_time()
    counts = [counter.sentiment_count(text) for text in split.texts]
    said = np.array(["1" if found["pos"] > found["neg"] else "0" for found in counts])
    return _figures(name, split, said) | {"rate": len(said) / (time.process_time() - started)}


def _titles() -> _Split:
    """Distinct titles of both sets to answer, a model of one of them."""
    split = _split("thucnews_title10")
    more = _split("tnews")
    texts = list(dict.fromkeys([*split.texts, *split.train, *more.texts, *more.train]))
    return _Split(split.train, split.train_labels, texts, split.labels[:0], split.clean[:0], split.tune)


def _reviews() -> _Split:
    """Reviews set one after the other and cut into distinct pieces of 120 characters."""
    split = _split("online_shopping_10_cats")
    whole = "".join([*split.texts, *split.train])
    pieces = list(dict.fromkeys(whole[at : at + REVIEW] for at in range(0, len(whole) - REVIEW, REVIEW)))
    return _Split(split.train, split.train_labels, pieces, split.labels[:0], split.clean[:0], split.tune)


_KINDS: dict[str, Callable[[], _Split]] = {"titles": _titles, "reviews": _reviews}


def _speed(kind: str, learn: Callable[[_Split], Callable[[list[str]], Any]], rows: int) -> dict[str, float]:
    """Texts a second from a Python list to an array of labels, once it runs: other texts, a fifth as many, were answered before."""
    split = _KINDS[kind]()
    says = learn(split)
    order = np.random.default_rng(1).permutation(len(split.texts))
    texts = [split.texts[at] for at in order[:rows]]
    before = len(texts) // 5
    first, rest = texts[:before], texts[before:]
    says(first)
    started, cpu = time.perf_counter(), time.process_time()
    says(rest)
    seconds, cpu = time.perf_counter() - started, time.process_time() - cpu
    return {"seconds": seconds, "rate": len(rest) / cpu, "wall_rate": len(rest) / seconds}


@case
def speed_jianwei(kind: str, threads: str) -> dict[str, float]:
    from jianwei.text import TextClassifier

    return _speed(kind, lambda s: TextClassifier(threads=int(threads)).fit(s.train, s.train_labels).predict, 1_000_000)


@case
def speed_sentiment(kind: str) -> dict[str, float]:
    from jianwei.text import sentiment

    return _speed(kind, lambda _: lambda texts: sentiment(texts).label, 1_000_000)


@case
def speed_fasttext(kind: str) -> dict[str, float]:
    """Without the blanks that it wants between characters: those are put there before the clock starts."""

    def learn(split: _Split) -> Callable[[list[str]], Any]:
        model, _ = _fasttext(split)
        ready = {text: _spaced(text) for text in split.texts}
        return lambda texts: model.predict([ready[text] for text in texts])

    return _speed(kind, learn, 50_000)


@case
def speed_sklearn(kind: str) -> dict[str, float]:
    return _speed(kind, lambda split: _scikit_learn(split).predict, 20_000)


def _first_call() -> float:
    """Wall seconds of a new process from its first line to its first answer, machine code present; median of 7."""
    code = "from jianwei.text import sentiment; sentiment(['物流太慢了'])"
    taken = []
    for _ in range(8):
        started = time.perf_counter()
        subprocess.run([sys.executable, "-c", code], check=True)
        taken.append(time.perf_counter() - started)
    return median(taken[1:])


_MODELS = ("jianwei_fast", "jianwei_accurate", "sklearn_linearsvc", "fasttext_chars", "snownlp", "cnsenti")


def tables(folder: Path) -> list[Table]:
    if not _data().is_dir():
        print("  no data: set JIANWEI_DATA")
        return []
    calls = [
        (model, name)
        for name in SETS
        for model in _MODELS
        if model not in ("snownlp", "cnsenti") or name in TWO_CLASSES
    ]
    return [_accuracy(interleaved(calls, 1)), *_speeds()]


def _accuracy(taken: dict[tuple[str, ...], Sample]) -> Table:
    def cell(model: str, name: str) -> str:
        if (model, name) not in taken:
            return ""
        found = taken[model, name].figures
        split = f"{found['all']:.3f}" + (f" / {found['clean']:.3f}" if name in OWN_SPLIT[::2] else "")
        return split + (f" ({found['ece']:.3f})" if "ece" in found else "")

    rows = [
        (name, f"{taken['jianwei_fast', name].figures['texts']:,.0f}", *(cell(model, name) for model in _MODELS))
        for name in SETS
    ]
    note = (
        "Trained on each set's training part, scored on its dev part (chnsenticorp, thucnews_title10, tnews) or on the tenth of its texts "
        "with the lowest hash, which stand in no training part. Accuracy (smp2020_ewect: macro-F1); of sets whose dev part repeats "
        "training texts also without those; in brackets the expected calibration error. SnowNLP and cnsenti come trained, "
        f"and answer {PEER_TEXTS:,} texts a set at most; SnowNLP has seen most of chnsenticorp."
    )
    return Table("Classes of texts", note, ("set", "texts", *_MODELS), tuple(rows))


def _speeds() -> list[Table]:
    calls: list[tuple[str, ...]] = []
    for kind in _KINDS:
        calls += [("speed_jianwei", kind, "1"), ("speed_jianwei", kind, "2"), ("speed_sentiment", kind)]
        calls += [("speed_fasttext", kind), ("speed_sklearn", kind)]
    taken = interleaved(calls, 5)
    rows = []
    for kind in _KINDS:
        own = taken["speed_jianwei", kind, "1"].figures["rate"]
        for call in [call for call in calls if call[1] == kind]:
            found = taken[call].figures
            two = call[2:] == ("2",)
            rate = found["wall_rate"] if two else found["rate"]
            name = call[0].removeprefix("speed_") + (", 2 threads (wall)" if two else "")
            rows.append((kind, name, f"{rate:,.0f}", f"{own / rate:.1f}"))
    note = (
        "Texts a second of CPU on one core, from a Python list to labels, on distinct texts: titles of 21 characters in ten classes, "
        f"reviews of {REVIEW} characters in two. Median of 5, interleaved. The last column: how many times as long it takes as the fast "
        f"tier. A new process gives its first answer after {_first_call():.2f} s (wall, with Python's own start)."
    )
    return [Table("Speed of classifying", note, ("texts", "what", "texts/s", "times"), tuple(rows))]
