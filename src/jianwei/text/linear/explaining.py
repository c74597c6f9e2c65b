"""Which n-grams of a text decided. The hashing of the kernels, said again in plain Python: slow, and readable."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np
import pyarrow as pa

from jianwei.common.results import Rows
from jianwei.text.linear.hashing import NGrams
from jianwei.text.linear.model import LinearModel

__all__ = ["EXPLANATION_SCHEMA", "Explanation", "bucket_of", "explain", "grams"]

EXPLANATION_SCHEMA = pa.schema(
    [("row", pa.int64()), ("label", pa.string()), ("ngram", pa.string()), ("weight", pa.float64())]
)
_GOLDEN, _OTHER, _WORD = 0x9E3779B97F4A7C15, 0xC2B2AE3D27D4EB4F, (1 << 64) - 1
_BLANKS = {0x3000, 0xA0}


@dataclass(frozen=True)
class Explanation(Rows):
    """Rows: row (which text), label (its most probable class), ngram, weight (what the n-gram adds to that class's logit).

    By text, then those with the largest absolute weight first. A blank in an n-gram stands for blanks, the beginning or the end. Of a
    binary model the logits of the two classes are opposite: what speaks for one speaks against the other.
    """


def explain(model: LinearModel, texts: pa.StringArray, k: int = 10) -> Explanation:
    """The k n-grams of every text that weigh most, for or against its most probable class."""
    rows: list[tuple[int, str, str, float]] = []
    for row, (text, code) in enumerate(zip(texts.to_pylist(), model.codes(texts).tolist(), strict=True)):
        found = dict(grams(text or "", model.ngrams))
        if not found:
            continue
        table = model.weight(np.array(list(found), np.uint32)) / np.sqrt(len(found))
        weights = table[:, 0] * (1 if code else -1) if model.kind == "binary" else table[:, code]
        best = np.argsort(-np.abs(weights), kind="stable")[:k]
        names = list(found.values())
        rows += [(row, model.classes[code], names[at], float(weights[at])) for at in best if weights[at] != 0]
    columns = zip(*rows, strict=True) if rows else [[]] * len(EXPLANATION_SCHEMA)
    return Explanation(
        pa.table(dict(zip(EXPLANATION_SCHEMA.names, map(list, columns), strict=True)), EXPLANATION_SCHEMA)
    )


def grams(text: str, ngrams: NGrams) -> Iterator[tuple[int, str]]:
    """Bucket and characters of every n-gram of a text, in the order of the kernels; the first of a bucket is its name.

    >>> [gram for _, gram in grams("Ａb  c", NGrams(2, 2, 20))]
    [' a', 'ab', 'b ', ' c', 'c ']
    """
    characters = _folded(text)
    seen = set()
    for end in range(1, len(characters)):
        for length in range(1, ngrams.highest + 1):
            if length > end + 1:
                break
            gram = characters[end + 1 - length : end + 1]
            if length < ngrams.lowest or gram == " ":
                continue
            bucket = bucket_of(gram, ngrams.bits)
            if bucket not in seen:
                seen.add(bucket)
                yield bucket, gram


def _folded(text: str) -> str:
    characters = [" "]
    for character in [*text, " "]:
        code = ord(character)
        if 0xFF01 <= code <= 0xFF5E:
            code -= 0xFEE0
        if 65 <= code <= 90:
            code += 32
        if code <= 32 or code in _BLANKS:
            code = 32
        if code != 32 or characters[-1] != " ":
            characters.append(chr(code))
    return "".join(characters)


def bucket_of(gram: str, bits: int) -> int:
    """The bucket of an n-gram of folded characters."""
    codes = [ord(character) for character in reversed(gram)]
    key = codes[0]
    for place, code in enumerate(codes[1:3], 1):
        key |= code << (21 * place)
    for code in codes[3:]:
        key = (key * _OTHER + code) & _WORD
    mixed = ((key ^ (len(gram) * _OTHER & _WORD)) * _GOLDEN) & _WORD
    mixed = ((mixed ^ (mixed >> 29)) * _OTHER) & _WORD
    return mixed >> (64 - bits)
