"""Transcripts as files that others read: plain text, subtitles (SubRip, WebVTT), JSON.

WebVTT is the W3C's (https://www.w3.org/TR/webvtt1/, §4.1); SubRip has no standard: numbered cues, a comma before the milliseconds, a blank
line between cues, as every player takes it.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from unicodedata import east_asian_width

import msgspec

from jianwei.common.rounding import rounded
from jianwei.speech._base import Transcript

__all__ = ["FORMATS", "clock", "to_json", "to_srt", "to_text", "to_vtt"]

_WIDE = 42  # half-width places of a line of subtitles
_MOST_LINES = 2
_SHORTEST = 0.001
_MARKS = "，。！？；：、…,.!?;:"


def clock(seconds: float, mark: str = ".") -> str:
    """A time as HH:MM:SS.mmm.

    >>> clock(3661.5), clock(0.0005, ",")
    ('01:01:01.500', '00:00:00,000')
    """
    thousandths = max(round(seconds * 1000), 0)
    minutes, rest = divmod(thousandths, 60_000)
    return f"{minutes // 60:02d}:{minutes % 60:02d}:{rest // 1000:02d}{mark}{rest % 1000:03d}"


def to_text(transcript: Transcript) -> str:
    """A line a segment."""
    return "".join(f"{segment.text}\n" for segment in transcript)


def to_srt(transcript: Transcript) -> str:
    """SubRip: cues with numbers from 1.

    >>> from jianwei.models import ModelIdentity
    >>> from jianwei.speech import Segment
    >>> print(to_srt(Transcript((Segment(0, 1.5, "发货了", 1.0),), "zh", 2.0, 1.5, ModelIdentity("m", "1"))), end="")
    1
    00:00:00,000 --> 00:00:01,500
    发货了
    <BLANKLINE>
    """
    cues = enumerate(_cues(transcript), 1)
    return "".join(f"{at}\n{clock(start, ',')} --> {clock(end, ',')}\n{text}\n\n" for at, (start, end, text) in cues)


def to_vtt(transcript: Transcript) -> str:
    """WebVTT; characters that would be markup are escaped."""
    cues = (f"{clock(start)} --> {clock(end)}\n{_escaped(text)}\n\n" for start, end, text in _cues(transcript))
    return "WEBVTT\n\n" + "".join(cues)


def to_json(transcript: Transcript) -> str:
    """Everything, as one object; scores to four digits, times to milliseconds."""
    return msgspec.json.format(msgspec.json.encode(rounded(msgspec.to_builtins(transcript)))).decode() + "\n"


FORMATS: Mapping[str, Callable[[Transcript], str]] = {
    "txt": to_text,
    "srt": to_srt,
    "vtt": to_vtt,
    "json": to_json,
}
"""Ending of a file → how it is written."""


def _cues(transcript: Transcript) -> Iterator[tuple[float, float, str]]:
    """(start, end, lines): what needs more than two lines becomes several cues, each with the time of its share of the characters."""
    for segment in transcript:
        lines = _lines(segment.text)
        parts = ["\n".join(lines[at : at + _MOST_LINES]) for at in range(0, len(lines), _MOST_LINES)]
        length, spoken, start = sum(map(len, parts)), 0, segment.start
        for part in parts:
            spoken += len(part)
            end = segment.start + (segment.end - segment.start) * spoken / length
            yield start, max(end, start + _SHORTEST), part
            start = end


def _escaped(text: str) -> str:
    return text.replace("&", "&amp;").replace("<", "&lt;").replace(">", "&gt;")


def _lines(text: str) -> list[str]:
    """Lines of subtitles, none of them blank, which would end a cue, and none with an arrow, which would begin one."""
    words, lines = " ".join(text.replace("-->", "→").split()), []
    while (cut := _full(words)) < len(words):
        lines.append(words[:cut].rstrip())
        words = words[cut:].lstrip()
    return [*lines, words] if words else lines


def _full(text: str) -> int:
    """How many characters stand on the first line: up to a mark where one comes late enough, else up to a blank, else as many as fit."""
    used, fitting = 0, 0
    for character in text:
        used += 2 if east_asian_width(character) in "WF" else 1
        if used > _WIDE and character not in _MARKS:
            break
        fitting += 1
    if fitting == len(text):
        return fitting
    marked = max(text.rfind(mark, fitting // 2, fitting) for mark in _MARKS) + 1
    split = text[fitting - 1].isascii() and text[fitting].isascii()
    return marked or (split and text.rfind(" ", 0, fitting) + 1) or fitting
