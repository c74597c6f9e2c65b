"""What stages read: rows that are still to be answered, by what they are about."""

from __future__ import annotations

from collections.abc import Callable, Mapping

import ibis
import ibis.expr.types as ir

from jianwei.enrich._base import PARTS_A_FILE, Reading
from jianwei.query._base import Reader
from jianwei.query.files import files
from jianwei.query.views import labels, said

__all__ = ["READINGS", "SEEN_TASKS", "picture_rows", "seen_rows", "spoken_rows", "voice_rows"]

SEEN_TASKS = ("picture", "nsfw", "ocr", "code", "transcript")
"""What the verdict on a file is made of; see `seen`."""


def spoken_rows(reader: Reader) -> ir.Table:
    """Every text: account, ts_us, seq, record_id, user_id, part (0), text."""
    rows = said(reader)
    return rows.select(
        "account", "ts_us", "seq", "user_id", "text", record_id="message_id", part=ibis.literal(0, "int32")
    )


def voice_rows(reader: Reader) -> ir.Table:
    """Files with sound: voices and videos; columns as in `picture_rows`."""
    rows = _files(reader)
    return rows.filter(rows.mime.startswith("audio/") | rows.mime.startswith("video/") | (rows.kind == "voice"))


def picture_rows(reader: Reader) -> ir.Table:
    """Files with something to see: pictures and videos.

    Returns:
        account, ts_us, seq, record_id, user_id, part (see `PARTS_A_FILE`), media_id, kind ("image", "voice", "video", "file"), mime,
        sha256, path (below the workspace).
    """
    rows = _files(reader)
    return rows.filter(rows.mime.startswith("image/") | rows.mime.startswith("video/") | (rows.kind == "image"))


def _files(reader: Reader) -> ir.Table:
    """Every file of a message that was not recalled; columns as in `picture_rows`."""
    return files(reader).select(
        "account", "ts_us", "seq", "record_id", "user_id", "part", "media_id", "kind", "mime", "sha256", "path"
    )


def seen_rows(reader: Reader) -> ir.Table:
    """Every file that vision or speech answered, with what a verdict on it is made of.

    Returns:
        the columns of `picture_rows` and `nsfw` (float32), `ocr`, `transcript` (string), `codes` (list of strings): null where nobody
        answered or there is none.
    """
    rows = _files(reader)
    answered = []
    for task in ("picture", "transcript"):
        if (found := labels(reader, task)) is not None:
            answered.append(found.select("record_id", part=_file(found.part)).distinct())
    if not answered:
        return rows.limit(0).mutate(
            nsfw=ibis.null("float32"), ocr=ibis.null("string"), transcript=ibis.null("string"),
            codes=ibis.null("array<string>"),
        )  # fmt: skip
    done = ibis.union(*answered, distinct=True) if len(answered) > 1 else answered[0]
    rows = rows.semi_join(done, ["record_id", "part"])
    for name, task, column in (("nsfw", "nsfw", "score"), ("ocr", "ocr", "text"), ("transcript", "transcript", "text")):
        kind = "float32" if column == "score" else "string"
        found = labels(reader, task)
        if found is None:
            rows = rows.mutate(**{name: ibis.null(kind)})
            continue
        mine = found.mutate(file=_file(found.part)).group_by("record_id", "file")
        answers = mine.aggregate(**{name: lambda t, c=column: t[c].max()})
        rows = _joined(rows, answers)
    found = labels(reader, "code")
    if found is None:
        return rows.mutate(codes=ibis.null("array<string>"))
    mine = found.mutate(file=_file(found.part)).group_by("record_id", "file")
    return _joined(rows, mine.aggregate(codes=lambda t: t.text.collect(order_by=t.part)))


READINGS: Mapping[Reading, Callable[[Reader], ir.Table]] = {
    "said": spoken_rows,
    "voices": voice_rows,
    "pictures": picture_rows,
    "seen": seen_rows,
}


def _file(part: ir.Column) -> ir.Column:
    """The first part of the file that a part belongs to."""
    return (part - part % PARTS_A_FILE).cast("int32")


def _joined(rows: ir.Table, answers: ir.Table) -> ir.Table:
    named = answers.rename(_record="record_id")
    both = rows.left_join(named, [rows.record_id == named["_record"], rows.part == named.file])
    return both.drop("_record", "file")
