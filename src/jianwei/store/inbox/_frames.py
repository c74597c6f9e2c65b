"""What workers and the writer say to each other: frames of many operations, so that one system call carries them all.

A frame is 4 bytes of length, big-endian, and a MessagePack list; see `Request` and `Reply`.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence

import msgspec

__all__ = ["Abandon", "Begin", "Finish", "Frames", "Reply", "Request", "framed"]

MOST_BYTES = 64 * 1024 * 1024
_MOST_ITEMS = 32  # of a frame
_USUAL_BYTES = 4 * 1024 * 1024  # what is longer is halved, down to single items


class Begin(msgspec.Struct, array_like=True, tag=0, frozen=True, gc=False):
    """Claim a delivery; answered by a `Reply`."""

    number: int
    account: str
    key: str
    wait_seconds: float


class Finish(msgspec.Struct, array_like=True, tag=1, frozen=True, gc=False):
    """Keep a delivery and its answer; answered by a `Reply` once it is on disk."""

    number: int
    account: str
    key: str
    body: bytes
    received_us: int
    answer: bytes


class Abandon(msgspec.Struct, array_like=True, tag=2, frozen=True, gc=False):
    """Give a claim back; not answered."""

    account: str
    key: str


Request = Begin | Finish | Abandon


class Reply(msgspec.Struct, array_like=True, frozen=True, gc=False):
    """`first` and `answer` of a claim, or what went wrong (where, what, hint)."""

    number: int
    first: bool = False
    answer: bytes | None = None
    error: tuple[str, str, str] | None = None


def framed(items: Sequence[Request] | Sequence[Reply]) -> bytes:
    """The items as frames, one after the other.

    >>> len(list(Frames().feed(framed([Reply(number) for number in range(100)]))))
    4
    """
    frames: list[bytes] = []
    for at in range(0, len(items), _MOST_ITEMS):
        frames += _frames(items[at : at + _MOST_ITEMS])
    return b"".join(frames)


def _frames(items: Sequence[Request] | Sequence[Reply]) -> list[bytes]:
    data = msgspec.msgpack.encode(items)
    if len(data) > _USUAL_BYTES and (half := len(items) // 2):
        return _frames(items[:half]) + _frames(items[half:])
    return [len(data).to_bytes(4, "big"), data]


class Frames:
    """Cuts a stream into frames.

    >>> frames, sent = Frames(), framed([Reply(1)])
    >>> [frame for part in (sent[:3], sent[3:] + sent) for frame in frames.feed(part)] == [sent[4:], sent[4:]]
    True
    """

    def __init__(self) -> None:
        self._buffer = bytearray()

    def feed(self, data: bytes) -> Iterator[bytes]:
        """Every frame that is complete now.

        Raises:
            ValueError: longer than any frame may be.
        """
        self._buffer += data
        at = 0
        while len(self._buffer) - at >= 4:
            length = int.from_bytes(self._buffer[at : at + 4], "big")
            if length > MOST_BYTES:
                raise ValueError("a frame is too long")
            if len(self._buffer) - at - 4 < length:
                break
            yield bytes(self._buffer[at + 4 : at + 4 + length])
            at += 4 + length
        del self._buffer[:at]
