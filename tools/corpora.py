"""The public sets that the packaged models learn from, read without leaks.

Two texts are one when their letters and digits agree. A set with a dev part of its own keeps it; of the others the tenth with the lowest
hash of the text is held out, so a text is held out of every set or of none. No held-out text of any set is in any training text.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import pyarrow.parquet as pq
from numpy.typing import NDArray

from jianwei.text.evaluation import key_of, tenth

NEGATIVE, NEUTRAL, POSITIVE = range(3)
POLAR = {0: NEGATIVE, 1: POSITIVE}
FEELINGS = {"happy": POSITIVE, "neutral": NEUTRAL, "angry": NEGATIVE, "sad": NEGATIVE, "fear": NEGATIVE}
REVIEWS = ("chnsenticorp", "chnsenticorp_htl", "waimai_10k", "online_shopping_10_cats")
POSTS = ("weibo_senti_100k_part", "weibo2018", "smp2020_ewect")
# set → the sentiment of its labels (None: every text is neutral; labels not named are left out)
SENTIMENT_SETS: dict[str, Mapping[object, int] | None] = {
    **dict.fromkeys(REVIEWS, POLAR),
    "weibo_senti_100k_part": POLAR,
    "weibo2018": POLAR,
    "smp2020_ewect": FEELINGS,
    **dict.fromkeys(("thucnews_title10", "tnews", "kdconv", "crosswoz", "afqmc", "lcqmc", "medical_faq_zh"), None),
}
COLUMNS = {"afqmc": ("text_a", "text_b"), "lcqmc": ("text_a", "text_b"), "medical_faq_zh": ("title",)}
OWN_SPLIT = ("chnsenticorp", "thucnews_title10", "tnews")
SEEDS = "seeds"


@dataclass(frozen=True)
class Labelled:
    """Texts with their set, their label there, what makes them the same text, and whether they are held out; all [n]."""

    sets: NDArray[np.str_]
    texts: NDArray[np.object_]
    labels: NDArray[np.object_]
    keys: NDArray[np.object_]
    held: NDArray[np.bool_]

    def take(self, wanted: NDArray[np.bool_] | NDArray[np.int64]) -> Labelled:
        return Labelled(*(part[wanted] for part in (self.sets, self.texts, self.labels, self.keys, self.held)))

    def __len__(self) -> int:
        return len(self.texts)


def read(folder: Path, sets: Iterable[str]) -> Labelled:
    """All texts of some sets; a set without labels has None."""
    rows: list[tuple[str, str, object, str, bool]] = []
    for name in sets:
        table = pq.read_table(folder / name / "data.parquet")
        labels = table["label"].to_pylist() if "label" in table.column_names else [None] * table.num_rows
        splits = table["split"].to_pylist()
        for column in COLUMNS.get(name, ("text",)):
            for text, label, part in zip(table[column].to_pylist(), labels, splits, strict=True):
                if text:
                    key = key_of(text)
                    rows.append((name, text, label, key, part == "dev" if name in OWN_SPLIT else tenth(key) == 0))
    return labelled(rows)


def seeds(file: str) -> Labelled:
    """The sentences in `tools/seeds/<file>`: label, tab, text a line."""
    path = Path(__file__).parent / "seeds" / file
    lines = (line.split("\t") for line in path.read_text("utf-8").splitlines() if line and line[0] != "#")
    return labelled([(SEEDS, text, label, key_of(text), False) for label, text in lines])


def labelled(rows: list[tuple[str, str, object, str, bool]]) -> Labelled:
    """Rows of set, text, label, key and whether they are held out."""
    columns = list(zip(*rows, strict=True)) or [()] * 5
    objects = [np.array([None, *column], dtype=object)[1:] for column in columns]
    return Labelled(objects[0].astype(str), objects[1], objects[2], objects[3], objects[4].astype(bool))


def joined(parts: Iterable[Labelled]) -> Labelled:
    found = list(parts)
    names = ("sets", "texts", "labels", "keys", "held")
    return Labelled(*(np.concatenate([getattr(part, name) for part in found]) for name in names))


def training(data: Labelled, answers: NDArray[np.int64]) -> NDArray[np.int64]:
    """Rows to learn from: no held-out text, none twice, none that two rows answer differently, none without an answer (-1)."""
    held = set(data.keys[data.held])
    first: dict[str, int] = {}
    disputed: set[str] = set()
    for at in np.flatnonzero(~data.held & (answers >= 0)):
        key = data.keys[at]
        if key not in held and answers[first.setdefault(key, at)] != answers[at]:
            disputed.add(key)
    return np.array([at for key, at in first.items() if key not in disputed], np.int64)


def clean(data: Labelled) -> NDArray[np.bool_]:
    """bool [n]: texts that stand in no set's training part."""
    known = set(data.keys[~data.held])
    return np.array([key not in known for key in data.keys])
