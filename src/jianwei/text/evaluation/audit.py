"""Rows that stand in the training texts and in the test texts: what a model knows by heart tells nothing of what it has learnt."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from typing import Any

import numpy as np
import pyarrow as pa
from numpy.typing import NDArray

from jianwei.common.progress import Progress, SilentProgress
from jianwei.common.results import Rows
from jianwei.errors import UsageError
from jianwei.text.evaluation.keys import key_of
from jianwei.text.evaluation.near import near_duplicates
from jianwei.text.inputs import Texts, as_strings

__all__ = ["LEAKS_SCHEMA", "LEAK_KINDS", "Leaks", "leaks"]

LEAK_KINDS = ("exact", "normalised", "near")
LEAKS_SCHEMA = pa.schema(
    [
        ("test_row", pa.int64()),
        ("train_row", pa.int64()),
        ("kind", pa.string()),
        ("similarity", pa.float64()),
        ("test_label", pa.string()),
        ("train_label", pa.string()),
        ("test_text", pa.string()),
        ("train_text", pa.string()),
    ]
)
LABELS_SCHEMA = pa.schema(
    [("label", pa.string()), ("rows", pa.int64()), ("leaked", pa.int64()), ("share", pa.float64())]
)


@dataclass(frozen=True)
class Leaks(Rows):
    """Rows: test_row and train_row (from 0; the first such training row), kind, similarity, and label and text of both; in test order.

    kind is "exact" (the same characters), "normalised" (the same letters and digits, see `keys.key_of`) or "near" (the sets of their
    trigrams are similar: Jaccard); similarity is 1 for the first two.

    Attributes:
        train_rows, test_rows: how many there are.
        exact, normalised, near: test rows of each kind.
        share: of the test rows that leak.
        contradictory: test rows that stand in train, exactly or normalised, under other labels only; what no model can have right by heart.
        train_duplicates: training rows that repeat an earlier one (normalised).
        train_contradictions: training rows whose text bears several labels.
        clean: bool [test_rows], those that do not leak.
        by_label: label, rows (of the test), leaked, share; empty without labels.
    """

    train_rows: int
    test_rows: int
    exact: int
    normalised: int
    near: int
    share: float
    contradictory: int
    train_duplicates: int
    train_contradictions: int
    clean: NDArray[np.bool_] = field(repr=False, compare=False)
    by_label: pa.Table = field(repr=False)


def leaks(
    train: Texts,
    test: Texts,
    *,
    train_labels: Iterable[Any] | None = None,
    test_labels: Iterable[Any] | None = None,
    near: float | None = 0.8,
    progress: Progress | None = None,
) -> Leaks:
    """Find the test rows that stand in train. Rows without letters or digits, and empty ones, leak only if they are the same exactly.

    Args:
        train, test: texts.
        train_labels, test_labels: their labels, compared as strings; both or neither.
        near: from which similarity on two texts are nearly the same; None finds exact and normalised ones only.
        progress: told of texts.

    Raises:
        UsageError: lengths differ, or `near` is not above 0 and at most 1.

    >>> found = leaks(["很好！", "太慢"], ["很好。", "便宜"])
    >>> found.normalised, found.share, found.clean.tolist()
    (1, 0.5, [False, True])
    """
    if near is not None and not 0 < near <= 1:
        raise UsageError("text.leaks", f"near = {near}", "choose above 0 and at most 1, or None")
    known, asked = (as_strings(texts, "text.leaks").fill_null("").to_pylist() for texts in (train, test))
    ours, theirs = _labels(train_labels, len(known), "train"), _labels(test_labels, len(asked), "test")
    keys, wanted = [key_of(text) for text in known], [key_of(text) for text in asked]
    first: dict[str, int] = {}
    literal: dict[str, int] = {}
    said: dict[str, set[str]] = {}
    for row, (text, key) in enumerate(zip(known, keys, strict=True)):
        first.setdefault(key, row)
        literal.setdefault(text, row)
        said.setdefault(key, set()).add(ours[row])
    at = np.array([literal.get(t, first.get(k, -1)) for t, k in zip(asked, wanted, strict=True)], np.int64)
    same = np.array([text in literal for text in asked], bool)
    kind = np.where(at < 0, -1, np.where(same, 0, 1))
    similarity = np.where(at < 0, 0.0, 1.0)
    left = np.flatnonzero(at < 0)
    if near is not None and len(left) and first:
        others = list(first)
        with (progress or SilentProgress()).task("leaks", len(left), "texts") as task:
            found = near_duplicates([wanted[row] for row in left], others, near, task.advance)
        hit = np.flatnonzero(found.at >= 0)
        kind[left[hit]], similarity[left[hit]] = 2, found.similarity[hit]
        at[left[hit]] = [first[others[other]] for other in found.at[hit]]
    rows = np.flatnonzero(kind >= 0)
    labelled = train_labels is not None and test_labels is not None
    against = [row for row in rows if kind[row] < 2 and theirs[row] not in said[wanted[row]]] if labelled else []
    return Leaks(
        _table(rows, at, kind, similarity, theirs if labelled else None, ours if labelled else None, asked, known),
        train_rows=len(known),
        test_rows=len(asked),
        exact=int((kind == 0).sum()),
        normalised=int((kind == 1).sum()),
        near=int((kind == 2).sum()),
        share=len(rows) / len(asked) if asked else 0.0,
        contradictory=len(against),
        train_duplicates=len(known) - len(first),
        train_contradictions=sum(len(said[key]) > 1 for key in keys) if train_labels is not None else 0,
        clean=kind < 0,
        by_label=_by_label(theirs if labelled else [], kind),
    )


def _labels(labels: Iterable[Any] | None, rows: int, name: str) -> list[str]:
    if labels is None:
        return [""] * rows
    given = [str(label) for label in labels]
    if len(given) != rows:
        raise UsageError("text.leaks", f"{rows:,} {name} texts and {len(given):,} labels", "give every text its label")
    return given


def _table(
    rows: NDArray[np.int64],
    at: NDArray[np.int64],
    kind: NDArray[np.int64],
    similarity: NDArray[np.float64],
    theirs: Sequence[str] | None,
    ours: Sequence[str] | None,
    asked: Sequence[str],
    known: Sequence[str],
) -> pa.Table:
    return pa.table(
        {
            "test_row": rows,
            "train_row": at[rows],
            "kind": [LEAK_KINDS[code] for code in kind[rows]],
            "similarity": similarity[rows],
            "test_label": [theirs[row] for row in rows] if theirs is not None else [None] * len(rows),
            "train_label": [ours[row] for row in at[rows]] if ours is not None else [None] * len(rows),
            "test_text": [asked[row] for row in rows],
            "train_text": [known[row] for row in at[rows]],
        },
        LEAKS_SCHEMA,
    )


def _by_label(labels: Sequence[str], kind: NDArray[np.int64]) -> pa.Table:
    names, codes = np.unique(np.array(labels, str), return_inverse=True)
    rows = np.bincount(codes, minlength=len(names))
    leaked = np.bincount(codes, kind >= 0, len(names)).astype(np.int64) if len(labels) else rows
    return pa.table(
        {"label": names.tolist(), "rows": rows, "leaked": leaked, "share": leaked / np.maximum(rows, 1)}, LABELS_SCHEMA
    )
