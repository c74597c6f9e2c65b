"""The report as one HTML file that opens offline: styles, charts and both languages are inside it, nothing is fetched.

Texts from data are escaped by Jinja2, data for scripts is JSON that cannot end its element, and a content security policy allows only
the scripts written here (by their hash), so that markup in a nickname has no way to run.
"""

from __future__ import annotations

import base64
from collections.abc import Mapping, Sequence
from hashlib import sha256
from itertools import takewhile
from typing import Any

import jinja2
from markupsafe import Markup

from jianwei import __version__
from jianwei.common.i18n import LANGUAGES, Catalog, catalog
from jianwei.render.assets import script
from jianwei.render.charts import to_json
from jianwei.render.palette import palette
from jianwei.report import figures
from jianwei.report._base import ASPECTS, InputLine, Message, ReportPage
from jianwei.report.cells import page_rows, style

__all__ = ["ROWS", "render_page", "script_json", "short_names"]

ROWS = 20
"""Rows of a table that the page shows; the files have all of them."""

_TAGS = {"zh_CN": "zh-CN", "en": "en"}


def render_page(page: ReportPage, *, language: str = "zh_CN", data_folder: str | None = None) -> str:
    """The HTML text.

    Args:
        page: the report.
        language: the language it opens in; the reader can switch.
        data_folder: name of the folder beside the page that holds tables and pictures; None when there is none, then nothing links to it.

    Raises:
        JianweiError: the charts' script has not been built.
    """
    words = {name: catalog(name) for name in LANGUAGES}
    template = _environment(words).get_template("report.html.j2")
    scripts = [script("echarts"), script("charts"), script("element"), _own("report.js")]
    return template.render(
        page=page,
        short=short_names([*(page.covers or ()), *(line.name for line in page.inputs)]),
        inputs=sorted(page.inputs, key=lambda line: (line.status == "done", not line.rejected)),
        anchors={section.key for section in page.sections} | ({"quality"} if page.inputs else set()),
        language=language,
        tag=_TAGS[language],
        titles={_TAGS[name]: texts.text("report.title") for name, texts in words.items()},
        aspects=list(zip(ASPECTS, page.opening, strict=True)),
        rows={
            block.key: page_rows(block.table, page.zone, ROWS) for section in page.sections for block in section.blocks
        },
        style=style,
        made=figures.local_time(page.made_us, page.zone),
        count=figures.count,
        version=__version__,
        data_folder=data_folder,
        styles=Markup(_styles() + _own("report.css")),  # noqa: S704 (both are files of this package)
        scripts=[Markup(code) for code in scripts],  # noqa: S704 (files of this package)
        policy=_policy(scripts),
        words=script_json({name: _chart_words(texts) for name, texts in words.items()}),
        palette=script_json({"light": dict(palette()), "dark": dict(palette(dark=True))}),
        option=lambda chart: script_json(chart.option),
    )


def short_names(names: Sequence[str]) -> dict[str, str]:
    """Names of inputs without the folders that all of them share: where they lie on a machine is nobody's business.

    >>> short_names(["/home/shop/2024/a.csv", "/home/shop/b.zip/c.csv"])
    {'/home/shop/2024/a.csv': '2024/a.csv', '/home/shop/b.zip/c.csv': 'b.zip/c.csv'}
    """
    parts = {name: name.replace("\\", "/").split("/") for name in names}
    levels = zip(*(path[:-1] for path in parts.values()), strict=False)
    shared = sum(1 for _ in takewhile(lambda level: len(set(level)) == 1, levels))
    return {name: "/".join(path[shared:]) for name, path in parts.items()}


def script_json(value: Any) -> Markup:
    r"""JSON for a script element: no text in it can end the element or start a comment.

    >>> str(script_json("</script><!--"))
    '"\\u003c/script\\u003e\\u003c!--"'
    """
    text = to_json(value)
    for char in "<>&\u2028\u2029":
        text = text.replace(char, f"\\u{ord(char):04x}")
    return Markup(text)  # noqa: S704 (escaped just above)


def _environment(words: Mapping[str, Catalog]) -> jinja2.Environment:
    environment = jinja2.Environment(
        loader=jinja2.PackageLoader("jianwei.report"),
        autoescape=True,
        undefined=jinja2.StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
    )

    def say(message: Message | str) -> str | Markup:
        """Words in every language side by side, of which the page shows one; a plain string is text from data."""
        if isinstance(message, str):
            return message
        texts = {_TAGS[name]: message.text(catalog) for name, catalog in words.items()}
        if len(set(texts.values())) == 1:
            return texts["en"]
        spans = (Markup('<span lang="{}">{}</span>').format(tag, text) for tag, text in texts.items())
        return Markup("").join(spans)

    def rejection(code: str, line: InputLine) -> str | Markup:
        for room in ("reject", "reject_chat", "reject_media", "files"):
            if words["en"].has(f"{room}.{code}"):
                return say(Message(f"{room}.{code}", {"name": line.name, "detail": line.detail}))
        return code

    environment.globals.update(
        say=say,
        ui=lambda key, **values: say(Message(f"report.ui.{key}", values)),
        heading=lambda key: say(Message(f"report.section.{key}")),
        rejection=rejection,
        chart_title=lambda chart: say(Message(chart.title_key)),
    )
    return environment


def _chart_words(texts: Catalog) -> dict[str, str]:
    return {key: text for key, text in texts.entries.items() if key.startswith("charts.")}


def _own(name: str) -> str:
    source = jinja2.PackageLoader("jianwei.report").get_source(jinja2.Environment(autoescape=True), name)
    return source[0]


def _styles() -> str:
    """The palette as custom properties: light, dark where the system says so, and either by choice."""
    light, dark = (
        "".join(f"--{role}:{colour};" for role, colour in palette(dark=night).items()) for night in (False, True)
    )
    return (
        f":root{{color-scheme:light;{light}}}"
        f"@media (prefers-color-scheme:dark){{:root:not([data-theme=light]){{color-scheme:dark;{dark}}}}}"
        f":root[data-theme=dark]{{color-scheme:dark;{dark}}}"
    )


def _policy(scripts: list[str]) -> str:
    hashes = " ".join(f"'sha256-{base64.b64encode(sha256(code.encode()).digest()).decode()}'" for code in scripts)
    return f"default-src 'none'; script-src {hashes}; style-src 'unsafe-inline'; img-src data:; base-uri 'none'; form-action 'none'"
