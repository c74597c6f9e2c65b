"""What people say by voice beside what they type: wants, blame, sentiment, emotions, and which of the differences are more than chance."""

from __future__ import annotations

from dataclasses import dataclass
from typing import ClassVar

import ibis
import ibis.expr.types as ir
import numpy as np
import pyarrow as pa

from jianwei.behavior.whose import DIRECTIONS, WHOSE, directed
from jianwei.common.results import Reason, Rows, Unavailable
from jianwei.common.stats import adjusted, newcombe, unequal
from jianwei.query._base import Reader, check, setting
from jianwei.query.shape import ranked, typed
from jianwei.query.views import HAN, labels, said, sent
from jianwei.records.kinds import SPOKEN_KINDS

__all__ = ["VOICE_WANTS_SCHEMA", "VoiceWants", "VoiceWantsResult"]

VOICE_WANTS_SCHEMA = pa.schema(
    [
        ("of", pa.string()),
        ("code", pa.string()),
        ("voice_rows", pa.int64()),
        ("voice_share", pa.float64()),
        ("text_rows", pa.int64()),
        ("text_share", pa.float64()),
        ("difference", pa.float64()),
        ("low", pa.float64()),
        ("high", pa.float64()),
        ("q_value", pa.float64()),
        ("example_ids", pa.list_(pa.string())),
    ]
)

_TASKS = {"want": "topic", "blamed": "aspect", "mood": "sentiment", "emotion": "emotion"}


@dataclass(frozen=True)
class VoiceWantsResult(Rows):
    """Rows: of ("want": what is asked for; "blamed": an aspect that is blamed; "mood"; "emotion") and its code; voice_rows, voice messages
    with it, and voice_share of all voices in words; text_rows and text_share of the typed messages; difference of the shares with the
    bounds of its 95 % interval (Newcombe), null where nothing is typed; q_value, how rarely chance makes such a difference, allowing
    for all rows (see `common.stats.adjusted`, "bh"); example_ids, ids of voice messages, the latest first.

    The surest differences first, then the largest, then by of and code.

    Attributes:
        voices: voice messages in Chinese words: transcribed here or by the platform, and read.
        foreign: voice messages in words none of which is Chinese. They count nowhere else: the models that read them know only Chinese.
        texts: typed messages that were read.
        missing: what could not be compared because no model has answered: some of "want", "blamed", "emotion".
    """

    voices: int
    foreign: int
    texts: int
    missing: tuple[str, ...]


