"""What is worth saying first: rules that turn answers into findings, the strongest of which opens the report.

The order is fixed: what went wrong or broke out of the ordinary, then what belongs together, then who stands out, then where money and
people are lost, then plain facts. Inside a kind the larger effect is the stronger finding.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import pyarrow as pa
from scipy.special import bdtrc

from jianwei.report import figures
from jianwei.report._base import Answers, Finding, Message
from jianwei.report.changes import changed, followed
from jianwei.report.media import repeated, unsafe, voice_blame, voices
from jianwei.report.sections import has_media, hours_known
from jianwei.report.stretches import SMALL_TALK, stretches
from jianwei.report.unusual import unusual

__all__ = ["find", "opening"]

_SURE = 0.05  # adjusted p-value below which a rule, or the worst of many, counts as more than chance
_ENOUGH = 20  # messages or people below which a share says too little to open a report


def find(answers: Answers) -> tuple[Finding, ...]:
    """All findings, strongest first; at least one, since even nothing is a finding."""
    rules = (
        unusual, stretches, _rule, changed, followed, _mood_outlier, _money, voice_blame, unsafe, _conversion, _waiting, repeated, _mood,
        _blamed, _wanted, voices, _leader, _item, _busy, _size,
    )  # fmt: skip
    found = [finding for rule in rules for finding in rule(answers)]
    return tuple(sorted(found, key=lambda finding: (-finding.strength, finding.code)))


def opening(findings: tuple[Finding, ...], answers: Answers, zone: str) -> tuple[Message, ...]:
    """The five sentences: those of the strongest finding, completed from the overview where it has nothing to say."""
    lead, overview = findings[0], answers["overview"]
    return (
        lead.what,
        lead.who or _who(overview),
        lead.since or _since(overview, zone),
        lead.evidence or _evidence(overview),
        lead.next
        or _say("next.quality" if not overview else "next.section", section=Message(f"report.section.{lead.section}")),
    )


# --- what the overview can always say --------------------------------------------------------------------------------


def _who(overview: Any) -> Message:
    if not overview:
        return _say("who.nobody")
    if not overview.people:
        return _say("who.unnamed")
    return _say("who.people", people=overview.people)


def _since(overview: Any, zone: str) -> Message:
    if not overview or overview.first_us is None or overview.last_us is None:
        return _say("since.no_times")
    first, last = (figures.local_time(us, zone, day=True) for us in (overview.first_us, overview.last_us))
    return _say("since.span", first=first, last=last) if first != last else _say("since.day", day=first)


def _evidence(overview: Any) -> Message:
    if not overview:
        return _say("evidence.nothing")
    parts = [
        Message(f"report.counted.{name}", {"n": figures.count(getattr(overview, name))})
        for name in ("messages", "events", "baskets", "items")
        if getattr(overview, name)
    ]
    return _say("evidence.counted", parts=tuple(parts))


# --- rules -----------------------------------------------------------------------------------------------------------


def _rule(answers: Answers) -> Iterator[Finding]:
    result = answers["rules"]
    if not result:
        return
    best = next((row for row in result if row["lift"] > 1 and row["q_value"] <= _SURE), None)
    if best is None:
        return
    names = {side: _all_of(best[f"{side}_names"]) for side in ("antecedent", "consequent")}
    held = {"rows": figures.count(best["rows"]), "before": figures.count(best["antecedent_rows"])}
    share = figures.share(best["confidence"])
    # What is rated within an order was bought.
    what = "rule.what_bought" if {"buy"} <= set(result.events) <= {"buy", "rate"} else "rule.what"
    yield Finding(
        "rule", 6 + _below_one(best["lift"]), "sales",
        _say(what, confidence=share, lift=figures.number(best["lift"]), **held, **names),
        _say("rule.who", rows=held["rows"], baskets=figures.count(result.baskets)),
        None,
        _say("rule.evidence", odds=figures.odds(best["q_value"], relation=True), **held, **names),
        # More than nearly all cannot be hoped for.
        _say("rule.next", confidence=share, **names) if best["confidence"] < 0.95 else None,
    )  # fmt: skip


def _all_of(names: list[str]) -> Message | str:
    """Names as people say them together: "tea, a tray and a cup"."""
    return Message("report.all_of", {"first": tuple(names[:-1]), "last": names[-1]}) if len(names) > 1 else names[0]


def _mood_outlier(answers: Answers) -> Iterator[Finding]:
    """Somebody or something more negative than everybody together, beyond what chance does to the worst of so many."""
    for by in ("item", "person"):
        result = answers[f"mood_{by}"]
        if not result or len(result) < 2:
            continue
        totals = _mood_totals(result.rows)
        overall = totals["negative"] / max(totals["total"], 1)
        known = [row for row in result if row["total"] >= _ENOUGH]
        worse = [
            row for row in known
            if row["low"] > overall and bdtrc(row["negative"] - 1, row["total"], overall) * len(known) <= _SURE
        ]  # fmt: skip
        if not worse:
            continue
        worst = max(worse, key=lambda row: (row["low"] - overall, row["id"]))
        counts = {"negative": figures.count(worst["negative"]), "total": figures.count(worst["total"])}
        shares = {"share": figures.share(worst["negative_share"]), "overall": figures.share(overall)}
        yield Finding(
            "mood_outlier", 5 + _below_one(worst["low"] / max(overall, 0.01)), "mood",
            _say(f"mood_outlier.what_{by}", name=worst["name"], **counts, **shares),
            _say("mood_outlier.who", names=tuple(row["name"] for row in worse[:3])) if len(worse) > 1 else None,
            None,
            _say(
                "mood_outlier.evidence", low=figures.share(worst["low"]), high=figures.share(worst["high"]),
                compared=figures.count(len(known)),
            ),
            _say(f"mood_outlier.next_{by}", name=worst["name"]),
        )  # fmt: skip


def _money(answers: Answers) -> Iterator[Finding]:
    result = answers["rfm"]
    if not result:
        return
    segments = [row for row in result.segments.to_pylist() if row["amount_share"] and row["share"]]
    if not segments:
        return
    best = max(
        segments, key=lambda row: (row["amount_share"] / row["share"] * (row["amount_share"] >= 0.15), row["segment"])
    )
    if best["amount_share"] < 1.5 * best["share"]:
        return
    buyers = sorted(
        (row for row in result if row["segment"] == best["segment"]),
        key=lambda row: (-(row["monetary"] or 0), row["user_id"]),
    )
    segment = Message(f"charts.segment.{best['segment']}")
    slipping = next((row for row in segments if row["segment"] == "at_risk"), None)
    yield Finding(
        "money", 5 + _below_one(best["amount_share"] / best["share"]) / 2, "sales",
        _say("money.what", share=figures.share(best["share"]), amount_share=figures.share(best["amount_share"]), segment=segment),
        _say("money.who", names=tuple(row["name"] for row in buyers[:3])) if buyers else None,
        None,
        _say("money.evidence", people=figures.count(best["people"]), amount=figures.money(best["amount"]), segment=segment),
        _say("money.next_risk", people=figures.count(slipping["people"]), amount=figures.money(slipping["amount"]))
        if slipping
        else _say("money.next", segment=segment),
    )  # fmt: skip


def _conversion(answers: Answers) -> Iterator[Finding]:
    result = answers["conversion"]
    if not result or len(result) < 2:
        return
    steps = list(result)
    first, last = steps[0], steps[-1]
    if first["people"] < _ENOUGH or last["share_of_first"] is None:
        return
    names = {"first": _event(first["step"]), "last": _event(last["step"])}
    lost = round(first["people"] * (1 - last["share_of_first"]))
    rarest = min(steps[1:], key=lambda row: row["share_of_first"])
    yield Finding(
        "conversion", 4 + _below_one(1 / max(last["share_of_first"], 0.001)) / 2, "sales",
        _say("conversion.what", share=figures.share(last["share_of_first"]), **names),
        _say("conversion.who", people=figures.count(lost), **names),
        None,
        _say("conversion.evidence", before=figures.count(first["people"]), after=figures.count(first["people"] - lost), **names),
        _say("conversion.next", step=_event(rarest["step"])),
    )  # fmt: skip


def _waiting(answers: Answers) -> Iterator[Finding]:
    result = answers["latency"]
    if not result or not result.turns or result.median_s is None or result.p90_s is None:
        return
    missed = 1 - result.answered / result.turns
    if result.turns < _ENOUGH or (result.p90_s < 600 and missed < 0.1):
        return
    slow = max(result, key=lambda row: (row["unanswered_share"] or 0, row["p90_s"] or 0, row["conversation_id"]))
    yield Finding(
        "waiting", 3.5 + min(missed, 0.4), "people",
        _say("waiting.what", median=figures.seconds(result.median_s), p90=figures.seconds(result.p90_s)),
        _say("waiting.who", name=slow["name"]) if len(result) > 1 else None,
        None,
        _say("waiting.evidence", turns=figures.count(result.turns), missed=figures.share(missed)),
        _say("waiting.next"),
    )  # fmt: skip


def _mood(answers: Answers) -> Iterator[Finding]:
    result = next(
        (found for name in ("mood", "mood_conversation", "mood_item", "mood_person") if (found := answers[name])), None
    )
    if result is None:
        return
    totals = _mood_totals(result.rows)
    if totals["total"] < _ENOUGH:
        return
    shares = {name: figures.share(totals[name] / totals["total"]) for name in ("positive", "neutral", "negative")}
    words = _words(answers["words_mood"], "negative")
    yield Finding(
        "mood", 3.0, "mood", _say("mood.what", **shares), None, None,
        _say("mood.evidence", total=figures.count(totals["total"])),
        _say("mood.next_words", words=words) if words else _say("mood.next"),
    )  # fmt: skip


def _blamed(answers: Answers) -> Iterator[Finding]:
    rows = [row for row in answers["aspects"] or () if row["negative"] >= _ENOUGH]
    if not rows:
        return
    worst = max(rows, key=lambda row: (row["negative"], row["aspect"]))
    name = Message(f"charts.aspect.{worst['aspect']}")
    yield Finding(
        "most_blamed", 2.9, "voice",
        _say("most_blamed.what", name=name, negative=figures.count(worst["negative"])), None, None,
        _say("most_blamed.evidence", name=name, total=figures.count(worst["total"]), share=figures.share(worst["negative_share"])),
        _say("most_blamed.next", name=name),
    )  # fmt: skip


def _wanted(answers: Answers) -> Iterator[Finding]:
    rows = [row for row in answers["wants"] or () if row["rows"] >= _ENOUGH and row["want"] not in SMALL_TALK]
    if not rows:
        return
    names = tuple(Message(f"charts.want.{row['want']}") for row in rows[:3])
    yield Finding(
        "most_wanted", 2.8, "voice",
        _say("most_wanted.what", name=names[0], share=figures.share(rows[0]["share"])),
        None, None,
        _say("most_wanted.evidence", names=names, total=figures.count(rows[0]["total"])),
        _say("most_wanted.next", name=names[0]),
    )  # fmt: skip


def _leader(answers: Answers) -> Iterator[Finding]:
    for name, strength in (("person_messages", 2.5), ("person_events", 2.0)):
        result = answers[name]
        if not result or len(result) < 2:
            continue
        first = next(iter(result))
        if first["share"] < 0.05:
            continue
        yield Finding(
            "leader", strength + first["share"] / 2, "people",
            _say(f"leader.what_{name}", name=first["name"], share=figures.share(first["share"])),
            _say("leader.who", names=tuple(row["name"] for row in list(result)[1:4])),
            None,
            _say(f"leader.evidence_{name}", rows=figures.count(first["rows"]), total=figures.count(result.total_rows)),
            _say("leader.next", name=first["name"]),
        )  # fmt: skip


def _item(answers: Answers) -> Iterator[Finding]:
    result = answers["item_events"]
    if not result or len(result) < 2:
        return
    first = next(iter(result))
    if first["share"] < 0.005:
        return
    yield Finding(
        "item", 2.2 + first["share"] / 2, "sales",
        _say("item.what", name=first["name"], share=figures.share(first["share"])), None, None,
        _say("item.evidence", rows=figures.count(first["rows"]), total=figures.count(result.total_rows)),
        _say("item.next", names=tuple(row["name"] for row in list(result)[:3])),
    )  # fmt: skip


def _busy(answers: Answers) -> Iterator[Finding]:
    for of in ("messages", "events"):
        result = answers[f"hours_{of}"]
        if not result or not hours_known(result.rows):
            continue
        total = sum(result.rows.column("rows").to_pylist())
        if total < 200:
            continue
        top = max(result, key=lambda row: (row["rows"], -row["weekday"], -row["hour"]))
        when = {"weekday": Message(f"charts.weekday.{top['weekday']}"), "hour": f"{top['hour']:02d}:00"}
        yield Finding(
            "busy", 1.5 if of == "messages" else 1.4, "activity",
            _say(f"busy.what_{of}", **when), None, None,
            _say("busy.evidence", rows=figures.count(top["rows"]), total=figures.count(total)),
            _say("busy.next", **when),
        )  # fmt: skip


def _size(answers: Answers) -> Iterator[Finding]:
    overview = answers["overview"]
    if not overview:
        yield Finding("empty", 0.0, "quality", _say("empty.what"), next=_say("empty.next"))
        return
    parts = _evidence(overview).values["parts"]
    silent = not overview.spoken and not overview.events
    section = "media" if silent and has_media(answers["voices"]) else "activity"
    yield Finding("size", 0.5, section, _say("size.what", parts=parts))


# --- help ------------------------------------------------------------------------------------------------------------


def _say(key: str, **values: Any) -> Message:
    return Message(f"report.finding.{key}", values)


def _below_one(ratio: float) -> float:
    """A ratio from 1 on, squeezed into 0..0.9: orders findings of one kind, never beyond the next kind."""
    return 0.9 * (1 - 1 / max(ratio, 1.0))


def _event(code: str) -> Message | str:
    from jianwei.report.cells import event_text

    return event_text(code)


def _mood_totals(rows: pa.Table) -> dict[str, int]:
    return {name: sum(rows.column(name).to_pylist()) for name in ("positive", "neutral", "negative", "total")}


def _words(result: Any, label: str) -> tuple[str, ...]:
    if not result:
        return ()
    rows = sorted((row for row in result if row["label"] == label), key=lambda row: (-(row["score"] or 0), row["word"]))
    return tuple(row["word"] for row in rows[:3])
