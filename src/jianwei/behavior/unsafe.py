"""Media that are unsafe, or may be: how many of what kind, over time, by whom, what spoke against them, and the latest of them."""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass
from itertools import chain
from typing import Any, ClassVar

import ibis
import ibis.expr.types as ir
import msgspec
import pyarrow as pa

from jianwei.behavior.grids import PLACE, most_of, placed, share_columns, spread
from jianwei.behavior.whose import BY, DIRECTIONS, WHOSE, directed
from jianwei.common.results import Reason, Rows, Unavailable
from jianwei.query._base import Reader, check, setting
from jianwei.query.files import media_files, of_files
from jianwei.query.periods import EVERY, Axis, axis
from jianwei.query.reasons import nobody, untimed
from jianwei.query.shape import ranked, typed
from jianwei.query.views import NAMED, names_of

__all__ = ["GAPS_SCHEMA", "SPOKE_SCHEMA", "UNSAFE_LATEST_SCHEMA", "UNSAFE_SCHEMA", "Unsafe", "UnsafeResult"]

UNSAFE_SCHEMA = pa.schema(
    [
        *PLACE,
        ("kind", pa.string()),
        ("unsafe", pa.int64()),
        ("unsure", pa.int64()),
        ("judged", pa.int64()),
        ("share", pa.float64()),
        ("low", pa.float64()),
        ("high", pa.float64()),
    ]
)
SPOKE_SCHEMA = pa.schema([("by", pa.string()), ("unsafe", pa.int64()), ("unsure", pa.int64())])
GAPS_SCHEMA = pa.schema([("failed", pa.string()), ("files", pa.int64())])
UNSAFE_LATEST_SCHEMA = pa.schema(
    [
        ("ts_us", pa.int64()),
        ("message_id", pa.string()),
        ("media_id", pa.string()),
        ("person_id", pa.string()),
        ("name", pa.string()),
        ("kind", pa.string()),
        ("verdict", pa.string()),
        ("score", pa.float32()),
        ("by", pa.list_(pa.string())),
        ("failed", pa.list_(pa.string())),
        ("path", pa.string()),
    ]
)
_AGAINST = ("unsafe", "unsure")


class _Spoke(msgspec.Struct, frozen=True):
    by: str
    label: str = ""


class _Verdict(msgspec.Struct, frozen=True):
    spoke: list[_Spoke] = []
    failed: list[str] = []


@dataclass(frozen=True)
class UnsafeResult(Rows):
    """Rows: period_us (first instant) and label, null unless asked for `every`; id and name of the person, conversation or item, "" unless
    asked for `by`; kind of file ("image", "voice", "video", "file"); unsafe, unsure: files with that verdict; judged: all that were
    judged; share of the unsafe ones with the bounds of its 95 % interval (Wilson), null where judged is 0.

    By time, then whoever has the most unsafe and unsure files, then the kind with the most. Over time every kind found has a row in
    every period.

    Attributes:
        every: the step: "hour", "day", "week" or "month"; "" for all times together.
        unsafe: files with that verdict.
        judged: files that were judged.
        unjudged: files that could not be read, were never looked at, or that nobody looked at for nakedness while nothing else speaks
            against them: nothing is known about them.
        spoke: what spoke against files ("nsfw", "ocr", "speech", "code"), in `SPOKE_SCHEMA`: how many of the unsafe and of the unsure ones;
            several may speak against one. By files.
        not_detected: codes of what nobody looks for in any file: it is not found even where it is there.
        gaps: witnesses that could say nothing about some files, in `GAPS_SCHEMA`: about how many. By files.
        latest: the latest unsafe and unsure files, the last first, in `UNSAFE_LATEST_SCHEMA`; by: what spoke against it; failed: witnesses
            that could say nothing about it, which makes a file unsure even where nothing speaks against it; null where all could.
    """

    every: str
    unsafe: int
    judged: int
    unjudged: int
    spoke: pa.Table
    not_detected: tuple[str, ...]
    gaps: pa.Table
    latest: pa.Table


