"""Charts show what the tables say, in marks that every language and colouring can fill in."""

from __future__ import annotations

import json
from collections.abc import Iterator
from dataclasses import replace
from decimal import Decimal
from typing import Any

import pyarrow as pa
import pyarrow.compute as pc
import pytest
from support import answers

from jianwei.common.i18n import LANGUAGES, catalog
from jianwei.render import charts
from jianwei.render.assets import script
from jianwei.render.charts import Chart, to_json
from jianwei.render.palette import palette
from jianwei.text.opinion.lists import ASPECTS

ANOMALIES = answers.anomalies(of="both")


def every_chart() -> list[Chart]:
    return [
        charts.volume(answers.volume(), of="messages", anomalies=ANOMALIES.rows),
        charts.volume(answers.volume(of="events"), of="events"),
        charts.hours(answers.hours(), of="messages"),
        charts.hours(answers.hours(), of="events"),
        *(
            charts.ranking(answers.ranking(), by=by, of=of)
            for by in ("person", "item")
            for of in ("messages", "events")
        ),
        charts.ranking(answers.ranking("i", answers.ITEMS, money=True), by="item", of="amount"),
        charts.latency(answers.latency()),
        *(charts.cloud(answers.words(), label=label) for label in ("positive", "neutral", "negative")),
        charts.cloud(answers.all_words()),
        charts.keywords(answers.keywords()),
        charts.topics(answers.topics()),
        charts.mood(answers.mood()),
        *(charts.mood_by(answers.mood_by(), by=by) for by in ("person", "conversation", "item")),
        charts.anomalies(ANOMALIES),
        charts.rule_network(answers.rules()),
        charts.rule_matrix(answers.rules()),
        charts.sequences(answers.sequences()),
        charts.contrast(answers.contrast()),
        charts.aspects(answers.aspects(timed=False)),
        charts.aspect_trend(answers.aspects()),
        charts.emotions(answers.emotions()),
        charts.wants(answers.wants(timed=False)),
        charts.want_trend(answers.wants()),
        charts.flags(answers.flags()),
        charts.sent(answers.voices()),
        charts.voice_wants(answers.voice_wants()),
        charts.picture_kinds(answers.picture_kinds()),
        charts.unsafe(answers.unsafe()),
        charts.rfm(answers.rfm()),
        charts.conversion(answers.conversion()),
    ]


CHARTS = {chart.key: chart for chart in every_chart()}


def marks(node: Any, mark: str) -> Iterator[str]:
    if isinstance(node, dict):
        if mark in node:
            yield node[mark]
        for value in node.values():
            yield from marks(value, mark)
    elif isinstance(node, list | tuple):
        for value in node:
            yield from marks(value, mark)


@pytest.mark.parametrize("key", CHARTS)
def test_marks_can_be_filled_in(key: str) -> None:
    chart = CHARTS[key]
    for language in LANGUAGES:
        words = catalog(language)
        assert words.has(chart.title_key)
        for name in marks(chart.option, "$t"):
            assert words.has(name), name
    assert set(marks(chart.option, "$c")) <= palette().keys()
    source = script("charts")
    for name in marks(chart.option, "$f"):
        assert f"const {name} = (" in source, name


@pytest.mark.parametrize("key", CHARTS)
def test_an_option_is_plain_json(key: str) -> None:
    chart = CHARTS[key]
    assert json.loads(to_json(chart.option))["series"]
    assert chart.key == key
    assert chart.height >= 180
    assert chart.table.num_rows > 0


def test_volume_stacks_add_up_to_the_table() -> None:
    result = answers.volume()
    chart = charts.volume(result, of="messages")
    shown = sum(sum(series["data"]) for series in chart.option["series"])
    assert shown == pc.sum(result.rows["rows"]).as_py()
    assert len(chart.option["xAxis"]["data"]) == 60


def test_volume_puts_small_series_together() -> None:
    rows = [(0, "d", f"e{number}", number + 1, 1) for number in range(9)]
    table = pa.table(
        [pa.array(c) for c in zip(*rows, strict=True)], names=["period_us", "label", "series", "rows", "people"]
    )
    series = charts.volume(replace(answers.volume(), rows=table), of="events").option["series"]
    assert [s["name"] for s in series[:2]] == ["e8", "e7"]
    assert series[-1]["name"] == {"$t": "charts.series.other"}
    assert series[-1]["data"] == [1 + 2 + 3]


def rings(chart: Chart) -> list[int]:
    (marked,) = [s["data"] for s in chart.option["series"] if s.get("name") == {"$t": "charts.volume.unusual"}]
    return [index for index, _ in marked]


