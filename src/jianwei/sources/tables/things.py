"""Tables of items and of users: what people act on, and who they are."""

from __future__ import annotations

import pyarrow as pa
import pyarrow.compute as pc

from jianwei.records import conform, key_ids
from jianwei.sources.tables.cells import looked_up, vocabulary
from jianwei.sources.tables.parties import person_rows, user_keys
from jianwei.sources.tables.rows import Cells

__all__ = ["item_tables", "user_tables"]


def item_tables(cells: Cells) -> dict[str, pa.Table]:
    """`items`, one row a row; a thing without an id is known by its title."""
    keys = cells.first_of("item", "item_title")
    columns = {
        **cells.common(),
        "item_id": key_ids("i:", cells.plan.context.account, "item", keys),
        "key": keys,
        "title": cells.get("item_title"),
        "text": cells.get("description"),
        "category": cells.get("category"),
        "url": cells.get("url"),
        "attrs": cells.attrs({}),
    }
    return {"items": conform("items", columns, len(cells))}


def user_tables(cells: Cells) -> dict[str, pa.Table]:
    """`users`, one row a row, and their `names`."""
    keys = user_keys(cells)
    ids = key_ids("u:", cells.plan.context.account, "user", keys)
    gender = cells.get("gender")
    known = looked_up(gender, vocabulary("gender"))
    columns = {
        **cells.common(),
        "user_id": ids,
        "key": keys,
        "gender": pc.coalesce(known, gender),
        "subscribed": looked_up(cells.get("subscribed"), vocabulary("yes")).cast(pa.bool_()),
        "attrs": cells.attrs({}),
        **{name: cells.get(name) for name in ("nickname", "union_id", "region", "language", "tags")},
    }
    found = {"users": conform("users", columns, len(cells))}
    if names := person_rows(cells, keys, ids).get("names"):
        found["names"] = names
    return found
