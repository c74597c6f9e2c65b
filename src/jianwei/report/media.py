"""Findings about voices and pictures: what voices blame more than typed messages, what is unsafe, what goes around."""

from __future__ import annotations

from collections.abc import Iterator

from jianwei.report import figures
from jianwei.report._base import Answers, Finding, Message
from jianwei.report.stretches import SMALL_TALK

__all__ = ["repeated", "unsafe", "voice_blame", "voices"]

_SURE = 0.05
_ENOUGH = 20  # voices below which a share says too little to open a report
_OFTEN = 5  # times that a picture must have been sent to be worth a word
_BAD = {"mood": ("negative",), "emotion": ("angry", "sad", "fear")}
_SHORT = 30


def voice_blame(answers: Answers) -> Iterator[Finding]:
    """What voices want, blame or feel surely more often than typed messages; pleasant things and small talk are not worth opening with."""
    result = answers["voice_wants"]
    if not result or result.voices < _ENOUGH:
        return
    found = next(
        (
            row
            for row in result
            if row["q_value"] <= _SURE
            and (row["difference"] or 0) > 0
            and row["code"] in _BAD.get(row["of"], (row["code"],))
            and row["code"] not in SMALL_TALK
        ),
        None,
    )
    if found is None:
        return
    name = Message(f"charts.{'aspect' if found['of'] == 'blamed' else found['of']}.{found['code']}")
    yield Finding(
        "voice_blame", 4.5 + 0.4 * found["difference"], "media",
        _say(
            f"voice_blame.what_{found['of']}", name=name,
            voice_share=figures.share(found["voice_share"]), text_share=figures.share(found["text_share"]),
        ),
        None, None,
        _say(
            "voice_blame.evidence", voice_rows=figures.count(found["voice_rows"]), voices=figures.count(result.voices),
            low=f"{100 * found['low']:+.1f}", high=f"{100 * found['high']:+.1f}", odds=figures.odds(found["q_value"], relation=True),
        ),
        _say("voice_blame.next"),
    )  # fmt: skip


def unsafe(answers: Answers) -> Iterator[Finding]:
    """Files that a model takes for unsafe, however few."""
    result = answers["unsafe"]
    if not result or not result.unsafe:
        return
    low, high = figures.interval(result.unsafe, result.judged)
    shares = {"share": figures.share(result.unsafe / result.judged), "low": low, "high": high}
    names = tuple(
        dict.fromkeys(row["name"] for row in result.latest.to_pylist() if row["name"] and row["verdict"] == "unsafe")
    )[:3]
    yield Finding(
        "unsafe", 4.2 + 0.2 * result.unsafe / result.judged, "media",
        _say("unsafe.what", unsafe=figures.count(result.unsafe), judged=figures.count(result.judged)),
        _say("unsafe.who", names=names) if names else None,
        None,
        _say("unsafe.evidence_part", unjudged=figures.count(result.unjudged), **shares)
        if result.unjudged
        else _say("unsafe.evidence", **shares),
        _say("unsafe.next"),
    )  # fmt: skip


def repeated(answers: Answers) -> Iterator[Finding]:
    """A picture that several people sent, several times."""
    result = answers["near_duplicates"]
    if not result or not len(result):
        return
    most = next(iter(result))
    if most["rows"] < _OFTEN or most["people"] < 2:
        return
    text = " ".join((most["text"] or "").split())
    counts = {"repeated": figures.count(result.repeated), "pictures": figures.count(result.pictures)}
    yield Finding(
        "repeated", 3.2, "media",
        _say("repeated.what", rows=figures.count(most["rows"]), people=figures.count(most["people"])),
        None, None,
        _say("repeated.evidence_text", text=text if len(text) <= _SHORT else text[:_SHORT] + "…", **counts)
        if text
        else _say("repeated.evidence", **counts),
        _say("repeated.next"),
    )  # fmt: skip


def voices(answers: Answers) -> Iterator[Finding]:
    """How much of what people send is spoken."""
    result = answers["voices"]
    row = next((row for row in result or () if row["kind"] == "voice" and row["rows"] >= _ENOUGH), None)
    if row is None or row["share"] < 0.05:
        return
    counts = {"share": figures.share(row["share"]), "rows": figures.count(row["rows"])}
    heard = result.transcribed is not None
    yield Finding(
        "voices", 2.6 + row["share"] / 10, "media",
        _say("voices.what_long", length=figures.seconds(row["seconds"]), **counts)
        if row["seconds"]
        else _say("voices.what", **counts),
        None, None,
        _say(
            "voices.evidence", transcribed=figures.count(result.transcribed), recordings=figures.count(result.recordings),
            silent=figures.count(result.silent),
        )
        if heard
        else _say("voices.evidence_unheard"),
        _say("voices.next" if heard else "voices.next_unheard"),
    )  # fmt: skip


def _say(key: str, **values: object) -> Message:
    return Message(f"report.finding.{key}", values)  # type: ignore[arg-type]