def test_unusual_periods_are_marked_where_they_belong() -> None:
    found = ANOMALIES.rows
    assert rings(charts.volume(answers.volume(), of="messages", anomalies=found)) == [20, 44]
    assert rings(charts.volume(answers.volume(of="events"), of="events", anomalies=found)) == [30]
    assert rings(charts.mood(answers.mood(), anomalies=found)) == [44, 45]


def test_an_unusual_day_marks_the_week_that_holds_it() -> None:
    days = answers.volume().rows
    weeks = sorted(set(days["period_us"].to_pylist()))[::7]
    weekly = pa.table(
        {"period_us": weeks, "label": [str(w) for w in weeks], "series": ["in"] * len(weeks), "rows": [5] * len(weeks)}
    )
    assert rings(charts.volume(replace(answers.volume(), rows=weekly), of="messages", anomalies=ANOMALIES.rows)) == [
        20 // 7,
        44 // 7,
    ]


def test_mood_shares_sum_to_one_and_the_band_holds_the_share() -> None:
    option = charts.mood(answers.mood()).option
    series = {json.dumps(s.get("name")): s for s in option["series"]}
    stacks = [s["data"] for s in option["series"] if s.get("stack") == "share"]
    assert all(abs(sum(parts) - 1) < 1e-9 for parts in zip(*stacks, strict=True))
    low, width = (s["data"] for s in option["series"] if s.get("stack") == "band")
    line = series[json.dumps({"$t": "charts.mood.share"})]["data"]
    assert all(a <= share <= a + b for a, b, share in zip(low, width, line, strict=True))


def test_mood_leaves_gaps_where_nothing_was_said() -> None:
    rows = answers.mood(2).rows.to_pylist()
    rows[1] |= {
        "positive": 0,
        "neutral": 0,
        "negative": 0,
        "total": 0,
        "negative_share": None,
        "low": None,
        "high": None,
    }
    option = charts.mood(replace(answers.mood(2), rows=pa.Table.from_pylist(rows, answers.mood(2).rows.schema))).option
    assert all(s["data"][1] is None for s in option["series"] if s.get("stack"))


def test_aspects_turn_blame_to_the_left_and_count_messages() -> None:
    result = answers.aspects(timed=False)
    chart = charts.aspects(result)
    blame, praise = chart.option["series"]
    rows = {row["aspect"]: row for row in result}
    shown = [name["$t"].removeprefix("charts.aspect.") for name in chart.option["yAxis"]["data"]]
    assert [rows[code]["total"] for code in shown] == sorted((row["total"] for row in result), reverse=True)
    assert blame["data"] == [-rows[code]["negative"] for code in shown]
    assert praise["data"] == [rows[code]["positive"] for code in shown]


def test_aspects_over_time_put_every_complaint_in_its_period() -> None:
    result = answers.aspects()
    cells = charts.aspect_trend(result).option["series"][0]["data"]
    assert sum(blamed for _, _, blamed in cells) == pc.sum(result.rows["negative"]).as_py()
    assert len(cells) == len(result)


def test_every_aspect_has_its_words() -> None:
    for language in LANGUAGES:
        assert all(catalog(language).has(f"charts.aspect.{code}") for code in ASPECTS)


def test_mood_by_turns_negative_to_the_left() -> None:
    left, right = charts.mood_by(answers.mood_by(), by="person").option["series"]
    assert all(value <= 0 for value in left["data"])
    assert all(value >= 0 for value in right["data"])


def test_clouds_show_only_words_more_common_there() -> None:
    table = pa.table(
        {
            "label": ["negative"] * 3,
            "word": ["慢", "好", "差"],
            "rows": [9, 50, 4],
            "occurrences": [9, 50, 4],
            "score": [8.0, -3.0, 2.0],
        }
    )
    (series,) = charts.cloud(answers.WordsResult(table), label="negative").option["series"]
    assert [item["name"] for item in series["data"]] == ["慢", "差"]
    assert series["renderItem"]["names"] == ["慢", "差"]


def test_segments_without_amounts_show_people_only() -> None:
    bare = [row | {"amount_share": None} for row in answers.rfm().segments.to_pylist()]
    (series,) = charts.rfm(
        replace(answers.rfm(), segments=pa.Table.from_pylist(bare, answers.rfm().segments.schema))
    ).option["series"]
    assert series["name"] == {"$t": "charts.rfm.people"}


def test_an_empty_cloud_is_no_error() -> None:
    (series,) = charts.cloud(answers.words(), label="none such").option["series"]
    assert series["data"] == []


