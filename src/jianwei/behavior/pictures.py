"""Pictures and videos by what is in them."""

from __future__ import annotations

from dataclasses import dataclass
from typing import ClassVar

import ibis
import ibis.expr.types as ir
import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from jianwei.behavior.picture_details import details
from jianwei.behavior.picture_terms import Term, read_terms
from jianwei.behavior.whose import DIRECTIONS, WHOSE, directed
from jianwei.common.results import Reason, Rows, Unavailable
from jianwei.errors import UsageError
from jianwei.query._base import Reader, check, setting
from jianwei.query.files import media_files, of_files, picture_hashes
from jianwei.query.shape import typed
from jianwei.query.views import names_of
from jianwei.vision.hashing import NEAR
from jianwei.vision.things.labels import find as keys_of

__all__ = ["PICTURES_SCHEMA", "Pictures", "PicturesResult"]

_S = pa.string()
PICTURES_SCHEMA = pa.schema(
    [
        ("ts_us", pa.int64()),
        ("record_id", _S),
        ("media_id", _S),
        ("person_id", _S),
        ("conversation_id", _S),
        ("name", _S),
        ("kind", _S),
        ("text", _S),
        ("objects", pa.list_(_S)),
        ("scenes", pa.list_(_S)),
        ("faces", pa.int64()),
        ("codes", pa.list_(_S)),
        ("avatar", _S),
        ("verdict", _S),
        ("path", _S),
    ]
)
_TASKS = {
    "object": "object", "scene": "scene", "text": "ocr", "face": "face", "code": "code", "avatar": "avatar", "safe": "unsafe",
}  # fmt: skip


@dataclass(frozen=True)
class PicturesResult(Rows):
    """Rows: ts_us, record_id, media_id, person_id, conversation_id, name (of the person), kind ("image" or "video"), text (the first 200
    characters in it, personal data masked), objects and scenes (names), faces, codes (what they say), avatar ("person", "people",
    "drawing", "none"), verdict ("safe", "unsure", "unsafe"), path (below the workspace). A column is null where no model has answered
    its question at all. The latest first.

    Attributes:
        found: pictures that were found, listed or not.
        pictures: pictures and videos that were looked at.
    """

    found: int
    pictures: int


