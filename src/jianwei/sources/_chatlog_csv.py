"""chatlog's CSV of messages: times to the second in the tool's local zone, and contents as Markdown-like text.

Kinds come from that text, so what somebody typed in exactly that form counts as it. Who is the owner: in a private chat whoever is not
the other person, in a group whoever has no name, since the tool leaves the owner's out (and a stranger's).
"""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from jianwei.common.times import to_micros
from jianwei.sources._base import InputFile, Piece, ReadContext
from jianwei.sources._chat import conversations, messages_of, piece_of, speakers
from jianwei.sources._frames import contents_of, read_frames, unreadable
from jianwei.sources._markup import Content, from_markdown
from jianwei.sources._replies import Recent
from jianwei.sources._roster import Roster
from jianwei.sources._rows import NOBODY, ChatRows, settle

__all__ = ["COLUMNS", "read_messages_csv"]

COLUMNS = ("Time", "SenderName", "Sender", "TalkerName", "Talker", "Content")

_NOBODY = pa.array(NOBODY)
_ODD = r'^\s*!?\[|^> |^Type: \d|^"\$\{'  # how everything that is not plain words begins


def read_messages_csv(file: InputFile, encoding: str, context: ReadContext) -> Iterator[Piece]:
    """Pieces of a file.

    Raises:
        InputError: a column is missing, or the file is cut short inside an archive.
    """
    roster, recent = Roster(context.account), Recent()
    for stack in read_frames(file, encoding, COLUMNS, (), context.chunk_rows):
        frame = stack.frame
        ts_us = to_micros(frame["Time"].combine_chunks(), context.zone, "iso")
        problems = (
            ("bad_time", "Time", pc.is_null(ts_us)),
            ("missing_field", "Talker", pc.equal(frame["Talker"].combine_chunks(), "")),
        )
        bad, rejects = unreadable(stack, problems)
        seq = pa.array(np.arange(stack.first, stack.first + frame.num_rows))
        if rejects:
            keep = pa.array(~bad)
            frame, ts_us, seq = frame.filter(keep).combine_chunks(), ts_us.filter(keep), seq.filter(keep)
        rows = _rows(frame, ts_us, seq)
        messages = messages_of(rows, context, recent)
        speakers(rows, roster, display=frame["SenderName"].combine_chunks())
        title = frame["TalkerName"].combine_chunks()
        conversations(rows, roster, title=pc.if_else(pc.equal(title, ""), None, title))
        yield piece_of({**roster.tables(), "messages": messages}, stack.rejects + rejects, stack.consumed)


def _rows(frame: pa.Table, ts_us: pa.Int64Array, seq: pa.Int64Array) -> ChatRows:
    name, sender, talker, text = (
        frame[column].combine_chunks() for column in ("SenderName", "Sender", "Talker", "Content")
    )
    group = pc.ends_with(talker, "@chatroom")
    nobody = pc.is_in(sender, value_set=_NOBODY)
    out = pc.if_else(group, pc.equal(name, ""), pc.not_equal(sender, talker))
    odd = pc.or_(nobody, pc.match_substring_regex(text, _ODD))
    contents = contents_of(text, odd, [pc.if_else(nobody, "notice", "")], _content)
    return ChatRows(
        conversation=talker,
        group=group,
        sender=pc.if_else(nobody, None, sender),
        ts_us=ts_us,
        seq=seq,
        kind=contents.kind,
        text=contents.text,
        direction=pc.if_else(out, "out", "in"),
        attrs=contents.attrs,
        quotes=contents.quotes,
        records=contents.records,
    )


def _content(notice: str, text: str) -> Content:
    if notice:
        return settle(Content("system", text))
    return settle(from_markdown(text) or Content("text", text))
