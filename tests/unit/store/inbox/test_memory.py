"""What an inbox keeps in memory, and what it hands to its writer, stays within bounds."""

from __future__ import annotations

import asyncio
from pathlib import Path

import msgspec
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from jianwei.common.kept import Claim
from jianwei.errors import StoreError
from jianwei.store.inbox import RemoteInbox
from jianwei.store.inbox._claims import Claims, Key
from jianwei.store.inbox._frames import MOST_BYTES, Finish, Frames, Request, framed


def key(number: int) -> Key:
    return ("shop", f"m:{number}")


@settings(max_examples=100, deadline=None)
@given(st.lists(st.tuples(st.integers(0, 12), st.integers(0, 60)), max_size=60), st.integers(1, 8), st.integers(0, 150))
def test_answers_in_memory_are_bounded_and_every_answer_is_found(
    given: list[tuple[int, int]], keep: int, keep_bytes: int
) -> None:
    disk: dict[Key, bytes] = {}
    asked: list[Key] = []

    def look_up(wanted: Key) -> bytes | None:
        asked.append(wanted)
        return disk.get(wanted)

    claims = Claims(look_up, keep, keep_bytes)
    for number, length in given:
        claim = claims.claim(key(number))
        if key(number) in disk:
            assert claim == Claim(first=False, answer=disk[key(number)])
        else:
            assert claim == Claim(first=True)
            disk[key(number)] = b"x" * length
            claims.answered(key(number), disk[key(number)])
    asked.clear()
    for known, answer in disk.items():
        assert claims.claim(known) == Claim(first=False, answer=answer)
    in_memory = [disk[known] for known in disk if known not in asked]
    assert len(in_memory) <= keep
    assert sum(map(len, in_memory)) <= keep_bytes


def test_newest_answers_of_a_restart_have_a_place_first() -> None:
    asked: list[Key] = []
    claims = Claims(asked.append, 100, 50)
    claims.load((key(number), b"x" * 10) for number in range(9, 0, -1))  # nine is the newest
    for number in range(1, 10):
        claims.claim(key(number))
    assert asked == [key(number) for number in range(1, 5)]


def finishes(sizes: list[int]) -> list[Request]:
    return [Finish(number, "shop", str(number), bytes(size), 1, b"") for number, size in enumerate(sizes)]


@pytest.mark.parametrize("sizes", [[3_000_000] * 40, [MOST_BYTES - 1_000, 10, MOST_BYTES - 1_000], []])
def test_long_messages_fit_into_frames(sizes: list[int]) -> None:
    sent = finishes(sizes)
    frames = list(Frames().feed(framed(sent)))
    assert all(len(frame) <= MOST_BYTES for frame in frames)
    decode = msgspec.msgpack.Decoder(list[Request]).decode
    assert [request for frame in frames for request in decode(frame)] == sent


def test_failures_do_not_pile_up(tmp_path: Path) -> None:
    """One error raised again and again would keep the frames of all its callers."""

    async def fail() -> StoreError:
        with pytest.raises(StoreError) as caught:
            await RemoteInbox(tmp_path / "none.sock").begin("shop", "1", 0)
        return caught.value

    async def depth() -> list[int]:
        depths = []
        for _ in range(3):
            trace, count = (await fail()).__traceback__, 0
            while trace is not None:
                trace, count = trace.tb_next, count + 1
            depths.append(count)
        return depths

    assert len(set(asyncio.run(depth()))) == 1
