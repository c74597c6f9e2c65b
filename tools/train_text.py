"""Train the packaged linear models of text, and measure them on held-out texts.

    python tools/train_text.py sentiment DATA [--out src/jianwei/text/data] [--leave-out]
    python tools/train_text.py emotion|topic|service DATA [--out …]

DATA is a folder with one folder a set, `<set>/data.parquet`; `corpora.py` says which sets and what is held out of them. Without `--out`
only the packaged model is measured. Everything is deterministic but for the last bits of floating point on other machines. Sentences
of one's own go into `seeds/sentiment.tsv`, sets of one's own into `corpora.py`.
"""

from __future__ import annotations

import argparse
import re
from collections.abc import Mapping
from dataclasses import dataclass, replace
from hashlib import sha256
from pathlib import Path

import numpy as np
import pyarrow as pa
import service_topics
from corpora import (
    NEGATIVE,
    NEUTRAL,
    POSITIVE,
    POSTS,
    REVIEWS,
    SEEDS,
    SENTIMENT_SETS,
    Labelled,
    clean,
    joined,
    labelled,
    read,
    seeds,
    training,
)
from numpy.typing import NDArray

from jianwei.models import ModelIdentity
from jianwei.text._base import Classifier
from jianwei.text.builtin import load_builtin
from jianwei.text.builtin.experts import COLUMNS
from jianwei.text.evaluation import evaluate, key_of, tenth
from jianwei.text.linear import LinearModel, NGrams, Recipe
from jianwei.text.linear.training import calibrated, fit, matrix, train
from jianwei.text.scores import SENTIMENTS

CALIBRATES = 1
"""The tenth of the training texts that calibrates, and on which everything below was chosen."""


CALMLY = "asked calmly"
CALM = {"price", "product", "stock", "order", "invoice", "payment", "member", "agent", "shipping", "return", "refund"}
ASKS = re.compile("[吗么呢嘛？?]|请问|能不能|可以|可不可以|多少|多久|几|哪|怎么|麻烦|帮我|一下")
DISPLEASED = re.compile("没收到|没到|没发|还没|还不|不动|太|差|慢|坏|破|错|骗|烂|漏|催|投诉|垃圾|失望|气|急|贵")


@dataclass(frozen=True)
class Question:
    """One of the four columns of the sentiment model: which texts answer it, how, what they weigh, and the strength C."""

    rows: NDArray[np.bool_]
    answers: NDArray[np.bool_]
    weights: NDArray[np.float64]
    strength: float


def sentiment_of(data: Labelled) -> NDArray[np.int64]:
    """int [n]: the sentiment of every row, -1 for none."""
    found = np.full(len(data), -1)
    for at, (name, label) in enumerate(zip(data.sets, data.labels, strict=True)):
        known = SENTIMENT_SETS.get(name)
        found[at] = SENTIMENTS.index(label) if name == SEEDS else NEUTRAL if known is None else known.get(label, -1)
    return found


def sentiment_questions(sets: NDArray[np.str_], felt: NDArray[np.int64]) -> dict[str, Question]:
    """How the four columns are learned. Neutral posts of people are rare beside headlines and questions, so they count tenfold, and what
    customers ask three times."""
    post, review, own = np.isin(sets, POSTS), np.isin(sets, REVIEWS), sets == SEEDS
    people = (sets == "smp2020_ewect") | own
    sided, flat = felt != NEUTRAL, np.ones(len(sets))
    seeded = np.where(own, 2.0, 1.0)
    return {
        "neutral": Question(
            felt >= 0, felt == NEUTRAL, np.where(people, 10.0, np.where(sets == CALMLY, 3.0, flat)), 0.3
        ),
        "review": Question(sided & (review | own), felt == POSITIVE, seeded, 1.0),
        "post": Question(sided & (post | own), felt == POSITIVE, seeded, 1.0),
        "is_post": Question(sided & (review | post), post, flat, 0.3),
    }


def train_sentiment(data: Labelled, felt: NDArray[np.int64]) -> LinearModel:
    """Every column calibrated on the tenth that its first machine did not see, then learned from everything."""
    recipe = Recipe(NGrams(1, 3, 20))
    x = matrix(pa.array(data.texts, pa.string()), recipe)
    later = np.array([tenth(key + "#") == CALIBRATES for key in data.keys]) & ~np.isin(data.sets, (SEEDS, CALMLY))
    table, intercept = np.zeros((recipe.ngrams.buckets, len(COLUMNS))), np.zeros(len(COLUMNS))
    for at, (name, q) in enumerate(sentiment_questions(data.sets, felt).items()):
        # How sure one may be that somebody takes no side is learned from people's posts: headlines are told apart too easily.
        early, check = q.rows & ~later, q.rows & later & ((name != "neutral") | (data.sets == "smp2020_ewect"))
        answers = q.answers[:, None]
        first = fit(x.rows[early], answers[early], q.strength, False, q.weights[early])
        curve = calibrated(x.rows[check] @ first[0] + first[1], answers[check], "multi-label")
        coefficients, offset = fit(x.rows[q.rows], answers[q.rows], q.strength, False, q.weights[q.rows])
        table[x.buckets, at] = coefficients[:, 0] * curve.slope[0]
        intercept[at] = offset[0] * curve.slope[0] + curve.offset[0]
        print(f"{name}: {q.rows.sum():,} texts, slope {curve.slope[0]:.2f}")
    return LinearModel.build("sentiment", COLUMNS, "multi-label", recipe.ngrams, table, intercept)


