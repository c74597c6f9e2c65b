"""Answers become sections: charts with their tables, and one honest line for what cannot be shown."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

import pyarrow as pa
import pyarrow.compute as pc

from jianwei.common.i18n import catalog
from jianwei.common.results import Reason, Unavailable
from jianwei.render import charts
from jianwei.render.charts import Chart
from jianwei.report import figures
from jianwei.report._base import Answers, Block, Column, Message, Missing, Section, Table, Value
from jianwei.report.cells import speaker_text

__all__ = ["SECTIONS", "TALK", "build_sections", "has_media", "hours_known"]

Draw = Callable[[Any, Answers], tuple[Chart, ...]]

_MOODS = ("positive", "neutral", "negative")


@dataclass(frozen=True, slots=True)
class _Entry:
    """One block of the page.

    Attributes:
        key: name of the block, its words and its files.
        answer: name in the plan.
        draw: typed result → charts.
        columns: what the table on the page shows, "name:kind" separated by blanks.
        order: column to show the highest values of first.
        worth: whether a table says enough to be shown; by default it needs one row.
        wide: the table needs the whole width.
        rows: typed result → table.
        why: why there are no rows, where the result knows.
        told: figures of the result in the line above the table.
        quiet: whether nothing is said where there are no rows.
    """

    key: str
    answer: str
    draw: Draw
    columns: str
    order: str | None = None
    worth: Callable[[pa.Table], bool] = lambda rows: rows.num_rows > 0
    wide: bool = False
    rows: Callable[[Any], pa.Table] = lambda result: result.rows
    why: Callable[[Any], Reason | None] = lambda result: None
    told: Callable[[Any], Mapping[str, Value]] = lambda result: {}
    quiet: bool = False


def _unusual(answers: Answers) -> pa.Table | None:
    return answers["anomalies"].rows if answers["anomalies"] else None


def _volume(of: str) -> Draw:
    return lambda result, answers: (charts.volume(result, of=of, anomalies=_unusual(answers)),)


def _clouds(result: Any, answers: Answers) -> tuple[Chart, ...]:
    present = set(result.rows.column("label").to_pylist())
    return tuple(charts.cloud(result, label=label) for label in _MOODS if label in present)


def _unsafe(result: Any, answers: Answers) -> tuple[Chart, ...]:
    """Where nothing is unsafe or unsure there is nothing to draw, and the table says so."""
    return (charts.unsafe(answers["unsafe_time"] or result),) if result.latest.num_rows else ()


def _overlooked(result: Any) -> dict[str, Value]:
    """What the verdicts leave out."""
    codes = tuple(speaker_text(code) for code in result.not_detected)
    return {"unjudged": figures.count(result.unjudged), "not_detected": codes}


def _several(rows: pa.Table) -> bool:
    return bool(rows.num_rows > 1)


def _coded(rows: pa.Table) -> pa.Table:
    """Rows whose codes say what they are codes of: "want:refund"."""
    told = pc.binary_join_element_wise(rows["of"], rows["code"], ":")
    return rows.set_column(rows.schema.get_field_index("code"), "code", told).drop_columns(["of"])


def _periods(rows: pa.Table) -> bool:
    return pc.count_distinct(rows.column("period_us")).as_py() > 1 and bool(pc.sum(rows.column("total")).as_py())


def hours_known(rows: pa.Table) -> bool:
    """Whether rows carry hours at all: dates alone all fall on midnight."""
    used = rows.filter(pc.greater(rows.column("rows"), 0))
    return len(used.column("hour").unique()) > 1


TALK = frozenset(
    (
        "volume_messages", "hours_messages", "person_messages", "conversation_messages", "latency",
        "mood", "mood_item", "mood_person", "words_mood", "words", "keywords",
        "emotions", "wants", "wants_time", "aspects", "aspects_time", "aspects_item", "topics", "flags",
        "voices", "voice_wants", "picture_kinds", "near_duplicates", "unsafe",
    )
)  # fmt: skip
"""Answers about messages; all others but the anomalies are about events."""

_VOLUME_COLUMNS = "label:label series:series rows:count people:count"
_ASPECT_COLUMNS = "positive:count negative:count negative_share:share"
_MOOD_COLUMNS = "total:count negative:count positive:count negative_share:share"

SECTIONS: dict[str, tuple[_Entry, ...]] = {
    "unusual": (
        _Entry(
            "anomalies", "anomalies", lambda r, _: (charts.anomalies(r),),
            "label:label series:series observed:number expected:number ratio:number q_value:odds people:count top_words:text",
            wide=True,
        ),
    ),
    "activity": (
        _Entry("volume-messages", "volume_messages", _volume("messages"), _VOLUME_COLUMNS, worth=_several),
        _Entry(
            "hours-messages", "hours_messages", lambda r, _: (charts.hours(r, of="messages"),),
            "weekday:weekday hour:hour rows:count", order="rows", worth=hours_known,
        ),
        _Entry("volume-events", "volume_events", _volume("events"), _VOLUME_COLUMNS, worth=_several),
        _Entry(
            "hours-events", "hours_events", lambda r, _: (charts.hours(r, of="events"),),
            "weekday:weekday hour:hour rows:count", order="rows", worth=hours_known,
        ),
    ),
    "people": (
        _Entry(
            "ranking-person-messages", "person_messages", lambda r, _: (charts.ranking(r, by="person", of="messages"),),
            "name:text rows:count share:share last_us:time", worth=_several,
        ),
        _Entry(
            "ranking-conversation-messages", "conversation_messages",
            lambda r, _: (charts.ranking(r, by="conversation", of="messages"),),
            "name:text rows:count share:share last_us:time", worth=_several,
        ),
        _Entry(
            "latency", "latency", lambda r, _: (charts.latency(r),),
            "name:text turns:count median_s:seconds p90_s:seconds unanswered_share:share",
        ),
        _Entry(
            "ranking-person-events", "person_events", lambda r, _: (charts.ranking(r, by="person", of="events"),),
            "name:text rows:count share:share last_us:time", worth=_several,
        ),
    ),
    "mood": (
        _Entry(
            "mood", "mood", lambda r, a: (charts.mood(r, anomalies=_unusual(a)),),
            "label:label negative_share:share low:share high:share total:count", order="negative_share", worth=_several,
        ),
        _Entry(
            "emotions", "emotions", lambda r, a: (charts.emotions(a["emotions_time"] or r),),
            "emotion:emotion rows:count share:share low:share high:share",
        ),
        _Entry("words-mood", "words_mood", _clouds, "label:mood word:text rows:count score:number", order="score"),
        _Entry(
            "mood-item", "mood_item", lambda r, _: (charts.mood_by(r, by="item"),), f"name:text {_MOOD_COLUMNS}", worth=_several,
        ),
        _Entry(
            "mood-person", "mood_person", lambda r, _: (charts.mood_by(r, by="person"),), f"name:text {_MOOD_COLUMNS}", worth=_several,
        ),
    ),
    "voice": (
        _Entry(
            "wants", "wants", lambda r, _: (charts.wants(r),), "want:want rows:count share:share low:share high:share", worth=_several,
        ),
        _Entry(
            "wants-time", "wants_time", lambda r, _: (charts.want_trend(r),), "label:label want:want rows:count share:share",
            order="rows", worth=_periods,
        ),
        _Entry("aspects", "aspects", lambda r, _: (charts.aspects(r),), f"aspect:aspect {_ASPECT_COLUMNS}"),
        _Entry(
            "aspects-time", "aspects_time", lambda r, _: (charts.aspect_trend(r),), f"label:label aspect:aspect {_ASPECT_COLUMNS}",
            order="negative", worth=_periods,
        ),
        _Entry(
            "aspects-item", "aspects_item", lambda r, _: (), f"name:text aspect:aspect {_ASPECT_COLUMNS}", order="negative",
            rows=lambda result: result.rows.filter(pc.greater(result.rows["negative"], 0)),
        ),
    ),
    "topics": (
        _Entry(
            "topics", "topics", lambda r, _: (charts.topics(r),), "name:text words:text rows:count share:share",
            rows=lambda result: result.rows.filter(pc.is_null(result.rows["period_us"])),
        ),
        _Entry("words", "words", lambda r, _: (charts.cloud(r),), "word:text rows:count occurrences:count"),
        _Entry(
            "keywords", "keywords", lambda r, _: (charts.keywords(r),),
            "label:label word:text rows:count expected:number score:number", order="score",
        ),
    ),
    "flags": (
        _Entry(
            "flags", "flags", lambda r, a: (charts.flags(a["flags_time"] or r),), "flag:flag rows:count share:share low:share high:share",
        ),
        _Entry(
            "flags-latest", "flags", lambda r, _: (), "ts_us:time name:text flag:flag text:text", rows=lambda result: result.latest,
        ),
    ),
    "media": (
        _Entry(
            "sent", "voices", lambda r, a: (charts.sent(a["voices_time"] or r),),
            "kind:sent rows:count share:share low:share high:share seconds:seconds", order="rows",
        ),
        _Entry(
            "voice-languages", "voices", lambda r, _: (), "language:language recordings:count seconds:seconds rate:number",
            rows=lambda result: result.languages, why=lambda result: result.unheard,
        ),
        _Entry(
            "voice-wants", "voice_wants", lambda r, _: (charts.voice_wants(r),),
            "code:marked voice_rows:count voice_share:share text_rows:count text_share:share difference:points q_value:odds",
            rows=lambda result: _coded(result.rows), wide=True, told=lambda result: {"foreign": figures.count(result.foreign)},
        ),
        _Entry(
            "picture-kinds", "picture_kinds", lambda r, _: (charts.picture_kinds(r),),
            "code:marked rows:count share:share low:share high:share",
            rows=lambda result: _coded(result.rows),
        ),
        _Entry(
            "near-duplicates", "near_duplicates", lambda r, _: (),
            "text:text rows:count people:count conversations:count first_us:time last_us:time verdict:verdict", order="rows",
        ),
        _Entry(
            "unsafe", "unsafe", _unsafe,
            "kind:sent unsafe:count unsure:count judged:count share:share low:share high:share", told=_overlooked,
        ),
        _Entry("unsafe-spoke", "unsafe", lambda r, _: (), "by:speakers unsafe:count unsure:count", rows=lambda result: result.spoke),
        _Entry(
            "unsafe-latest", "unsafe", lambda r, _: (),
            "ts_us:time name:text kind:sent verdict:verdict by:speakers failed:speakers path:file", rows=lambda result: result.latest,
        ),
        _Entry(
            "unsafe-gaps", "unsafe", lambda r, _: (), "failed:speakers files:count", rows=lambda result: result.gaps, quiet=True,
        ),
    ),
    "sales": (
        _Entry(
            "conversion", "conversion", lambda r, _: (charts.conversion(r),),
            "step:event people:count events:count share_of_first:share share_of_previous:share", worth=_several,
        ),
        _Entry(
            "rfm", "rfm", lambda r, _: (charts.rfm(r),),
            "segment:segment people:count share:share amount:money amount_share:share",
            rows=lambda result: result.segments,
        ),
        _Entry(
            "rfm-people", "rfm", lambda r, _: (),
            "name:text segment:segment recency_days:count frequency:count monetary:money r:count f:count m:count", order="monetary",
        ),
        _Entry(
            "ranking-item-amount", "item_amount", lambda r, _: (charts.ranking(r, by="item", of="amount"),),
            "name:text amount:money rows:count share:share", worth=_several,
        ),
        _Entry(
            "ranking-item-events", "item_events", lambda r, _: (charts.ranking(r, by="item", of="events"),),
            "name:text rows:count share:share last_us:time", worth=_several,
        ),
        _Entry(
            "rules", "rules", lambda r, _: (charts.rule_network(r), charts.rule_matrix(r)),
            "antecedent_names:rule consequent_names:rule rows:count support:share confidence:share lift:number q_value:odds",
            wide=True,
        ),
        _Entry(
            "sequences", "sequences", lambda r, _: (charts.sequences(r),),
            "item_names:path rows:count antecedent_rows:count confidence:share lift:number q_value:odds", wide=True,
        ),
        _Entry(
            "contrast", "contrast", lambda r, _: (charts.contrast(r),),
            "item_names:rule left_support:share right_support:share difference:points odds_ratio:number q_value:odds", wide=True,
        ),
    ),
}  # fmt: skip
"""Section → its blocks, in the order of the page."""


def build_sections(answers: Answers) -> tuple[tuple[Section, ...], tuple[Missing, ...]]:
    """The sections that have something to show, and what the others cannot show: (what, why), one line for each reason."""
    lacking = _lacking(answers["overview"])
    wanted = {key: entries for key, entries in SECTIONS.items() if key != "media" or has_media(answers["voices"])}
    sections = [_section(key, entries, answers, lacking) for key, entries in wanted.items()]
    absent = [(Message(f"report.absent.{of}"), Message(f"report.reason.no_{of}")) for of in sorted(lacking)]
    return tuple(s for s in sections if s.blocks), (
        *absent,
        *(line for s in sections if not s.blocks for line in s.missing),
    )


def _lacking(overview: Any) -> frozenset[str]:
    """Which of "messages" and "events" the data has none of at all; then nobody needs to read what is missing in detail."""
    return frozenset(of for of in ("messages", "events") if overview and not getattr(overview, of))


def has_media(voices: Any) -> bool:
    """Whether anybody sent anything but text; nobody needs to read what models would say of pictures that there are not."""
    return bool(voices) and any(row["rows"] for row in voices if row["kind"] in ("voice", "image", "video"))


def _section(key: str, entries: tuple[_Entry, ...], answers: Answers, lacking: frozenset[str]) -> Section:
    blocks: list[Block] = []
    reasons: dict[str, tuple[Reason, list[str]]] = {}
    for entry in entries:
        if entry.answer != "anomalies" and ("messages" if entry.answer in TALK else "events") in lacking:
            continue
        result = answers[entry.answer]
        if isinstance(result, Unavailable):
            reasons.setdefault(result.reason.code, (result.reason, []))[1].append(entry.key)
            continue
        rows = entry.rows(result)
        if not rows.num_rows and entry.quiet:
            continue
        if not rows.num_rows:
            why = entry.why(result) or Reason("nothing_found")
            reasons.setdefault(why.code, (why, []))[1].append(entry.key)
        elif entry.worth(rows):
            blocks.append(_block(entry, result, rows, answers))
    missing = tuple(
        (Message("report.titles", {"titles": tuple(_title(name) for name in names)}), _why(reason))
        for reason, names in reasons.values()
    )
    return Section(key, tuple(blocks), missing)


def _block(entry: _Entry, result: Any, rows: pa.Table, answers: Answers) -> Block:
    title = _title(entry.key)
    columns = tuple(Column(*item.split(":")) for item in entry.columns.split())
    filled = tuple(column for column in columns if rows.column(column.name).null_count < rows.num_rows)
    table = Table(entry.key, title, rows, filled, entry.order)
    lead = Message(f"report.lead.{entry.key}", entry.told(result))
    return Block(entry.key, title, lead, entry.draw(result, answers), table, entry.wide)


def _title(key: str) -> Message:
    return Message(f"charts.title.{key}")


def _why(reason: Reason) -> Message:
    """Words for a reason: rooms name theirs `words.reason.<code>`; a code without words is shown as it is."""
    values = {
        name: value if isinstance(value, str | int | float) else str(value) for name, value in reason.values.items()
    }
    known = catalog("en")
    for key in (f"words.reason.{reason.code}", f"report.reason.{reason.code}"):
        if known.has(key):
            return Message(key, values)
    return Message("report.reason.other", {"code": reason.code})
