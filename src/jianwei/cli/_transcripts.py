"""How transcripts are shown: a recording with its segments, many as a table, what is spoken line by line."""

from __future__ import annotations

import signal
import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

import typer

from jianwei.cli._door import INCOMPLETE, as_short_json, console, printable, show_table
from jianwei.cli._rejected import rejection, rejections
from jianwei.cli.text._parts import clipped
from jianwei.common.i18n import catalog, guess_language
from jianwei.common.names import shortened, told_apart
from jianwei.common.rounding import rounded

if TYPE_CHECKING:
    from jianwei.common.media import RejectedMediaError
    from jianwei.common.progress import Progress
    from jianwei.speech import Recognizer, Transcript
    from jianwei.speech.microphone import Block, SoundSource, Spoken
    from jianwei.workspace.voices.feeling import Mood
    from jianwei.workspace.voices.finding import Recording

__all__ = ["Shown", "show_all", "show_live", "words"]


def words(key: str, /, **values: object) -> str:
    """The sentence for `speech.<key>` in the reader's language."""
    return catalog(guess_language()).text(f"speech.{key}", **values)


@dataclass(frozen=True, slots=True, kw_only=True)
class Shown:
    """What is shown, and what is written.

    Attributes:
        out, formats: a folder for a file a recording in each of these formats.
        table: a file for all of them.
    """

    json: bool
    quiet: bool
    mood: bool
    limit: int
    out: Path | None
    formats: tuple[str, ...]
    table: Path | None

    def say(self, text: str) -> None:
        console().print(printable(text), markup=False)

    def warn(self, text: str) -> None:
        console(stderr=True).print(printable(text), style="yellow", markup=False)


@dataclass(frozen=True, slots=True)
class _Heard:
    recording: Recording
    transcript: Transcript
    mood: Mood | None


def show_all(
    recordings: Sequence[Recording],
    recognizer: Recognizer,
    *,
    language: str | None,
    hotwords: Sequence[str],
    shown: Shown,
    progress: Progress,
    workers: int = 1,
) -> int:
    """Hear recordings, show and write what is said; returns how many were rejected."""
    from jianwei.common.media import RejectedMediaError
    from jianwei.speech.transcribing import transcribe_all
    from jianwei.workspace.voices.writing import write_transcript

    begun = time.monotonic()
    found: list[tuple[Recording, Transcript]] = []
    rejected: list[tuple[Recording, RejectedMediaError]] = []
    written: list[Path] = []
    answers = transcribe_all(
        [one.path for one in recordings],
        recognizer=recognizer, language=language, hotwords=hotwords, progress=progress, workers=workers,
    )  # fmt: skip
    for one, (_, answer) in zip(recordings, answers, strict=True):
        if isinstance(answer, RejectedMediaError):
            rejected.append((one, answer))
            continue
        found.append((one, answer))
        if shown.out is not None:
            written += write_transcript(shown.out, one.name, answer, shown.formats)
    _show(found, rejected, written, shown, recognizer, time.monotonic() - begun)
    return len(rejected)


def _show(
    found: Sequence[tuple[Recording, Transcript]],
    rejected: Sequence[tuple[Recording, RejectedMediaError]],
    written: list[Path],
    shown: Shown,
    recognizer: Recognizer,
    took: float,
) -> None:
    from jianwei.workspace.texts.writing import write_answers
    from jianwei.workspace.voices.feeling import moods
    from jianwei.workspace.voices.writing import table_of

    felt = moods([transcript.text for _, transcript in found]) if shown.mood else None
    heard = [_Heard(*pair, felt[at] if felt else None) for at, pair in enumerate(found)]
    if shown.table is not None:
        written += write_answers(shown.table, {"transcripts": table_of(found, felt)})
    if shown.json:
        typer.echo(as_short_json(_plain(heard, rejected, written, recognizer, took)))
        return
    if len(heard) == 1:
        _one(heard[0], shown)
    elif heard:
        _many(heard, shown)
    for line in rejections(((error, one.shown) for one, error in rejected), "speech.formats"):
        shown.warn(line)
    if heard:
        _total(heard, shown, recognizer, took)
    for path in written[:4]:
        shown.say(words("written", path=_text(path)))
    if len(written) > 4:
        shown.say(words("written_more", files=len(written) - 4))


