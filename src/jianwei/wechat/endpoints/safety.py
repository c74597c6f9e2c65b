"""Checks of what people write and upload."""

from __future__ import annotations

from typing import Annotated, Generic, Literal, TypeAlias

import msgspec

from jianwei.wechat.areas import Area, Mode, method
from jianwei.wechat.request import Part, Request, Source, post

__all__ = ["CheckImage", "CheckMedia", "CheckText", "Finding", "Safety", "Suggestion", "TextCheck", "Verdict"]

Suggestion: TypeAlias = Literal["pass", "review", "risky"]


class Verdict(msgspec.Struct, frozen=True):
    """What to do with a content.

    `label`: 100 normal, 10001 advertisement, 20001 politics, 20002 pornography, 20003 abuse, 20006 crime, 20008 fraud, 20012 vulgar,
    20013 copyright, 21000 other.
    """

    suggest: Suggestion = "pass"
    label: int = 100


class Finding(msgspec.Struct, frozen=True, omit_defaults=True):
    """What one strategy found; valid where its `errcode` is 0. `prob` is between 0 and 100."""

    strategy: str
    errcode: int = 0
    suggest: Suggestion = "pass"
    label: int | None = None
    prob: int | None = None
    keyword: str = ""
    level: int | None = None


class TextCheck(msgspec.Struct, frozen=True):
    """The verdict on a text, and the findings that led to it."""

    trace_id: str = ""
    result: Verdict = Verdict()
    detail: list[Finding] = []

    @property
    def passes(self) -> bool:
        """Whether the text may be shown."""
        return self.result.suggest == "pass"


@post(
    "/wxa/msg_sec_check", area="safety", errors=(40003, 40129, 44004, 45002, 61010), quota="sec_check",
    wrong={"scene": 40129, "content": 44004},
)  # fmt: skip
class CheckText(Request[TextCheck], frozen=True):
    """Check a text of at most 2,500 characters, which somebody wrote who was active in the last two hours.

    `scene`: 1 profile, 2 comment, 3 forum, 4 social log.
    """

    content: str
    openid: str
    scene: Literal[1, 2, 3, 4]
    title: str | None = None
    nickname: str | None = None
    signature: str | None = None
    version: Literal[2] = 2


@post("/wxa/img_sec_check", area="safety", errors=(40005, 40006, 40009, 41005, 87014), wrong={"media": 41005})
class CheckImage(Request[None], frozen=True):
    """Check a picture, at most 1 MB and 750 × 1334 pixels; a risky one is refused with 87014."""

    media: Annotated[Source, Part("media")]


@post(
    "/wxa/media_check_async", area="safety", at="trace_id", errors=(40003, 40035, 40129, 61010), quota="media_check",
    wrong={"scene": 40129},
)  # fmt: skip
class CheckMedia(Request[str], frozen=True):
    """Have a voice (`media_type` 1) or a picture (2) checked.

    Gives a trace id; the verdict comes later, in the event `wxa_media_check` with that id.
    """

    media_url: str
    media_type: Literal[1, 2]
    openid: str
    scene: Literal[1, 2, 3, 4]
    version: Literal[2] = 2


class Safety(Area[Mode], Generic[Mode]):
    """`client.safety`"""

    text = method(CheckText)
    image = method(CheckImage)
    media = method(CheckMedia)
