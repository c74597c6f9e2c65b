"""Callbacks: what a developer's server is sent, how often, and what becomes of its answer. wechatpy reads and writes beside us."""

from __future__ import annotations

import json
import threading
import time
from collections.abc import Iterator

import httpx
import pytest
from support.hook import Got, Hook, hook
from wechatpy import parse_message
from wechatpy.crypto import WeChatCrypto
from wechatpy.enterprise.crypto import WeChatCrypto as CorpCrypto
from wechatpy.replies import ArticlesReply, ImageReply, TextReply, TransferCustomerServiceReply
from wechatpy.utils import check_signature

from jianwei.errors import UsageError
from jianwei.sandbox.platform.app import running
from jianwei.sandbox.platform.areas.customer_service import Desk
from jianwei.sandbox.platform.areas.media import MediaStore
from jianwei.sandbox.platform.callbacks import CallbackError, Pushed, push
from jianwei.sandbox.platform.formats import picture
from jianwei.sandbox.platform.pending import Pending, announce
from jianwei.sandbox.platform.people import People
from jianwei.sandbox.platform.world import App, Platform
from jianwei.wechat import Client
from jianwei.wechat.endpoints.customer_service import Staff

TOKEN, KEY = "sandboxtoken", "jWmYm7qr5nMoAUwZRjGtBxmz3KA1tkAj3ykkR6q2B2C"
OPENID = "oPerson"


@pytest.fixture
def server() -> Iterator[Hook]:
    with hook() as stands:
        yield stands


def _app(kind: str = "service") -> tuple[Platform, App]:
    platform = Platform()
    app_id = "ww1/1000002" if kind == "wecom" else "wx0123456789abcdef"
    app = platform.add(App(app_id, "secret", kind, original_id="gh_0123456789ab"))  # type: ignore[arg-type]
    platform.people(app).meet("小满", OPENID)
    return platform, app


def _connected(server: Hook, kind: str = "service", **settings: object) -> People:
    platform, app = _app(kind)
    return platform.connect(app, server.url, TOKEN, **{"timeout": 3.0, **settings})  # type: ignore[arg-type]


def test_the_url_is_verified_with_a_signed_echostr(server: Hook) -> None:
    _connected(server)
    (got,) = server.got
    check_signature(TOKEN, got.query["signature"], got.query["timestamp"], got.query["nonce"])
    assert got.method == "GET"


@pytest.mark.parametrize("reply", [b"ok", (500, b""), (302, b""), b'"echo"'])
def test_a_url_that_answers_something_else_is_refused(server: Hook, reply: object) -> None:
    platform, app = _app()
    server.answer = lambda got: reply  # type: ignore[assignment, return-value]
    with pytest.raises(CallbackError, match="echostr"):
        platform.connect(app, server.url, TOKEN)
    assert app.wiring is None


@pytest.mark.parametrize(
    ("url", "token", "key", "mode"),
    [
        ("ftp://a", TOKEN, None, "plain"),
        ("http://127.0.0.1:1/", "has-a-dash", None, "plain"),
        ("http://127.0.0.1:1/", TOKEN, None, "secure"),
        ("http://127.0.0.1:1/", TOKEN, "short", "secure"),
        ("http://127.0.0.1:1/", TOKEN, None, "loud"),
        ("http://127.0.0.1:1/", TOKEN, None, "plain"),
    ],
)
def test_settings_that_cannot_work_are_refused(url: str, token: str, key: str | None, mode: str) -> None:
    platform, app = _app()
    with pytest.raises(CallbackError) as caught:
        platform.connect(app, url, token, key, mode=mode)  # type: ignore[arg-type]
    assert token not in str(caught.value)
    assert caught.value.hint


def test_a_plain_message_as_wechatpy_reads_it(server: Hook) -> None:
    people = _connected(server)
    assert people.say(OPENID, "a]]>b <茶>\x01").outcome == "success"
    (got,) = server.pushed
    check_signature(TOKEN, got.query["signature"], got.query["timestamp"], got.query["nonce"])
    assert got.query["openid"] == OPENID
    assert "encrypt_type" not in got.query
    assert b"\x01" in got.body  # control characters come through raw
    message = parse_message(got.body.replace(b"\x01", b""))
    assert (message.type, message.content, message.source, message.target) == (
        "text",
        "a]]>b <茶>",
        OPENID,
        "gh_0123456789ab",
    )
    assert len(str(message.id)) == 19


