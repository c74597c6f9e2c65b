"""Scores against the formula in plain Python; files, good and bad."""

from __future__ import annotations

import io
from pathlib import Path

import numpy as np
import pyarrow as pa
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from jianwei.errors import InputError
from jianwei.text.linear import LinearModel, NGrams, explain
from jianwei.text.linear.explaining import grams
from jianwei.text.linear.model import Kind

NGRAMS = NGrams(1, 3, 10)
KINDS: list[tuple[Kind, int]] = [
    ("binary", 2),
    ("multi-class", 3),
    ("multi-class", 4),
    ("multi-class", 9),
    ("multi-label", 1),
    ("multi-label", 5),
]
TEXTS = st.lists(st.none() | st.text(st.characters(codec="utf-8"), max_size=30), max_size=6)


def made(kind: Kind, classes: int, seed: int = 0) -> LinearModel:
    random = np.random.default_rng(seed)
    columns = 1 if kind == "binary" else classes
    names = tuple(f"c{at}" for at in range(classes))
    table = random.normal(size=(NGRAMS.buckets, columns))
    return LinearModel.build("made", names, kind, NGRAMS, table, random.normal(size=columns))


@settings(max_examples=60, deadline=None)
@given(TEXTS, st.sampled_from(KINDS), st.integers(1, 3))
def test_logits_are_the_sums_over_the_root(texts: list[str | None], kind: tuple[Kind, int], threads: int) -> None:
    model = made(*kind)
    array = pa.array(texts, pa.string())
    found = model.logits(array, threads=threads)
    for row, text in enumerate(texts):
        buckets = np.array([bucket for bucket, _ in grams(text or "", NGRAMS)], np.uint32)
        wanted = model.weight(buckets).sum(axis=0) / np.sqrt(max(len(buckets), 1)) + model.intercept[: model.columns]
        assert found[row].tolist() == pytest.approx(wanted.tolist(), abs=1e-4)


@settings(max_examples=40, deadline=None)
@given(TEXTS, st.sampled_from(KINDS))
def test_probabilities_mean_what_the_kind_says(texts: list[str | None], kind: tuple[Kind, int]) -> None:
    model = made(*kind)
    array = pa.array(texts, pa.string())
    chances, codes = model.probabilities(array), model.codes(array)
    assert chances.dtype == np.float32
    assert chances.shape == (len(texts), len(model.classes))
    assert ((chances >= 0) & (chances <= 1)).all()
    if model.kind != "multi-label":
        assert np.allclose(chances.sum(axis=1), 1, atol=1e-6)
    assert chances[np.arange(len(codes)), codes].tolist() == chances.max(axis=1, initial=0).tolist()


@pytest.mark.parametrize(("kind", "classes"), KINDS)
def test_a_file_gives_the_model_again(kind: Kind, classes: int) -> None:
    model = made(kind, classes)
    again = LinearModel.unpack(model.pack(), "a.model", "made")
    texts = pa.array(["好", "快递太慢了 ok", ""])
    assert again.identity == model.identity
    assert again.logits(texts).tolist() == model.logits(texts).tolist()
    assert again.pack() == model.pack()


def npz(**parts: object) -> bytes:
    buffer = io.BytesIO()
    np.savez_compressed(buffer, **parts)  # type: ignore[arg-type]
    return buffer.getvalue()


def replaced(**parts: object) -> bytes:
    with np.load(io.BytesIO(made("multi-class", 3).pack())) as stored:
        return npz(**{name: stored[name] for name in stored.files} | parts)


@pytest.mark.parametrize(
    "data",
    [
        b"",
        b"hello",
        made("binary", 2).pack()[:-50],
        npz(x=np.zeros(3)),
        npz(head=np.array([None], dtype=object)),
        replaced(weights=np.zeros(5, np.int8)),
        replaced(scale=np.zeros(3, np.float32)),
        replaced(intercept=np.zeros(4)),
        replaced(head=np.frombuffer(b'{"format": 9}', np.uint8)),
        replaced(head=np.frombuffer(b"[]", np.uint8)),
        replaced(intercept=np.full(4, np.nan, np.float32)),
        replaced(bomb=np.zeros(400_000_000, np.uint8)),
    ],
)
def test_a_file_that_is_no_model(data: bytes) -> None:
    with pytest.raises(InputError, match=r"a\.model: this is no linear text model"):
        LinearModel.unpack(data, "a.model", "a")


def test_an_explanation_adds_up(tmp_path: Path) -> None:
    for kind, classes in KINDS:
        model = made(kind, classes)
        texts = pa.array(["快递太慢了", None, "a"])
        told = explain(model, texts, k=1000)
        logits, codes = model.logits(texts), model.codes(texts)
        for row in (0, 2):
            own = [line for line in told if line["row"] == row]
            sign = 1 if model.kind != "binary" or codes[row] else -1
            column = 0 if model.kind == "binary" else codes[row]
            wanted = sign * (logits[row, column] - model.intercept[column])
            assert sum(line["weight"] for line in own) == pytest.approx(wanted, abs=1e-3)
            assert {line["label"] for line in own} == {model.classes[codes[row]]}
            weights = [abs(line["weight"]) for line in own]
            assert weights == sorted(weights, reverse=True)
        assert not [line for line in told if line["row"] == 1]
