"""The n-grams as a tree in four arrays, ready to be walked and to be mapped from a file.

A node is an n-gram; the nodes of order 1 come first, then those of order 2 …, each order sorted. So the nodes that continue an n-gram stand
side by side, sorted by their last character, and a node of order 1 has the number of its character's id.

Probabilities are kept as *costs*: −ln p in steps of 1/3072, in 16 bits. The cost of a text is a sum of whole numbers, the same on every
machine; a probability is off by at most 0.016 %, and none is below e^(−21.3).
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any, TypeVar

import numpy as np
from numpy.typing import NDArray

from jianwei.common.compiled import kernels
from jianwei.errors import UsageError

__all__ = ["SCALE", "Level", "Trie", "pack"]

_Cost = TypeVar("_Cost", np.uint16, np.int16)

SCALE = 3072.0
"""Steps of cost in one nat."""

_KERNELS = "jianwei.text.lm.compiled_kernels"


@dataclass(frozen=True, slots=True)
class Trie:
    """The tree.

    Attributes:
        order: characters in the longest n-gram.
        size: ids in the vocabulary; so many nodes are of order 1.
        characters: uint16 [nodes], id of the last character.
        costs: uint16 [nodes], of the last character after the others.
        backs: int16 [inner], cost of going on with a context that is one character shorter, negative where pruning made that more
            probable; inner nodes are those below the highest order.
        starts: uint32 [inner + 1], first of the nodes that continue each; they end where those of the next node begin.
    """

    order: int
    size: int
    characters: NDArray[np.uint16]
    costs: NDArray[np.uint16]
    backs: NDArray[np.int16]
    starts: NDArray[np.uint32]

    def score(self, ids: NDArray[np.uint16]) -> NDArray[np.int32]:
        """int32 [ids]: the cost of every id after those before it in its text; 0 for begin marks."""
        out = np.empty(len(ids), np.int32)
        kernels(_KERNELS)["score"](*self._tree(), np.ascontiguousarray(ids), len(ids), self._path(), out)
        return out

    def expect(self, history: NDArray[np.uint16]) -> NDArray[np.int32]:
        """int32 [size]: the cost of every id after a history. That of the begin mark means nothing."""
        out = np.empty(self.size, np.int32)
        kernels(_KERNELS)["expect"](*self._tree(), self.size, history, len(history), self._path(), out)
        return out

    def likeliest(
        self, history: NDArray[np.uint16], first: int, wanted: int
    ) -> tuple[NDArray[np.int64], NDArray[np.int32]]:
        """int64 [at most wanted], int32 [likewise]: the ids from `first` on that cost least after a history, and what they cost."""
        wanted = min(wanted, self.size - first)
        out, found = np.empty(self.size, np.int32), np.empty(wanted, np.int64)
        kernels(_KERNELS)["likeliest"](
            *self._tree(), self.size, history, len(history), self._path(), out, first, wanted, found
        )
        return found, out[found]

    def _tree(self) -> tuple[NDArray[Any] | int, ...]:
        nodes, inner = len(self.characters), len(self.backs)
        return self.characters, self.costs, self.backs, self.starts, nodes, inner, self.order

    def _path(self) -> NDArray[np.int64]:
        return np.empty(self.order, np.int64)


@dataclass(frozen=True, slots=True)
class Level:
    """What the tree keeps of the n-grams of one order.

    Attributes:
        characters: uint16 [n], id of the last character; sorted among those of one parent.
        parents: int64 [n], ascending; index in the level before.
        probabilities: float64 [n], of the last character after the others.
        backs: float64 [parents], what the order below weighs after each context.
    """

    characters: NDArray[np.uint16]
    parents: NDArray[np.int64]
    probabilities: NDArray[np.float64]
    backs: NDArray[np.float64]


def pack(levels: tuple[Level, ...]) -> Trie:
    """The tree of all levels.

    Raises:
        UsageError: there are more n-grams than 32 bits can number.
    """
    sizes = [len(level.characters) for level in levels]
    begins = np.cumsum([0, *sizes])
    if begins[-1] > np.iinfo(np.uint32).max:
        raise UsageError("language model", "there are too many n-grams for one model", "prune, or lower the order")
    starts = [
        begins[at] + np.searchsorted(level.parents, np.arange(sizes[at - 1])) for at, level in enumerate(levels[1:], 1)
    ]
    backs = [_cost(level.backs, np.int16) for level in levels[1:]]
    return Trie(
        order=len(levels),
        size=sizes[0],
        characters=np.concatenate([level.characters for level in levels]),
        costs=np.concatenate([_cost(level.probabilities, np.uint16) for level in levels]),
        backs=np.concatenate([np.empty(0, np.int16), *backs]),
        starts=np.concatenate([*starts, begins[-1:]]).astype(np.uint32),
    )


def _cost(probabilities: NDArray[np.float64], kind: type[_Cost]) -> NDArray[_Cost]:
    """Costs as near as the kind of number has them."""
    with np.errstate(divide="ignore"):
        cost = np.rint(-np.log(probabilities) * SCALE)
    return np.clip(cost, np.iinfo(kind).min, np.iinfo(kind).max).astype(kind)