def test_latency_draws_only_conversations_with_an_answer() -> None:
    rows = answers.latency().rows.to_pylist()[:2]
    rows[0] |= {"median_s": None, "p90_s": None, "answered": 0}
    option = charts.latency(
        replace(answers.latency(), rows=pa.Table.from_pylist(rows, answers.latency().rows.schema))
    ).option
    assert option["yAxis"]["data"] == ["林夕"]


def test_ranking_counts_money_where_it_is_asked_for() -> None:
    result = answers.ranking("i", answers.ITEMS, money=True)
    (series,) = charts.ranking(result, by="item", of="amount").option["series"]
    assert series["data"][0] == float(Decimal(result.rows["amount"][0].as_py()))


def test_text_from_data_is_never_a_mark() -> None:
    """A nickname that looks like a mark stays a text."""
    names = ["@charts.volume.messages", '{"$t": "charts.mood.share"}', "{b}", "$c"]
    option = json.loads(to_json(charts.ranking(answers.ranking(names=names), by="person", of="messages").option))
    assert option["yAxis"]["data"] == names


def test_topics_stack_to_the_whole_of_every_period() -> None:
    result = answers.topics()
    option = charts.topics(result).option
    assert len(option["series"]) == 7
    assert option["series"][-1]["name"] == {"$t": "charts.series.other"}
    assert [series["name"] for series in option["series"][:2]] == result.rows["name"].to_pylist()[:2]
    for index, shares in enumerate(zip(*(series["data"] for series in option["series"]), strict=True)):
        if index == 4:
            assert set(shares) == {None}
        else:
            assert sum(shares) == pytest.approx(1)


def test_topics_of_a_single_period_are_bars() -> None:
    result = answers.topics(1)
    (series,) = charts.topics(result).option["series"]
    assert series["data"] == result.rows["share"].to_pylist()[:8]


def test_emotions_stack_their_shares_and_leave_the_neutral_ones_out() -> None:
    result = answers.emotions(periods=3)
    series = charts.emotions(result).option["series"]
    assert series[0]["name"] == {"$t": "charts.emotion.angry"}
    shown = [sum(parts) for parts in zip(*(s["data"] for s in series), strict=True)]
    told = result.rows.to_pylist()
    days = sorted({row["label"] for row in told})
    expected = [sum(r["share"] for r in told if r["label"] == day and r["emotion"] != "neutral") for day in days]
    assert shown == pytest.approx(expected)


def test_a_period_without_messages_has_no_share() -> None:
    rows = answers.emotions(periods=3).rows.to_pylist()
    rows = [r | ({"rows": 0, "total": 0, "share": None} if r["label"] == rows[6]["label"] else {}) for r in rows]
    table = pa.Table.from_pylist(rows, answers.emotions().rows.schema)
    series = charts.emotions(replace(answers.emotions(), rows=table)).option["series"]
    assert {s["data"][1] for s in series} == {None}
    assert all(s["data"][0] is not None for s in series)


def test_without_periods_there_are_bars_of_the_whole() -> None:
    for chart in (charts.emotions(answers.emotions(timed=False)), charts.flags(answers.flags(timed=False))):
        (series,) = chart.option["series"]
        assert len(series["data"]) == len(chart.option["yAxis"]["data"])
    wants = answers.wants(timed=False).rows.to_pylist()
    (series,) = charts.wants(answers.wants(timed=False)).option["series"]
    assert series["data"] == sorted((row["share"] for row in wants), reverse=True)


def test_what_is_wanted_over_time_is_shown_period_by_period() -> None:
    result = answers.wants(periods=5)
    option = charts.want_trend(result).option
    names = [name["$t"].rpartition(".")[2] for name in option["yAxis"]["data"]]
    shown = {(option["xAxis"]["data"][x], names[y]): many for x, y, many in option["series"][0]["data"]}
    assert shown == {(row["label"], row["want"]): row["rows"] for row in result.rows.to_pylist()}


@pytest.mark.parametrize("language", LANGUAGES)
def test_every_code_of_the_models_has_words(language: str) -> None:
    from jianwei.text import moderation
    from jianwei.text.builtin import load_builtin

    words = catalog(language)
    for kind, model in (("emotion", "emotion"), ("want", "service")):
        for code in set(load_builtin(model).classes) - {"other"}:
            assert words.has(f"charts.{kind}.{code}"), code
    for code in moderation.default_moderator().classifier.classes:
        assert words.has(f"charts.flag.{code}") or code == "normal", code
