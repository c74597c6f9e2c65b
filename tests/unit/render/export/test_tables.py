"""Files hold what the tables hold: read again by other libraries, value by value."""

from __future__ import annotations

import csv
from decimal import Decimal
from pathlib import Path

import pyarrow as pa
import pyarrow.parquet as pq
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from python_calamine import CalamineWorkbook

from jianwei.render.export import write_csv, write_parquet, write_tables, write_xlsx
from jianwei.render.export.cells import restore
from jianwei.render.export.tables import sheet_name

TABLE = pa.table(
    {
        "id": ["u:007", "u:1e5", None],
        "text": ["=1+1", '第一行\n第二行, "引号"', "http://example.invalid/a"],
        "rows": pa.array([1, -2, 9_007_199_254_740_993], pa.int64()),
        "amount": pa.array([Decimal("2500315.6300"), None, Decimal("-0.0001")], pa.decimal128(38, 4)),
        "share": [0.25, 1e-30, None],
        "names": [["茶杯", "-5"], [], None],
        "new": [True, False, None],
        "first_us": pa.array([0, None, 1_709_222_400_000_001], pa.int64()),
    }
)


def read_csv(path: Path) -> list[list[str]]:
    with path.open(encoding="utf-8-sig", newline="") as file:
        return list(csv.reader(file))


def test_csv(tmp_path: Path) -> None:
    path = write_csv(tmp_path / "a.csv", TABLE, zone="Asia/Shanghai")
    assert path.read_bytes().startswith(b"\xef\xbb\xbf")
    head, *rows = read_csv(path)
    assert head == ["id", "text", "rows", "amount", "share", "names", "new", "first_time"]
    assert rows[0] == ["u:007", "'=1+1", "1", "2500315.63", "0.25", "茶杯、-5", "true", "1970-01-01 08:00:00"]
    assert rows[1][1] == '第一行\n第二行, "引号"'
    assert rows[2][2:] == ["9007199254740993", "-0.0001", "", "", "", "2024-03-01 00:00:00.000001"]
    assert restore(pa.array([row[1] for row in rows])).to_pylist() == TABLE["text"].to_pylist()


def test_parquet_keeps_every_type(tmp_path: Path) -> None:
    assert pq.read_table(write_parquet(tmp_path / "a.parquet", TABLE)).equals(TABLE)


def test_xlsx(tmp_path: Path) -> None:
    path = write_xlsx(tmp_path / "a.xlsx", {"数据": TABLE}, zone="Asia/Shanghai")
    book = CalamineWorkbook.from_path(path)
    assert book.sheet_names == ["数据"]
    _, *rows = book.get_sheet_by_name("数据").to_python()
    assert rows[0] == ["u:007", "=1+1", 1, 2500315.63, 0.25, "茶杯、-5", True, "1970-01-01 08:00:00"]
    assert rows[1][:4] == ["u:1e5", '第一行\n第二行, "引号"', -2, ""]
    assert rows[2][1:4] == ["http://example.invalid/a", "9007199254740993", -0.0001]


def test_xlsx_has_no_formula_and_no_link(tmp_path: Path) -> None:
    import zipfile

    path = write_xlsx(tmp_path / "a.xlsx", {"a": TABLE})
    with zipfile.ZipFile(path) as archive:
        sheet = archive.read("xl/worksheets/sheet1.xml").decode()
        assert "<f>" not in sheet
        assert "hyperlink" not in sheet
        assert not [name for name in archive.namelist() if name.endswith(".rels") and "worksheets" in name]


@settings(deadline=None)
@given(st.lists(st.text(st.characters(exclude_categories=["Cs"]), max_size=20), min_size=1, max_size=8))
def test_xlsx_texts_come_back(texts: list[str]) -> None:
    """Whatever is in a text, but for line ends, which XML itself makes one."""
    from tempfile import TemporaryDirectory

    with TemporaryDirectory() as folder:
        path = write_xlsx(Path(folder) / "a.xlsx", {"a": pa.table({"n": [1] * len(texts), "t": texts})})
        rows = CalamineWorkbook.from_path(path).get_sheet_by_index(0).to_python(skip_empty_area=False)[1:]
    assert [row[1] for row in rows] == texts


def test_long_texts_are_cut_with_a_mark(tmp_path: Path) -> None:
    path = write_xlsx(tmp_path / "a.xlsx", {"a": pa.table({"t": ["茶" * 40_000]})})
    (cell,) = CalamineWorkbook.from_path(path).get_sheet_by_index(0).to_python()[1]
    assert len(cell) == 32_767
    assert cell.endswith("茶…")


@given(st.lists(st.text(max_size=50), max_size=12))
def test_sheet_names_are_accepted_and_apart(names: list[str]) -> None:
    taken: set[str] = set()
    chosen = [sheet_name(name, taken) for name in names]
    assert len({name.lower() for name in chosen}) == len(chosen)
    for name in chosen:
        assert 0 < len(name) <= 31
        assert not set(name) & set("[]:*?/\\")
        assert not name.startswith("'")
        assert not name.endswith("'")
        assert name.lower() != "history"


def test_all_tables_in_one_go(tmp_path: Path) -> None:
    files = write_tables(tmp_path, {"one": TABLE, "two": TABLE.slice(0, 0)})
    assert {file.name for file in files} == {"one.csv", "one.parquet", "two.csv", "two.parquet", "tables.xlsx"}
    assert CalamineWorkbook.from_path(tmp_path / "tables.xlsx").sheet_names == ["one", "two"]
    assert read_csv(tmp_path / "two.csv") == [["id", "text", "rows", "amount", "share", "names", "new", "first_time"]]


def test_no_tables_make_no_workbook(tmp_path: Path) -> None:
    assert write_tables(tmp_path, {}) == ()


@pytest.mark.parametrize("kind", [pa.large_string(), pa.dictionary(pa.int32(), pa.string())])
def test_every_kind_of_text_is_defused(tmp_path: Path, kind: pa.DataType) -> None:
    path = write_csv(tmp_path / "a.csv", pa.table({"t": pa.array(["=1"]).cast(kind)}))
    assert read_csv(path)[1] == ["'=1"]
