"""Errors in the reader's language.

Rooms raise errors in English, which also logs and programs read. Here their sentences are looked up in `locale/en/errors.toml` and said
with the words of another language; a sentence that is not there is shown as it is. So is the path of somebody's own
file, whatever it is called.
"""

from __future__ import annotations

import os
import re
from string import Formatter

from jianwei.common.i18n import catalog, guess_language
from jianwei.errors import InputError, JianweiError, MissingExtraError, ModelNotFoundError

__all__ = ["told"]


def told(error: JianweiError) -> str:
    """An error as one line: where, what was wrong, what to do."""
    language = guess_language()
    if language == "en":
        return str(error)
    where = error.where if _is_path(error) else _said(error.where, "where", language)
    what, hint = _said(error.what, "what", language), _said(error.hint, "hint", language)
    return catalog(language).text("cli.error.hinted" if hint else "cli.error.plain", where=where, what=what, hint=hint)


def _is_path(error: JianweiError) -> bool:
    """Whether an error names a file as its place. A missing extra names a part of Jianwei, even where a folder is called so."""
    if isinstance(error, MissingExtraError):
        return False
    # `Path.exists` fails on long names.
    return isinstance(error, (InputError, ModelNotFoundError)) or os.path.exists(error.where)  # noqa: PTH110


def _said(sentence: str, part: str, language: str) -> str:
    sentence = sentence.rstrip(".")
    for key, pattern in _sentences(part).items():
        if found := pattern.fullmatch(sentence):
            return catalog(language).text(key, **found.groupdict())
    return sentence


def _sentences(part: str) -> dict[str, re.Pattern[str]]:
    """What every English sentence of a part looks like, whatever stands in its places."""
    known = {key: text for key, text in catalog("en").entries.items() if key.startswith(f"errors.{part}.")}
    return {key: re.compile(_pattern(text), re.DOTALL) for key, text in known.items()}


def _pattern(template: str) -> str:
    parts = Formatter().parse(template)
    return "".join(re.escape(literal) + (f"(?P<{name}>.+?)" if name else "") for literal, name, _, _ in parts)
