"""What both questions start from: the baskets of a workspace with items that are texts, and items as people name them."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import replace
from difflib import get_close_matches
from typing import TypeAlias

import pyarrow as pa
import pyarrow.compute as pc

from jianwei.common.results import Reason, Unavailable
from jianwei.errors import UsageError
from jianwei.mining.baskets.reading import read_baskets
from jianwei.mining.baskets.transactions import Transactions
from jianwei.mining.patterns.support import least_rows
from jianwei.query._base import Reader
from jianwei.query.views import baskets, names_of

__all__ = ["Names", "gather", "items_called", "least_of", "named", "own_names", "shown_by", "with_texts"]

Names: TypeAlias = Callable[[pa.Array], pa.Array]
"""Item ids → the names to show for them, strings [n] both."""


def gather(reader: Reader, by: str, events: tuple[str, ...]) -> Transactions | Unavailable:
    """The baskets of a workspace; see `query.views.baskets`. Their items are ids."""
    found = reader.execute(baskets(reader, by, events).select("basket_id", "item_id"))
    if not found.num_rows:
        return Unavailable(Reason("no_baskets", {"by": by}))
    return with_texts(read_baskets(found))


def with_texts(data: Transactions) -> Transactions:
    """The same baskets, their items as an Arrow array of texts (numbers of items become digits)."""
    labels = data.labels
    if not isinstance(labels, pa.Array):
        return replace(data, labels=pa.array([str(label) for label in labels], pa.string()))
    return replace(data, labels=labels.cast(pa.string()))


def shown_by(reader: Reader) -> Names:
    """Names to show from a workspace's items."""
    return lambda ids: names_of(reader, "item", ids)


def own_names(ids: pa.Array) -> pa.Array:
    """Items that are called by their names already."""
    return ids


def least_of(min_support: float, min_rows: int, number: int) -> int:
    """Baskets that something must lie in: the share, rounded up, and not fewer than `min_rows`.

    >>> least_of(0.07, 5, 100), least_of(0.0, 5, 100)
    (7, 5)
    """
    return max(min_rows, least_rows(float(min_support), number) if min_support else 1)


def items_called(
    wanted: Sequence[str], ids: pa.Array, names: Names, where: str, *, all_of_them: bool = False
) -> list[str]:
    """The ids of items that somebody named by id or by the name shown for them.

    Args:
        wanted: ids or names.
        ids: all items, strings.
        names: what is shown for them.
        where: the setting, for errors.
        all_of_them: a name that several items bear stands for all of them; otherwise it is refused.

    Raises:
        UsageError: nothing is called so, or several things are.
    """
    known = set(ids.to_pylist())
    if known.issuperset(wanted):
        return list(wanted)
    shown = names(ids)
    found: list[str] = []
    for text in wanted:
        if text in known:
            found.append(text)
            continue
        called = ids.filter(pc.equal(shown, text)).to_pylist()
        if not called:
            near = get_close_matches(text, list(dict.fromkeys(shown.to_pylist())), n=3, cutoff=0.4)
            hint = f"did you mean {' or '.join(near)}?" if near else "name an item by its id or by its whole title"
            raise UsageError(where, f"no item in any basket is called {text!r}", hint)
        if len(called) > 1 and not all_of_them:
            raise UsageError(
                where, f"{len(called)} items are called {text!r}", f"name one by its id: {', '.join(called[:5])}"
            )
        found += called
    return found


def named(lists: pa.ListArray, names: Names) -> pa.ListArray:
    """Lists of ids as lists of names; each id is looked up once."""
    flat = lists.flatten()
    distinct = flat.unique()
    shown = names(distinct).take(pc.index_in(flat, value_set=distinct))
    offsets = lists.offsets.to_numpy()
    return pa.ListArray.from_arrays(pa.array(offsets - (offsets[0] if len(offsets) else 0), pa.int32()), shown)
