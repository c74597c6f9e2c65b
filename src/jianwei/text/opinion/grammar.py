"""What modifies what, from the dependencies of a parser."""

from __future__ import annotations

from collections import defaultdict
from dataclasses import dataclass
from typing import Any

import pyarrow as pa

__all__ = ["Pair", "pairs_of"]

_MODIFIERS = ("amod", "acl")
_SUBJECTS = ("nsubj",)
_NOUNS = frozenset({"NOUN", "PROPN", "PRON", None})


@dataclass(frozen=True, slots=True)
class Pair:
    """A noun and what is said of it: start and end of both, in characters of the text."""

    noun: tuple[int, int]
    modifier: tuple[int, int]


def pairs_of(parsed: pa.Table) -> dict[int, list[Pair]]:
    """Nouns with their modifiers (amod, acl) and with the predicates that they are subjects of (nsubj), for each row that has some.

    What is joined to either by "and" (conj) counts like it, unless it has a subject of its own: in 味道和服务都好 both nouns are good.

    Args:
        parsed: a table in `parsing.PARSED_SCHEMA`.
    """
    texts: defaultdict[int, list[dict[str, Any]]] = defaultdict(list)
    for token in parsed.to_pylist():
        texts[token["row"]].append(token)
    found = {row: _pairs(tokens) for row, tokens in texts.items()}
    return {row: pairs for row, pairs in found.items() if pairs}


def _pairs(tokens: list[dict[str, Any]]) -> list[Pair]:
    joined: defaultdict[int, list[int]] = defaultdict(list)
    for token in tokens:
        if _is(token, ("conj",)) and token["head"] is not None:
            joined[token["head"]].append(token["token"])
    owned = {token["head"] for token in tokens if _is(token, _SUBJECTS)}
    pairs = []
    for token in tokens:
        if token["head"] is None:
            continue
        if _is(token, _MODIFIERS):
            noun, modifier = token["head"], token["token"]
        elif _is(token, _SUBJECTS) and token["pos"] in _NOUNS:
            noun, modifier = token["token"], token["head"]
        else:
            continue
        for one in (noun, *joined[noun]):
            for other in (modifier, *(at for at in joined[modifier] if at not in owned)):
                pairs.append(Pair(_place(tokens[one]), _place(tokens[other])))
    return pairs


def _is(token: dict[str, Any], relations: tuple[str, ...]) -> bool:
    return bool(token["relation"]) and token["relation"].split(":")[0] in relations


def _place(token: dict[str, Any]) -> tuple[int, int]:
    return token["start"], token["end"]
