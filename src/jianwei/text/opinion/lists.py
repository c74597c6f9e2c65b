"""The lists behind aspects: which words name something, which judge, which turn a judgement round.

They stand in `text/data/aspects.tsv`, written for Jianwei; its head says what the columns mean.
"""

from __future__ import annotations

import re
from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from functools import cache
from importlib.resources import files

from jianwei.errors import InputError

__all__ = ["ASPECTS", "Lists", "Term", "lists", "one_of", "parse_lists"]

ASPECTS = (
    "service", "price", "delivery", "quality", "packaging", "taste", "portion", "match", "authenticity", "aftersale", "appearance",
    "fit", "use", "content", "environment", "hygiene", "facilities", "location",
)  # fmt: skip
"""Codes of the aspects, in the order in which they are listed; their words stand in locale (`aspects.<code>`)."""

_MANY, _GROUPS = 64, 4
KINDS = ("is", "is?", "good", "bad", "good?", "bad?", "good+", "bad+", "so", "not", "very", "but", "wish", "skip")


@dataclass(frozen=True, slots=True)
class Term:
    """What a word does.

    Attributes:
        aspect: a code of `ASPECTS`; "*" for a judgement of whatever is named; "-" for grammar.
        kind: one of `KINDS`.
    """

    aspect: str
    kind: str


@dataclass(frozen=True, slots=True, eq=False)
class Lists:
    """The lists, ready to search with.

    Attributes:
        words: word → domain ("" where the text is of no other) → what it does there.
        pattern: finds the longest word at every place.
        telling: the words that can name an aspect or judge one by themselves; a text without any tells nothing.
        wider: expressions for what no list of words can hold ("等了两个多小时"), with what they do, and in which domain they do not.
        widest: all of these expressions in one, to see whether a text needs them at all.
        domains: domain → pattern of the words that betray it.
    """

    words: Mapping[str, Mapping[str, Term]]
    pattern: re.Pattern[str]
    telling: frozenset[str]
    wider: tuple[tuple[re.Pattern[str], Term, str], ...]
    widest: re.Pattern[str]
    domains: Mapping[str, re.Pattern[str]]

    def term(self, word: str, domain: str) -> Term | None:
        """What `word` does in a text of `domain`; None where it does nothing."""
        readings = self.words[word]
        return readings.get(domain) or readings.get("")


def one_of(words: Iterable[str]) -> str:
    """An expression that matches the longest of `words`, in time that does not grow with their number.

    >>> one_of(["送得快", "送得慢", "送"])
    '送(?:得(?:快|慢))?'
    """
    branches: defaultdict[str, list[str]] = defaultdict(list)
    ends = False
    for word in sorted(set(words)):
        if word:
            branches[word[0]].append(word[1:])
        else:
            ends = True
    parts = [(first, re.escape(first) + one_of(rest)) for first, rest in branches.items()]
    if not parts:
        return ""
    joined = parts[0][1] if len(parts) == 1 and not ends else f"(?:{_switch(parts)})"
    return joined + "?" * ends


def _switch(parts: Sequence[tuple[str, str]]) -> str:
    """Branches by their first character. An expression tries branches one after the other; very many are put into groups, so that those
    which cannot fit are left out together."""
    if len(parts) <= _MANY:  # as few as these are found faster without: the search skips what begins none of them
        return "|".join(part for _, part in parts)
    size = -(-len(parts) // _GROUPS)
    groups = [parts[at : at + size] for at in range(0, len(parts), size)]
    heads = ["".join(re.escape(first) for first, _ in group) for group in groups]
    return "|".join(f"(?=[{head}])(?:{_switch(group)})" for head, group in zip(heads, groups, strict=True))


def parse_lists(content: str, where: str = "aspects.tsv") -> Lists:
    """Lists from the text of a file.

    Raises:
        InputError: a line without four columns, an unknown kind, an expression that is none, or a word that stands twice in one domain.
    """
    words: defaultdict[str, dict[str, Term]] = defaultdict(dict)
    domains: dict[str, re.Pattern[str]] = {}
    wider = []
    for number, line in enumerate(content.splitlines(), 1):
        if not line or line.startswith("#"):
            continue
        place = f"{where}:{number}"
        columns = line.split("\t")
        if len(columns) != 4 or columns[1] not in KINDS:
            raise InputError(
                place, "this is no line of the lists", "write aspect, kind, domain and words with tabs between"
            )
        aspect, kind, domain, listed = columns
        if aspect.startswith("@"):
            domains[aspect[1:]] = re.compile(one_of(listed.split()))
        elif listed.startswith("~"):
            wider.append((_expression(listed[1:], place), Term(aspect, kind), domain.removeprefix("!")))
        else:
            for word in listed.split():
                if domain in words[word]:
                    raise InputError(
                        place, f"{word!r} is listed twice for the domain {domain!r}", "take one of them out"
                    )
                words[word][domain] = Term(aspect, kind)
    telling = frozenset(word for word, does in words.items() if any(term.aspect in ASPECTS for term in does.values()))
    widest = re.compile("|".join(f"(?:{pattern.pattern})" for pattern, _, _ in wider) or r"(?!)")
    return Lists(words, re.compile(one_of(words)), telling, tuple(wider), widest, domains)


def _expression(pattern: str, place: str) -> re.Pattern[str]:
    try:
        return re.compile(pattern)
    except re.error as error:
        raise InputError(
            place, f"this is no expression ({error})", "write a regular expression of Python after ~"
        ) from None


@cache
def lists() -> Lists:
    """The lists of the package."""
    return parse_lists((files("jianwei.text.data") / "aspects.tsv").read_text("utf-8"))
