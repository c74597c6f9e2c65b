"""A classifier trained on somebody's own labels, saved, with what it can and what it has learnt."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pyarrow as pa

from jianwei.common.progress import Progress
from jianwei.errors import StoreError, UsageError
from jianwei.text.classifier import TextClassifier
from jianwei.text.evaluation import Evaluation
from jianwei.text.evaluation.learning import Learned, Prepared, learn, prepare
from jianwei.workspace.texts.choosing import Savable, maker
from jianwei.workspace.texts.reading import Posts
from jianwei.workspace.texts.writing import check_folder

__all__ = ["School", "Telling", "draw_scores", "labels_of", "renamed", "school"]

_FEW = {"fast": 2000, "accurate": 500, "few-shot": 500}
_TELLING = 6


@dataclass(frozen=True, slots=True)
class Telling:
    """The n-grams that tell a class from the others, the most telling first."""

    label: str
    ngrams: tuple[str, ...]


@dataclass(frozen=True, slots=True, eq=False)
class School:
    """What came of training.

    Attributes:
        ready: what was learnt from.
        learned: the model and its figures.
        telling: a line a class; empty where the model does not say.
    """

    ready: Prepared
    learned: Learned[Savable]
    telling: tuple[Telling, ...]

    def plain(self) -> dict[str, Any]:
        """The figures, for JSON."""
        ready, found = self.ready, self.learned.evaluation
        figures: dict[str, Any] = {
            "given": ready.given,
            "texts": len(ready.texts),
            "classes": ready.sizes,
            "duplicates": ready.duplicates,
            "empty": ready.empty,
            "unlabelled": ready.unlabelled,
            "contradictions": len(ready.contradictions),
            "left_out": ready.left_out,
            "held_out": self.learned.held,
            "folds": self.learned.folds,
            "telling": {one.label: one.ngrams for one in self.telling},
        }
        if found is not None:
            one = found.of("model")
            figures |= {
                "accuracy": one.accuracy,
                "low": one.low,
                "high": one.high,
                "macro_f1": one.macro_f1,
                "micro_f1": one.micro_f1,
                "ece": one.ece,
                "baseline": found.of("baseline").accuracy,
                "per_class": one.per_class,
                "confusion": one.confusion_table(),
            }
        return figures


def labels_of(posts: Posts, separator: str | None) -> Sequence[Any]:
    """Labels of every row; with a separator, a list of them each.

    Args:
        posts: read with labels.
        separator: what stands between the labels of a row.
    """
    given: list[str] = posts.labels.to_pylist() if posts.labels is not None else []
    if separator is None:
        return given
    return [[part.strip() for part in label.split(separator) if part.strip()] for label in given]


def renamed(labels: Sequence[Any], names: str | None) -> Sequence[Any]:
    """Labels under other names, so that those of a file and those of a model can be compared.

    Args:
        labels: n labels, or n lists of labels.
        names: "old=new,old=new"; labels that are not named stay.

    Raises:
        UsageError: it is not of this form.

    >>> renamed(["0", "1", "x"], "0=negative,1=positive")
    ['negative', 'positive', 'x']
    """
    if names is None:
        return labels
    pairs = [part.split("=") for part in names.split(",")]
    if any(len(pair) != 2 or not all(side.strip() for side in pair) for pair in pairs):
        raise UsageError("--rename", f"{names!r} is not old=new", "write it like 0=negative,1=positive")
    known = {old.strip(): new.strip() for old, new in pairs}
    return [
        known.get(label, label) if isinstance(label, str) else [known.get(one, one) for one in label]
        for label in labels
    ]


def school(
    posts: Posts, path: Path, *, tier: str = "fast", separator: str | None = None, progress: Progress | None = None
) -> School:
    """Train on posts with labels, and write the model.

    Args:
        posts: read with labels.
        path: where to write.
        tier: one of `choosing.TIERS`.
        separator: what stands between the labels of a row that has several; None: every row has one.
        progress: told of rounds.

    Raises:
        UsageError: nothing to tell apart, no such tier, no such folder.
        StoreError: the model cannot be written.
    """
    several = separator is not None
    check_folder(path)
    make = maker(tier, multi_label=several)
    ready = prepare(posts.texts, labels_of(posts, separator), multi_label=several)
    learned = learn(ready, make, few=_FEW.get(tier, 0), progress=progress)
    learned.model.save(path)
    return School(ready, learned, _telling(learned.model, ready.texts))


def _telling(model: Savable, texts: pa.StringArray) -> tuple[Telling, ...]:
    if not isinstance(model, TextClassifier):
        return ()
    from jianwei.text.blend.model import BlendedModel
    from jianwei.text.linear.telling import telling_ngrams

    trained = model.model_
    characters = trained.characters if isinstance(trained, BlendedModel) else trained
    found: dict[str, list[str]] = {name: [] for name in model.classes}
    for row in telling_ngrams(characters, texts, _TELLING).to_pylist():
        found[row["label"]].append(row["ngram"].strip())
    return tuple(Telling(name, tuple(ngrams)) for name, ngrams in found.items())


def draw_scores(found: Evaluation, folder: Path, language: str) -> tuple[Path, ...]:
    """Write `<model>-reliability.png` and `<model>-confusion.png` for every model that has them.

    Raises:
        StoreError: the folder or a file cannot be written.
    """
    from jianwei.render.charts import confusion, reliability
    from jianwei.render.draw import Painter

    painter, written = Painter(language), []
    try:
        folder.mkdir(parents=True, exist_ok=True)
        for one in found.scores:
            name = f"{one.model}-{one.part}" if one.part else one.model
            charts = [reliability(one)] if one.reliability is not None else []
            charts += [confusion(one)] if one.confusion is not None else []
            for chart in charts:
                path = folder / f"{name}-{chart.key}.png"
                path.write_bytes(painter.png(chart, width=720))
                written.append(path)
    except OSError as error:
        raise StoreError(
            str(folder), f"cannot be written ({error.strerror or error})", "choose another folder"
        ) from error
    return tuple(written)
