"""Learning from somebody's own labels, with honest figures: duplicates go first, and what is scored was not learnt from."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass, field
from typing import Any, Generic, Protocol, TypeVar

import numpy as np
import pyarrow as pa
from numpy.typing import NDArray

from jianwei.common.progress import Progress, SilentProgress
from jianwei.errors import UsageError
from jianwei.models import ModelIdentity
from jianwei.text.evaluation.keys import key_of, tenth
from jianwei.text.evaluation.scores import Evaluation, evaluate
from jianwei.text.inputs import Texts, as_strings

__all__ = ["TINY", "Learned", "Prepared", "Trainable", "learn", "prepare"]

TINY = 10
"""A class with fewer texts than this is hardly learnt."""

_FOLDS = 5


class Trainable(Protocol):
    """What can be trained: `TextClassifier`, or anything like it."""

    def fit(self, texts: Any, labels: Any, /) -> Any: ...

    @property
    def classes(self) -> tuple[str, ...]: ...

    def probabilities(self, texts: pa.StringArray) -> NDArray[np.float32]: ...


M = TypeVar("M", bound=Trainable)


@dataclass(frozen=True, slots=True, eq=False)
class Prepared:
    """Texts and labels to learn from, each text once.

    Attributes:
        texts: string [n].
        labels: n labels: strings, or frozensets of strings with several labels a text.
        keys: n keys (see `key_of`).
        multi_label: whether texts have any number of labels.
        given: rows there were.
        empty: rows without a text; unlabelled: rows without a label (with several labels a text, none is an answer as well).
        duplicates: rows that repeat a text with its label.
        contradictions: texts that bear different labels; the label of most rows was kept, and texts without such a one were left out.
        left_out: how many texts these are.
        sizes: texts of each class, the largest first.
    """

    texts: pa.StringArray
    labels: tuple[str | frozenset[str], ...]
    keys: tuple[str, ...] = field(repr=False)
    multi_label: bool
    given: int
    empty: int
    unlabelled: int
    duplicates: int
    contradictions: tuple[str, ...]
    left_out: int
    sizes: dict[str, int]

    @property
    def tiny(self) -> dict[str, int]:
        """Classes with fewer than `TINY` texts."""
        return {label: size for label, size in self.sizes.items() if size < TINY}


def prepare(texts: Texts, labels: Iterable[Any], *, multi_label: bool = False) -> Prepared:
    """Take out what must not be learnt twice.

    Args:
        texts: n texts.
        labels: n labels; None and "" are none. With `multi_label` n collections of labels.
        multi_label: whether texts have any number of labels.

    Raises:
        UsageError: lengths differ, or what is left has less than two classes (with `multi_label`: none).

    >>> ready = prepare(["很好", "很好！", "太慢", None], ["good", "good", "bad", "bad"])
    >>> ready.texts.to_pylist(), ready.duplicates, ready.empty
    (['很好', '太慢'], 1, 1)
    """
    rows = as_strings(texts, "text.prepare").to_pylist()
    given = [_label(label, multi_label) for label in labels]
    if len(given) != len(rows):
        raise UsageError("text.prepare", f"{len(rows):,} texts and {len(given):,} labels", "give every text its label")
    empty = unlabelled = 0
    first: dict[str, str] = {}
    votes: dict[str, Counter[str | frozenset[str]]] = {}
    for text, label in zip(rows, given, strict=True):
        if not text or not text.strip():
            empty += 1
        elif label == "":
            unlabelled += 1
        else:
            key = key_of(text)
            first.setdefault(key, text)
            votes.setdefault(key, Counter())[label] += 1
    chosen = {key: _most(said) for key, said in votes.items()}
    kept = [key for key, label in chosen.items() if label is not None]
    own = tuple(label for label in chosen.values() if label is not None)
    sizes = Counter(name for label in own for name in ([label] if isinstance(label, str) else label))
    if len(sizes) < 2 - multi_label:
        raise UsageError(
            "labels", f"{len(own):,} labelled texts with {len(sizes)} class", "two classes are needed at least"
        )
    ordered = dict(sorted(sizes.items(), key=lambda item: (-item[1], item[0])))
    return Prepared(
        texts=pa.array([first[key] for key in kept], pa.string()),
        labels=own,
        keys=tuple(kept),
        multi_label=multi_label,
        given=len(rows),
        empty=empty,
        unlabelled=unlabelled,
        duplicates=sum(said.total() - len(said) for said in votes.values()),
        contradictions=tuple(first[key] for key, said in votes.items() if len(said) > 1),
        left_out=len(votes) - len(kept),
        sizes=ordered,
    )


def _label(label: Any, multi_label: bool) -> str | frozenset[str]:
    if multi_label:
        return frozenset(str(one) for one in label or ())
    return "" if label is None else str(label)


def _most(said: Counter[str | frozenset[str]]) -> str | frozenset[str] | None:
    best = said.most_common(2)
    return best[0][0] if len(best) == 1 or best[0][1] > best[1][1] else None


@dataclass(frozen=True, slots=True, eq=False)
class Learned(Generic[M]):
    """A trained model and how good it is on texts that it had not seen.

    Attributes:
        model: trained on everything.
        evaluation: of "model", and of "baseline", which always gives the most frequent label; None where too little is there to hold out.
        held: texts that were scored.
        folds: 1: a tenth by hash was held out; more: every text was, in so many rounds.
    """

    model: M
    evaluation: Evaluation | None
    held: int
    folds: int


def learn(ready: Prepared, make: Callable[[], M], *, few: int = 2000, progress: Progress | None = None) -> Learned[M]:
    """Score on texts held out by a hash of what they say, then train on everything.

    Args:
        ready: from `prepare`.
        make: gives a new untrained model.
        few: below so many texts every one is held out once, in five rounds, because a tenth of a few says little.
        progress: told of rounds.
    """
    parts = np.array([tenth(key) for key in ready.keys])
    folds = _FOLDS if len(parts) < few else 1
    rounds = [parts % _FOLDS == fold for fold in range(_FOLDS)] if folds > 1 else [parts == 0]
    with (progress or SilentProgress()).task("train", len(rounds) + 1, "rounds") as task:
        answered: list[_Held] = []
        for held in rounds:
            answered += _held(ready, make, held)
            task.advance()
        model = make()
        model.fit(ready.texts, list(ready.labels))
        task.advance()
    return Learned(model, _evaluated(ready, answered), sum(len(part.rows) for part in answered), folds)


@dataclass(frozen=True, slots=True, eq=False)
class _Held:
    """Rows that were held out, what a model said of them, and the most frequent label of the others."""

    rows: NDArray[np.int64]
    classes: tuple[str, ...]
    chances: NDArray[np.float32]
    usual: str | frozenset[str]


def _held(ready: Prepared, make: Callable[[], Trainable], held: NDArray[np.bool_]) -> list[_Held]:
    rows, rest = np.flatnonzero(held), np.flatnonzero(~held)
    labels = [ready.labels[row] for row in rest]
    distinct = {name for label in labels for name in ([label] if isinstance(label, str) else label)}
    if not len(rows) or len(distinct) < 2 - ready.multi_label:
        return []
    model = make()
    model.fit(ready.texts.take(pa.array(rest)), labels)
    chances = model.probabilities(ready.texts.take(pa.array(rows)))
    return [_Held(rows, model.classes, chances, Counter(labels).most_common(1)[0][0])]


def _evaluated(ready: Prepared, parts: Sequence[_Held]) -> Evaluation | None:
    if not parts:
        return None
    classes = tuple(sorted(ready.sizes))
    place = {name: at for at, name in enumerate(classes)}
    said: dict[str, NDArray[np.float32]] = {}
    usual: dict[str, str | frozenset[str]] = {}
    for part in parts:
        wide = np.zeros((len(part.rows), len(classes)), np.float32)
        wide[:, [place[name] for name in part.classes]] = part.chances
        for row, chances in zip(part.rows, wide, strict=True):
            text = ready.texts[row].as_py()
            said[text], usual[text] = chances, part.usual
    rows = np.concatenate([part.rows for part in parts])
    return evaluate(
        {"model": _Recalled(classes, said), "baseline": lambda texts: [usual[text] for text in texts]},
        ready.texts.take(pa.array(rows)),
        [ready.labels[row] for row in rows],
        multi_label=ready.multi_label,
    )


@dataclass(frozen=True, slots=True, eq=False)
class _Recalled:
    """Says again what models said of texts that each had not seen."""

    classes: tuple[str, ...]
    said: dict[str, NDArray[np.float32]]

    @property
    def identity(self) -> ModelIdentity:
        return ModelIdentity("held-out", "")

    def probabilities(self, texts: pa.StringArray) -> NDArray[np.float32]:
        return np.stack([self.said[text] for text in texts.to_pylist()])
