"""chatlog's lists of contacts, groups and recent chats: names, members and titles, no messages.

What they say holds for the time of the export, which they do not carry: their rows are dated 0, before everything that has a date. The
CSV forms are not quoted by the tool, so a comma or a line end in a name shifts the columns; such rows are rejected, not guessed.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator, Mapping

from jianwei.sources._base import InputFile, Piece, ReadContext, Reject
from jianwei.sources._chat import piece_of
from jianwei.sources._json import decode_elements, read_json
from jianwei.sources._roster import Roster, json_of
from jianwei.sources.lines import clip, read_stretches, too_long

__all__ = ["LISTS", "list_of", "read_list_csv", "read_list_json"]

_UNDATED = 0

LISTS: Mapping[str, tuple[str, ...]] = {
    "contact": ("UserName", "Alias", "Remark", "NickName"),
    "chatroom": ("Name", "Remark", "NickName", "Owner", "UserCount"),
    "session": ("UserName", "NOrder", "NickName", "Content", "NTime"),
}
"""Columns of the CSV forms, by list."""

_MARKS = {"contact": '"alias"', "chatroom": '"owner"', "session": '"nOrder"'}
_ITEMS = re.compile(r'\s*\{\s*"items"\s*:\s*(?:\[|null)')

Item = Mapping[str, object]


def list_of(text: str) -> str | None:
    """Which list a file that begins with `text` is: "contact", "chatroom", "session", or "empty"; None if it is none.

    >>> list_of("UserName,Alias,Remark,NickName\\nwxid_1,,,x"), list_of('{"items": []}'), list_of("a,b")
    ('contact', 'empty', None)
    """
    header = tuple(text.split("\n", 1)[0].strip().split(","))
    for name, columns in LISTS.items():
        if header == columns:
            return name
    match = _ITEMS.match(text)
    if match is None:
        return None
    rest = text[match.end() :]
    if not rest.strip(" \t\r\n]}"):
        return "empty"
    first = rest.split("}", 1)[0]
    return next((name for name, mark in _MARKS.items() if mark in first), None)


def read_list_json(file: InputFile, encoding: str, kind: str, context: ReadContext) -> Iterator[Piece]:
    """Pieces of `{"items": […]}`.

    Raises:
        InputError: the JSON is cut short.
    """
    roster, row = Roster(context.account), 1
    enter = _ENTER.get(kind, _contact)
    for part in read_json(file, encoding=encoding):
        rejects: list[Reject] = []
        if part.key == "items" and part.listed:
            values, rows, rejects = decode_elements(part, row)
            row += part.count
            for number, value in zip(rows, values, strict=True):
                if problem := enter(value, roster) if isinstance(value, dict) else "not_an_object":
                    rejects.append(Reject(number, problem, "", clip(repr(value)[:500])))
        yield piece_of(roster.tables(), rejects, part.consumed, rejected=_TABLE[kind])


def read_list_csv(file: InputFile, encoding: str, kind: str, context: ReadContext) -> Iterator[Piece]:
    """Pieces of the CSV form."""
    roster, columns = Roster(context.account), LISTS[kind]
    names = [name[0].lower() + name[1:] for name in columns]
    for stretch in read_stretches(file, encoding=encoding):
        rejects = [too_long(stretch)] if stretch.skipped else []
        lines = [] if stretch.skipped else stretch.data.decode("utf-8", "replace").split("\n")
        for number, line in enumerate(lines, stretch.line):
            fields = line.rstrip("\r").split(",")
            if number == 1 or not line.strip():
                continue
            if len(fields) != len(columns):
                rejects.append(Reject(number, "shifted_columns", f"{len(fields)}≠{len(columns)}", clip(line)))
            elif problem := _ENTER[kind](dict(zip(names, fields, strict=True)), roster):
                rejects.append(Reject(number, problem, "", clip(line)))
        yield piece_of(roster.tables(), rejects, stretch.consumed, rejected=_TABLE[kind])


# --- rows: each returns the reason why it cannot be read, or nothing ---------------------------------------------------


def _word(item: Item, name: str) -> str | None:
    value = item.get(name)
    return value.strip() or None if isinstance(value, str) else None


def _contact(item: Item, roster: Roster) -> str | None:
    key = _word(item, "userName")
    if key is None:
        return "missing_field"
    alias, remark, nickname = _word(item, "alias"), _word(item, "remark"), _word(item, "nickName")
    if key.endswith("@chatroom"):  # groups stand among the contacts too
        roster.conversation(key, _UNDATED, kind="group", title=remark or nickname)
        return None
    attrs: dict[str, object] = {"alias": alias} if alias else {}
    if isinstance(item.get("isFriend"), bool):
        attrs["friend"] = item["isFriend"]
    roster.user(key, _UNDATED, nickname=nickname, attrs=json_of(attrs))
    for kind, name in (("nickname", nickname), ("remark", remark), ("alias", alias)):
        roster.name(key, name, kind, None)
    return None


def _chatroom(item: Item, roster: Roster) -> str | None:
    key = _word(item, "name")
    if key is None:
        return "missing_field"
    owner, remark, nickname = _word(item, "owner"), _word(item, "remark"), _word(item, "nickName")
    attrs = json_of({"remark": remark} if remark else {})
    roster.conversation(key, _UNDATED, kind="group", title=nickname or remark, owner=owner, attrs=attrs)
    users = item.get("users")
    for user in users if isinstance(users, list) else ():
        if isinstance(user, dict) and (wxid := _word(user, "userName")):
            roster.user(wxid, None)
            roster.member(key, wxid, _UNDATED, role="owner" if wxid == owner else None)
            roster.name(wxid, _word(user, "displayName"), "group", None, key)
    return None


def _session(item: Item, roster: Roster) -> str | None:
    key = _word(item, "userName")
    if key is None:
        return "missing_field"
    kind = "group" if key.endswith("@chatroom") else "private"
    roster.conversation(key, _UNDATED, kind=kind, title=_word(item, "nickName"))
    return None


_ENTER: Mapping[str, Callable[[Item, Roster], str | None]] = {
    "contact": _contact,
    "chatroom": _chatroom,
    "session": _session,
}
_TABLE = {"contact": "users", "chatroom": "conversations", "session": "conversations", "empty": "users"}
