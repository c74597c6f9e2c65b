"""Pictures that come again and again: groups of near-identical ones, such as forwarded advertisements."""

from __future__ import annotations

from dataclasses import dataclass
from typing import ClassVar

import pyarrow as pa
import pyarrow.compute as pc

from jianwei.behavior.picture_details import details
from jianwei.behavior.whose import DIRECTIONS, WHOSE, directed
from jianwei.common.results import Reason, Rows, Unavailable
from jianwei.query._base import Reader, check, setting
from jianwei.query.files import media_files, of_files, picture_hashes
from jianwei.query.shape import ranked, typed
from jianwei.vision.hashing import NEAR, near_groups

__all__ = ["NEAR_DUPLICATES_SCHEMA", "NearDuplicates", "NearDuplicatesResult"]

_S, _I = pa.string(), pa.int64()
NEAR_DUPLICATES_SCHEMA = pa.schema(
    [
        ("rows", _I),
        ("people", _I),
        ("conversations", _I),
        ("first_us", _I),
        ("last_us", _I),
        ("record_id", _S),
        ("media_id", _S),
        ("text", _S),
        ("codes", pa.list_(_S)),
        ("verdict", _S),
        ("path", _S),
    ]
)


@dataclass(frozen=True)
class NearDuplicatesResult(Rows):
    """Rows, one a group: rows, how often it was sent; people who sent it, conversations it was sent in (those that are known); first_us and
    last_us, null without times; and its first picture: record_id, media_id, text (the first 200 characters in it, personal data
    masked), codes (what they say), verdict ("safe", "unsure", "unsafe"), path (below the workspace). text, codes and verdict are null
    where no model has answered.

    What was sent most often first, then by most people, then by record_id.

    Attributes:
        pictures: pictures that were compared; those of one colour are not.
        repeated: pictures in the groups, listed or not.
        groups: groups, listed or not.
    """

    pictures: int
    repeated: int
    groups: int


@dataclass(frozen=True, kw_only=True)
class NearDuplicates:
    """Near-identical pictures that were sent several times."""

    tables: ClassVar[tuple[str, ...]] = ("messages", "media", "annotations")
    tasks: ClassVar[tuple[str, ...]] = ("picture", "ocr", "face", "code", "object", "scene", "avatar", "unsafe")

    distance: int = setting(NEAR, "bits in which the hashes of two pictures may differ", minimum=0, maximum=16)
    min_rows: int = setting(2, "leave out what was sent less often", minimum=2)
    min_people: int = setting(1, "leave out what fewer people sent", minimum=1)
    limit: int = setting(50, "groups to list", minimum=1, maximum=10_000)
    direction: str = setting("in", WHOSE, choices=DIRECTIONS)

    def __post_init__(self) -> None:
        check(self)

    def compute(self, reader: Reader) -> NearDuplicatesResult | Unavailable:
        seen = of_files(reader, "picture")
        if seen is None:
            return Unavailable(Reason("not_looked_at"))
        looked = seen.select("record_id", part="file", hash=picture_hashes(seen))
        here = directed(media_files(reader), self.direction)
        rows = here.inner_join(looked.filter(looked.hash.notnull()), ["record_id", "part"])
        columns = ("ts_us", "seq", "record_id", "part", "media_id", "person_id", "conversation_id", "hash", "path")
        table = ranked(reader.execute(rows.select(columns)), "ts_us", "seq", "record_id", "part")
        if not table.num_rows:
            return Unavailable(Reason("no_rows", {"table": "media"}))
        members = near_groups(table["hash"].to_pylist(), self.distance)
        at = pa.array([place for group in members for place in group], pa.int64())
        number = pa.array([n for n, group in enumerate(members) for _ in group], pa.int64())
        return self._result(reader, table.take(at).append_column("group", number), table.num_rows)

    def _result(self, reader: Reader, table: pa.Table, pictures: int) -> NearDuplicatesResult:
        valid = pc.CountOptions(mode="only_valid")
        groups = table.group_by("group", use_threads=False).aggregate(
            [
                ("record_id", "count"), ("person_id", "count_distinct", valid), ("conversation_id", "count_distinct", valid),
                ("ts_us", "min"), ("ts_us", "max"), *((name, "first") for name in ("record_id", "media_id", "path", "part")),
            ]
        )  # fmt: skip
        enough = pc.and_(
            pc.greater_equal(groups["record_id_count"], self.min_rows),
            pc.or_(pc.greater_equal(groups["person_id_count_distinct"], self.min_people), self.min_people == 1),
        )
        kept = ranked(
            groups.filter(enough), "-record_id_count", "-person_id_count_distinct", "record_id_first", "part_first"
        )
        listed = kept.slice(0, self.limit)
        known = details(reader, listed["record_id_first"])
        keys = zip(listed["record_id_first"].to_pylist(), listed["part_first"].to_pylist(), strict=True)
        found = [known.of(*key) for key in keys]
        rows = typed(
            NEAR_DUPLICATES_SCHEMA,
            rows=listed["record_id_count"],
            people=listed["person_id_count_distinct"],
            conversations=listed["conversation_id_count_distinct"],
            first_us=listed["ts_us_min"],
            last_us=listed["ts_us_max"],
            record_id=listed["record_id_first"],
            media_id=listed["media_id_first"],
            path=listed["path_first"],
            text=[one.text if "ocr" in known.tasks else None for one in found],
            codes=[one.codes if "code" in known.tasks else None for one in found],
            verdict=[one.verdict if "unsafe" in known.tasks else None for one in found],
        )
        repeated = pc.sum(kept["record_id_count"]).as_py() or 0
        return NearDuplicatesResult(rows, pictures=pictures, repeated=repeated, groups=kept.num_rows)
