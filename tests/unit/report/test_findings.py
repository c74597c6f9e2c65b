"""The right thing is said first, for every kind of data, in both languages."""

from __future__ import annotations

import re
from dataclasses import replace
from typing import Any

import pyarrow as pa
import pytest
from support import answers

from jianwei.common.i18n import LANGUAGES, catalog
from jianwei.common.progress import SilentProgress
from jianwei.common.results import Reason, Unavailable
from jianwei.report._base import ASPECTS, Message
from jianwei.report.findings import find, opening
from jianwei.report.plan import ask_all

KINDS = ("chats", "reviews", "orders", "log", "ratings", "baskets", "shop", "empty")


def answered(kind: str) -> dict[str, Any]:
    return dict(ask_all(answers.workspace(kind), SilentProgress()))


def quiet(kind: str) -> dict[str, Any]:
    """The same without anything out of the ordinary."""
    return answered(kind) | {"anomalies": replace(answers.anomalies(), rows=answers.anomalies().rows.slice(0, 0))}


def texts(message: Message) -> list[str]:
    return [message.text(catalog(language)) for language in LANGUAGES]


@pytest.mark.parametrize(
    ("kind", "usual", "lead"),
    [
        ("chats", False, "negative_up"),
        ("chats", True, "mood_outlier"),
        ("reviews", False, "mood"),
        ("orders", False, "event_up"),
        ("orders", True, "rule"),
        ("log", True, "conversion"),
        ("ratings", True, "item"),
        ("baskets", False, "rule"),
        ("shop", False, "negative_up"),
        ("shop", True, "rule"),
        ("empty", False, "empty"),
    ],
)
def test_what_comes_first(kind: str, usual: bool, lead: str) -> None:
    assert find(quiet(kind) if usual else answered(kind))[0].code == lead


def told(code: str, **given: Any) -> list[str]:
    (found,) = [finding for finding in find(quiet("shop") | given) if finding.code == code]
    return texts(found.what)


def test_what_follows_what_is_told_with_its_figures() -> None:
    first = next(iter(answers.sequences()))
    for text in told("sequence"):
        assert all(name in text for name in first["item_names"])
        assert str(first["antecedent_rows"]) in text
        assert "30" in text
    assert "sequence" not in {finding.code for finding in find(quiet("shop") | {"sequences": answers.NO_EVENTS})}


def test_the_largest_change_is_told_with_both_shares() -> None:
    # 160 of 900 baskets before, 70 of 1,000 after: a larger fall than anything rose.
    for text in told("change"):
        assert answers.ITEMS[3] in text
        assert all(figure in text for figure in ("18%", "7%", "2024-01", "2024-02"))
    rows = answers.contrast().rows.slice(0, 1)
    for text in told("change", contrast=replace(answers.contrast(), rows=rows)):
        assert all(figure in text for figure in (answers.ITEMS[0], "13%", "4.4%"))
    weekend = replace(answers.contrast(), between="weekend")
    assert "change" not in {finding.code for finding in find(quiet("shop") | {"contrast": weekend})}


@pytest.mark.parametrize("kind", KINDS)
@pytest.mark.parametrize("usual", [False, True])
def test_five_sentences_in_both_languages(kind: str, usual: bool) -> None:
    given = quiet(kind) if usual else answered(kind)
    sentences = opening(find(given), given, "Asia/Shanghai")
    assert len(sentences) == len(ASPECTS) == 5
    for sentence in sentences:
        for text in texts(sentence):
            assert len(text) > 5
            assert not re.search(r"[{}]|None|Decimal|Message\(", text), text


@pytest.mark.parametrize("kind", KINDS)
def test_every_finding_can_be_said(kind: str) -> None:
    for finding in find(answered(kind)):
        for aspect in ASPECTS:
            if (sentence := getattr(finding, aspect)) is not None:
                assert all(texts(sentence))


@pytest.mark.parametrize("kind", KINDS)
def test_findings_are_in_order_and_differ(kind: str) -> None:
    found = find(answered(kind))
    assert [f.strength for f in found] == sorted((f.strength for f in found), reverse=True)
    assert len({f.what.text(catalog("en")) for f in found}) == len(found)


def test_the_incident_is_told_in_full() -> None:
    given = answered("shop")
    what, who, since, evidence, after = (m.text(catalog("en")) for m in opening(find(given), given, "Asia/Shanghai"))
    assert "2024-04-14" in what
    assert "61" in what
    assert "38 people" in who
    assert "茶友老周" in who
    assert "from 2024-04-14 to 2024-04-15 (2 periods)" in since
    assert "7.4 times" in evidence
    assert "破损, 退款, 压坏" in evidence
    assert "破损" in after


def test_a_single_period_is_not_a_stretch() -> None:
    given = answered("orders")
    since = opening(find(given), given, "Asia/Shanghai")[2].text(catalog("en"))
    assert since == "It concerns 2024-03-31 alone; the periods before and after are ordinary."


def test_without_times_nothing_is_said_about_when() -> None:
    given = answered("reviews")
    assert opening(find(given), given, "Asia/Shanghai")[2].key == "report.finding.since.no_times"


def test_the_span_is_in_the_zone_of_the_workspace() -> None:
    given = quiet("orders") | {"rules": answers.NO_EVENTS, "rfm": answers.NO_EVENTS}
    since = opening(find(given), given, "Asia/Shanghai")[2].text(catalog("en"))
    assert since == "The data runs from 2024-03-01 to 2024-04-29."