@dataclass(frozen=True, kw_only=True)
class Unsafe:
    """Pictures, videos and voices that nobody should have to see or hear."""

    tables: ClassVar[tuple[str, ...]] = ("messages", "media", "annotations", "users", "conversations", "items")
    tasks: ClassVar[tuple[str, ...]] = ("unsafe",)

    by: str = setting("all", "everybody together, or each person, conversation or item", choices=BY)
    every: str | None = setting(None, "length of a period; default: all times together", choices=EVERY)
    limit: int = setting(50, "how many persons, conversations or items to list", minimum=1, maximum=100_000)
    latest: int = setting(50, "how many of the latest files to list", minimum=0, maximum=10_000)
    direction: str = setting("in", WHOSE, choices=DIRECTIONS)

    def __post_init__(self) -> None:
        check(self)

    def compute(self, reader: Reader) -> UnsafeResult | Unavailable:
        verdicts = of_files(reader, "unsafe", failed=True)
        if verdicts is None:
            return Unavailable(Reason("not_judged"))
        here = directed(media_files(reader), self.direction)
        fine = (verdicts.status.fill_null("ok") == "ok") & verdicts.label.notnull()
        answers = verdicts.select(
            "record_id",
            "value",
            "score",
            part="file",
            verdict=fine.ifelse(verdicts.label.cast("string"), ibis.null("string")),
        )
        judged = answers.filter(answers.verdict.notnull())
        figures = _figures(reader, here, judged)
        if figures["unjudged"] and not figures["judged"]:
            return Unavailable(Reason("none_judged", {"files": figures["unjudged"]}))
        rows = here.inner_join(judged, ["record_id", "part"])
        named = rows.mutate(id=rows[f"{self.by}_id"] if self.by in NAMED else ibis.literal(""))
        named = named.filter(named.id.notnull())
        periods = axis(reader, named, self.every) if self.every else None
        if self.every and periods is None:
            return untimed(reader, named, "media")
        listed = placed(named, periods)
        most = most_of(reader, listed.filter(listed.verdict.isin(_AGAINST)), self.by, self.limit)
        ids = most.select("id").distinct()
        listed = listed.semi_join(ids, "id") if self.by in NAMED else listed
        sums = {name: (lambda t, name=name: (t.verdict == name).cast("int64").sum()) for name in _AGAINST}
        cells = reader.execute(listed.group_by("period", "id", "kind").aggregate(**sums, judged=lambda t: t.count()))
        if not cells.num_rows and not self._anything(reader, rows):
            return nobody(reader, rows, "media", "person" if self.by == "all" else self.by)
        return UnsafeResult(
            self._table(reader, cells, periods),
            every=periods.step if periods else "",
            **figures,
            spoke=_spoke(reader, rows),
            **_unspoken(reader, here.inner_join(answers, ["record_id", "part"])),
            latest=self._latest(reader, rows),
        )

    def _table(self, reader: Reader, cells: pa.Table, periods: Axis | None) -> pa.Table:
        grid = spread(cells, (*_AGAINST, "judged"), periods)
        unsafe, unsure, judged = (grid.measure(at) for at in range(3))
        table = typed(
            UNSAFE_SCHEMA,
            **grid.places(reader, self.by, periods),
            kind=grid.kinds,
            unsafe=unsafe,
            unsure=unsure,
            judged=judged,
            **share_columns(unsafe, judged),
        )
        table = table.append_column("most", pa.array(grid.ever(0) + grid.ever(1)))
        table = table.append_column("bad", pa.array(unsafe + unsure)).append_column(
            "ever", pa.array(grid.ever_of_pair(2))
        )
        order = ranked(table, "period_us", "-most", "id", "-bad", "-judged", "-ever", "kind")
        return order.drop_columns(["most", "bad", "ever"])

    def _anything(self, reader: Reader, rows: ir.Table) -> bool:
        """Whether files of somebody were judged, though none is unsafe: then nobody is listed, and that is an answer."""
        if self.by not in NAMED:
            return False
        return bool(reader.execute(rows.filter(rows[f"{self.by}_id"].notnull()).limit(1)).num_rows)

    def _latest(self, reader: Reader, rows: ir.Table) -> pa.Table:
        if not self.latest:
            return UNSAFE_LATEST_SCHEMA.empty_table()
        against = rows.filter(rows.verdict.isin(_AGAINST))
        order = [ibis.desc("ts_us", nulls_first=False), ibis.desc("seq"), "record_id", "part"]
        last = against.order_by(order).limit(self.latest)
        columns = ("ts_us", "record_id", "media_id", "person_id", "kind", "verdict", "score", "value", "path")
        found = reader.execute(last.select(*columns))
        read = [_read(value) for value in found["value"].to_pylist()]
        plain: dict[str, Any] = {
            name: found[name] for name in ("ts_us", "media_id", "person_id", "kind", "verdict", "score", "path")
        }
        return typed(
            UNSAFE_LATEST_SCHEMA,
            **plain,
            message_id=found["record_id"],
            name=names_of(reader, "person", found["person_id"]),
            by=[_by(one) for one in read],
            failed=[one.failed or None for one in read],
        )


