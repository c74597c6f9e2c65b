"""What a shop's account publishes, who reads it, and what is said below it."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field

from jianwei.sandbox.platform.areas import comments, drafts, publishing
from jianwei.sandbox.platform.areas.materials import MaterialBook, Stock
from jianwei.sandbox.platform.areas.media import Kept
from jianwei.sandbox.platform.daily import Daily, What
from jianwei.sandbox.platform.formats import picture
from jianwei.sandbox.platform.world import App, Platform, Visit
from jianwei.sandbox.population import Product, Review
from jianwei.sandbox.population.dice import Dice
from jianwei.wechat.endpoints.comments import Reply
from jianwei.wechat.endpoints.drafts import AddDraft, Article

__all__ = ["Press"]

_WEEK = ("这一周上新：{}", "认识一款茶：{}", "掌柜手记：{}", "老客都在喝：{}")
_READING = 0.34
"""Part of the followers that reads an article."""


@dataclass(slots=True)
class Press:
    """Publishes articles of an account; everything follows from the seed.

    Attributes:
        published: (msg_data_id, product id) of every article, the oldest first.
        waiting: (media id of the draft, product id) of the article that is published next.
    """

    platform: Platform
    app: App
    seed: int
    base_url: str = ""
    published: list[tuple[int, str]] = field(default_factory=list)
    waiting: tuple[str, str] | None = None

    def draft(self, product: Product, at: int) -> None:
        """Write the next article, about a product."""
        with self.platform.lock:
            cover = self.platform.name(64)
            file = Kept("image", picture(product.id.encode()), at, f"{product.id}.png")
            self.app.of(MaterialBook).stock[cover] = Stock(file)
            title = _WEEK[len(self.published) % len(_WEEK)].format(product.says[0])
            text = f"<p>{product.title}，{product.category}，{product.price} 元。</p><p>到店或在小程序里都能买到。</p>"
            digest = f"{product.title}到了。"
            article = Article(title, text, self.app.name, digest, thumb_media_id=cover, need_open_comment=1)
            self.waiting = drafts.add(self._visit(at), AddDraft([article])), product.id

    def publish(self, at: int) -> list[tuple[int, What, str, int, str]]:
        """Publish the article that is waiting; gives what its readers will do: (when, what, openid, code, msgid)."""
        if self.waiting is None:
            return []
        media_id, product_id = self.waiting
        with self.platform.lock:
            number = publishing.issue(self._visit(at), media_id).msg_data_id
            self.published.append((number, product_id))
            self.waiting = None
            readers = [one.openid for one in self.app.subscribers()]
        return sorted(self._reads(readers, at, f"{number}_1"))

    def _visit(self, at: int) -> Visit:
        return Visit(self.platform, self.app, at, base_url=self.base_url)

    def _reads(self, readers: list[str], at: int, msgid: str) -> Iterator[tuple[int, What, str, int, str]]:
        for openid in readers:
            dice = Dice(self.seed, "reader", msgid.partition("_")[0], openid)
            if not dice.chance(_READING):
                continue
            when = at + int(min(dice.lognormal(5 * 3_600, 1.3), 3 * 86_400))
            source = dice.weighted((0, 1, 2, 4, 5, 6, 7), (45, 12, 20, 6, 4, 8, 5))
            for _ in range(dice.weighted((1, 2, 3), (8, 2, 1))):
                yield when, "read", openid, source, msgid
            deeds: tuple[tuple[What, float], ...] = (("like", 0.12), ("recommend", 0.06), ("favourite", 0.05))
            for what, chance in deeds:
                if dice.chance(chance):
                    yield when + 60, what, openid, source, msgid
            if dice.chance(0.12):
                yield when + 90, "share", openid, dice.pick((1, 1, 2, 2, 255)), msgid

    def comment(self, openid: str, review: Review, at: int) -> bool:
        """A review becomes a comment below the latest article about its product, or the latest at all; now and then it is answered."""
        if not self.published:
            return False
        with self.platform.lock:
            about = [number for number, product_id in self.published if product_id == review.product_id]
            msg_data_id = about[-1] if about else self.published[-1][0]
            book = self.app.of(comments.CommentBook)
            said = book.say(self.platform, msg_data_id, 0, openid, review.text, at)
            dice = Dice(self.seed, "answer", review.id)
            if review.rating <= 2:
                said.reply = Reply("抱歉让您失望了，已私信您，我们来处理。", at + dice.whole(300, 20_000))
            elif review.rating == 5 and dice.chance(0.4):
                said.reply, said.elected = Reply("谢谢喜欢，欢迎常来。", at + dice.whole(300, 40_000)), True
            self.app.of(Daily).note("comment", at, openid, msgid=f"{msg_data_id}_1")
        return True
