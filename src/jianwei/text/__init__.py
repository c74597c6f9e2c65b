"""Texts: words, keywords, sentiment. Pure: texts in, arrays out; no store, no engine.

Everything is loaded at first use, so that `import jianwei.text` costs nothing.
"""

from __future__ import annotations

from importlib import import_module
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from jianwei.text.polarity import SentimentScores, sentiment
    from jianwei.text.terms import Keywords, keywords
    from jianwei.text.words import tokenize

    STOPWORDS: frozenset[str]

__all__ = ["STOPWORDS", "Keywords", "SentimentScores", "keywords", "sentiment", "tokenize"]

# No module bears the name of a function: the import system would put the module in the function's place.
_HOMES = {
    "Keywords": "terms",
    "keywords": "terms",
    "SentimentScores": "polarity",
    "sentiment": "polarity",
    "tokenize": "words",
}


def __getattr__(name: str) -> Any:
    if name == "STOPWORDS":
        return import_module("jianwei.text.stopwords").stopwords()
    if name not in _HOMES:
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
    return getattr(import_module(f"jianwei.text.{_HOMES[name]}"), name)
