"""Baskets against a plain reading of the lines, their ids, and what is no list of baskets."""

from __future__ import annotations

import gzip
import io
import re
from collections import Counter
from itertools import groupby
from pathlib import Path

import pyarrow as pa
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from jianwei.common.files import discover, sample
from jianwei.common.inputs import InputFile, Sample
from jianwei.errors import InputError
from jianwei.records import key_id
from jianwei.sources._base import ReadContext, Reject
from jianwei.sources.baskets import BasketSource
from jianwei.sources.tables import TableSource


def file(data: bytes | str, name: str = "x.dat") -> InputFile:
    raw = data.encode() if isinstance(data, str) else data
    return InputFile(name, len(raw), lambda: io.BytesIO(raw))


def read(given_file: InputFile, sha256: str = "ab" * 32, **more: str) -> tuple[pa.Table, pa.Table, list[Reject], int]:
    pieces = list(BasketSource().read(given_file, ReadContext("shop", "Asia/Shanghai", "f:1", sha256, **more)))  # type: ignore[arg-type]
    events, items = (
        pa.concat_tables([piece.tables[name] for piece in pieces if name in piece.tables])
        for name in ("events", "items")
    )
    return (
        events,
        items,
        [reject for piece in pieces for reject in piece.rejects],
        sum(piece.read["events"] for piece in pieces),
    )


def sniffed(data: bytes | str, name: str = "x.dat") -> tuple[float, float]:
    seen = sample(file(data, name))
    assert isinstance(seen, Sample)
    return BasketSource().sniff(seen), TableSource().sniff(seen)


def baskets_of(events: pa.Table) -> list[list[str]]:
    rows = zip(events["basket_id"].to_pylist(), events["item_id"].to_pylist(), strict=True)
    return [[item for _, item in group] for _, group in groupby(rows, key=lambda row: row[0])]


NUMBERS = st.lists(st.lists(st.integers(0, 30), max_size=6), min_size=1, max_size=30).filter(any)


@settings(deadline=None)
@given(NUMBERS, st.sampled_from(["\n", "\r\n", " \n"]))
def test_numbers_with_blanks_are_read_as_they_stand(rows: list[list[int]], ending: str) -> None:
    events, items, rejects, count = read(file(ending.join(" ".join(map(str, row)) for row in rows)))
    flat = [value for row in rows for value in row]
    assert (rejects, count, events.num_rows) == ([], len(flat), len(flat))
    assert baskets_of(events) == [[key_id("i:", "shop", "item", str(value)) for value in row] for row in rows if row]
    assert len(set(events["event_id"].to_pylist())) == len(flat)
    assert Counter(items["key"].to_pylist()) == Counter({str(value): 1 for value in flat})
    assert set(events["name"].to_pylist()) == {"buy"}
    assert events["seq"].to_pylist() == list(range(len(flat)))


def test_names_with_commas_are_titles() -> None:
    events, items, rejects, _ = read(
        file('citrus fruit, yogurt,coffee\n"whole, milk"\n\nyogurt,yogurt\n', "groceries.csv")
    )
    assert rejects == []
    assert [len(basket) for basket in baskets_of(events)] == [3, 1, 2]
    assert items["title"].to_pylist() == ["citrus fruit", "yogurt", "coffee", "whole, milk"]
    assert events["item_id"].to_pylist()[1] == key_id("i:", "shop", "item", "yogurt")


def test_ids_come_from_the_bytes_and_the_line() -> None:
    one, _, _, _ = read(file("1 2\n1 2\n"))
    same, _, _, _ = read(file("1 2\n1 2\n", "copy.dat"))
    other, _, _, _ = read(file("1 2\n1 2\n"), sha256="cd" * 32)
    assert len(set(one["basket_id"].to_pylist())) == 2
    assert one["event_id"] == same["event_id"]
    assert not set(one["event_id"].to_pylist()) & set(other["event_id"].to_pylist())


def test_lines_that_cannot_be_read_are_named() -> None:
    data = (
        "茶,杯子,茶壶和杯子一套,好看的茶壶，颜色很多的玻璃茶杯\n".encode()
        + b"te\xffa,cup\n"
        + b"a\0b,c\n"
        + b"x" * (1 << 21)
        + b"\ncup\n"
    )
    events, _, rejects, count = read(file(data, "x.csv"))
    assert [(r.line, r.reason) for r in rejects] == [(2, "bad_encoding"), (3, "nul_bytes"), (4, "row_too_long")]
    assert (events.num_rows, count) == (5, 8)


def test_baskets_are_told_from_tables() -> None:
    ragged = "".join(f"tea,cup{',kettle' * (n % 4)}{',spoon' * (n % 3)}\n" for n in range(40))
    for data, name, expected in (
        ("1 2 3\n4 5\n6\n7 8 9 10\n", "retail", True),
        ("1 2 3\n4 5 6\n", "chess.dat", True),
        (ragged, "groceries.csv", True),
        ("user_id,item_id\n1,2\n3,4\n", "x.csv", False),
        ("评论,时间\n很好,2024-01-05\n", "x.csv", False),
        ("一句话, 两句话\n随便写点什么\n没有规律, 也, 没有重复\n真的\n完了, 好\n", "x.txt", False),
    ):
        baskets, table = sniffed(data, name)
        assert (baskets > table and baskets >= 0.5) == expected, name


def test_explicit_kinds_go_to_the_reader_that_has_them() -> None:
    context = ReadContext("shop", "Asia/Shanghai", "f:1", "ab" * 32, table="baskets")
    (piece,) = TableSource().read(file("tea,cup\ncup\n", "x.csv"), context)
    assert piece.tables["events"].num_rows == 3
    context = ReadContext("shop", "Asia/Shanghai", "f:1", "ab" * 32, table="users", mapping={"user": "column_1"})
    (piece,) = BasketSource().read(file("1,2\n3,4\n", "x.csv"), context)
    assert piece.tables["users"]["key"].to_pylist() == ["1", "3"]


def test_bytes_that_are_no_text_are_an_error() -> None:
    with pytest.raises(InputError):
        read(file(b"\x89PNG\r\n\x1a\n" + bytes(range(256)) * 4))


@pytest.mark.parametrize(
    ("name", "baskets", "items", "events"),
    [
        ("retail.dat.gz", 88_162, 16_470, 908_576),
        ("BMS-WebView-1.dat.gz", 59_602, 497, 149_639),
        ("chess.dat.gz", 3_196, 75, 118_252),
        ("groceries.csv", 9_835, 169, 43_367),
    ],
)
def test_public_data_sets(data_dir: Path, name: str, baskets: int, items: int, events: int) -> None:
    path = data_dir / "fimi" / name
    (entry,) = discover([path])
    seen = sample(entry)  # type: ignore[arg-type]
    assert isinstance(seen, Sample)
    assert BasketSource().sniff(seen) > TableSource().sniff(seen)
    found, things, rejects, _ = read(entry)  # type: ignore[arg-type]
    assert (rejects, found.num_rows, things.num_rows) == ([], events, items)
    text = gzip.decompress(path.read_bytes()).decode() if name.endswith(".gz") else path.read_text("utf-8")
    split = [
        re.split(r" *, *", line.strip()) if name.endswith(".csv") else line.split()
        for line in text.splitlines()
        if line.strip()
    ]
    keys = dict(zip(things["item_id"].to_pylist(), things["key"].to_pylist(), strict=True))
    assert [[keys[item] for item in basket] for basket in baskets_of(found)] == split
    assert len(split) == baskets
