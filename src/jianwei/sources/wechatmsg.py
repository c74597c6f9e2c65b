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
from jianwei.sources._chat import messages_of, piece_of, speakers
from jianwei.sources._markup import Content, Quote, Record
from jianwei.sources._replies import Recent
from jianwei.sources._roster import Roster
from jianwei.sources._rows import ChatRows, attrs_of, settle
from jianwei.sources._text import encoding_for
from jianwei.sources._wxml import from_xml
from jianwei.sources.delimited import Block, read_delimited
from jianwei.sources.lines import clip

__all__ = ["WeChatMsgSource"]

Flags = np.ndarray[tuple[int], np.dtype[np.bool_]]

_REQUIRED = ("TalkerId", "Type", "SubType", "IsSender", "StrContent")
_OPTIONAL = ("CreateTime", "StrTime", "Remark", "NickName", "Sender")
_XML = re.compile(r"\s*(?:[\w@.-]{1,64}:\s*)?<")
_NOTICE_TYPES = pa.array(["10000", "10000.0", "10002"])
_WHOLE_DATABASE = "messages"
_OUT, _IN = pa.array(["1", "1.0", "True", "true"]), pa.array(["0", "0.0", "False", "false", ""])


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
        talkers = _talkers(file, encoding)
        roster, recent, seq = Roster(context.account), Recent(), 0
        for blocks in _grouped(file, encoding, context.chunk_rows):
            frame = pa.concat_tables([block.frame for block in blocks]).combine_chunks()
            rejects = [reject for block in blocks for reject in block.rejects]
            good, bad = _checked(frame, blocks, seq, context.zone)
            rows = _rows(good, talkers)
            messages = messages_of(rows, context, recent)
            _people(good, rows, talkers, roster)
            yield piece_of({**roster.tables(), "messages": messages}, rejects + bad, blocks[-1].consumed)
            seq += frame.num_rows


def _blocks(file: InputFile, encoding: str) -> Iterator[Block]:
    """Blocks whose columns are there; older versions end at StrTime, which leaves three of them blank."""
    for block in read_delimited(file, encoding=encoding, delimiter=","):
        frame = block.frame
        missing = [name for name in _REQUIRED if name not in frame.column_names]
        if missing:
            raise InputError(file.name, f"the column {missing[0]} is missing", "export the chat again as CSV")
        blank = pa.repeat(pa.scalar("", pa.string()), frame.num_rows)
        for name in _OPTIONAL:
            if name not in frame.column_names:
                frame = frame.append_column(name, blank)
        yield Block(frame.select([*_REQUIRED, *_OPTIONAL]), block.lines, block.rejects, block.consumed)


def _grouped(file: InputFile, encoding: str, chunk_rows: int) -> Iterator[list[Block]]:
    """Blocks together that make a piece of about `chunk_rows`."""
    blocks: list[Block] = []
    try:
        for block in _blocks(file, encoding):
            blocks.append(block)
            if sum(held.frame.num_rows for held in blocks) >= chunk_rows:
                yield blocks
                blocks = []
    except InputError:
        if blocks:
            yield blocks
        raise
    if blocks:
        yield blocks


# --- conversations ---------------------------------------------------------------------------------------------------


def _talkers(file: InputFile, encoding: str) -> dict[str, _Talker]:
    """The first pass: which conversation each TalkerId is."""
    others: dict[str, set[str]] = {}
    groups: set[str] = set()
    try:
        for block in _blocks(file, encoding):
            frame = block.frame
            for talker in pc.unique(frame["TalkerId"]).to_pylist():
                others.setdefault(talker, set())
            notice = pc.is_in(frame["Type"], value_set=_NOTICE_TYPES)
            heard = pc.and_(pc.not_equal(frame["Sender"], ""), pc.is_in(frame["IsSender"], value_set=_IN))
            pairs = frame.filter(pc.and_(heard, pc.invert(notice))).group_by(["TalkerId", "Sender"]).aggregate([])
            for pair in pairs.to_pylist():
                if len(others[pair["TalkerId"]]) < 2:
                    others[pair["TalkerId"]].add(pair["Sender"])
            told = frame.filter(notice)
            groups |= set(told.filter(pc.match_substring(told["StrContent"], "群聊"))["TalkerId"].to_pylist())
    except InputError:
        if not others:
            raise  # otherwise the second pass says so, after the rows before the cut
    title = base_name(file.name).removesuffix("_utf8")
    alone = len(others) == 1 and title != _WHOLE_DATABASE
    return {
        talker: _talker(
            heard_, talker in groups, title if alone else None, f"title:{title}" if alone else f"title:{title}:{talker}"
        )
        for talker, heard_ in others.items()
    }


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
    by_key = {talker.key: talker for talker in talkers.values()}
    shown = pc.if_else(pc.equal(remark, ""), nickname, remark)
    theirs = pc.if_else(pc.equal(rows.sender, rows.conversation), shown, None)
    table = pa.table({"key": rows.conversation, "title": theirs, "ts": rows.ts_us})
    for found in table.group_by("key", use_threads=False).aggregate([("title", "last"), ("ts", "max")]).to_pylist():
        talker = by_key[found["key"]]
        kind = None if talker.group is None else "group" if talker.group else "private"
        roster.conversation(talker.key, found["ts_max"], kind=kind, title=talker.title or found["title_last"])


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


