"""The packaged model on the held-out parts of real sets, by the trainer's rule; floors stand a bit below what was measured."""

from __future__ import annotations

import re
import unicodedata
from hashlib import sha256
from pathlib import Path

import numpy as np
import pyarrow.parquet as pq
import pytest

from jianwei.text import keywords, sentiment, tokenize


def held_out(text: str) -> bool:
    key = re.sub(r"[\W_]+", "", unicodedata.normalize("NFKC", text).lower()) or text
    return int.from_bytes(sha256(key.encode()).digest()[:4], "big") % 10 == 0


@pytest.mark.parametrize(
    ("name", "floor"),
    [("waimai_10k", 0.885), ("online_shopping_10_cats", 0.915), ("weibo2018", 0.82), ("weibo_senti_100k_part", 0.95)],
)
def test_two_classes(data_dir: Path, name: str, floor: float) -> None:
    rows = [
        row
        for row in pq.read_table(data_dir / name / "data.parquet").to_pylist()
        if row["text"] and held_out(row["text"])
    ]
    says = sentiment([row["text"] for row in rows]).positive > 0.5
    assert len(rows) > 900
    assert (says == np.array([row["label"] == 1 for row in rows])).mean() >= floor


def test_chnsenticorp(data_dir: Path) -> None:
    table = pq.read_table(data_dir / "chnsenticorp" / "data.parquet", filters=[("split", "=", "dev")])
    says = sentiment(table["text"]).positive > 0.5
    assert (says == (table["label"].to_numpy() == 1)).mean() >= 0.855


def test_three_classes(data_dir: Path) -> None:
    classes = {"happy": "positive", "neutral": "neutral", "angry": "negative", "sad": "negative", "fear": "negative"}
    table = pq.read_table(data_dir / "smp2020_ewect" / "data.parquet").to_pylist()
    rows = [row for row in table if row["text"] and row["label"] in classes and held_out(row["text"])]
    truth = np.array([classes[row["label"]] for row in rows])
    says = sentiment([row["text"] for row in rows]).label
    scores = []
    for label in np.unique(truth):
        both = ((says == label) & (truth == label)).sum()
        scores.append(2 * both / ((says == label).sum() + (truth == label).sum()))
    assert np.mean(scores) >= 0.74


@pytest.mark.parametrize(("name", "floor"), [("thucnews_title10", 0.98), ("tnews", 0.93)])
def test_headlines_are_neutral(data_dir: Path, name: str, floor: float) -> None:
    table = pq.read_table(data_dir / name / "data.parquet", filters=[("split", "=", "dev")])
    assert (sentiment(table["text"]).label == "neutral").mean() >= floor


def test_joined_tokens_of_real_posts(data_dir: Path) -> None:
    texts = pq.read_table(data_dir / "weibo2018" / "data.parquet")["text"].to_pylist()[:500]
    assert tokenize(texts) == [tokenize([text])[0] for text in texts]


def test_keywords_of_take_away_reviews(data_dir: Path) -> None:
    texts = pq.read_table(data_dir / "waimai_10k" / "data.parquet")["text"]
    found = keywords(texts, 30).to_arrow()["word"].to_pylist()
    assert {"味道", "送餐", "外卖"} <= set(found), found