def test_a_rule_that_may_be_chance_is_no_finding() -> None:
    rows = [row | {"q_value": 0.4} for row in answers.rules().rows.to_pylist()]
    unsure = replace(answers.rules(), rows=pa.Table.from_pylist(rows, answers.rules().rows.schema))
    assert "rule" not in {f.code for f in find(quiet("baskets") | {"rules": unsure})}


@pytest.mark.parametrize(
    ("events", "said"),
    [
        (("buy",), "People who bought 龙井 and 茶杯 also bought 茶壶: 82% of 171, 5.1 times the usual."),
        (("buy", "rate"), "People who bought 龙井 and 茶杯 also bought 茶壶: 82% of 171, 5.1 times the usual."),
        (("buy", "view"), "Who has 龙井 and 茶杯 also has 茶壶: 82% of 171, 5.1 times the usual."),
        ((), "Who has 龙井 and 茶杯 also has 茶壶: 82% of 171, 5.1 times the usual."),
    ],
)
def test_a_rule_says_bought_only_of_what_was_bought(events: tuple[str, ...], said: str) -> None:
    given = quiet("baskets") | {"rules": replace(answers.rules(), events=events)}
    (found,) = (f for f in find(given) if f.code == "rule")
    assert found.what.text(catalog("en")) == said
    assert ("买了龙井和茶杯的人也买了茶壶" in found.what.text(catalog("zh_CN"))) == ("bought" in said)


def test_a_rule_that_holds_less_often_than_by_chance_is_no_finding() -> None:
    rows = [row | {"lift": 0.4} for row in answers.rules().rows.to_pylist()]
    apart = replace(answers.rules(), rows=pa.Table.from_pylist(rows, answers.rules().rows.schema))
    assert "rule" not in {f.code for f in find(quiet("baskets") | {"rules": apart})}


def test_somebody_stands_out_only_beyond_doubt() -> None:
    """As negative as before, but from so few messages that the interval reaches the average."""
    rows = answers.mood_by().rows.to_pylist()
    rows[3] |= {"low": 0.05}
    given = quiet("chats") | {
        "mood_person": answers.MoodByResult(pa.Table.from_pylist(rows, answers.mood_by().rows.schema))
    }
    assert "mood_outlier" not in {f.code for f in find(given)}


def test_who_stands_out_is_told_with_counts() -> None:
    worst = answers.mood_by().rows.to_pylist()[3]
    for text in told("mood_outlier", mood_item=answers.NO_MESSAGES):
        assert all(figure in text for figure in (worst["name"], str(worst["negative"]), str(worst["total"])))


def test_the_worst_of_many_is_no_finding_where_chance_makes_one() -> None:
    """40 people of 20 messages and 10 % negative: one of them with five or six is what chance gives."""
    low, high = answers.wilson(6, 20)
    rows = [
        {"id": f"u:{at}", "name": f"客{at}", "positive": 0, "neutral": 20 - bad, "negative": bad, "total": 20}
        | {"negative_share": bad / 20, "low": low if bad == 6 else 0.02, "high": high}
        for at, bad in enumerate([6, *[2] * 39])
    ]
    assert low > 0.105  # alone its interval would speak against it
    schema = answers.mood_by().rows.schema
    for many, said in ((40, False), (1, True)):
        people = [
            *rows[:many],
            rows[-1] | {"id": "u:x", "total": 400, "neutral": 360, "negative": 40, "negative_share": 0.1},
        ]
        given = quiet("chats") | {"mood_person": answers.MoodByResult(pa.Table.from_pylist(people, schema))}
        assert ("mood_outlier" in {f.code for f in find(given)}) is said


def test_money_spread_evenly_is_no_finding() -> None:
    even = answers.rfm().segments.to_pylist()
    segments = [row | {"amount_share": row["share"]} for row in even]
    given = quiet("orders") | {
        "rfm": replace(answers.rfm(), segments=pa.Table.from_pylist(segments, answers.rfm().segments.schema))
    }
    assert "money" not in {f.code for f in find(given)}


def test_orders_without_amounts_give_no_money() -> None:
    segments = [row | {"amount_share": None, "amount": None} for row in answers.rfm().segments.to_pylist()]
    bare = replace(answers.rfm(), segments=pa.Table.from_pylist(segments, answers.rfm().segments.schema))
    assert "money" not in {f.code for f in find(quiet("orders") | {"rfm": bare})}


def test_quick_answers_are_no_finding() -> None:
    quick = replace(answers.latency(), turns=500, answered=498, median_s=20.0, p90_s=60.0)
    assert "waiting" not in {f.code for f in find(answered("chats") | {"latency": quick})}


def test_the_larger_of_two_incidents_leads() -> None:
    rows = answers.anomalies().rows.to_pylist()
    weak = rows[0] | {"label": "2024-03-05", "p_value": 1e-4, "q_value": 1e-3, "observed": 20.0}
    given = answered("chats") | {
        "anomalies": replace(
            answers.anomalies(), rows=pa.Table.from_pylist([weak, *rows], answers.anomalies().rows.schema)
        )
    }
    assert "2024-04-14" in find(given)[0].what.text(catalog("en"))


def test_names_with_braces_are_only_names() -> None:
    named = answers.ranking(names=["{share}", "{0}", "b"])
    assert "{share} says most" in next(
        f.what.text(catalog("en")) for f in find(quiet("chats") | {"person_messages": named}) if f.code == "leader"
    )


def test_everything_unavailable_is_the_empty_report() -> None:
    nothing = dict.fromkeys(answered("empty"), Unavailable(Reason("unheard_of")))
    assert [f.code for f in find(nothing)] == ["empty"]
