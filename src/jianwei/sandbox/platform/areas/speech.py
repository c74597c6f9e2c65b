"""Speech to text, translation and questions: what `Hearing` was told, and a little that the question itself says."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from hashlib import sha256

from jianwei.sandbox.platform.areas.media import checked
from jianwei.sandbox.platform.formats import suffix_of
from jianwei.sandbox.platform.serving import Handler
from jianwei.sandbox.platform.world import Refusal, Visit
from jianwei.wechat.endpoints import speech as api

__all__ = ["HANDLERS", "Hearing", "Voice"]

PATIENCE = 10
"""Seconds after which a voice is forgotten about which nobody asked."""


@dataclass(slots=True)
class Voice:
    """A voice that was handed in."""

    text: str
    at: int
    asked: bool = False


@dataclass(slots=True)
class Hearing:
    """What an app's voices say, kept by `App.of`; filled by tests and by whoever speaks.

    Attributes:
        texts: SHA-256 of a voice → what it says.
        delay: seconds until a text is there.
        words: (from, to, text) → translation.
        voices: what was handed in, by voice id.
    """

    texts: dict[str, str] = field(default_factory=dict)
    delay: float = 1.0
    words: dict[tuple[str, str, str], str] = field(default_factory=dict)
    voices: dict[str, Voice] = field(default_factory=dict)

    def say(self, content: bytes, text: str) -> None:
        """A voice says this."""
        self.texts[sha256(content).hexdigest()] = text


def add(visit: Visit, call: api.AddVoice) -> None:
    file = checked(call.media, "voice", 1 << 20)
    if suffix_of(file.content) != "mp3":
        raise Refusal(40005, "invalid file type")
    hearing = visit.app.of(Hearing)
    hearing.voices[call.voice_id] = Voice(hearing.texts.get(sha256(file.content).hexdigest(), ""), visit.now)


def query(visit: Visit, call: api.QueryVoice) -> str:
    hearing = visit.app.of(Hearing)
    voice = hearing.voices.get(call.voice_id)
    if voice is None:
        raise Refusal(40097, "invalid voice_id")
    if not voice.asked and visit.now > voice.at + PATIENCE:
        return ""
    voice.asked = True
    return voice.text if visit.platform.clock.now() >= voice.at + hearing.delay else ""


def translate(visit: Visit, call: api.Translate) -> api.Translation:
    """A text of which the sandbox knows no translation stays as it is."""
    if not call.content:
        raise Refusal(44004, "empty content")
    if len(call.content.encode()) > 600:
        raise Refusal(45002, "content size out of limit")
    known = visit.app.of(Hearing).words.get((call.source, call.target, call.content))
    return api.Translation(call.content, call.content if known is None else known)


def understand(visit: Visit, call: api.AskMeaning) -> api.Meaning:
    """The kind is the first of those that may answer; places are what the caller said they are."""
    if not call.query:
        raise Refusal(44004, "empty query")
    kinds = [kind for kind in call.category.split(",") if kind]
    if not kinds:
        raise Refusal(40035, "invalid category")
    details = {"category": kinds[0], "answer": "", "keyword": call.query}
    place = {"city": call.city, "region": call.region, "latitude": call.latitude, "longitude": call.longitude}
    known = {name: value for name, value in place.items() if value is not None}
    frame = api.MeaningFrame(details | ({"location": known} if known else {}), "SEARCH")
    return api.Meaning(call.query, kinds[0], frame)


HANDLERS: Mapping[type, Handler] = {
    api.AddVoice: add,
    api.QueryVoice: query,
    api.Translate: translate,
    api.AskMeaning: understand,
}
