"""Which n-grams tell a class from the others: what a model has learnt, in a form that people can check."""

from __future__ import annotations

import numpy as np
import pyarrow as pa

from jianwei.text.linear.explaining import grams
from jianwei.text.linear.model import LinearModel

__all__ = ["TELLING_SCHEMA", "telling_ngrams"]

TELLING_SCHEMA = pa.schema(
    [("label", pa.string()), ("ngram", pa.string()), ("weight", pa.float64()), ("texts", pa.int64())]
)
_TEXTS, _CHARACTERS = 1500, 200


def telling_ngrams(model: LinearModel, texts: pa.StringArray, k: int = 8) -> pa.Table:
    """The k most telling n-grams of every class: those with the largest weight times the root of the texts that have them.

    Buckets do not remember their n-grams, so names are looked for in texts: 1,500 of them, spread evenly, 200 characters of each. An
    n-gram in two texts at least counts; one inside another, or around it, is not told again.

    Args:
        model: what was learnt.
        texts: those it learnt from.
        k: how many a class.

    Returns:
        label, ngram, weight (what it adds to the logit of a text with one n-gram), texts (of those looked at).
    """
    names: dict[int, str] = {}
    counts: dict[int, int] = {}
    looked_at = np.linspace(0, len(texts) - 1, min(len(texts), _TEXTS)).astype(np.int64)
    for text in texts.take(pa.array(looked_at)).to_pylist():
        for bucket, gram in grams((text or "")[:_CHARACTERS], model.ngrams):
            names.setdefault(bucket, gram)
            counts[bucket] = counts.get(bucket, 0) + 1
    buckets = np.array([bucket for bucket, count in counts.items() if count > 1], np.uint32)
    held = np.array([counts[bucket] for bucket in buckets.tolist()], np.int64)
    weights = model.weight(buckets)
    if model.kind == "binary":
        weights = np.concatenate([-weights, weights], axis=1)
    rows: list[tuple[str, str, float, int]] = []
    for code, label in enumerate(model.classes):
        told: list[str] = []
        for at in np.argsort(-weights[:, code] * np.sqrt(held), kind="stable"):
            gram = names[int(buckets[at])]
            if len(told) == k or weights[at, code] <= 0:
                break
            bare = gram.strip()
            if bare and not any(bare in other or other in bare for other in told):
                told.append(bare)
                rows.append((label, gram, float(weights[at, code]), int(held[at])))
    columns = zip(*rows, strict=True) if rows else [()] * len(TELLING_SCHEMA)
    return pa.table(
        [pa.array(values, kind.type) for values, kind in zip(columns, TELLING_SCHEMA, strict=True)],
        schema=TELLING_SCHEMA,
    )
