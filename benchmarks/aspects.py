"""Aspects of real reviews: what was found and how it was judged, against labels by hand; and how fast."""

from __future__ import annotations

import os
import time
from pathlib import Path

from benchmarks.measure import Table, case, interleaved

__all__ = ["tables"]

LABELS = Path(__file__).with_name("data") / "aspects.tsv"
SPEED_ROWS = 5_000
_SIGNS = {"+": "positive", "-": "negative", "0": "neutral"}


def _data() -> Path:
    return Path(os.environ.get("JIANWEI_DATA", Path(__file__).parents[2] / "shared" / "data"))


def _column(name: str) -> list[str]:
    import pyarrow.parquet as pq

    texts: list[str] = pq.read_table(_data() / name / "data.parquet", columns=["text"])["text"].to_pylist()
    return texts


def labelled(part: str) -> list[tuple[str, dict[str, str]]]:
    """Reviews of a part with their aspects: "+", "-", "0", or "~" where a review says both."""
    sets: dict[str, list[str]] = {}
    found = []
    for line in LABELS.read_text("utf-8").splitlines():
        if not line.startswith("#"):
            name, row, own, told = line.split("\t")
            if own == part:
                if name not in sets:
                    sets[name] = _column(name)
                found.append((sets[name][int(row)], {entry[:-1]: entry[-1] for entry in told.split()}))
    return found


@case
def aspects_agreement(part: str) -> dict[str, float]:
    """Aspects found and missed; sentiment of those found; and what the sentiment of the whole text would say of them."""
    from jianwei.text import sentiment
    from jianwei.text.opinion.judging import aspects

    reviews = labelled(part)
    texts = [text for text, _ in reviews]
    started = time.perf_counter()
    found: dict[int, dict[str, str]] = {}
    for row in aspects(texts):
        found.setdefault(row["row"], {})[row["aspect"]] = row["sentiment"]
    seconds = time.perf_counter() - started
    whole = sentiment(texts).label.tolist()
    hits = claimed = there = judged = right = plain = 0
    for at, (_, truth) in enumerate(reviews):
        own = found.get(at, {})
        hits, claimed, there = hits + len(own.keys() & truth.keys()), claimed + len(own), there + len(truth)
        for aspect in own.keys() & truth.keys():
            if truth[aspect] in _SIGNS:  # a review that says both can be judged neither way
                judged += 1
                right += own[aspect] == _SIGNS[truth[aspect]]
                plain += whole[at] == _SIGNS[truth[aspect]]
    return {
        "seconds": seconds, "reviews": len(reviews), "aspects": there, "precision": hits / claimed, "recall": hits / there,
        "sentiment": right / judged, "whole": plain / judged,
    }  # fmt: skip


@case
def aspects_speed(name: str) -> dict[str, float]:
    """Distinct texts, on one core; the first hundred load whatever is loaded lazily."""
    import numpy as np

    from jianwei.text.opinion.judging import aspects

    texts = list(dict.fromkeys(text for text in _column(name) if text))
    texts = [texts[at] for at in np.random.default_rng(1).permutation(len(texts))[: SPEED_ROWS + 100]]
    aspects(texts[:100])
    started, wall = time.process_time(), time.perf_counter()
    aspects(texts[100:])
    cpu = time.process_time() - started
    characters = sum(map(len, texts[100:])) / SPEED_ROWS
    return {"seconds": time.perf_counter() - wall, "cpu": cpu, "texts": SPEED_ROWS, "characters": characters}


def tables(folder: Path) -> list[Table]:
    if not (_data() / "README.md").exists():
        print("  aspects: the data sets are not on this machine")
        return []
    calls = [("aspects_agreement", part) for part in ("dev", "report")]
    rows = []
    for (_, part), sample in interleaved(calls, 1).items():
        f = sample.figures
        f1 = 2 * f["precision"] * f["recall"] / (f["precision"] + f["recall"])
        counts = (f"{f['reviews']:.0f}", f"{f['aspects']:.0f}")
        shares = (
            f"{f['precision']:.3f}",
            f"{f['recall']:.3f}",
            f"{f1:.3f}",
            f"{f['sentiment']:.3f}",
            f"{f['whole']:.3f}",
        )
        rows.append(("looked at" if part == "dev" else "reported", *counts, *shares))
    note = (
        "Takeaway, shop and hotel reviews labelled by hand before the lists were written; one half was looked at while writing them, "
        "the other only reported. Sentiment: of the aspects found, the share judged right; beside it what the whole text's would say."
    )
    header = ("half", "reviews", "aspects", "precision", "recall", "F1", "sentiment", "sentiment of the whole text")
    speed = []
    names = ("waimai_10k", "online_shopping_10_cats", "tv_subtitle_dialogue")
    for (_, name), sample in interleaved([("aspects_speed", name) for name in names], 3).items():
        f = sample.figures
        speed.append((name, f"{f['characters']:.0f}", f"{f['texts'] / f['cpu']:,.0f}"))
    return [
        Table("Aspects", note, header, tuple(rows)),
        Table(
            "Aspects: speed",
            "Finding and judging, one core.",
            ("set", "characters a text", "texts a second"),
            tuple(speed),
        ),
    ]
