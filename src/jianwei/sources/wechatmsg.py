"""WeChatMsg / MemoTrace (留痕) CSV: one conversation a file, or the whole database in `messages.csv`.

The file names no conversation, only a number of the tool's own (`TalkerId`), so a first pass over it finds who speaks under each number.
All messages that are not the owner's come from one person: a private chat with that person, whose wxid is the key. Otherwise the key is
"title:<file name>" ("title:<file name>:<TalkerId>" where a file holds several), so a group exported under the same name stays the same
conversation. A group in which one other person spoke looks like a private chat unless a notice in it speaks of a group.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, replace

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from jianwei.common.files import Sample, base_name, head_text
from jianwei.common.times import to_micros
from jianwei.errors import InputError
from jianwei.records import kind_of_wechat
from jianwei.records.kinds import NOTICE_KINDS
from jianwei.sources._base import InputFile, Piece, ReadContext, Reject
from jianwei.sources._chat import conversations, messages_of, piece_of, speakers
from jianwei.sources._frames import Stack, contents_of, read_frames, unreadable
from jianwei.sources._markup import Content
from jianwei.sources._replies import Recent
from jianwei.sources._roster import Roster
from jianwei.sources._rows import ChatRows, settle
from jianwei.sources._text import encoding_for
from jianwei.sources._wxml import from_xml

__all__ = ["WeChatMsgSource"]

_REQUIRED = ("TalkerId", "Type", "SubType", "IsSender", "StrContent")
_OPTIONAL = ("CreateTime", "StrTime", "Remark", "NickName", "Sender")
_XML = re.compile(r"\s*(?:[\w@.-]{1,64}:\s*)?<")
_NOTICE_WORDS = ("10000", "10000.0", "10002")
_OUT_WORDS, _IN_WORDS = ("1", "1.0", "True", "true"), ("0", "0.0", "False", "false", "")
_NOTICE_TYPES, _OUT, _IN = pa.array(_NOTICE_WORDS), pa.array(_OUT_WORDS), pa.array(_IN_WORDS)
_KEPT_BYTES = 64 << 20  # of the first pass, so that all but large files are parsed once
_WHOLE_DATABASE = "messages"


@dataclass(frozen=True, slots=True)
class _Talker:
    """A conversation of the file: its key, whether it is a group (None: nobody else spoke), and a title if the file's name is one."""

    key: str
    group: bool | None
    title: str | None


class WeChatMsgSource:
    """Reads the CSV of WeChatMsg; see the module's text for keys and `docs/chat-formats.md` for what is carried."""

    name = "wechatmsg"

    def sniff(self, sample: Sample) -> float:
        header = head_text(sample).split("\n", 1)[0].strip()
        return 0.98 if {*_REQUIRED, "localId"} <= set(header.replace('"', "").split(",")) else 0.0

    def read(self, file: InputFile, context: ReadContext) -> Iterator[Piece]:
        """Pieces of a file.

        Raises:
            InputError: a column is missing, or the file is cut short inside an archive.
        """
        _, encoding = encoding_for(file)
        talkers, kept = _talkers(file, encoding, context.chunk_rows)
        roster, recent = Roster(context.account), Recent()
        for stack in kept or read_frames(file, encoding, _REQUIRED, _OPTIONAL, context.chunk_rows):
            good, bad = _checked(stack, context.zone)
            rows = _rows(good, talkers)
            messages = messages_of(rows, context, recent)
            _people(good, rows, talkers, roster)
            yield piece_of({**roster.tables(), "messages": messages}, stack.rejects + bad, stack.consumed)


# --- conversations ---------------------------------------------------------------------------------------------------


def _talkers(file: InputFile, encoding: str, chunk_rows: int) -> tuple[dict[str, _Talker], list[Stack] | None]:
    """The first pass: which conversation each TalkerId is, and the frames if they are whole and few enough to be kept."""
    others: dict[str, set[str]] = {}
    groups: set[str] = set()
    kept: list[Stack] | None = []
    try:
        for stack in read_frames(file, encoding, _REQUIRED, _OPTIONAL, chunk_rows):
            _listen(stack.frame, others, groups)
            if kept is not None:
                kept.append(stack)
                if sum(held.frame.nbytes for held in kept) > _KEPT_BYTES:
                    kept = None
    except InputError:
        if not others:
            raise
        kept = None  # the second pass says so, after the rows before the cut
    title = base_name(file.name).removesuffix("_utf8")
    alone = len(others) == 1 and title != _WHOLE_DATABASE
    talkers = {}
    for talker, heard in others.items():
        key = f"title:{title}" if alone else f"title:{title}:{talker}"
        talkers[talker] = _talker(heard, talker in groups, title if alone else None, key)
    return talkers, kept


def _listen(frame: pa.Table, others: dict[str, set[str]], groups: set[str]) -> None:
    """Note who speaks beside the owner under each TalkerId (two are enough), and which of them notices call a group."""
    notice = pc.is_in(frame["Type"], value_set=_NOTICE_TYPES)
    columns = [frame[name] for name in ("TalkerId", "IsSender", "Type", "Sender")]
    for found in pc.unique(pc.binary_join_element_wise(*columns, "\0")).to_pylist():  # no cell holds a NUL
        talker, whose, code, sender = found.split("\0")
        heard = others.setdefault(talker, set())
        if sender and whose in _IN_WORDS and code not in _NOTICE_WORDS and len(heard) < 2:
            heard.add(sender)
    if pc.any(notice).as_py():
        told = frame.filter(notice)
        groups |= set(told.filter(pc.match_substring(told["StrContent"], "群聊"))["TalkerId"].to_pylist())