@dataclass(frozen=True, kw_only=True)
class VoiceWants:
    """What voices ask for and complain about, more or less than typed messages."""

    tables: ClassVar[tuple[str, ...]] = ("messages", "annotations")
    tasks: ClassVar[tuple[str, ...]] = ("sentiment", "topic", "aspect", "emotion")

    min_rows: int = setting(1, "leave out what fewer messages have, voices and texts together", minimum=1)
    examples: int = setting(3, "voice messages to name for each row", minimum=0, maximum=100)
    direction: str = setting("in", WHOSE, choices=DIRECTIONS)

    def __post_init__(self) -> None:
        check(self)

    def compute(self, reader: Reader) -> VoiceWantsResult | Unavailable:
        mine = directed(sent(reader), self.direction)
        voices = mine.filter(mine.kind == "voice")
        if not reader.execute(voices.limit(1)).num_rows:
            return Unavailable(Reason("no_voices"))
        read = labels(reader, "sentiment", recalled=True)
        if read is None:
            return Unavailable(Reason("no_annotations", {"task": "sentiment"}))
        found = {name: labels(reader, task, recalled=True) for name, task in _TASKS.items()}
        parts = [_marked(name, rows) for name, rows in found.items() if rows is not None]
        mine = mine.filter(mine.kind.isin(("voice", *SPOKEN_KINDS)))
        mine = mine.select("ts_us", "seq", "message_id", voice=mine.kind == "voice")
        foreign = _foreign(reader, voices)
        mine = mine.anti_join(foreign, "message_id")
        marks = _of(mine, ibis.union(*parts, distinct=False) if len(parts) > 1 else parts[0])
        read = _of(mine, read.filter(read.label.notnull()).select("record_id"))
        totals = reader.execute(read.group_by("voice").aggregate(rows=lambda t: t.count())).to_pylist()
        whole = {row["voice"]: row["rows"] for row in totals}
        others = reader.execute(foreign.aggregate(rows=foreign.count()))["rows"][0].as_py()
        if not whole.get(True):
            return Unavailable(Reason("only_foreign", {"voices": others}) if others else Reason("no_transcripts"))
        counted = marks.group_by("of", "code").aggregate(
            voice=lambda t: t.voice.cast("int64").sum(), text=lambda t: (~t.voice).cast("int64").sum()
        )
        cells = reader.execute(counted.filter(lambda t: t.voice + t.text >= self.min_rows))
        return VoiceWantsResult(
            self._table(reader, cells, marks, whole.get(True, 0), whole.get(False, 0)),
            voices=whole[True],
            foreign=others,
            texts=whole.get(False, 0),
            missing=tuple(name for name, rows in found.items() if rows is None),
        )

    def _table(self, reader: Reader, cells: pa.Table, marks: ir.Table, voices: int, texts: int) -> pa.Table:
        a, b = (cells[name].to_numpy() for name in ("voice", "text"))
        n, m = np.maximum(voices, a), np.maximum(texts, b)  # what has a mark was read
        low, high = newcombe(a, n, b, m)
        alone = m == 0
        share, other = a / n, np.divide(b, m, out=np.zeros(len(b)), where=~alone)
        named = self._examples(reader, marks)
        keys = zip(cells["of"].to_pylist(), cells["code"].to_pylist(), strict=True)
        table = typed(
            VOICE_WANTS_SCHEMA,
            of=cells["of"],
            code=cells["code"],
            voice_rows=a,
            voice_share=share,
            text_rows=b,
            text_share=pa.array(other, pa.float64(), mask=alone),
            difference=pa.array(share - other, pa.float64(), mask=alone),
            low=pa.array(low, pa.float64(), mask=alone),
            high=pa.array(high, pa.float64(), mask=alone),
            q_value=adjusted(unequal(a, n, b, m), "bh"),
            example_ids=[named.get(key, []) for key in keys],
        ).append_column("size", pa.array(np.abs(share - other)))
        return ranked(table, "q_value", "-size", "of", "code").drop_columns(["size"])

    def _examples(self, reader: Reader, marks: ir.Table) -> dict[tuple[str, str], list[str]]:
        """The latest voice messages with each mark."""
        if not self.examples:
            return {}
        order = [ibis.desc("ts_us", nulls_first=False), ibis.desc("seq"), "record_id"]
        voices = marks.filter(marks.voice)
        first = voices.mutate(rank=ibis.row_number().over(group_by=["of", "code"], order_by=order))
        rows = reader.execute(first.filter(first["rank"] < self.examples).select("of", "code", "rank", "record_id"))
        found: dict[tuple[str, str], list[str]] = {}
        for row in sorted(rows.to_pylist(), key=lambda row: row["rank"]):
            found.setdefault((row["of"], row["code"]), []).append(row["record_id"])
        return found


def _foreign(reader: Reader, voices: ir.Table) -> ir.Table:
    """message_id of the voices that are in words without a sign of Chinese."""
    words = said(reader).semi_join(voices, "message_id")
    return words.filter(~words.text.re_search(HAN)).select("message_id")


def _of(messages: ir.Table, marks: ir.Table) -> ir.Table:
    """The marks of messages, with these: ts_us, seq, and `voice`, whether it is one."""
    return marks.inner_join(messages, marks.record_id == messages.message_id)


def _marked(of: str, rows: ir.Table) -> ir.Table:
    """What is marked with what: of, record_id, code; a message bears a mark once. An aspect counts where it is blamed."""
    rows = rows.filter(rows.label.notnull())
    rows = rows.filter(rows.value.contains('"negative"')) if of == "blamed" else rows
    return rows.select("record_id", of=ibis.literal(of), code=rows.label.cast("string"))
