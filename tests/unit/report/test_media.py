"""Voices and pictures in the report: shown where there are any, said first where it matters, and honest about what nobody listened to."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import pyarrow as pa
import pytest
from support import answers

from jianwei.behavior.unsafe import GAPS_SCHEMA, SPOKE_SCHEMA, UNSAFE_LATEST_SCHEMA
from jianwei.common.i18n import LANGUAGES, catalog
from jianwei.common.progress import SilentProgress
from jianwei.common.results import Reason, Unavailable
from jianwei.enrich.stages.unsafe import NOT_DETECTED
from jianwei.report._base import Finding, Section
from jianwei.report.cells import SPEAKERS, page_rows
from jianwei.report.findings import find
from jianwei.report.media import repeated, unsafe, voice_blame, voices
from jianwei.report.plan import ask_all
from jianwei.report.sections import SECTIONS, build_sections

WITNESSES = ("nsfw", "ocr", "speech", "code")


def answered(kind: str = "shop", **changes: Any) -> dict[str, Any]:
    return dict(ask_all(answers.workspace(kind), SilentProgress())) | changes


def section(**changes: Any) -> Section | None:
    return next((one for one in build_sections(answered(**changes))[0] if one.key == "media"), None)


def said(finding: Finding) -> list[str]:
    parts = (finding.what, finding.who, finding.evidence, finding.next)
    return [part.text(catalog(language)) for language in LANGUAGES for part in parts if part is not None]


@pytest.mark.parametrize("kind", ["chats", "orders", "empty"])
def test_without_media_nothing_is_said_of_them(kind: str) -> None:
    sections, absent = build_sections(answered(kind))
    assert "media" not in {one.key for one in sections}
    titles = {catalog("en").text(f"charts.title.{entry.key}") for entry in SECTIONS["media"]}
    assert not [what for what, _ in absent for title in titles if title in what.text(catalog("en"))]


def test_media_that_nobody_looked_at_are_said_to_be_so() -> None:
    silent = answers.voices(timed=False, media=False)
    kept = replace(answers.voices(timed=False), languages=silent.languages, unheard=silent.unheard, transcribed=None)
    shown = section(
        voices=kept, voice_wants=Unavailable(Reason("no_transcripts")), picture_kinds=Unavailable(Reason("not_looked_at")),
        near_duplicates=Unavailable(Reason("not_looked_at")), unsafe=Unavailable(Reason("not_judged")),
    )  # fmt: skip
    assert shown is not None
    assert [block.key for block in shown.blocks] == ["sent"]
    lines = [why.text(catalog("en")) for _, why in shown.missing]
    assert [("stages speech" in line, "stages vision" in line) for line in lines] == [
        (True, False), (False, True), (True, False),
    ]  # fmt: skip


def test_where_nothing_is_unsafe_the_table_stands_without_a_picture() -> None:
    fine = replace(answers.unsafe(timed=False), unsafe=0, latest=UNSAFE_LATEST_SCHEMA.empty_table())
    shown = section(unsafe=fine)
    assert shown is not None
    (block,) = [block for block in shown.blocks if block.key == "unsafe"]
    assert (block.charts, block.table.rows.num_rows) == ((), 3)
    assert "unsafe-latest" not in {block.key for block in shown.blocks}


def test_what_the_verdicts_leave_out_is_said_in_words() -> None:
    shown = section()
    assert shown is not None
    blocks = {block.key: block for block in shown.blocks}
    english, chinese = (blocks["unsafe"].lead.text(catalog(language)) for language in ("en", "zh_CN"))
    assert english.endswith("Without a verdict: 3. Nobody looks for: Gore, Violence.")
    assert chinese.endswith("没有判断的文件：3 个。没有人查：血腥、暴力。")
    assert [cell.text for cell in page_rows(blocks["unsafe-gaps"].table, "UTC", 9)[0][1:]] == ["2"]
    rows = page_rows(blocks["unsafe-latest"].table, "UTC", 9)
    assert [row[-1].text for row in rows] == [f"0{at}aaaaaaaaa…aaaaaaaa.png" for at in range(6)]
    assert [row[-2].text == "–" for row in rows] == [True] * 5 + [False]


def test_files_that_were_looked_at_in_full_are_not_worth_a_line() -> None:
    full = replace(answers.unsafe(), gaps=GAPS_SCHEMA.empty_table(), spoke=SPOKE_SCHEMA.empty_table())
    shown = section(unsafe=full)
    assert shown is not None
    lines = " ".join(what.text(catalog("en")) for what, _ in shown.missing)
    assert catalog("en").text("charts.title.unsafe-spoke") in lines
    assert catalog("en").text("charts.title.unsafe-gaps") not in lines


def test_everything_that_may_not_be_detected_has_words() -> None:
    assert {*NOT_DETECTED, *WITNESSES} == set(SPEAKERS)
    for language in LANGUAGES:
        assert len({catalog(language).text(f"charts.speaker.{code}") for code in SPEAKERS}) == len(SPEAKERS)


def blamed(**row: Any) -> list[Finding]:
    first = answers.voice_wants().rows.slice(0, 1).to_pylist()[0] | row
    result = answers.voice_wants()
    rows = pa.Table.from_pylist([first], result.rows.schema)
    return list(voice_blame({"voice_wants": replace(result, rows=rows)}))


@pytest.mark.parametrize(
    ("of", "code", "word"),
    [
        ("mood", "negative", "Voices are negative more often"),
        ("want", "refund", "Voices ask for “Refunds” more often"),
        ("blamed", "delivery", "Voices blame “Delivery” more often"),
        ("emotion", "angry", "the feeling “Angry” more often"),
    ],
)
def test_what_voices_do_more_often(of: str, code: str, word: str) -> None:
    (finding,) = blamed(of=of, code=code)
    assert word in finding.what.text(catalog("en"))
    assert all(text and "{" not in text for text in said(finding))


@pytest.mark.parametrize(
    "row",
    [{"q_value": 0.2}, {"difference": -0.1}, {"of": "mood", "code": "positive"}, {"of": "want", "code": "greeting"}],
)
def test_chance_and_pleasant_things_open_no_report(row: dict[str, Any]) -> None:
    assert blamed(**row) == []


def test_few_voices_say_too_little() -> None:
    assert list(voice_blame({"voice_wants": replace(answers.voice_wants(), voices=19)})) == []


def test_unsafe_files_are_always_said() -> None:
    (finding,) = unsafe({"unsafe": replace(answers.unsafe(), unsafe=1)})
    assert finding.what.text(catalog("en")).startswith("1 of 260")
    assert all("{" not in text for text in said(finding))
    assert "Without a verdict: 3 more." in " ".join(said(finding))
    (finding,) = unsafe({"unsafe": replace(answers.unsafe(), unjudged=0)})
    assert "Without a verdict" not in " ".join(said(finding))
    assert list(unsafe({"unsafe": replace(answers.unsafe(), unsafe=0)})) == []
    assert "unsafe" in {found.code for found in find(answered())}


def test_only_who_sent_what_is_unsafe_is_named() -> None:
    result = answers.unsafe()
    row = dict.fromkeys(UNSAFE_LATEST_SCHEMA.names)
    latest = [{**row, "name": "小林", "verdict": "unsafe"}, {**row, "name": "小王", "verdict": "unsure"}]
    (finding,) = unsafe({"unsafe": replace(result, latest=pa.Table.from_pylist(latest, UNSAFE_LATEST_SCHEMA))})
    told = repr(finding)
    assert "小林" in told
    assert "小王" not in told


def test_a_picture_that_goes_around() -> None:
    (finding,) = repeated({"near_duplicates": answers.near_duplicates()})
    assert finding.what.text(catalog("en")).startswith("One picture was sent 12 times by 5 people")
    assert "加微信 138****5678" in said(finding)[1]
    rows = answers.near_duplicates().rows
    alone = rows.set_column(1, "people", pa.array([1, 1], pa.int64()))
    assert list(repeated({"near_duplicates": replace(answers.near_duplicates(), rows=alone)})) == []


def test_the_share_of_voices_with_and_without_ears() -> None:
    heard = answers.voices(timed=False)
    (finding,) = voices({"voices": heard})
    assert "255 of 260 recordings" in said(finding)[1] + said(finding)[4]
    deaf = replace(heard, transcribed=None, silent=None, unheard=Reason("no_transcripts"))
    (finding,) = voices({"voices": deaf})
    assert "enrich --stages speech,text" in said(finding)[-1]
    assert list(voices({"voices": answers.voices(timed=False, media=False)})) == []


def test_where_there_is_nothing_but_media_the_report_leads_to_them() -> None:
    shop = answered()
    heard = answers.voices(timed=False)
    few = [row | {"rows": 3} for row in heard if row["kind"] == "voice"]
    given: dict[str, Any] = dict.fromkeys(shop, answers.NO_MESSAGES)
    given["overview"] = replace(shop["overview"], spoken=0, events=0)
    given["voices"] = replace(heard, rows=pa.Table.from_pylist(few, heard.rows.schema))
    assert [(found.code, found.section) for found in find(given)] == [("size", "media")]
