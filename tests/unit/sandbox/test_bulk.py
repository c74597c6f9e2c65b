from __future__ import annotations

import csv
from itertools import islice
from pathlib import Path

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
import pytest

from jianwei.sandbox.bulk import (
    BASKET_RULE,
    BASKET_SCHEMA,
    MESSAGE_SCHEMA,
    stream_baskets,
    stream_messages,
    write_wechatmsg_csv,
)
from jianwei.sandbox.population.chats import WECHATMSG_COLUMNS
from jianwei.sandbox.population.shop import local

ROWS = 120_000

# Written down once: another Python, NumPy or Arrow must draw the same.
FIRST_TALKERS = [1763, 3420, 2607, 403, 561, 3253, 201, 2898]


@pytest.fixture(scope="module")
def messages() -> pa.Table:
    return pa.Table.from_batches(stream_messages(7, ROWS))


def test_streams_are_as_long_as_asked(messages: pa.Table) -> None:
    assert messages.num_rows == ROWS
    assert messages.schema == MESSAGE_SCHEMA
    assert [sum(batch.num_rows for batch in stream_messages(1, rows)) for rows in (0, 1, 5)] == [0, 1, 5]


def test_streams_are_deterministic(messages: pa.Table) -> None:
    assert messages.equals(pa.Table.from_batches(stream_messages(7, ROWS)))
    assert not messages["StrContent"].equals(pa.Table.from_batches(stream_messages(8, ROWS))["StrContent"])
    assert messages["TalkerId"].slice(0, 8).to_pylist() == FIRST_TALKERS


def test_texts_are_varied_and_nobody_sends_blanks(messages: pa.Table) -> None:
    texts = messages["StrContent"]
    assert pc.count_distinct(texts).as_py() / ROWS > 0.75
    assert pc.min(pc.utf8_length(texts)).as_py() >= 1
    assert not pc.any(pc.match_substring_regex(texts, r"[{}|<>]")).as_py()


def test_rows_are_in_order_of_time_and_tell_it_twice(messages: pa.Table) -> None:
    at = messages["CreateTime"].to_numpy()
    assert (np.diff(at) >= 0).all()
    assert messages["localId"].to_pylist() == list(range(1, ROWS + 1))
    for row in islice(messages.to_pylist(), 0, ROWS, 9973):
        assert f"{local(row['CreateTime']):%Y-%m-%d %H:%M:%S}" == row["StrTime"]
        assert (row["Sender"] == "wxid_shishan_xiaoman") == bool(row["IsSender"])


def test_a_talker_is_one_customer(messages: pa.Table) -> None:
    heard = messages.filter(pc.equal(messages["IsSender"], 0))
    pairs = heard.group_by(["TalkerId", "Sender"]).aggregate([])
    assert pairs.num_rows == pc.count_distinct(heard["TalkerId"]).as_py()


def test_the_file_holds_the_stream(tmp_path: Path) -> None:
    path = write_wechatmsg_csv(tmp_path / "messages.csv", 3000, seed=9)
    data = path.read_bytes()
    assert data.startswith(b"\xef\xbb\xbf")
    assert data.count(b"\r\n") == 3001
    with path.open(encoding="utf-8-sig", newline="") as file:
        header, *rows = csv.reader(file)
    assert header == list(WECHATMSG_COLUMNS)
    expected = pa.Table.from_batches(stream_messages(9, 3000)).to_pylist()
    assert rows == [[str(value) for value in row.values()] for row in expected]


def test_special_characters_are_quoted() -> None:
    from jianwei.sandbox.bulk import _lines

    texts = ["a,b", 'say "hi"', "two\nlines", "plain", ""]
    data = bytes(_lines([pa.array(range(5)), pa.array(texts), pa.array(["x"] * 5)]))
    rows = list(csv.reader(data.decode().splitlines(keepends=True)))
    assert rows == [[str(number), text, "x"] for number, text in enumerate(texts)]


def test_baskets_hold_the_planted_rule() -> None:
    baskets = pa.Table.from_batches(stream_baskets(7, 150_000))
    assert baskets.schema == BASKET_SCHEMA
    assert baskets["basket_id"].to_pylist() == list(range(150_000))
    items = baskets["items"].to_pylist()
    assert all(basket == sorted(set(basket)) and basket for basket in items)
    having = [basket for basket in items if {0, 1} <= set(basket)]
    assert len(having) / len(items) == pytest.approx(0.02, rel=0.1)
    assert sum(2 in basket for basket in having) / len(having) == pytest.approx(BASKET_RULE.confidence, abs=0.05)
    assert sum(2 in basket for basket in items) / len(items) < 0.03


def test_baskets_have_a_long_tail() -> None:
    flat = pc.list_flatten(pa.Table.from_batches(stream_baskets(3, 100_000, items=5000))["items"])
    counts = np.bincount(flat.to_numpy(), minlength=5000)[3:]
    assert counts[0] > 5 * counts[9]
    assert (counts > 0).mean() > 0.9
