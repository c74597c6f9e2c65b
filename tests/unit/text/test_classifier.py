"""TextClassifier: scikit-learn's conventions, both tiers, files."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pyarrow as pa
import pytest
from numpy.typing import NDArray
from sklearn.base import clone, is_classifier
from sklearn.exceptions import NotFittedError
from sklearn.model_selection import GridSearchCV, cross_val_score
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import FunctionTransformer
from sklearn.utils.estimator_checks import check_estimator

from jianwei.errors import InputError, UsageError
from jianwei.models import ModelIdentity
from jianwei.text import TextClassifier

GOOD = ["好吃极了", "很好看", "非常满意", "太棒了", "味道不错", "包装漂亮", "很快就到了", "喜欢"]
BAD = ["难吃死了", "很难看", "非常失望", "太差了", "味道恶心", "包装破了", "等了一个月", "讨厌"]
ASK = ["几点发货", "有货吗", "多少钱", "怎么退", "能开票吗", "什么尺码", "哪里买", "支持货到付款吗"]
TEXTS = np.array([f"{text}{end}" for end in ("", "！", "。", "啊", "呢") for text in (*GOOD, *BAD, *ASK)], dtype=object)
LABELS = np.array((["good"] * 8 + ["bad"] * 8 + ["ask"] * 8) * 5)
TWO = LABELS != "ask"


class Lengths:
    """An encoder that knows how long a text is and how it ends."""

    identity = ModelIdentity("lengths", "1")

    def features(self, texts: pa.StringArray) -> NDArray[np.float32]:
        rows = [[len(text), ord(text[-1]) % 7 if text else 0] for text in texts.to_pylist()]
        return np.array(rows, np.float32).reshape(len(rows), 2)


def test_scikit_learns_own_checks() -> None:
    told = check_estimator(TextClassifier(bits=10), on_fail=None, on_skip=None)
    assert [check["check_name"] for check in told if check["status"] == "failed"] == []


def test_scikit_learns_tools() -> None:
    model = TextClassifier(bits=14)
    assert is_classifier(model)
    assert clone(model).get_params() == model.get_params()
    assert cross_val_score(model, TEXTS, LABELS, cv=3).mean() > 0.9
    found = GridSearchCV(model, {"C": [0.1, 1.0]}, cv=2).fit(TEXTS, LABELS)
    assert found.best_params_["C"] in (0.1, 1.0)
    line = make_pipeline(FunctionTransformer(lambda texts: np.char.upper(texts.astype(str))), model)
    assert line.fit(TEXTS, LABELS).score(TEXTS, LABELS) > 0.9


@pytest.mark.parametrize("tier", ["fast", "accurate"])
@pytest.mark.parametrize("rows", [slice(None), TWO], ids=["three classes", "two classes"])
def test_what_it_learns_and_says(tier: str, rows: slice | NDArray[np.bool_]) -> None:
    texts, labels = TEXTS[rows], LABELS[rows]
    model = TextClassifier(bits=14, tier=tier, encoder=Lengths()).fit(texts, labels)
    chances = model.predict_proba(texts)
    assert model.classes_.tolist() == sorted(set(labels))
    assert model.score(texts, labels) > 0.95
    assert np.allclose(chances.sum(axis=1), 1, atol=1e-5)
    assert (model.classes_[chances.argmax(axis=1)] == model.predict(texts)).all()
    decided = model.decision_function(texts)
    assert decided.shape == ((len(texts),) if len(model.classes_) == 2 else (len(texts), 3))
    assert len(model.explain(["太难吃了"], 3)) == 3


def test_two_trainings_are_the_same() -> None:
    first, second = (TextClassifier(bits=14).fit(TEXTS, LABELS) for _ in range(2))
    assert first.identity == second.identity


def test_labels_may_be_numbers() -> None:
    numbers = np.where(LABELS == "good", 2, np.where(LABELS == "bad", -1, 7))
    model = TextClassifier(bits=14).fit(TEXTS.tolist(), numbers.tolist())
    assert model.classes_.tolist() == [-1, 2, 7]
    assert model.predict(["好吃极了"]).tolist() == [2]
    assert model.classes == ("-1", "2", "7")


@pytest.mark.parametrize("tier", ["fast", "accurate"])
def test_several_labels_or_none(tier: str) -> None:
    texts = np.tile(TEXTS, 3)
    food, like = ([mark in text for text in texts] for mark in ("味道", "喜欢"))
    labels = [("food", "good") if a else ("good",) if b else () for a, b in zip(food, like, strict=True)]
    model = TextClassifier(bits=14, multi_label=True, tier=tier, encoder=Lengths()).fit(texts, labels)
    assert model.classes_.tolist() == ["food", "good"]
    assert model.predict(["味道不错", "多少钱"]).tolist() == [[1, 1], [0, 0]]
    assert model.score(texts, labels) > 0.9
    indicator = np.array([["food" in some, "good" in some] for some in labels]).astype(int)
    again = TextClassifier(bits=14, multi_label=True).fit(texts, indicator)
    assert again.classes_.tolist() == [0, 1]
    assert again.predict(["味道不错"]).tolist() == [[1, 1]]


@pytest.mark.parametrize("tier", ["fast", "accurate"])
def test_a_label_that_every_text_has(tier: str) -> None:
    labels = [("always", "good") if at % 2 else ("always",) for at in range(len(TEXTS))]
    model = TextClassifier(bits=12, multi_label=True, tier=tier).fit(TEXTS, labels)
    assert model.predict(["随便什么"])[0, 0] == 1


def test_rare_classes_count_when_balanced() -> None:
    rows = np.concatenate([np.flatnonzero(LABELS == "good"), np.flatnonzero(LABELS == "bad")[:3]])
    weights = np.where(LABELS[rows] == "bad", 5.0, 1.0)
    plain = TextClassifier(bits=14, C=0.01).fit(TEXTS[rows], LABELS[rows])
    for other in (
        TextClassifier(bits=14, C=0.01, class_weight="balanced").fit(TEXTS[rows], LABELS[rows]),
        TextClassifier(bits=14, C=0.01).fit(TEXTS[rows], LABELS[rows], sample_weight=weights),
    ):
        assert (other.predict_proba(BAD)[:, 0] > plain.predict_proba(BAD)[:, 0]).mean() > 0.5


@pytest.mark.parametrize("tier", ["fast", "accurate"])
def test_files(tmp_path: Path, tier: str) -> None:
    model = TextClassifier(bits=14, tier=tier).fit(TEXTS, LABELS)
    model.save(tmp_path / "own.model")
    again = TextClassifier.load(tmp_path / "own.model")
    assert again.predict_proba(TEXTS).tolist() == model.predict_proba(TEXTS).tolist()
    assert again.tier == tier
    assert again.identity.version == model.identity.version
    (tmp_path / "bad.model").write_bytes((tmp_path / "own.model").read_bytes()[:-30])
    for name in ("bad.model", "nothing.model"):
        with pytest.raises(InputError, match=name.replace(".", r"\.")):
            TextClassifier.load(tmp_path / name)


@pytest.mark.parametrize("values", [(1, 0), (1.5, -2.0), (True, False), ("好", "差")])
def test_labels_come_back_as_what_they_were(tmp_path: Path, values: tuple[object, object]) -> None:
    texts, labels = TEXTS[TWO], np.where(LABELS[TWO] == "good", *values).tolist()
    model = TextClassifier(bits=12).fit(texts, labels)
    model.save(tmp_path / "own.model")
    again = TextClassifier.load(tmp_path / "own.model")
    assert again.classes_.tolist() == model.classes_.tolist()
    assert again.score(texts, labels) == model.score(texts, labels) > 0.9


@pytest.mark.parametrize(
    "values",
    [(b"good", b"bad"), (np.datetime64("2026-01-01"), np.datetime64("2026-01-02")), (np.uint64(2**63), np.uint64(1))],
)
def test_labels_that_a_file_cannot_keep_are_refused(tmp_path: Path, values: tuple[object, object]) -> None:
    labels = np.array([values[0] if label == "good" else values[1] for label in LABELS[TWO]])
    model = TextClassifier(bits=12).fit(TEXTS[TWO], labels)
    with pytest.raises(UsageError, match="cannot be kept"):
        model.save(tmp_path / "own.model")
    assert not (tmp_path / "own.model").exists()


def test_labels_that_are_row_numbers_are_refused() -> None:
    texts = [f"好{at}" for at in range(120)]
    with pytest.raises(UsageError, match="look like row numbers"):
        TextClassifier().fit(texts, list(range(120)))


def test_a_handful_of_texts_without_anything_in_common() -> None:
    model = TextClassifier(bits=12, ngrams=(2, 3)).fit(["甲乙丙", "丁戊己", "庚辛壬", "癸子丑"], [0, 1, 0, 1])
    assert model.predict(["甲乙丙"]).tolist() == [0]
    with pytest.raises(UsageError, match="the texts are empty"):
        TextClassifier(bits=12).fit(["", None], [0, 1])
    with pytest.raises(UsageError, match="a collection of labels"):
        TextClassifier(multi_label=True).fit(["a", "b"], ["good", "bad"])


def test_a_blend_wants_its_own_encoder() -> None:
    from jianwei.text.blend import BlendedModel

    class Other(Lengths):
        identity = ModelIdentity("lengths", "2")

    model = TextClassifier(bits=14, tier="accurate", encoder=Lengths()).fit(TEXTS, LABELS).model_
    data = model.pack()
    same = BlendedModel.unpack(data, "a.model", "a", Lengths())
    assert same.codes(pa.array(TEXTS)).tolist() == model.codes(pa.array(TEXTS)).tolist()
    with pytest.raises(InputError, match="it needs the encoder lengths 1"):
        BlendedModel.unpack(data, "a.model", "a", Other())


def test_a_telling_encoder_gets_a_share() -> None:
    """Labels that only the encoder can see: the parity of the length."""
    random = np.random.default_rng(0)
    texts = np.array(
        ["".join(random.choice(list("甲乙丙丁"), size)) for size in random.integers(2, 9, 400)], dtype=object
    )

    class Parity:
        identity = ModelIdentity("parity", "1")

        def features(self, texts: pa.StringArray) -> NDArray[np.float32]:
            return np.array([[len(text or "") % 2] for text in texts.to_pylist()], np.float32)

    labels = np.array([len(text) % 2 for text in texts])
    model = TextClassifier(bits=14, tier="accurate", encoder=Parity()).fit(texts[:300], labels[:300])
    assert model.score(texts[300:], labels[300:]) > 0.95


@pytest.mark.parametrize(
    ("make", "message"),
    [
        (lambda: TextClassifier().fit(["a"], ["x", "y"]), "give every text its label"),
        (lambda: TextClassifier().fit(["a", "b"], ["x", "x"]), "two are needed"),
        (lambda: TextClassifier().fit("ab", ["x"]), "one text"),
        (lambda: TextClassifier(class_weight="some").fit(TEXTS, LABELS), "balanced"),
        (lambda: TextClassifier(tier="best").fit(TEXTS, LABELS), "fast"),
        (lambda: TextClassifier(ngrams=(3, 1)).fit(TEXTS, LABELS), "ascending"),
    ],
)
def test_wrong_calls(make: object, message: str) -> None:
    with pytest.raises(UsageError, match=message):
        make()  # type: ignore[operator]


def test_an_untrained_one_says_so() -> None:
    with pytest.raises(NotFittedError, match="not trained"):
        TextClassifier().predict(["a"])
    with pytest.raises(ValueError, match="no parameter"):
        TextClassifier().set_params(depth=3)


def test_very_few_texts_do_without_calibration() -> None:
    model = TextClassifier(bits=12).fit(["好", "差"], ["p", "n"])
    assert model.predict(["好", "差"]).tolist() == ["p", "n"]
