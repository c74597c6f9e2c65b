"""Derived tables through the workspace: kept, read, asked in SQL, exported."""

from __future__ import annotations

from pathlib import Path

import pyarrow as pa
import pytest

import jianwei as jw
from jianwei.common.results import Rows
from jianwei.errors import UsageError
from jianwei.workspace.export import export_table

ROWS = pa.table({"antecedent": [["i:1"], ["i:2", "i:3"]], "consequent_names": [["=壶"], ["杯"]], "rows": [7, 5]})


def test_kept_read_asked_and_exported(tmp_path: Path) -> None:
    ws = jw.open(tmp_path / "shop")
    with pytest.raises(UsageError, match="--keep"):
        ws.derived("rules")
    with pytest.raises(UsageError, match="mine rules --keep"):
        export_table(ws, "rules", tmp_path / "rules.csv")
    ws.keep("rules", Rows(ROWS))
    assert ws.derived("rules").equals(ROWS)
    assert jw.open(tmp_path / "shop").derived("rules").equals(ROWS)
    found = ws.sql("SELECT rows, len(antecedent) AS items FROM RULES WHERE rows < 7")
    assert found.to_pylist() == [{"rows": 5, "items": 2}]
    # Tables that are no derived ones are asked as before, and files stay out of reach.
    assert ws.sql("SELECT count(*) AS n FROM events").to_pylist() == [{"n": 0}]
    with pytest.raises(UsageError):
        ws.sql(f"SELECT * FROM read_parquet('{tmp_path}/shop/derived/rules.parquet')")
    assert export_table(ws, "rules", tmp_path / "rules.csv") == 2
    text = (tmp_path / "rules.csv").read_text("utf-8-sig")
    assert "'=壶" in text
    assert "i:2、i:3" in text
    with pytest.raises(UsageError, match="known are"):
        export_table(ws, "portraits", tmp_path / "x.csv")
