"""How much the linear model and the reader count in the accurate packaged models: `python tools/fit_shares.py DATA`.

Prints the shares that are likeliest on the tenth that neither the reader nor, for this, the linear models were trained on, to be put into
`builtin/doors.py`, and what the models score on held-out texts.
"""

from __future__ import annotations

import argparse
from pathlib import Path

import numpy as np
import pyarrow as pa
from corpora import OWN_SPLIT, POSTS, REVIEWS, SEEDS, Labelled, read, training
from numpy.typing import NDArray
from scipy.optimize import minimize
from train_text import CALMLY, EMOTIONS, NEUTRAL, calibration_error, per_class, sentiment_data, train_sentiment

from jianwei.text._base import Classifier
from jianwei.text.builtin import load_builtin
from jianwei.text.builtin.experts import SentimentModel
from jianwei.text.builtin.together import Together
from jianwei.text.classifier import TextClassifier
from jianwei.text.evaluation import tenth
from jianwei.text.neural import default_reader
from jianwei.text.scores import SENTIMENTS

MOST = 400
"""Texts of a set that are read: reading takes its time."""


def fitted(models: tuple[Classifier, ...], texts: list[str], truth: NDArray[np.int64]) -> tuple[float, ...]:
    """Shares of the models, likeliest on these texts."""
    logs = [np.log(np.maximum(model.probabilities(pa.array(texts, pa.string())), 1e-6)) for model in models]

    def loss(shares: NDArray[np.float64]) -> float:
        logits = sum(share * log for share, log in zip(shares, logs, strict=True))
        norm = np.log(np.exp(logits - logits.max(axis=1, keepdims=True)).sum(axis=1)) + logits.max(axis=1)
        return float((norm - logits[np.arange(len(truth)), truth]).mean())

    found = minimize(loss, np.full(len(models), 0.5), bounds=[(0, None)] * len(models), method="L-BFGS-B").x
    return tuple(round(float(share), 2) for share in found)


def some(data: Labelled, rows: NDArray[np.int64]) -> NDArray[np.int64]:
    """At most MOST rows of every set."""
    return np.concatenate([rows[data.sets[rows] == name][:MOST] for name in np.unique(data.sets[rows])])


def apart(data: Labelled, answers: NDArray[np.int64]) -> tuple[NDArray[np.int64], NDArray[np.int64]]:
    """Rows to train on for this, and rows that choose the shares."""
    rows = training(data, answers)
    later = np.array([tenth(data.keys[row]) == 1 for row in rows]) & ~np.isin(data.sets[rows], (SEEDS, CALMLY))
    return rows[~later], some(data, rows[later])


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("data", type=Path)
    folder = parser.parse_args().data
    reader = default_reader()
    data, felt = sentiment_data(folder)
    models = load_builtin("sentiment"), reader.classifier("sentiment")
    early, rows = apart(data, felt)
    before = SentimentModel(train_sentiment(data.take(early), felt[early]))
    shares = fitted((before, models[1]), data.texts[rows].tolist(), felt[rows])
    print("sentiment", shares)
    whole = Together("sentiment-accurate", models, shares)
    tested = np.flatnonzero(data.held & (felt >= 0))
    for name in (*REVIEWS, *POSTS, "thucnews_title10", "tnews", "kdconv"):
        own = tested[data.sets[tested] == name]
        own = own if name not in (*OWN_SPLIT, "online_shopping_10_cats") else own[:1200]
        chances = whole.probabilities(pa.array(data.texts[own], pa.string()))
        if name in (*REVIEWS, *POSTS):
            two = felt[own] != NEUTRAL
            right = (chances[two, 2] > chances[two, 0]) == (felt[own][two] == 2)
            sure = np.maximum(chances[two, 2], chances[two, 0]) / (chances[two, 2] + chances[two, 0])
            print(f"| {name} | {two.sum():,} | {right.mean():.3f} | {calibration_error(sure, right):.3f} |", flush=True)
        else:
            print(f"| {name} | {len(own):,} | called neutral {(chances.argmax(axis=1) == 1).mean():.3f} |", flush=True)
        if name == "smp2020_ewect":
            print(per_class(chances.argmax(axis=1), felt[own], SENTIMENTS))
            print("ECE", calibration_error(chances.max(axis=1), chances.argmax(axis=1) == felt[own]))
    posts = read(folder, ("smp2020_ewect",))
    codes = np.array([EMOTIONS.index(label) for label in posts.labels])
    models = load_builtin("emotion"), reader.classifier("emotion")
    early, rows = apart(posts, codes)
    before = TextClassifier(class_weight="balanced").fit(posts.texts[early].tolist(), posts.labels[early].tolist())
    shares = fitted((before, models[1]), posts.texts[rows].tolist(), codes[rows])
    print("emotion", shares)
    whole = Together("emotion-accurate", models, shares)
    chances = whole.probabilities(pa.array(posts.texts[posts.held], pa.string()))
    print(per_class(chances.argmax(axis=1), codes[posts.held], EMOTIONS))
    print("ECE", calibration_error(chances.max(axis=1), chances.argmax(axis=1) == codes[posts.held]))


if __name__ == "__main__":
    main()
