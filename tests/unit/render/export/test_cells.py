"""Formula cells are defused without changing a single value on the way back."""

from __future__ import annotations

import re
from datetime import UTC, datetime
from zoneinfo import ZoneInfo

import pyarrow as pa
import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st

from jianwei.render.export.cells import defuse, readable, restore

TEXTS = st.lists(st.one_of(st.none(), st.text(max_size=12), st.text("'=+-@\t\r\n \x00＝a1", max_size=6)), max_size=30)


@given(TEXTS)
@example(["'=1", "''=1", "'", "", "'a", " =1", "\t1", "＝1", "-5", "@所有人", "'\t"])
def test_round_trip(texts: list[str | None]) -> None:
    column = pa.array(texts, pa.string())
    assert restore(defuse(column)).to_pylist() == texts


@given(TEXTS)
def test_no_defused_cell_is_computed(texts: list[str | None]) -> None:
    """Judged by the plain rule of spreadsheets: what counts is the first character, or the first one after blanks."""
    for text in defuse(pa.array(texts, pa.string())).to_pylist():
        if text:
            assert text[0] not in "=+-@\t\r\n＝＋－＠"
            assert not re.match(r"[ \t\r\n\f\x00]+[=+\-@]", text)


@pytest.mark.parametrize("text", ['=HYPERLINK("x")', "+86 138", "-1+2", "@SUM(A1)", "\t=1", "  =1", "'=1", "＝1+1"])
def test_dangerous_texts_get_an_apostrophe(text: str) -> None:
    assert defuse(pa.array([text])).to_pylist() == ["'" + text]


@pytest.mark.parametrize("text", ["3-1", "a=b", "你好", "'quoted'", "", "u:00ff", "1.5", "——", "…"])
def test_other_texts_are_left_alone(text: str) -> None:
    assert defuse(pa.array([text])).to_pylist() == [text]
    assert restore(pa.array([text])).to_pylist() == [text]


@settings(deadline=None)  # the first use of a zone works out its changes
@given(
    st.lists(st.one_of(st.none(), st.integers(0, 4_000_000_000_000_000)), min_size=1),
    st.sampled_from(["Asia/Shanghai", "Europe/Berlin", "UTC"]),
)
def test_times_are_local(stamps: list[int | None], zone: str) -> None:
    shown = readable(pa.table({"first_us": pa.array(stamps, pa.int64())}), zone)
    assert shown.column_names == ["first_time"]
    for stamp, text in zip(stamps, shown["first_time"].to_pylist(), strict=True):
        if stamp is None:
            assert text is None
            continue
        seconds, micros = divmod(stamp, 1_000_000)
        local = datetime.fromtimestamp(seconds, UTC).astimezone(ZoneInfo(zone))
        assert text == f"{local:%Y-%m-%d %H:%M:%S}" + (f".{micros:06d}" if micros else "")


def test_lists_are_joined_and_the_rest_is_kept() -> None:
    table = pa.table({"names": [["茶杯", "茶壶"], [], None], "n": [1, 2, 3], "us": ["x_us", "b", "c"]})
    shown = readable(table, "UTC")
    assert shown["names"].to_pylist() == ["茶杯、茶壶", "", None]
    assert shown["n"].to_pylist() == [1, 2, 3]
    assert shown["us"].to_pylist() == ["x_us", "b", "c"]
