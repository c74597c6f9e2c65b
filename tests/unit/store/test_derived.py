"""Derived tables: whole or not at all, with what they were made from."""

from __future__ import annotations

from pathlib import Path

import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from jianwei.common.results import Provenance
from jianwei.errors import StoreError, UsageError
from jianwei.store import DerivedTables

RULES = pa.table({"antecedent": [["i:1", "i:2"]], "rows": [7], "q_value": [None]}).cast(
    pa.schema([("antecedent", pa.list_(pa.string())), ("rows", pa.int64()), ("q_value", pa.float64())])
)
MADE = Provenance("AssociationRules", '{"by":"basket"}', {"events": 3, "items": -1})


def test_a_table_comes_back_as_it_was(tmp_path: Path) -> None:
    kept = DerivedTables(tmp_path / "derived")
    assert kept.names() == ()
    assert kept.get("rules") is None
    kept.put("rules", RULES, MADE, made_us=1_700_000_000_000_000)
    found = kept.get("rules")
    assert found is not None
    assert found.rows.equals(RULES)
    assert found.rows.schema.equals(RULES.schema, check_metadata=True)
    assert (found.made_from, found.made_us) == (MADE, 1_700_000_000_000_000)


def test_a_newer_one_takes_its_place_and_leaves_no_crumbs(tmp_path: Path) -> None:
    kept = DerivedTables(tmp_path)
    kept.put("rules", RULES, MADE, made_us=1)
    kept.put("rules", RULES.slice(0, 0), None, made_us=2)
    kept.put("itemsets", RULES, None, made_us=3)
    assert [path.name for path in sorted(tmp_path.iterdir())] == ["itemsets.parquet", "rules.parquet"]
    found = kept.get("rules")
    assert found is not None
    assert (len(found.rows), found.made_from, found.made_us) == (0, None, 2)


@pytest.mark.parametrize("name", ["", "../rules", "Rules", "rules.x", "a b", "9"])
def test_a_name_cannot_lead_elsewhere(tmp_path: Path, name: str) -> None:
    kept = DerivedTables(tmp_path / "derived")
    with pytest.raises(UsageError):
        kept.put(name, RULES, None, made_us=0)
    assert kept.get(name) is None
    assert not (tmp_path / "derived").exists()


def test_a_foreign_or_damaged_file_is_named(tmp_path: Path) -> None:
    kept = DerivedTables(tmp_path)
    pq.write_table(RULES, tmp_path / "rules.parquet")
    with pytest.raises(StoreError, match=r"rules\.parquet"):
        kept.get("rules")
    (tmp_path / "itemsets.parquet").write_bytes(b"PAR1nothing")
    with pytest.raises(StoreError, match="delete it"):
        kept.get("itemsets")
