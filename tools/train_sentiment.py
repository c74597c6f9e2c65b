"""Train the packaged sentiment model and the table of word frequencies, and measure the model on held-out texts.

    python tools/train_sentiment.py DATA [--out src/jianwei/text/data] [--peer]

DATA is a folder with one folder a set, `<set>/data.parquet` (see `SETS` for names and columns). It needs the extra "bench" (scikit-learn).
Everything is deterministic but for the last bits of floating point on other machines. To train on texts of your own, add a line to `SETS`,
or put rows into `sentiment_seeds.tsv` beside this file.
"""

from __future__ import annotations

import argparse
from collections.abc import Callable
from dataclasses import dataclass
from functools import partial
from hashlib import sha256
from pathlib import Path

import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq
from numpy.typing import NDArray
from scipy.optimize import minimize_scalar
from scipy.sparse import csr_matrix, diags_array
from sklearn.linear_model import LogisticRegression
from sklearn.metrics import f1_score, precision_score, recall_score

from jianwei.text.evaluation.keys import key_of, tenth
from jianwei.text.features import fold, neighbours, presence, rows_of, word_ids
from jianwei.text.inputs import portions
from jianwei.text.polarity import CLASSES, ENTRY, WordsModel, default_model, pack, sentiment
from jianwei.text.terms import Background, is_content
from jianwei.text.words import tokenize_array

NEGATIVE, NEUTRAL, POSITIVE = range(3)
POLAR = {0: NEGATIVE, 1: POSITIVE}
FEELINGS = {"happy": POSITIVE, "neutral": NEUTRAL, "angry": NEGATIVE, "sad": NEGATIVE, "fear": NEGATIVE}
# set → columns of text, and the classes of its labels (None: every text is neutral; labels not named are left out)
SETS: dict[str, tuple[tuple[str, ...], dict[object, int] | None]] = {
    "chnsenticorp": (("text",), POLAR),
    "chnsenticorp_htl": (("text",), POLAR),
    "waimai_10k": (("text",), POLAR),
    "online_shopping_10_cats": (("text",), POLAR),
    "weibo_senti_100k_part": (("text",), POLAR),
    "weibo2018": (("text",), POLAR),
    "smp2020_ewect": (("text",), FEELINGS),
    "thucnews_title10": (("text",), None),
    "tnews": (("text",), None),
    "kdconv": (("text",), None),
    "crosswoz": (("text",), None),
    "afqmc": (("text_a", "text_b"), None),
    "lcqmc": (("text_a", "text_b"), None),
    "medical_faq_zh": (("title",), None),
}
OWN_SPLIT = ("chnsenticorp", "thucnews_title10", "tnews")
SEEDS = "seeds"
WORDS, PAIRS, COMMON_WORDS = 8000, 12000, 12000
MIN_TEXTS = 4
STRENGTH = 0.5  # inverse of the L2 penalty; 0.3 to 1 do equally well on the calibrating tenth


@dataclass(frozen=True)
class Labelled:
    """Texts with their set, class and part, all [n]."""

    sets: NDArray[np.str_]
    texts: NDArray[np.object_]
    labels: NDArray[np.int64]
    keys: NDArray[np.object_]

    def take(self, wanted: NDArray[np.bool_] | NDArray[np.int64]) -> Labelled:
        return Labelled(self.sets[wanted], self.texts[wanted], self.labels[wanted], self.keys[wanted])


def read(folder: Path) -> tuple[Labelled, NDArray[np.bool_]]:
    """All labelled texts, and which of them are held out (the set's own dev part, or the hash's tenth)."""
    rows: list[tuple[str, str, int, str, bool]] = []
    for name, (columns, classes) in SETS.items():
        table = pq.read_table(folder / name / "data.parquet")
        count = table.num_rows
        labels = [NEUTRAL] * count if classes is None else [classes.get(value) for value in table["label"].to_pylist()]
        splits = table["split"].to_pylist()
        for column in columns:
            for text, label, split in zip(table[column].to_pylist(), labels, splits, strict=True):
                if text and label is not None:
                    key = key_of(text)
                    rows.append((name, text, label, key, split == "dev" if name in OWN_SPLIT else tenth(key) == 0))
    for line in (Path(__file__).parent / "seeds" / "sentiment.tsv").read_text("utf-8").splitlines():
        if not line.startswith("#"):
            label_name, text = line.split("\t")
            rows.append((SEEDS, text, CLASSES.index(label_name), key_of(text), False))
    sets, texts, labels_, keys, held = zip(*rows, strict=True)
    objects: Callable[[tuple[str, ...]], NDArray[np.object_]] = partial(np.array, dtype=object)
    return Labelled(np.array(sets), objects(texts), np.array(labels_), objects(keys)), np.array(held)


