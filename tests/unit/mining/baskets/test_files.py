"""Files of baskets: how they are laid out is found out, and what is wrong with them is told by its place."""

from __future__ import annotations

import gzip
import os
from pathlib import Path
from typing import Any

import pyarrow as pa
import pyarrow.parquet as pq
import pytest
from xlsxwriter import Workbook

from jianwei.errors import InputError, UsageError
from jianwei.mining import Transactions, read_baskets

DATA = Path(os.environ.get("JIANWEI_DATA", Path(__file__).resolve().parents[5] / "shared" / "data")) / "fimi"


def rows_of(data: Transactions) -> list[set[Any]]:
    return [
        set(data.labels_of(data.columns[begin:end].tolist()))
        for begin, end in zip(data.offsets[:-1], data.offsets[1:], strict=True)
    ]


def written(folder: Path, text: str | bytes, name: str = "baskets.csv") -> Path:
    path = folder / name
    path.write_bytes(text if isinstance(text, bytes) else text.encode())
    return path


@pytest.mark.parametrize(
    ("text", "rows"),
    [
        ("1 5 3\n\n2 5\n7\n", [{1, 5, 3}, {2, 5}, {7}]),
        ("1 5 3 \r\n 2  5\r\n7", [{1, 5, 3}, {2, 5}, {7}]),
        ("1 5 3\r2 5\r7\r", [{1, 5, 3}, {2, 5}, {7}]),
        ("1 5\n2 5\n7 5\n", [{1, 5}, {2, 5}, {7, 5}]),
        ("10 9 9\n-3\n", [{10, 9}, {-3}]),
        ("1 007\n7\n", [{"1", "007"}, {"7"}]),
        ("1 tea\n1\n", [{"1", "tea"}, {"1"}]),
        ("99999999999999999999 1\n1\n", [{"99999999999999999999", "1"}, {"1"}]),
        ("whole milk,tea\nwhole milk\ntea, cup ,\n", [{"whole milk", "tea"}, {"whole milk"}, {"tea", "cup"}]),
        ('"milk, whole",tea\ntea\n"a ""b""",tea,cup\n', [{"milk, whole", "tea"}, {"tea"}, {'a "b"', "tea", "cup"}]),
        ("tea;cup\ntea\n", [{"tea", "cup"}, {"tea"}]),
        ("tea\tcup\ntea\n", [{"tea", "cup"}, {"tea"}]),
        ("tea|cup\ntea\n", [{"tea", "cup"}, {"tea"}]),
        ("1,2\n2\n", [{1, 2}, {2}]),
        ("tea,cup\ncup,pot\npot,tea\n", [{"tea", "cup"}, {"cup", "pot"}, {"pot", "tea"}]),
        ("tea,cup\n", [{"tea", "cup"}]),
    ],
)
def test_a_basket_a_line(tmp_path: Path, text: str, rows: list[set[Any]]) -> None:
    for encoding in ("utf-8", "utf-8-sig", "utf-16"):
        assert rows_of(read_baskets(written(tmp_path, text.encode(encoding)))) == rows
    packed = written(tmp_path, gzip.compress(text.encode()), "baskets.csv.gz")
    assert rows_of(read_baskets(str(packed))) == rows


@pytest.mark.parametrize(
    "text",
    [
        "order,item\n1,tea\n2,tea\n1,cup\n",
        "order;item\r\n1;tea\r\n2;tea\r\n1;cup\r\n",
        "order\titem\n1\ttea\n2\ttea\n1\tcup\n",
        'order,item\n1,"tea"\n2,tea\n"1",cup\n,pot\n2,\n',
        "1,tea\n2,tea\n1,cup\n",
        "订单,商品\n1,tea\n2,tea\n1,cup\n",
    ],
)
def test_a_table_with_a_row_for_each_item(tmp_path: Path, text: str) -> None:
    for encoding in ("utf-8", "utf-8-sig", "utf-16"):
        assert rows_of(read_baskets(written(tmp_path, text.encode(encoding)))) == [{"tea", "cup"}, {"tea"}]
        assert rows_of(read_baskets(written(tmp_path, f"\n\n{text}".encode(encoding)))) == [{"tea", "cup"}, {"tea"}]


@pytest.mark.parametrize(
    "text",
    [
        "tea,cup,pot\n1,1,0\n1,0,0\n",
        ",tea,cup,pot\n0,True,True,False\n7,True,False,False\n",
        "tea;cup;pot\n1.0;1.0;\n1.0;0.0;\n1;0;0\n",
    ],
)
def test_a_table_of_cells(tmp_path: Path, text: str) -> None:
    rows = rows_of(read_baskets(written(tmp_path, text)))
    assert rows[:2] == [{"tea", "cup"}, {"tea"}]
    path = written(tmp_path, "tea,cup,pot\n" + "1,0,0\n" * 600 + "1,2,0\n")
    with pytest.raises(InputError, match="'2'"):
        read_baskets(path)


def test_named_columns_make_a_table(tmp_path: Path) -> None:
    path = written(tmp_path, "item,n,order\ntea,1,7\nitem,1,7\ntea,2,8\n")
    assert rows_of(read_baskets(path, basket="order", item="item")) == [{"tea", "item"}, {"tea"}]
    with pytest.raises(UsageError, match="no column 'who'"):
        read_baskets(path, basket="who")


def test_old_chinese_encoding(tmp_path: Path) -> None:
    lines = "大红袍,紫砂壶\n大红袍\n碧螺春,紫砂壶,大红袍\n"
    assert rows_of(read_baskets(written(tmp_path, lines.encode("gb18030"))))[0] == {"大红袍", "紫砂壶"}
    table = "订单,商品\n1,大红袍\n1,紫砂壶\n2,大红袍\n"
    assert rows_of(read_baskets(written(tmp_path, table.encode("gb18030"))))[0] == {"大红袍", "紫砂壶"}