def _checked(frame: pa.Table, blocks: list[Block], before: int, zone: str) -> tuple[_Good, list[Reject]]:
    ts_us = to_micros(frame["CreateTime"].combine_chunks(), zone, "epoch")
    if ts_us.null_count:
        ts_us = pc.coalesce(ts_us, to_micros(frame["StrTime"].combine_chunks(), zone))
    out = pc.is_in(frame["IsSender"].combine_chunks(), value_set=_OUT)
    known = pc.or_(out, pc.is_in(frame["IsSender"].combine_chunks(), value_set=_IN))
    code, sub_code = _whole_numbers(frame["Type"], None), _whole_numbers(frame["SubType"], 0)
    good = _Good(
        frame,
        pa.array(np.arange(before + 1, before + 1 + frame.num_rows)),
        ts_us,
        code,
        sub_code,
        pc.if_else(out, "out", "in"),
    )
    problems = (
        ("bad_time", "CreateTime", pc.is_null(ts_us)),
        ("bad_number", "Type", pc.is_null(code)),
        ("bad_number", "SubType", pc.is_null(sub_code)),
        ("bad_number", "IsSender", pc.invert(known)),
    )
    bad = np.zeros(frame.num_rows, bool)
    rejects: list[Reject] = []
    for reason, name, mask in problems:
        fresh = np.asarray(mask.to_numpy(zero_copy_only=False)) & ~bad
        if fresh.any():
            bad |= fresh
            lines = np.concatenate([block.lines() for block in blocks])
            for index in np.flatnonzero(fresh).tolist():
                row = frame.slice(index, 1).to_pylist()[0]
                detail = f"{name}: {row[name][:80]}"
                rejects.append(Reject(int(lines[index]), reason, detail, clip(",".join(row.values()))))
    if not rejects:
        return good, []
    keep = pa.array(~bad)
    columns = (column.filter(keep) for column in (good.seq, ts_us, code, sub_code, good.direction))
    return _Good(frame.filter(keep).combine_chunks(), *columns), rejects


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
    frame, count = good.frame, good.frame.num_rows
    ids = frame["TalkerId"].combine_chunks().dictionary_encode()
    found = [talkers[talker] for talker in ids.dictionary.to_pylist()]
    conversation = pa.array([talker.key for talker in found], pa.string()).take(ids.indices)
    group = pa.array([bool(talker.group) for talker in found], pa.bool_()).take(ids.indices)
    sender, text = frame["Sender"].combine_chunks(), frame["StrContent"].combine_chunks()
    plain = pc.and_(pc.equal(good.code, 1), pc.invert(pc.starts_with(text, "[")))
    kind = pa.repeat(pa.scalar("text", pa.string()), count)
    attrs = pa.nulls(count, pa.string())
    quotes: dict[int, Quote] = {}
    records: dict[int, tuple[Record, ...]] = {}
    if not pc.all(plain).as_py():
        odd = pc.invert(plain)
        numbers, contents = _contents(*(column.filter(odd) for column in (good.code, good.sub_code, text)))
        kinds = pa.array([content.kind for content in contents], pa.string())
        shown = pa.array([content.text for content in contents], pa.string())
        beside = pa.array([attrs_of(content) for content in contents], pa.string())
        kind = pc.replace_with_mask(kind, odd, kinds.take(numbers))
        text = pc.replace_with_mask(text, odd, shown.take(numbers))
        attrs = pc.replace_with_mask(attrs, odd, beside.take(numbers))
        if any(content.quote or content.records for content in contents):
            places = np.flatnonzero(odd.to_numpy(zero_copy_only=False)).tolist()
            held = [(place, contents[number]) for place, number in zip(places, numbers.to_pylist(), strict=True)]
            quotes = {place: content.quote for place, content in held if content.quote}
            records = {place: content.records for place, content in held if content.records}
    return ChatRows(
        conversation=conversation,
        group=group,
        sender=pc.if_else(pc.equal(sender, ""), None, sender),
        ts_us=good.ts_us,
        seq=good.seq,
        kind=kind,
        text=text,
        direction=good.direction,
        attrs=attrs,
        quotes=quotes,
        records=records,
    )


def _contents(
    code: pa.Int64Array, sub_code: pa.Int64Array, text: pa.StringArray
) -> tuple[pa.Int32Array, list[Content]]:
    """What rows that are not plain words hold: the number of its content for each row, and the distinct contents."""
    joined = pc.binary_join_element_wise(code.cast(pa.string()), sub_code.cast(pa.string()), text, ",")
    coded = joined.dictionary_encode()
    return coded.indices, [_content(*distinct.split(",", 2)) for distinct in coded.dictionary.to_pylist()]


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
