"""Which message a reply answers, found among those read last."""

from __future__ import annotations

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
    same sender in the same conversation. What lies further back than `pieces` is not found: memory stays flat.
    """

    def __init__(self, pieces: int = 4) -> None:
        self._kept: deque[Answerable] = deque(maxlen=pieces)

    def link(self, piece: Answerable, asked: Mapping[int, tuple[str, str | None]], *, exact: bool) -> pa.StringArray:
        """Ids of the answered messages, string [n], null where there is none or it is not found.

        Args:
            piece: the messages read last; they are remembered.
            asked: row → (key, user id or None).
            exact: whether keys name one message, which may also come later; otherwise the last one before the row counts.
        """
        self._kept.append(piece)
        count = len(piece.message_id)
        if not asked:
            return pa.nulls(count, pa.string())
        found = self._found(pa.array(sorted({key for key, _ in asked.values()}), pa.string()))
        conversations = piece.conversation_id.take(pa.array(sorted(asked), pa.int64())).to_pylist()
        result: list[str | None] = [None] * count
        for row, conversation in zip(sorted(asked), conversations, strict=True):
            key, user = asked[row]
            for place, message, there, by in reversed(found.get(key, ())):
                if there == conversation and (exact or place < row) and user in (None, by):
                    result[row] = message
                    break
        return pa.array(result, pa.string())

    def _found(self, keys: pa.StringArray) -> dict[str, list[tuple[int, str, str, str]]]:
        """By key: (row, counted from the last piece; message, conversation, user), in file order."""
        found: dict[str, list[tuple[int, str, str, str]]] = {}
        first = -sum(len(kept.key) for kept in self._kept) + len(self._kept[-1].key)
        for kept in self._kept:
            rows = np.flatnonzero(pc.is_in(kept.key, value_set=keys).to_numpy(zero_copy_only=False))
            places = pa.array(rows)
            columns = (kept.key, kept.message_id, kept.conversation_id, kept.user_id)
            for row, key, *rest in zip(rows, *(column.take(places).to_pylist() for column in columns), strict=True):
                found.setdefault(key, []).append((first + int(row), *rest))
            first += len(kept.key)
        return found
