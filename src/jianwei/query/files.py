"""Voices, pictures, videos and other files of messages, and which answers are about which of them."""

from __future__ import annotations

import ibis
import ibis.expr.types as ir

from jianwei.query._base import Reader
from jianwei.query.views import labels, sent
from jianwei.records.kinds import PARTS_A_FILE

__all__ = ["files", "media_files", "of_files", "picture_hashes"]

_HEX = "0123456789abcdef"
_PREFIX = len("d:")
_DIGITS = 5
_SLOT = 2 * PARTS_A_FILE


def files(reader: Reader) -> ir.Table:
    """Every file that is here and whose message was not recalled.

    Returns:
        account, ts_us, seq, record_id, user_id, person_id, conversation_id, item_id, direction (of the message), part (int32, the first of
        this file, see `records.kinds`), media_id, kind ("image", "voice", "video", "file"), mime, sha256, path (below the workspace),
        bytes, seconds.
    """
    rows, owners = reader.table("media"), sent(reader)
    owners = owners.select(
        "user_id", "person_id", "conversation_id", "item_id", "direction", record_id="message_id"
    )  # fmt: skip
    numbered = rows.mutate(part=_first_part(rows.media_id), kind=rows.kind.fill_null("file"))
    found = numbered.filter(numbered.path.notnull()).inner_join(owners, "record_id")
    return found.select(
        "account", "ts_us", "seq", "record_id", "user_id", "person_id", "conversation_id", "item_id", "direction", "part",
        "media_id", "kind", "mime", "sha256", "path", "bytes", "seconds",
    )  # fmt: skip


def _first_part(media_id: ir.StringValue) -> ir.IntegerValue:
    """The first part of a file: by its own id alone, so that answers stay with their file whatever other files come to the message later.

    Ids are hashes. Their first five hex digits tell 2^20 files apart, as far as the parts of an int32 reach; two files of *one* message
    share them once in a million messages, and are then counted in the order of their ids.
    """
    digits = [ibis.literal(_HEX).find(media_id.substr(_PREFIX + at, 1)) for at in range(_DIGITS)]
    slot = sum(
        (digit.cast("int64") * 16 ** (_DIGITS - 1 - at) for at, digit in enumerate(digits)), ibis.literal(0, "int64")
    )
    place = ibis.row_number().over(group_by=["record_id", slot], order_by="media_id")
    return (slot * _SLOT + place * PARTS_A_FILE).cast("int32")


def media_files(reader: Reader) -> ir.Table:
    """The files with something to see or to hear; columns of `files`."""
    rows = files(reader)
    seen_or_heard = ibis.or_(*(rows.mime.startswith(f"{of}/") for of in ("image", "audio", "video")))
    return rows.filter(seen_or_heard.fill_null(False) | rows.kind.isin(("image", "voice", "video")))


def of_files(reader: Reader, task: str, *, failed: bool = False) -> ir.Table | None:
    """Answers to a task about files: columns of `labels` and `file`, the first part of the file; those about recalled messages too, which
    `files` does not have.

    Args:
        failed: also those that say that the file could not be read.

    Returns:
        None when no model has answered the task.
    """
    rows = labels(reader, task, recalled=True)
    if rows is None:
        return None
    rows = rows if failed else rows.filter(rows.status.fill_null("ok") == "ok")
    return rows.mutate(file=(rows.part - rows.part % PARTS_A_FILE).cast("int32"))


def picture_hashes(pictures: ir.Table) -> ir.StringValue:
    """Perceptual hashes of answers to the task "picture", 16 hex digits; null where there is none or the picture has one colour."""
    found = pictures.value.re_extract('"hash": ?"([0-9a-f]{16})"', 1)
    return found.nullif("").nullif("0" * 16)
