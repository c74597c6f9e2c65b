"""Which item or person somebody means: by any id, or by a name that only one bears."""

from __future__ import annotations

from collections.abc import Sequence
from difflib import get_close_matches

import ibis
import ibis.expr.types as ir
import pyarrow as pa
import pyarrow.compute as pc

from jianwei.errors import UsageError
from jianwei.query._base import Reader
from jianwei.query.groups import find_person
from jianwei.recommend.shelf import Shelf

__all__ = ["item_called", "items_called", "items_listed", "people_listed", "person_called"]

_LISTED = 5


def item_called(shelf: Shelf, name: str, *, where: str = "item") -> int:
    """Column of the item that is called so: by id, by the source's own key, by its title, or by a part of only one title.

    Raises:
        UsageError: nothing is called so (and what comes close), or several are.
    """
    wanted = name.strip()
    found = _columns(shelf, wanted)
    if not found and wanted:
        low = wanted.casefold()
        found = [at for at, one in enumerate(shelf.names.to_pylist()) if low in one.casefold()]
    if len(found) == 1:
        return found[0]
    if found:
        some = [f"{shelf.name(at)} ({shelf.keys[at].as_py() or shelf.id(at)})" for at in found[:_LISTED]]
        more = ", …" if len(found) > _LISTED else ""
        what = f"{len(found)} items are called {name!r}"
        raise UsageError(where, what, f"name one by its id: {', '.join(some)}{more}")
    near = _near(name, shelf.names.to_pylist())
    raise UsageError(where, f"no item is called {name!r}", near or "see them with `jianwei export items items.csv`")


def items_called(shelf: Shelf, names: Sequence[str], *, where: str = "basket") -> list[int]:
    """Columns of several items, each once; see `item_called`."""
    return list(dict.fromkeys(item_called(shelf, name, where=where) for name in names))


def items_listed(shelf: Shelf, names: Sequence[str]) -> tuple[frozenset[str], int]:
    """(ids of all items that a list names by id, key or title, how many of its entries name none)."""
    found = [_columns(shelf, name.strip()) for name in names]
    ids = frozenset(shelf.id(at) for columns in found for at in columns)
    return ids, sum(not columns for columns in found)


def _columns(shelf: Shelf, name: str) -> list[int]:
    """Items with this id; else with this key; else with this title."""
    for column in (shelf.ids, shelf.keys):
        if found := pc.indices_nonzero(pc.fill_null(pc.equal(column, name), False)).to_pylist():
            return [int(at) for at in found]
    same = pc.equal(pc.utf8_lower(shelf.names), name.lower())
    return [int(at) for at in pc.indices_nonzero(pc.fill_null(same, False)).to_pylist()]


def person_called(reader: Reader, name: str) -> str:
    """The person who is called so; see `query.groups.find_person`.

    Raises:
        UsageError: nobody is called so (and who comes close), or several are.
    """
    try:
        return find_person(reader, name)
    except UsageError as error:
        if not error.what.startswith("nobody"):
            raise
        raise UsageError(error.where, error.what, _near(name, _names(reader, name)) or error.hint) from None


def people_listed(reader: Reader, names: Sequence[str]) -> tuple[frozenset[str], int]:
    """(ids of all people whom a list names by id, key or name, how many of its entries name nobody).

    A list of people to leave out is taken at its word: a name that several bear leaves all of them out.
    """
    wanted = sorted({name.strip() for name in names if name.strip()})
    users, borne = reader.table("users"), reader.table("names")
    told = ibis.memtable(pa.table({"told": pa.array(wanted, pa.string())}))
    parts = [users.select(told=users[column], person_id=users.user_id) for column in ("user_id", "key", "nickname")]
    parts.append(borne.select(told=borne.name, person_id=borne.user_id))
    # Somebody may have done something without being in the table of users.
    acted = reader.table("events")
    parts.append(acted.select(told=acted.user_id, person_id=acted.user_id))
    known: ir.Table = ibis.union(*parts, distinct=True)
    found = reader.execute(known.semi_join(told, "told"))
    met = set(found["told"].to_pylist())
    return frozenset(found["person_id"].to_pylist()), sum(name not in met for name in wanted)


def _names(reader: Reader, name: str) -> list[str]:
    """Names that could be meant."""
    users, names = reader.table("users"), reader.table("names")
    parts = [users.select(name=column) for column in (users.nickname, users.key)] + [names.select("name")]
    rows: ir.Table = ibis.union(*parts, distinct=True)
    rows = rows.filter(rows.name.notnull() & (rows.name.length() > 0))
    rows = rows.mutate(far=rows.name.levenshtein(ibis.literal(name))).order_by("far", "name").limit(20)
    return [str(one) for one in reader.execute(rows)["name"].to_pylist()]


def _near(name: str, names: Sequence[str]) -> str:
    close = get_close_matches(name, names, n=3, cutoff=0.5)
    return f"did you mean {' or '.join(map(repr, close))}?" if close else ""
