"""Errors in the reader's language.

Rooms raise errors in English, which also logs and programs read. Here their sentences are looked up in `locale/en/errors.toml` and said
with the words of another language; a sentence that is not there is shown as it is.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from string import Formatter

from jianwei.common.i18n import catalog, guess_language
from jianwei.errors import JianweiError

__all__ = ["told"]

_ROOM = "errors."


def told(error: JianweiError) -> str:
    """An error as one line: where, what was wrong, what to do."""
    language = guess_language()
    if language == "en":
        return str(error)
    texts, sentences = catalog(language), _sentences()
    where, what, hint = (_said(part.rstrip("."), sentences, language) for part in (error.where, error.what, error.hint))
    return texts.text("cli.error.hinted" if hint else "cli.error.plain", where=where, what=what, hint=hint)


def _said(sentence: str, sentences: Mapping[str, re.Pattern[str]], language: str) -> str:
    for key, pattern in sentences.items():
        if found := pattern.fullmatch(sentence):
            return catalog(language).text(key, **found.groupdict())
    return sentence


def _sentences() -> dict[str, re.Pattern[str]]:
    """What every English sentence looks like, whatever stands in its places."""
    known = {key: text for key, text in catalog("en").entries.items() if key.startswith(_ROOM)}
    return {key: re.compile(_pattern(text), re.DOTALL) for key, text in known.items()}


def _pattern(template: str) -> str:
    parts = Formatter().parse(template)
    return "".join(re.escape(literal) + (f"(?P<{name}>.+?)" if name else "") for literal, name, _, _ in parts)
