"""The joins that everybody needs, and only here: who said what, who did what, what a model made of it, what went together.

Every view has the column `person_id`. Until users are linked to persons it equals `user_id`; when they are, only `_with_person`
changes.
"""

from __future__ import annotations

import ibis
import ibis.expr.types as ir
import pyarrow as pa
import pyarrow.compute as pc

from jianwei.query._base import Reader
from jianwei.query.periods import Clock, span, timed
from jianwei.records.kinds import NOTICE_KINDS, SPOKEN_KINDS

__all__ = [
    "BASKETS",
    "HAN",
    "NAMED",
    "SESSION_GAP_US",
    "basket_events",
    "baskets",
    "bought",
    "currencies",
    "events",
    "labels",
    "messages",
    "names_of",
    "own_words",
    "people",
    "said",
    "sent",
    "talk",
    "timeline",
]

BASKETS = ("basket", "session", "day")
"""What makes a basket; see `baskets`."""
HAN = "[\u3400-\u4dbf\u4e00-\u9fff\uf900-\ufaff\U00020000-\U000323af]"
"""A Chinese character, as a regular expression: a transcript without one is in another language, or nothing but numbers."""
SESSION_GAP_US = 30 * 60 * 1_000_000
"""A person who did nothing for longer than this starts a new session."""

_NAMES = {
    "person": ("users", "user_id", "nickname"),
    "conversation": ("conversations", "conversation_id", "title"),
    "item": ("items", "item_id", "title"),
}
NAMED = tuple(_NAMES)
"""What has names to show; see `names_of`."""

# Whole tables are read for names only when so many are wanted that a list of ids would be slower.
_FEW_NAMES = 1_000
_FEW_RECALLS = 1_000


def messages(reader: Reader) -> ir.Table:
    """All messages, notices of the platform too: columns of `messages` and `person_id`."""
    return _with_person(reader.table("messages"))


def sent(reader: Reader) -> ir.Table:
    """What people sent, of any kind, and did not recall: columns of `messages` and `person_id`."""
    rows = messages(reader)
    return _unrecalled(reader, rows.filter(rows.kind.notin(NOTICE_KINDS)))


def talk(reader: Reader) -> ir.Table:
    """What people said themselves and did not recall, the spoken kinds: columns of `messages` and `person_id`."""
    rows = messages(reader)
    return _unrecalled(reader, rows.filter(rows.kind.isin(SPOKEN_KINDS)))


def _unrecalled(reader: Reader, rows: ir.Table) -> ir.Table:
    """Messages less those that were recalled: by their own mark, or by a notice that names them in `reply_to`."""
    return _less_recalled(reader, rows.filter(~rows.recalled.fill_null(False)), "message_id")


def _less_recalled(reader: Reader, rows: ir.Table, key: str) -> ir.Table:
    """Rows whose record, named in the column `key`, no notice takes back.

    Looking for such notices costs little; reading every row's id costs more, and happens only where there are some.
    """
    notices = reader.table("messages")
    notices = notices.filter((notices.kind == "recall") & notices.reply_to.notnull()).select("reply_to").distinct()
    named = reader.execute(notices.limit(_FEW_RECALLS + 1))["reply_to"].to_pylist()
    if not named:
        return rows
    if len(named) <= _FEW_RECALLS:
        return rows.filter(rows[key].notin(named))
    return rows.anti_join(notices, rows[key] == notices.reply_to)


