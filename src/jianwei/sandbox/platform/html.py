"""The simulator's pages: templates, words in the reader's language, and answers made of them."""

from __future__ import annotations

from functools import cache
from typing import TYPE_CHECKING, Any

from jianwei.common.i18n import LANGUAGES, catalog
from jianwei.sandbox.platform.reading import Asked
from jianwei.sandbox.platform.serving import Answer

if TYPE_CHECKING:
    import jinja2

__all__ = ["language_of", "page", "redirect"]

_HEADERS = (
    (
        "content-security-policy",
        "default-src 'self'; style-src 'unsafe-inline'; script-src 'unsafe-inline'; img-src 'self' data:; frame-ancestors 'none'",
    ),
    ("x-content-type-options", "nosniff"),
    ("referrer-policy", "no-referrer"),
    ("cache-control", "no-store"),
)


@cache
def _environment() -> jinja2.Environment:
    import jinja2

    return jinja2.Environment(
        loader=jinja2.PackageLoader("jianwei.sandbox.platform"),
        autoescape=True,
        undefined=jinja2.StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
    )


def language_of(request: Asked) -> str:
    """The reader's language: the query's `lang`, or what the browser prefers."""
    if (asked := request.query.get("lang", "")) in LANGUAGES:
        return asked
    preferred = request.headers.get("accept-language", "").lower()
    return "en" if preferred.startswith("en") else "zh_CN"


def page(name: str, request: Asked, *, status: int = 200, **values: Any) -> Answer:
    """The page `name` with `values`; templates have `say(key, …)` for words of `sandbox.toml`."""
    language = language_of(request)
    texts = catalog(language)

    def say(key: str, /, **parts: object) -> str:
        return texts.text(f"sandbox.{key}", **parts)

    other = next(one for one in LANGUAGES if one != language)
    text = _environment().get_template(f"{name}.html.j2").render(
        say=say, language=language, other=other, query={**request.query}, path=request.path, **values
    )  # fmt: skip
    return Answer(None, text.encode(), "text/html; charset=utf-8", status=status, headers=_HEADERS)


def redirect(address: str) -> Answer:
    """Send the browser to another address."""
    return Answer(None, b"", "text/html; charset=utf-8", status=302, headers=(("location", address), *_HEADERS[1:]))
