"""Calls of the comment endpoints that succeed."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, TypeAlias

from jianwei.sandbox.platform.areas.comments import CommentBook, Said
from jianwei.sandbox.platform.world import App, Platform
from jianwei.wechat.endpoints import comments as api
from jianwei.wechat.request import Request

Example: TypeAlias = Callable[[Platform, App], Request[Any]]


def _article(platform: Platform, app: App) -> int:
    msg_data_id = platform.number(10)
    app.of(CommentBook).begin(msg_data_id, 0, open=True)
    return msg_data_id


def _said(platform: Platform, app: App) -> tuple[int, Said]:
    msg_data_id = _article(platform, app)
    now = int(platform.clock.now())
    return msg_data_id, app.of(CommentBook).say(platform, msg_data_id, 0, "o" + "C" * 27, "好茶", now)


def _of_article(kind: Callable[[int], Request[Any]]) -> Example:
    return lambda platform, app: kind(_said(platform, app)[0])


def _of_comment(kind: Callable[[int, int], Request[Any]]) -> Example:
    def example(platform: Platform, app: App) -> Request[Any]:
        msg_data_id, said = _said(platform, app)
        return kind(msg_data_id, said.id)

    return example


def _reply(platform: Platform, app: App) -> api.ReplyToComment:
    msg_data_id, said = _said(platform, app)
    return api.ReplyToComment(msg_data_id, said.id, "谢谢")


def _delete_reply(platform: Platform, app: App) -> api.DeleteReply:
    msg_data_id, said = _said(platform, app)
    said.reply = api.Reply("谢谢", said.at)
    return api.DeleteReply(msg_data_id, said.id)


EXAMPLES: dict[type[Request[Any]], Example] = {
    api.OpenComments: _of_article(api.OpenComments),
    api.CloseComments: _of_article(api.CloseComments),
    api.ListComments: _of_article(api.ListComments),
    api.ElectComment: _of_comment(api.ElectComment),
    api.UnelectComment: _of_comment(api.UnelectComment),
    api.DeleteComment: _of_comment(api.DeleteComment),
    api.ReplyToComment: _reply,
    api.DeleteReply: _delete_reply,
}
