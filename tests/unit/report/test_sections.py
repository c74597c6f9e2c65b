"""Answers become sections; what cannot be shown is said in one line."""

from __future__ import annotations

from dataclasses import replace

import pyarrow as pa
import pytest
from support import answers

from jianwei.common.i18n import LANGUAGES, catalog
from jianwei.common.progress import SilentProgress
from jianwei.common.results import Reason, Unavailable
from jianwei.report._base import Missing, Section
from jianwei.report.cells import page_rows
from jianwei.report.plan import QUESTIONS, ask_all
from jianwei.report.sections import SECTIONS, build_sections

KINDS = ("chats", "reviews", "orders", "log", "ratings", "baskets", "shop", "empty")


def built(kind: str, **changes: object) -> tuple[tuple[Section, ...], tuple[Missing, ...]]:
    return build_sections(dict(ask_all(answers.workspace(kind), SilentProgress())) | changes)


def sections(kind: str, **changes: object) -> dict[str, Section]:
    return {section.key: section for section in built(kind, **changes)[0]}


def keys(kind: str) -> set[str]:
    return {block.key for section in sections(kind).values() for block in section.blocks}


def test_a_shop_shows_everything() -> None:
    assert keys("shop") == {entry.key for entries in SECTIONS.values() for entry in entries}


@pytest.mark.parametrize(
    ("kind", "shown", "hidden"),
    [
        ("chats", {"volume-messages", "mood", "latency", "words-mood"}, {"rfm", "rules", "volume-events"}),
        ("reviews", {"words-mood", "words"}, {"mood", "volume-messages", "ranking-person-messages"}),
        ("orders", {"rfm", "rfm-people", "rules", "volume-events"}, {"mood", "conversion"}),
        ("log", {"conversion", "ranking-item-events"}, {"rfm", "mood"}),
        ("baskets", {"rules", "ranking-item-events"}, {"volume-events", "ranking-person-events"}),
        ("empty", set(), {"words", "rules", "mood"}),
    ],
)
def test_other_kinds_show_what_they_have(kind: str, shown: set[str], hidden: set[str]) -> None:
    assert shown <= keys(kind)
    assert not hidden & keys(kind)


@pytest.mark.parametrize("kind", KINDS)
def test_every_block_has_words_and_its_columns(kind: str) -> None:
    for section in sections(kind).values():
        for language in LANGUAGES:
            words = catalog(language)
            assert words.has(f"report.section.{section.key}")
            for block in section.blocks:
                assert block.title.text(words)
                assert block.lead.text(words)
                assert [column.heading.text(words) for column in block.table.columns]
                for row in page_rows(block.table, "Asia/Shanghai", 20):
                    assert len(row) == len(block.table.columns)
                    assert all(isinstance(cell.text, str) or cell.text.text(words) for cell in row)
            for what, why in (*section.missing, *built(kind)[1]):
                assert what.text(words)
                assert why.text(words)


def absent(kind: str, **changes: object) -> list[tuple[str, str]]:
    return [(what.text(catalog("en")), why.text(catalog("en"))) for what, why in built(kind, **changes)[1]]


def test_what_the_data_lacks_is_said_once() -> None:
    ((what, why),) = absent("chats")
    assert what.startswith("Everything people do")
    assert why == "the data holds no orders, ratings or other events."


def test_one_line_for_one_reason() -> None:
    never = Unavailable(Reason("no_annotations", {"task": "sentiment"}))
    found = sections("shop", mood=never, mood_item=never)["mood"].missing
    ((what, why),) = ((what.text(catalog("en")), why.text(catalog("en"))) for what, why in found)
    assert what == "Mood over time, Mood by item"
    assert "enrich" in why


def test_a_reason_without_words_is_shown_as_its_code() -> None:
    found = sections("chats", mood=Unavailable(Reason("moon_in_the_way", {"x": 1})))["mood"]
    assert "moon_in_the_way" in found.missing[0][1].text(catalog("zh_CN"))


def test_nothing_unusual_is_said_and_not_drawn() -> None:
    none = replace(answers.anomalies(), rows=answers.anomalies().rows.slice(0, 0))
    assert "unusual" not in sections("chats", anomalies=none)
    assert ("Unusual days and hours", "nothing of the kind was found.") in absent("chats", anomalies=none)


def test_one_conversation_is_no_ranking() -> None:
    one = answers.ranking("c", ["茶友群"])
    assert "ranking-conversation-messages" not in {
        b.key for b in sections("chats", conversation_messages=one)["people"].blocks
    }


def test_without_messages_nobody_is_told_to_enrich_them() -> None:
    never = Unavailable(Reason("no_annotations", {"task": "sentiment"}))
    assert not [why for _, why in absent("orders", mood=never, words=never, mood_person=never) if "enrich" in why]


def test_dates_without_hours_have_no_hours_of_the_week() -> None:
    flat = answers.hours().rows.to_pylist()
    for row in flat:
        row["rows"] = 70 if row["hour"] == 0 else 0
    dates = answers.HoursResult(pa.Table.from_pylist(flat, answers.hours().rows.schema))
    assert "hours-events" not in {block.key for block in sections("orders", hours_events=dates)["activity"].blocks}
    assert "hours-events" in keys("orders")


def test_a_column_without_any_value_is_left_out() -> None:
    (block,) = (b for b in sections("shop")["people"].blocks if b.key == "ranking-person-messages")
    assert "amount" not in {column.name for column in block.table.columns}


def test_every_answer_of_a_section_is_asked_for() -> None:
    assert {entry.answer for entries in SECTIONS.values() for entry in entries} <= QUESTIONS.keys()


def test_names_of_files_are_unique() -> None:
    names = [entry.key for entries in SECTIONS.values() for entry in entries]
    assert len(set(names)) == len(names)
    assert all(name.replace("-", "").isalpha() and name.isascii() for name in names)
