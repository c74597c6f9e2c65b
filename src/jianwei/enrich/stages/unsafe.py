"""The unsafe stage: everything that was seen, read and heard in a file joined to one verdict."""

from __future__ import annotations

import json
import re
from collections.abc import Callable, Mapping, Sequence
from dataclasses import asdict, dataclass
from hashlib import sha256
from pathlib import Path
from typing import Any, ClassVar, Literal

import pyarrow as pa
import pyarrow.compute as pc

from jianwei.enrich._base import Pace, Reading
from jianwei.enrich.answers import Answer, rows_of
from jianwei.models import ModelIdentity, locate
from jianwei.query.views import HAN
from jianwei.text import moderation
from jianwei.vision.payloads import PAYMENTS, payload_kind

__all__ = ["NOT_DETECTED", "NOT_LOOKED", "UNSAFE", "UNSURE", "Evidence", "Spoke", "UnsafeStage", "judge_evidence"]

Level = Literal["safe", "unsure", "unsafe"]

UNSAFE = 0.8
"""Scores from here on are unsafe. For nakedness this is the bound of the model's own authors (Yahoo's open_nsfw, 2016)."""

UNSURE = 0.5
"""Scores from here on are likelier than not: somebody should look."""

NOT_DETECTED = ("violence", "gore", "weapons", "drugs", "hate_symbols", "minors")
"""What nobody looks for, and what is therefore not found even where it is there."""

NOT_LOOKED = "not_looked"
"""Why there is no verdict where nobody looked for nakedness and nothing else speaks against a file."""

REVISION = 4
_NUISANCE = 0.7
_ASKING = (*PAYMENTS, "wechat_login")
_ELSEWHERE = (
    "wechat_contact", "wechat_group", "wechat_account", "mini_program", "wecom", "app", "url", "phone", "sms", "mail", "wifi",
)  # fmt: skip
_BY_TASK = {"nsfw": "nsfw", "ocr": "ocr", "transcript": "speech", "code": "code"}


@dataclass(frozen=True, slots=True)
class Evidence:
    """What is known of one file.

    Attributes:
        nsfw: 0 to 1; None where nobody looked.
        texts: what was read ("ocr") or heard ("speech") → (label of `text.moderation`, score, reasons).
        codes: (what it says, format) of its codes.
        own: whether the account itself sent it.
    """

    nsfw: float | None = None
    texts: Mapping[str, tuple[str, float, Sequence[str]]] | None = None
    codes: Sequence[tuple[str, str]] = ()
    own: bool = False


@dataclass(frozen=True, slots=True)
class Spoke:
    """What one of the witnesses says.

    Attributes:
        by: "nsfw", "ocr", "speech" or "code".
        label: "safe", "unsure" or "unsafe".
        why: codes: the class of the text and what speaks for it, the kind of the code.
    """

    by: str
    score: float
    label: Level
    why: tuple[str, ...] = ()


def judge_evidence(evidence: Evidence) -> tuple[Level, float, tuple[Spoke, ...]]:
    """The verdict on a file: (label, score, who spoke). The highest score counts; the label follows from it by `UNSURE` and `UNSAFE`.

    * nakedness: its score;
    * fraud and abuse in words: their score;
    * advertising in words: a nuisance rather than a danger, so unsure at most; with a code that leads elsewhere it is what spam looks like,
      and unsafe;
    * a code that asks for money or for a log-in, from somebody else than the account: unsure; where words advertise or defraud, unsafe.

    >>> judge_evidence(Evidence(nsfw=0.9))[:2], judge_evidence(Evidence(codes=[("wxp://f2f0abc", "QRCode")]))[:2]
    (('unsafe', 0.9), ('unsure', 0.5))
    """
    spoke = [] if evidence.nsfw is None else [_spoke("nsfw", evidence.nsfw)]
    kinds = tuple(dict.fromkeys(payload_kind(*code) for code in evidence.codes))
    asks = tuple(kind for kind in kinds if kind in _ASKING)
    leads = () if evidence.own else (*asks, *(kind for kind in kinds if kind in _ELSEWHERE))
    lures = False
    for by, (label, score, reasons) in (evidence.texts or {}).items():
        if label == moderation.NORMAL:
            spoke.append(_spoke(by, 1 - score))
            continue
        lures = lures or label in ("advertising", "fraud")
        held = max(score, UNSURE)  # where a signal speaks for a class, it holds below that too
        if label == "advertising":
            held = max(held, UNSAFE) if leads else min(held, _NUISANCE)
        spoke.append(_spoke(by, held, label, *reasons))
    if kinds:
        score = UNSAFE if lures and leads else UNSURE if asks and leads else 0.0
        spoke.append(_spoke("code", score, *(leads or kinds)))
    worst = max((one.score for one in spoke), default=0.0)
    return _level(worst), worst, tuple(spoke)


def _spoke(by: str, score: float, *why: str) -> Spoke:
    return Spoke(by, score, _level(score), why)


def _level(score: float) -> Level:
    return "unsafe" if score >= UNSAFE else "unsure" if score >= UNSURE else "safe"


