"""The charts' script, run as the painter runs it: numbers as people write them, marks resolved, nothing that could end a script element."""

from __future__ import annotations

import json
from typing import Any

import pytest
import quickjs

from jianwei.common.i18n import catalog
from jianwei.errors import JianweiError
from jianwei.render.assets import FOLDER, script


@pytest.fixture(scope="module")
def engine() -> quickjs.Context:
    context = quickjs.Context()
    context.eval(script("charts"))
    return context


def resolved(engine: quickjs.Context, option: Any, language: str = "en") -> Any:
    words = {key: text for key, text in catalog(language).entries.items() if key.startswith("charts.")}
    context = {"language": language, "words": words, "palette": {"ink": "#111111"}, "font": "x"}
    source = f"JSON.stringify(JianweiCharts.resolve({json.dumps(option)}, {json.dumps(context)}))"
    return json.loads(engine.eval(source))


def written(engine: quickjs.Context, function: str, value: Any, language: str = "en") -> str:
    words = {key: text for key, text in catalog(language).entries.items() if key.startswith("charts.")}
    context = json.dumps({"language": language, "words": words, "palette": {}, "font": "x"})
    source = f'JianweiCharts.resolve({{"$f": "{function}"}}, {context})({json.dumps(value)})'
    text: str = engine.eval(f"({source}).normalize()")
    return text


@pytest.mark.parametrize(
    ("function", "value", "english", "chinese"),
    [
        ("compact", 0, "0", "0"),
        ("compact", 100, "100", "100"),
        ("compact", 7345, "7.3k", "7,345"),
        ("compact", 12_000, "12k", "1.2万"),
        ("compact", 2_500_000, "2.5M", "250万"),
        ("compact", 300_000_000, "300M", "3亿"),
        ("compact", -15_000, "-15k", "-1.5万"),
        ("full", 1234567.5, "1,234,567.5", "1,234,567.5"),
        ("full", None, "–", "–"),
        ("percent", 0, "0%", "0%"),
        ("percent", 1, "100%", "100%"),
        ("percent", 0.1, "10%", "10%"),
        ("percent", 0.079, "7.9%", "7.9%"),
        ("percent", -0.5, "50%", "50%"),
        ("percent", None, "–", "–"),
        ("size", -1234, "1,234", "1,234"),
        ("size", None, "–", "–"),
        ("duration", 1, "1 s", "1 秒"),
        ("duration", 60, "1 min", "1 分钟"),
        ("duration", 5400, "1.5 h", "1.5 小时"),
        ("duration", 216_000, "2.5 d", "2.5 天"),
        ("duration", 100 * 86_400, "100 d", "100 天"),
        ("times", 7.44, "×7.4", "×7.4"),
    ],
)
def test_numbers(engine: quickjs.Context, function: str, value: Any, english: str, chinese: str) -> None:
    assert written(engine, function, value, "en") == english
    assert written(engine, function, value, "zh_CN") == chinese


def test_marks_are_resolved_and_everything_else_is_kept(engine: quickjs.Context) -> None:
    option = {
        "name": {"$t": "charts.mood.share"},
        "color": [{"$c": "ink"}],
        "data": ["$t", None, 1.5, True, {"x": {"y": "@"}}],
    }
    assert resolved(engine, option) == {
        "name": "Negative share",
        "color": ["#111111"],
        "data": ["$t", None, 1.5, True, {"x": {"y": "@"}}],
    }


def test_placeholders_are_filled(engine: quickjs.Context) -> None:
    assert resolved(engine, {"$t": "charts.unit.hour", "n": 3}, "zh_CN") == "3 小时"


def test_unknown_words_are_an_error(engine: quickjs.Context) -> None:
    with pytest.raises(quickjs.JSException, match="no words"):
        resolved(engine, {"$t": "charts.no.such"})


@pytest.mark.parametrize("name", ["charts", "element", "echarts"])
def test_scripts_can_stand_in_a_page(name: str) -> None:
    source = script(name).lower()
    assert "</script" not in source
    assert "<!--" not in source


def test_a_missing_script_says_what_to_do() -> None:
    with pytest.raises(JianweiError, match="make assets"):
        script("no-such-script")


def test_the_lock_has_hashes_and_no_addresses() -> None:
    text = (FOLDER / "package-lock.json").read_text("utf-8")
    packages = {name: entry for name, entry in json.loads(text)["packages"].items() if name}
    assert packages
    assert all(entry["integrity"].startswith("sha512-") for entry in packages.values())
    assert "resolved" not in text
    assert "http" not in text