def test_a_secret_message_as_wechatpy_decrypts_it_and_its_answer(server: Hook) -> None:
    crypto = WeChatCrypto(TOKEN, KEY, "wx0123456789abcdef")

    def answer(got: Got) -> bytes:
        if "echostr" in got.query:
            return got.query["echostr"].encode()
        query = got.query
        plain = crypto.decrypt_message(got.body, query["msg_signature"], query["timestamp"], query["nonce"])
        message = parse_message(plain)
        reply = TextReply(message=message, content=f"收到：{message.content}").render()
        return crypto.encrypt_message(reply, query["nonce"], query["timestamp"]).encode()

    server.answer = answer
    people = _connected(server, aes_key=KEY, mode="secure")
    pushed = people.say(OPENID, "在吗")
    assert (pushed.outcome, pushed.text) == ("reply", "收到：在吗")
    (got,) = server.pushed
    assert got.query["encrypt_type"] == "aes"
    assert "在吗".encode() not in got.body
    assert OPENID.encode() not in got.body


def test_the_compatible_mode_carries_both_and_takes_either_answer(server: Hook) -> None:
    crypto = WeChatCrypto(TOKEN, KEY, "wx0123456789abcdef")
    people = _connected(server, aes_key=KEY, mode="compatible")
    people.say(OPENID, "在吗")
    (got,) = server.pushed
    plain = crypto.decrypt_message(got.body, got.query["msg_signature"], got.query["timestamp"], got.query["nonce"])
    assert parse_message(plain).content == parse_message(got.body).content == "在吗"
    server.answer = lambda got: TextReply(message=parse_message(got.body), content="明").render().encode()
    assert people.say(OPENID, "好").text == "明"


def test_an_answer_in_the_clear_is_refused_in_secure_mode(server: Hook) -> None:
    people = _connected(server, aes_key=KEY, mode="secure")
    server.answer = lambda got: _text(OPENID, "gh_0123456789ab", "明文")
    pushed = people.say(OPENID, "在吗")
    assert pushed.outcome == "unavailable"
    assert "encrypted" in pushed.tries[-1].problem


def test_json_as_mini_programs_get_it(server: Hook) -> None:
    people = _connected(server, "miniprogram", format="json")
    people.enter(OPENID, "sessionFrom=shop")
    (got,) = server.pushed
    assert json.loads(got.body) == {
        "ToUserName": "gh_0123456789ab",
        "FromUserName": OPENID,
        "CreateTime": int(got.query["timestamp"]),
        "MsgType": "event",
        "Event": "user_enter_tempsession",
        "SessionFrom": "sessionFrom=shop",
    }
    assert people.app.followers[OPENID].acted["enter"] == int(got.query["timestamp"])


def test_wecom_always_encrypts_for_the_corp(server: Hook) -> None:
    crypto = CorpCrypto(TOKEN, KEY, "ww1")

    def answer(got: Got) -> bytes:
        query = got.query
        assert "signature" not in query
        if "echostr" in query:
            echo = crypto.check_signature(query["msg_signature"], query["timestamp"], query["nonce"], query["echostr"])
            return echo.encode() if isinstance(echo, str) else bytes(echo)
        crypto.decrypt_message(got.body, query["msg_signature"], query["timestamp"], query["nonce"])
        return b""

    server.answer = answer
    people = _connected(server, "wecom", aes_key=KEY)
    assert people.say(OPENID, "在吗").outcome == "success"
    assert b"<AgentID>" in server.pushed[0].body
    assert b"ww1" in server.pushed[0].body


def test_three_tries_with_the_same_message_while_nothing_answers(server: Hook) -> None:
    people = _connected(server, timeout=0.15)
    server.answer = lambda got: (time.sleep(0.5), b"success")[1]
    pushed = people.say(OPENID, "在吗")
    assert pushed.outcome == "unavailable"
    assert len(pushed.tries) == len(server.pushed) == 3
    assert len({got.body for got in server.pushed}) == 1
    assert len({got.query["nonce"] for got in server.pushed}) == 3  # each signed anew


def test_a_later_try_can_still_be_answered(server: Hook) -> None:
    people = _connected(server, timeout=0.2)

    def answer(got: Got) -> bytes:
        if len(server.pushed) == 1:
            time.sleep(0.6)
        return b"success"

    server.answer = answer
    pushed = people.say(OPENID, "在吗")
    assert (pushed.outcome, len(pushed.tries)) == ("success", 2)


