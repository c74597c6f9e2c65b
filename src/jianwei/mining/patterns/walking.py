"""Walking down from a root: the kernel with its memory, which grows as it is asked for."""

from __future__ import annotations

from dataclasses import dataclass
from itertools import count
from typing import Any

import numpy as np
from numpy.typing import NDArray

from jianwei.common.compiled import kernels
from jianwei.errors import UsageError
from jianwei.mining.patterns.roots.making import MASK, Root

__all__ = ["WIDE", "Found", "Limits", "TooManySetsError", "Walk"]

Ints = NDArray[np.int64]

_KERNELS = "jianwei.mining.patterns.compiled_kernels"
LEAF = 8
"""With so few items left, all sets of them are counted at once."""

WIDE = 256
"""Width of `Walk.lengths`: while counting, one item fewer than that may be set apart because all rows of a set hold it."""
_FRAME = 16
# What is not written to costs no memory, but what is copied into larger arrays is touched twice.
_GROWTH = 8
_AT, _END = 1, 2
_BUDGET = 4_000_000
# As in `compiled_kernels`.
_DEPTH, _SETS, _CELLS, _LISTS, _ROWS, _SLOTS, _STATUS, _NEED, _DONE = range(9)
_FINISHED, _PAUSED, _SETS_FULL, _CELLS_FULL, _LISTS_FULL, _ROWS_FULL, _SLOTS_FULL, _TOO_MANY = range(8)


class TooManySetsError(UsageError):
    """There are more itemsets than a search may find."""

    @classmethod
    def of(cls, most: int) -> TooManySetsError:
        return cls(
            "frequent_itemsets",
            f"there are more than {most:,} itemsets",
            "raise min_support, set max_length, ask for closed or maximal sets, or allow more with max_sets",
        )


@dataclass(frozen=True, slots=True)
class Limits:
    """What to look for.

    Attributes:
        least: baskets that a set must lie in.
        closed: closed sets only; the lengths are then not looked at.
        shortest, longest: items in a set.
        most: sets to find before giving up.
        counting: count them by their lengths, and write none.
    """

    least: int
    closed: bool
    shortest: int
    longest: int
    most: int
    counting: bool = False


@dataclass(frozen=True, slots=True)
class Found:
    """Itemsets as the kernel wrote them.

    Attributes:
        offsets, columns, rows: as in `Itemsets`.
        keys: int64 [n]: sum of the random keys of the set's rows; equal for sets with the same rows (closed sets only).
        last: uint8 [n]: whether no larger set in its branch was frequent (closed sets only).
    """

    offsets: Ints
    columns: NDArray[np.int32]
    rows: Ints
    keys: Ints
    last: NDArray[np.uint8]

    def take(self, at: Ints) -> Found:
        """Some of the sets, in the order given."""
        lengths = np.diff(self.offsets)[at]
        offsets = np.concatenate([[0], np.cumsum(lengths)])
        cells = np.arange(offsets[-1]) + np.repeat(self.offsets[:-1][at] - offsets[:-1], lengths)
        return Found(offsets, self.columns[cells], self.rows[at], self.keys[at], self.last[at])


