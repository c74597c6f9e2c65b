"""The canonical tables: their keys, their types, and the marks that masking and erasing rely on."""

from __future__ import annotations

from decimal import Decimal

import pyarrow as pa
import pytest

from jianwei.records import TABLES, TableSpec, conform, empty
from jianwei.records.schemas import MONEY
from jianwei.store.scan import sql_type

SPECS = list(TABLES.values())

# Written down a second time on purpose: a mark that is lost would let somebody's data through masking and erasing.
PERSONAL = {
    "users": {"user_id", "key", "nickname", "union_id", "gender", "region", "tags", "attrs"},
    "names": {"user_id", "name"},
    "links": {"user_id", "person_id", "attrs"},
    "consents": {"user_id"},
    "conversations": {"key", "title", "owner_id", "attrs"},
    "members": {"user_id"},
    "messages": {"user_id", "text", "mentions", "attrs"},
    "events": {"user_id", "attrs"},
    "items": set(),
    "media": {"sha256", "path"},
    "metrics": set(),
    "sightings": set(),
    "annotations": {"user_id", "text", "value"},
}


@pytest.mark.parametrize("spec", SPECS, ids=lambda spec: spec.name)
def test_tables_are_sound(spec: TableSpec) -> None:
    names = spec.schema.names
    assert names[:3] == ["account", "ts_us", "seq"]
    assert [spec.schema.field(name).type for name in names[:3]] == [pa.string(), pa.int64(), pa.int64()]
    assert len(set(names)) == len(names)
    assert spec.key
    assert set(spec.key) <= set(names)
    assert not set(spec.key) & {"account", "ts_us", "seq"}
    assert spec.partition is None or spec.partition in names
    assert spec.writes in {"append", "upsert"}
    assert TABLES[spec.name] is spec


@pytest.mark.parametrize("spec", SPECS, ids=lambda spec: spec.name)
def test_times_are_integers_and_money_is_decimal_on_every_engine(spec: TableSpec) -> None:
    for field in spec.schema:
        assert sql_type(field.type)
        if field.name.endswith("_us"):
            assert field.type == pa.int64()
        if field.name in {"quantity", "amount"}:
            assert field.type == MONEY == pa.decimal128(18, 4)
        if field.name.endswith("_id"):
            assert field.type == pa.string()


def test_personal_columns_are_marked() -> None:
    assert {spec.name: set(spec.personal) for spec in SPECS} == PERSONAL
    for spec in SPECS:
        marked = {field.name for field in spec.schema if (field.metadata or {}).get(b"personal") == b"1"}
        assert marked == PERSONAL[spec.name]


def test_only_annotations_are_partitioned_and_by_words_of_the_code() -> None:
    assert {spec.name: spec.partition for spec in SPECS if spec.partition} == {"annotations": "stage"}
    assert "stage" not in TABLES["annotations"].personal


@pytest.mark.parametrize("name", TABLES)
def test_empty_is_typed(name: str) -> None:
    assert empty(name).num_rows == 0
    assert empty(name).schema.equals(TABLES[name].schema, check_metadata=True)


def test_conform_orders_casts_and_fills_with_nulls() -> None:
    given = {
        "value": pa.array([1, None], pa.int8()),
        "event_id": pa.chunked_array([["e:1"], ["e:2"]]),
        "ts_us": pa.array([1, 2], pa.int32()),
        "amount": pa.array([Decimal("1.5"), None]),
        "user_id": pa.array(["u:1", None]).dictionary_encode(),
    }
    table = conform("events", given, 2)
    assert table.schema.equals(TABLES["events"].schema, check_metadata=True)
    assert table.select(["event_id", "ts_us", "amount", "value", "user_id", "name"]).to_pylist() == [
        {"event_id": "e:1", "ts_us": 1, "amount": Decimal("1.5000"), "value": 1.0, "user_id": "u:1", "name": None},
        {"event_id": "e:2", "ts_us": 2, "amount": None, "value": None, "user_id": None, "name": None},
    ]


def test_conform_of_nothing_is_typed_and_empty() -> None:
    assert conform("messages", {}, 0).schema == TABLES["messages"].schema


@pytest.mark.parametrize(
    ("columns", "error"),
    [
        ({"colour": pa.array(["red", "blue"])}, KeyError),
        ({"event_id": pa.array(["e:1"])}, pa.ArrowInvalid),
        ({"ts_us": pa.array([1.5, 2.0])}, pa.ArrowInvalid),
        ({"ts_us": pa.array(["now", "then"])}, pa.ArrowInvalid),
        ({"amount": pa.array([Decimal("0.00001"), Decimal(1)])}, pa.ArrowInvalid),
        ({"amount": pa.array([Decimal(10) ** 14, Decimal(1)])}, pa.ArrowInvalid),
    ],
)
def test_conform_refuses_what_it_would_have_to_change(columns: dict[str, pa.Array], error: type[Exception]) -> None:
    with pytest.raises(error):
        conform("events", columns, 2)


def test_conform_names_the_column_and_the_table() -> None:
    with pytest.raises(KeyError, match="events has no column colour"):
        conform("events", {"colour": pa.array(["red"])}, 1)
