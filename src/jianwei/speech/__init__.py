"""What was said: recordings in, words with times out. Pure: files in, values out.

>>> from jianwei import speech
>>> speech.Segment(0.0, 1.2, "发货了吗", 0.9).text
'发货了吗'

Everything is loaded at first use. Decoding and recognition need `pip install "jianwei[speech]"`.
"""

from __future__ import annotations

from importlib import import_module
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from jianwei.speech._base import Heard, Recognizer, Segment, Transcript
    from jianwei.speech.transcribing import transcribe

__all__ = ["Heard", "Recognizer", "Segment", "Transcript", "transcribe"]

_HOMES = {
    "Heard": "_base",
    "Recognizer": "_base",
    "Segment": "_base",
    "Transcript": "_base",
    "transcribe": "transcribing",
}


def __getattr__(name: str) -> Any:
    if name not in _HOMES:
        raise AttributeError(f"module 'jianwei.speech' has no attribute {name!r}")
    return getattr(import_module(f"jianwei.speech.{_HOMES[name]}"), name)
