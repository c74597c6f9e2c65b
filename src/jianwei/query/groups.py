"""Groups, who is in them, and who was mentioned in them."""

from __future__ import annotations

import ibis
import ibis.expr.types as ir
import msgspec
import pyarrow as pa

from jianwei.errors import UsageError
from jianwei.query._base import Reader
from jianwei.query.shape import ranked, typed
from jianwei.query.views import names_of, sent

__all__ = ["GROUPS", "MEMBERS", "MENTIONS", "find_person", "groups", "members", "mentions"]

_S, _I = pa.string(), pa.int64()
GROUPS = pa.schema({
    "conversation_id": _S, "group": _S, "key": _S, "account": _S, "owner": _S, "members": _I, "messages": _I, "last_us": _I,
})  # fmt: skip
MEMBERS = pa.schema({
    "user_id": _S, "name": _S, "in_group": _S, "role": _S, "joined_us": _I, "left_us": _I, "messages": _I,
})  # fmt: skip
MENTIONS = pa.schema({"message_id": _S, "ts_us": _I, "group": _S, "by": _S, "text": _S})
_EVERYBODY = ("所有人", "全体成员", "all", "All", "everyone")


def _here(rows: ir.Table) -> ir.BooleanValue:
    """People who are in a conversation: they did not leave, or came back."""
    return rows.left_us.isnull() | (rows.left_us < rows.joined_us.fill_null(0))


def groups(reader: Reader) -> pa.Table:
    """Groups in the schema `GROUPS`, those with most messages first. `members` counts those who are there now, as far as is known."""
    chats = reader.table("conversations")
    chats = chats.filter(chats.kind == "group")
    inside = reader.table("members")
    inside = inside.filter(_here(inside)).group_by("conversation_id").aggregate(members=ibis._.count())
    said = sent(reader).group_by("conversation_id").aggregate(messages=ibis._.count(), last_us=ibis._.ts_us.max())
    rows = chats.left_join(inside, "conversation_id").drop("conversation_id_right")
    rows = rows.left_join(said, "conversation_id").drop("conversation_id_right")
    found = reader.execute(
        rows.select(
            "conversation_id",
            "key",
            "account",
            "owner_id",
            "last_us",
            members=rows.members.fill_null(0),
            messages=rows.messages.fill_null(0),
        )
    )
    plain = {
        name: found.column(name) for name in ("conversation_id", "key", "account", "members", "messages", "last_us")
    }
    table = typed(
        GROUPS,
        **plain,
        group=names_of(reader, "conversation", found.column("conversation_id")),
        owner=names_of(reader, "person", found.column("owner_id")),
    )
    return ranked(table, "-messages", "-members", "conversation_id")


def _group(reader: Reader, name: str) -> str:
    chats = reader.table("conversations")
    mine = (chats.conversation_id == name) | (chats.key == name) | (chats.title == name)
    ids = sorted(reader.execute(chats.filter(mine).select("conversation_id")).column("conversation_id").to_pylist())
    if not ids:
        raise UsageError("group", f"no group is called {name!r}", "see `jianwei groups list`")
    if len(ids) > 1:
        raise UsageError("group", f"{len(ids)} groups are called {name!r}", f"name one by the id: {', '.join(ids[:5])}")
    return str(ids[0])


def members(reader: Reader, group: str) -> pa.Table:
    """Who is and was in a group, in the schema `MEMBERS`; those who are there now first, then by messages.

    Args:
        group: id, key or title.

    Raises:
        UsageError: no group is called so, or several are.
    """
    place = _group(reader, group)
    inside, names = reader.table("members"), reader.table("names")
    said = sent(reader)
    counted = said.filter(said.conversation_id == place).group_by("user_id").aggregate(messages=ibis._.count())
    borne = names.filter((names.conversation_id == place) & (names.kind == "group"))
    borne = borne.group_by("user_id").aggregate(in_group=borne.name.max())
    rows = inside.filter(inside.conversation_id == place)
    rows = rows.left_join(counted, "user_id").drop("user_id_right")
    rows = rows.left_join(borne, "user_id").drop("user_id_right")
    found = reader.execute(
        rows.select(
            "user_id",
            "role",
            "joined_us",
            "in_group",
            messages=rows.messages.fill_null(0),
            left_us=_here(rows).ifelse(ibis.null("int64"), rows.left_us),
        )
    )
    columns = {name: found.column(name) for name in found.column_names}
    table = typed(MEMBERS, **columns, name=names_of(reader, "person", found.column("user_id")))
    here = ranked(table.filter(table.column("left_us").is_null()), "-messages", "user_id")
    gone = ranked(table.filter(table.column("left_us").is_valid()), "-left_us", "user_id")
    return pa.concat_tables([here, gone])


def find_person(reader: Reader, name: str) -> str:
    """The user who is called so: by id, by the source's own id, or by a name that only one bears.

    Raises:
        UsageError: nobody is called so, or several are.
    """
    users, names = reader.table("users"), reader.table("names")
    by_id = users.filter((users.user_id == name) | (users.key == name)).select("user_id")
    ids = sorted(set(reader.execute(by_id).column("user_id").to_pylist()))
    if not ids:
        by_name = users.filter(users.nickname == name).select("user_id")
        both = ibis.union(by_name, names.filter(names.name == name).select("user_id"), distinct=True)
        ids = sorted(reader.execute(both).column("user_id").to_pylist())
    if not ids:
        raise UsageError("person", f"nobody is called {name!r}", "give an id or a name as the source has it")
    if len(ids) > 1:
        raise UsageError(
            "person", f"{len(ids)} people are called {name!r}", f"name one by the id: {', '.join(ids[:5])}"
        )
    return str(ids[0])


def mentions(reader: Reader, of: str | None = None, *, limit: int = 50) -> pa.Table:
    """Messages in which somebody was mentioned, in the schema `MENTIONS`, the latest first.

    Args:
        of: a person (see `find_person`): by any name that they bear, and with everybody; None lists all mentions.

    Raises:
        UsageError: nobody is called so, or several are.
    """
    rows = sent(reader)
    rows = rows.filter(rows.mentions.notnull())
    if of is not None:
        texts = [
            msgspec.json.encode(name).decode()
            for name in sorted({*_names(reader, find_person(reader, of)), *_EVERYBODY})
        ]
        rows = rows.filter(ibis.or_(*(rows.mentions.contains(text) for text in texts)))
    rows = rows.order_by(rows.ts_us.desc(), rows.message_id).limit(limit)
    found = reader.execute(rows.select("message_id", "ts_us", "conversation_id", "user_id", "text"))
    return typed(
        MENTIONS,
        **{name: found.column(name) for name in ("message_id", "ts_us", "text")},
        group=names_of(reader, "conversation", found.column("conversation_id")),
        by=names_of(reader, "person", found.column("user_id")),
    )


def _names(reader: Reader, user_id: str) -> list[str]:
    """Every name that a user bears."""
    users, names = reader.table("users"), reader.table("names")
    nicknames = users.filter((users.user_id == user_id) & users.nickname.notnull()).select(name=users.nickname)
    both = ibis.union(nicknames, names.filter(names.user_id == user_id).select("name"), distinct=True)
    return [name for name in reader.execute(both).column("name").to_pylist() if name.strip()]