def sentiment_data(folder: Path) -> tuple[Labelled, NDArray[np.int64]]:
    data = joined([read(folder, SENTIMENT_SETS), seeds("sentiment.tsv"), asked_calmly()])
    return data, sentiment_of(data)


def asked_calmly() -> Labelled:
    """What customers ask without displeasure, out of the templates of `service_topics.py`: neutral."""
    texts = {
        row.text
        for row in service_topics.seeded()
        if row.topics <= CALM and ASKS.search(row.text) and not DISPLEASED.search(row.text)
    }
    return labelled([(CALMLY, text, "neutral", key_of(text), False) for text in sorted(texts)])


def report_sentiment(model: Classifier, data: Labelled, felt: NDArray[np.int64]) -> None:
    tested = data.held & (felt >= 0)
    data, felt, fresh = data.take(tested), felt[tested], clean(data)[tested]
    chances = model.probabilities(pa.array(data.texts, pa.string()))
    print("| two-class set | texts (clean) | accuracy | clean rows | called neutral | ECE |\n|---|---|---|---|---|---|")
    for name in (*REVIEWS, *POSTS):
        own = (data.sets == name) & (felt != NEUTRAL)
        says = chances[own, POSITIVE] / (chances[own, POSITIVE] + chances[own, NEGATIVE])
        right = (says > 0.5) == (felt[own] == POSITIVE)
        gap = calibration_error(np.maximum(says, 1 - says), right)
        print(
            f"| {name} | {own.sum():,} ({fresh[own].sum():,}) | {right.mean():.3f} | {right[fresh[own]].mean():.3f} "
            f"| {(chances[own].argmax(axis=1) == NEUTRAL).mean():.3f} | {gap:.3f} |"
        )
    own = data.sets == "smp2020_ewect"
    gap = calibration_error(chances[own].max(axis=1), chances[own].argmax(axis=1) == felt[own])
    print(f"\nsmp2020_ewect in three classes, ECE {gap:.3f}\n")
    print(per_class(chances[own].argmax(axis=1), felt[own], SENTIMENTS))
    print("| neutral set | texts (clean) | called neutral | clean rows |\n|---|---|---|---|")
    for name in [name for name, known in SENTIMENT_SETS.items() if known is None]:
        own = data.sets == name
        neutral = chances[own].argmax(axis=1) == NEUTRAL
        print(
            f"| {name} | {own.sum():,} ({fresh[own].sum():,}) | {neutral.mean():.3f} | {neutral[fresh[own]].mean():.3f} |"
        )


def leave_out(data: Labelled, felt: NDArray[np.int64]) -> None:
    """Accuracy on each set of a model that never saw a text of it."""
    print("| set left out | accuracy |\n|---|---|")
    for name in (*REVIEWS, *POSTS):
        rows = training(data, felt)
        rows = rows[data.sets[rows] != name]
        model = train_sentiment(data.take(rows), felt[rows])
        own = data.held & (data.sets == name) & (felt != NEUTRAL) & (felt >= 0)
        neutral, review, post, is_post = model.probabilities(pa.array(data.texts[own], pa.string())).T
        del neutral
        right = (is_post * post + (1 - is_post) * review > 0.5) == (felt[own] == POSITIVE)
        print(f"| {name} | {right.mean():.3f} |", flush=True)


# What the two sets of headlines call their sections → what we call them.
SECTIONS = {
    "finance": "finance", "realty": "property", "stocks": "stocks", "education": "education", "science": "technology",
    "society": "society", "politics": "politics", "sports": "sports", "game": "games", "entertainment": "entertainment",
    "news_finance": "finance", "news_house": "property", "news_stock": "stocks", "news_edu": "education", "news_tech": "technology",
    "news_sports": "sports", "news_game": "games", "news_entertainment": "entertainment", "news_culture": "culture", "news_car": "cars",
    "news_military": "military", "news_travel": "travel", "news_world": "world", "news_story": "stories", "news_agriculture": "agriculture",
}  # fmt: skip
EMOTIONS = ("angry", "fear", "happy", "neutral", "sad", "surprise")


def classes_of(names: Mapping[object, str]) -> tuple[str, ...]:
    return tuple(sorted(set(names.values())))


