"""Models side by side on the same labelled texts."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from itertools import combinations
from typing import Any

import numpy as np
import pyarrow as pa
from numpy.typing import ArrayLike, NDArray

from jianwei.common.progress import Progress, SilentProgress
from jianwei.common.results import Rows
from jianwei.common.stats import wilson
from jianwei.errors import UsageError
from jianwei.text.evaluation.answers import Answers, Model, ask
from jianwei.text.evaluation.figures import calibration_error, class_table, mcnemar, reliability
from jianwei.text.inputs import Texts, as_strings

__all__ = ["COMPARISON_SCHEMA", "EVALUATION_SCHEMA", "Evaluation", "Scores", "evaluate"]

EVALUATION_SCHEMA = pa.schema(
    [
        ("model", pa.string()),
        ("part", pa.string()),
        ("rows", pa.int64()),
        ("accuracy", pa.float64()),
        ("low", pa.float64()),
        ("high", pa.float64()),
        ("macro_f1", pa.float64()),
        ("micro_f1", pa.float64()),
        ("ece", pa.float64()),
        ("texts_per_second", pa.float64()),
    ]
)
COMPARISON_SCHEMA = pa.schema(
    [
        ("part", pa.string()),
        ("one", pa.string()),
        ("other", pa.string()),
        ("only_one", pa.int64()),
        ("only_other", pa.int64()),
        ("p", pa.float64()),
    ]
)


@dataclass(frozen=True, eq=False)
class Scores:
    """One model on one part of the rows.

    Attributes:
        model: its name.
        part: "" for all rows, or the name of a part.
        classes: those that occur among the labels or the answers, sorted; averages are over these.
        accuracy: share of rows whose label, or whole set of labels, is right; `low` and `high` are its 95 % Wilson interval.
        macro_f1: mean of the classes' F1; micro_f1: F1 of all decisions together (with one label a row, the accuracy).
        ece: expected calibration error, 15 bins of equal width: of the chosen class's probability; of several labels a row, of every
            class's. None of a model without probabilities.
        rate: texts a second on this machine, over distinct texts.
        right: bool [n], which rows are right.
        per_class: label, precision, recall, f1, support, predicted.
        confusion: int64 [k, k], rows are the true class, columns the given one, as in `classes`; None with several labels a row.
        reliability: low, high, rows, confidence, accuracy; None as `ece`.
    """

    model: str
    part: str
    classes: tuple[str, ...]
    accuracy: float
    low: float
    high: float
    macro_f1: float
    micro_f1: float
    ece: float | None
    rate: float
    right: NDArray[np.bool_] = field(repr=False)
    per_class: pa.Table = field(repr=False)
    confusion: NDArray[np.int64] | None = field(repr=False)
    reliability: pa.Table | None = field(repr=False)

    @property
    def rows(self) -> int:
        """How many rows were judged."""
        return len(self.right)

    def to_arrow(self) -> pa.Table:
        """`per_class`."""
        return self.per_class

    def confusion_table(self) -> pa.Table:
        """Columns truth, then one int64 column a given class; without rows with several labels a row."""
        if self.confusion is None:
            return pa.table({"truth": pa.array([], pa.string())})
        return pa.table(
            [pa.array(self.classes, pa.string()), *(pa.array(column) for column in self.confusion.T)],
            names=["truth", *self.classes],
        )


@dataclass(frozen=True)
class Evaluation(Rows):
    """Rows: model, part, rows, accuracy, low, high, macro_f1, micro_f1, ece, texts_per_second: by part, models as they were given.

    Attributes:
        scores: everything known of each row.
        comparisons: for every two models on every part: only_one and only_other, how many rows just one of them has right, and p,
            the probability of such a split if both were equally good (McNemar, exact).
    """

    scores: tuple[Scores, ...]
    comparisons: pa.Table

    def of(self, model: str, part: str = "") -> Scores:
        """The scores of one model.

        Raises:
            UsageError: it was not evaluated.
        """
        for one in self.scores:
            if (one.model, one.part) == (model, part):
                return one
        raise UsageError(
            "Evaluation.of", f"nothing on {model!r}, {part!r}", f"known: {sorted({s.model for s in self.scores})}"
        )

    def to_markdown(self) -> str:
        """The rows as a Markdown table, for docs and benchmarks."""
        return "\n".join(["| " + " | ".join(line) + " |" for line in _lines(self)])


def evaluate(
    models: Mapping[str, Model],
    texts: Texts,
    labels: Iterable[Any],
    *,
    parts: Mapping[str, ArrayLike] | None = None,
    multi_label: bool = False,
    threshold: float = 0.5,
    progress: Progress | None = None,
) -> Evaluation:
    """Let models answer the same texts, and compare their answers with the labels.

    Args:
        models: name → classifier, or function from a list of texts to their labels.
        texts: n texts.
        labels: n labels, compared as strings; with `multi_label` n collections of labels.
        parts: name → bool [n], further parts of the rows to judge apart, e.g. `{"clean": leaks(...).clean}`.
        multi_label: whether a text has any number of labels.
        threshold: from which probability on a label counts as given; only with `multi_label`.
        progress: told of texts.

    Raises:
        UsageError: nothing to evaluate, or the lengths differ.

    >>> found = evaluate({"long": lambda texts: ["y" if len(t) > 2 else "n" for t in texts]}, ["好", "很不错"], ["n", "y"])
    >>> found.of("long").accuracy
    1.0
    """
    array, truth = as_strings(texts, "text.evaluate"), [_names(label, multi_label) for label in labels]
    if len(truth) != len(array):
        raise UsageError(
            "text.evaluate", f"{len(array):,} texts and {len(truth):,} labels", "give every text its label"
        )
    if not models or not len(array):
        raise UsageError("text.evaluate", "nothing to evaluate", "give a model and a labelled text at least")
    answered: dict[str, Answers] = {}
    with (progress or SilentProgress()).task("evaluate", len(models) * len(array), "texts") as task:
        for name, model in models.items():
            answered[name] = ask(name, model, array, multi_label=multi_label, threshold=threshold, advance=task.advance)
    scores: list[Scores] = []
    pairs: list[tuple[str, str, str, int, int, float]] = []
    for part, rows in _parts(parts, len(array)).items():
        wanted = np.flatnonzero(rows)
        kept = [truth[row] for row in wanted]
        own = [_judge(name, part, answers, wanted, kept, multi_label) for name, answers in answered.items()]
        scores += own
        for one, other in combinations(own, 2):
            split = int((one.right & ~other.right).sum()), int((other.right & ~one.right).sum())
            pairs.append((part, one.model, other.model, *split, mcnemar(*split)))
    return Evaluation(_table(scores), scores=tuple(scores), comparisons=_columns(pairs, COMPARISON_SCHEMA))


def _names(label: Any, multi_label: bool) -> frozenset[str]:
    return frozenset(str(one) for one in label) if multi_label else frozenset([str(label)])


def _parts(parts: Mapping[str, ArrayLike] | None, rows: int) -> dict[str, NDArray[np.bool_]]:
    chosen = {"": np.ones(rows, bool)} | {name: np.asarray(part, bool) for name, part in (parts or {}).items()}
    for name, part in chosen.items():
        if part.shape != (rows,):
            raise UsageError("text.evaluate", f"part {name!r} has another length than the texts", "give a bool a text")
    return {name: part for name, part in chosen.items() if part.any()}


def _judge(
    name: str,
    part: str,
    answers: Answers,
    rows: NDArray[np.int64],
    truth: Sequence[frozenset[str]],
    multi_label: bool,
) -> Scores:
    says = answers.chosen[rows]
    occurring = {label for at, label in enumerate(answers.classes) if says[:, at].any()}
    classes = tuple(sorted(occurring.union(*truth)))
    chosen, held = _spread(says, answers.classes, classes), _marked(truth, classes)
    right = (chosen == held).all(axis=1)
    low, high = wilson([right.sum()], [len(right)])
    per_class = class_table(classes, held, chosen)
    both, either = int((chosen & held).sum()), int(chosen.sum() + held.sum())
    bins = None
    if answers.chances is not None:
        chances = answers.chances[rows]
        if multi_label:
            bins = reliability(chances.ravel(), _marked(truth, answers.classes).ravel())
        else:
            bins = reliability(chances.max(axis=1), right)
    return Scores(
        model=name,
        part=part,
        classes=classes,
        accuracy=float(right.mean()),
        low=float(low[0]),
        high=float(high[0]),
        macro_f1=float(np.mean(per_class["f1"].to_numpy())) if classes else 0.0,
        micro_f1=2 * both / max(either, 1),
        ece=None if bins is None else calibration_error(bins),
        rate=answers.rate,
        right=right,
        per_class=per_class,
        confusion=None if multi_label else held.astype(np.int64).T @ chosen.astype(np.int64),
        reliability=bins,
    )


def _marked(truth: Sequence[frozenset[str]], classes: tuple[str, ...]) -> NDArray[np.bool_]:
    place = {label: at for at, label in enumerate(classes)}
    marked = np.zeros((len(truth), len(classes)), bool)
    for row, labels in enumerate(truth):
        marked[row, [place[label] for label in labels if label in place]] = True
    return marked


def _spread(chosen: NDArray[np.bool_], given: tuple[str, ...], classes: tuple[str, ...]) -> NDArray[np.bool_]:
    """The columns of `given` at the places they have in `classes`; those that are not there hold nothing."""
    wide = np.zeros((len(chosen), len(classes)), bool)
    place = {label: at for at, label in enumerate(classes)}
    for at, label in enumerate(given):
        if label in place:
            wide[:, place[label]] |= chosen[:, at]
    return wide


def _table(scores: Sequence[Scores]) -> pa.Table:
    rows = [(s.model, s.part, s.rows, s.accuracy, s.low, s.high, s.macro_f1, s.micro_f1, s.ece, s.rate) for s in scores]
    return _columns(rows, EVALUATION_SCHEMA)


def _columns(rows: Sequence[tuple[Any, ...]], schema: pa.Schema) -> pa.Table:
    columns = list(zip(*rows, strict=True)) if rows else [()] * len(schema)
    return pa.table([pa.array(values, kind.type) for values, kind in zip(columns, schema, strict=True)], schema=schema)


def _lines(found: Evaluation) -> Iterator[list[str]]:
    yield ["model", "rows", "accuracy", "95 %", "macro-F1", "ECE", "texts/s"]
    yield ["---", *["---:"] * 6]
    for one in found.scores:
        yield [
            one.model + (f" ({one.part})" if one.part else ""),
            f"{one.rows:,}",
            f"{one.accuracy:.3f}",
            f"{one.low:.3f}–{one.high:.3f}",
            f"{one.macro_f1:.3f}",
            "–" if one.ece is None else f"{one.ece:.3f}",
            _rounded(one.rate),
        ]


def _rounded(rate: float) -> str:
    """Three digits are all that a speed has."""
    digits = max(len(str(int(rate))) - 3, 0)
    return f"{round(rate, -digits) if digits else rate:,.{0 if rate >= 10 else 1}f}"
