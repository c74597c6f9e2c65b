from __future__ import annotations

from collections.abc import Sequence
from itertools import pairwise

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from numpy.typing import NDArray
from support.talking import music, pink, silence, talk, white

from jianwei.speech._base import RATE
from jianwei.speech.pauses import FRAME, Listener, PauseRules, Span, Utterance, find_speech, open_voices

pytest.importorskip("faster_whisper")

SOUND = np.concatenate([silence(1.0), talk(3.0), silence(1.5), talk(2.0, seed=2), silence(1.0)])


class Written:
    """Voices whose probabilities were written down before."""

    def __init__(self, probabilities: Sequence[float]) -> None:
        self.left = list(probabilities)

    def hear(self, frames: NDArray[np.float32]) -> NDArray[np.float32]:
        found, self.left = self.left[: len(frames)], self.left[len(frames) :]
        return np.array(found, np.float32)


def test_speech_is_found_between_pauses() -> None:
    first, second = find_speech(SOUND)
    assert first.start / RATE == pytest.approx(0.7, abs=0.15)
    assert first.end / RATE == pytest.approx(4.3, abs=0.15)
    assert second.start / RATE == pytest.approx(5.2, abs=0.5)  # a network takes a moment to believe in a voice
    assert second.end / RATE == pytest.approx(7.8, abs=0.15)


@pytest.mark.parametrize("loud", [0.02, 1.9])
def test_loudness_does_not_matter(loud: float) -> None:
    assert len(find_speech(SOUND * np.float32(loud))) == 2


@pytest.mark.parametrize("sound", [silence, white, pink, music], ids=lambda sound: sound.__name__)
def test_nobody_speaks_there(sound: object) -> None:
    assert find_speech(sound(20.0)) == ()  # type: ignore[operator]


@pytest.mark.parametrize("length", [0, 1, FRAME - 1, FRAME, FRAME + 1])
def test_recordings_of_nearly_nothing(length: int) -> None:
    assert find_speech(np.zeros(length, np.float32)) == ()


def _streamed(sound: NDArray[np.float32], cuts: Sequence[int], rules: PauseRules | None = None) -> list[Utterance]:
    listener, found, at = Listener(open_voices(), rules), [], 0
    for cut in [*sorted(cuts), len(sound)]:
        found += listener.feed(sound[at:cut])
        at = max(at, cut)
    return [*found, *listener.finish()]


@settings(deadline=None, max_examples=12)
@given(st.lists(st.integers(0, len(SOUND)), max_size=30))
def test_block_by_block_is_as_all_at_once(cuts: list[int]) -> None:
    said = _streamed(SOUND, cuts)
    assert [Span(one.span.start, min(one.span.end, len(SOUND))) for one in said] == list(find_speech(SOUND))
    for one in said:
        assert np.array_equal(one.samples, SOUND[one.span.start : one.span.end])


def test_an_utterance_comes_as_soon_as_a_pause_follows() -> None:
    listener = Listener()
    assert listener.feed(SOUND[: int(3.8 * RATE)]) == ()
    assert listener.speaking
    (said,) = listener.feed(SOUND[int(3.8 * RATE) : int(5.0 * RATE)])
    assert said.span.seconds == pytest.approx(3.6, abs=0.2)
    assert not listener.speaking


def test_a_listener_keeps_little() -> None:
    listener = Listener()
    for _ in range(60):
        listener.feed(white(1.0))
    assert len(listener._kept) <= 2.1 * RATE


def test_margins_do_not_meet() -> None:
    heard = [0.9] * 10 + [0.0] * 18 + [0.9] * 10
    first, second = find_speech(np.zeros(len(heard) * FRAME, np.float32), Written(heard), PauseRules(margin=5.0))
    assert first.end == second.start == 19 * FRAME


def test_long_speech_is_cut_where_it_is_calm() -> None:
    rules = PauseRules(longest=4.0, pause=0.6)
    calm = [0.9] * 85 + [0.4] * 8 + [0.9] * 200  # never below the release for long enough
    frames = np.zeros(len(calm) * FRAME, np.float32)
    spans = find_speech(frames, Written(calm), rules)
    assert spans[0].end // FRAME == pytest.approx(89, abs=2)
    assert [one.end for one in spans[:-1]] == [one.start for one in spans[1:]]
    assert spans[0].start == 0
    assert spans[-1].end == len(frames)


@settings(deadline=None, max_examples=60)
@given(st.lists(st.floats(0, 1, width=32), max_size=400), st.floats(1.0, 6.0))
def test_spans_are_in_order_apart_and_short_enough(probabilities: list[float], longest: float) -> None:
    rules = PauseRules(longest=longest)
    count = len(probabilities) * FRAME
    spans = find_speech(np.zeros(count, np.float32), Written(probabilities), rules)
    for before, after in pairwise(spans):
        assert before.end <= after.start
    for one in spans:
        assert 0 <= one.start < one.end <= count
        assert one.seconds <= longest + 2 * rules.margin
        heard = probabilities[one.start // FRAME : one.end // FRAME + 1]
        assert max(heard) >= rules.release
