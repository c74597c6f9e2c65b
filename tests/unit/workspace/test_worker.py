"""Jobs go on beside each other: failures cost a pause, nothing ends but by leaving."""

from __future__ import annotations

import logging
import threading
import time

import pytest

from jianwei.errors import StoreError
from jianwei.workspace.worker import Done, Job, Jobs


class Rounds:
    """A job that does as scripted, then nothing; `reached` is set when the script is over."""

    def __init__(self, *script: Done | Exception) -> None:
        self.script, self.count = list(script), 0
        self.reached = threading.Event()

    def __call__(self) -> Done:
        self.count += 1
        step = self.script.pop(0) if self.script else Done()
        if not self.script:
            self.reached.set()
        if isinstance(step, Exception):
            raise step
        return step


def test_what_is_left_is_done_at_once() -> None:
    rounds = Rounds(*[Done(again=True)] * 50)
    with Jobs([Job("many", rounds, every=3600)]):
        assert rounds.reached.wait(20)


def test_one_job_has_another_begin() -> None:
    first, second = Rounds(Done()), Rounds(Done(), Done())
    with Jobs([Job("second", second, every=3600), Job("first", first, every=3600)]) as jobs:
        assert first.reached.wait(20)
        first.script.append(Done(wakes=("second",)))
        jobs.wake("first")
        assert second.reached.wait(20)


def test_leaving_waits_for_what_is_under_way() -> None:
    begun, ended = threading.Event(), threading.Event()

    def work() -> Done:
        begun.set()
        time.sleep(0.2)
        ended.set()
        return Done()

    with Jobs([Job("work", work, every=3600)]):
        assert begun.wait(20)
    assert ended.is_set()


def test_one_that_fails_ends_no_other(caplog: pytest.LogCaptureFixture) -> None:
    caplog.set_level(logging.INFO, "jianwei.jobs")
    bad, worse, good = Rounds(StoreError("lake", "is away", "")), Rounds(ValueError("x")), Rounds(Done("3 rows"))
    with Jobs([Job("bad", bad, every=3600), Job("worse", worse, every=3600), Job("good", good, every=3600)]) as jobs:
        for rounds in (bad, worse, good):
            assert rounds.reached.wait(20)
        bad.reached.clear()
        jobs.wake("bad")
        assert bad.reached.wait(20)  # it is tried again
    assert "bad: lake: is away" in caplog.text
    assert "worse: failed (ValueError)" in caplog.text
    assert "good: 3 rows" in caplog.text


def test_a_round_that_hangs_does_not_keep_the_server() -> None:
    forever = threading.Event()

    def hang() -> Done:
        forever.wait(60)
        return Done()

    with Jobs([Job("hang", hang, every=1)], patience=0.05):
        pass
    forever.set()
