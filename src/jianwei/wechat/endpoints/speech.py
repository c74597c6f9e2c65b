"""Speech to text, translation, and questions in everyday words."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Annotated, Any, Generic, Literal, TypeAlias
from uuid import uuid4

import msgspec

from jianwei.wechat.areas import Area, Flow, Mode, Pause, flow, method
from jianwei.wechat.request import Part, Query, Request, Source, Text, post

__all__ = [
    "AddVoice",
    "AskMeaning",
    "Language",
    "Meaning",
    "MeaningFrame",
    "QueryVoice",
    "Speech",
    "Translate",
    "Translation",
    "recognise",
]

Language: TypeAlias = Literal["zh_CN", "en_US"]


@post(
    "/cgi-bin/media/voice/addvoicetorecofortext", area="speech", errors=(40005, 41005, 44001, 45001, 45007),
    wrong={"media": 41005},
)  # fmt: skip
class AddVoice(Request[None], frozen=True):
    """Hand a voice in: MP3, 16 kHz, one channel, at most 1 MB and 60 seconds. The caller chooses its `voice_id`."""

    media: Annotated[Source, Part("media")]
    voice_id: Annotated[str, Query()]
    lang: Annotated[Language | None, Query()] = None
    format: Annotated[Literal["mp3"], Query()] = "mp3"


@post("/cgi-bin/media/voice/queryrecoresultfortext", area="speech", at="result", errors=(40097,))
class QueryVoice(Request[str], frozen=True):
    """What was said; "" until it is known. The platform forgets a voice about which nobody asks within ten seconds."""

    voice_id: Annotated[str, Query()]
    lang: Annotated[Language | None, Query()] = None


class Translation(msgspec.Struct, frozen=True):
    """A text and its translation."""

    from_content: str = ""
    to_content: str = ""


@post(
    "/cgi-bin/media/voice/translatecontent",
    area="speech",
    errors=(40035, 44004, 45002),
    wrong={"body": 44004, "lfrom": 40035, "lto": 40035},
)
class Translate(Request[Translation], frozen=True):
    """Translate a text of at most 600 bytes. †"""

    content: Annotated[str, Text()]
    source: Annotated[Language, Query("lfrom")] = "zh_CN"
    target: Annotated[Language, Query("lto")] = "en_US"


class MeaningFrame(msgspec.Struct, frozen=True, omit_defaults=True):
    """What is asked for: the intent, and details that depend on the kind of question."""

    details: Mapping[str, Any] = {}
    intent: str = ""


class Meaning(msgspec.Struct, frozen=True, omit_defaults=True):
    """A question as the platform understood it; `type` is the kind of service that answers it."""

    query: str = ""
    type: str = ""
    semantic: MeaningFrame = MeaningFrame()


@post("/semantic/semproxy/search", area="speech", errors=(40035, 44004), own_id="appid", retired=True)
class AskMeaning(Request[Meaning], frozen=True):
    """Understand a question such as "查一下明天从北京到上海的机票"; `category` names kinds of services, joined by commas."""

    query: str
    category: str
    city: str | None = None
    latitude: float | None = None
    longitude: float | None = None
    region: str | None = None
    uid: str | None = None


def recognise(file: Source, *, language: Language = "zh_CN", wait: float = 0.5, limit: float = 15.0) -> Flow[str]:
    """What is said in a voice (MP3, 16 kHz, one channel, at most 1 MB and 60 seconds).

    Hands the voice in and asks every `wait` seconds until the text is there. Gives "" where nothing was understood within `limit` seconds:
    the platform does not tell silence from a text that is not ready.
    """
    voice_id = uuid4().hex
    yield AddVoice(file, voice_id, language)
    for _ in range(max(1, round(limit / wait))):
        yield Pause(wait)
        text: str = yield QueryVoice(voice_id, language)
        if text:
            return text
    return ""


class Speech(Area[Mode], Generic[Mode]):
    """`client.speech`"""

    recognise = flow(recognise)
    add = method(AddVoice)
    query = method(QueryVoice)
    translate = method(Translate)
    understand = method(AskMeaning)
