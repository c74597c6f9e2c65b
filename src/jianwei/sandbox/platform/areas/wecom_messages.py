"""Messages of a corp's applications to members, departments, labels and chats."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from typing import Any

import msgspec

from jianwei.sandbox.platform.areas.wecom_media import shelf_of
from jianwei.sandbox.platform.corp import Corp, Delivered, agent_of, corp_of
from jianwei.sandbox.platform.serving import Handler
from jianwei.sandbox.platform.world import Refusal, Visit
from jianwei.wechat.endpoints import wecom_cards as cards
from jianwei.wechat.endpoints import wecom_messages as api

__all__ = ["HANDLERS", "Repeats", "body_of"]

MOST_TEXT = 2_048


@dataclass(slots=True)
class Repeats:
    """Messages that are not to be sent twice: what and to whom → (until when, what the platform answered)."""

    known: dict[bytes, tuple[int, api.SentMessage]] = field(default_factory=dict)


def body_of(visit: Visit, message: api.CorpMessage) -> dict[str, Any]:
    """A message as it arrives.

    Raises:
        Refusal: 44004 empty, 40007 of an unknown or old media id, 40058 with too few or too many parts.
    """
    match message:
        case api.TextMessage(content) | api.MarkdownMessage(content):
            if not content:
                raise Refusal(44004, "text message empty")
            cut = content.encode()[:MOST_TEXT].decode("utf-8", "ignore")
            message = msgspec.structs.replace(message, content=cut)
        case api.ImageMessage(media_id) | api.VoiceMessage(media_id) | api.FileMessage(media_id):
            shelf_of(visit).find(media_id, visit.now)
        case api.VideoMessage(media_id):
            shelf_of(visit).find(media_id, visit.now)
        case api.NewsMessage(articles):
            _between(articles, 1, 8)
        case api.MpNewsMessage(stories):
            _between(stories, 1, 8)
            for story in stories:
                shelf_of(visit).find(story.thumb_media_id, visit.now)
        case api.TaskCard(btn=buttons):
            _between(buttons, 1, 2)
        case cards.TemplateCard(card_type=kind, task_id=task) if (
            kind not in ("text_notice", "news_notice") and not task
        ):
            raise Refusal(40058, "task_id is missing")
    body: dict[str, Any] = msgspec.to_builtins(message)
    return body


def _between(parts: Iterable[object], least: int, most: int) -> None:
    if not least <= len(list(parts)) <= most:
        raise Refusal(40058, "wrong number of parts")


def send(visit: Visit, call: api.SendMessage) -> api.SentMessage:
    corp, agent = corp_of(visit), agent_of(visit)
    if call.agentid != agent:
        raise Refusal(40056, "invalid agentid")
    body = body_of(visit, call.message)
    people, answer = _receivers(visit, corp, call)
    if not people:
        raise Refusal(81013, "user & party & tag all invalid")
    repeats = visit.app.of(Repeats)
    key = msgspec.json.encode([call.touser, call.toparty, call.totag, body])
    if call.enable_duplicate_check and key in repeats.known and repeats.known[key][0] > visit.now:
        return repeats.known[key][1]
    corp.sent += [Delivered(visit.now, agent, one, body) for one in people]
    if body["msgtype"] == "template_card":
        answer = msgspec.structs.replace(answer, response_code=visit.platform.name(43))
    interval = min(14_400, 1_800 if call.duplicate_check_interval is None else call.duplicate_check_interval)
    repeats.known[key] = visit.now + interval, answer
    return answer


def _receivers(visit: Visit, corp: Corp, call: api.SendMessage) -> tuple[list[str], api.SentMessage]:
    """Who gets a message, and the answer that names who does not."""
    agent = agent_of(visit)
    users, parties, labels = (_split(one) for one in (call.touser, call.toparty, call.totag))
    if len(users) > 1_000 or len(parties) > 100 or len(labels) > 100:
        raise Refusal(40058, "too many receivers")
    if users == ["@all"]:
        users, parties, labels = list(corp.members), [], []
    good_parties = [one for one in parties if one.isdigit() and int(one) in corp.departments]
    good_labels = [one for one in labels if one.isdigit() and int(one) in corp.labels]
    found = dict.fromkeys(one for one in users if one in corp.members and corp.sees(agent, one))
    for one in good_parties:
        found |= dict.fromkeys(m for m in corp.staff_of(corp.below(int(one))) if corp.sees(agent, m))
    for one in good_labels:
        found |= dict.fromkeys(m for m in sorted(corp.labels[int(one)]) if corp.sees(agent, m))
    answer = api.SentMessage(
        visit.platform.name(64),
        "" if call.touser == "@all" else "|".join(one for one in users if one not in found),
        "|".join(one for one in parties if one not in good_parties),
        "|".join(one for one in labels if one not in good_labels),
    )
    return list(found), answer


def _split(text: str | None) -> list[str]:
    return [one for one in (text or "").split("|") if one]


HANDLERS: Mapping[type, Handler] = {api.SendMessage: send}