def test_a_server_that_is_down_is_tried_again_when_the_time_of_a_try_is_over(server: Hook) -> None:
    people = _connected(server, timeout=5.0)
    server.answer = lambda got: (503, b"down")
    waited: list[float] = []
    pushed = push(people.platform, people.app, {"FromUserName": OPENID}, sleep=waited.append, now=lambda: 7.0)
    assert [one.status for one in pushed.tries] == [503, 503, 503]
    assert waited == [5.0, 5.0]
    people.app.wiring = None
    assert people.say(OPENID, "在吗").outcome == "unconnected"


def _text(to: str, by: str, content: str) -> bytes:
    return (
        f"<xml><ToUserName>{to}</ToUserName><FromUserName>{by}</FromUserName><CreateTime>1</CreateTime>"
        f"<MsgType>text</MsgType><Content><![CDATA[{content}]]></Content></xml>"
    ).encode()


@pytest.mark.parametrize(
    "body",
    [
        b'{"errcode": 0}',
        b"ok",
        b"success\n",
        b"<xml><broken",
        b"<xml><MsgType>text</MsgType></xml>",
        _text("another", "gh_0123456789ab", "x"),
        _text(OPENID, "gh_other", "x"),
        _text(OPENID, "gh_0123456789ab", ""),
        _text(OPENID, "gh_0123456789ab", "x").replace(b"<CreateTime>1<", b"<CreateTime>now<"),
        _text(OPENID, "gh_0123456789ab", "x").replace(b">text<", b">poem<"),
    ],
)
def test_answers_that_are_none_leave_the_person_with_a_notice_at_once(server: Hook, body: bytes) -> None:
    people = _connected(server)
    server.answer = lambda got: body
    pushed = people.say(OPENID, "在吗")
    assert pushed.outcome == "unavailable"
    assert pushed.tries[0].problem
    assert len(pushed.tries) == 1


def test_a_text_that_is_too_long_is_dropped_without_a_word(server: Hook) -> None:
    people = _connected(server)
    server.answer = lambda got: _text(OPENID, "gh_0123456789ab", "茶" * 683)
    assert people.say(OPENID, "在吗").outcome == "silent"
    server.answer = lambda got: _text(OPENID, "gh_0123456789ab", "茶" * 682)
    assert people.say(OPENID, "在吗").outcome == "reply"


def test_how_many_articles_answer_what(server: Hook) -> None:
    people = _connected(server)
    count = 1

    def answer(got: Got) -> bytes:
        reply = ArticlesReply(message=parse_message(got.body))
        for number in range(count):
            reply.add_article({"title": f"{number}", "description": "", "image": "", "url": "http://a"})
        return bytes(reply.render().encode())

    server.answer = answer
    assert people.say(OPENID, "文章").outcome == "reply"
    count = 2
    assert people.say(OPENID, "文章").outcome == "unavailable"
    assert people.click(OPENID, "NEWS").outcome == "reply"


def test_people_change_what_the_platform_knows_of_them(server: Hook) -> None:
    people = _connected(server)
    app, person = people.app, people.app.followers[OPENID]
    people.unsubscribe(OPENID)
    assert not person.subscribed
    people.scan(OPENID, 42, ticket="T")
    assert person.subscribed
    assert (person.scene, person.qr_scene) == ("ADD_SCENE_QR_CODE", 42)
    people.scan(OPENID, 42, ticket="T")
    people.say(OPENID, "在吗")
    people.subscribe("oNew", "新客")
    assert list(app.followers) == [OPENID, "oNew"]
    assert person.spoke_at is not None
    assert set(person.acted) == {"subscribe", "scan"}
    events = [parse_message(got.body) for got in server.pushed]
    assert [getattr(one, "event", one.type) for one in events] == [
        "unsubscribe",
        "subscribe_scan",
        "scan",
        "text",
        "subscribe",
    ]
    assert events[1].scene_id == "42"


def test_everything_that_people_send_as_wechatpy_reads_it(server: Hook) -> None:
    people = _connected(server)
    content = picture(b"tea")
    people.send_image(OPENID, content, base_url="http://127.0.0.1:9")
    people.send_voice(OPENID, b"#!AMR\n" + bytes(32), recognition="想买茶")
    people.send_video(OPENID, b"....ftypmp42")
    people.send_location(OPENID, 30.25, 120.1, "西湖")
    people.send_link(OPENID, "题", "述", "http://a")
    people.view(OPENID, "http://a/b")
    people.locate(OPENID, 30.2, 120.1)
    people.scan_code(OPENID, "K", "https://b")
    image, voice, video, place, link, view, located, scanned = (parse_message(got.body) for got in server.pushed)
    files = people.app.of(MediaStore).files
    assert files[image.media_id].content == content
    assert image.image.startswith("http://127.0.0.1:9/")
    assert (voice.format, voice.recognition) == ("amr", "想买茶")
    assert files[video.thumb_media_id].type == "thumb"
    assert (place.location, place.label) == (("30.25", "120.1"), "西湖")
    assert (link.title, view.url, scanned.scan_result) == ("题", "http://a/b", "https://b")
    assert (float(located.latitude), float(located.precision)) == (30.2, 40.0)