def _talker(others: set[str], noticed: bool, title: str | None, key: str) -> _Talker:
    if len(others) == 1 and not noticed:
        return _Talker(next(iter(others)), False, title)
    return _Talker(key, True if others or noticed else None, title)


def _people(good: _Good, rows: ChatRows, talkers: Mapping[str, _Talker], roster: Roster) -> None:
    nickname, remark = (good.frame[name].combine_chunks() for name in ("NickName", "Remark"))
    own_remark = pc.if_else(
        pc.equal(nickname, remark), None, remark
    )  # the tool repeats the nickname where there is none
    speakers(rows, roster, nickname=nickname, remark=own_remark)
    shown = pc.if_else(pc.equal(remark, ""), nickname, remark)
    theirs = pc.if_else(pc.equal(rows.sender, rows.conversation), shown, None)
    ids = good.frame["TalkerId"].combine_chunks().dictionary_encode()
    found = [talkers[talker] for talker in ids.dictionary.to_pylist()]
    titles = pa.array([talker.title for talker in found], pa.string()).take(ids.indices)
    kinds = [None if talker.group is None else "group" if talker.group else "private" for talker in found]
    kind = pa.array(kinds, pa.string()).take(ids.indices)
    conversations(rows, roster, title=pc.coalesce(titles, theirs), kind=kind)


# --- rows ------------------------------------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class _Good:
    """Rows whose codes and times could be read: the frame, and int64 or string [n] columns made from it."""

    frame: pa.Table
    seq: pa.Int64Array
    ts_us: pa.Int64Array
    code: pa.Int64Array
    sub_code: pa.Int64Array
    direction: pa.StringArray


def _checked(stack: Stack, zone: str) -> tuple[_Good, list[Reject]]:
    frame = stack.frame
    ts_us = to_micros(frame["CreateTime"].combine_chunks(), zone, "epoch")
    if ts_us.null_count:
        ts_us = pc.coalesce(ts_us, to_micros(frame["StrTime"].combine_chunks(), zone))
    whose = frame["IsSender"].combine_chunks()
    out = pc.is_in(whose, value_set=_OUT)
    known = pc.or_(out, pc.is_in(whose, value_set=_IN))
    code, sub_code = _whole_numbers(frame["Type"], None), _whole_numbers(frame["SubType"], 0)
    bad, rejects = unreadable(
        stack,
        (
            ("bad_time", "CreateTime", pc.is_null(ts_us)),
            ("bad_number", "Type", pc.is_null(code)),
            ("bad_number", "SubType", pc.is_null(sub_code)),
            ("bad_number", "IsSender", pc.invert(known)),
        ),
    )
    seq = pa.array(np.arange(stack.first, stack.first + frame.num_rows))
    columns = (seq, ts_us, code, sub_code, pc.if_else(out, "out", "in"))
    if not rejects:
        return _Good(frame, *columns), []
    keep = pa.array(~bad)
    return _Good(frame.filter(keep).combine_chunks(), *(column.filter(keep) for column in columns)), rejects


def _whole_numbers(column: pa.ChunkedArray, blank: int | None) -> pa.Int64Array:
    """Numbers, also as a spreadsheet writes them ("49.0"); null where there is none."""
    texts = column.combine_chunks()
    if blank is not None:
        texts = pc.if_else(pc.equal(texts, ""), str(blank), texts)
    try:
        return texts.cast(pa.int64())
    except pa.ArrowInvalid:
        whole = pc.replace_substring_regex(texts, r"\.0$", "")
        return pc.if_else(pc.match_substring_regex(whole, r"^\d{1,9}$"), whole, None).cast(pa.int64())


def _rows(good: _Good, talkers: Mapping[str, _Talker]) -> ChatRows:
    frame = good.frame
    ids = frame["TalkerId"].combine_chunks().dictionary_encode()
    found = [talkers[talker] for talker in ids.dictionary.to_pylist()]
    conversation = pa.array([talker.key for talker in found], pa.string()).take(ids.indices)
    group = pa.array([bool(talker.group) for talker in found], pa.bool_()).take(ids.indices)
    sender, text = frame["Sender"].combine_chunks(), frame["StrContent"].combine_chunks()
    odd = pc.or_(pc.not_equal(good.code, 1), pc.starts_with(text, "["))
    contents = contents_of(text, odd, [good.code.cast(pa.string()), good.sub_code.cast(pa.string())], _content)
    return ChatRows(
        conversation=conversation,
        group=group,
        sender=pc.if_else(pc.equal(sender, ""), None, sender),
        ts_us=good.ts_us,
        seq=good.seq,
        kind=contents.kind,
        text=contents.text,
        direction=good.direction,
        attrs=contents.attrs,
        quotes=contents.quotes,
        records=contents.records,
    )


def _content(code: str, sub_code: str, text: str) -> Content:
    kind = kind_of_wechat(int(code), int(sub_code), text)
    if kind != "text" and _XML.match(text):
        content = from_xml(kind, text)
        if kind in NOTICE_KINDS and content.text:
            content = replace(content, kind=kind_of_wechat(int(code), int(sub_code), content.text))
    else:
        content = Content(kind, text)
    if kind == "other":
        content = replace(content, attrs={**content.attrs, "type": int(code), "subtype": int(sub_code)})
    return settle(content)
