"""Models side by side; scikit-learn is the oracle."""

from __future__ import annotations

from typing import Any

import numpy as np
import pyarrow as pa
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from numpy.typing import NDArray
from sklearn.metrics import accuracy_score, confusion_matrix, f1_score

from jianwei.errors import UsageError
from jianwei.models import ModelIdentity
from jianwei.text.evaluation import evaluate

LABELS = ("bad", "fine", "good")


class Fixed:
    """A classifier that says what it was told, by text; it counts what it is asked."""

    identity = ModelIdentity("fixed", "1")

    def __init__(self, classes: tuple[str, ...], chances: dict[str, list[float]]) -> None:
        self.classes, self.chances, self.asked = classes, chances, list[str]()

    def probabilities(self, texts: pa.StringArray) -> NDArray[np.float32]:
        self.asked += texts.to_pylist()
        return np.array([self.chances[text] for text in texts.to_pylist()], np.float32).reshape(-1, len(self.classes))


answers = st.lists(st.tuples(st.sampled_from(LABELS), st.sampled_from((*LABELS, "other"))), min_size=1, max_size=40)


@given(answers)
@settings(max_examples=60, deadline=None)
def test_figures_are_those_of_scikit_learn(rows: list[tuple[str, str]]) -> None:
    truth, says = [row[0] for row in rows], [row[1] for row in rows]
    texts = [str(at) for at in range(len(rows))]
    found = evaluate({"m": lambda some: [says[int(text)] for text in some]}, texts, truth)
    one = found.of("m")
    assert one.accuracy == pytest.approx(accuracy_score(truth, says))
    assert one.macro_f1 == pytest.approx(f1_score(truth, says, average="macro", zero_division=0))
    assert one.micro_f1 == pytest.approx(one.accuracy)
    assert list(one.classes) == sorted({*truth, *says})
    assert one.confusion is not None
    assert one.confusion.tolist() == confusion_matrix(truth, says, labels=list(one.classes)).tolist()
    assert one.low <= one.accuracy <= one.high
    assert (one.ece, one.reliability) == (None, None)


sets = st.sets(st.sampled_from(LABELS))


@given(st.lists(st.tuples(sets, sets), min_size=1, max_size=30))
@settings(max_examples=60, deadline=None)
def test_several_labels_a_row(rows: list[tuple[set[str], set[str]]]) -> None:
    chances = {str(at): [0.9 if label in says else 0.2 for label in LABELS] for at, (_, says) in enumerate(rows)}
    found = evaluate({"m": Fixed(LABELS, chances)}, list(chances), [truth for truth, _ in rows], multi_label=True)
    one = found.of("m")
    marked = [[[label in row[side] for label in one.classes] for row in rows] for side in (0, 1)]
    assert one.accuracy == pytest.approx(np.mean([truth == says for truth, says in rows]))
    if one.classes:
        truth, says = (np.array(side, int) for side in marked)
        if len(one.classes) > 1:  # scikit-learn takes one column for two classes
            assert one.macro_f1 == pytest.approx(f1_score(truth, says, average="macro", zero_division=0))
            assert one.micro_f1 == pytest.approx(f1_score(truth, says, average="micro", zero_division=0))
    assert one.confusion is None
    assert one.ece is not None


def test_the_threshold_of_several_labels() -> None:
    model = Fixed(("a", "b"), {"x": [0.6, 0.4]})
    for threshold, accuracy in ((0.5, 1.0), (0.3, 0.0), (0.7, 0.0)):
        found = evaluate({"m": model}, ["x"], [["a"]], multi_label=True, threshold=threshold)
        assert found.of("m").accuracy == accuracy


def test_probabilities_give_a_calibration_error() -> None:
    model = Fixed(("a", "b"), {"x": [0.8, 0.2], "y": [0.4, 0.6]})
    one = evaluate({"m": model}, ["x", "y"], ["a", "a"]).of("m")
    assert one.accuracy == 0.5
    assert one.ece == pytest.approx((abs(0.8 - 1) + abs(0.6 - 0)) / 2)


def test_columns_of_a_classifier_may_stand_in_any_order_and_name_what_never_occurs() -> None:
    model = Fixed(("z", "b", "a"), {"x": [0.0, 0.1, 0.9], "y": [0.0, 0.9, 0.1]})
    one = evaluate({"m": model}, ["x", "y"], ["a", "b"]).of("m")
    assert one.classes == ("a", "b")
    assert one.per_class["f1"].to_pylist() == [1.0, 1.0]


def test_a_text_that_stands_twice_is_asked_once() -> None:
    model = Fixed(("a", "b"), {f"t{at}": [0.9, 0.1] for at in range(50)})
    evaluate({"m": model}, [f"t{at}" for at in range(50)] * 3, ["a"] * 150)
    assert len(model.asked) == 50 + 32
    assert evaluate({"m": model}, ["t1", "t1"], ["a", "b"]).of("m").accuracy == 0.5


def test_parts_and_comparisons() -> None:
    says = {"one": list("aaab"), "other": list("abbb")}
    models = {name: (lambda texts, own=own: [own[int(text)] for text in texts]) for name, own in says.items()}
    clean = [False, False, True, True]
    found = evaluate(models, list("0123"), list("aaab"), parts={"clean": clean, "none": [False] * 4})
    assert [(row["model"], row["part"], row["rows"], row["accuracy"]) for row in found] == [
        ("one", "", 4, 1.0), ("other", "", 4, 0.5), ("one", "clean", 2, 1.0), ("other", "clean", 2, 0.5),
    ]  # fmt: skip
    assert found.comparisons.to_pylist()[0] == {
        "part": "", "one": "one", "other": "other", "only_one": 2, "only_other": 0, "p": 0.5,
    }  # fmt: skip
    assert found.to_markdown().splitlines()[2].startswith("| one | 4 | 1.000 |")


def test_labels_that_are_numbers() -> None:
    found = evaluate({"m": lambda texts: [1 for _ in texts]}, ["x", "y"], np.array([1, 0]))
    assert found.of("m").accuracy == 0.5


def test_null_is_an_empty_text() -> None:
    assert (
        evaluate({"m": lambda texts: [text == "" for text in texts]}, [None, "x"], [True, False]).of("m").accuracy == 1
    )


@pytest.mark.parametrize(
    ("models", "texts", "labels", "more"),
    [
        ({}, ["x"], ["a"], {}),
        ({"m": list}, [], [], {}),
        ({"m": list}, ["x"], ["a", "b"], {}),
        ({"m": lambda texts: []}, ["x"], ["a"], {}),
        ({"m": list}, ["x"], ["a"], {"parts": {"p": [True, False]}}),
    ],
)
def test_wrong_calls(models: Any, texts: Any, labels: Any, more: Any) -> None:
    with pytest.raises(UsageError):
        evaluate(models, texts, labels, **more)


def test_an_unknown_model() -> None:
    with pytest.raises(UsageError):
        evaluate({"m": list}, ["x"], ["x"]).of("n")
