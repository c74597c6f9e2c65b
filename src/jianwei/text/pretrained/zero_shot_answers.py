"""Reading what a chat model answered about classes: nothing in it is believed before it is checked."""

from __future__ import annotations

import math
import re
from collections.abc import Mapping, Sequence

import msgspec
import numpy as np
from numpy.typing import NDArray

from jianwei.models.endpoint_wire import ChatAnswer

__all__ = ["NONE_FITS", "chances_of", "read_classes"]

NONE_FITS = "?"
_FENCE = re.compile(r"^```[a-z]*\s*|\s*```$")


class _One(msgspec.Struct, frozen=True, rename={"name": "class"}):
    id: str
    name: str


class _Answers(msgspec.Struct, frozen=True):
    answers: list[_One]


def read_classes(
    text: str, ids: Sequence[str], letters: Sequence[str], names: Mapping[str, str] | None = None
) -> dict[str, str]:
    """The letter that every id was given, for the ids with one valid answer.

    Args:
        text: what the model said: a JSON object, perhaps in a fence or among words; for a single id the bare letter will do.
        ids: the ids that were asked; others are passed over.
        letters: the answers that are allowed.
        names: further names of letters, which count as them.

    >>> read_classes('{"answers": [{"id": "x", "class": "B"}, {"id": "y", "class": "!"}]}', ["x", "y"], ["A", "B"])
    {'x': 'B'}
    """
    allowed = {letter.lower(): letter for letter in letters}
    allowed |= {name.lower(): letter for name, letter in (names or {}).items() if name.lower() not in allowed}
    if len(ids) == 1 and (bare := allowed.get(text.strip(" \n\"'.").lower())):
        return {ids[0]: bare}
    said: dict[str, set[str | None]] = {}
    for one in _answers(text):
        said.setdefault(one.id, set()).add(allowed.get(one.name.strip().lower()))
    return {name: letter for name in ids if len(said.get(name, ())) == 1 for letter in said[name] if letter}


def _answers(text: str) -> list[_One]:
    plain = _FENCE.sub("", text.strip())
    inner = plain[plain.find("{") : plain.rfind("}") + 1]
    for candidate in dict.fromkeys((plain, inner)):
        try:
            return msgspec.json.decode(candidate.encode("utf-8", "replace"), type=_Answers).answers
        except (msgspec.MsgspecError, RecursionError):
            continue
    return []


def chances_of(answer: ChatAnswer, name: str, letters: Sequence[str]) -> NDArray[np.float32] | None:
    """Probabilities of the letters where the answer for an id has its letter, from the probabilities of tokens there.

    Returns:
        float32 [letters], sums to 1; None where the endpoint sent no probabilities, or the letter is not found among its tokens.
    """
    if not answer.tokens or "".join(one.token for one in answer.tokens) != answer.text:
        return None
    found = re.search(rf'"id"\s*:\s*"{re.escape(name)}"\s*,\s*"class"\s*:\s*"', answer.text)
    at = found.end() if found else answer.text.find(answer.text.strip()) if len(answer.text.strip()) == 1 else -1
    if at < 0:
        return None
    start = 0
    for one in answer.tokens:
        if start <= at < start + len(one.token):
            return _shares(one.likeliest, letters)
        start += len(one.token)
    return None


def _shares(likeliest: Mapping[str, float], letters: Sequence[str]) -> NDArray[np.float32] | None:
    row = np.zeros(len(letters), np.float64)
    for token, logarithm in likeliest.items():
        if (letter := token.strip(' "\n:')) in letters and math.isfinite(logarithm) and logarithm <= 0:
            row[letters.index(letter)] += math.exp(logarithm)
    total = row.sum()
    shares: NDArray[np.float32] | None = (row / total).astype(np.float32) if total > 0 else None
    return shares
