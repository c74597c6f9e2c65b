"""Recordings in, transcripts out: decode, find speech, recognise piece by piece, guard, write down."""

from __future__ import annotations

import os
from collections import deque
from collections.abc import Iterable, Iterator, Sequence
from concurrent.futures import Future, ThreadPoolExecutor
from dataclasses import replace
from functools import cache

import numpy as np
from numpy.typing import NDArray

from jianwei.common.media import MediaLimits, OpenMedia, RejectedMediaError
from jianwei.common.progress import Progress, SilentProgress
from jianwei.errors import UsageError
from jianwei.speech._base import RATE, Recognizer, Segment, Transcript
from jianwei.speech.guards import cut_repeats, doubt, spoken_length
from jianwei.speech.pauses import PauseRules, Voices, find_speech
from jianwei.speech.writing import CHINESE, has_han, write_down

__all__ = ["default_recognizer", "most_spoken", "transcribe", "transcribe_all", "transcribe_samples"]


@cache
def default_recognizer(models: str | None = None) -> Recognizer:
    """The recogniser used where none is named: Whisper base on one thread, loaded once.

    Args:
        models: a models folder to look in first.

    Raises:
        MissingExtraError, ModelNotFoundError, InputError: as `open_whisper`.
    """
    from jianwei.speech.engines.whisper import open_whisper

    return open_whisper(models, threads=1)


def transcribe(
    source: str | os.PathLike[str] | bytes | OpenMedia,
    *,
    recognizer: Recognizer | None = None,
    language: str | None = "zh",
    hotwords: Sequence[str] = (),
    limits: MediaLimits | None = None,
) -> Transcript:
    """What is said in a recording or in the sound of a video.

    Args:
        source: a path, the content itself, or a file that was opened.
        recognizer: who hears it; `default_recognizer()` when None.
        language: code such as "zh"; None finds it out for every piece.
        hotwords: names and terms that are likely to occur.
        limits: bounds on the file.

    Raises:
        RejectedMediaError: it is no sound, damaged, or beyond the limits.
        MissingExtraError, ModelNotFoundError: what hearing needs is not installed.
    """
    from jianwei.speech.decoding import read_audio

    samples = read_audio(source, limits).samples
    return transcribe_samples(samples, recognizer or default_recognizer(), language=language, hotwords=hotwords)


def transcribe_samples(
    samples: NDArray[np.float32],
    recognizer: Recognizer,
    *,
    language: str | None = "zh",
    hotwords: Sequence[str] = (),
    voices: Voices | None = None,
    rules: PauseRules | None = None,
) -> Transcript:
    """What is said in samples, float32 [n] in -1 to 1, 16 kHz.

    Args:
        recognizer: who hears it.
        language, hotwords: as `transcribe`.
        voices, rules: how speech is told from pauses; see `find_speech`.
    """
    spans = find_speech(samples, voices, rules)
    heard = recognizer.recognize([samples[s.start : s.end] for s in spans], language=language, hotwords=hotwords)
    segments: list[Segment] = []
    dropped: list[tuple[str, str]] = []
    languages: list[tuple[str, str]] = []
    for span, found in zip(spans, heard, strict=True):
        dropped += found.dropped
        for segment in found.segments:
            text, cut = cut_repeats(write_down(segment.text, found.language))
            reason = doubt(text, segment.end - segment.start)
            if reason or cut:
                dropped.append((text, reason) if reason else (cut, "repetition"))
            if text and not reason:
                start = span.start / RATE
                segments.append(replace(segment, start=start + segment.start, end=start + segment.end, text=text))
                languages.append((found.language, text))
    return Transcript(
        segments=tuple(segments),
        language=most_spoken(languages),
        seconds=len(samples) / RATE,
        spoken=sum(span.seconds for span in spans),
        model=recognizer.identity,
        dropped=tuple(dropped),
    )


def most_spoken(heard: Iterable[tuple[str, str]]) -> str:
    """The language of most of what was said, of (language, text) each; "" where nothing was.

    Chinese without a single Chinese character is none: whoever listens for Chinese writes other languages in their own letters. Where the
    recogniser does not know better, that is "und", ISO 639's code of a language not known.

    >>> most_spoken([("zh", "See you then"), ("zh", "OK")]), most_spoken([("zh", "OK"), ("zh", "好的")])
    ('und', 'zh')
    """
    lengths, said = dict[str, float](), ""
    for language, text in heard:
        lengths[language] = lengths.get(language, 0.0) + spoken_length(text)
        said += text
    if not has_han(said):
        lengths = {code: length for code, length in lengths.items() if code not in CHINESE}
    # A language before none, then the longest.
    return max(lengths, key=lambda code: (code not in ("", "und"), lengths[code]), default="und" if said else "")


def transcribe_all(
    paths: Iterable[str | os.PathLike[str]],
    *,
    recognizer: Recognizer | None = None,
    language: str | None = "zh",
    hotwords: Sequence[str] = (),
    limits: MediaLimits | None = None,
    progress: Progress | None = None,
    workers: int = 1,
) -> Iterator[tuple[str | os.PathLike[str], Transcript | RejectedMediaError]]:
    """Many recordings; a file that cannot be read is answered with its error, and the next one follows.

    Args:
        paths: files, in the order in which answers come.
        recognizer, language, hotwords, limits: as `transcribe`. A recogniser of one's own is shared by the workers.
        progress: sees one task, in files.
        workers: files heard at once, each on a thread of its own; a few more than were asked for are heard ahead.

    Raises:
        UsageError: there is less than one worker.
        MissingExtraError, ModelNotFoundError: what hearing needs is not installed.
    """
    if workers < 1:
        raise UsageError("transcribe_all", f"{workers} workers hear nothing", "choose 1 or more")
    listed, who = list(paths), recognizer or _shared(workers)

    def heard(path: str | os.PathLike[str]) -> Transcript | RejectedMediaError:
        try:
            return transcribe(path, recognizer=who, language=language, hotwords=hotwords, limits=limits)
        except RejectedMediaError as error:
            return error

    pool, ahead = ThreadPoolExecutor(workers), deque[Future[Transcript | RejectedMediaError]]()
    try:
        with (progress or SilentProgress()).task("transcribe", len(listed), "files") as task:
            for at, path in enumerate(listed):
                ahead += (pool.submit(heard, later) for later in listed[at + len(ahead) : at + 2 * workers])
                yield path, ahead.popleft().result()
                task.advance(1)
    finally:
        pool.shutdown(cancel_futures=True)


def _shared(workers: int) -> Recognizer:
    if workers == 1:
        return default_recognizer()
    from jianwei.speech.engines.whisper import open_whisper

    return open_whisper(threads=1, workers=workers)
