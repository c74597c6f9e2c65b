"""Which message a reply answers, found among those read last."""

from __future__ import annotations

from bisect import bisect_left
from collections import deque
from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

__all__ = ["Answerable", "Recent"]


@dataclass(frozen=True, slots=True)
class Answerable:
    """Columns of one piece by which its messages are found again."""

    key: pa.StringArray
    message_id: pa.StringArray
    conversation_id: pa.StringArray
    user_id: pa.StringArray


class Recent:
    """The messages of the last pieces, where replies find what they answer.

    A reply names its message by the platform's id, or quotes it; a quote stands for the last message before it with the same words by the
    same sender in the same conversation. What lies more than about `rows` messages back is not found: memory stays flat.
    """

    def __init__(self, rows: int = 200_000) -> None:
        self._most = rows
        self._kept: deque[Answerable] = deque()

    def link(self, piece: Answerable, asked: Mapping[int, tuple[str, str | None]], *, exact: bool) -> pa.StringArray:
        """Ids of the answered messages, string [n], null where there is none or it is not found.

        Args:
            piece: the messages read last; they are remembered.
            asked: row → (key, user id or None).
            exact: whether keys name one message, which may also come later; otherwise the last one before the row counts.
        """
        self._kept.append(piece)
        while sum(len(kept.key) for kept in self._kept) - len(self._kept[0].key) > self._most:
            self._kept.popleft()
        count = len(piece.message_id)
        result: list[str | None] = [None] * count
        if not asked:
            return pa.nulls(count, pa.string())
        found = self._found(pa.array(sorted({key for key, _ in asked.values()}), pa.string()))
        conversations = piece.conversation_id.take(pa.array(list(asked), pa.int64())).to_pylist()
        for (row, (key, user)), conversation in zip(asked.items(), conversations, strict=True):
            places, messages = found.get((key, conversation, user), ((), ()))
            at = len(places) if exact else bisect_left(places, row)
            result[row] = messages[at - 1] if at else None
        return pa.array(result, pa.string())

    def _found(self, keys: pa.StringArray) -> dict[tuple[str, str, str | None], tuple[list[int], list[str]]]:
        """By key, conversation and user (also None, for anybody): rows, counted from the last piece, and messages, in file order."""
        found: dict[tuple[str, str, str | None], tuple[list[int], list[str]]] = {}
        first = -sum(len(kept.key) for kept in self._kept) + len(self._kept[-1].key)
        for kept in self._kept:
            rows = np.flatnonzero(pc.is_in(kept.key, value_set=keys).to_numpy(zero_copy_only=False))
            columns = (kept.key, kept.conversation_id, kept.user_id, kept.message_id)
            taken = (column.take(pa.array(rows)).to_pylist() for column in columns)
            for row, key, conversation, user, message in zip(rows.tolist(), *taken, strict=True):
                for by in {user, None}:
                    places, messages = found.setdefault((key, conversation, by), ([], []))
                    places.append(first + row)
                    messages.append(message)
            first += len(kept.key)
        return found
