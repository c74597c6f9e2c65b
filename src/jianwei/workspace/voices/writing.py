"""Transcripts written beside each other: a file a recording and format, or one table of all."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

import pyarrow as pa

from jianwei.errors import StoreError, UsageError
from jianwei.speech import Transcript
from jianwei.speech.formats import FORMATS
from jianwei.workspace.voices.feeling import Mood
from jianwei.workspace.voices.finding import Recording

__all__ = ["CSV", "asked_formats", "table_of", "unwritten", "write_transcript"]

CSV = "csv"


def asked_formats(text: str) -> tuple[str, ...]:
    """Formats by their endings, separated by commas.

    Raises:
        UsageError: one is unknown, or there is none.

    >>> asked_formats("srt, .VTT,srt")
    ('srt', 'vtt')
    """
    names = tuple(dict.fromkeys(part.strip().lower().lstrip(".") for part in text.split(",") if part.strip()))
    known = (*FORMATS, CSV)
    if not names or (unknown := [name for name in names if name not in known]):
        what = f"there is no format {', '.join(map(repr, unknown))}" if names else "names no format"
        raise UsageError("--format", what, f"some of {', '.join(known)}, with commas between")
    return names


def write_transcript(folder: Path, name: Path, transcript: Transcript, formats: Sequence[str]) -> tuple[Path, ...]:
    """Write a transcript as `<folder>/<name>.<format>`, in UTF-8; what stood there is replaced.

    Raises:
        StoreError: it cannot be written.
    """
    from jianwei.render.export import write_csv

    written = []
    for ending in formats:
        path = _file(folder, name, ending)
        try:
            path.parent.mkdir(parents=True, exist_ok=True)
            if ending == CSV:
                write_csv(path, transcript.to_arrow())
            else:
                path.write_text(FORMATS[ending](transcript), "utf-8", "replace", newline="\n")
        except (OSError, ValueError) as error:
            why = getattr(error, "strerror", None) or error
            raise StoreError(str(path), f"cannot be written ({why})", "choose another place: --out DIR") from error
        written.append(path)
    return tuple(written)


def unwritten(folder: Path, recordings: Sequence[Recording], formats: Sequence[str]) -> tuple[Recording, ...]:
    """Those of which a transcript is missing in one of the formats."""
    return tuple(one for one in recordings if not all(_file(folder, one.name, ending).is_file() for ending in formats))


def _file(folder: Path, name: Path, ending: str) -> Path:
    return folder / name.with_name(f"{name.name}.{ending}")


def table_of(heard: Sequence[tuple[Recording, Transcript]], felt: Sequence[Mood | None] | None = None) -> pa.Table:
    """One row a recording: file, text, language, seconds, spoken, confidence, and its mood, where it was asked for."""
    columns = {
        "file": pa.array([one.shown for one, _ in heard], pa.string()),
        "text": pa.array([found.text for _, found in heard], pa.string()),
        "language": pa.array([found.language for _, found in heard], pa.string()),
        "seconds": pa.array([found.seconds for _, found in heard], pa.float64()),
        "spoken": pa.array([found.spoken for _, found in heard], pa.float64()),
        "confidence": pa.array([found.confidence if found else None for _, found in heard], pa.float32()),
    }
    if felt is not None:
        columns |= {
            "sentiment": pa.array([mood and mood.sentiment for mood in felt], pa.string()),
            "score": pa.array([mood and mood.score for mood in felt], pa.float32()),
            "emotion": pa.array([mood and mood.emotion for mood in felt], pa.string()),
            "topics": pa.array([mood and ", ".join(mood.topics) for mood in felt], pa.string()),
        }
    return pa.table(columns)
