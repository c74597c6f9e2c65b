"""Tables of chat messages, comments, reviews and posts."""

from __future__ import annotations

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from jianwei.records import conform, key_ids, kind_of_wechat, normalise_all
from jianwei.records.kinds import NOTICE_KINDS, PLACEHOLDERS, kind_of_notice
from jianwei.sources.tables.cells import looked_up, vocabulary
from jianwei.sources.tables.parties import conversation_rows, item_rows, person_rows, user_keys
from jianwei.sources.tables.rows import Cells, record_ids

__all__ = ["message_tables"]

_BRACKETED = r"^\[[^\[\]]{1,16}\]$"


def message_tables(cells: Cells) -> dict[str, pa.Table]:
    """Canonical tables for rows of messages: `messages`, and the people, things and conversations met in them.

    A row without a conversation belongs to one of kind "reviews", named after the file. A row whose text is a placeholder ("[图片]") is a
    message of that kind without text.
    """
    account = cells.plan.context.account
    kind, text = _kinds(cells)
    notice = pc.is_in(kind, value_set=pa.array(NOTICE_KINDS))
    keys = pc.if_else(notice, None, user_keys(cells))
    user_id = key_ids("u:", account, "user", keys)
    told = cells.first_of("conversation", "conversation_title")
    conversation = pc.fill_null(told, cells.plan.place)
    conversation_id = key_ids("c:", account, "conversation", conversation)
    item_id, things = item_rows(cells)
    ts_us = cells.get("time", pa.int64())
    words = pc.fill_null(normalise_all(text), "")
    content = [account, conversation_id, user_id, pc.divide(ts_us, 1_000_000), kind, words]
    messages = conform(
        "messages",
        {
            **cells.common(),
            "message_id": record_ids("m:", cells, "message", content),
            "conversation_id": conversation_id,
            "user_id": user_id,
            "direction": pc.if_else(notice, None, looked_up(cells.get("direction"), vocabulary("direction"))),
            "kind": kind,
            "text": text,
            "item_id": item_id,
            "attrs": cells.attrs({name: cells.get(name) for name in ("id", "rating", "label") if cells.has(name)}),
            "input_id": cells.constant(cells.plan.context.input_id),
        },
        len(cells),
    )
    places = conversation_rows(cells, conversation, conversation_id, told.is_null())
    return {"messages": messages, **person_rows(cells, keys, user_id), **things, **places}


def _kinds(cells: Cells) -> tuple[pa.StringArray, pa.StringArray]:
    """(kind, text) of every row."""
    text, kind = cells.get("text"), cells.constant("text")
    if cells.has("kind"):
        coded = cells.get("kind").dictionary_encode()
        names = [_kind_of(name) for name in coded.dictionary.to_pylist()]
        kind = pc.fill_null(pa.array(names, pa.string()).take(coded.indices), "text")
        system = pc.fill_null(pc.and_(pc.equal(kind, "system"), text.is_valid()), False)
        if pc.any(system).as_py():
            told = [kind_of_notice(line) for line in text.filter(system).to_pylist()]
            kind = pc.replace_with_mask(kind, system, pa.array(told, pa.string()))
    bare = pc.utf8_trim_whitespace(text)
    bracketed = pc.fill_null(pc.starts_with(bare, "["), False)
    if pc.any(bracketed).as_py():
        bracketed = pc.fill_null(pc.match_substring_regex(bare, _BRACKETED), False)
        inner = pc.utf8_slice_codeunits(bare.filter(bracketed), 1, -1)
        named = looked_up(inner, PLACEHOLDERS)
        places = np.flatnonzero(bracketed.to_numpy(zero_copy_only=False))[
            named.is_valid().to_numpy(zero_copy_only=False)
        ]
        mask = np.zeros(len(cells), bool)
        mask[places] = True
        silent = pa.array(mask)
        kind = pc.replace_with_mask(kind, silent, named.drop_null())
        text = pc.if_else(silent, None, text)
    return kind, text


def _kind_of(name: str) -> str | None:
    if name.isdigit():
        return kind_of_wechat(int(name))
    return vocabulary("kind").get(name.strip().lower(), "other")
