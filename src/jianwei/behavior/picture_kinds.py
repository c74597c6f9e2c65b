"""What the pictures are: screenshots of chats, texts, faces, codes, things; whom they show; how safe they are."""

from __future__ import annotations

from dataclasses import dataclass
from typing import ClassVar

import ibis
import ibis.expr.types as ir
import numpy as np
import pyarrow as pa

from jianwei.behavior.grids import share_columns
from jianwei.behavior.whose import DIRECTIONS, WHOSE, directed
from jianwei.common.results import Reason, Rows, Unavailable
from jianwei.query._base import Reader, check, setting
from jianwei.query.files import media_files, of_files
from jianwei.query.shape import typed

__all__ = ["PICTURE_KINDS_SCHEMA", "PictureKinds", "PictureKindsResult"]

PICTURE_KINDS_SCHEMA = pa.schema(
    [
        ("of", pa.string()),
        ("code", pa.string()),
        ("rows", pa.int64()),
        ("total", pa.int64()),
        ("share", pa.float64()),
        ("low", pa.float64()),
        ("high", pa.float64()),
    ]
)
_SHOWS = {"chat": "ocr", "text": "ocr", "face": "face", "faces": "face", "code": "code", "object": "object"}
_VERDICTS = {
    "person": ("avatar", ("person", "people", "drawing", "none")),
    "safe": ("unsafe", ("safe", "unsure", "unsafe")),
}


@dataclass(frozen=True)
class PictureKindsResult(Rows):
    """Rows: of, code, rows (pictures and videos), total (all that were asked), share with the bounds of its 95 % interval (Wilson).

    of "shows": "chat" (a screenshot of a chat), "text" (other text), "face" (one face), "faces" (several), "code" (QR or bar code),
    "object" (a thing that has a name); a picture may show several. of "person", what a profile picture would show: "person" (one
    photographed face), "people", "drawing", "none". of "safe": "safe", "unsure", "unsafe". In this order.

    Attributes:
        pictures: pictures and videos that were looked at.
        refused: files that could not be read.
        missing: tasks that no model has answered, whose rows are therefore left out: "ocr", "face", "code", "object", "avatar", "unsafe".
    """

    pictures: int
    refused: int
    missing: tuple[str, ...]


@dataclass(frozen=True, kw_only=True)
class PictureKinds:
    """What pictures show."""

    tables: ClassVar[tuple[str, ...]] = ("messages", "media", "annotations")
    tasks: ClassVar[tuple[str, ...]] = ("picture", "ocr", "face", "code", "object", "avatar", "unsafe")

    direction: str = setting("in", WHOSE, choices=DIRECTIONS)

    def __post_init__(self) -> None:
        check(self)

    def compute(self, reader: Reader) -> PictureKindsResult | Unavailable:
        seen = of_files(reader, "picture", failed=True)
        if seen is None:
            return Unavailable(Reason("not_looked_at"))
        seen = seen.filter(seen.label.fill_null("") != "no_picture")  # a recording, whatever it is kept as
        looked = seen.select("record_id", part="file", fine=seen.status.fill_null("ok") == "ok")
        here = directed(media_files(reader), self.direction).inner_join(looked, ["record_id", "part"])
        counted = here.aggregate(
            pictures=here.fine.cast("int64").sum().fill_null(0), refused=(~here.fine).cast("int64").sum().fill_null(0)
        )
        (whole,) = reader.execute(counted).to_pylist()
        if not whole["pictures"] + whole["refused"]:
            return Unavailable(Reason("no_rows", {"table": "media"}))
        pictures = here.filter(here.fine).select("record_id", "part")
        tasks = (*dict.fromkeys(_SHOWS.values()), *(task for task, _ in _VERDICTS.values()))
        answers = {task: rows for task in tasks if (rows := of_files(reader, task)) is not None}
        marks = [_marks(task, rows.drop("part").rename(part="file"), pictures) for task, rows in answers.items()]
        cells = reader.execute(ibis.union(*marks, distinct=False) if len(marks) > 1 else marks[0]) if marks else None
        rows = {(row["task"], row["code"]): row["rows"] for row in cells.to_pylist()} if cells is not None else {}
        lines = [("shows", code, task, whole["pictures"]) for code, task in _SHOWS.items() if task in answers]
        for of, (task, codes) in _VERDICTS.items():
            asked = sum(rows.get((task, code), 0) for code in codes)
            lines += [(of, code, task, asked) for code in codes if task in answers]
        counts = np.array([rows.get((task, code), 0) for _, code, task, _ in lines], np.int64)
        total = np.array([asked for *_, asked in lines], np.int64)
        table = typed(
            PICTURE_KINDS_SCHEMA,
            of=[of for of, *_ in lines],
            code=[code for _, code, *_ in lines],
            rows=counts,
            total=total,
            **share_columns(counts, total),
        )
        missing = tuple(task for task in tasks if task not in answers)
        return PictureKindsResult(table, **whole, missing=missing)


def _marks(task: str, answers: ir.Table, pictures: ir.Table) -> ir.Table:
    """How many pictures have an answer: task, code, rows."""
    mine = answers.semi_join(pictures, ["record_id", "part"])
    if task == "ocr":
        mine = mine.filter(mine.text.strip() != "")
        coded = mine.mutate(code=(mine.label.cast("string") == "chat").fill_null(False).ifelse("chat", "text"))
    elif task == "face":
        each = mine.group_by("record_id", "part").aggregate(many=mine.count())
        coded = each.mutate(code=(each.many > 1).ifelse("faces", "face"))
    elif task in ("code", "object"):
        coded = mine.select("record_id", "part").distinct().mutate(code=ibis.literal(task))
    else:
        coded = mine.mutate(code=mine.label.cast("string"))
    counted = coded.group_by("code").aggregate(rows=coded.count())
    return counted.select("code", "rows", task=ibis.literal(task))
