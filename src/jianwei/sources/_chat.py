"""What all chat formats share: how rows become canonical messages, whatever file they came from.

A format gives `ChatRows`; here they get ids, mentions and replies by one set of rules, so that the same message has the same id from
every format that carries its conversation and its sender.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence

import msgspec
import pyarrow as pa
import pyarrow.compute as pc

from jianwei.common.times import to_micros
from jianwei.records import conform, encode, key_id, key_ids, normalise, normalise_all, occurrence_ids
from jianwei.records.kinds import NOTICE_KINDS, SPOKEN_KINDS
from jianwei.sources._base import Piece, ReadContext, Reject
from jianwei.sources._markup import Record
from jianwei.sources._replies import Answerable, Recent
from jianwei.sources._roster import Roster, json_of, merged
from jianwei.sources._rows import ChatRows
from jianwei.sources._words import mentions_in

__all__ = ["conversations", "messages_of", "piece_of", "speakers"]

_WORDS = pa.array([*SPOKEN_KINDS, *NOTICE_KINDS])
_SPOKEN, _NOTICES = pa.array(SPOKEN_KINDS), pa.array(NOTICE_KINDS)


def piece_of(
    tables: Mapping[str, pa.Table], rejects: Sequence[Reject], consumed: int, *, rejected: str = "messages"
) -> Piece:
    """A piece whose rejects are rows of the table `rejected`."""
    read = {name: table.num_rows for name, table in tables.items()}
    if rejects:
        read[rejected] = read.get(rejected, 0) + len(rejects)
    return Piece({name: table for name, table in tables.items() if table.num_rows}, tuple(rejects), read, consumed)


def messages_of(rows: ChatRows, context: ReadContext, recent: Recent) -> pa.Table:
    """The canonical messages of a piece; messages inside merged forwards follow after all others.

    The id is made from account, conversation, sender, whole second, kind and, where the kind has words, the normalised text; identical
    messages are numbered through the file.
    """
    account, count = context.account, len(rows.ts_us)
    notice = pc.is_in(rows.kind, value_set=_NOTICES)
    sender = pc.if_else(notice, None, rows.sender)
    nobodys = pc.or_(notice, pc.and_(pc.equal(rows.kind, "poke"), pc.is_null(sender)))
    direction = pc.if_else(nobodys, None, rows.direction)
    # A notice that somebody wrote (a group announcement) has no sender, but attrs remember who it was.
    writers = pc.if_else(notice, rows.sender, None)
    wrote = enumerate(writers.to_pylist()) if writers.null_count < count else ()
    attrs = merged(rows.attrs, {row: {"sender": writer} for row, writer in wrote if writer is not None})
    worded = pc.is_in(rows.kind, value_set=_WORDS)
    plain = normalise_all(pc.fill_null(rows.text, ""))
    text = pc.if_else(pc.equal(plain, ""), None, rows.text)
    words = pc.if_else(worded, plain, "")
    conversation_id = key_ids("c:", account, "conversation", rows.conversation)
    user_id = key_ids("u:", account, "user", sender)
    seconds = pc.divide(rows.ts_us, 1_000_000)
    encoded = encode([account, conversation_id, user_id, seconds, rows.kind, words], count)
    message_id = occurrence_ids("m:", encoded, context.seen)
    columns: dict[str, pa.Array] = {
        "account": _constant(account, count),
        "ts_us": rows.ts_us,
        "seq": rows.seq,
        "message_id": message_id,
        "conversation_id": conversation_id,
        "user_id": user_id,
        "direction": direction,
        "kind": rows.kind,
        "text": text,
        "mentions": _mentions(text, pc.and_(rows.group, pc.is_in(rows.kind, value_set=_SPOKEN))),
        "attrs": attrs,
        "input_id": _constant(context.input_id, count),
    }
    own = words if rows.platform_ids is None else rows.platform_ids
    piece = Answerable(own, message_id, conversation_id, user_id)
    asked: dict[int, tuple[str, str | None]] = {row: (key, None) for row, key in rows.answers.items()}
    if rows.platform_ids is None:
        asked = {
            row: (normalise(quote.text), key_id("u:", account, "user", quote.sender) if quote.sender else None)
            for row, quote in rows.quotes.items()
            if quote.text
        }
    reply_to = recent.link(piece, asked, exact=rows.platform_ids is not None)
    columns["reply_to"] = reply_to
    if rows.answers:
        lost = [row for row, found in enumerate(reply_to.is_valid().to_pylist()) if not found and row in rows.answers]
        columns["attrs"] = merged(attrs, {row: {"reply_to": rows.answers[row]} for row in lost})
    table = conform("messages", columns, count)
    return pa.concat_tables([table, _children(rows, table, context)]) if rows.records else table


def _constant(value: str, count: int) -> pa.StringArray:
    return pa.repeat(pa.scalar(value, pa.string()), count)


def _mentions(text: pa.StringArray, spoken_in_group: pa.BooleanArray) -> pa.StringArray:
    mask = pc.fill_null(pc.and_(spoken_in_group, pc.match_substring(text, "@")), False)
    if not pc.any(mask).as_py():
        return pa.nulls(len(text), pa.string())
    found = [mentions_in(one) for one in text.filter(mask).to_pylist()]
    lists = [msgspec.json.encode(names).decode() if names else None for names in found]
    return pc.replace_with_mask(pa.nulls(len(text), pa.string()), mask, pa.array(lists, pa.string()))


# --- merged forwards -------------------------------------------------------------------------------------------------


def _children(rows: ChatRows, parents: pa.Table, context: ReadContext) -> pa.Table:
    """The messages inside forwards, by their original speakers: known by name only, so users of their own ("name:张三")."""
    flat: list[tuple[int, str, Record, str]] = []
    message_ids = parents.column("message_id").to_pylist() if rows.records else []
    for row, records in rows.records.items():
        _flatten(row, message_ids[row], records, context.account, flat)
    places = pa.array([row for row, *_ in flat], pa.int64())
    speakers_ = [f"name:{record.name}" if record.name else None for *_, record, _ in flat]
    told = to_micros(pa.array([record.time for *_, record, _ in flat], pa.string()), context.zone)
    columns = {
        "account": _constant(context.account, len(flat)),
        "ts_us": pc.coalesce(told, rows.ts_us.take(places)),
        "seq": rows.seq.take(places),
        "message_id": pa.array([identity for *_, identity in flat], pa.string()),
        "conversation_id": parents.column("conversation_id").combine_chunks().take(places),
        "user_id": key_ids("u:", context.account, "user", pa.array(speakers_, pa.string())),
        "kind": pa.array([record.kind for *_, record, _ in flat], pa.string()),
        "text": pa.array([record.text for *_, record, _ in flat], pa.string()),
        "attrs": pa.array([json_of({"parent": parent}) for _, parent, *_ in flat], pa.string()),
        "input_id": _constant(context.input_id, len(flat)),
    }
    return conform("messages", columns, len(flat))


def _flatten(
    row: int, parent: str, records: tuple[Record, ...], account: str, into: list[tuple[int, str, Record, str]]
) -> None:
    for number, record in enumerate(records):
        identity = key_id("m:", account, "record", f"{parent}/{number}")
        into.append((row, parent, record, identity))
        _flatten(row, identity, record.records, account, into)


def conversations(rows: ChatRows, roster: Roster, *, title: pa.StringArray, kind: pa.StringArray | None = None) -> None:
    """Enter the conversations of a piece, for formats whose rows name them.

    Args:
        rows: the piece.
        roster: where they are entered.
        title: string [n]; the last one that is not null counts.
        kind: "private" or "group", string [n]; from `rows.group` when None.

    Whose export it is (the key of the user who wrote the messages that went out) goes to attrs as "owner".
    """
    kinds = pc.if_else(rows.group, "group", "private") if kind is None else kind
    own = pc.if_else(pc.equal(rows.direction, "out"), rows.sender, None)
    table = pa.table({"key": rows.conversation, "title": title, "kind": kinds, "owner": own, "ts": rows.ts_us})
    figures = [("title", "last"), ("kind", "first"), ("owner", "first"), ("ts", "max")]
    for row in table.group_by("key", use_threads=False).aggregate(figures).to_pylist():
        attrs = json_of({"owner": row["owner_first"]} if row["owner_first"] else {})
        roster.conversation(row["key"], row["ts_max"], kind=row["kind_first"], title=row["title_last"], attrs=attrs)


def speakers(rows: ChatRows, roster: Roster, **names: pa.StringArray) -> None:
    """Enter the people of a piece: each (conversation, sender) is a member, each sender a user.

    Args:
        rows: the piece.
        roster: where they are entered.
        names: columns "nickname", "remark", "group", "alias" or "display", string [n]; a display name is one of unknown kind, which
            leaves the user undated: any format that knows the nickname itself goes before it.
    """
    frame = pa.table({"conversation": rows.conversation, "sender": rows.sender, **names, "ts": rows.ts_us})
    frame = frame.filter(pc.and_(pc.is_valid(rows.sender), pc.invert(pc.is_in(rows.kind, value_set=_NOTICES))))
    keys = [name for name in frame.column_names if name != "ts"]
    found = frame.group_by(keys).aggregate([("ts", "min"), ("ts", "max")]).to_pylist()
    for row in sorted(found, key=lambda row: (row["ts_max"], row["sender"])):
        sender, ts_us, since = row["sender"], row["ts_max"], row["ts_min"]
        if roster.heard(sender, row["conversation"], tuple(row[name] for name in names)):
            continue
        if "display" in names:
            roster.user(sender, None, nickname=row["display"])
            roster.name(sender, row["display"], "nickname", since)
        else:
            roster.user(sender, ts_us, nickname=row.get("nickname"))
        roster.member(row["conversation"], sender, ts_us)
        for kind in ("nickname", "remark", "alias"):
            roster.name(sender, row.get(kind), kind, since)
        roster.name(sender, row.get("group"), "group", since, row["conversation"])
    for records in rows.records.values():
        for record in records:
            if record.name:
                roster.user(f"name:{record.name}", None, nickname=record.name)