def _plain(
    heard: Sequence[_Heard],
    rejected: Sequence[tuple[Recording, RejectedMediaError]],
    written: Sequence[Path],
    recognizer: Recognizer,
    took: float,
) -> dict[str, object]:
    return {
        "model": recognizer.identity,
        "files": [
            {
                "file": one.recording.shown,
                "text": one.transcript.text,
                "language": one.transcript.language,
                "seconds": one.transcript.seconds,
                "spoken": one.transcript.spoken,
                "confidence": one.transcript.confidence,
                "segments": one.transcript.segments,
                "dropped": [{"text": text, "reason": reason} for text, reason in one.transcript.dropped],
                "mood": one.mood,
            }
            for one in heard
        ],
        "rejected": [
            {"file": one.shown, "code": error.code, "error": rejection(error, one.shown)} for one, error in rejected
        ],
        "written": [_text(path) for path in written],
        "took": took,
    }


def _one(one: _Heard, shown: Shown) -> None:
    transcript = one.transcript
    if not transcript:
        shown.say(words("nothing_said", file=one.recording.shown))
    else:
        show_table(
            [words(f"column.{name}") for name in ("from", "to", "text", "sure")],
            (
                (_minutes(s.start, 10), _minutes(s.end, 10), s.text, _sure(s.confidence))
                for s in transcript.segments[: shown.limit]
            ),
        )
        _more(len(transcript), shown, "more_segments")
    for text, reason in transcript.dropped[: shown.limit]:
        shown.say(words("dropped.line", text=clipped(text, 40), reason=words(f"dropped.{reason}")))
    if one.mood is not None:
        shown.say(words("mood.line", mood=_mood(one.mood), topics=_topics(one.mood) or words("mood.none")))


def _many(heard: Sequence[_Heard], shown: Shown) -> None:
    columns = ("file", "length", "text", *(("mood", "topics") if shown.mood else ()))
    names = told_apart([Path(one.recording.shown) for one in heard])
    room = max(console().width - (60 if shown.mood else 28), 16)
    show_table(
        [words(f"column.{column}") for column in columns],
        (
            (
                shortened(name, 18),
                _minutes(one.transcript.seconds),
                clipped(one.transcript.text, room) or words("nothing"),
                *((clipped(_mood(one.mood), 18), clipped(_topics(one.mood), 9)) if shown.mood else ()),
            )
            for one, name in zip(heard[: shown.limit], names, strict=False)
        ),
    )
    _more(len(heard), shown, "more")


def _more(rows: int, shown: Shown, key: str) -> None:
    if rows > shown.limit:
        shown.say(words(key, rows=rows - shown.limit))


def _total(heard: Sequence[_Heard], shown: Shown, recognizer: Recognizer, took: float) -> None:
    seconds = sum(one.transcript.seconds for one in heard)
    spoken = sum(one.transcript.spoken for one in heard)
    model = f"{recognizer.identity.name} {recognizer.identity.version[:8]}"
    shown.say("")
    shown.say(
        words(
            "total", files=len(heard), length=_minutes(seconds), spoken=_minutes(spoken), model=model,
            factor=took / max(seconds, 1e-9),
        )
    )  # fmt: skip


def show_live(
    source: SoundSource, recognizer: Recognizer, *, language: str | None, hotwords: Sequence[str], shown: Shown
) -> int:
    """Show every utterance as soon as it is over, until the source ends or somebody presses Ctrl-C."""
    from jianwei.common.media import RejectedMediaError
    from jianwei.speech.microphone import joined, listen
    from jianwei.workspace.voices.feeling import moods

    begun, told = time.monotonic(), 0
    spoken: list[Spoken] = []
    if shown.mood:
        moods(["好"])  # the models are loaded before somebody speaks
    try:
        with _interruptible(source):
            heard = source if shown.json else _Told(source, lambda: shown.warn(words("listening")))
            for one in listen(heard, recognizer, language=language, hotwords=hotwords):
                spoken.append(one)
                if one.lost > told:
                    told = one.lost
                    shown.warn(words("lost", times=told))
                _live(one, moods([one.transcript.text])[0] if shown.mood else None, shown)
    except RejectedMediaError as error:
        for line in rejections([(error, error.where)], "speech.formats"):
            shown.warn(line)
        return INCOMPLETE
    finally:  # also when the microphone was unplugged
        if spoken:
            _keep_live(joined(spoken), shown)
    if not shown.json:
        slowest = max((one.delay for one in spoken), default=0.0)
        factor = sum(one.took for one in spoken) / max(sum(one.end - one.start for one in spoken), 1e-9)
        length = _minutes(time.monotonic() - begun)
        shown.say("")
        shown.say(words("live_total", utterances=len(spoken), length=length, factor=factor, slowest=slowest))
    return 0


