"""What earlier imports left: rows that they brought, and copies that they had no time to put away."""

from __future__ import annotations

import re
from collections.abc import Mapping
from contextlib import suppress

import pyarrow as pa

from jianwei.errors import LeaseError
from jianwei.ingest._base import FACTS
from jianwei.store import Store
from jianwei.store.scan import rows_with_keys

__all__ = ["added_before", "sweep"]

_ASIDE = re.compile(r"\.[0-9a-f]{32}(\..*)?", re.DOTALL)


def added_before(store: Store, input_id: str) -> Mapping[str, int]:
    """Messages and events that an input has brought so far. An import that was killed did not come to say so: then its rows are counted."""
    known = store.state.inputs([input_id])
    if not known:
        return {}
    if known[0].status != "reading":
        return known[0].added
    pinned, key = store.lake.snapshot(FACTS).tables, pa.table({"input_id": [input_id]})
    counts = {n: rows_with_keys(pinned[n], pinned[n].files, ["input_id"], key, ["seq"]).num_rows for n in FACTS}
    return {name: rows for name, rows in counts.items() if rows}


def sweep(store: Store) -> None:
    """Remove copies that were not put in their place (see `keeping.copied`): whoever made them was killed.

    One of them may belong to somebody who is still writing. So they go only where nobody else is, and nobody can begin meanwhile.
    """
    folder = store.folder / "media"
    if not folder.is_dir() or not (left := [path for path in folder.iterdir() if _ASIDE.fullmatch(path.name)]):
        return
    with suppress(LeaseError), store.holding("lake", wait_seconds=0.0):
        for path in left:
            with suppress(OSError):  # it costs only room
                path.unlink()
