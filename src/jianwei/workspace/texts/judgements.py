"""What a classifier says of every post."""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass

import numpy as np
import pyarrow as pa
from numpy.typing import NDArray

from jianwei.common.progress import Progress, SilentProgress
from jianwei.common.results import Rows
from jianwei.errors import UsageError
from jianwei.text._base import Classifier
from jianwei.text.inputs import portions
from jianwei.workspace.texts.reading import Posts

__all__ = ["Judgements", "judge", "moderate"]

_REASONS = 5


@dataclass(frozen=True)
class Judgements(Rows):
    """Rows: labels (best first), scores (their probabilities), and, where asked for, because (n-grams and what they weigh): one a post.

    A post without a text has null; one for which nothing is probable enough has no labels.

    Attributes:
        model: name and version of the model.
        judged: posts with a text.
        totals: label → posts that have it as their best one (of several labels a post: among its labels); "" where there is none.
    """

    model: str
    judged: int
    totals: dict[str, int]


def judge(
    posts: Posts,
    model: Classifier,
    *,
    top: int = 1,
    threshold: float | None = None,
    explain: bool = False,
    progress: Progress | None = None,
) -> Judgements:
    """Let a classifier answer.

    Args:
        posts: what was read.
        model: who answers.
        top: how many labels to name, where the model's classes exclude each other.
        threshold: the least probability of a label; 0 by default, 0.5 where a text may have several labels.
        explain: whether to name the n-grams that decided.
        progress: told of posts.

    Raises:
        UsageError: the model explains nothing.
    """
    if explain and not hasattr(model, "explain"):
        raise UsageError("--explain", f"{model.identity.name} cannot say why", "use a model of the fast tier")
    several = bool(getattr(model, "multi_label", False))
    least = threshold if threshold is not None else 0.5 if several else 0.0
    most = len(model.classes) if several else top
    labels: list[list[str]] = []
    scores: list[list[float]] = []
    because: list[str] = []
    filled = posts.filled().texts
    with (progress or SilentProgress()).task("classify", len(filled), "posts") as task:
        for portion in portions(filled):
            chances = model.probabilities(portion)
            for row, order in zip(chances, np.argsort(-chances, axis=1, kind="stable")[:, :most], strict=True):
                kept = [at for at in order.tolist() if row[at] >= least]
                labels.append([model.classes[at] for at in kept])
                scores.append([float(row[at]) for at in kept])
            if explain:
                because += _reasons(model, portion)
            task.advance(len(portion))
    counted = Counter(name for names in labels for name in ((names if several else names[:1]) or [""]))
    known = posts.texts.is_valid().to_numpy(zero_copy_only=False)
    columns = {
        "labels": _spread(labels, known, pa.list_(pa.string())),
        "scores": _spread(scores, known, pa.list_(pa.float32())),
    }
    if explain:
        columns["because"] = _spread(because, known, pa.string())
    name = f"{model.identity.name} {model.identity.version[:16]}".strip()
    totals = dict(sorted(counted.items(), key=lambda item: (-item[1], item[0])))
    return Judgements(pa.table(columns), model=name, judged=len(filled), totals=totals)


def moderate(posts: Posts, *, explain: bool = False, progress: Progress | None = None) -> Judgements:
    """Whether every post is normal, advertising, fraud or abuse; see `text.moderation`, whose thresholds count here."""
    from jianwei.text import moderation

    filled = posts.filled().texts
    tables, identity = [], moderation.judge([]).identity
    with (progress or SilentProgress()).task("moderate", len(filled), "posts") as task:
        for portion in portions(filled):
            tables.append(moderation.judge(portion).to_arrow().select(["label", "score", "reasons"]))
            task.advance(len(portion))
    rows = [row for table in tables for row in table.to_pylist()]
    known = posts.texts.is_valid().to_numpy(zero_copy_only=False)
    columns = {
        "labels": _spread([[row["label"]] for row in rows], known, pa.list_(pa.string())),
        "scores": _spread([[row["score"]] for row in rows], known, pa.list_(pa.float32())),
    }
    if explain:
        columns["because"] = _spread(["  ".join(row["reasons"]) for row in rows], known, pa.string())
    counted = Counter(row["label"] for row in rows)
    totals = dict(sorted(counted.items(), key=lambda item: (-item[1], item[0])))
    name = f"{identity.name} {identity.version[:16]}"
    return Judgements(pa.table(columns), model=name, judged=len(filled), totals=totals)


def _reasons(model: Classifier, texts: pa.StringArray) -> list[str]:
    reasons: list[list[str]] = [[] for _ in range(len(texts))]
    for row in model.explain(texts, _REASONS):  # type: ignore[attr-defined]
        reasons[row["row"]].append(f"{row['ngram'].strip() or '␣'} {row['weight']:+.2f}")
    return ["  ".join(one) for one in reasons]


def _spread(
    values: list[list[str]] | list[list[float]] | list[str], known: NDArray[np.bool_], kind: pa.DataType
) -> pa.Array:
    """Values of the rows that are known, null for the others."""
    places = pa.array(np.cumsum(known) - 1, pa.int64(), mask=~known)
    return pa.array(values, kind).take(places)
