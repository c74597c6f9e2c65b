"""The small language in which pictures are looked for: `object:杯子 text:退款 face:2 code:qr`, all of which must hold."""

from __future__ import annotations

import shlex
from dataclasses import dataclass

from jianwei.errors import UsageError

__all__ = ["KEYS", "Term", "read_terms"]

KEYS = ("object", "scene", "text", "face", "code", "avatar", "safe", "kind", "near")
_CHOICES = {
    "avatar": ("person", "people", "drawing", "none"),
    "safe": ("safe", "unsure", "unsafe"),
    "kind": ("image", "video"),
}


@dataclass(frozen=True, slots=True)
class Term:
    """One condition.

    Attributes:
        key: one of `KEYS`.
        value: what it asks for, in lower case; "any" and "none" ask whether there is one at all.
    """

    key: str
    value: str


def read_terms(find: str) -> tuple[Term, ...]:
    """The conditions of a query.

    Args:
        find: `key:value` separated by blanks; a value with blanks stands in quotes. A word without a key is looked for in the text.

    Raises:
        UsageError: an unknown key (lists those there are), a value that the key does not have, an open quote.

    >>> read_terms('object:杯子 face:2+ "再 来"')
    (Term(key='object', value='杯子'), Term(key='face', value='2+'), Term(key='text', value='再 来'))
    """
    try:
        words = shlex.split(find, posix=True)
    except ValueError as error:
        raise UsageError("find", f"{find!r} cannot be read: a quote is left open", 'write text:"two words"') from error
    return tuple(_term(word) for word in words)


def _term(word: str) -> Term:
    key, colon, value = word.partition(":")
    if not colon:
        return Term("text", word.lower())
    key, value = key.lower(), value.strip().lower()
    if key not in KEYS:
        raise UsageError("find", f"{key!r} is no key of {word!r}", f"keys are {', '.join(KEYS)}; quote text:{word!r}")
    if not value:
        raise UsageError("find", f"{word!r} says nothing after the colon", f"write {key}:any for all that have one")
    if key in _CHOICES and value not in _CHOICES[key]:
        raise UsageError("find", f"{key}:{value} is not one of {', '.join(_CHOICES[key])}")
    if key == "face" and value not in ("any", "none") and not value.removesuffix("+").isdecimal():
        raise UsageError("find", f"face:{value} is no number of faces", "write face:2, face:2+, face:any or face:none")
    return Term(key, value)