def said(reader: Reader) -> ir.Table:
    """What people put into words, a row a message: spoken messages, voices and videos with a transcript, pictures with text in them.

    A message with words of its own has only these. One without has what was heard in its files and read in them, one below the other; a
    voice in which nobody here has heard anything has what the platform itself understood.

    Returns:
        message_id, account, conversation_id, person_id, user_id, direction, ts_us, seq, item_id, text (never null or blank), origin:
        "typed"; "heard" in a voice or video, whatever else was read in it; "read", where all of it stands in pictures.
    """
    columns = [
        "message_id",
        "account",
        "conversation_id",
        "person_id",
        "user_id",
        "direction",
        "ts_us",
        "seq",
        "item_id",
        "text",
    ]
    parts = [talk(reader).select(*columns, origin=ibis.literal("typed"))]
    found = [rows for task in ("transcript", "ocr") if (rows := labels(reader, task)) is not None]
    media = sent(reader)
    media = media.filter(media.kind.notin(SPOKEN_KINDS) | (media.text.fill_null("").strip() == ""))
    if found:
        texts = ibis.union(*found, distinct=False) if len(found) > 1 else found[0]
        texts = texts.filter(texts.text.strip() != "").group_by("record_id")
        heard = texts.aggregate(
            heard=lambda t: t.text.group_concat("\n", order_by=[t.task.desc(), t.part]),
            origin=lambda t: (t.task == "transcript").any().ifelse("heard", "read"),
        )
        joined = media.inner_join(heard, media.message_id == heard.record_id).drop("text").rename(text="heard")
        parts.append(joined[[*columns, "origin"]])
        media = media.anti_join(heard, media.message_id == heard.record_id)
    voices = media.filter((media.kind == "voice") & ~media.text.strip().startswith("["))
    parts.append(voices.select(*columns, origin=ibis.literal("heard")))
    rows = ibis.union(*parts, distinct=False)
    return rows.filter(rows.text.strip() != "")


def own_words(reader: Reader, rows: ir.Table) -> ir.Table:
    """Annotations less those of messages whose words were only read in pictures: a forwarded poster is nobody's own words."""
    if reader.current("ocr") is None:
        return rows
    told = said(reader)
    return rows.anti_join(told.filter(told.origin == "read"), rows.record_id == told.message_id)


def events(reader: Reader) -> ir.Table:
    """Events: columns of `events` and `person_id`."""
    return _with_person(reader.table("events"))


def bought(reader: Reader) -> ir.Table:
    """Purchases: the events named "buy", each with its amount where one is known. Refunds are not taken off."""
    rows = events(reader)
    return rows.filter(rows.name == "buy")


def currencies(reader: Reader) -> tuple[str, ...]:
    """The currencies in which purchases were paid, sorted; amounts in several cannot be added."""
    rows = bought(reader)
    rows = rows.filter(rows.amount.notnull() & rows.currency.notnull())
    return tuple(sorted(reader.execute(rows.select("currency").distinct())["currency"].to_pylist()))


def timeline(reader: Reader) -> ir.Table:
    """Everything that persons said and did; its total order is (ts_us, seq, record_id).

    Returns:
        person_id (never null), user_id, account, ts_us, seq, record_id, part ("messages" or "events"), name (message kind or event
        name), conversation_id, item_id, amount.
    """
    said, did = sent(reader), events(reader)
    spoken = said.select(
        "person_id", "user_id", "account", "ts_us", "seq", record_id="message_id", part=ibis.literal("messages"), name="kind",
        conversation_id="conversation_id", item_id="item_id", amount=ibis.null(did.amount.type()),
    )  # fmt: skip
    acted = did.select(
        "person_id", "user_id", "account", "ts_us", "seq", record_id="event_id", part=ibis.literal("events"), name="name",
        conversation_id=ibis.null("string"), item_id="item_id", amount="amount",
    )  # fmt: skip
    both = ibis.union(spoken, acted, distinct=False)
    return both.filter(both.person_id.notnull())


def labels(reader: Reader, task: str, *, recalled: bool = False) -> ir.Table | None:
    """The annotations of a task by its current model: columns of `annotations` and `person_id`; none of recalled messages.

    Args:
        recalled: also those of recalled messages, for who joins them with messages that were not: it saves a query.

    Returns:
        None when no model has answered the task: the caller then has no answer, which is not the same as no rows.
    """
    current = reader.current(task)
    if current is None:
        return None
    rows = reader.table("annotations")
    mine = (rows.task == task) & (rows.model == current.model) & (rows.version == current.version)
    rows = rows.filter(mine)
    return _with_person(rows if recalled else _less_recalled(reader, rows, "record_id"))


