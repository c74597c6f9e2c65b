"""Comments on articles. An article is named by the `msg_data_id` it was published under and its `index`, from 0."""

from __future__ import annotations

from typing import Generic

import msgspec

from jianwei.wechat.areas import Area, Mode, method, pages
from jianwei.wechat.request import Paged, Request, post

__all__ = [
    "CloseComments",
    "Comment",
    "CommentPage",
    "Comments",
    "DeleteComment",
    "DeleteReply",
    "ElectComment",
    "ListComments",
    "OpenComments",
    "Reply",
    "ReplyToComment",
    "UnelectComment",
]

_ARTICLE = (88000, 88001, 88002, 88011)
_COMMENT = (*_ARTICLE, 88004, 88008)
_WRONG = {"msg_data_id": 88001, "user_comment_id": 88008}


class Reply(msgspec.Struct, frozen=True):
    """What the account answered; `create_time` in seconds since the epoch."""

    content: str = ""
    create_time: int = 0


class Comment(msgspec.Struct, frozen=True, omit_defaults=True):
    """A comment; `comment_type` is 1 where it was elected. People who comment as somebody else than themselves have no openid."""

    user_comment_id: int
    content: str = ""
    create_time: int = 0
    comment_type: int = 0
    openid: str = ""
    reply: Reply | None = None


class CommentPage(msgspec.Struct, frozen=True):
    """One page of comments; `total` counts all pages."""

    total: int = 0
    comment: list[Comment] = []


class _OfArticle(Request[None], frozen=True):
    msg_data_id: int
    index: int = 0


class _OfComment(Request[None], frozen=True):
    msg_data_id: int
    user_comment_id: int
    index: int = 0


@post("/cgi-bin/comment/open", area="comments", errors=_ARTICLE, wrong=_WRONG)
class OpenComments(_OfArticle, frozen=True):
    """Let people comment on an article."""


@post("/cgi-bin/comment/close", area="comments", errors=_ARTICLE, wrong=_WRONG)
class CloseComments(_OfArticle, frozen=True):
    """Let people no longer comment on an article."""


@post("/cgi-bin/comment/list", area="comments", errors=(*_ARTICLE, 88010), wrong=_WRONG)
class ListComments(Paged[CommentPage, Comment], frozen=True):
    """Comments of an article, at most 49 a page; `type` 0 is all, 1 the normal ones, 2 those that were elected."""

    msg_data_id: int
    index: int = 0
    type: int = 0
    begin: int = 0
    count: int = 49

    def rows(self, page: CommentPage) -> list[Comment]:
        return page.comment

    def following(self, page: CommentPage) -> ListComments | None:
        begin = self.begin + len(page.comment)
        return msgspec.structs.replace(self, begin=begin) if page.comment and begin < page.total else None


@post("/cgi-bin/comment/markelect", area="comments", errors=(*_COMMENT, 88003), wrong=_WRONG)
class ElectComment(_OfComment, frozen=True):
    """Show a comment below the article."""


@post("/cgi-bin/comment/unmarkelect", area="comments", errors=_COMMENT, wrong=_WRONG)
class UnelectComment(_OfComment, frozen=True):
    """Show it no longer."""


@post("/cgi-bin/comment/delete", area="comments", errors=_COMMENT, wrong=_WRONG)
class DeleteComment(_OfComment, frozen=True):
    """Delete a comment."""


@post(
    "/cgi-bin/comment/reply/add", area="comments", errors=(*_COMMENT, 88005, 88007), idempotent=False,
    wrong={**_WRONG, "content": 88007},
)  # fmt: skip
class ReplyToComment(Request[None], frozen=True):
    """Answer a comment, once."""

    msg_data_id: int
    user_comment_id: int
    content: str
    index: int = 0


@post("/cgi-bin/comment/reply/delete", area="comments", errors=(*_COMMENT, 88009), wrong=_WRONG)
class DeleteReply(_OfComment, frozen=True):
    """Take the answer back."""


class Comments(Area[Mode], Generic[Mode]):
    """`client.comments`"""

    open = method(OpenComments)
    close = method(CloseComments)
    list = pages(ListComments)
    elect = method(ElectComment)
    unelect = method(UnelectComment)
    delete = method(DeleteComment)
    reply = method(ReplyToComment)
    delete_reply = method(DeleteReply)
