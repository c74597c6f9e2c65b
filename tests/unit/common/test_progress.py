"""Progress: bars on a terminal, silence elsewhere, and labels that are shown as they are."""

from __future__ import annotations

import io
import sys
from contextlib import ExitStack

import pytest

from jianwei.common.progress import Progress, RichProgress, SilentProgress, open_progress


class Terminal(io.StringIO):
    def isatty(self) -> bool:
        return True


def use_terminal(monkeypatch: pytest.MonkeyPatch) -> Terminal:
    """Standard error as a terminal; called in the test itself, since pytest sets its own between fixtures and test."""
    fake = Terminal()
    monkeypatch.setattr(sys, "stderr", fake)
    monkeypatch.setenv("TERM", "xterm")
    monkeypatch.setenv("COLUMNS", "100")
    monkeypatch.delenv("NO_COLOR", raising=False)
    return fake


def test_both_satisfy_the_protocol() -> None:
    assert isinstance(SilentProgress(), Progress)
    assert isinstance(RichProgress(), Progress)


def test_silence_says_nothing(capsys: pytest.CaptureFixture[str]) -> None:
    progress = SilentProgress()
    with progress.task("reading", 3, "bytes") as task:
        task.advance()
        task.total(10)
        task.advance(9)
    progress.note("skipped")
    assert capsys.readouterr() == ("", "")


def test_bars_are_opened_only_on_a_terminal(monkeypatch: pytest.MonkeyPatch) -> None:
    use_terminal(monkeypatch)
    with open_progress() as progress:
        assert isinstance(progress, RichProgress)
    with open_progress(quiet=True) as progress:
        assert isinstance(progress, SilentProgress)
    monkeypatch.setattr(sys, "stderr", io.StringIO())
    with open_progress() as progress:
        assert isinstance(progress, SilentProgress)


def test_labels_and_notes_are_text_and_not_markup(monkeypatch: pytest.MonkeyPatch) -> None:
    terminal = use_terminal(monkeypatch)
    with open_progress() as progress, progress.task("[bold]群[/bold].csv", 10) as task:
        task.advance(5)
        progress.note("[red]a[1].csv[/red] was skipped")
    shown = terminal.getvalue()
    assert "[bold]群[/bold].csv" in shown
    assert "[red]a[1].csv[/red] was skipped" in shown


@pytest.mark.parametrize(
    ("expected", "corrected", "share"), [(10, None, " 50%"), (10, 20, " 25%"), (None, 50, " 10%"), (None, None, "")]
)
def test_share_follows_what_was_reported(
    monkeypatch: pytest.MonkeyPatch, expected: int | None, corrected: int | None, share: str
) -> None:
    terminal = use_terminal(monkeypatch)
    with ExitStack() as tasks:
        with RichProgress() as progress:  # it draws once more when it stops
            task = tasks.enter_context(progress.task("reading", expected))
            if corrected is not None:
                task.total(corrected)
            task.advance(2)
            task.advance(3)
        last = terminal.getvalue().rsplit("reading", 1)[1]
    assert share in last if share else "%" not in last


def test_bar_goes_when_its_block_ends_even_by_an_error(monkeypatch: pytest.MonkeyPatch) -> None:
    terminal = use_terminal(monkeypatch)
    with open_progress() as progress:
        with pytest.raises(ValueError, match="broken"), progress.task("first", 1):
            raise ValueError("broken")
        before = terminal.getvalue()
        with progress.task("second", 1):
            progress.note("after")
    assert "first" not in terminal.getvalue()[len(before) :].split("after", 1)[1]


@pytest.mark.parametrize("quiet", [True, False])
def test_errors_pass_through(monkeypatch: pytest.MonkeyPatch, quiet: bool) -> None:
    use_terminal(monkeypatch)
    with pytest.raises(KeyError), open_progress(quiet=quiet):
        raise KeyError("x")
