"""Learning from one's own labels: what is taken out, and that nothing is scored by a model that has seen it."""

from __future__ import annotations

from typing import Any

import numpy as np
import pyarrow as pa
import pytest
from numpy.typing import NDArray

from jianwei.errors import UsageError
from jianwei.text.classifier import TextClassifier
from jianwei.text.evaluation import key_of, tenth
from jianwei.text.evaluation.learning import learn, prepare
from jianwei.text.linear.telling import telling_ngrams


class ByHeart:
    """Knows what it has seen, and takes everything else for the first class."""

    def fit(self, texts: pa.StringArray, labels: list[str], /) -> None:
        self.known = dict(zip(map(key_of, texts.to_pylist()), labels, strict=True))
        self.classes = tuple(sorted(set(labels)))

    classes: tuple[str, ...] = ()

    def probabilities(self, texts: pa.StringArray) -> NDArray[np.float32]:
        chances = np.zeros((len(texts), len(self.classes)), np.float32)
        for row, text in enumerate(texts.to_pylist()):
            chances[row, self.classes.index(self.known.get(key_of(text), self.classes[0]))] = 1
        return chances


def test_prepare() -> None:
    rows: list[tuple[str | None, str | None]] = [
        ("很好", "a"), ("很好！", "a"), ("很好", "b"), ("一半", "a"), ("一半", "b"), ("", "a"), (None, "b"), ("无", None),
        ("无", ""), ("差", "b"),
    ]  # fmt: skip
    ready = prepare([row[0] for row in rows], [row[1] for row in rows])
    assert dict(zip(ready.texts.to_pylist(), ready.labels, strict=True)) == {"很好": "a", "差": "b"}
    assert (ready.given, ready.empty, ready.unlabelled, ready.duplicates) == (10, 2, 2, 1)
    assert (ready.contradictions, ready.left_out) == (("很好", "一半"), 1)
    assert ready.tiny == ready.sizes == {"a": 1, "b": 1}


def test_prepare_several_labels() -> None:
    ready = prepare(["x", "y", "z"], [["a", "b"], [], ["a"]], multi_label=True)
    assert ready.labels == (frozenset("ab"), frozenset(), frozenset("a"))
    assert ready.sizes == {"a": 2, "b": 1}


@pytest.mark.parametrize(("texts", "labels"), [(["x"], ["a"]), (["x", "y"], ["a", "a"]), (["x"], ["a", "b"]), ([], [])])
def test_too_little_to_learn(texts: list[str], labels: list[str]) -> None:
    with pytest.raises(UsageError):
        prepare(texts, labels)


@pytest.mark.parametrize("few", [2000, 0])
def test_who_knows_by_heart_scores_no_better_than_guessing(few: int) -> None:
    texts = [f"第{at}条" for at in range(300)]
    labels = ["a" if at % 3 else "b" for at in range(300)]
    learned = learn(prepare(texts, labels), ByHeart, few=few)
    assert learned.evaluation is not None
    one, usual = learned.evaluation.of("model"), learned.evaluation.of("baseline")
    assert one.accuracy == usual.accuracy
    held = [tenth(key_of(text)) == 0 for text in texts]
    assert (learned.folds, learned.held) == ((5, 300) if few else (1, sum(held)))
    share = np.mean([label == "a" for label, out in zip(labels, held, strict=True) if few or out])
    assert usual.accuracy == pytest.approx(share)
    assert len(learned.model.known) == 300


def test_a_class_that_only_one_round_has_seen() -> None:
    texts = [f"好{at}" for at in range(30)] + [f"坏{at}" for at in range(30)] + ["罕见"]
    labels = ["a"] * 30 + ["b"] * 30 + ["c"]
    learned = learn(prepare(texts, labels), lambda: TextClassifier(bits=10))
    assert learned.evaluation is not None
    assert learned.evaluation.of("model").accuracy == pytest.approx(60 / 61)
    assert learned.model.classes == ("a", "b", "c")


def test_two_texts_are_too_few_to_hold_any_out() -> None:
    learned = learn(prepare(["好", "坏"], ["a", "b"]), ByHeart, few=0)
    assert learned.evaluation is None or learned.held < 2


@pytest.mark.parametrize("classes", [2, 3])
def test_telling_ngrams_are_those_that_mark_a_class(classes: int) -> None:
    words = ["红苹果", "绿葡萄", "黄香蕉"][:classes]
    texts = pa.array([f"买了{word}回家{at}" for at in range(40) for word in words])
    labels: list[Any] = [str(at % classes) for at in range(len(texts))]
    model = TextClassifier(bits=14).fit(texts, labels)
    table = telling_ngrams(model.model_, texts, 3)  # type: ignore[arg-type]
    for code, word in enumerate(words):
        grams = [row["ngram"] for row in table.to_pylist() if row["label"] == str(code)]
        assert 0 < len(grams) <= 3
        assert set(grams[0]) & set(word)
        assert all(a not in b for a in grams for b in grams if a != b)
    assert min(table["weight"].to_pylist()) > 0


def test_nothing_tells_of_nothing() -> None:
    model = TextClassifier(bits=10).fit(["好", "坏"] * 10, ["a", "b"] * 10)
    assert telling_ngrams(model.model_, pa.array([], pa.string())).num_rows == 0  # type: ignore[arg-type]
