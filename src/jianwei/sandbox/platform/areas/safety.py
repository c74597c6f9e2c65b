"""Checks of texts and media: by words and files that are known to be risky."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from hashlib import sha256

from jianwei.sandbox.platform.areas.logins import JS_CODE_LIFE, LoginBook
from jianwei.sandbox.platform.areas.media import Hosted
from jianwei.sandbox.platform.pending import Pending
from jianwei.sandbox.platform.pictures import size_of
from jianwei.sandbox.platform.serving import Handler
from jianwei.sandbox.platform.world import Refusal, Visit
from jianwei.wechat.endpoints import safety as api
from jianwei.wechat.request import File

__all__ = ["HANDLERS", "Censor"]

AWAKE = 2 * 3_600


@dataclass(slots=True)
class Censor:
    """What an app's checks find.

    Attributes:
        words: a word → (label, suggestion).
        risky: SHA-256 of a file, or an address → label.
        active: when people last used the app, beside when they last wrote; seconds since the epoch.
    """

    words: dict[str, tuple[int, api.Suggestion]] = field(
        default_factory=lambda: {
            "代开发票": (10001, "risky"),
            "加微信领": (10001, "review"),
            "滚出去": (20003, "review"),
            "赌博": (20006, "risky"),
            "刷单返利": (20008, "risky"),
        }
    )
    risky: dict[str, int] = field(default_factory=dict)
    active: dict[str, int] = field(default_factory=dict)

    def in_text(self, text: str) -> list[api.Finding]:
        """One finding a word, in the order in which they stand."""
        found = sorted((word for word in self.words if word in text), key=text.index)
        return [
            api.Finding("keyword", 0, self.words[word][1], self.words[word][0], prob=90, keyword=word, level=100)
            for word in found
        ]


def _awake(visit: Visit, openid: str) -> None:
    """Somebody wrote, opened the mini-program, or was said to be active in the last two hours."""
    opened = [c.ends - JS_CODE_LIFE for c in visit.app.of(LoginBook).js_codes.values() if c.grant.openid == openid]
    spoke = None if opened else visit.app.follower(openid).spoke_at
    seen = max(spoke or 0, visit.app.of(Censor).active.get(openid, 0), *opened)
    if visit.now - seen > AWAKE:
        raise Refusal(61010, "code is expired")


def text(visit: Visit, call: api.CheckText) -> api.TextCheck:
    _awake(visit, call.openid)
    if not call.content:
        raise Refusal(44004, "empty content")
    if len(call.content) > 2_500:
        raise Refusal(45002, "content size out of limit")
    whole = "\n".join(filter(None, (call.title, call.content, call.nickname, call.signature)))
    found = visit.app.of(Censor).in_text(whole)
    worst = next((f for f in found if f.suggest == "risky"), found[0] if found else None)
    verdict = api.Verdict() if worst is None else api.Verdict(worst.suggest, worst.label or 100)
    model = api.Finding("content_model", 0, verdict.suggest, verdict.label, prob=90)
    return api.TextCheck(_trace(visit), verdict, [model, *found])


def _trace(visit: Visit) -> str:
    return "-".join(visit.platform.name(n, "0123456789abcdef") for n in (8, 8, 8))


def image(visit: Visit, call: api.CheckImage) -> None:
    content = File.of(call.media).content
    size = size_of(content)
    if size is None:
        raise Refusal(40005, "invalid file type")
    if len(content) > 1 << 20:
        raise Refusal(40006, "invalid media size")
    if size[0] > 750 or size[1] > 1_334:
        raise Refusal(40009, "invalid image size")
    if sha256(content).hexdigest() in visit.app.of(Censor).risky:
        raise Refusal(87014, "risky content")


def media(visit: Visit, call: api.CheckMedia) -> str:
    _awake(visit, call.openid)
    if not call.media_url.startswith(("http://", "https://")):
        raise Refusal(40035, "invalid media_url")
    trace = _trace(visit)
    hosted = visit.platform.of(Hosted).files.get(call.media_url.removeprefix(visit.base_url))
    known = visit.app.of(Censor).risky
    label = known.get(call.media_url, 100)
    if hosted is not None:
        label = known.get(sha256(hosted.content).hexdigest(), label)
    suggest = "pass" if label == 100 else "risky"
    found = {"strategy": "content_model", "errcode": 0, "suggest": suggest, "label": label, "prob": 90}
    visit.app.of(Pending).events.append(
        {
            "FromUserName": call.openid,
            "Event": "wxa_media_check",
            "appid": visit.app.app_id,
            "trace_id": trace,
            "version": 2,
            "errcode": 0,
            "errmsg": "ok",
            "result": {"suggest": suggest, "label": label},
            "detail": [found],
        }
    )
    return trace


HANDLERS: Mapping[type, Handler] = {api.CheckText: text, api.CheckImage: image, api.CheckMedia: media}
