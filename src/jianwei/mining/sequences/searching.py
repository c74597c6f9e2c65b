"""Finding frequent sequences."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from jianwei.common.compiled import kernels
from jianwei.common.progress import Progress, SilentProgress
from jianwei.errors import UsageError
from jianwei.mining.patterns.itemsets import Kind
from jianwei.mining.patterns.support import least_rows
from jianwei.mining.sequences.condensing import standing
from jianwei.mining.sequences.found import Sequences
from jianwei.mining.sequences.histories import Histories, read_histories

__all__ = ["MOST_SEQUENCES", "frequent_sequences"]

Ints = NDArray[np.int64]

MOST_SEQUENCES = 5_000_000
"""Sequences that a search may find; about half a gigabyte."""

_ANY = 1 << 62
_BUDGET = 20_000_000
# As in `compiled_kernels`.
_STATUS, _NEED, _SETS, _CELLS, _DONE = 1, 2, 3, 4, 9
_FINISHED, _PAUSED, _ENDS_FULL, _KIDS_FULL, _SETS_FULL, _CELLS_FULL, _TOO_MANY = range(7)
_FRAME = 6


def frequent_sequences(
    sequences: Any,
    min_support: float = 0.01,
    kind: Kind = "all",
    max_length: int | None = None,
    *,
    min_length: int = 1,
    min_gap: int = 0,
    max_gap: int | None = None,
    window: int | None = None,
    together: bool = False,
    repeats: bool = True,
    top_k: int | None = None,
    max_sequences: int = MOST_SEQUENCES,
    progress: Progress | None = None,
) -> Sequences:
    """What many persons did in the same order, other things in between or not.

    A person has a sequence when there is an occurrence: a time for each of its moments, one later than the other, at which the person
    has all items of the moment, and which keeps to the bounds below. However many occurrences there are, the person counts once.

    Args:
        sequences: whatever `read_histories` takes: lists (of items, one for each person), a table of persons, items and times,
            `Histories`.
        min_support: a share of all persons as a float, rounded up (see `least_rows`), or their number as an int.
        kind: "all"; "closed": no sequence with one more item has as many persons; "maximal": none with one more item is frequent.
            Both are told from what is found, so `max_length` bears on them. Not together with top_k.
        max_length, min_length: items in a sequence. Whoever did the same a thousand times has sequences as long as that.
        min_gap, max_gap: time from one moment of an occurrence to the next, at least and at most, in the unit of the times (positions
            where there are none). Two moments are never at the same time, even with a min_gap of 0.
        window: time from the first to the last moment, at most.
        together: look for several items of one moment, too. Otherwise a moment of a sequence is one item. What a person did at the same
            time follows nothing of that time, either way.
        repeats: whether an item may occur in a sequence twice.
        top_k: only the so many sequences (of the lengths asked for) with the most persons, and all that tie with the last of them.
        max_sequences: sequences to find before giving up.
        progress: bar over the frequent items; an exception raised in it ends the search.

    Returns:
        Sequences, in an order that depends on the histories only.

    Raises:
        UsageError: an argument is wrong, or there are more than `max_sequences` sequences.

    The search is that of `sequences.compiled_kernels`.

    >>> [one.moments for one in frequent_sequences([["tea", "milk", "cup"], ["tea", "cup"]], 2, "maximal")]
    [(('tea',), ('cup',))]
    >>> [one.moments for one in frequent_sequences([["tea", "milk", "cup"], ["tea", "cup"]], 2, "maximal", max_gap=1)]
    [(('cup',),), (('tea',),)]
    """
    _check(kind, min_length, max_length, min_gap, max_gap, window, top_k)
    histories = read_histories(sequences)
    least = least_rows(min_support, len(histories))
    shortest = 1 if kind != "all" else min_length
    bounds = _Bounds(
        least, shortest, max_length or _ANY, min_gap, _ANY if max_gap is None else max_gap, _ANY if window is None else window,
        together, repeats, max_sequences, top_k or 0,
    )  # fmt: skip
    root, kept = _frequent(histories, least)
    walk = _Walk(root, bounds)
    with (progress or SilentProgress()).task("sequences", walk.size, "items") as task:
        done = 0
        while not walk.run():
            task.advance(walk.done - done)
            done = walk.done
        task.advance(walk.done - done)
    codes, offsets, rows = walk.found()
    found = Sequences(
        offsets, kept[codes >> 1].astype(np.int32), (codes & 1).astype(bool), rows[:, 0].copy(), rows[:, 1].copy(),
        len(histories), histories.item_rows, histories.labels, kind, least,
    )  # fmt: skip
    if top_k is not None and len(found) > top_k:
        return found.take(np.flatnonzero(found.rows >= np.partition(found.rows, -top_k)[-top_k]))
    if kind == "all":
        return found
    at = standing(found, kind)
    return found.take(at[found.lengths[at] >= min_length])


def _check(
    kind: str,
    min_length: int,
    max_length: int | None,
    min_gap: int,
    max_gap: int | None,
    window: int | None,
    top_k: int | None,
) -> None:
    if kind not in ("all", "closed", "maximal"):
        raise UsageError("kind", f"{kind!r} is not one of all, closed, maximal")
    if top_k is not None and kind != "all":
        raise UsageError("top_k", f"it does not go with {kind} sequences", "leave one of the two out")
    for name, value, lowest in (
        ("min_length", min_length, 1), ("max_length", max_length, min_length), ("min_gap", min_gap, 0),
        ("max_gap", max_gap, min_gap), ("window", window, 0), ("top_k", top_k, 1),
    ):  # fmt: skip
        whole = isinstance(value, int | np.integer) and not isinstance(value, bool)
        if value is not None and not (whole and lowest <= value < _ANY):
            raise UsageError(name, f"{value!r} is not a whole number from {lowest} on")


@dataclass(frozen=True, slots=True)
class _Bounds:
    """What to look for; see `frequent_sequences`."""

    least: int
    shortest: int
    longest: int
    min_gap: int
    max_gap: int
    window: int
    together: bool
    repeats: bool
    most: int
    top: int

    @property
    def first(self) -> bool:
        """Whether the first end of each person says everything."""
        return self.max_gap == self.window == _ANY and not self.together


def _frequent(histories: Histories, least: int) -> tuple[Histories, Ints]:
    """The histories with their frequent items alone, and the column of each of those."""
    kept = np.flatnonzero(histories.item_rows >= least)
    place = np.full(len(histories.labels), -1, np.int32)
    place[kept] = np.arange(len(kept))
    columns = place[histories.columns]
    stays = columns >= 0
    before = np.concatenate([[0], np.cumsum(stays)])
    offsets = before[histories.offsets]
    return Histories(offsets, columns[stays], histories.times[stays], tuple(range(len(kept)))), kept


class _Walk:
    """The kernel with its memory, which grows as it is asked for."""

    def __init__(self, root: Histories, bounds: _Bounds) -> None:
        found = kernels("jianwei.mining.sequences.compiled_kernels")
        self.search, self.lay_out = found["search"], found["lay_out"]
        codes = 2 * len(root.labels)
        entries, longest = len(root.columns), int(np.diff(root.offsets).max(initial=0))
        self.params = np.array(
            [
                bounds.least, bounds.shortest, bounds.longest, bounds.min_gap, bounds.max_gap, bounds.window, bounds.first,
                bounds.together, bounds.repeats, _BUDGET, bounds.most, bounds.top,
            ],
            np.int64,
        )  # fmt: skip
        self.state = np.zeros(10, np.int64)
        self.root = root
        self.owners = np.append(root.owners, np.int32(0))
        self.times, self.columns = np.append(root.times, 0), np.append(root.columns, np.int32(0))
        self.used = np.zeros(codes // 2 + 1, np.int32)
        ends, stops = self._ends(bounds.first)
        self.size = len(stops)
        self.ends_at, self.ends_from = (_roomy(ends, 2 * entries + 4096) for _ in range(2))
        self.stamps, self.rows, self.ends = (np.zeros(codes + 1, np.int64) for _ in range(3))
        self.touched, self.prefix = np.empty(codes + 1, np.int32), np.empty(longest + 2, np.int32)
        kids = 2 * codes + 64
        self.kid_code = _roomy(np.arange(0, codes, 2, dtype=np.int32), kids)
        self.kid_end, self.kid_rows = _roomy(stops, kids), _roomy(root.item_rows, kids)
        self.frames = np.zeros((longest + 2) * _FRAME, np.int64)
        self.frames[:_FRAME] = 0, self.size, 0, 0, len(ends), len(root)
        self.out_codes, self.out_offsets = np.empty(1 << 14, np.int32), np.zeros(4097, np.int64)
        self.out_rows = np.empty(2 * 4096, np.int64)
        self.best = np.empty(bounds.top + 1, np.int64)

    def _ends(self, first: bool) -> tuple[NDArray[np.int32], Ints]:
        """Where each single item ends, by item, and where those of an item stop."""
        root, items = self.root, len(self.root.labels)
        each = root.item_rows if first else np.bincount(root.columns, minlength=items).astype(np.int64)
        places = np.cumsum(each) - each
        ends = np.empty(int(each.sum()), np.int32)
        self.lay_out(root.offsets, len(root), root.columns, int(first), np.zeros(items, np.int64), places, ends)
        return ends, places

    @property
    def done(self) -> int:
        """Frequent items that were walked."""
        return int(self.state[_DONE])

    def run(self) -> bool:
        """Walk for a while; whether everything is found.

        Raises:
            UsageError: there are more sequences than allowed.
        """
        while True:
            room = np.array(
                [len(self.ends_at), len(self.kid_code), len(self.out_offsets) - 1, len(self.out_codes)], np.int64
            )
            self.search(
                self.params, room, self.state, self.root.offsets, self.columns, self.times, self.owners, self.used,
                self.ends_at, self.ends_from, self.stamps, self.rows, self.ends, self.touched, self.prefix, self.kid_code,
                self.kid_end, self.kid_rows, self.frames, self.out_codes, self.out_offsets, self.out_rows, self.best,
            )  # fmt: skip
            status = int(self.state[_STATUS])
            if status in (_FINISHED, _PAUSED):
                return status == _FINISHED
            if status == _TOO_MANY:
                raise UsageError(
                    "frequent_sequences",
                    f"there are more than {self.params[10]:,} sequences",
                    "raise min_support, set max_length, max_gap, window or top_k, or allow more with max_sequences",
                )
            self._grow(status, int(self.state[_NEED]))

    def _grow(self, status: int, need: int) -> None:
        if status == _ENDS_FULL:
            room = max(need, 2 * len(self.ends_at))
            self.ends_at, self.ends_from = _roomy(self.ends_at, room), _roomy(self.ends_from, room)
        elif status == _KIDS_FULL:
            room = max(need, 2 * len(self.kid_code))
            self.kid_code = _roomy(self.kid_code, room)
            self.kid_end, self.kid_rows = _roomy(self.kid_end, room), _roomy(self.kid_rows, room)
        elif status == _SETS_FULL:
            self.out_offsets = _roomy(self.out_offsets, 2 * len(self.out_offsets))
            self.out_rows = _roomy(self.out_rows, 2 * (len(self.out_offsets) - 1))
        elif status == _CELLS_FULL:
            self.out_codes = _roomy(self.out_codes, max(need, 2 * len(self.out_codes)))

    def found(self) -> tuple[NDArray[np.int32], Ints, Ints]:
        """Codes, offsets, and rows [n, 2] as the kernel wrote them."""
        sets = int(self.state[_SETS])
        offsets = self.out_offsets[: sets + 1]
        return self.out_codes[: offsets[-1]], offsets, self.out_rows[: 2 * sets].reshape(-1, 2)


def _roomy(array: NDArray[Any], room: int) -> NDArray[Any]:
    """A larger array that begins with what this one holds."""
    larger = np.empty(room, array.dtype)
    larger[: len(array)] = array
    return larger