def test_numbers_of_items_in_a_table_become_integers(tmp_path: Path) -> None:
    assert rows_of(read_baskets(written(tmp_path, "order,item\na,10\na,9\nb,9\n"))) == [{10, 9}, {9}]


@pytest.mark.parametrize("compression", ["zstd", "none"])
def test_parquet(tmp_path: Path, compression: str) -> None:
    path = tmp_path / "baskets.parquet"
    lists = pa.table({"n": [1, 2, 3], "items": [["tea", "cup"], [], ["tea"]]})
    pq.write_table(lists, path, compression=compression)
    assert rows_of(read_baskets(path)) == [{"tea", "cup"}, set(), {"tea"}]
    couples = pa.table({"item": ["tea", "cup", "tea"], "n": [0, 1, 2], "order": [5, 5, 6]})
    pq.write_table(couples, path, compression=compression, row_group_size=1)
    assert rows_of(read_baskets(path, basket="order", item="item")) == [{"tea", "cup"}, {"tea"}]
    cells = pa.table({"tea": [1, 1], "cup": [1, 0], "pot": [0, 0]})
    pq.write_table(cells, path, compression=compression)
    assert rows_of(read_baskets(path)) == [{"tea", "cup"}, {"tea"}]
    pq.write_table(couples.slice(0, 0), path)
    assert rows_of(read_baskets(path, basket="order", item="item")) == []


@pytest.mark.parametrize(
    ("text", "told"),
    [
        (b"", "empty"),
        (b"\n \n", "blank"),
        (b"\x89PNG\r\n\x1a\n\0\0\0\rIHDR\0\0", "no text"),
        ("tea\n" * 90_000 + "cup", None),
        (b"tea cup\n" * 40_000 + b"tea \xff\xfe\n", "line 40001"),
        ("order,item\n1,tea\n2,cup,9\n", None),
        ("order,item\n1,tea\n" + "2,cup\n" * 600 + "3,pot,9\n", "Expected 2 columns, got 3"),
        (b"PAR1 and then nothing of the kind", "Parquet"),
        (gzip.compress(b"tea cup\n" * 999)[:-12], "damaged"),
        (gzip.compress((b" " * 998 + b"0\n") * 70_000), "bomb"),
    ],
    ids=range(10),
)
def test_what_is_wrong_is_told(tmp_path: Path, text: str | bytes, told: str | None) -> None:
    path = written(tmp_path, text)
    if told is None:
        assert len(read_baskets(path))
        return
    with pytest.raises(InputError, match=told):
        read_baskets(path)


def test_damage_within_parquet_is_told(tmp_path: Path) -> None:
    path = tmp_path / "baskets.parquet"
    pq.write_table(pa.table({"items": [[f"item {at % 977}"] for at in range(5_000)]}), path, compression="none")
    whole = path.read_bytes()
    for at in (40, len(whole) // 2, len(whole) - 60):
        path.write_bytes(whole[:at] + bytes(64) + whole[at + 64 :])
        try:
            read_baskets(path)
        except InputError as error:
            assert "Parquet" in str(error)  # noqa: PT017 - damage in values need not show


def test_places_that_hold_no_file(tmp_path: Path) -> None:
    with pytest.raises(InputError, match="no such file"):
        read_baskets(tmp_path / "missing.csv")
    with pytest.raises(InputError, match="nothing to read"):
        read_baskets(tmp_path)
    with pytest.raises(InputError):
        read_baskets("tea\0cup")
    written(tmp_path, "tea cup\n", "a.txt")
    written(tmp_path, "tea cup\n", "b.txt")
    with pytest.raises(InputError, match="holds 2 files"):
        read_baskets(tmp_path)


def test_lines_across_blocks(tmp_path: Path) -> None:
    line = " ".join(str(number) for number in range(20_000))
    data = read_baskets(written(tmp_path, f"{line}\n" * 200 + "7 8"))
    assert len(data) == 201
    assert data.item_rows[:9].tolist() == [200] * 7 + [201] * 2


@pytest.mark.skipif(not DATA.exists(), reason="data sets are not here")
@pytest.mark.parametrize(
    ("name", "baskets", "items", "cells"),
    [
        ("mushroom.dat.gz", 8_124, 119, 23.0),
        ("groceries.csv", 9_835, 169, 4.41),
        ("BMS-WebView-1.dat.gz", 59_602, 497, 2.51),
    ],
)
def test_published_figures(name: str, baskets: int, items: int, cells: float) -> None:
    data = read_baskets(DATA / name)
    assert (len(data), len(data.labels)) == (baskets, items)
    assert len(data.columns) / baskets == pytest.approx(cells, abs=0.005)
    assert isinstance(data.labels[0].as_py(), str if name.endswith("csv") else int)


def test_of_several_columns_somebody_has_to_say_which(tmp_path: Path) -> None:
    path = written(tmp_path, "订单,顾客,商品\n1,甲,tea\n2,乙,tea\n1,甲,cup\n".encode())
    with pytest.raises(UsageError, match="顾客"):
        read_baskets(path)
    assert rows_of(read_baskets(path, basket="订单", item="商品")) == [{"tea", "cup"}, {"tea"}]


def test_a_spreadsheet_is_told_from_text(tmp_path: Path) -> None:
    sheet = tmp_path / "orders.xlsx"
    with Workbook(sheet) as book:
        book.add_worksheet().write(0, 0, "tea")
    with pytest.raises(InputError, match="spreadsheets"):
        read_baskets(sheet)
