"""Count how rare the commonest words are in public reviews, posts, questions and headlines: `python tools/common_words.py DATA`.

Writes `src/jianwei/text/data/background.npz`, which keywords go by. Every set counts with the square root of its size; held-out texts are
left out, as in `train_text.py`.
"""

from __future__ import annotations

import argparse
from pathlib import Path

import numpy as np
import pyarrow as pa
from corpora import SENTIMENT_SETS, joined, read, seeds, training
from numpy.typing import NDArray
from train_text import sentiment_of

from jianwei.text.cutting.features import fold, rows_of
from jianwei.text.cutting.words import tokenize_array
from jianwei.text.inputs import portions
from jianwei.text.salience.terms import Background, is_content

WORDS = 12_000
TARGET = Path(__file__).parents[1] / "src" / "jianwei" / "text" / "data" / "background.npz"


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


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("data", type=Path, help="folder of the sets")
    data = joined([read(parser.parse_args().data, SENTIMENT_SETS), seeds("sentiment.tsv")])
    data = data.take(training(data, sentiment_of(data)))
    sizes = {name: int((data.sets == name).sum()) for name in np.unique(data.sets)}
    weights = np.array([1 / np.sqrt(sizes[name]) for name in data.sets])
    counts = texts_with([tokenize_array(part) for part in portions(pa.array(data.texts, pa.string()))], weights)
    words = pa.array(counts, pa.string())
    found = np.fromiter(counts.values(), np.float64, len(counts)) * is_content(words)
    top = np.argsort(-found, kind="stable")[:WORDS]
    TARGET.write_bytes(Background.pack(words.take(pa.array(top)).to_pylist(), np.log(weights.sum() / found[top])))


if __name__ == "__main__":
    main()
