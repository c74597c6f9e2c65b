"""Learn how likely sentences are, for choosing among what was heard: `python tools/train_wording.py DATA`.

Writes `src/jianwei/speech/data/wording.npz`. Sentences are cut at full stops and commas; titles are whole. No transcript of the sets of
speech is read.
"""

from __future__ import annotations

import argparse
import re
from collections.abc import Iterator
from pathlib import Path

import numpy as np
import pyarrow.parquet as pq

from jianwei.speech.wording import bare
from jianwei.text.lm.model import LanguageModel
from jianwei.text.lm.trie import SCALE

TARGET = Path(__file__).parents[1] / "src" / "jianwei" / "speech" / "data" / "wording.npz"
SETS = {
    "thucnews_title10": ("text",),
    "tnews": ("text",),
    "crosswoz": ("text",),
    "kdconv": ("text",),
    "tv_subtitle_dialogue": ("text",),
    "nus_sms_zh": ("text",),
    "online_shopping_10_cats": ("text",),
    "waimai_10k": ("text",),
    "weibo2018": ("text",),
    "afqmc": ("text_a", "text_b"),
    "lcqmc": ("text_a", "text_b"),
}
TITLES = ("thucnews_title10", "tnews")
_STOP = re.compile(r"[。！？!?；;\n，,]|\s{2,}")
_TIMES = 3_072 // 64  # costs are kept in steps of 1/64: finer ones only make the file larger


def sentences(data: Path) -> Iterator[str]:
    for name, columns in SETS.items():
        table = pq.read_table(data / name / "data.parquet")
        for column in columns:
            for text in table[column].drop_null().unique().to_pylist():
                parts = [text] if name in TITLES else _STOP.split(text)
                yield from (sentence for part in parts if len(sentence := bare(part)) > 1)


def packed(model: LanguageModel) -> dict[str, np.ndarray]:
    """The arrays of `Wording`; sorted keys as the steps between them, which are small numbers."""
    trie, size = model._model().trie, len(model.vocabulary)
    starts = trie.starts.astype(np.int64)
    pairs = int(starts[size] - starts[0])
    parents = np.repeat(np.arange(len(starts) - 1), np.diff(starts))
    keys = parents * size + trie.characters[size:]
    first, second = keys[:pairs], keys[pairs:] - size * size  # parents of triples are counted among the pairs
    costs = np.rint(trie.costs / _TIMES).astype(np.uint16)
    backs = np.rint(trie.backs / _TIMES).astype(np.int16)
    return {
        "scale": np.array(SCALE / _TIMES),
        "characters": np.array([ord(char) for char in model.vocabulary.characters], np.uint32),
        "single": costs[:size],
        "single_back": backs[:size],
        "pairs": np.diff(first, prepend=0).astype(np.uint32),
        "pair": costs[size : size + pairs],
        "pair_back": backs[size:],
        "triples": np.diff(second, prepend=0).astype(np.uint32),
        "triple": costs[size + pairs :],
    }


def main() -> None:
    reader = argparse.ArgumentParser(description=__doc__)
    reader.add_argument("data", type=Path)
    reader.add_argument("--out", type=Path, default=TARGET)
    reader.add_argument("--prune", type=float, default=8e-7)
    given = reader.parse_args()
    model = LanguageModel(order=3, min_count=5, prune=given.prune).fit(sentences(given.data))
    with given.out.open("wb") as file:
        np.savez_compressed(file, **packed(model))
    print(model.facts, f"{given.out.stat().st_size:,} bytes")


if __name__ == "__main__":
    main()
