"""Recommendations for everybody as files: whole, or not there."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pyarrow as pa
import pyarrow.csv as pa_csv
import pyarrow.parquet as pq
import pytest
from python_calamine import CalamineWorkbook

from jianwei.common.results import Reason
from jianwei.errors import JianweiError, UsageError
from jianwei.recommend import Recommendation, Recommendations
from jianwei.recommend._base import Whom, as_rows
from jianwei.recommend.files import FILE_SCHEMA, plain_rows, write_recommendations


def part(person: str, names: list[str]) -> pa.Table:
    picks = tuple(
        Recommendation(f"i:{at}", name, 0.5 / (at + 1), at + 1, (Reason("why", {"n": at}),) if at else ())
        for at, name in enumerate(names)
    )
    rows = as_rows(picks, Whom(person, f"={person}"))
    return plain_rows(Recommendations(rows), lambda reason: f"because of {reason.values['n']}")


PARTS = [part("u:1", ["茶", "=1+1"]), part("u:2", []), part("u:3", ['a"b,c\nd'])]


def test_picks_come_back_from_rows() -> None:
    one = Recommendation("i:1", "茶", 0.5, 1, (Reason("x", {"items": ["a"], "rows": 3}), Reason("y")))
    found = Recommendations(as_rows((one,)))
    assert found.picks == (one,)
    assert found.rows["person_id"].to_pylist() == [None]


@pytest.mark.parametrize("suffix", [".csv", ".xlsx", ".parquet", ".CSV"])
def test_all_parts_are_in_the_file(tmp_path: Path, suffix: str) -> None:
    path = tmp_path / f"out{suffix}"
    assert write_recommendations(path, iter(PARTS)) == 3
    assert [file.name for file in tmp_path.iterdir()] == [path.name]
    whole = pa.concat_tables(PARTS)
    if suffix == ".parquet":
        assert pq.read_table(path).equals(whole)
        return
    if suffix == ".xlsx":
        header, *rows = CalamineWorkbook.from_path(str(path)).get_sheet_by_index(0).to_python()
        assert header == FILE_SCHEMA.names
        assert [row[4] for row in rows] == ["茶", "=1+1", 'a"b,c\nd']
        return
    assert path.read_bytes().startswith(b"\xef\xbb\xbf")
    options = pa_csv.ParseOptions(newlines_in_values=True)
    read = pa_csv.read_csv(path, parse_options=options, convert_options=pa_csv.ConvertOptions(column_types=FILE_SCHEMA))
    assert read["item_id"].equals(whole["item_id"])
    assert read["why"].to_pylist() == ["", "because of 1", ""]
    # Nothing in a cell is computed by a spreadsheet.
    assert not [cell for name in ("item", "person") for cell in read[name].to_pylist() if cell.startswith("=")]


def test_nobody_gives_a_header(tmp_path: Path) -> None:
    assert write_recommendations(tmp_path / "out.csv", []) == 0
    assert (tmp_path / "out.csv").read_text("utf-8-sig").strip().split(",")[0] == '"person_id"'


@pytest.mark.parametrize("suffix", [".csv", ".xlsx", ".parquet"])
def test_a_failure_leaves_the_old_file(tmp_path: Path, suffix: str) -> None:
    path = tmp_path / f"out{suffix}"
    path.write_text("old")

    def parts() -> Iterator[pa.Table]:
        yield PARTS[0]
        raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        write_recommendations(path, parts())
    assert [file.name for file in tmp_path.iterdir()] == [path.name]
    assert path.read_text() == "old"


def test_places_that_cannot_be_written(tmp_path: Path) -> None:
    with pytest.raises(UsageError, match=r"\.txt stands for no format"):
        write_recommendations(tmp_path / "out.txt", [])
    with pytest.raises(JianweiError, match="cannot be written"):
        write_recommendations(tmp_path / "no" / "out.csv", [])
