"""The page is one file that loads nothing and runs nothing but its own scripts, whatever people call themselves."""

from __future__ import annotations

import base64
import json
import re
from hashlib import sha256
from html.parser import HTMLParser

import pytest
from hypothesis import given
from hypothesis import strategies as st
from support import answers

from jianwei.common.i18n import catalog
from jianwei.report import InputLine, ReportPage, build_report, render_page
from jianwei.report.page import script_json, short_names

HOSTILE = [
    "<img src=x onerror=document.title='pwned'>",
    "</script><script>document.title='pwned'</script>",
    '"><svg onload=alert(1)>',
    "{{ 7 * 7 }}",
    "<!--",
    "\u2028\u2029",
    "javascript:alert(1)",
]
MADE = 1_714_500_000_000_000


def page(kind: str = "shop", names: list[str] | None = None, **more: object) -> ReportPage:
    ask = answers.workspace(kind)

    def hostile(question: object) -> answers.Answer:
        if names and type(question).__name__ == "Ranking":
            return answers.ranking(names=names)
        if names and type(question).__name__ == "MoodBy":
            return answers.mood_by(names=names)
        return ask(question)

    lines = [InputLine("chats.json", "chatlab", "done", 3920, 3900, 12, 8, (("bad_time", 8, 17),))]
    return build_report(hostile, covers=["chats.json"], inputs=lines, made_us=MADE, **more)  # type: ignore[arg-type]


class Collected(HTMLParser):
    """Elements with their attributes, the texts of scripts, and the text that people see."""

    def __init__(self, html: str) -> None:
        super().__init__(convert_charrefs=True)
        self.tags: list[tuple[str, dict[str, str | None]]] = []
        self.scripts: list[tuple[dict[str, str | None], str]] = []
        self.text: list[str] = []
        self._inside = ""
        self.feed(html)

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.tags.append((tag, dict(attrs)))
        self._inside = tag
        if tag == "script":
            self.scripts.append((dict(attrs), ""))

    def handle_endtag(self, tag: str) -> None:
        self._inside = ""

    def handle_data(self, data: str) -> None:
        if self._inside == "script":
            attrs, before = self.scripts[-1]
            self.scripts[-1] = (attrs, before + data)
        elif self._inside != "style":
            self.text.append(data)


@pytest.fixture(scope="module")
def hostile() -> Collected:
    return Collected(render_page(page(names=[*HOSTILE, "茶友"]), data_folder="report-data"))


def test_markup_in_names_is_text(hostile: Collected) -> None:
    assert not {tag for tag, _ in hostile.tags} & {"img", "svg", "iframe", "object", "embed", "form", "base"}
    assert not [name for _, attrs in hostile.tags for name in attrs if name.startswith("on")]
    seen = "".join(hostile.text)
    assert all(name in seen for name in HOSTILE)


def test_only_own_scripts_run(hostile: Collected) -> None:
    policy = next(
        attrs["content"] for tag, attrs in hostile.tags if attrs.get("http-equiv") == "Content-Security-Policy"
    )
    assert policy is not None
    code = [text for attrs, text in hostile.scripts if attrs.get("type") != "application/json"]
    hashes = [f"'sha256-{base64.b64encode(sha256(text.encode()).digest()).decode()}'" for text in code]
    assert len(code) == 4
    assert re.findall(r"'sha256-[^']+'", policy) == hashes
    assert "default-src 'none'" in policy
    assert "unsafe-inline" not in policy.split("style-src")[0]
    assert "http" not in policy


def test_data_for_scripts_is_whole(hostile: Collected) -> None:
    islands = [json.loads(text) for attrs, text in hostile.scripts if attrs.get("type") == "application/json"]
    charts = [island for island in islands if "series" in island]
    assert len(charts) == len(page().charts)
    names = {
        name
        for chart in charts
        for name in (chart.get("yAxis", {}) if isinstance(chart.get("yAxis"), dict) else {}).get("data", ())
        if isinstance(name, str)
    }
    assert set(HOSTILE) <= names


def test_nothing_is_fetched(hostile: Collected) -> None:
    for tag, attrs in hostile.tags:
        assert "src" not in attrs, tag
        target = attrs.get("href")
        assert target is None or target.startswith(("#", "report-data/")) or target == "data:,", target
        assert not any("url(" in (value or "") for value in attrs.values())


@pytest.mark.parametrize("kind", ["chats", "baskets", "shop", "empty"])
def test_links_lead_somewhere(kind: str) -> None:
    seen = Collected(render_page(page(kind)))
    ids = [attrs["id"] for _, attrs in seen.tags if attrs.get("id")]
    assert len(set(ids)) == len(ids)
    for _, attrs in seen.tags:
        target = attrs.get("href") or ""
        if target.startswith("#"):
            assert target[1:] in ids
        for name in (attrs.get("aria-labelledby") or "").split():
            assert name in ids


