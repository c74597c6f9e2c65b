"""The people, things and conversations that rows of a table speak of, each given once in a file and again when it changed."""

from __future__ import annotations

from collections.abc import Mapping

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from jianwei.records import conform, encode, key_ids
from jianwei.sources.tables.rows import Cells

__all__ = ["item_rows", "newest", "person_rows", "user_keys"]


def newest(keys: pa.StringArray, ts_us: pa.Int64Array) -> np.ndarray:
    """For each distinct key that is not null the row with the greatest time, the last of several; in order of rows, int64 [k].

    >>> newest(pa.array(["a", "b", "a", None]), pa.array([5, 1, 3, 9])).tolist()
    [0, 1]
    """
    coded = keys.dictionary_encode()
    codes = pc.fill_null(coded.indices, -1).to_numpy()
    last = np.full(len(coded.dictionary) + 1, -1, np.int64)
    times = pc.fill_null(ts_us, np.iinfo(np.int64).min).to_numpy()
    order = np.argsort(times, kind="stable")
    last[codes[order]] = order
    rows = last[:-1]
    return np.sort(rows[rows >= 0])


def user_keys(cells: Cells) -> pa.StringArray:
    """What a row calls the person: the user's id, the nickname where there is none."""
    return cells.first_of("user", "nickname")


def _fresh(cells: Cells, table: str, rows: Mapping[str, pa.Array]) -> np.ndarray:
    """Which of these rows were not given before in this file; times do not count."""
    parts = [column for name, column in rows.items() if name not in ("ts_us", "seq", "account")]
    count = len(parts[0])
    return np.flatnonzero(cells.plan.met.count(encode([table, *parts], count)) == 0) if count else np.zeros(0, np.int64)


def _given(cells: Cells, table: str, columns: Mapping[str, pa.Array], rows: np.ndarray) -> pa.Table:
    places = pa.array(rows)
    taken = {name: column.take(places) for name, column in {**cells.common(), **columns}.items()}
    fresh = pa.array(_fresh(cells, table, {name: taken[name] for name in columns}))
    return conform(table, {name: column.take(fresh) for name, column in taken.items()}, len(fresh))


def person_rows(cells: Cells, keys: pa.StringArray, ids: pa.StringArray) -> dict[str, pa.Table]:
    """Rows for `users` and `names`: every person met, with the newest nickname."""
    ts_us, nickname = cells.get("time", pa.int64()), cells.get("nickname")
    named = pc.if_else(nickname.is_null(), None, keys)
    latest, with_name = newest(keys, ts_us), newest(named, ts_us)
    nameless = pa.array(latest).filter(
        pc.invert(pc.is_in(keys.take(pa.array(latest)), value_set=pc.unique(named.drop_null())))
    )
    rows = np.concatenate([with_name, nameless.to_numpy()])
    users = _given(cells, "users", {"user_id": ids, "key": keys, "nickname": nickname}, rows)
    found = {"users": users}
    if cells.has("nickname"):
        pairs = pc.binary_join_element_wise(named, nickname, "\0")
        names = {"user_id": ids, "name": nickname, "kind": cells.constant("nickname")}
        found["names"] = _given(cells, "names", names, newest(pairs, ts_us))
    return {name: table for name, table in found.items() if table.num_rows}


def item_rows(cells: Cells) -> tuple[pa.StringArray, dict[str, pa.Table]]:
    """The ids of the things that rows speak of, string [n], and rows for `items`.

    A thing is known by its id, else by its title, else by its address; where a row has none of these, its category stands for it.
    """
    has_thing = any(cells.has(name) for name in ("item", "item_title", "url"))
    keys = cells.first_of("item", "item_title", "url") if has_thing else cells.get("category")
    ids = key_ids("i:", cells.plan.context.account, "item", keys)
    if keys.null_count == len(cells):
        return ids, {}
    title = cells.get("item_title") if has_thing else keys
    if not cells.has("item") and not cells.has("item_title") and has_thing:
        title = cells.get("url")
    columns = {"item_id": ids, "key": keys, "title": title, "category": cells.get("category"), "url": cells.get("url")}
    items = _given(cells, "items", columns, newest(keys, cells.get("time", pa.int64())))
    return ids, {"items": items} if items.num_rows else {}
