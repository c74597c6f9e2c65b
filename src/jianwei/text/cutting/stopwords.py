"""Words too common to tell what a text is about: our own list, in package data."""

from __future__ import annotations

from functools import cache
from importlib.resources import files

__all__ = ["stopwords"]


@cache
def stopwords() -> frozenset[str]:
    """About 830 words, lower-case: particles, pronouns, prepositions, adverbs, numbers, greetings, the commonest English words.

    `jianwei.text.STOPWORDS` is this set.

    >>> "因为" in stopwords(), "物流" in stopwords()
    (True, False)
    """
    lines = files("jianwei.text").joinpath("data", "stopwords.txt").read_text("utf-8").splitlines()
    return frozenset(word for line in lines if not line.startswith("#") for word in line.split())
