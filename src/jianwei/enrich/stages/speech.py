"""The speech stage: what is said in voices and in the sound of videos."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from typing import ClassVar

import pyarrow as pa

from jianwei.common.media import MediaLimits, OpenMedia, RejectedMediaError
from jianwei.enrich._base import Pace, Reading
from jianwei.enrich.answers import Answer
from jianwei.enrich.stages.files import FileAnswers
from jianwei.errors import ModelNotFoundError
from jianwei.models import ModelIdentity
from jianwei.speech._base import Recognizer, Transcript

__all__ = ["SpeechStage", "speech_stage"]

REVISION = 2
"""Of the way from a recording to its words, beside the recogniser's weights; a new one hears everything again."""


@dataclass(frozen=True, slots=True)
class SpeechStage:
    """One annotation of every file with sound, task "transcript":

    * `text` what is said, "" where nothing is; `label` the language; `score` the confidence; `value` {"seconds", "spoken",
      "segments": [[start, end, text, confidence], …], "dropped": [[text, reason], …]}. A video without sound is one where nothing is said;
    * a file that cannot be read has the status "rejected", the code of `RejectedMediaError` as `label` and the reason in `value`.

    Args:
        folder: the workspace, below which the files lie.
        models: folder with models of one's own, or None.
        who: who listens; see `speech_stage`.
    """

    folder: Path
    models: Path | None
    who: ModelIdentity
    name: ClassVar[str] = "speech"
    reads: ClassVar[Reading] = "voices"
    pace: ClassVar[Pace] = Pace(
        batch_rows=8, inline_rows=8, isolated=True, worker_bytes=900 << 20,
        row_seconds=2 * MediaLimits().seconds, byte_seconds=2 / 600,
    )  # at half the speed of the sound, of which a second takes 600 bytes at least: ten times what it takes here  # fmt: skip
    tasks: ClassVar[tuple[str, ...]] = ("transcript",)
    always: ClassVar[tuple[str, ...]] = ("transcript",)

    def identities(self) -> Mapping[str, tuple[str, str]]:
        """Who listens, and the revision of how."""
        return {"transcript": (self.who.name, f"{self.who.version}.{REVISION}")}

    def open(self) -> Callable[[pa.RecordBatch], pa.RecordBatch]:
        """Load the recogniser, on one thread.

        Raises:
            MissingExtraError, ModelNotFoundError: it is not there any more.
        """
        from jianwei.speech.engines.whisper import open_whisper

        recognizer = open_whisper(self.models, threads=1)
        if recognizer.identity != self.who:  # answers under this version would stand for good
            raise ModelNotFoundError("speech", "another model than before", "run it again")
        listen = partial(_heard, recognizer=recognizer)
        return FileAnswers(self.name, "transcript", self.identities(), self.folder, listen).annotate


def speech_stage(folder: Path, models: Path | None = None) -> SpeechStage:
    """The stage with whoever listens here.

    Raises:
        MissingExtraError: speech recognition is not installed.
        ModelNotFoundError: the weights are nowhere.
    """
    from jianwei.speech.engines.whisper import whisper_identity

    return SpeechStage(folder, models, whisper_identity(models))


def _heard(media: OpenMedia, *, recognizer: Recognizer) -> tuple[Answer, ...]:
    from jianwei.speech.decoding import read_audio
    from jianwei.speech.transcribing import transcribe_samples

    try:
        audio = read_audio(media)
    except RejectedMediaError as error:
        if error.code != "no_sound" or media.type.kind != "video":
            raise
        return (_answer(Transcript((), "", 0.0, 0.0, recognizer.identity)),)
    return (_answer(transcribe_samples(audio.samples, recognizer)),)


def _answer(found: Transcript) -> Answer:
    value = {
        "seconds": round(found.seconds, 2),
        "spoken": round(found.spoken, 2),
        "segments": [[round(s.start, 2), round(s.end, 2), s.text, round(s.confidence, 3)] for s in found.segments],
        "dropped": [list(one) for one in found.dropped],
    }
    return Answer(task="transcript", text=found.text, label=found.language, score=found.confidence, value=value)