def _figures(reader: Reader, here: ir.Table, judged: ir.Table) -> dict[str, Any]:
    known = here.left_join(judged, ["record_id", "part"])
    bad = (known.verdict == "unsafe").cast("int64").sum().fill_null(0)
    counts = known.aggregate(files=known.count(), judged=known.verdict.count(), unsafe=bad)
    (found,) = reader.execute(counts).to_pylist()
    return {"unsafe": found["unsafe"], "judged": found["judged"], "unjudged": found["files"] - found["judged"]}


def _read(value: str | None) -> _Verdict:
    return msgspec.json.decode(value, type=_Verdict) if value else _Verdict()


def _by(verdict: _Verdict) -> list[str]:
    """What spoke against a file, each once."""
    return list(dict.fromkeys(one.by for one in verdict.spoke if one.label != "safe"))


def _spoke(reader: Reader, rows: ir.Table) -> pa.Table:
    against = rows.filter(rows.verdict.isin(_AGAINST))
    found = reader.execute(against.select("verdict", "value"))
    counts: Counter[tuple[str, str]] = Counter()
    for verdict, value in zip(found["verdict"].to_pylist(), found["value"].to_pylist(), strict=True):
        counts.update((who, verdict) for who in _by(_read(value)))
    who = sorted({name for name, _ in counts}, key=lambda name: (-sum(counts[name, v] for v in _AGAINST), name))
    return typed(SPOKE_SCHEMA, by=who, **{verdict: [counts[name, verdict] for name in who] for verdict in _AGAINST})


def _unspoken(reader: Reader, rows: ir.Table) -> dict[str, Any]:
    """What nobody looks for in any of the files, and who could say nothing about some of them."""
    lists = {name: _listed(rows, name) for name in ("looked", "failed", "not_detected")}
    found = reader.execute(rows.select(**lists).group_by(list(lists)).aggregate(files=lambda t: t.count())).to_pylist()
    for row in found:
        row |= {name: msgspec.json.decode(row[name] or "[]", type=list[str]) for name in lists}
    here = {by for row in found for by in (*row["looked"], *row["failed"])}
    named = sorted((row["not_detected"] for row in found), reverse=True)  # the same order whatever the engine's
    nowhere = tuple(code for code in dict.fromkeys(chain.from_iterable(named)) if code not in here)
    gaps: Counter[str] = Counter()
    for row in found:
        for by in here & {*row["failed"], *row["not_detected"]}:
            gaps[by] += row["files"]
    by = sorted(gaps, key=lambda name: (-gaps[name], name))
    return {
        "not_detected": nowhere,
        "gaps": typed(GAPS_SCHEMA, failed=by, files=[gaps[name] for name in by]),
    }


def _listed(rows: ir.Table, name: str) -> ir.StringValue:
    """A list of codes out of the verdicts' JSON, as JSON; "" where there is none."""
    return rows.value.re_extract(rf'"{name}": ?(\[[^\]]*\])', 1).fill_null("")
