"""Small pages for people, in the language that their browser asks for."""

from __future__ import annotations

import base64
from functools import cache
from hashlib import sha256

import jinja2

from jianwei.common.i18n import catalog

__all__ = ["PAGE_POLICY", "language_of", "page", "wants_page"]

_TAGS = {"zh_CN": "zh-CN", "en": "en"}


@cache
def _environment() -> jinja2.Environment:
    return jinja2.Environment(
        loader=jinja2.PackageLoader("jianwei.web"), autoescape=True, undefined=jinja2.StrictUndefined, trim_blocks=True
    )


@cache
def _style() -> str:
    loader = _environment().loader
    assert loader is not None
    return loader.get_source(_environment(), "page.css")[0]


@cache
def PAGE_POLICY() -> str:  # noqa: N802 - a constant that is made at first use
    """The content security policy of every answer: no scripts, no frames, only our own style."""
    digest = base64.b64encode(sha256(_style().encode()).digest()).decode()
    return (
        f"default-src 'none'; style-src 'sha256-{digest}'; frame-ancestors 'none'; base-uri 'none'; form-action 'self'"
    )


def language_of(accepted: str) -> str:
    """The language for an Accept-Language header: the first of ours in the visitor's order, Chinese when there is none.

    >>> language_of("en-GB,en;q=0.9,zh;q=0.8"), language_of("zh-TW"), language_of("fr, en;q=0.5, zh;q=0.9"), language_of("")
    ('en', 'zh_CN', 'zh_CN', 'zh_CN')
    """
    wanted: list[tuple[float, int, str]] = []
    for at, part in enumerate(accepted.split(",")[:20]):
        name, _, weight = part.partition(";q=")
        short = name.strip().lower().split("-")[0]
        try:
            rank = float(weight) if weight else 1.0
        except ValueError:
            rank = 0.0
        if short in ("zh", "en") and rank > 0:
            wanted.append((-rank, at, "zh_CN" if short == "zh" else "en"))
    return min(wanted)[2] if wanted else "zh_CN"


def wants_page(accept: str) -> bool:
    """Whether a person's browser is asking.

    >>> wants_page("text/html,application/xhtml+xml,*/*;q=0.8"), wants_page("*/*")
    (True, False)
    """
    return "text/html" in accept


def page(accepted: str, kind: str, *, code: str, retry: str = "", **values: str) -> str:
    """A page that says one thing.

    Args:
        accepted: the Accept-Language header.
        kind: "fault" or "done": its colour, and where its words stand (`serve.<kind>.<code>.title` and `.text`).
        retry: path to try again with, or "".
        values: fill in the words.
    """
    language = language_of(accepted)
    words = catalog(language)
    key = f"serve.{kind}.{code}"
    title, text = (words.text(f"{key}.{part}", **values) for part in ("title", "text"))
    return _environment().get_template("page.html.j2").render(
        tag=_TAGS[language], kind=kind, title=title, text=text, retry=retry, style=_style(),
        retry_words=words.text("serve.page.retry"), name=words.text("serve.page.name"),
    )  # fmt: skip