def split(folder: Path) -> tuple[Labelled, Labelled, NDArray[np.bool_]]:
    """Training texts, held-out texts, and which held-out texts stand in no set's training part ("clean").

    No held-out text is in the training texts, whatever set it came from, and no training text is there twice. What two labels
    claim is left out.
    """
    every, held = read(folder)
    held_keys, train_keys = set(every.keys[held]), set(every.keys[~held])
    first: dict[str, int] = {}
    disputed: set[str] = set()
    for at in np.flatnonzero(~held):
        key = every.keys[at]
        if key not in held_keys and every.labels[first.setdefault(key, at)] != every.labels[at]:
            disputed.add(key)
    chosen = np.array([at for key, at in first.items() if key not in disputed])
    tested = every.take(held)
    return every.take(chosen), tested, np.array([key not in train_keys for key in tested.keys])


def balance(data: Labelled) -> NDArray[np.float64]:
    """A weight a text [n]: a set counts with the square root of its size, and every class as much as the others."""
    weights = np.zeros(len(data.labels))
    for label in range(3):
        for name in np.unique(data.sets[data.labels == label]):
            own = (data.labels == label) & (data.sets == name)
            weights[own] = 1 / np.sqrt(own.sum())
        weights[data.labels == label] *= len(weights) / 3 / weights[data.labels == label].sum()
    return weights


def cut(data: Labelled) -> list[pa.ListArray]:
    return [tokenize_array(portion) for portion in portions(pa.array(data.texts, pa.string()))]


def vocabulary(tokens: list[pa.ListArray], always: set[str]) -> tuple[pa.StringArray, NDArray[np.int64]]:
    """Words in MIN_TEXTS texts or more, those in `always`, and the keys of the pairs that are as frequent."""
    counts = texts_with(tokens, np.ones(sum(map(len, tokens))))
    words = pa.array(sorted(always.union(word for word, size in counts.items() if size >= MIN_TEXTS)), pa.string())
    keys = []
    for part in tokens:
        rows, found = neighbours(word_ids(part, words), rows_of(part), len(words))
        keys.append(np.unique(np.stack([rows, found]), axis=1)[1])
    pairs, sizes = np.unique(np.concatenate(keys), return_counts=True)
    return words, pairs[sizes >= MIN_TEXTS]


