"""Frequent sequences against a search that tries every occurrence, with every bound."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator
from typing import Any, TypeAlias

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from jianwei.errors import UsageError
from jianwei.mining import Histories, Sequences, frequent_sequences

Moment: TypeAlias = "tuple[int, tuple[str, ...]]"
Pattern: TypeAlias = "tuple[tuple[str, ...], ...]"

histories = st.lists(
    st.lists(st.tuples(st.integers(0, 7), st.sampled_from("abcd")), max_size=6).map(
        lambda done: [
            (time, tuple(sorted({item for at, item in done if at == time}))) for time in sorted({t for t, _ in done})
        ]
    ),
    max_size=6,
)
bounds = st.fixed_dictionaries(
    {
        "min_gap": st.integers(0, 3),
        "max_gap": st.none() | st.integers(3, 5),
        "window": st.none() | st.integers(0, 6),
        "together": st.booleans(),
        "repeats": st.booleans(),
        "max_length": st.none() | st.integers(1, 3),
    }
)


def occurrences(
    moments: list[Moment], together: bool, min_gap: int, max_gap: int | None, window: int | None, begun: int, last: int
) -> Iterator[Pattern]:
    """Every way to choose moments and items of them after the time `last`, by its definition."""
    yield ()
    for time, items in moments:
        if begun >= 0 and not (time > last and min_gap <= time - last and (max_gap is None or time - last <= max_gap)):
            continue
        if begun >= 0 and window is not None and time - begun > window:
            continue
        chosen = [(item,) for item in items]
        if together:
            size = len(items)
            chosen = [tuple(items[i] for i in range(size) if mask >> i & 1) for mask in range(1, 1 << size)]
        for rest in occurrences(moments, together, min_gap, max_gap, window, time if begun < 0 else begun, time):
            yield from ((element, *rest) for element in chosen)


def brute_force(
    people: list[list[Moment]], together: bool, repeats: bool, min_gap: int, max_gap: int | None, window: int | None,
    max_length: int | None,
) -> Counter[Pattern]:  # fmt: skip
    found: Counter[Pattern] = Counter()
    for moments in people:
        for pattern in set(occurrences(moments, together, min_gap, max_gap, window, -1, -1)):
            items = [item for element in pattern for item in element]
            if items and (max_length is None or len(items) <= max_length) and (repeats or len({*items}) == len(items)):
                found[pattern] += 1
    return found


def data(people: list[list[Moment]]) -> Histories:
    rows = [(who, item, time) for who, moments in enumerate(people) for time, items in moments for item in items]
    columns = ["abcd".index(item) for _, item, _ in rows]
    return Histories.ordered([r[0] for r in rows], columns, [r[2] for r in rows], tuple("abcd"), len(people))


def told(found: Sequences) -> dict[Pattern, int]:
    rows = {one.moments: one.rows for one in found}
    assert len(rows) == len(found)
    return rows


@given(people=histories, least=st.integers(1, 3), options=bounds)
@settings(max_examples=400, deadline=None)
def test_every_bound_against_brute_force(people: list[list[Moment]], least: int, options: dict[str, Any]) -> None:
    right = {pattern: rows for pattern, rows in brute_force(people, **options).items() if rows >= least}
    found = frequent_sequences(data(people), least, **options)
    assert told(found) == right
    whole = brute_force(people, **options)
    for at in range(len(found)):
        (*first, last), rows = found[at].moments, int(found.prefix_rows[at])
        prefix = (*first, last[:-1]) if len(last) > 1 else tuple(first)
        assert rows == (whole[prefix] if prefix else len(people))


def shorter(pattern: Pattern) -> Iterator[Pattern]:
    """The pattern less one item, for each of its items."""
    for at, element in enumerate(pattern):
        for item in element:
            rest = tuple(other for other in element if other != item)
            yield (*pattern[:at], *([rest] if rest else []), *pattern[at + 1 :])


@given(people=histories, least=st.integers(1, 3), options=bounds, kind=st.sampled_from(["closed", "maximal"]))
@settings(max_examples=200, deadline=None)
def test_closed_and_maximal_by_their_definition(
    people: list[list[Moment]], least: int, options: dict[str, Any], kind: Any
) -> None:
    every = {pattern: rows for pattern, rows in brute_force(people, **options).items() if rows >= least}
    covered = {
        less
        for pattern, rows in every.items()
        for less in shorter(pattern)
        if less in every and (kind == "maximal" or every[less] <= rows)
    }
    found = frequent_sequences(data(people), least, kind, min_length=1, **options)
    assert told(found) == {pattern: rows for pattern, rows in every.items() if pattern not in covered}


@given(people=histories, k=st.integers(1, 12), min_length=st.integers(1, 2), options=bounds)
@settings(max_examples=150, deadline=None)
def test_top_k_with_its_ties(people: list[list[Moment]], k: int, min_length: int, options: dict[str, Any]) -> None:
    options["max_length"] = None
    every = {p: rows for p, rows in brute_force(people, **options).items() if sum(map(len, p)) >= min_length}
    bar = sorted(every.values(), reverse=True)[:k][-1:] or [1]
    found = frequent_sequences(data(people), 1, top_k=k, min_length=min_length, **options)
    assert told(found) == {pattern: rows for pattern, rows in every.items() if rows >= bar[0]}


def test_the_first_occurrence_alone_would_not_do() -> None:
    # "a" first comes too early for "b" within 2; "c" follows in time only after the later of the two.
    found = frequent_sequences(Histories.ordered([0] * 4, [0, 0, 1, 2], [0, 5, 7, 9], ("a", "b", "c")), 1, max_gap=2)
    assert (("a",), ("b",), ("c",)) in told(found)


def test_many_long_histories_outgrow_the_memory_that_is_begun_with() -> None:
    random = np.random.default_rng(1)
    people = [[str(item) for item in random.integers(0, 300, size)] for size in random.integers(1, 60, 2000)]
    found = frequent_sequences(people, 10, max_length=2)
    pairs: Counter[tuple[str, str]] = Counter()
    for items in people:
        pairs.update({(one, other) for at, one in enumerate(items) for other in items[at + 1 :]})
    right = {((one,), (other,)): rows for (one, other), rows in pairs.items() if rows >= 10}
    assert {moments: rows for moments, rows in told(found).items() if len(moments) == 2} == right
    assert len(found) > 4096


def test_the_order_is_that_of_the_columns() -> None:
    random = np.random.default_rng(2)
    found = frequent_sequences([random.integers(0, 5, 12).tolist() for _ in range(50)], 5, max_length=4, together=True)
    each = [tuple(found.columns[a:b].tolist()) for a, b in zip(found.offsets, found.offsets[1:], strict=False)]
    assert each == sorted(each)


class _Stop:
    """Progress that ends the search."""

    def task(self, label: str, total: float | None = None, unit: str = "rows") -> Any:
        from contextlib import nullcontext

        return nullcontext(self)

    def note(self, text: str) -> None: ...

    def advance(self, units: float = 1) -> None:
        raise KeyboardInterrupt

    def total(self, units: float) -> None: ...


def test_an_exception_in_progress_ends_the_search() -> None:
    with pytest.raises(KeyboardInterrupt):
        frequent_sequences([["a", "b"]], 1, progress=_Stop())


@pytest.mark.parametrize(
    "wrong",
    [
        {"kind": "open"}, {"min_support": 0}, {"min_support": 1.5}, {"min_gap": -1}, {"min_gap": 3, "max_gap": 2}, {"window": -1},
        {"max_length": 0}, {"min_length": 0}, {"min_length": 3, "max_length": 2}, {"top_k": 0}, {"top_k": 3, "kind": "closed"},
        {"max_sequences": 2},
    ],
    ids=str,
)  # fmt: skip
def test_wrong_arguments_are_told(wrong: dict[str, Any]) -> None:
    with pytest.raises(UsageError):
        frequent_sequences([["a", "b", "c"]], **{"min_support": 1, **wrong})


def test_nobody_and_nothing() -> None:
    assert len(frequent_sequences([], 1)) == 0
    assert len(frequent_sequences([[], []], 0.5)) == 0
    assert frequent_sequences([], 1).to_arrow().num_rows == 0


def test_a_real_shop_has_what_another_miner_finds(data_dir: Any) -> None:
    """The sequences of the Beauty reviews, one by one, as rusket's PrefixSpan finds them."""
    import pyarrow.parquet as pq

    rusket = pytest.importorskip("rusket")
    table = pq.read_table(data_dir / "amazon_beauty_5core_seq" / "data.parquet")
    table = table.sort_by([("user_id", "ascending"), ("position", "ascending")])
    people, items = (table[column].combine_chunks().dictionary_encode() for column in ("user_id", "item_id"))
    data = Histories.ordered(people.indices, items.indices, range(table.num_rows), tuple(range(len(items.dictionary))))
    theirs = rusket.PrefixSpan((data.offsets.astype(np.uintp), data.columns.astype(np.uint32)), 40).mine()
    right = {tuple(items): rows for items, rows in zip(theirs["sequence"], theirs["support"], strict=True)}
    found = frequent_sequences(data, 40)
    assert len(found) > 800
    assert {tuple(item for (item,) in one.moments): one.rows for one in found} == right
