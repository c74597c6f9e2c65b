"""Drafts, publishing and comments: the way of an article."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import Any

import msgspec
import pytest

from jianwei.sandbox.platform.app import running
from jianwei.sandbox.platform.areas.comments import CommentBook
from jianwei.sandbox.platform.areas.publishing import PublishingBook
from jianwei.sandbox.platform.formats import picture
from jianwei.sandbox.platform.pending import Pending
from jianwei.sandbox.platform.world import App, Clock, Platform
from jianwei.wechat import ApiError, AsyncClient, Client
from jianwei.wechat.endpoints.comments import Comment
from jianwei.wechat.endpoints.drafts import Article, Picture, Pictures
from jianwei.wechat.endpoints.publishing import Publication
from jianwei.wechat.request import File

NOW = 1_772_000_000


@dataclass(frozen=True)
class Stage:
    platform: Platform
    app: App
    client: Client
    url: str
    cover: str

    def article(self, title: str = "春茶", **more: Any) -> Article:
        return Article(title, more.pop("content", "<p>新茶到店</p>"), thumb_media_id=self.cover, **more)

    def published(self, *articles: Article) -> tuple[int, Publication]:
        media_id = self.client.drafts.add(list(articles) or [self.article(need_open_comment=1)])
        submitted = self.client.publishing.submit(media_id)
        return submitted.msg_data_id, self.client.publishing.status(submitted.publish_id)

    def say(self, msg_data_id: int, content: str, openid: str = "o1", index: int = 0) -> int:
        return self.app.of(CommentBook).say(self.platform, msg_data_id, index, openid, content, NOW).id


@pytest.fixture(scope="module")
def stage() -> Iterator[Stage]:
    platform = Platform(Clock(lambda: float(NOW)))
    app = platform.add(App("wx00000000000000e1", "secret", "service", original_id="gh_1"))
    with running(platform) as url:
        client = Client(app.app_id, app.secret, base_url=url, sleep=platform.clock.move)
        with client:
            cover = client.materials.add("image", File.of(picture(b"cover"), name="c.png")).media_id
            yield Stage(platform, app, client, url, cover)


def refusal(call: Callable[[], object]) -> int:
    with pytest.raises(ApiError) as error:
        call()
    return error.value.code


def test_a_draft_is_kept_changed_and_deleted(stage: Stage) -> None:
    drafts = stage.client.drafts
    before = drafts.count()
    media_id = drafts.add([stage.article("一", author="小禾"), stage.article("二")])
    assert drafts.count() == before + 1
    first, second = drafts.get(media_id)
    assert (first.title, first.author, first.digest, first.article_type) == ("一", "小禾", "新茶到店", "news")
    assert first.thumb_url.startswith(f"{stage.url}/mmbiz_png/")
    assert second.title == "二"
    drafts.update(media_id, 1, stage.article("三", digest="短"))
    assert [a.title for a in drafts.get(media_id)] == ["一", "三"]
    assert drafts.get(media_id)[1].digest == "短"
    assert refusal(lambda: drafts.update(media_id, 2, stage.article())) == 40035
    drafts.delete(media_id)
    for call in (drafts.get, drafts.delete):
        assert refusal(lambda call=call: call(media_id)) == 40007  # type: ignore[misc]
    assert drafts.switch(check_only=True) is True


def test_drafts_are_listed_the_latest_first(stage: Stage) -> None:
    ids = [stage.client.drafts.add([stage.article(f"第{i}篇")]) for i in range(23)]
    listed = list(stage.client.drafts.list())
    assert [d.media_id for d in listed[:23]] == ids[::-1]
    assert listed[0].content.news_item[0].content == "<p>新茶到店</p>"
    bare = next(iter(stage.client.drafts.list(no_content=True)))
    assert (bare.content.news_item[0].title, bare.content.news_item[0].content) == ("第22篇", "")
    assert refusal(lambda: list(stage.client.drafts.list(count=21))) == 40007
    for media_id in ids:
        stage.client.drafts.delete(media_id)


def test_scripts_and_foreign_pictures_are_taken_out(stage: Stage) -> None:
    own = stage.client.media.upload_picture(File.of(picture(b"own"), name="o.png"))
    content = f'<p onclick="x()">茶<script>alert(1)</script><img src="{own}"><img src="https://e.example/a.png"></p>'
    media_id = stage.client.drafts.add([stage.article(content=content)])
    assert stage.client.drafts.get(media_id)[0].content == f'<p>茶<img src="{own}"></p>'


def test_articles_made_of_pictures(stage: Stage) -> None:
    pictures = Article("图", article_type="newspic", image_info=Pictures([Picture(stage.cover)]))
    media_id = stage.client.drafts.add([pictures])
    assert stage.client.drafts.get(media_id)[0].image_info == Pictures([Picture(stage.cover)])
    assert refusal(lambda: stage.client.drafts.add([msgspec.structs.replace(pictures, image_info=None)])) == 40007


@pytest.mark.parametrize(
    ("change", "code"),
    [
        ({"title": ""}, 45003),
        ({"title": "长" * 65}, 45003),
        ({"digest": "长" * 121}, 45004),
        ({"content": "长" * 20_000}, 45002),
        ({"thumb_media_id": "nothing"}, 40007),
    ],
)
def test_articles_that_are_refused(stage: Stage, change: dict[str, Any], code: int) -> None:
    article = msgspec.structs.replace(stage.article(), **change)
    assert refusal(lambda: stage.client.drafts.add([article])) == code


def test_a_draft_has_one_to_eight_articles(stage: Stage) -> None:
    assert refusal(lambda: stage.client.drafts.add([])) == 44003
    assert refusal(lambda: stage.client.drafts.add([stage.article()] * 9)) == 45008


def test_publishing_ends_in_articles_and_an_event(stage: Stage) -> None:
    media_id = stage.client.drafts.add([stage.article("一"), stage.article("二")])
    done = stage.client.publishing.publish(media_id)
    assert (done.publish_status, done.is_done, done.article_detail.count) == (0, True, 2)
    articles = stage.client.publishing.get(done.article_id)
    assert [a.title for a in articles] == ["一", "二"]
    assert [a.url for a in articles] == [one.article_url for one in done.article_detail.item]
    assert refusal(lambda: stage.client.drafts.get(media_id)) == 40007
    event = stage.app.of(Pending).events[-1]
    assert (event["Event"], event["ToUserName"], event["CreateTime"]) == ("PUBLISHJOBFINISH", "gh_1", NOW)
    assert event["PublishEventInfo"] == {
        "publish_id": done.publish_id,
        "publish_status": 0,
        "article_id": done.article_id,
        "article_detail": {"count": 2, "item": [{"idx": i + 1, "article_url": a.url} for i, a in enumerate(articles)]},
    }
    assert next(iter(stage.client.publishing.list())).article_id == done.article_id


def test_a_publication_that_takes_its_time_is_waited_for(stage: Stage) -> None:
    book, offset = stage.app.of(PublishingBook), stage.platform.clock.offset
    book.delay = 7
    try:
        done = stage.client.publishing.publish(stage.client.drafts.add([stage.article()]))
        assert done.publish_status == 0
        assert stage.platform.clock.offset - offset == 9.0
        book.delay = 100
        late = stage.client.publishing.publish(stage.client.drafts.add([stage.article()]), pause=1, tries=3)
        assert (late.publish_status, late.is_done, late.article_id) == (1, False, "")
    finally:
        book.delay = 0


def test_publications_that_are_refused(stage: Stage) -> None:
    book, submit = stage.app.of(PublishingBook), stage.client.publishing.submit
    assert refusal(lambda: submit("nothing")) == 40007
    assert refusal(lambda: submit(stage.client.drafts.add([stage.article(content="")]))) == 53503
    media_id = stage.client.drafts.add([stage.article()])
    for code in (53504, 53505):
        book.needs = code
        assert refusal(lambda: submit(media_id)) == code
    book.needs, book.outcome = 0, 4
    submitted = submit(media_id)
    book.outcome = 0
    told = stage.client.publishing.status(submitted.publish_id)
    assert (told.publish_status, told.fail_idx, told.article_id) == (4, [1], "")
    assert stage.app.of(Pending).events[-1]["PublishEventInfo"]["fail_idx"] == [1]
    for call in (stage.client.publishing.get, stage.client.publishing.delete, stage.client.publishing.status):
        assert refusal(lambda call=call: call("nothing")) == 53600  # type: ignore[misc]


def test_published_articles_are_deleted_one_by_one_or_all(stage: Stage) -> None:
    _, done = stage.published(stage.article("一"), stage.article("二"))
    stage.client.publishing.delete(done.article_id, 2)
    assert [a.is_deleted for a in stage.client.publishing.get(done.article_id)] == [False, True]
    assert refusal(lambda: stage.client.publishing.delete(done.article_id, 3)) == 40035
    stage.client.publishing.delete(done.article_id)
    assert stage.client.publishing.status(done.publish_id).publish_status == 5
    assert done.article_id not in [one.article_id for one in stage.client.publishing.list()]


def test_comments_come_in_pages_of_49(stage: Stage) -> None:
    msg_data_id, _ = stage.published()
    ids = [stage.say(msg_data_id, f"第{i}条", f"o{i}" if i % 10 else "") for i in range(120)]
    listed = list(stage.client.comments.list(msg_data_id))
    assert [one.user_comment_id for one in listed] == ids
    assert listed[0] == Comment(ids[0], "第0条", NOW)
    assert listed[1].openid == "o1"
    stage.client.comments.elect(msg_data_id, ids[3])
    assert [one.user_comment_id for one in stage.client.comments.list(msg_data_id, type=2)] == [ids[3]]
    assert len(list(stage.client.comments.list(msg_data_id, type=1))) == 119
    stage.client.comments.unelect(msg_data_id, ids[3])
    assert list(stage.client.comments.list(msg_data_id, type=2)) == []
    assert refusal(lambda: list(stage.client.comments.list(msg_data_id, count=50))) == 88010

    async def count() -> int:
        async with AsyncClient(stage.app.app_id, stage.app.secret, base_url=stage.url) as client:
            return len([one async for one in client.comments.list(msg_data_id)])

    assert asyncio.run(count()) == 120


def test_comments_are_answered_once(stage: Stage) -> None:
    msg_data_id, _ = stage.published()
    comments, said = stage.client.comments, stage.say(msg_data_id, "好喝")
    assert refusal(lambda: comments.delete_reply(msg_data_id, said)) == 88009
    for content in ("", "长" * 601):
        assert refusal(lambda content=content: comments.reply(msg_data_id, said, content)) == 88007  # type: ignore[misc]
    comments.reply(msg_data_id, said, "谢谢")
    [listed] = comments.list(msg_data_id)
    assert listed.reply is not None
    assert (listed.reply.content, listed.reply.create_time) == ("谢谢", int(stage.platform.clock.now()))
    assert refusal(lambda: comments.reply(msg_data_id, said, "再谢")) == 88005
    comments.delete_reply(msg_data_id, said)
    assert [one.reply for one in comments.list(msg_data_id)] == [None]
    comments.delete(msg_data_id, said)
    assert list(comments.list(msg_data_id)) == []
    assert refusal(lambda: comments.delete(msg_data_id, said)) == 88008


def test_comments_that_cannot_be_touched(stage: Stage) -> None:
    msg_data_id, _ = stage.published()
    comments, book = stage.client.comments, stage.app.of(CommentBook)
    assert refusal(lambda: list(comments.list(1))) == 88001
    assert refusal(lambda: comments.open(msg_data_id, 5)) == 88001
    said = book.say(stage.platform, msg_data_id, 0, "o1", "我删了", NOW)
    said.withdrawn = True
    assert refusal(lambda: comments.elect(msg_data_id, said.id)) == 88004
    ids = [stage.say(msg_data_id, str(i)) for i in range(101)]
    for one in ids[:100]:
        comments.elect(msg_data_id, one)
    assert refusal(lambda: comments.elect(msg_data_id, ids[100])) == 88003
    book.threads[msg_data_id, 0].restricted = True
    assert refusal(lambda: list(comments.list(msg_data_id))) == 88002
    book.allowed = False
    try:
        assert refusal(lambda: list(comments.list(msg_data_id))) == 88000
        assert refusal(lambda: stage.client.drafts.add([stage.article(need_open_comment=1)])) == 88000
    finally:
        book.allowed = True


def test_comments_are_opened_and_closed(stage: Stage) -> None:
    msg_data_id, _ = stage.published(stage.article())
    thread = stage.app.of(CommentBook).threads[msg_data_id, 0]
    assert thread.open is False
    stage.client.comments.open(msg_data_id)
    assert thread.open is True
    stage.client.comments.close(msg_data_id)
    assert thread.open is False