def texts_with(tokens: list[pa.ListArray], weights: NDArray[np.float64]) -> dict[str, float]:
    """For every folded word the summed weight of the texts that hold it."""
    counts: dict[str, float] = {}
    start = 0
    for part in tokens:
        folded = fold(part.values.dictionary).dictionary_encode()
        size = len(folded.dictionary)
        cells = np.unique(rows_of(part) * size + folded.indices.to_numpy()[part.values.indices.to_numpy()])
        sums = np.bincount(cells % size, weights[start + cells // size], size)
        start += len(part)
        for word, total in zip(folded.dictionary.to_pylist(), sums.tolist(), strict=True):
            counts[word] = counts.get(word, 0) + total
    return counts


def matrix(tokens: list[pa.ListArray], words: pa.StringArray, pairs: NDArray[np.int64]) -> csr_matrix:
    """Presence of every feature, divided by the square root of the number of features in the text."""
    rows, columns, start = [], [], 0
    for part in tokens:
        part_rows, features = presence(part, words, pairs)
        rows.append(part_rows + start)
        columns.append(features)
        start += len(part)
    at = np.concatenate(rows)
    values = 1 / np.sqrt(np.bincount(at, minlength=start))[at]
    return csr_matrix((values, (at, np.concatenate(columns))), (start, len(words) + len(pairs)))


def fit(
    x: csr_matrix, labels: NDArray[np.int64], weights: NDArray[np.float64]
) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
    """Weights [features, 3], centred, and intercept [3]: logistic regression on features scaled by their largest log-count ratio.

    The scaling is that of Wang & Manning, "Baselines and Bigrams" (ACL 2012), with one scale for all classes.
    """
    ratios = np.zeros(x.shape[1])
    for label in range(3):
        inside, outside = (1 + x[own].sign().T @ weights[own] for own in (labels == label, labels != label))
        ratios = np.maximum(ratios, np.abs(np.log(inside / inside.sum() * outside.sum() / outside)))
    model = LogisticRegression(C=STRENGTH, max_iter=1000).fit(x @ diags_array(ratios), labels, weights)
    coefficients = (model.coef_ - model.coef_.mean(axis=0)) * ratios
    return coefficients.T, model.intercept_ - model.intercept_.mean()


def best(
    words: pa.StringArray, pairs: NDArray[np.int64], importance: NDArray[np.float64], always: set[str]
) -> tuple[pa.StringArray, NDArray[np.int64]]:
    """The WORDS most important words with those in `always`, and the PAIRS most important pairs of them."""
    names = words.to_pylist()
    own = np.array([name in always for name in names])
    chosen = np.sort(np.argsort(-(importance[: len(names)] + own * 1e9), kind="stable")[:WORDS])
    place = np.full(len(names), -1)
    place[chosen] = np.arange(len(chosen))
    first, second = place[pairs // len(names)], place[pairs % len(names)]
    possible = np.flatnonzero((first >= 0) & (second >= 0))
    kept = possible[np.argsort(-importance[len(names) :][possible], kind="stable")[:PAIRS]]
    return words.take(pa.array(chosen)), np.sort(first[kept] * len(chosen) + second[kept])


def temperature(logits: NDArray[np.float64], labels: NDArray[np.int64], weights: NDArray[np.float64]) -> float:
    """What to divide the logits by so that their probabilities are likeliest on texts that were not trained on."""

    def loss(value: float) -> float:
        scaled = logits / value
        norm = np.log(np.exp(scaled - scaled.max(1, keepdims=True)).sum(1)) + scaled.max(1)
        return float(weights @ (norm - scaled[np.arange(len(labels)), labels]))

    return float(minimize_scalar(loss, bounds=(0.2, 5), method="bounded").x)


def train(data: Labelled) -> bytes:
    """The model's file: features chosen and temperature found without the calibrating tenth, weights then fitted on everything."""
    later = np.array([tenth(key) == 1 for key in data.keys]) & (data.sets != SEEDS)
    data = data.take(np.concatenate([np.flatnonzero(~later), np.flatnonzero(later)]))
    weights, split_at = balance(data), int((~later).sum())
    fitting, tokens = slice(0, split_at), cut(data.take(np.arange(split_at)))
    seeds = cut(data.take(data.sets == SEEDS))
    always = {row[0] for part in seeds for row in part.to_pylist() if len(row) == 1}
    words, pairs = vocabulary(tokens, set(fold(pa.array(sorted(always))).to_pylist()))
    x = matrix(tokens, words, pairs)
    coefficients, _ = fit(x, data.labels[fitting], weights[fitting])
    texts_of = np.sqrt(x.sign().T @ weights[fitting])
    words, pairs = best(words, pairs, np.abs(coefficients).max(axis=1) * texts_of, always)
    x = matrix(cut(data), words, pairs)
    coefficients, intercept = fit(x[fitting], data.labels[fitting], weights[fitting])
    logits = x[split_at:] @ coefficients + intercept
    divisor = temperature(logits, data.labels[split_at:], weights[split_at:])
    coefficients, intercept = fit(x, data.labels, weights)
    print(f"{len(data.labels):,} texts, {len(words):,} words, {len(pairs):,} pairs, temperature {divisor:.2f}")
    ends = np.stack(np.divmod(pairs, len(words)), axis=1)
    return pack(words.to_pylist(), ends, coefficients / divisor, intercept / divisor)


def common_words(data: Labelled) -> bytes:
    """The file of inverse document frequencies: every set counts with the square root of its size."""
    sizes = {name: int((data.sets == name).sum()) for name in np.unique(data.sets)}
    weights = np.array([1 / np.sqrt(sizes[name]) for name in data.sets])
    counts = texts_with(cut(data), weights)
    words = pa.array(counts, pa.string())
    found = np.fromiter(counts.values(), np.float64, len(counts)) * is_content(words)
    top = np.argsort(-found, kind="stable")[:COMMON_WORDS]
    return Background.pack(words.take(pa.array(top)).to_pylist(), np.log(weights.sum() / found[top]))


def calibration_error(confidence: NDArray[np.float64], right: NDArray[np.bool_], bins: int = 15) -> float:
    """Expected calibration error: mean distance of confidence and accuracy over equal-width bins, by their share of texts."""
    at = np.minimum((confidence * bins).astype(int), bins - 1)
    gaps = np.bincount(at, confidence, bins) - np.bincount(at, right, bins)
    return float(np.abs(gaps).sum() / len(at))


def snownlp(texts: NDArray[np.object_]) -> NDArray[np.float64]:
    from snownlp import SnowNLP

    return np.array([SnowNLP(text).sentiments for text in texts])


def report(model: WordsModel, tested: Labelled, clean: NDArray[np.bool_], peer: bool) -> None:
    """Print the held-out figures as Markdown."""
    found = sentiment(tested.texts.tolist(), model)
    chance, answer = found.probabilities, found.probabilities.argmax(axis=1)
    print(
        "| two-class set | texts (clean) | accuracy | clean rows | called neutral | ECE | SnowNLP |\n|---|---|---|---|---|---|---|"
    )
    for name in [name for name, (_, classes) in SETS.items() if classes is POLAR]:
        own = np.flatnonzero(tested.sets == name)
        says, truth = found.positive[own], tested.labels[own] == POSITIVE
        right = (says > 0.5) == truth
        error = calibration_error(np.maximum(says, 1 - says), right)
        other = "–"
        if peer:
            some = own[:1000]
            other = f"{((snownlp(tested.texts[some]) > 0.5) == (tested.labels[some] == POSITIVE)).mean():.3f}"
        print(
            f"| {name} | {len(own):,} ({clean[own].sum():,}) | {right.mean():.3f} | {right[clean[own]].mean():.3f} "
            f"| {(answer[own] == NEUTRAL).mean():.3f} | {error:.3f} | {other} |"
        )
    own = tested.sets == "smp2020_ewect"
    truth, says = tested.labels[own], answer[own]
    neutral = {"labels": [NEUTRAL], "average": "macro"}
    print(
        f"\nsmp2020_ewect, three classes, {own.sum():,} texts: macro-F1 {f1_score(truth, says, average='macro'):.3f}, "
        f"accuracy {(truth == says).mean():.3f}, neutral precision {precision_score(truth, says, **neutral):.3f} "
        f"recall {recall_score(truth, says, **neutral):.3f}, ECE {calibration_error(chance[own].max(axis=1), truth == says):.3f}\n"
    )
    print("| neutral set | texts (clean) | called neutral | clean rows |\n|---|---|---|---|")
    for name in [name for name, (_, classes) in SETS.items() if classes is None]:
        own = tested.sets == name
        print(
            f"| {name} | {own.sum():,} ({clean[own].sum():,}) | {(answer[own] == NEUTRAL).mean():.3f} "
            f"| {(answer[own & clean] == NEUTRAL).mean():.3f} |"
        )


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("data", type=Path, help="folder of the sets")
    parser.add_argument(
        "--out", type=Path, help="folder to write the two files to; without it only the packaged model is measured"
    )
    parser.add_argument("--peer", action="store_true", help="measure SnowNLP beside it, on at most 1,000 texts a set")
    options = parser.parse_args()
    training, tested, clean = split(options.data)
    path = None
    if options.out:
        path = options.out / ENTRY.file
        path.write_bytes(train(training))
        (options.out / "background.npz").write_bytes(common_words(training))
        print(f"{path}: {path.stat().st_size:,} bytes, sha256 {sha256(path.read_bytes()).hexdigest()}")
    report(default_model(path), tested, clean, options.peer)


if __name__ == "__main__":
    main()
