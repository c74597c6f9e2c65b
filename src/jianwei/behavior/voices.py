"""What people send: text, voices, pictures, videos; and how much is spoken in the voices."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any, ClassVar

import ibis
import ibis.expr.types as ir
import numpy as np
import pyarrow as pa

from jianwei.behavior.grids import PLACE, most_of, placed, share_columns, spread
from jianwei.behavior.tags import TAG_FIELDS
from jianwei.behavior.whose import BY, DIRECTIONS, WHOSE, directed
from jianwei.common.results import Reason, Rows, Unavailable
from jianwei.query._base import Reader, check, setting
from jianwei.query.files import files, of_files
from jianwei.query.periods import EVERY, axis
from jianwei.query.reasons import nobody, untimed
from jianwei.query.shape import ranked, typed
from jianwei.query.views import NAMED, sent
from jianwei.records.kinds import SPOKEN_KINDS

__all__ = ["LANGUAGES_SCHEMA", "VOICES_SCHEMA", "Voices", "VoicesResult"]

VOICES_SCHEMA = pa.schema([*PLACE, ("kind", pa.string()), *TAG_FIELDS, ("seconds", pa.float64())])
LANGUAGES_SCHEMA = pa.schema(
    [
        ("language", pa.string()),
        ("recordings", pa.int64()),
        ("seconds", pa.float64()),
        ("characters", pa.int64()),
        ("rate", pa.float64()),
    ]
)
_KINDS = ("voice", "image", "video")
_SOUND = ("voice", "video")
_NUMBER = "([0-9.eE+-]+)"


@dataclass(frozen=True)
class VoicesResult(Rows):
    """Rows: period_us (first instant) and label, null unless asked for `every`; id and name of the person, conversation or item, "" unless
    asked for `by`; kind ("text", "voice", "image", "video", or "other" for stickers, links and the like); and the columns of
    `tags.TAG_FIELDS`: rows are messages of the kind, total those of all kinds; seconds, the length of the recordings as far as it is
    known, from where they came or from whoever listened (null for what does not sound).

    By time, then whoever sent most, then the kind sent most. Over time every kind found has a row in every period.

    Attributes:
        every: the step: "hour", "day", "week" or "month"; "" for all times together.
        voices: voice messages.
        videos: messages that are a video.
        recordings: files of voices and videos that are here.
        transcribed: recordings that were listened to, with or without words in them; None where nobody has listened yet, as are all of
            the following.
        refused: recordings that could not be read.
        silent: recordings in which nothing was said.
        spoken_seconds: how long is spoken in all recordings, pauses left out.
        rate: letters, digits and signs of Chinese a second of speech.
        languages: what is spoken, in `LANGUAGES_SCHEMA`: recordings with words in the language, seconds spoken, characters, and their rate;
            the language of most recordings first.
        unheard: why there is nothing about what is spoken; None where there is.
    """

    every: str
    voices: int
    videos: int
    recordings: int
    transcribed: int | None
    refused: int | None
    silent: int | None
    spoken_seconds: float | None
    rate: float | None
    languages: pa.Table
    unheard: Reason | None


@dataclass(frozen=True, kw_only=True)
class Voices:
    """Text, voices, pictures and videos among what people send, and what is spoken in them."""

    tables: ClassVar[tuple[str, ...]] = ("messages", "media", "annotations", "users", "conversations", "items")
    tasks: ClassVar[tuple[str, ...]] = ("transcript",)

    by: str = setting("all", "everybody together, or each person, conversation or item", choices=BY)
    every: str | None = setting(None, "length of a period; default: all times together", choices=EVERY)
    limit: int = setting(50, "how many persons, conversations or items to list", minimum=1, maximum=100_000)
    direction: str = setting("in", WHOSE, choices=DIRECTIONS)

    def __post_init__(self) -> None:
        check(self)

    def compute(self, reader: Reader) -> VoicesResult | Unavailable:
        mine = directed(sent(reader), self.direction)
        rows = mine.mutate(
            kind=ibis.cases((mine.kind.isin(SPOKEN_KINDS), "text"), (mine.kind.isin(_KINDS), mine.kind), else_="other"),
            id=mine[f"{self.by}_id"] if self.by in NAMED else ibis.literal(""),
        ).filter(lambda t: t.id.notnull())
        periods = axis(reader, rows, self.every) if self.every else None
        if self.every and periods is None:
            return untimed(reader, rows, "messages")
        rows = most_of(reader, placed(rows, periods), self.by, self.limit)
        cells = reader.execute(rows.group_by("period", "id", "kind").aggregate(rows=lambda t: t.count()))
        if not cells.num_rows:
            return nobody(reader, mine, "messages", "person" if self.by == "all" else self.by)
        grid = spread(cells, ("rows",), periods)
        counts, total = grid.measure(0), grid.whole(0)
        table = typed(
            VOICES_SCHEMA,
            **grid.places(reader, self.by, periods),
            kind=grid.kinds,
            rows=counts,
            total=total,
            **share_columns(counts, total),
            seconds=_lengths(reader, rows, grid.periods.tolist(), grid.pairs),
        ).append_column("most", pa.array(grid.ever(0)))
        table = table.append_column("ever", pa.array(grid.ever_of_pair(0)))
        ordered = ranked(table, "period_us", "-most", "id", "-rows", "-ever", "kind").drop_columns(["most", "ever"])
        sound = reader.execute(
            mine.aggregate(**{kind: (mine.kind == kind).cast("int64").sum().fill_null(0) for kind in _SOUND})
        ).to_pylist()[0]
        every = periods.step if periods else ""
        return VoicesResult(
            ordered, every=every, voices=sound["voice"], videos=sound["video"], **_spoken(reader, self.direction)
        )


def _lengths(reader: Reader, rows: ir.Table, periods: list[int], pairs: tuple[tuple[str, str], ...]) -> pa.Array:
    """Seconds of the recordings of every cell of a grid, null where none is known. Summed in whole milliseconds, the same everywhere."""
    sound = rows.filter(rows.kind.isin(_SOUND)).select("period", "id", "kind", "message_id")
    media = reader.table("media")
    told = media.filter(media.seconds.notnull())
    known = told.select("record_id", length=_thousandths(told.seconds))
    heard = of_files(reader, "transcript")
    if heard is not None:
        untold = files(reader).filter(lambda t: t.seconds.isnull()).select("record_id", file="part")
        measured = untold.inner_join(heard.select("record_id", "file", "value"), ["record_id", "file"])
        measured = measured.select("record_id", length=_told(measured, "seconds"))
        known = ibis.union(
            known, measured.filter(measured.length > 0), distinct=False
        )  # a film without sound has a length
    both = sound.inner_join(known, sound.message_id == known.record_id)
    found = reader.execute(both.group_by("period", "id", "kind").aggregate(length=lambda t: t.length.sum()))
    lengths = {(row["period"], row["id"], row["kind"]): row["length"] / 1000 for row in found.to_pylist()}
    return pa.array([lengths.get((period, *pair)) for period in periods for pair in pairs], pa.float64())


def _told(answers: ir.Table, name: str) -> ir.IntegerValue:
    """Milliseconds that an answer's value names, null where it does not."""
    number = answers.value.fill_null("").re_extract(f'"{name}": ?{_NUMBER}', 1)
    return _thousandths(number.nullif("").try_cast("float64"))


