"""Texts from lists, Arrow, pandas and Polars."""

from __future__ import annotations

import numpy as np
import pandas as pd
import polars as pl
import pyarrow as pa
import pytest

from jianwei.errors import UsageError
from jianwei.text.inputs import as_strings, portions

WANTED = ["好", None, "不好"]


@pytest.mark.parametrize(
    "given",
    [
        WANTED,
        tuple(WANTED),
        iter(WANTED),
        pa.array(WANTED),
        pa.array(WANTED, pa.large_string()),
        pa.array(WANTED).dictionary_encode(),
        pa.chunked_array([["好"], [None, "不好"]]),
        pd.Series(WANTED),
        pd.Series(WANTED, dtype="string"),
        pl.Series(WANTED),
        np.array(WANTED, dtype=object),
    ],
    ids=lambda given: type(given).__module__.split(".")[0] + "." + type(given).__name__,
)
def test_every_kind_of_column_gives_the_same_array(given: object) -> None:
    array = as_strings(given)
    assert isinstance(array, pa.StringArray)
    assert array.to_pylist() == WANTED


@pytest.mark.parametrize("nothing", [[], pa.array([], pa.null()), pd.Series([], dtype=object)])
def test_no_texts(nothing: object) -> None:
    assert as_strings(nothing).to_pylist() == []


@pytest.mark.parametrize("wrong", ["一句话", b"x", [1, 2], 3, pa.array([1]), pd.Series([1.5]), ["好", 3]])
def test_what_holds_no_texts_is_named(wrong: object) -> None:
    with pytest.raises(UsageError, match=r"text\.tokenize"):
        as_strings(wrong, "text.tokenize")


def test_half_a_surrogate_pair_does_not_stop_the_rest() -> None:
    assert as_strings(["好\ud83d", "行"]).to_pylist() == ["好?", "行"]


def test_portions_are_the_whole() -> None:
    array = pa.array([str(i) for i in range(10)])
    parts = list(portions(array, 4))
    assert [len(part) for part in parts] == [4, 4, 2]
    assert pa.concat_arrays(parts).equals(array)
