"""A small official account on the simulated platform: followers, tags, articles with comments, talk with customer service."""

from __future__ import annotations

from dataclasses import dataclass

from jianwei.sandbox.platform.areas.comments import CommentBook
from jianwei.sandbox.platform.areas.customer_service import Desk
from jianwei.sandbox.platform.formats import picture
from jianwei.sandbox.platform.world import App, Clock, Follower, Platform
from jianwei.wechat import Client
from jianwei.wechat.endpoints.drafts import Article
from jianwei.wechat.request import File

__all__ = ["NOW", "OfficialWorld", "official_world"]

NOW = 1_772_000_000  # 2026-02-25 14:13:20 in Beijing


@dataclass(frozen=True)
class OfficialWorld:
    platform: Platform
    app: App
    followers: int = 250

    def client(self, url: str) -> Client:
        return Client(
            self.app.app_id, self.app.secret, base_url=url, now=self.platform.clock.now, sleep=self.platform.clock.move
        )

    def fill(self, url: str) -> None:
        """What is made through the interface itself: tags, articles, comments, answers."""
        with self.client(url) as client:
            tea, gift = client.tags.create("茶友"), client.tags.create("送礼")
            client.tags.tag(["o1", "o2", "o3"], tea.id)
            client.tags.tag(["o2"], gift.id)
            client.users.remark("o3", "老客户")
            cover = client.materials.add("image", File.of(picture(b"cover"), name="c.png")).media_id
            for number in range(3):
                articles = [
                    Article(
                        f"春茶{number}-{n}",
                        f"<p>新茶 {number}</p><p>到店</p>",
                        thumb_media_id=cover,
                        need_open_comment=1,
                    )
                    for n in range(2)
                ]
                published = client.publishing.submit(client.drafts.add(articles))
                said = self.app.of(CommentBook).say(self.platform, published.msg_data_id, 0, "o1", "好喝吗", NOW - 50)
                client.comments.reply(published.msg_data_id, said.id, "好喝", 0)
                for n in range(60 if number == 0 else 2):
                    self.app.of(CommentBook).say(
                        self.platform, published.msg_data_id, 1, f"o{n + 1}", f"评论{n}", NOW - n
                    )
                self.app.of(CommentBook).say(self.platform, published.msg_data_id, 1, "", "路过", NOW - 5)


def official_world(followers: int = 250) -> OfficialWorld:
    """The account; its clock stands still at `NOW`."""
    platform = Platform(Clock(lambda: float(NOW)))
    app = platform.add(App("wx00000000000000e1", "secret", "service", original_id="gh_1"))
    for n in range(1, followers + 1):
        app.followers[f"o{n}"] = Follower(
            f"o{n}", f"客{n}", union_id=f"un{n}" if n % 2 else None, subscribed_at=NOW - 9_000 + n
        )
    desk = app.of(Desk)
    for day in range(4):
        at = NOW - day * 86_400 - 3_000
        desk.note("o1", 2003, "在吗", at, "kf2001@gh_1")
        desk.note("o1", 2003, "在吗", at, "kf2001@gh_1")  # twice in one second: two messages
        desk.note("o1", 2002, "在的", at + 20, "kf2001@gh_1")
        desk.note("o2", 2003, f"第{day}天", at + 30, "kf2002@gh_1")
    desk.lines.sort(key=lambda line: line[0])
    return OfficialWorld(platform, app, followers)