def people(reader: Reader) -> ir.Table:
    """Users and the persons they are: person_id, user_id, name (nickname, else the source's key, else the id)."""
    users = _with_person(reader.table("users"))
    return users.select("person_id", "user_id", name=_name(users, "nickname", "user_id"))


def baskets(reader: Reader, by: str = "basket", names: tuple[str, ...] = ()) -> ir.Table:
    """What went together: one row for each item of a basket, however often it lies in it.

    "basket" takes the baskets that the source knows (orders, receipts). "session" puts together what a person did without a pause
    of more than 30 minutes, "day" what a person did on one local day; both need times and a person. Refunds never count.

    Args:
        names: events that put an item into a basket, e.g. ("buy",); all of them when empty. A session stays one although other things
            were done in between.

    Returns:
        basket_id (string), person_id, item_id, ts_us (first time in this basket, may be null).
    """
    acted = _put_in(reader, by)
    if by == "basket":
        rows = acted
    else:
        acted = timed(acted)
        numbered = _sessions(acted) if by == "session" else _days(reader, acted)
        rows = numbered.mutate(basket_id=lambda t: t.person_id.concat("#", t.number.cast("string")))
    if names:
        rows = rows.filter(rows.name.isin(names))
    grouped = rows.group_by("basket_id", "item_id")
    together = grouped.aggregate(person_id=lambda t: t.person_id.min(), ts_us=lambda t: t.ts_us.min())
    return together.select("basket_id", "person_id", "item_id", "ts_us")


def basket_events(reader: Reader, by: str = "basket", names: tuple[str, ...] = ()) -> tuple[str, ...]:
    """Names of the events that put items into baskets, sorted; see `baskets`."""
    rows = _put_in(reader, by)
    found = set(reader.execute(rows.select("name").distinct())["name"].to_pylist())
    return tuple(sorted(found & set(names) if names else found))


def _put_in(reader: Reader, by: str) -> ir.Table:
    acted = events(reader)
    acted = acted.filter(acted.item_id.notnull() & (acted.name != "refund"))
    return acted.filter(acted.basket_id.notnull() if by == "basket" else acted.person_id.notnull())


def names_of(reader: Reader, by: str, ids: pa.Array | pa.ChunkedArray) -> pa.Array:
    """Names to show for ids: nickname or title, else the source's own key, else the id.

    Args:
        ids: strings [n], any order, repeats allowed.

    Returns:
        strings [n]; null only where the id is null.
    """
    table, key, title = _NAMES[by]
    rows = reader.table(table)
    wanted = pc.unique(ids).drop_null()
    if len(wanted) <= _FEW_NAMES:
        rows = rows.filter(rows[key].isin(wanted.to_pylist()))
    found = reader.execute(rows.select(id=rows[key], name=_name(rows, title, key)))
    flat = ids.combine_chunks() if isinstance(ids, pa.ChunkedArray) else ids
    at = pc.index_in(flat, value_set=found["id"])
    return pc.coalesce(found["name"].combine_chunks().take(at), flat)


def _with_person(rows: ir.Table) -> ir.Table:
    return rows.mutate(person_id=rows.user_id)


def _name(rows: ir.Table, title: str, key: str) -> ir.StringValue:
    shown = [column.strip().nullif("") for column in (rows[title], rows["key"])]
    return ibis.coalesce(*shown, rows[key])


def _sessions(rows: ir.Table) -> ir.Table:
    order = ["ts_us", "seq", "event_id"]
    gaps = rows.mutate(gap=rows.ts_us - rows.ts_us.lag().over(group_by="person_id", order_by=order))
    starts = gaps.mutate(start=(gaps.gap > SESSION_GAP_US).fill_null(True).cast("int64"))
    return starts.mutate(number=starts.start.sum().over(ibis.cumulative_window(group_by="person_id", order_by=order)))


def _days(reader: Reader, rows: ir.Table) -> ir.Table:
    when = span(reader, rows)
    if when is None:
        return rows.mutate(number=ibis.literal(0, "int64"))
    return rows.mutate(number=Clock.of(reader.zone, when.first_us, when.last_us).number(rows.ts_us, "day"))
