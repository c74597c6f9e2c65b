"""Messages that an account sends: to one person, by template, to those who agreed, to many."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from typing import Any

import pytest

from jianwei.sandbox.platform.app import running
from jianwei.sandbox.platform.areas.customer_service import Outbox
from jianwei.sandbox.platform.areas.mass import MassBook
from jianwei.sandbox.platform.areas.subscriptions import SubscriptionBook
from jianwei.sandbox.platform.areas.tags import TagBook
from jianwei.sandbox.platform.areas.templates import TemplateBook
from jianwei.sandbox.platform.daily import Daily
from jianwei.sandbox.platform.formats import picture
from jianwei.sandbox.platform.pending import Pending
from jianwei.sandbox.platform.world import App, Clock, Follower, Kind, Platform
from jianwei.wechat import ApiError, AsyncClient, Client
from jianwei.wechat.codes import CODES
from jianwei.wechat.endpoints import outgoing as out
from jianwei.wechat.endpoints.drafts import Article
from jianwei.wechat.endpoints.templates import Industry, MiniProgram, Value
from jianwei.wechat.request import File

NOW = 1_772_380_800
MINUTE, HOUR, DAY = 60, 3_600, 86_400
AMR = File.of(b"#!AMR\n" + (b"\x3c" + bytes(31)) * 50, name="a.amr")
MP4 = File.of(b"\x00\x00\x00\x18ftypmp42" + bytes(64), name="a.mp4")
PNG = File.of(picture(b"tea"), name="a.png")


@dataclass
class Account:
    """An account of its own on the shared platform, with somebody who follows it."""

    platform: Platform
    app: App
    client: Client
    url: str
    people: list[str] = field(default_factory=list)

    @property
    def now(self) -> int:
        return int(self.platform.clock.now())

    def person(self, **more: Any) -> Follower:
        openid = f"o{len(self.app.followers):027d}"
        self.app.followers[openid] = Follower(openid, "阿宁", **more)
        return self.app.followers[openid]

    def sent(self, openid: str) -> list[tuple[str, Any]]:
        return [(one.kind, one.body) for one in self.app.of(Outbox).to(openid)]

    def events(self, name: str) -> list[dict[str, Any]]:
        return [one for one in self.app.of(Pending).events if one["Event"] == name]

    def draft(self, *titles: str) -> str:
        cover = self.client.materials.add("image", PNG).media_id
        articles = [Article(t, f"<p>{t}</p>", thumb_media_id=cover, need_open_comment=1) for t in titles]
        return self.client.drafts.add(articles)


@dataclass(frozen=True)
class Place:
    platform: Platform
    url: str


@pytest.fixture(scope="module")
def place() -> Iterator[Place]:
    platform = Platform(Clock(lambda: float(NOW)))
    with running(platform) as url:
        yield Place(platform, url)


Open = Callable[..., Account]


@pytest.fixture
def open_(place: Place) -> Iterator[Open]:
    clients = []

    def account(kind: Kind = "service") -> Account:
        number = len(place.platform.apps)
        app = place.platform.add(App(f"wx{number:016x}", f"secret{number}", kind, original_id=f"gh_{number}"))
        clients.append(Client(app.app_id, app.secret, base_url=place.url))
        return Account(place.platform, app, clients[-1], place.url)

    yield account
    for client in clients:
        client.close()


@pytest.fixture
def shop(open_: Open) -> Account:
    return open_()


def refusal(call: Callable[[], object]) -> int:
    with pytest.raises(ApiError) as error:
        call()
    return error.value.code


def test_five_messages_within_48_hours_after_somebody_wrote(shop: Account) -> None:
    person = shop.person()

    def send() -> None:
        shop.client.customer_service.send(person.openid, out.TextMessage("在的"))

    assert refusal(send) == 45015
    person.spoke_at = shop.now
    for _ in range(5):
        send()
    assert refusal(send) == 45047
    assert shop.sent(person.openid) == [("text", {"content": "在的"})] * 5
    shop.platform.clock.move(HOUR)
    person.spoke_at = shop.now
    send()
    shop.platform.clock.move(48 * HOUR - 1)
    send()
    shop.platform.clock.move(1)
    assert refusal(send) == 45015


@pytest.mark.parametrize(("act", "count"), [("click", 3), ("subscribe", 3), ("scan", 3), ("enter", 2)])
def test_some_messages_within_a_minute_after_other_acts(shop: Account, act: str, count: int) -> None:
    person = shop.person()
    send = lambda: shop.client.customer_service.send(person.openid, out.TextMessage("欢迎"))  # noqa: E731
    person.acted[act] = shop.now
    for _ in range(count):
        send()
    assert refusal(send) == 45047
    shop.platform.clock.move(1)
    person.acted[act] = shop.now
    shop.platform.clock.move(MINUTE - 1)
    send()
    shop.platform.clock.move(1)
    assert refusal(send) == 45015


def test_the_window_that_closes_first_is_used_first(shop: Account) -> None:
    person = shop.person(spoke_at=shop.now)
    person.acted["click"] = shop.now
    for _ in range(3):
        shop.client.customer_service.send(person.openid, out.TextMessage("1"))
    shop.platform.clock.move(MINUTE)
    for _ in range(5):
        shop.client.customer_service.send(person.openid, out.TextMessage("2"))
    assert refusal(lambda: shop.client.customer_service.send(person.openid, out.TextMessage("3"))) == 45047


def test_every_type_of_message_goes_out_as_it_was_made(shop: Account) -> None:
    image, voice = shop.client.media.upload("image", PNG).media_id, shop.client.media.upload("voice", AMR).media_id
    video = shop.client.media.upload("video", MP4).media_id
    article_id = shop.client.publishing.publish(shop.draft("一")).article_id
    messages: list[tuple[out.CustomMessage, str, dict[str, Any]]] = [
        (out.TextMessage("茶 ]]> 🍵"), "text", {"content": "茶 ]]> 🍵"}),
        (out.ImageMessage(image), "image", {"media_id": image}),
        (out.VoiceMessage(voice), "voice", {"media_id": voice}),
        (
            out.VideoMessage(video, image, "采茶"),
            "video",
            {"media_id": video, "thumb_media_id": image, "title": "采茶"},
        ),
        (
            out.MusicMessage("http://m.example/1", image, "http://m.example/2", "茶歌"),
            "music",
            {
                "musicurl": "http://m.example/1",
                "thumb_media_id": image,
                "hqmusicurl": "http://m.example/2",
                "title": "茶歌",
            },
        ),
        (
            out.NewsMessage([out.Article("春茶", "http://s.example/1", "四月", "http://s.example/1.png")]),
            "news",
            {
                "articles": [
                    {
                        "title": "春茶",
                        "url": "http://s.example/1",
                        "description": "四月",
                        "picurl": "http://s.example/1.png",
                    }
                ]
            },
        ),
        (out.PublishedMessage(article_id), "mpnewsarticle", {"article_id": article_id}),
        (
            out.MenuMessage([out.MenuOption("1", "满意"), out.MenuOption("2", "不满意")], "满意吗", "谢谢"),
            "msgmenu",
            {
                "list": [{"id": "1", "content": "满意"}, {"id": "2", "content": "不满意"}],
                "head_content": "满意吗",
                "tail_content": "谢谢",
            },
        ),
        (out.CardMessage("card1"), "wxcard", {"card_id": "card1"}),
        (
            out.MiniProgramMessage("点单", "pages/order", image, "wx0123456789abcdef"),
            "miniprogrampage",
            {"title": "点单", "pagepath": "pages/order", "thumb_media_id": image, "appid": "wx0123456789abcdef"},
        ),
    ]
    draft = shop.draft("二")
    messages.append((out.StoredNewsMessage(draft), "mpnews", {"media_id": draft}))
    for message, kind, body in messages:
        person = shop.person(spoke_at=shop.now)
        shop.client.customer_service.send(person.openid, message)
        assert shop.sent(person.openid) == [(kind, body)]
        assert out.custom_message({"msgtype": kind, kind: body}) == message


def test_links_are_sent_by_mini_programs_only(shop: Account, open_: Open) -> None:
    link = out.LinkMessage("春茶", "https://s.example", "四月", "https://s.example/1.png")
    person = shop.person(spoke_at=shop.now)
    assert refusal(lambda: shop.client.customer_service.send(person.openid, link)) == 40008
    mini = open_("miniprogram")
    guest = mini.person(subscribed=False, spoke_at=mini.now)
    mini.client.customer_service.send(guest.openid, link)
    assert mini.sent(guest.openid)[0][0] == "link"


@pytest.mark.parametrize(
    ("message", "code"),
    [
        (out.TextMessage(""), 44004),
        (out.TextMessage("长" * 683), 45002),
        (out.ImageMessage("nothing"), 40007),
        (out.VideoMessage("nothing"), 40007),
        (out.MusicMessage("http://m.example", "nothing"), 40007),
        (out.NewsMessage([]), 44003),
        (out.NewsMessage([out.Article("一"), out.Article("二")]), 45008),
        (out.StoredNewsMessage("nothing"), 40007),
        (out.PublishedMessage("nothing"), 53600),
        (out.MenuMessage([]), 40008),
    ],
)
def test_messages_that_are_refused(shop: Account, message: out.CustomMessage, code: int) -> None:
    person = shop.person(spoke_at=shop.now)
    assert refusal(lambda: shop.client.customer_service.send(person.openid, message)) == code
    assert shop.sent(person.openid) == []
    shop.client.customer_service.send(person.openid, out.TextMessage("长" * 682))


def test_people_and_types_that_are_refused(shop: Account) -> None:
    send = shop.client.customer_service.send
    person = shop.person(spoke_at=shop.now)
    assert refusal(lambda: send("o_nobody", out.TextMessage("茶"))) == 40003
    assert refusal(lambda: send(person.openid, out.TextMessage("茶"), "nobody@gh")) == 61452
    path = "/cgi-bin/message/custom/send"
    for body in ({}, {"msgtype": "telegram", "telegram": {"content": "茶"}}, {"msgtype": "text"}):
        sent = {"touser": person.openid, **body}
        assert refusal(lambda sent=sent: shop.client.request("POST", path, json=sent)) == 40008  # type: ignore[misc]
    person.subscribed = False
    assert refusal(lambda: send(person.openid, out.TextMessage("茶"))) == 45015


def test_typing_is_shown_once_and_only_to_whoever_is_there(shop: Account) -> None:
    typing, person = shop.client.customer_service.typing, shop.person()
    assert refusal(lambda: typing(person.openid)) == 45080
    person.spoke_at = shop.now
    typing(person.openid)
    assert refusal(lambda: typing(person.openid)) == 45081
    typing(person.openid, "CancelTyping")
    typing(person.openid)
    shop.client.customer_service.send(person.openid, out.TextMessage("在的"))
    typing(person.openid)
    shop.platform.clock.move(31)
    assert refusal(lambda: typing(person.openid)) == 45080
    assert refusal(lambda: typing(person.openid, "Dance")) == 45072  # type: ignore[arg-type]


def test_templates_are_taken_listed_and_deleted(shop: Account) -> None:
    templates = shop.client.templates
    templates.set_industry("10", "11")
    assert templates.industry().primary_industry == Industry("餐饮", "餐饮")
    assert refusal(lambda: templates.set_industry("1", "2")) == 43100
    shop.platform.clock.move(31 * DAY)
    templates.set_industry("1", "2")
    template_id = templates.add("TM00303", ["快递单号", "订单内容"])
    [listed] = templates.list()
    assert (listed.template_id, listed.title) == (template_id, "订单发货提醒")
    assert listed.content == "快递单号：{{keyword1.DATA}}\n订单内容：{{keyword2.DATA}}"
    assert (listed.primary_industry, listed.deputy_industry) == ("IT科技", "互联网|电子商务")
    assert refusal(lambda: templates.add("TM99999")) == 40037
    for _ in range(24):
        templates.add("TM00015")
    assert refusal(lambda: templates.add("TM00015")) == 45026
    templates.delete(template_id)
    assert refusal(lambda: templates.delete(template_id)) == 40037


def test_template_messages_go_out_and_are_told(shop: Account) -> None:
    person, send = shop.person(), shop.client.templates.send
    template_id = shop.client.templates.add("TM00015")
    data = {"keyword1": "128.00元", "keyword2": Value("春茶", "#173177")}
    msgid = send(person.openid, template_id, data, "https://s.example/1", MiniProgram("wx1", "pages/order"))
    [(kind, body)] = shop.sent(person.openid)
    assert kind == "template"
    assert body["data"] == {"keyword1": {"value": "128.00元"}, "keyword2": {"value": "春茶", "color": "#173177"}}
    assert body["miniprogram"] == {"appid": "wx1", "pagepath": "pages/order"}
    [event] = shop.events("TEMPLATESENDJOBFINISH")
    assert (event["MsgID"], event["Status"], event["FromUserName"]) == (msgid, "success", person.openid)
    shop.app.of(TemplateBook).blocked.add(person.openid)
    send(person.openid, template_id, data)
    assert shop.events("TEMPLATESENDJOBFINISH")[-1]["Status"] == "failed:user block"
    assert len(shop.sent(person.openid)) == 1


def test_template_messages_that_are_refused(shop: Account) -> None:
    person, gone, send = shop.person(), shop.person(subscribed=False), shop.client.templates.send
    template_id = shop.client.templates.add("TM00015")
    data = {"keyword1": "128.00元", "keyword2": "春茶"}
    assert refusal(lambda: send("o_nobody", template_id, data)) == 40003
    assert refusal(lambda: send(person.openid, "nothing", data)) == 40037
    assert refusal(lambda: send(gone.openid, template_id, data)) == 43004
    for wrong in ({"keyword1": "128.00元"}, {**data, "keyword2": ""}):
        assert refusal(lambda wrong=wrong: send(person.openid, template_id, wrong)) == 47003  # type: ignore[misc]


def test_a_template_message_with_an_id_of_its_own_goes_out_once(shop: Account) -> None:
    person, template_id = shop.person(), shop.client.templates.add("TM00015")
    data = {"keyword1": "128.00元", "keyword2": "春茶"}

    async def twice() -> list[int]:
        async with AsyncClient(shop.app.app_id, shop.app.secret, base_url=shop.url) as client:
            return [
                await client.templates.send(person.openid, template_id, data, client_msg_id="order1") for _ in range(2)
            ]

    first, second = asyncio.run(twice())
    assert first == second
    assert len(shop.sent(person.openid)) == 1
    shop.client.templates.send(person.openid, template_id, data, client_msg_id="order2")
    assert len(shop.sent(person.openid)) == 2


def test_the_library_of_subscribe_messages(shop: Account) -> None:
    client = shop.client.subscriptions
    categories = {one.id: one.name for one in client.categories()}
    assert 307 in categories
    found = {one.title: one for one in client.library("307", limit=1)}
    assert set(found) == {"订单发货通知", "付款成功通知"}
    assert {one.category_id for one in found.values()} == {"307"}
    keywords = client.library_keywords(str(found["付款成功通知"].tid))
    assert [(one.kid, one.name, one.rule) for one in keywords[:2]] == [(1, "金额", "amount"), (2, "商品", "thing")]
    assert refusal(lambda: client.library_keywords("1")) == 200014
    assert refusal(lambda: list(client.library("1"))) == 200018
    assert refusal(lambda: list(client.library("307", start=-1))) == 200016
    assert refusal(lambda: list(client.library("307", limit=31))) == 200017


def test_templates_of_subscribe_messages(shop: Account) -> None:
    client = shop.client.subscriptions
    template_id = client.add("304", [2, 1], "付款")
    [listed] = client.list()
    assert (listed.id, listed.title, listed.type) == (template_id, "付款成功通知", 2)
    assert listed.content == "商品:{{thing2.DATA}}\n金额:{{amount1.DATA}}"
    assert refusal(lambda: client.add("1", [1, 2])) == 200014
    for keywords in ([1], [1, 1], [1, 9], [1, 2, 3, 4, 1]):
        assert refusal(lambda keywords=keywords: client.add("304", keywords)) == 200020  # type: ignore[misc]
    assert refusal(lambda: client.add("304", [1, 2], "长" * 16)) == 200021
    client.delete(template_id)
    assert refusal(lambda: client.delete(template_id)) == 40037
    assert client.list() == []


def test_an_agreement_allows_one_message(shop: Account) -> None:
    client, person, book = shop.client.subscriptions, shop.person(), shop.app.of(SubscriptionBook)
    template_id = client.add("304", [1, 2])
    data = {"amount1": "128.00元", "thing2": "春茶"}
    assert refusal(lambda: client.send(person.openid, template_id, data)) == 43101
    book.agree(person.openid, template_id)
    client.send(person.openid, template_id, data, "https://s.example/1")
    [(kind, body)] = shop.sent(person.openid)
    assert (kind, body["data"]["thing2"], body["page"]) == ("subscribe", {"value": "春茶"}, "https://s.example/1")
    [event] = shop.events("subscribe_msg_sent_event")
    assert event["SubscribeMsgSentEvent"]["List"][0]["TemplateId"] == template_id
    assert refusal(lambda: client.send(person.openid, template_id, data)) == 43101
    for wrong in ({"amount1": "128.00元"}, {**data, "thing2": "长" * 21}, {**data, "amount1": "很多"}):
        assert refusal(lambda wrong=wrong: client.send(person.openid, template_id, wrong)) == 47003  # type: ignore[misc]
    assert refusal(lambda: client.send("o_nobody", template_id, data)) == 40003
    assert refusal(lambda: client.send(person.openid, "nothing", data)) == 40037
    many = client.add("1128", [1, 2])
    book.agree(person.openid, many)
    for _ in range(3):
        client.send(person.openid, many, {"thing1": "春茶", "time2": "2026年3月2日"})
    book.refuse(person.openid, many)
    assert refusal(lambda: client.send(person.openid, many, {"thing1": "春茶", "time2": "2026年3月2日"})) == 43101


def test_subscribe_messages_of_mini_programs(open_: Open) -> None:
    mini = open_("miniprogram")
    client, person = mini.client.subscriptions, mini.person(subscribed=False)
    template_id = client.add("2414", [1, 2])
    book = mini.app.of(SubscriptionBook)
    book.agree(person.openid, template_id)
    book.pages = {"pages/order"}
    data = {"character_string1": "A12", "thing2": "南门店"}
    assert refusal(lambda: client.send_from_mini_program(person.openid, template_id, data, "pages/none")) == 41030
    client.send_from_mini_program(person.openid, template_id, data, "pages/order?id=1", "trial", "zh_TW")
    [(_, body)] = mini.sent(person.openid)
    assert (body["page"], body["state"], body["lang"]) == ("pages/order?id=1", "trial", "zh_TW")


def test_a_message_to_all_reaches_whoever_follows(shop: Account) -> None:
    first, second = shop.person(), shop.person()
    shop.person(subscribed=False)
    shop.person(blacklisted=True)
    sent = shop.client.mass.send_all(out.TextMessage("上新了"))
    assert sent.msg_data_id is None
    assert [one.openid for one in shop.app.of(Outbox).sent] == [first.openid, second.openid]
    [event] = shop.events("MASSSENDJOBFINISH")
    counts = [event[name] for name in ("TotalCount", "FilterCount", "SentCount", "ErrorCount")]
    assert (event["MsgID"], event["Status"], counts) == (sent.msg_id, "send success", [4, 2, 2, 0])
    assert shop.client.mass.status(sent.msg_id).msg_status == "SEND_SUCCESS"
    assert refusal(lambda: shop.client.mass.status(1)) == 40059
    assert refusal(lambda: shop.client.mass.delete(sent.msg_id)) == 40059


def test_a_message_to_a_tag(shop: Account) -> None:
    first, second, _ = shop.person(), shop.person(), shop.person()
    tag = shop.client.tags.create("常客")
    shop.client.tags.tag([first.openid, second.openid], tag.id)
    shop.client.mass.send_all(out.TextMessage("给常客"), tag.id)
    assert [one.openid for one in shop.app.of(Outbox).sent] == [first.openid, second.openid]
    assert refusal(lambda: shop.client.mass.send_all(out.TextMessage("谁"), 9_999)) == 45159
    assert tag.id in shop.app.of(TagBook).names


def test_articles_to_many_can_be_commented_counted_and_emptied(shop: Account) -> None:
    people = [shop.person().openid, shop.person().openid]
    sent = shop.client.mass.send(people, out.StoredNewsMessage(shop.draft("一", "二")))
    assert sent.msg_data_id is not None
    assert list(shop.client.comments.list(sent.msg_data_id, 1)) == []
    urls = shop.events("MASSSENDJOBFINISH")[0]["ArticleUrlResult"]
    assert (urls["Count"], urls["ResultList"][0]["ArticleUrl"][: len(shop.url)]) == (2, shop.url)
    articles = shop.app.of(Daily).articles
    assert [articles[f"{sent.msg_data_id}_{i}"].title for i in (1, 2)] == ["一", "二"]
    assert list(shop.client.publishing.list()) == []
    assert refusal(lambda: shop.client.mass.delete(sent.msg_id, 3)) == 40060
    shop.client.mass.delete(sent.msg_id, 2)
    assert shop.client.mass.status(sent.msg_id).msg_status == "SEND_SUCCESS"
    shop.client.mass.delete(sent.msg_id)
    assert shop.client.mass.status(sent.msg_id).msg_status == "DELETE"


def test_each_follower_is_reached_four_times_a_month_or_once_a_day(shop: Account, open_: Open) -> None:
    shop.person()
    for _ in range(4):
        shop.client.mass.send_all(out.TextMessage("上新了"))
    assert refusal(lambda: shop.client.mass.send_all(out.TextMessage("上新了"))) == 45028
    late = shop.person()
    shop.client.mass.send_all(out.TextMessage("上新了"))
    assert [one.openid for one in shop.app.of(Outbox).sent[-1:]] == [late.openid]
    shop.platform.clock.move(31 * DAY)
    shop.client.mass.send_all(out.TextMessage("上新了"))
    paper = open_("subscription")
    paper.person()
    paper.client.mass.send_all(out.TextMessage("早"))
    assert refusal(lambda: paper.client.mass.send_all(out.TextMessage("早"))) == 45028
    shop.platform.clock.move(DAY)
    paper.client.mass.send_all(out.TextMessage("早"))


def test_a_message_to_many_with_an_id_of_its_own_goes_out_once(shop: Account) -> None:
    people = [shop.person().openid, shop.person().openid]
    send = lambda name: shop.client.mass.send(people, out.TextMessage("上新了"), client_msg_id=name)  # noqa: E731
    send("spring")
    count = len(shop.app.of(Outbox).sent)
    with Client(shop.app.app_id, shop.app.secret, base_url=shop.url, sleep=shop.platform.clock.move) as client:
        with pytest.raises(ApiError) as error:
            client.mass.send(people, out.TextMessage("上新了"), client_msg_id="spring")
        assert error.value.code == 45066
    shop.platform.clock.move(MINUTE)
    assert refusal(lambda: send("spring")) == 45065
    assert len(shop.app.of(Outbox).sent) == count
    assert refusal(lambda: send("长" * 22)) == 45067
    shop.platform.clock.move(DAY)
    send("spring")


def test_messages_to_many_that_are_refused(shop: Account) -> None:
    people, send = [shop.person().openid, shop.person().openid], shop.client.mass.send
    for openids in (people[:1], [people[0]] * 2, [f"o{i}" for i in range(10_001)]):
        assert refusal(lambda openids=openids: send(openids, out.TextMessage("茶"))) == 40032  # type: ignore[misc]
    assert refusal(lambda: send([people[0], "o_nobody"], out.TextMessage("茶"))) == 40003
    assert refusal(lambda: send(people, out.TextMessage(""))) == 44004
    assert refusal(lambda: send(people, out.ImageMessage("nothing"))) == 40007
    assert refusal(lambda: send(people, out.MassVideoMessage("nothing"))) == 40007


def test_sending_takes_its_time(shop: Account) -> None:
    shop.person()
    shop.app.of(MassBook).delay = 10
    sent = shop.client.mass.send_all(out.TextMessage("上新了"))
    assert shop.client.mass.status(sent.msg_id).msg_status == "SENDING"
    assert shop.events("MASSSENDJOBFINISH")[0]["CreateTime"] == shop.now + 10
    shop.platform.clock.move(10)
    assert shop.client.mass.status(sent.msg_id).msg_status == "SEND_SUCCESS"


def test_a_preview_goes_to_one(shop: Account) -> None:
    person = shop.person()
    assert shop.client.mass.preview(out.TextMessage("看看"), person.openid).msg_id
    assert shop.sent(person.openid) == [("text", {"content": "看看"})]
    shop.client.mass.preview(out.TextMessage("看看"), wechat_id="tea_shop1")
    assert refusal(lambda: shop.client.mass.preview(out.TextMessage("看看"), "o_nobody")) == 40003
    assert refusal(lambda: shop.client.mass.preview(out.TextMessage("看看"))) == 40003
    assert refusal(lambda: shop.client.mass.preview(out.TextMessage("看看"), wechat_id="1")) == 40132
    shop.app.quotas["mass/preview"] = 5
    assert refusal(lambda: shop.client.mass.preview(out.TextMessage("看看"), person.openid)) == 45009


def test_the_speed_of_sending(shop: Account) -> None:
    assert (shop.client.mass.speed().speed, shop.client.mass.speed().realspeed) == (0, 80)
    shop.client.mass.set_speed(4)
    assert (shop.client.mass.speed().speed, shop.client.mass.speed().realspeed) == (4, 10)
    for speed in (-1, 5):
        assert refusal(lambda speed=speed: shop.client.mass.set_speed(speed)) == 45083  # type: ignore[misc]
    assert refusal(lambda: shop.client.request("POST", "/cgi-bin/message/mass/speed/set", json={})) == 45084
    assert 45084 in CODES
