"""Counting in batches is counting at once."""

from __future__ import annotations

from collections import Counter

import numpy as np
import pyarrow as pa
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from jianwei.errors import UsageError
from jianwei.text.lm.model import LanguageModel
from jianwei.text.lm.windows import BEGIN, END, FILL, batches, gather, merged, sequence, sorted_rows

texts_of_any_kind = st.lists(st.text(min_size=1, max_size=8), max_size=12)


def counted(texts: list[str], order: int) -> Counter[tuple[int, ...]]:
    found: Counter[tuple[int, ...]] = Counter()
    for text in texts:
        codes = [BEGIN, *map(ord, text), END]
        for at in range(len(codes)):
            row = codes[at : at + order]
            found[tuple(row + [FILL] * (order - len(row)))] += 1
    return found


@settings(max_examples=60, deadline=None)
@given(texts_of_any_kind, st.integers(1, 7), st.integers(1, 20))
def test_merging_changes_no_count(texts: list[str], order: int, limit: int) -> None:
    texts = [text.encode("utf-8", "replace").decode() for text in texts]
    found = gather((pa.array([text]) for text in texts), order, limit)
    whole = merged([found])
    assert {tuple(row): n for row, n in zip(whole.rows.tolist(), whole.counts.tolist(), strict=True)} == counted(
        texts, order
    )
    assert whole.rows.tolist() == sorted(whole.rows.tolist())


@settings(max_examples=60, deadline=None)
@given(st.integers(1, 70_000), st.integers(1, 8), st.integers(0, 50), st.integers(0, 1 << 30))
def test_rows_are_sorted_however_many_bits_they_take(size: int, columns: int, rows: int, seed: int) -> None:
    random = np.random.default_rng(seed)
    given_rows = random.integers(0, min(size, random.integers(1, size + 1)), (rows, columns))
    found, counts = sorted_rows(given_rows, np.arange(rows), size)
    assert found.tolist() == sorted(given_rows.tolist())
    assert given_rows[counts].tolist() == found.tolist()


def test_a_slice_is_read_from_its_beginning() -> None:
    assert sequence(pa.array(["no", "我", "a", "no"]).slice(1, 2)).tolist() == [
        BEGIN,
        ord("我"),
        END,
        BEGIN,
        ord("a"),
        END,
    ]
    assert sequence(pa.array([], pa.string())).tolist() == []


def test_an_iterator_is_the_same_as_a_list_or_an_array() -> None:
    texts = ["今天天气好", None, "", "明天呢", "今天"]
    models = [LanguageModel(3).fit(given) for given in (texts, iter(texts), pa.array(texts), pa.chunked_array([texts]))]
    assert len({model.identity for model in models}) == 1
    assert models[0].facts.texts == 3


def test_batches_leave_nulls_and_empty_texts_out() -> None:
    assert [part.to_pylist() for part in batches([None, "", "a"], "test")] == [["a"]]


@pytest.mark.parametrize("texts", ["今天", b"x", 5, [1, 2], [["a"]]])
def test_what_is_no_texts_is_refused(texts: object) -> None:
    with pytest.raises(UsageError):
        LanguageModel().fit(texts)


@pytest.mark.parametrize("texts", [[], [None, ""], iter([])])
def test_nothing_to_train_on(texts: object) -> None:
    with pytest.raises(UsageError, match="no text"):
        LanguageModel().fit(texts)