@pytest.mark.parametrize("kind", ["chats", "reviews", "orders", "log", "ratings", "baskets", "shop", "empty"])
def test_every_kind_makes_a_page_in_both_languages(kind: str) -> None:
    report = page(kind)
    seen = "".join(Collected(render_page(report)).text)
    for language in ("zh_CN", "en"):
        for sentence in report.opening:
            assert sentence.text(catalog(language)) in seen
    assert "chats.json" in seen


def test_the_language_it_opens_in() -> None:
    chinese, english = (render_page(page("empty"), language=language) for language in ("zh_CN", "en"))
    assert '<html lang="zh-CN">' in chinese
    assert '<html lang="en">' in english
    assert ">Customer insight report</title>" in english


def test_without_a_folder_nothing_links_to_it() -> None:
    assert not [
        attrs
        for tag, attrs in Collected(render_page(page())).tags
        if tag == "a" and not (attrs["href"] or "").startswith("#")
    ]


def test_what_it_covers() -> None:
    whole = build_report(answers.workspace("empty"), covers=None, inputs=[], made_us=MADE)
    assert "本报告覆盖整个工作区。" in render_page(whole)
    assert "<b>chats.json</b>" in render_page(page())
    assert "2024-05-01 02:00" in render_page(page())


def test_names_of_inputs_do_not_tell_where_they_lie() -> None:
    lines = [InputLine(f"/home/somebody/shop/{name}", "chatlab", "done", 1, 1, 0, 0) for name in ("a/1.json", "2.json")]
    html = render_page(
        build_report(answers.workspace("empty"), covers=[line.name for line in lines], inputs=lines, made_us=MADE)
    )
    assert "somebody" not in html
    assert "<b>a/1.json</b>" in html
    assert short_names(["C:\\Users\\me\\a.csv"]) == {"C:\\Users\\me\\a.csv": "a.csv"}


def test_tiles_count_local_days() -> None:
    """Sixty days of Shanghai, the first of which began the evening before in UTC."""
    figures = {tile.label.key: tile.figure for tile in page().tiles}
    assert figures["report.tile.days"] == "60"
    assert figures["report.tile.amount"] == "128,110.50"
    assert "report.tile.messages" not in {tile.label.key for tile in page("orders").tiles}


def test_inputs_with_trouble_come_first() -> None:
    lines = [
        InputLine("fine.csv", "table", "done", 1, 1, 0, 0),
        InputLine("half.csv", "table", "done", 2, 1, 0, 1, (("bad_time", 1, 2),)),
        InputLine("lost.csv", "", "rejected", 0, 0, 0, 0, (), "the file is empty"),
    ]
    html = render_page(build_report(answers.workspace("empty"), covers=None, inputs=lines, made_us=MADE))
    assert html.index("lost.csv") < html.index("half.csv") < html.index("fine.csv")
    assert "the file is empty" in html


def test_data_quality_names_rows_and_reasons() -> None:
    seen = " ".join(Collected(render_page(page())).text)
    for figure in ("3,920", "3,900", "12", "8"):
        assert figure in seen
    assert "the first on line 17" in seen


def test_why_a_picture_was_not_taken_over_is_said_in_words() -> None:
    lines = [InputLine("chat", "table", "done", 2, 1, 0, 1, (("polyglot", 1, 0), ("wrong_kind", 1, 0)))]
    html = render_page(build_report(answers.workspace("empty"), covers=None, inputs=lines, made_us=MADE))
    assert "polyglot" not in html
    assert "wrong_kind" not in html
    assert catalog("en").text("reject_media.polyglot") in html


def test_refused_files_of_a_folder_are_named_and_not_by_a_line() -> None:
    refused = {"script": [f"page{number}.png" for number in range(6)], "damaged": ["<b>cut</b>.jpg"]}
    reasons = (("damaged", 1, 3), ("script", 6, 9))
    lines = [InputLine("album", "media", "done", 9, 2, 0, 7, reasons, "", refused)]
    html = render_page(build_report(answers.workspace("empty"), covers=None, inputs=lines, made_us=MADE))
    seen = " ".join(Collected(html).text)
    assert "6 files not taken in (page0.png, page1.png, page2.png, page3.png, page4.png, …):" in seen
    assert "1 files not taken in (<b>cut</b>.jpg):" in seen
    assert "on line" not in seen
    assert "<b>cut</b>" not in html


def test_models_are_named_with_an_honest_word() -> None:
    report = page()
    with_model = ReportPage(
        **{name: getattr(report, name) for name in report.__slots__} | {"models": {"sentiment": "simple/abc"}}
    )
    assert "simple/abc" in render_page(with_model)
    assert catalog("en").text("report.ui.footer_honest") in "".join(Collected(render_page(with_model)).text)
    assert catalog("en").text("report.ui.footer_honest") not in "".join(Collected(render_page(report)).text)


@given(
    st.recursive(
        st.none() | st.booleans() | st.integers(-(2**50), 2**50) | st.text(),
        lambda inner: st.lists(inner) | st.dictionaries(st.text(), inner),
    )
)
def test_json_comes_back_and_cannot_end_its_element(value: object) -> None:
    text = str(script_json(value))
    assert json.loads(text) == value
    assert not set(text) & set("<>&\u2028\u2029")
