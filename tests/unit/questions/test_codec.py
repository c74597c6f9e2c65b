"""Results as bytes: whatever a result may hold comes back equal, and in its own types."""

from __future__ import annotations

import datetime
import math
from collections.abc import Mapping
from dataclasses import dataclass, field, fields
from decimal import Decimal
from enum import Enum
from typing import Any

import pyarrow as pa
import pytest
from hypothesis import given
from hypothesis import strategies as st

from jianwei.common.results import Provenance, Reason, Rows, Unavailable
from jianwei.questions.codec import decode, encode


class Trend(Enum):
    UP = "up"
    DOWN = "down"


@dataclass(frozen=True)
class Peak:
    day: int
    share: float
    names: tuple[str, ...]


@dataclass(frozen=True)
class Everything(Rows):
    """A result with a field of every kind that questions use."""

    second: pa.Table
    third: pa.Table | None
    count: int
    maybe_count: int | None
    mean: float
    maybe_mean: float | None
    spent: Decimal
    maybe_spent: Decimal | None
    name: str
    maybe_name: str | None
    either: int | str
    flag: bool
    maybe_flag: bool | None
    pair: tuple[int, str]
    series: tuple[float, ...]
    words: list[str]
    by_name: dict[str, int]
    by_number: Mapping[int, float]
    peak: Peak
    peaks: tuple[Peak, ...]
    maybe_peak: Peak | None
    missing: Unavailable | None
    day: datetime.date
    moment: datetime.datetime | None
    trend: Trend
    raw: bytes
    chosen: frozenset[str]
    figures: Mapping[str, object] = field(default_factory=dict)


INTEGERS = st.integers(-(2**63), 2**63 - 1)
FLOATS = st.floats()
TEXTS = st.text(st.characters(exclude_categories=["Cs"])) | st.sampled_from(
    ["null", "5", "1.0", "true", "", "店铺", "\0"]
)
DECIMALS = st.decimals(allow_nan=False, allow_infinity=False)
PEAKS = st.builds(Peak, INTEGERS, FLOATS, st.lists(TEXTS, max_size=2).map(tuple))
TABLES = st.one_of(
    st.lists(st.integers(-5, 5) | st.none(), max_size=5).map(lambda v: pa.table({"n": pa.array(v, pa.int64())})),
    st.lists(TEXTS | st.none(), max_size=5).map(lambda v: pa.table({"s": pa.array(v, pa.string()), "店铺": pa.array(v, pa.string())})),
    st.lists(st.decimals(-10, 10, places=4), max_size=5).map(lambda v: pa.table({"d": pa.array(v, pa.decimal128(18, 4))})),
)  # fmt: skip
RESULTS = st.builds(
    Everything, TABLES, TABLES, TABLES | st.none(), INTEGERS, INTEGERS | st.none(), FLOATS, FLOATS | st.none(), DECIMALS,
    DECIMALS | st.none(), TEXTS, TEXTS | st.none(), INTEGERS | TEXTS, st.booleans(), st.booleans() | st.none(),
    st.tuples(INTEGERS, TEXTS), st.lists(FLOATS, max_size=3).map(tuple), st.lists(TEXTS, max_size=3),
    st.dictionaries(TEXTS, INTEGERS, max_size=3), st.dictionaries(INTEGERS, FLOATS, max_size=3), PEAKS,
    st.lists(PEAKS, max_size=2).map(tuple), PEAKS | st.none(),
    st.none() | st.builds(Unavailable, st.builds(Reason, TEXTS, st.dictionaries(TEXTS, INTEGERS, max_size=2))),
    st.dates(), st.none() | st.datetimes(timezones=st.just(datetime.UTC)), st.sampled_from(Trend), st.binary(max_size=9),
    st.frozensets(TEXTS, max_size=3), figures=st.dictionaries(TEXTS, INTEGERS | TEXTS | st.none(), max_size=3),
)  # fmt: skip


def same(one: Any, two: Any) -> bool:
    """Equal in value and type; NaN equals NaN, -0.0 is not 0.0."""
    if type(one) is not type(two):
        return False
    if isinstance(one, float):
        return (math.isnan(one) and math.isnan(two)) or (one == two and math.copysign(1, one) == math.copysign(1, two))
    if isinstance(one, pa.Table):
        return bool(one.equals(two, check_metadata=True))
    if isinstance(one, dict):
        return one.keys() == two.keys() and all(same(one[key], two[key]) for key in one)
    if isinstance(one, list | tuple):
        return len(one) == len(two) and all(same(a, b) for a, b in zip(one, two, strict=True))
    if isinstance(one, Peak):
        return all(same(getattr(one, item.name), getattr(two, item.name)) for item in fields(one))
    if isinstance(one, Decimal):
        return one.as_tuple() == two.as_tuple()
    return bool(one == two)


@given(RESULTS)
def test_everything_comes_back_equal_and_in_its_type(result: Everything) -> None:
    again = decode(encode(result), Everything)
    different = [
        (item.name, getattr(result, item.name), getattr(again, item.name))
        for item in fields(Everything)
        if not same(getattr(result, item.name), getattr(again, item.name))
    ]
    assert different == []


TABLE_CASES = {
    "empty": pa.table({"n": pa.array([], pa.int64()), "s": pa.array([], pa.string())}),
    "no columns": pa.table({}),
    "decimals": pa.table({"d": pa.array([Decimal("2500315.63"), None], pa.decimal128(38, 4))}),
    "chunks": pa.table({"n": pa.chunked_array([[1, 2], [], [3]], pa.int64())}),
    "dictionary": pa.table({"s": pa.array(["a", None, "a"]).dictionary_encode()}),
    "nested": pa.table({"l": [[1, 2], None, []], "m": [{"a": 1, "b": "x"}, None, {"a": None, "b": ""}]}),
    "metadata": pa.table({"n": [1]}, schema=pa.schema([pa.field("n", pa.int64(), metadata={"personal": "1"})], {"k": "v"})),
    "small types": pa.table({"f": pa.array([0.5, None], pa.float32()), "i": pa.array([1, None], pa.int32()), "b": [True, None]}),
    "same names": pa.Table.from_arrays([pa.array([1]), pa.array([2])], ["n", "n"]),
}  # fmt: skip


@pytest.mark.parametrize("name", TABLE_CASES)
def test_tables_of_every_shape(name: str) -> None:
    again = decode(encode(Rows(TABLE_CASES[name])), Rows)
    assert isinstance(again, Rows)
    assert again.rows.equals(TABLE_CASES[name], check_metadata=True)
    assert again.rows.schema.equals(TABLE_CASES[name].schema, check_metadata=True)


def test_provenance_comes_back() -> None:
    made_from = Provenance("Volume", '{"unit":"天"}', {"messages": 3, "users": -1}, {"words": "rjieba/1"}, "duckdb")
    assert decode(encode(Rows(pa.table({"n": [1]}), provenance=made_from)), Rows).provenance == made_from  # type: ignore[union-attr]


@pytest.mark.parametrize("values", [{}, {"rows": 3}, {"names": ["a", "店铺"], "share": 0.5, "none": None}])
def test_unavailable_stays_unavailable(values: dict[str, object]) -> None:
    missing = Unavailable(Reason("no_times", values))
    assert decode(encode(missing), Everything) == missing


@pytest.mark.parametrize("value", [None, 5, "text", {"rows": []}, pa.table({"n": [1]})])
def test_what_is_no_result_is_refused(value: object) -> None:
    with pytest.raises(TypeError):
        encode(value)
