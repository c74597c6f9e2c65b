"""What is known of a few pictures: their text, faces, codes, things and verdicts."""

from __future__ import annotations

from collections import defaultdict
from dataclasses import dataclass, field

import ibis
import pyarrow as pa

from jianwei.query._base import Reader
from jianwei.query.files import of_files
from jianwei.text.personal.masking import redact
from jianwei.vision.payloads import masked_payload

__all__ = ["Details", "Known", "details"]

_LONGEST = 200
_TASKS = ("ocr", "face", "code", "object", "scene", "avatar", "unsafe")


@dataclass(slots=True)
class Details:
    """What is known of one picture.

    Attributes:
        text: its lines, personal data masked, shortened.
        faces: how many.
        codes, objects, scenes: what codes say, and the names of things, each once.
        avatar, verdict: labels; None where nobody said.
    """

    text: str = ""
    faces: int = 0
    codes: list[str] = field(default_factory=list)
    objects: list[str] = field(default_factory=list)
    scenes: list[str] = field(default_factory=list)
    avatar: str | None = None
    verdict: str | None = None


@dataclass(frozen=True, slots=True)
class Known:
    """Details of pictures by (record_id, file), and the tasks that some model has answered at all."""

    pictures: dict[tuple[str, int], Details]
    tasks: frozenset[str]

    def of(self, record_id: str, file: int) -> Details:
        """Details of a picture; empty ones where nothing was found in it."""
        return self.pictures.get((record_id, file), Details())


def details(reader: Reader, record_ids: pa.ChunkedArray) -> Known:
    """What is known of the pictures of some records."""
    answers = {task: rows for task in _TASKS if (rows := of_files(reader, task)) is not None}
    found: dict[tuple[str, int], Details] = defaultdict(Details)
    if not answers or not len(record_ids):
        return Known({}, frozenset(answers))
    wanted = ibis.memtable(pa.table({"record_id": record_ids.unique()}))
    parts = [
        rows.select("record_id", "file", "part", "text", said=rows.label.cast("string"), task=ibis.literal(task))
        for task, rows in answers.items()
    ]
    rows = (ibis.union(*parts, distinct=False) if len(parts) > 1 else parts[0]).semi_join(wanted, "record_id")
    table = reader.execute(rows).sort_by([("record_id", "ascending"), ("part", "ascending")])
    for row in table.to_pylist():
        picture = found[row["record_id"], row["file"]]
        match row["task"]:
            case "ocr":
                picture.text = "\n".join(filter(None, (picture.text, row["text"])))
            case "face":
                picture.faces += 1
            case "code":
                _add(picture.codes, row["text"] or row["said"])
            case "object":
                _add(picture.objects, row["text"] or row["said"])
            case "scene":
                _add(picture.scenes, row["text"] or row["said"])
            case "avatar":
                picture.avatar = row["said"]
            case "unsafe":
                picture.verdict = row["said"]
    for picture, text in zip(found.values(), redact([one.text for one in found.values()]), strict=True):
        shown = text or ""
        picture.text = shown if len(shown) <= _LONGEST else shown[:_LONGEST] + "…"
    for picture in found.values():
        picture.codes[:] = [code or "" for code in redact([masked_payload(code) for code in picture.codes])]
    return Known(dict(found), frozenset(answers))


def _add(names: list[str], name: str | None) -> None:
    if name and name not in names:
        names.append(name)