def _thousandths(seconds: ir.NumericValue) -> ir.IntegerValue:
    return (seconds.cast("float64") * 1000).round().cast("int64")


def _spoken(reader: Reader, direction: str) -> dict[str, Any]:
    """What the attributes of the result say about speech."""
    here = directed(files(reader), direction)
    here = here.filter(here.mime.startswith("audio/") | here.mime.startswith("video/") | (here.kind == "voice"))
    recordings = reader.execute(here.aggregate(rows=here.count()))["rows"][0].as_py()
    found = of_files(reader, "transcript", failed=True)
    nothing = dict.fromkeys(("transcribed", "refused", "silent", "spoken_seconds", "rate"))
    if found is None:
        reason = Reason("no_transcripts")
        empty = LANGUAGES_SCHEMA.empty_table()
        return {"recordings": recordings, **nothing, "languages": empty, "unheard": reason}
    said = found.select(
        "record_id",
        "file",
        fine=found.status.fill_null("ok") == "ok",
        language=found.label,
        characters=found.text.fill_null("").re_replace(r"[^\p{L}\p{N}]", "").length().cast("int64"),
        length=_told(found, "spoken"),
    )
    heard = here.select("record_id", file="part").inner_join(said, ["record_id", "file"])
    heard = heard.mutate(language=heard.fine.ifelse(heard.language.fill_null(""), ""))
    table = reader.execute(
        heard.group_by("fine", "language", some=heard.characters > 0).aggregate(
            recordings=lambda t: t.count(),
            length=lambda t: t.length.sum().fill_null(0),
            characters=lambda t: t.characters.sum(),
        )
    ).to_pylist()
    listened = [row for row in table if row["fine"]]
    worded = sorted((row for row in listened if row["some"]), key=lambda row: (-row["recordings"], row["language"]))
    length, characters = (sum(row[name] for row in worded) for name in ("length", "characters"))
    return {
        "recordings": recordings,
        "transcribed": sum(row["recordings"] for row in listened),
        "refused": sum(row["recordings"] for row in table if not row["fine"]),
        "silent": sum(row["recordings"] for row in listened if not row["some"]),
        "spoken_seconds": length / 1000,
        "rate": characters * 1000 / length if length else None,
        "languages": typed(
            LANGUAGES_SCHEMA,
            language=[row["language"] for row in worded],
            recordings=[row["recordings"] for row in worded],
            seconds=np.array([row["length"] / 1000 for row in worded], np.float64),
            characters=[row["characters"] for row in worded],
            rate=[row["characters"] * 1000 / row["length"] if row["length"] else None for row in worded],
        ),
        "unheard": None,
    }
