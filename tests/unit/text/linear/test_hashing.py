"""The kernels' features against the plain Python of `explaining`."""

from __future__ import annotations

import numpy as np
import pyarrow as pa
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from jianwei.errors import UsageError
from jianwei.text.linear import NGrams
from jianwei.text.linear.explaining import bucket_of, grams
from jianwei.text.linear.hashing import buffers

TEXTS = st.lists(st.none() | st.text(st.characters(codec="utf-8"), max_size=40), max_size=8)


@settings(max_examples=150, deadline=None)
@given(TEXTS, st.sampled_from([(1, 1), (1, 3), (2, 4), (4, 4), (1, 4)]), st.integers(8, 24))
def test_features_are_those_of_the_plain_implementation(
    texts: list[str | None], lengths: tuple[int, int], bits: int
) -> None:
    ngrams = NGrams(*lengths, bits)
    found = ngrams.features(pa.array(texts, pa.string()))
    for row, text in enumerate(texts):
        own = found.buckets[found.ends[row] : found.ends[row + 1]]
        assert own.tolist() == [bucket for bucket, _ in grams(text or "", ngrams)]


@settings(max_examples=50, deadline=None)
@given(TEXTS, st.integers(0, 3), st.integers(0, 3))
def test_a_slice_has_the_features_of_its_rows(texts: list[str | None], start: int, length: int) -> None:
    array, ngrams = pa.array(texts, pa.string()), NGrams(1, 3, 16)
    part = array.slice(start, length)
    again = ngrams.features(pa.array(part.to_pylist(), pa.string()))
    assert ngrams.features(part).buckets.tolist() == again.buckets.tolist()


@pytest.mark.parametrize(
    ("one", "other"), [("ＡＢＣ", "abc"), ("a \t\n b", "a b"), (" a ", "a"), ("好　吗", "好 吗"), ("100％", "100%")]
)
def test_foldings(one: str, other: str) -> None:
    found = NGrams(1, 4, 20).features(pa.array([one, other]))
    assert found.buckets[: found.ends[1]].tolist() == found.buckets[found.ends[1] :].tolist()


def test_buckets_are_spread_evenly() -> None:
    """Pearson's chi-square of 100,000 distinct pairs of characters over 256 buckets stays near its mean of 255."""
    pairs = [chr(0x4E00 + i // 317) + chr(0x5E00 + i % 317) for i in range(100_000)]
    whole = [bucket_of(pair, 8) for pair in pairs]
    counts = np.bincount(whole, minlength=256)
    expected = len(whole) / 256
    assert ((counts - expected) ** 2 / expected).sum() < 255 + 5 * np.sqrt(2 * 255)


def test_a_sliced_array_is_not_copied() -> None:
    array = pa.array(["好" * 100] * 10)
    assert buffers(array.slice(5)).data.ctypes.data == array.buffers()[2].address


@pytest.mark.parametrize("wrong", [(0, 3, 20), (3, 2, 20), (1, 5, 20), (1, 3, 7), (1, 3, 25)])
def test_bounds_are_named(wrong: tuple[int, int, int]) -> None:
    with pytest.raises(UsageError, match="choose from"):
        NGrams(*wrong)