class Walk:
    """One walker: it takes ranges of the root's items, one after the other, and keeps all it finds."""

    def __init__(self, root: Root, limits: Limits, *, alone: bool) -> None:
        """Args:
        alone: whether the walker may write into the root's room; several walkers need copies.
        """
        size = root.size
        self.root, self.limits = root, limits
        longest = min(limits.longest, size)
        self.params = np.array(
            [
                limits.least, limits.closed, limits.shortest, longest, limits.counting, LEAF, _BUDGET, limits.most
            ]
        )  # fmt: skip
        self.state = np.zeros(16, np.int64)
        self.frames = np.empty((size + 3) * _FRAME, np.int64)
        self.prefix, self.free = np.empty(size + 1, np.int32), np.empty(WIDE, np.int32)
        room, used = len(root.weights), root.rows_used
        self.lists, self.masks, self.weights = root.lists, root.masks, root.weights
        if not alone:
            self.lists = _roomy(root.lists[: root.lists_used], len(root.lists))
            self.masks, self.weights = _roomy(root.masks[:used], room), _roomy(root.weights[:used], room)
        self.keys = np.empty(room if limits.closed else 1, np.int64)
        self.spots, self.merging = np.empty(room, np.int64), np.empty(4 * room, np.int32)
        if limits.closed:
            kernels(_KERNELS)["draw_keys"](self.keys, 0, root.rows)
        self.count, self.bit = np.zeros(size + 1, np.int32), np.zeros(size + 1, np.int64)
        self.ext, self.extc = np.empty(size + 1, np.int32), np.empty(size + 1, np.int64)
        self.table, self.sums = np.empty(1 << LEAF, np.int64), np.empty(1 << LEAF, np.int64)
        self.line, self.tag = np.empty(size + 80, np.int32), np.empty(size + 80, np.int32)
        sets = 1 if limits.counting else 1024
        self.slots = np.full(4096 if limits.closed else 1, -1, np.int32)
        self.columns, self.offsets = np.empty(8 * sets, np.int32), np.zeros(sets + 1, np.int64)
        self.rows = np.empty(sets, np.int64)
        self.found_keys, self.last = np.empty(sets if limits.closed else 1, np.int64), np.empty(sets, np.uint8)
        self.lengths = np.zeros((longest + 2) * WIDE if limits.counting else 1, np.int64)

    def begin(self, first: int, end: int) -> None:
        """Take the root's items from `first` to before `end`."""
        root = self.root
        at, stop = (first, end) if root.form != MASK else (_from(first, root.size), _from(end, root.size))
        values = (
            root.form, at, stop, 0, 0, root.lists_used, root.rows_used, 0, root.size, 0,
            root.rows if root.form == MASK else root.size, root.starts, root.addresses, root.which, root.width,
        )  # fmt: skip
        self.frames[: len(values)] = values
        self.state[_DEPTH] = 0
        self.state[_DONE] = 0

    def run(self, budget: int = _BUDGET) -> bool:
        """Walk for a while; whether the range is done.

        Raises:
            UsageError: there are more sets than allowed.
        """
        self.params[6] = budget
        search = kernels(_KERNELS)["search"]
        for _ in count():
            search(
                self.params, self.state, self.frames, self.prefix, self.free, self.lists, self.masks, self.weights, self.keys,
                self.count, self.bit, self.ext, self.extc, self.table, self.sums, self.spots, self.line, self.tag, self.merging,
                self.slots, len(self.slots), len(self.lists), len(self.masks), self.columns, self.offsets, self.rows,
                self.found_keys, len(self.rows), len(self.columns), self.last, self.lengths,
            )  # fmt: skip
            status = int(self.state[_STATUS])
            if status == _FINISHED:
                return True
            if status == _PAUSED:
                return False
            if status == _TOO_MANY:
                raise TooManySetsError.of(self.limits.most)
            self._grow(status, int(self.state[_NEED]))
        raise AssertionError

    @property
    def done(self) -> int:
        """Items of the root that were walked since `begin`."""
        return int(self.state[_DONE])

    @property
    def sets(self) -> int:
        """Sets found so far."""
        return int(self.state[_SETS])

    def leave(self) -> int:
        """Give the rest of the range away, but for the item that is being walked; the first item given away."""
        rest = int(self.frames[_AT])
        self.frames[_AT] = self.frames[_END]
        if self.root.form != MASK:
            return rest
        return self.root.size if rest == 0 else (rest & -rest).bit_length() - 1

    def _grow(self, status: int, need: int) -> None:
        if status == _SETS_FULL:
            room = max(need, _GROWTH * len(self.rows))
            self.offsets, self.rows = _roomy(self.offsets, room + 1), _roomy(self.rows, room)
            if self.limits.closed:
                self.found_keys, self.last = _roomy(self.found_keys, room), _roomy(self.last, room)
        elif status == _CELLS_FULL:
            self.columns = _roomy(self.columns, max(need, _GROWTH * len(self.columns)))
        elif status == _LISTS_FULL:
            self.lists = _roomy(self.lists, max(need, 2 * len(self.lists)))
        elif status == _ROWS_FULL:
            room = max(need, 2 * len(self.masks))
            self.masks, self.weights = _roomy(self.masks, room), _roomy(self.weights, room)
            if self.limits.closed:
                self.keys = _roomy(self.keys, room)
            self.spots, self.merging = np.empty(room, np.int64), np.empty(4 * room, np.int32)
        elif status == _SLOTS_FULL:
            self.slots = np.empty(1 << need.bit_length(), np.int32)
            kernels(_KERNELS)["refill"](self.found_keys, int(self.state[_SETS]), self.slots, len(self.slots))

    def found(self) -> Found:
        """What was found so far."""
        sets = 0 if self.limits.counting else self.sets
        return Found(
            self.offsets[: sets + 1],
            self.columns[: self.offsets[sets]],
            self.rows[:sets],
            self.found_keys[:sets],
            self.last[:sets],
        )


def _from(first: int, size: int) -> int:
    """The mask of bits `first` to before `size`, as a signed number."""
    mask = (1 << size) - (1 << first)
    return mask - (1 << 64) if mask >= 1 << 63 else mask


def _roomy(array: NDArray[Any], room: int) -> NDArray[Any]:
    """A larger array that begins with what this one holds."""
    larger = np.empty(room, array.dtype)
    larger[: len(array)] = array
    return larger
