"""Ids: injective, the same however the rows are cut, and pinned so that no release changes them unnoticed."""

from __future__ import annotations

from collections import Counter
from hashlib import sha256

import numpy as np
import pyarrow as pa
from hypothesis import given, settings
from hypothesis import strategies as st

from jianwei.records import Occurrences, encode, ids_of, key_id, key_ids, normalise, normalise_all, occurrence_ids

CELLS = st.none() | st.text(st.sampled_from("a:,0123-é好"), max_size=4)
ROWS = st.integers(1, 3).flatmap(lambda width: st.lists(st.tuples(*[CELLS] * width), min_size=1, max_size=20))


def columns(rows: list[tuple[str | None, ...]]) -> list[pa.Array]:
    return [pa.array(column, pa.string()) for column in zip(*rows, strict=True)]


def slow_part(value: str | None) -> bytes:
    data = b"" if value is None else value.encode()
    return b"-," if value is None else f"{len(data)}:".encode() + data + b","


@settings(deadline=None)
@given(ROWS, CELLS | st.integers())
def test_encoding_is_the_length_prefixed_tuple(rows: list[tuple[str | None, ...]], scalar: str | int | None) -> None:
    expected = [
        slow_part(None if scalar is None else str(scalar)) + b"".join(map(slow_part, row)) + slow_part("z")
        for row in rows
    ]
    assert encode([scalar, *columns(rows), "z"], len(rows)).to_pylist() == expected


@settings(deadline=None)
@given(ROWS, ROWS)
def test_different_tuples_never_encode_alike(
    one: list[tuple[str | None, ...]], two: list[tuple[str | None, ...]]
) -> None:
    for left, left_code in zip(one, encode(columns(one), len(one)).to_pylist(), strict=True):
        for right, right_code in zip(two, encode(columns(two), len(two)).to_pylist(), strict=True):
            if len(left) == len(right):
                assert (left == right) == (left_code == right_code)


@settings(deadline=None)
@given(st.lists(st.sampled_from("abcde"), max_size=60), st.lists(st.integers(0, 12), max_size=6))
def test_occurrences_count_like_a_counter_however_rows_are_cut(rows: list[str], cuts: list[int]) -> None:
    counter: Counter[str] = Counter()
    expected = []
    for row in rows:
        expected.append(counter[row])
        counter[row] += 1
    seen, again, got, ids, at = Occurrences(), Occurrences(), [], [], 0
    for size in [*cuts, len(rows)]:
        part = encode([pa.array(rows[at : at + size], pa.string())], len(rows[at : at + size]))
        got += seen.count(part).tolist()
        ids += occurrence_ids("m:", part, again).to_pylist()
        at += size
    assert got == expected
    assert (
        ids == ids_of("m:", encode([pa.array(rows, pa.string())], len(rows)), np.array(expected, np.int64)).to_pylist()
    )
    assert len(set(ids)) == len(ids)


def test_occurrences_in_many_runs() -> None:
    rng = np.random.default_rng(7)
    values = rng.integers(0, 5_000, 20_000)
    seen, counter = Occurrences(), Counter[int]()
    for start in range(0, len(values), 173):
        part = values[start : start + 173].tolist()
        expected = []
        for value in part:
            expected.append(counter[value])
            counter[value] += 1
        assert seen.count(encode([pa.array(part)], len(part))).tolist() == expected


def test_known_ids_stay_as_they_are() -> None:
    assert key_id("u:", "shop", "user", "wxid_1") == "u:" + sha256(b"4:shop,4:user,6:wxid_1,").hexdigest()[:32]
    assert key_id("u:", "shop", "user", "wxid_1") == "u:4348241075beae5d5b1622e1c9be7b22"
    rows = encode(["shop", pa.array(["你好", None])], 2)
    assert ids_of("m:", rows).to_pylist() == [
        "m:6c5a7befecc777fef624b4024378658b",
        "m:069c61766ac7d8665148f2208c28bd74",
    ]
    numbered = ["m:bf37fb86d5bf9bfff6f06aeff4a1f6ff", "m:36706125c02ba65611e812af0a885930"]
    assert ids_of("m:", rows, np.array([0, 3])).to_pylist() == numbered


def test_keys_of_a_column_are_the_keys_of_its_values() -> None:
    keys = pa.chunked_array([["a", None], ["b", "a"]])
    one, none, two, three = key_ids("i:", "shop", "item", keys).to_pylist()
    assert (one, two) == (key_id("i:", "shop", "item", "a"), key_id("i:", "shop", "item", "b"))
    assert none is None
    assert three == one


@settings(deadline=None)
@given(
    st.lists(st.none() | st.text(st.sampled_from("e\u0301é \r\n\u3000\u0085가\u1100\u1161x"), max_size=6), max_size=8)
)
def test_columns_are_normalised_like_single_texts(texts: list[str | None]) -> None:
    expected = [None if text is None else normalise(text) for text in texts]
    assert normalise_all(pa.array(texts, pa.string())).to_pylist() == expected
    assert normalise_all(pa.array(["pad", *texts], pa.string()).slice(1)).to_pylist() == expected
