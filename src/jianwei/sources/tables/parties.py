"""The people, things and conversations that rows of a table speak of, each given once in a file and again when it changed."""

from __future__ import annotations

from collections.abc import Mapping

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from jianwei.records import conform, encode, key_ids
from jianwei.sources.tables.rows import Cells

__all__ = ["conversation_rows", "item_rows", "newest", "person_rows", "user_keys"]


def newest(keys: pa.Array, ts_us: pa.Int64Array) -> np.ndarray:
    """For each distinct key that is not null the row with the greatest time, the last of several; in order of rows, int64 [k].

    >>> newest(pa.array(["a", "b", "a", None]), pa.array([5, 1, 3, 9])).tolist()
    [0, 1]
    """
    coded = keys.dictionary_encode()
    codes = pc.fill_null(coded.indices, -1).to_numpy()
    times = pc.fill_null(ts_us, np.iinfo(np.int64).min).to_numpy()
    in_order = bool((times[1:] >= times[:-1]).all())
    order = np.arange(len(times)) if in_order else np.argsort(times, kind="stable")
    last = np.full(len(coded.dictionary) + 1, -1, np.int64)
    last[codes if in_order else codes[order]] = order
    rows = last[:-1]
    return np.sort(rows[rows >= 0])


def _pairs(left: pa.Array, right: pa.Array) -> pa.Int64Array:
    """A number for each distinct pair; null where the left one is."""
    one, two = left.dictionary_encode(), right.dictionary_encode(null_encoding="encode")
    return pc.add(pc.multiply(one.indices.cast(pa.int64()), len(two.dictionary)), two.indices.cast(pa.int64()))


def user_keys(cells: Cells) -> pa.StringArray:
    """What a row calls the person: the user's id, the nickname where there is none."""
    return cells.first_of("user", "nickname")


def _given(cells: Cells, table: str, columns: Mapping[str, pa.Array]) -> pa.Table:
    """Those of the rows that were not given before in this file; times do not count."""
    count = len(columns["ts_us"])
    content = [column for name, column in columns.items() if name not in ("account", "ts_us", "seq")]
    fresh = pa.array(
        np.flatnonzero(cells.plan.met.count(encode([table, *content], count)) == 0) if count else [], pa.int64()
    )
    return conform(table, {name: column.take(fresh) for name, column in columns.items()}, len(fresh))


def _taken(cells: Cells, columns: Mapping[str, pa.Array], rows: np.ndarray) -> dict[str, pa.Array]:
    places = pa.array(rows, pa.int64())
    return {name: column.take(places) for name, column in {**cells.common(), **columns}.items()}


def person_rows(cells: Cells, keys: pa.StringArray, ids: pa.StringArray) -> dict[str, pa.Table]:
    """Rows for `users` and `names`: every person met, with the newest nickname."""
    ts_us, nickname = cells.get("time", pa.int64()), cells.get("nickname")
    distinct = newest(_pairs(keys, nickname) if cells.has("nickname") else keys, ts_us)
    met = _taken(cells, {"user_id": ids, "key": keys, "nickname": nickname}, distinct)
    named = pc.if_else(met["nickname"].is_null(), None, met["key"])
    nameless = pc.if_else(pc.is_in(met["key"], value_set=pc.unique(named.drop_null())), None, met["key"])
    rows = pa.array(np.concatenate([newest(named, met["ts_us"]), newest(nameless, met["ts_us"])]))
    users = _given(cells, "users", {name: column.take(rows) for name, column in met.items()})
    places = pa.array(np.flatnonzero(named.is_valid().to_numpy(zero_copy_only=False)))
    names = {name: met[name].take(places) for name in ("account", "ts_us", "seq", "user_id")}
    names |= {"name": met["nickname"].take(places), "kind": pa.repeat(pa.scalar("nickname"), len(places))}
    found = {"users": users, "names": _given(cells, "names", names)}
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
    items = _given(cells, "items", _taken(cells, columns, newest(keys, cells.get("time", pa.int64()))))
    return ids, {"items": items} if items.num_rows else {}


def conversation_rows(
    cells: Cells, keys: pa.StringArray, ids: pa.StringArray, reviews: pa.BooleanArray
) -> dict[str, pa.Table]:
    """Rows for `conversations`; `reviews` says where the file itself stands for one."""
    columns = {"conversation_id": ids, "key": keys, "title": cells.get("conversation_title"), "reviews": reviews}
    met = _taken(cells, columns, newest(keys, cells.get("time", pa.int64())))
    group = pc.if_else(pc.ends_with(met["key"], "@chatroom"), "group", pa.scalar(None, pa.string()))
    met["kind"] = pc.if_else(met.pop("reviews"), "reviews", group)
    met["title"] = pc.coalesce(met["title"], met["key"])
    conversations = _given(cells, "conversations", met)
    return {"conversations": conversations} if conversations.num_rows else {}