@dataclass(frozen=True, slots=True)
class UnsafeStage:
    """One annotation of every file that was seen or heard, task "unsafe": `label` "unsafe", "unsure" or "safe", its `score`, and `value`
    {"spoke": [{"by", "score", "label", "why"}, …], "looked": [witnesses that looked or listened, whether or not they found anything],
    "not_detected": [`NOT_DETECTED`, and the witnesses that are not here], "failed": [witnesses that are here but could say nothing about
    this file]}. Only witnesses of what a file can hold count: a voice shows nothing.

    * What a witness that is not here would have said is left out: the verdict is that of the others, and "not_detected" names it.
    * But nothing to see is safe unless somebody looked for nakedness. Where nobody did and nothing else speaks against a file, it is not
      judged: status "rejected", `label` `NOT_LOOKED`.
    * Speech without a Chinese character in its transcript is judged by nobody: the models read nothing else.
    * A file of which a witness could not read its part is unsure at least. One that nobody could read is "rejected" here too, `label` why.

    Args:
        models: folder with models of one's own, or None.
        heard: (task, model, version) of those whose answers count now.
    """

    models: Path | None
    heard: tuple[tuple[str, str, str], ...]
    name: ClassVar[str] = "unsafe"
    reads: ClassVar[Reading] = "seen"
    pace: ClassVar[Pace] = Pace(batch_rows=1_024)
    tasks: ClassVar[tuple[str, ...]] = ("unsafe",)
    always: ClassVar[tuple[str, ...]] = ("unsafe",)

    def identities(self) -> Mapping[str, tuple[str, str]]:
        """A new model anywhere behind the verdict is a new version of it.

        Raises:
            ModelNotFoundError: the model of moderation is nowhere, or damaged.
        """
        reader: ModelIdentity = locate(moderation.ENTRY, path=self.models).identity
        mark = sha256(repr((reader.name, reader.version, self.heard)).encode()).hexdigest()[:8]
        return {"unsafe": ("unsafe", f"{REVISION}.{mark}")}

    def open(self) -> Callable[[pa.RecordBatch], pa.RecordBatch]:
        """Load the model of moderation."""
        known = {task for task, *_ in self.heard}
        lacking = tuple(by for task, by in _BY_TASK.items() if task not in known)
        judge = _Judge(self.identities(), moderation.default_moderator(self.models), lacking)
        return judge.annotate


@dataclass(frozen=True, slots=True)
class _Judge:
    identities: Mapping[str, tuple[str, str]]
    moderator: moderation.Moderator
    lacking: tuple[str, ...]

    def annotate(self, batch: pa.RecordBatch) -> pa.RecordBatch:
        """Annotations of a batch with the columns that `readings.seen_rows` adds."""
        heard = pc.if_else(pc.match_substring_regex(batch.column("transcript"), HAN), batch.column("transcript"), "")
        texts = {"ocr": self._judged(batch.column("ocr")), "speech": self._judged(heard)}
        columns = ["kind", "mime", "nsfw", "codes", "formats", "direction", "looked", "unseen", "unheard", "transcript"]
        answers = []
        for at, row in enumerate(batch.select(columns).to_pylist()):
            words = {by: found for by, judged in texts.items() if (found := judged[at])}
            codes = tuple(zip(row["codes"] or (), row["formats"] or (), strict=True))
            answers.append([self._answer(row, Evidence(row["nsfw"], words, codes, own=row["direction"] == "out"))])
        return rows_of(UnsafeStage.name, self.identities, batch, answers)

    def _judged(self, texts: pa.Array) -> list[tuple[str, float, Sequence[str]] | None]:
        found = moderation.judge(texts, self.moderator).rows.select(["label", "score", "reasons"]).to_pylist()
        said = [bool(text and text.strip()) for text in texts.to_pylist()]
        return [
            (one["label"], one["score"], one["reasons"]) if has else None for one, has in zip(found, said, strict=True)
        ]

    def _answer(self, row: Mapping[str, Any], evidence: Evidence) -> Answer:
        looked, absent, failed = _witnesses(row, self.lacking)
        told: dict[str, Any] = {"looked": looked, "not_detected": [*NOT_DETECTED, *absent], "failed": failed}
        label, score, spoke = judge_evidence(evidence)
        unseen = None if row["unseen"] == _NO_PICTURE and looked else row["unseen"]
        code = unseen or row["unheard"] if not spoke else None
        if code is None and label == "safe" and ("nsfw" in absent or not looked):
            code = NOT_LOOKED
        if code is not None:
            return Answer(task="unsafe", status="rejected", label=code, value={"code": code, **told})
        if failed and label == "safe":  # half a witness is none
            label, score = "unsure", UNSURE
        said = [{**asdict(one), "score": round(one.score, 4)} for one in spoke]
        return Answer(task="unsafe", label=label, score=round(score, 4), value={"spoke": said, **told})


_NO_PICTURE = "no_picture"
_BY_PART = {"safety": "nsfw", "text": "ocr", "codes": "code"}


def _witnesses(row: Mapping[str, Any], lacking: Sequence[str]) -> tuple[list[str], list[str], list[str]]:
    """Of the witnesses of what a file can hold: those that looked, those that are not here, those that are but could say nothing."""
    looked = json.loads(row["looked"] or "{}")
    sees = row["kind"] == "image" or (row["mime"] or "").startswith(("image/", "video/"))
    sees = sees and row["unseen"] != _NO_PICTURE  # a recording, whatever it is kept as
    hears = row["kind"] == "voice" or (row["mime"] or "").startswith(("audio/", "video/"))
    due = (*(_BY_PART.values() if sees else ()), *(("speech",) if hears else ()))
    missing = {*lacking, *(_BY_PART.get(part) for part in looked.get("missing", ()))}
    if (row["transcript"] or "").strip() and not re.search(HAN, row["transcript"]):
        missing.add("speech")  # in a language of which nobody here judges the words
    if row["nsfw"] is not None:  # a model that is gone now may have looked earlier
        missing.discard("nsfw")
    failed = {_BY_PART.get(part) for part in looked.get("failed", ())}
    failed |= {by for by in due if row["unheard" if by == "speech" else "unseen"]}
    absent = [by for by in due if by in missing]
    silent = [by for by in due if by in failed - missing]
    return [by for by in due if by not in (*absent, *silent)], absent, silent