def train_plain(name: str, data: Labelled, names: Mapping[object, str], recipe: Recipe) -> LinearModel:
    """A model whose classes exclude each other."""
    classes = classes_of(names)
    answers = np.array([classes.index(names[label]) if label in names else -1 for label in data.labels])
    rows = training(data, answers)
    print(f"{name}: {len(rows):,} texts")
    truth = answers[rows][:, None] == np.arange(len(classes))
    return train(name, classes, "multi-class", pa.array(data.texts[rows], pa.string()), truth, recipe)


def report_plain(model: Classifier, data: Labelled, names: Mapping[object, str]) -> None:
    fresh = clean(data)
    for name in np.unique(data.sets[data.held]):
        own = data.held & (data.sets == name)
        texts = data.texts[own].tolist()
        labels = [names[label] for label in data.labels[own]]
        print(f"\n{name}\n")
        print(
            evaluate(
                {"packaged": model}, texts, labels, parts={"all": np.ones(len(texts), bool), "clean": fresh[own]}
            ).to_markdown()
        )


def per_class(says: NDArray[np.int64], truth: NDArray[np.int64], classes: tuple[str, ...]) -> str:
    lines = ["| class | texts | precision | recall | F1 |", "|---|---|---|---|---|"]
    for code, name in enumerate(classes):
        both, own, called = ((says == code) & (truth == code)).sum(), (truth == code).sum(), (says == code).sum()
        lines.append(
            f"| {name} | {own:,} | {both / max(called, 1):.3f} | {both / max(own, 1):.3f} | {2 * both / max(own + called, 1):.3f} |"
        )
    return "\n".join(lines) + "\n"


def calibration_error(confidence: NDArray[np.float64], right: NDArray[np.bool_], bins: int = 15) -> float:
    """Expected calibration error: mean distance of confidence and accuracy over equal-width bins, by their share of texts."""
    at = np.minimum((confidence * bins).astype(int), bins - 1)
    gaps = np.bincount(at, confidence, bins) - np.bincount(at, right, bins)
    return float(np.abs(gaps).sum() / len(at))


def write(model: LinearModel, out: Path) -> None:
    path = out / f"{model.identity.name}.model"
    path.write_bytes(model.pack())
    print(f"{path}: {path.stat().st_size:,} bytes, sha256 {sha256(path.read_bytes()).hexdigest()}")


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("what", choices=("sentiment", "emotion", "topic", "service"))
    parser.add_argument("data", type=Path, help="folder of the sets")
    parser.add_argument("--out", type=Path, help="folder to write the model to")
    parser.add_argument("--leave-out", action="store_true", help="sentiment: also train without each set in turn")
    options = parser.parse_args()
    {"sentiment": _sentiment, "emotion": _emotion, "topic": _topic, "service": _service}[options.what](options)


def _sentiment(options: argparse.Namespace) -> None:
    data, felt = sentiment_data(options.data)
    if options.out:
        rows = training(data, felt)
        write(train_sentiment(data.take(rows), felt[rows]), options.out)
    report_sentiment(load_builtin("sentiment", options.out), data, felt)
    if options.leave_out:
        leave_out(data, felt)


def _emotion(options: argparse.Namespace) -> None:
    chat = seeds("sentiment.tsv")
    calm = joined([chat.take(chat.labels == "neutral"), asked_calmly()])
    calm = calm.take(
        np.flatnonzero([tenth(key) < 3 for key in calm.keys])
    )  # so that they do not outnumber what people post
    calm = Labelled(calm.sets, calm.texts, np.full(len(calm), "neutral", object), calm.keys, calm.held)
    data = joined([read(options.data, ("smp2020_ewect",)), calm])
    names: dict[object, str] = {name: name for name in EMOTIONS}
    _plain("emotion", options, data, names, Recipe(NGrams(1, 3, 20), balanced=True))


def _topic(options: argparse.Namespace) -> None:
    data = read(options.data, ("thucnews_title10", "tnews"))
    data = Labelled(data.sets, data.texts, _section_names(options.data, data), data.keys, data.held)
    names: dict[object, str] = {name: name for name in SECTIONS.values()}
    _plain("topic", options, data, names, Recipe(NGrams(1, 3, 20)))


def _service(options: argparse.Namespace) -> None:
    if options.out:
        model = service_topics.fitted(list(service_topics.training(options.data)))
        write(replace(model, identity=ModelIdentity("service", "")), options.out)
    print("measured by tools/service_topics.py")


def _section_names(folder: Path, data: Labelled) -> NDArray[np.object_]:
    import pyarrow.parquet as pq

    table = pq.read_table(folder / "thucnews_title10" / "data.parquet", columns=["label", "label_name"])
    known = dict(zip(table["label"].to_pylist(), table["label_name"].to_pylist(), strict=True))
    return np.array([SECTIONS[known.get(label, label)] for label in data.labels], dtype=object)


def _plain(name: str, options: argparse.Namespace, data: Labelled, names: Mapping[object, str], recipe: Recipe) -> None:
    if options.out:
        write(train_plain(name, data, names, recipe), options.out)
    report_plain(load_builtin(name, options.out), data, names)


if __name__ == "__main__":
    main()
