"""Which aspects a text speaks of, where, and what its words say of them: lists and neighbours, no model.

A clause is read as a row of things named and judgements. It is cut where a new thing is named after a judgement
("快递很快|味道不错"); what is named and what judges within one piece belong together. Words such as 好吃 name and judge at once.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from typing import NamedTuple

from jianwei.text.opinion.clauses import clauses
from jianwei.text.opinion.grammar import Pair
from jianwei.text.opinion.lists import ASPECTS, Lists, Term

__all__ = ["Mention", "domain_of", "find_mentions"]

_SIGNS = {"good": 1.0, "good?": 1.0, "good+": 1.0, "bad": -1.0, "bad?": -1.0, "bad+": -1.0, "so": 0.0}
_REACH = 10  # characters between what is named and what judges it
_CLOSE = 4  # the same for sizes and prices: 大, 高
_SHORT = 6  # a clause of so few characters that a single sign such as 快 says all of it
_STOP = re.compile(r"[。！？；!?;\n]")
_ORDER = {code: at for at, code in enumerate(ASPECTS)}


@dataclass(frozen=True, slots=True)
class Mention:
    """One aspect in one piece of a text.

    Attributes:
        aspect: a code of `ASPECTS`.
        start, end: the words that it rests on, in characters of the text.
        piece: start and end of the piece of a clause it stands in.
        clause: start and end of the clause.
        sign: what the words say: 1 praise, -1 blame, 0 so-so; None where only a model can tell.
    """

    aspect: str
    start: int
    end: int
    piece: tuple[int, int]
    clause: tuple[int, int]
    sign: float | None


_Hit = tuple[int, int, str]
"""Start and end of a word of the lists, and the word."""


class _Item(NamedTuple):
    start: int
    end: int
    term: Term
    sign: float = 0.0

    @property
    def judges(self) -> bool:
        return self.term.kind in _SIGNS

    @property
    def names(self) -> bool:
        return self.term.kind in ("is", "is?")

    def reaches(self, other: _Item) -> bool:
        near = _CLOSE if self.term.kind.endswith("+") else _REACH
        return max(other.start - self.end, self.start - other.end) <= near


_ANY = ("*", "-")
_BLAME = Term("*", "bad")


def domain_of(text: str, known: Lists) -> str:
    """The domain whose words the text holds most often; "" where it holds none.

    >>> from jianwei.text.opinion.lists import lists
    >>> domain_of("房间很旧，前台不错", lists())
    'hotel'
    """
    counts = {name: len(pattern.findall(text)) for name, pattern in known.domains.items()}
    best = max(counts, key=lambda name: counts[name], default="")
    return best if counts.get(best) else ""


def find_mentions(text: str, known: Lists, pairs: Sequence[Pair] = ()) -> list[Mention]:
    """Mentions of a text, in the order of their places.

    Args:
        text: any text.
        known: see `lists`.
        pairs: what a parser says modifies what; without them a judgement goes to what is named beside it.

    >>> from jianwei.text.opinion.lists import lists
    >>> [(m.aspect, m.sign) for m in find_mentions("送得快但是不好吃，而且太贵了", lists())]
    [('delivery', 1.0), ('taste', -1.0), ('price', -1.0)]
    """
    some = known.widest.search(text) is not None
    hits = [(match.start(), match.end(), match[0]) for match in known.pattern.finditer(text)]
    if not some and known.telling.isdisjoint([word for _, _, word in hits]):
        return []
    domain = domain_of(text, known)
    wide = _wide(text, known, domain) if some else []
    found: list[Mention] = []
    waiting: list[Mention] = []
    at = 0
    for clause in clauses(text):
        inside, at = _inside(hits, at, clause)
        if not waiting and not wide and known.telling.isdisjoint([word for _, _, word in inside]):
            continue
        items = _wished(_turned(_items(inside, clause, known, domain, wide)))
        if not items:
            continue
        links = _links(items, pairs)
        for piece in _pieces(items):
            told, lone = _read(piece, clause, links)
            if waiting and not told and not lone:  # "服务态度，真的很差": the judgement comes a clause later
                found += [m for m in _answered(waiting, piece) if not _STOP.search(text, m.start, m.end)]
            found += told + lone
            waiting = [m for m in lone if clause[1] - m.end <= _SHORT]
    answered = {(m.aspect, m.start) for m in found if m.sign is not None}
    kept = [m for m in found if m.sign is not None or (m.aspect, m.start) not in answered]
    return sorted(kept, key=lambda m: (m.start, m.end, _ORDER[m.aspect]))


def _wide(text: str, known: Lists, domain: str) -> list[_Item]:
    """What the expressions find that no list of words can hold."""
    return [
        _Item(match.start(), match.end(), term, _SIGNS[term.kind])
        for pattern, term, elsewhere in known.wider
        if not elsewhere or elsewhere != domain
        for match in pattern.finditer(text)
    ]


def _inside(hits: Sequence[_Hit], at: int, clause: tuple[int, int]) -> tuple[Sequence[_Hit], int]:
    """The words that lie in a clause, looking from number `at` on; and the number of the first behind it."""
    start, end = clause
    while at < len(hits) and hits[at][0] < start:
        at += 1
    last = at
    while last < len(hits) and hits[last][1] <= end:
        last += 1
    return hits[at:last], last


def _items(
    hits: Sequence[_Hit], clause: tuple[int, int], known: Lists, domain: str, wide: Sequence[_Item]
) -> list[_Item]:
    start, end = clause
    taken = [item for item in wide if start <= item.start and item.end <= end]
    ahead = tuple(taken)
    for first, last, word in hits:
        term = known.term(word, domain)
        if term and not (ahead and any(item.start < last and first < item.end for item in ahead)):
            taken.append(_Item(first, last, term, _SIGNS.get(term.kind, 0.0)))
    return sorted(taken, key=lambda item: item.start) if ahead else taken


def _turned(items: Sequence[_Item]) -> list[_Item]:
    """Judgements after a "not" turned round; a "not" right beside a thing becomes blame ("没有热水", "吸管没有")."""
    out: list[_Item] = []
    no: _Item | None = None
    for item in items:
        if no and item.start - no.end > 1:
            no = None
        if item.term.kind == "not":
            no = item
            if out and out[-1].names and item.start == out[-1].end and item.end - item.start > 1:
                out.append(_Item(item.start, item.end, _BLAME, -0.5))
        elif item.term.kind == "very":
            no = no and no._replace(end=item.end)
        elif no and item.judges:
            if out and out[-1].start == no.start:
                out.pop()
            out.append(item._replace(start=no.start, sign=-item.sign if item.sign > 0 else -0.7 * item.sign))
            no = None
        elif no and item.names and item.start == no.end:
            out += [_Item(no.start, no.end, _BLAME, -0.5), item]
            no = None
        else:
            out.append(item)
            no = None
    return out


def _wished(items: Sequence[_Item]) -> list[_Item]:
    """Without the praise that follows a wish: what is hoped for is not what was."""
    out: list[_Item] = []
    wish = False
    for item in items:
        wish = wish or item.term.kind == "wish"
        if item.term.kind not in ("wish", "skip") and not (wish and item.sign > 0):
            out.append(item)
    return out


def _pieces(items: Sequence[_Item]) -> Iterator[list[_Item]]:
    piece: list[_Item] = []
    for item in items:
        if item.term.kind == "but":  # 就是 turns only what has been judged: "快递就是快" does not
            if any(other.judges for other in piece):
                yield piece
                piece = []
            continue
        if item.names and any(other.judges for other in piece):
            last, before = piece[-1], piece[:-1]
            if last.judges and item.start - last.end == 1:  # "很好的服务": it goes with what comes after it
                if any(other.judges for other in before) or any(other.names for other in before):
                    yield before
                    piece = [last]
            elif not (last.judges and item.start == last.end and not before):  # "贴心服务"
                yield piece
                piece = []
        piece.append(item)
    if piece:
        yield piece


def _links(items: Sequence[_Item], pairs: Sequence[Pair]) -> frozenset[tuple[_Item, _Item]]:
    """What is named, with what the parser says judges it."""
    return frozenset(
        (name, judgement)
        for pair in pairs
        for name in items
        if name.names and name.start < pair.noun[1] and pair.noun[0] < name.end
        for judgement in items
        if judgement.judges and judgement.start < pair.modifier[1] and pair.modifier[0] < judgement.end
    )


def _owns(item: _Item, after: _Item | None) -> bool:
    """Whether a thing only says whose the named part is: the phone in 手机屏幕."""
    return item.term.kind == "is?" and after is not None and after.term.kind == "is" and after.start == item.end


def _read(
    piece: Sequence[_Item], clause: tuple[int, int], links: frozenset[tuple[_Item, _Item]]
) -> tuple[list[Mention], list[Mention]]:
    """Mentions that the words judge, and those they only name."""
    if all(item.term.aspect in _ANY for item in piece):
        return [], []
    named = [
        item for item, after in zip(piece, [*piece[1:], None], strict=True) if item.names and not _owns(item, after)
    ]
    fixed = [item for item in named if item.term.kind == "is"]
    judging = [item for item in piece if item.judges]
    own = [item for item in judging if item.term.kind in ("good", "bad", "so") and item.term.aspect != "*"]
    loose = [item for item in judging if item.term.kind in ("good?", "bad?")]
    short = clause[1] - clause[0] <= _SHORT
    if not fixed and not own:  # nothing else is named: 很快 is about delivery
        own += [item for item in loose if item.end - item.start > 1 or short]
    bounds = (piece[0].start, piece[-1].end)
    told, lone = [], []
    for aspect in dict.fromkeys(item.term.aspect for item in named + own):
        basis = [item for item in named if item.term.aspect == aspect]
        said = [item for item in own if item.term.aspect == aspect]
        if basis:
            free = [i for i in judging if i not in own and (i.term.aspect in ("*", aspect) or (i in loose and fixed))]
            parsed = [
                judgement for name, judgement in links if name in basis and judgement.term.aspect in ("*", aspect)
            ]
            elsewhere = {judgement for name, judgement in links if name not in basis}
            near = [i for i in free if i not in elsewhere and any(i.reaches(name) for name in basis)]
            said += sorted(parsed, key=lambda item: item.start) or near
        if not said and own:
            continue  # "菜送来都凉了": what is named serves a judgement of something else
        sign = max(-1.0, min(1.0, sum(item.sign for item in said))) if said else None
        places = basis + said
        start, end = min(item.start for item in places), max(item.end for item in places)
        if said:
            told.append(Mention(aspect, start, end, bounds, clause, sign))
        elif any(item in fixed and item.end - item.start > 1 for item in basis):
            lone.append(Mention(aspect, start, end, bounds, clause, None))
    return told, lone


def _answered(waiting: Sequence[Mention], piece: Sequence[_Item]) -> list[Mention]:
    said = [item for item in piece if item.judges and item.term.aspect == "*"]
    if not said:
        return []
    sign = max(-1.0, min(1.0, sum(item.sign for item in said)))
    end = max(item.end for item in said)
    return [replace(m, end=end, piece=(m.piece[0], end), clause=(m.clause[0], end), sign=sign) for m in waiting]