@dataclass(frozen=True, slots=True)
class _Told:
    """A source that says when it is there: with the first sound, not before the device was opened."""

    source: SoundSource
    tell: Callable[[], None]

    def blocks(self) -> Iterator[Block]:
        told = False
        for block in self.source.blocks():
            if not told:
                self.tell()
                told = True
            yield block

    def stop(self) -> None:
        self.source.stop()

    def now(self) -> float:
        return self.source.now()


def _live(one: Spoken, mood: Mood | None, shown: Shown) -> None:
    import msgspec

    if shown.json:
        line = {
            "start": one.start, "end": one.end, "text": one.transcript.text, "segments": one.transcript.segments,
            "delay": one.delay, "factor": one.factor, "lost": one.lost, "mood": mood,
            "dropped": [{"text": text, "reason": reason} for text, reason in one.transcript.dropped],
        }  # fmt: skip
        typer.echo(msgspec.json.encode(rounded(msgspec.to_builtins(line))).decode())
        return
    if one.transcript:
        felt = " · ".join(part for part in (_mood(mood), _topics(mood)) if part) if mood else ""
        delay = words("live", delay=one.delay, factor=one.factor)
        shown.say(f"{_minutes(one.start, 10)}  {one.transcript.text}" + (f"  [{felt}]" if felt else "") + f"  {delay}")
    for text, reason in one.transcript.dropped:
        shown.warn(words("dropped.line", text=clipped(text, 40), reason=words(f"dropped.{reason}")))


def _keep_live(whole: Transcript, shown: Shown) -> None:
    from jianwei.workspace.texts.writing import write_answers
    from jianwei.workspace.voices.feeling import moods
    from jianwei.workspace.voices.finding import Recording
    from jianwei.workspace.voices.writing import table_of, write_transcript

    recording = Recording(Path("microphone"), Path("microphone"))
    written: list[Path] = []
    if shown.out is not None:
        written += write_transcript(shown.out, recording.name, whole, shown.formats)
    if shown.table is not None:
        felt = moods([whole.text]) if shown.mood else None
        written += write_answers(shown.table, {"transcripts": table_of([(recording, whole)], felt)})
    for path in written if not shown.json else ():
        shown.say(words("written", path=_text(path)))


@contextmanager
def _interruptible(source: SoundSource) -> Iterator[None]:
    """The first Ctrl-C ends the source, so that what was said last is still written; a second one ends the program."""
    before = signal.getsignal(signal.SIGINT)

    def stop(_number: int, _frame: object) -> None:
        signal.signal(signal.SIGINT, before)
        source.stop()

    signal.signal(signal.SIGINT, stop)
    try:
        yield
    finally:
        signal.signal(signal.SIGINT, before)


def _text(path: Path) -> str:
    return str(path).encode("utf-8", "replace").decode()


def _minutes(seconds: float, parts: int = 1) -> str:
    """M:SS, with tenths of a second where they are asked for; H:MM:SS from an hour on.

    >>> _minutes(65.27, 10), _minutes(3725)
    ('1:05.3', '1:02:05')
    """
    whole, rest = divmod(round(seconds * parts), parts)
    minutes, left = divmod(whole, 60)
    text = f"{minutes}:{left:02d}" if minutes < 60 else f"{minutes // 60}:{minutes % 60:02d}:{left:02d}"
    return f"{text}.{rest}" if parts == 10 else text


def _sure(confidence: float) -> str:
    return f"{confidence:.0%}".replace("%", " %")


def _mood(mood: Mood | None) -> str:
    if mood is None:
        return ""
    texts = catalog(guess_language())
    feeling = texts.text(f"text.mood.{mood.sentiment}")
    return (
        words("mood.comma").join((feeling, texts.text(f"charts.emotion.{mood.emotion}").lower()))
        if mood.emotion
        else feeling
    )


def _topics(mood: Mood | None) -> str:
    texts = catalog(guess_language())
    return words("mood.comma").join(texts.text(f"charts.want.{topic}").lower() for topic in mood.topics) if mood else ""
