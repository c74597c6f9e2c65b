"""Aspects: what each text praises and what it blames.

The lists say what is spoken of (`finding`); how it is judged is the sum of three voices: the words of the list beside it, the
sentiment of its piece of the clause, and, quietly, that of the whole text. Their weights were set on the half of
`benchmarks/data/aspects.tsv` that may be looked at. Without a word of the lists beside it a mention counts only when the model is sure
of it: "the front desk is on the left" blames nobody.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from hashlib import sha256
from importlib.resources import files
from typing import Literal

import numpy as np
import pyarrow as pa
from numpy.typing import NDArray

from jianwei.common.results import Rows
from jianwei.errors import UsageError
from jianwei.models import ModelIdentity
from jianwei.text._base import Parser
from jianwei.text.inputs import Texts, as_strings, beginnings
from jianwei.text.opinion.finding import Mention, find_mentions
from jianwei.text.opinion.grammar import pairs_of
from jianwei.text.opinion.lists import lists
from jianwei.text.opinion.reading import readable

__all__ = ["ASPECTS_SCHEMA", "IDENTITY", "REVISION", "SENTIMENTS", "Aspects", "Judge", "aspects"]

# Goes up whenever the same text and sentiments would give other aspects.
REVISION = "1"
_LISTS = sha256((files("jianwei.text.data") / "aspects.tsv").read_bytes()).hexdigest()[:8]
IDENTITY = ModelIdentity("aspects", f"{REVISION}.{_LISTS}")
"""This module and its lists; an answer is also of the sentiment model that judges."""
SENTIMENTS = ("negative", "neutral", "positive")
ASPECTS_SCHEMA = pa.schema(
    [
        ("row", pa.int64()),
        ("aspect", pa.string()),
        ("sentiment", pa.string()),
        ("score", pa.float32()),
        ("start", pa.int64()),
        ("end", pa.int64()),
        ("text", pa.string()),
    ]
)

Judge = Callable[[Sequence[str]], NDArray[np.float32]]
"""Probabilities [n, 3] of `SENTIMENTS` for n texts."""

_WORDS, _SO_SO, _PIECE, _WHOLE = 2.5, 1.5, 0.3, 0.3
_SURE = 0.95
_LEAST = 1e-4


@dataclass(frozen=True, eq=False)
class Aspects(Rows):
    """Rows, in the order of the texts and of the places in them.

    * row: number of the text, from 0;
    * aspect: a code of `lists.ASPECTS`;
    * sentiment: "negative", "neutral" or "positive"; score: its probability, float32;
    * start, end: the words that it rests on, in characters of the text as given;
    * text: the clause around them.
    """


def aspects(
    texts: Texts,
    *,
    per: Literal["text", "mention"] = "text",
    judge: Judge | None = None,
    whole: NDArray[np.float32] | None = None,
    parser: Parser | None = None,
) -> Aspects:
    """What each text praises and blames.

    Args:
        texts: n texts; None and "" praise nothing. Of a text its first `inputs.MOST_CHARACTERS` are read.
        per: "text": one row for every aspect of a text, at the place of its clearest mention; "mention": one row a mention.
        judge: who knows the sentiment of a piece of text; the packaged model by default (`text.sentiment`).
        whole: what `judge` says of the n texts, float32 [n, 3], where that is known already.
        parser: who knows what modifies what, over whatever distance; without one, judgements go to what is named beside them.

    Raises:
        UsageError: one text instead of many; `whole` has another length; an unknown `per`.

    >>> found = aspects(["送得快但是不好吃，太贵了", "第二天就到了"])
    >>> [(a["row"], a["aspect"], a["sentiment"]) for a in found]
    [(0, 'delivery', 'positive'), (0, 'taste', 'negative'), (0, 'price', 'negative'), (1, 'delivery', 'positive')]
    """
    if per not in ("text", "mention"):
        raise UsageError("text.aspects", f"per={per!r} is unknown", 'write "text" or "mention"')
    strings = [text or "" for text in beginnings(as_strings(texts, "text.aspects")).to_pylist()]
    if whole is not None and len(whole) != len(strings):
        raise UsageError("text.aspects", f"{len(whole)} sentiments for {len(strings)} texts", "give one for each text")
    known, read = lists(), readable(strings)
    pairs = pairs_of(parser.parse(pa.array(read, pa.string()))) if parser else {}
    once = {} if parser else {text: find_mentions(text, known) for text in dict.fromkeys(read)}
    mentions = [
        (row, mention)
        for row, text in enumerate(read)
        for mention in (find_mentions(text, known, pairs.get(row, ())) if parser else once[text])
    ]
    logits = _logits(read, mentions, judge or _packaged, whole)
    chances = _softmax(logits)
    signs = np.array([mention.sign is not None for _, mention in mentions], bool)
    kept = np.flatnonzero(signs | (chances[:, [0, 2]].max(axis=1) >= _SURE))
    places = [mentions[at] for at in kept]
    if per == "text":
        places, chances = _merged(places, logits[kept])
    else:
        chances = chances[kept]
    return Aspects(_table(strings, places, chances))


def _packaged(texts: Sequence[str]) -> NDArray[np.float32]:
    from jianwei.text import sentiment

    scores = sentiment(texts)
    return scores.probabilities[:, [scores.classes.index(name) for name in SENTIMENTS]]


def _logits(
    texts: Sequence[str], mentions: Sequence[tuple[int, Mention]], judge: Judge, whole: NDArray[np.float32] | None
) -> NDArray[np.float64]:
    if not mentions:
        return np.zeros((0, 3))
    rows = np.array([row for row, _ in mentions])
    pieces = [texts[row][slice(*mention.piece)] for row, mention in mentions]
    different, back = np.unique(np.array(pieces, dtype=object), return_inverse=True)
    named, at = np.unique(rows, return_inverse=True)
    said = judge([texts[row] for row in named]) if whole is None else whole[named]
    voices = _PIECE * np.log(judge(list(different)) + _LEAST)[back] + _WHOLE * np.log(said + _LEAST)[at]
    signs = np.array([0.0 if mention.sign is None else mention.sign for _, mention in mentions])
    so_so = np.array([mention.sign == 0 for _, mention in mentions])
    logits: NDArray[np.float64] = voices + np.stack([-_WORDS * signs, _SO_SO * so_so, _WORDS * signs], axis=1)
    return logits


def _merged(
    places: Sequence[tuple[int, Mention]], logits: NDArray[np.float64]
) -> tuple[list[tuple[int, Mention]], NDArray[np.float64]]:
    """One place for every text and aspect: the clearest; what its mentions say is added up."""
    groups: dict[tuple[int, str], list[int]] = {}
    for at, (row, mention) in enumerate(places):
        groups.setdefault((row, mention.aspect), []).append(at)
    chances = _softmax(logits)
    clear, logs = chances.max(axis=1, initial=0.0), np.log(chances + _LEAST)
    best = [group[0] if len(group) == 1 else max(group, key=lambda at: clear[at]) for group in groups.values()]
    summed = [logs[group[0]] if len(group) == 1 else logs[group].sum(axis=0) for group in groups.values()]
    order = sorted(range(len(best)), key=lambda at: best[at])
    chances = _softmax(np.array(summed).reshape(-1, 3))
    return [places[best[at]] for at in order], chances[order]


def _table(texts: Sequence[str], places: Sequence[tuple[int, Mention]], chances: NDArray[np.float64]) -> pa.Table:
    chosen = chances.argmax(axis=1)
    return pa.table(
        {
            "row": [row for row, _ in places],
            "aspect": [mention.aspect for _, mention in places],
            "sentiment": [SENTIMENTS[at] for at in chosen],
            "score": chances.max(axis=1, initial=0.0).astype(np.float32),
            "start": [mention.start for _, mention in places],
            "end": [mention.end for _, mention in places],
            "text": [texts[row][slice(*mention.clause)] for row, mention in places],
        },
        schema=ASPECTS_SCHEMA,
    )


def _softmax(logits: NDArray[np.float64]) -> NDArray[np.float64]:
    if not len(logits):
        return np.zeros((0, 3))
    powers = np.exp(logits - logits.max(axis=1, keepdims=True))
    shares: NDArray[np.float64] = powers / powers.sum(axis=1, keepdims=True)
    return shares
