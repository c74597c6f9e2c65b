"""Consents: the newest word of each user counts, and only once its day has come."""

from __future__ import annotations

from pathlib import Path

import pyarrow as pa
import pytest

from jianwei.engines import Scope
from jianwei.engines.duckdb import DuckDBEngine
from jianwei.errors import UsageError
from jianwei.ingest.consenting import (
    Held,
    held_consents,
    keep_consent,
    record_consent,
    refusing_users,
    withdraw_consent,
)
from jianwei.records import TABLES
from jianwei.sources._gathered import Gathered
from jianwei.store import Store, now_us, open_store

DAY_US = 86_400_000_000


def _rows(*rows: dict[str, object]) -> pa.Table:
    return pa.Table.from_pylist(
        [{"purpose": "faces", "granted": True, **row} for row in rows], TABLES["consents"].schema
    )


@pytest.mark.parametrize(
    ("row", "holds"),
    [
        ({"ts_us": 100}, True),
        ({"ts_us": 150}, True),
        ({"ts_us": 151}, False),  # dated in the future
        ({"ts_us": None}, True),
        ({"ts_us": 100, "granted": False}, False),
        ({"ts_us": 100, "granted": None}, False),
        ({"ts_us": 100, "withdrawn_us": 100}, False),
        ({"ts_us": 100, "withdrawn_us": 900}, False),  # a withdrawal counts whatever its date says
        ({"ts_us": 100, "withdrawn_us": 50}, True),  # given anew
        ({"ts_us": None, "withdrawn_us": 50}, False),
        ({"ts_us": 100, "purpose": "voice-sharing"}, False),
    ],
)
def test_what_holds(row: dict[str, object], holds: bool) -> None:
    found = held_consents(_rows({"user_id": "u:1", **row}), "faces", at_us=150)
    assert found == ((Held("u:1", row["ts_us"] or 0),) if holds else ())
    asked = row.get("purpose", "faces") == "faces"
    refusing = refusing_users(_rows({"user_id": "u:1", **row}), "faces", at_us=150)
    assert refusing == (frozenset({"u:1"}) if asked and not holds else frozenset())


def test_each_user_once_in_order() -> None:
    rows = _rows({"user_id": "u:2", "ts_us": 5}, {"user_id": "u:1", "ts_us": 6}, {"user_id": None, "ts_us": 1})
    assert held_consents(rows, "faces", at_us=10) == (Held("u:1", 6), Held("u:2", 5))


def _kept(store: Store, *, at_us: int | None = None) -> tuple[Held, ...]:
    with DuckDBEngine().open(store.lake.snapshot(["consents"]), Scope()) as session:
        return held_consents(session.execute(session.table("consents")), "faces", at_us=at_us or now_us())


def _brought(store: Store, **row: object) -> None:
    """A row of elsewhere."""
    with store.writing() as lake:
        lake.upsert("consents", _rows({"account": "shop", "user_id": "u:1", **row}))


def test_given_withdrawn_and_given_anew(tmp_path: Path) -> None:
    store = open_store(tmp_path)
    keep_consent(store, "shop", "u:1", purpose="faces", basis="form of March", ts_us=100)
    record_consent(store, "shop", "wx1", purpose="faces", basis="clause 4", ts_us=100)
    own = Gathered("shop").user("wx1")
    assert {one.user_id for one in _kept(store)} == {"u:1", own}
    withdraw_consent(store, "shop", "u:1", purpose="faces", ts_us=200)
    assert {one.user_id for one in _kept(store)} == {own}
    keep_consent(store, "shop", "u:1", purpose="faces", basis="form of May", ts_us=300)
    assert {one.user_id for one in _kept(store)} == {"u:1", own}
    with pytest.raises(UsageError, match="in the future"):
        keep_consent(store, "shop", "u:1", purpose="faces", basis="form", ts_us=now_us() + 86_400_000_000)
    with pytest.raises(UsageError, match="says nothing"):
        keep_consent(store, "shop", "u:1", purpose="faces", basis=" ")


def test_a_withdrawal_never_comes_undone(tmp_path: Path) -> None:
    ahead, of_march = open_store(tmp_path / "a"), open_store(tmp_path / "b")
    later = now_us() + 30 * DAY_US
    _brought(ahead, ts_us=later, basis="form")
    withdraw_consent(ahead, "shop", "u:1", purpose="faces")
    _brought(ahead, ts_us=later, basis="form")  # read once more
    assert _kept(ahead, at_us=later + DAY_US) == ()
    keep_consent(of_march, "shop", "u:1", purpose="faces", basis="form")
    withdraw_consent(of_march, "shop", "u:1", purpose="faces", ts_us=now_us() - DAY_US)
    assert _kept(of_march) == ()


def test_what_is_given_anew_counts_though_nothing_else_changed(tmp_path: Path) -> None:
    store = open_store(tmp_path)
    _brought(store, ts_us=100, basis="form", withdrawn_us=200)
    keep_consent(store, "shop", "u:1", purpose="faces", basis="form", ts_us=300)
    keep_consent(store, "shop", "u:1", purpose="faces", basis="form", ts_us=400)
    assert _kept(store) == (Held("u:1", 400),)


def test_a_consent_that_does_not_hold_is_no_success(tmp_path: Path) -> None:
    store, ahead = open_store(tmp_path / "a"), open_store(tmp_path / "b")
    withdraw_consent(store, "shop", "u:1", purpose="faces", ts_us=200)
    for older in (100, 200):
        with pytest.raises(UsageError, match="does not hold"):
            keep_consent(store, "shop", "u:1", purpose="faces", basis="form", ts_us=older)
        assert _kept(store) == ()
    _brought(ahead, ts_us=now_us() + DAY_US, basis="form")
    with pytest.raises(UsageError, match="does not hold"):
        keep_consent(ahead, "shop", "u:1", purpose="faces", basis="form")