def test_nobody_speaks_who_is_not_there(server: Hook) -> None:
    with pytest.raises(UsageError, match="nobody"):
        _connected(server).say("oNobody", "在吗")


def test_being_handed_over_to_the_staff(server: Hook) -> None:
    people = _connected(server)
    desk = people.app.of(Desk)
    server.answer = lambda got: TransferCustomerServiceReply(message=parse_message(got.body)).render().encode()
    people.say(OPENID, "找人")
    assert OPENID in desk.waiting
    desk.staff["a@gh"] = Staff("a@gh", "小满")
    people.say(OPENID, "找人")
    assert desk.sessions[OPENID][0] == "a@gh"
    server.answer = lambda got: b"success"
    assert [pushed.fields["Event"] for pushed in people.settle()] == ["kf_create_session"]


def test_what_is_owed_waits_for_its_time_and_for_a_callback(server: Hook) -> None:
    platform, app = _app()
    people = platform.people(app)
    now = int(platform.clock.now())
    announce(app, "TEMPLATESENDJOBFINISH", now, OPENID, MsgID=7, Status="success")
    announce(app, "PUBLISHJOBFINISH", now + 3_600, PublishEventInfo={"publish_id": "1", "publish_status": 0})
    assert people.settle() == []
    platform.connect(app, server.url, TOKEN)
    assert [one.fields["Event"] for one in people.settle()] == ["TEMPLATESENDJOBFINISH"]
    assert len(app.of(Pending).events) == 1
    platform.clock.move(3_600)
    assert [one.fields["Event"] for one in people.settle()] == ["PUBLISHJOBFINISH"]
    assert parse_message(server.pushed[0].body).status == "success"
    assert b"<publish_id><![CDATA[1]]></publish_id>" in server.pushed[1].body


def test_a_third_party_platform_from_ticket_to_an_account_s_token(server: Hook) -> None:
    crypto = WeChatCrypto(TOKEN, KEY, "wx0123456789abcdef")
    people = _connected(server, "component", aes_key=KEY)
    platform, component = people.platform, people.app
    account = platform.add(App("wx00000000000000aa", "secret", "service"))

    def heard() -> str:
        got = server.pushed[-1]
        plain = crypto.decrypt_message(got.body, got.query["msg_signature"], got.query["timestamp"], got.query["nonce"])
        assert b"<MsgType>" not in got.body
        return plain if isinstance(plain, str) else plain.decode()

    def between(text: str, name: str) -> str:
        return text.split(f"<{name}><![CDATA[")[1].split("]]>", maxsplit=1)[0]

    assert people.ticket().outcome == "success"
    ticket = between(heard(), "ComponentVerifyTicket")
    with running(platform) as url, Client(component.app_id, component.secret, base_url=url) as client:
        token = client.components.token(ticket).component_access_token
        preauth = client.components.preauth_code(token).pre_auth_code
        assert people.authorize(account.app_id, preauth).outcome == "success"
        code = between(heard(), "AuthorizationCode")
        granted = client.components.authorization(token, code)
        assert granted.authorizer_appid == account.app_id
        query = {"access_token": granted.authorizer_access_token}
        assert "tags" in httpx.get(f"{url}/cgi-bin/tags/get", params=query).json()
    assert people.tell("unauthorized", AuthorizerAppid=account.app_id).outcome == "success"
    assert between(heard(), "InfoType") == "unauthorized"


def test_many_people_at_once(server: Hook) -> None:
    people = _connected(server)
    server.answer = lambda got: ImageReply(message=parse_message(got.body), media_id="M").render().encode()
    pushed: list[Pushed] = []
    threads = [
        threading.Thread(target=lambda n=n: pushed.append(people.say(OPENID, str(n)))) for n in range(20)
    ]  # fmt: skip
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert {one.outcome for one in pushed} == {"reply"}
    assert len({one.fields["MsgId"] for one in pushed}) == 20
