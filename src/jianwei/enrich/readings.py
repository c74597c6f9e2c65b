"""What stages read: rows that are still to be answered, by what they are about."""

from __future__ import annotations

from collections.abc import Callable, Mapping

import ibis
import ibis.expr.types as ir

from jianwei.enrich._base import Reading
from jianwei.query._base import Reader
from jianwei.query.files import files, of_files
from jianwei.query.views import HAN, said

__all__ = ["READINGS", "SEEN_TASKS", "picture_rows", "seen_rows", "spoken_rows", "voice_rows"]

SEEN_TASKS = ("picture", "nsfw", "ocr", "code", "transcript")
"""What the verdict on a file is made of; see `seen_rows`."""

_COLUMNS = (
    "account",
    "ts_us",
    "seq",
    "record_id",
    "user_id",
    "part",
    "media_id",
    "kind",
    "mime",
    "sha256",
    "path",
    "bytes",
)


def spoken_rows(reader: Reader) -> ir.Table:
    """Every text that is typed, read, or heard with a Chinese character in it: models read nothing else, and recognisers write other
    languages as it comes. Columns account, ts_us, seq, record_id, user_id, part (0), text.
    """
    rows = said(reader)
    rows = rows.filter((rows.origin != "heard") | rows.text.re_search(HAN))
    return rows.select(
        "account", "ts_us", "seq", "user_id", "text", record_id="message_id", part=ibis.literal(0, "int32")
    )


def voice_rows(reader: Reader) -> ir.Table:
    """Files with sound: voices and videos; columns as in `picture_rows`."""
    rows = files(reader)
    return rows.filter(_sounds(rows)).select(_COLUMNS)


def picture_rows(reader: Reader) -> ir.Table:
    """Files with something to see: pictures and videos.

    Returns:
        account, ts_us, seq, record_id, user_id, part (the file's first), media_id, kind ("image", "voice", "video", "file"), mime, sha256,
        path (below the workspace), bytes.
    """
    rows = files(reader)
    return rows.filter(_shows(rows)).select(_COLUMNS)


def seen_rows(reader: Reader) -> ir.Table:
    """Every file that all who look and listen here are done with, with what a verdict on it is made of.

    A video waits until it was both looked at and listened to, so that its verdict does not depend on who came first; where nobody has ever
    listened here, being looked at is enough.

    Returns:
        the columns of `picture_rows`, and direction (of the message), nsfw (float32), ocr, transcript (strings), codes, formats (lists of
        strings), looked (the value of the task "picture", JSON), unseen, unheard (why a file could not be looked at or listened to: the
        code, or "error"): null where nobody answered or there is nothing to say.
    """
    answers = {task: found for task in SEEN_TASKS if (found := of_files(reader, task, failed=True)) is not None}
    rows = files(reader).select(*_COLUMNS, "direction").mutate(answers=ibis.literal(0))
    for task, due in (("picture", _shows), ("transcript", _sounds)):
        if task in answers:
            rows = _joined(rows, answers[task], answered=lambda t: t.count())
            rows = rows.filter(rows.answered.notnull() | ~due(rows))
            rows = rows.mutate(answers=rows.answers + rows.answered.fill_null(0)).drop("answered")
    rows = rows.filter(rows.answers > 0).drop("answers")
    if not {"picture", "transcript"} & answers.keys():
        return _completed(rows)
    for task, name in (("picture", "unseen"), ("transcript", "unheard")):
        if (found := answers.get(task)) is not None:
            not_read = found.filter(found.status.isin(("rejected", "error")))
            rows = _joined(rows, not_read, **{name: lambda t: t.label.fill_null("error").min()})
    if (found := answers.get("picture")) is not None:
        rows = _joined(rows, found.filter(found.status == "ok"), looked=lambda t: t.value.max())
    if "nsfw" in answers:
        rows = _joined(rows, answers["nsfw"], nsfw=lambda t: t.score.max())
    for task in ("ocr", "transcript"):
        if task in answers:
            rows = _joined(rows, answers[task], **{task: lambda t: t.text.max()})
    if "code" in answers:
        rows = _joined(
            rows,
            answers["code"],
            codes=lambda t: t.text.collect(order_by=t.part),
            formats=lambda t: t.label.collect(order_by=t.part),
        )
    return _completed(rows)


READINGS: Mapping[Reading, Callable[[Reader], ir.Table]] = {
    "said": spoken_rows,
    "voices": voice_rows,
    "pictures": picture_rows,
    "seen": seen_rows,
}

_ANSWERS = {
    "nsfw": "float32",
    "ocr": "string",
    "transcript": "string",
    "codes": "array<string>",
    "formats": "array<string>",
    "looked": "string",
    "unseen": "string",
    "unheard": "string",
}


def _sounds(rows: ir.Table) -> ir.BooleanValue:
    return _is(rows, "audio") | _is(rows, "video") | (rows.kind == "voice")


def _shows(rows: ir.Table) -> ir.BooleanValue:
    return _is(rows, "image") | _is(rows, "video") | (rows.kind == "image")


def _is(rows: ir.Table, kind: str) -> ir.BooleanValue:
    return rows.mime.startswith(f"{kind}/").fill_null(False)


def _joined(rows: ir.Table, answers: ir.Table, **columns: Callable[[ir.Table], ir.Value]) -> ir.Table:
    """Rows with columns worked out from the answers about their file."""
    found = answers.group_by("record_id", "file").aggregate(**columns).rename(_record="record_id")
    both = rows.left_join(found, [rows.record_id == found["_record"], rows.part == found.file])
    return both.drop("_record", "file")


def _completed(rows: ir.Table) -> ir.Table:
    absent = {name: ibis.null(kind) for name, kind in _ANSWERS.items() if name not in rows.columns}
    return rows.mutate(**absent).select(*_COLUMNS, "direction", *_ANSWERS)
