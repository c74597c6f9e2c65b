"""Interpolated modified Kneser–Ney as a page of plain Python: dictionaries of strings, no arrays. The peer of the language model, and the
oracle of its tests.
"""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Iterable

__all__ = ["BEGIN", "END", "UNKNOWN", "PlainKneserNey"]

BEGIN, END, UNKNOWN = "\x02", "\x03", "\x00"


class PlainKneserNey:
    """Chen & Goodman's model, word for word: counts, discounts, and a recursion."""

    def __init__(self, order: int = 5) -> None:
        self.order = order
        self.following: list[dict[str, dict[str, int]]] = []
        self.discounts: list[tuple[float, float, float]] = []
        self.freed: list[dict[str, tuple[int, float]]] = []
        self.vocabulary: list[str] = []

    def fit(self, texts: Iterable[str]) -> PlainKneserNey:
        raw: list[Counter[str]] = [Counter() for _ in range(self.order + 1)]
        for text in texts:
            marked = BEGIN + text + END
            for n in range(1, self.order + 1):
                raw[n].update(marked[i : i + n] for i in range(len(marked) - n + 1))
        self.vocabulary = [END, UNKNOWN, *(c for c in raw[1] if c not in (BEGIN, END))]
        for n in range(1, self.order + 1):
            counts: Counter[str]
            if n == self.order:
                counts = raw[n]
            else:
                counts = Counter(gram[1:] for gram in raw[n + 1])
                counts.update({gram: c for gram, c in raw[n].items() if gram[0] == BEGIN})
            if n == 1:
                counts.pop(BEGIN, None)
            self._take(counts)
        return self

    def _take(self, counts: Counter[str]) -> None:
        of = Counter(min(c, 5) for c in counts.values())
        d = (0.5, 1.0, 1.5)
        if of[1] and of[2] and of[3] and of[4]:
            y = of[1] / (of[1] + 2 * of[2])
            found = (1 - 2 * y * of[2] / of[1], 2 - 3 * y * of[3] / of[2], 3 - 4 * y * of[4] / of[3])
            if 0 < found[0] < 1 and 0 < found[1] < 2 and 0 < found[2] < 3:
                d = found
        following: dict[str, dict[str, int]] = defaultdict(dict)
        for gram, count in counts.items():
            following[gram[:-1]][gram[-1]] = count
        self.following.append(following)
        self.discounts.append(d)
        self.freed.append(
            {context: (sum(f.values()), sum(d[min(c, 3) - 1] for c in f.values())) for context, f in following.items()}
        )

    def probability(self, character: str, context: str) -> float:
        """Of a character after at most `order` − 1 others; the begin of a text is written out."""
        here = self.following[len(context)].get(context)
        lower = self.probability(character, context[1:]) if context else 1 / len(self.vocabulary)
        if here is None:
            return lower
        total, freed = self.freed[len(context)][context]
        count = here.get(character, 0)
        taken = self.discounts[len(context)][min(count, 3) - 1] if count else 0.0
        return (count - taken) / total + freed / total * lower

    def context(self, text: str) -> str:
        """What counts of the text before."""
        marked = BEGIN + text
        return marked[max(len(marked) + 1 - self.order, 0) :]

    def next(self, text: str, k: int) -> list[tuple[str, float]]:
        """The best of those that follow the longest contexts, of which there are enough."""
        context, candidates = self.context(text), dict[str, float]()
        for start in range(len(context) + 1):
            for character in self.following[len(context) - start].get(context[start:], ()):
                if character not in candidates and character != END:
                    candidates[character] = self.probability(character, context)
            if len(candidates) >= k:
                break
        return sorted(candidates.items(), key=lambda item: -item[1])[:k]