@dataclass(frozen=True, kw_only=True)
class Pictures:
    """Pictures that show, say or hold something."""

    tables: ClassVar[tuple[str, ...]] = ("messages", "media", "annotations", "users")
    tasks: ClassVar[tuple[str, ...]] = ("picture", "ocr", "face", "code", "object", "scene", "avatar", "unsafe")

    find: str = setting(
        "", "what must hold: object:… scene:… text:… face:2+ code:qr avatar:person safe:unsafe kind:video near:HASH"
    )
    distance: int = setting(
        NEAR, "bits in which the hash of a picture may differ to be near another", minimum=0, maximum=32
    )
    limit: int = setting(50, "pictures to list", minimum=1, maximum=10_000)
    direction: str = setting("all", WHOSE, choices=DIRECTIONS)

    def __post_init__(self) -> None:
        check(self)
        read_terms(self.find)

    def compute(self, reader: Reader) -> PicturesResult | Unavailable:
        terms = read_terms(self.find)
        for task in ("picture", *(_TASKS[term.key] for term in terms if term.key in _TASKS)):
            if reader.current(task) is None:
                return Unavailable(Reason("not_looked_at" if task == "picture" else "not_looked_for", {"task": task}))
        seen = of_files(reader, "picture")
        assert seen is not None
        looked = seen.select("record_id", part="file", hash=picture_hashes(seen))
        everything = directed(media_files(reader), self.direction).inner_join(looked, ["record_id", "part"])
        rows = everything
        for term in terms:
            rows = self._kept(reader, rows, term)
        pictures = _count(reader, everything)
        found = _count(reader, rows) if terms else pictures
        if not pictures:
            return Unavailable(Reason("no_rows", {"table": "media"}))
        order = [ibis.desc("ts_us", nulls_first=False), ibis.desc("seq"), "record_id", "part"]
        columns = ("ts_us", "record_id", "media_id", "person_id", "conversation_id", "kind", "path", "part")
        listed = reader.execute(rows.order_by(order).limit(self.limit).select(columns))
        return PicturesResult(self._table(reader, listed), found=found, pictures=pictures)

    def _kept(self, reader: Reader, rows: ir.Table, term: Term) -> ir.Table:
        """The rows for which a term holds."""
        if term.key == "kind":
            video = rows.mime.startswith("video/").fill_null(False) | (rows.kind == "video")
            return rows.filter(video if term.value == "video" else ~video)
        if term.key == "near":
            return rows.semi_join(self._near(reader, rows, term.value), ["record_id", "part"])
        answers = of_files(reader, _TASKS[term.key])
        assert answers is not None
        answers = answers.drop("part").rename(part="file")
        if term.key == "text":
            answers = answers.filter(answers.text.strip() != "")
        if term.value in ("any", "none") and term.key != "avatar":
            return (rows.semi_join if term.value == "any" else rows.anti_join)(answers, ["record_id", "part"])
        if term.key == "face":
            return _with_faces(rows, answers, term.value)
        label, text = answers.label.cast("string").lower(), answers.text.lower().fill_null("")
        thing = label.isin([term.value, *keys_of(term.value)]) | text.contains(term.value)
        holds = {
            "text": text.contains(term.value),
            "code": label.contains(term.value) | text.contains(term.value),
            "object": thing,
            "scene": thing,
        }
        return rows.semi_join(answers.filter(holds.get(term.key, label == term.value)), ["record_id", "part"])

    def _near(self, reader: Reader, rows: ir.Table, value: str) -> ir.Table:
        """(record_id, part) of the pictures near a hash, or near a picture named by its media id."""
        hashed = rows.filter(rows.hash.notnull()).select("record_id", "part", "media_id", "hash")
        table = reader.execute(hashed)
        if len(value) == 16 and all(digit in "0123456789abcdef" for digit in value):
            near = value
        else:
            of_it = table.filter(pc.equal(pc.utf8_lower(table["media_id"]), value))["hash"].to_pylist()
            if not of_it:
                raise UsageError("find", f"near:{value} names no picture", "give 16 hex digits or a media_id")
            near = min(of_it)
        hashes = np.array([int(text, 16) for text in table["hash"].to_pylist()], np.uint64)
        close = np.bitwise_count(hashes ^ np.uint64(int(near, 16))) <= self.distance
        return ibis.memtable(table.select(["record_id", "part"]).filter(pa.array(close)))

    def _table(self, reader: Reader, listed: pa.Table) -> pa.Table:
        known = details(reader, listed["record_id"])
        keys = zip(listed["record_id"].to_pylist(), listed["part"].to_pylist(), strict=True)
        found = [known.of(*key) for key in keys]

        def told(task: str, name: str) -> list[object]:
            return [getattr(one, name) if task in known.tasks else None for one in found]

        plain = ("ts_us", "record_id", "media_id", "person_id", "conversation_id", "kind", "path")
        return typed(
            PICTURES_SCHEMA,
            **{name: listed[name] for name in plain},
            name=names_of(reader, "person", listed["person_id"]),
            text=told("ocr", "text"),
            objects=told("object", "objects"),
            scenes=told("scene", "scenes"),
            faces=told("face", "faces"),
            codes=told("code", "codes"),
            avatar=told("avatar", "avatar"),
            verdict=told("unsafe", "verdict"),
        )


def _count(reader: Reader, rows: ir.Table) -> int:
    return int(reader.execute(rows.aggregate(rows=rows.count()))["rows"][0].as_py())


def _with_faces(rows: ir.Table, faces: ir.Table, value: str) -> ir.Table:
    """Pictures with so many faces; "2+" is two or more."""
    counted = faces.group_by("record_id", "part").aggregate(faces=faces.count())
    wanted, more = int(value.removesuffix("+")), value.endswith("+")
    if not wanted:
        return rows if more else rows.anti_join(counted, ["record_id", "part"])
    return rows.semi_join(
        counted.filter(counted.faces >= wanted if more else counted.faces == wanted), ["record_id", "part"]
    )
