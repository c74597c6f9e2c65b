"""Passive answers: the shapes of the platform, no injection, nothing that would be dropped without a word."""

from __future__ import annotations

import json
import pickle
import xml.etree.ElementTree as ET

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from jianwei.common.xml import legal_text
from jianwei.wechat.replies import (
    MOST_TEXT_BYTES,
    Acknowledge,
    Article,
    ButtonReply,
    ImageReply,
    MusicReply,
    NewsReply,
    Reply,
    ReplyError,
    TaskCardReply,
    TextReply,
    TransferCustomerService,
    VideoReply,
    VoiceReply,
)

ANY = st.text(st.characters(exclude_categories=[]), max_size=60) | st.sampled_from(
    ["]]>", "]]]]>><![CDATA[", "<a/>", "&amp;", "\r\n", "]]><MsgType>x</MsgType><![CDATA["]
)
SHOWN = ANY.filter(lambda text: legal_text(text).strip() != "")


def nested(element: ET.Element) -> object:
    return {child.tag: nested(child) for child in element} if len(element) else element.text or ""


@pytest.mark.parametrize(
    ("reply", "expected"),
    [
        (TextReply("好"), {"MsgType": "text", "Content": "好"}),
        (ImageReply("m"), {"MsgType": "image", "Image": {"MediaId": "m"}}),
        (VoiceReply("m"), {"MsgType": "voice", "Voice": {"MediaId": "m"}}),
        (VideoReply("m", "t", "d"), {"MsgType": "video", "Video": {"MediaId": "m", "Title": "t", "Description": "d"}}),
        (
            MusicReply("m", "t", "d", "u", "h"),
            {
                "MsgType": "music",
                "Music": {"Title": "t", "Description": "d", "MusicUrl": "u", "HQMusicUrl": "h", "ThumbMediaId": "m"},
            },
        ),
        (
            NewsReply([Article("t", "d", "p", "u")]),
            {
                "MsgType": "news",
                "ArticleCount": "1",
                "Articles": {"item": {"Title": "t", "Description": "d", "PicUrl": "p", "Url": "u"}},
            },
        ),
        (TransferCustomerService(), {"MsgType": "transfer_customer_service"}),
        (
            TransferCustomerService("a@gh"),
            {"MsgType": "transfer_customer_service", "TransInfo": {"KfAccount": "a@gh"}},
        ),
        (TaskCardReply("n"), {"MsgType": "update_taskcard", "TaskCard": {"ReplaceName": "n"}}),
        (ButtonReply("n"), {"MsgType": "update_button", "Button": {"ReplaceName": "n"}}),
    ],
)
def test_shapes(reply: Reply, expected: dict[str, object]) -> None:
    head = {"ToUserName": "oA", "FromUserName": "gh", "CreateTime": "7"}
    assert nested(ET.fromstring(reply.render("oA", "gh", 7))) == {**head, **expected}
    as_json = json.loads(reply.render_json("oA", "gh", 7))
    assert (as_json["CreateTime"], as_json["MsgType"]) == (7, expected["MsgType"])


@settings(deadline=None)
@given(SHOWN, SHOWN, ANY, ANY)
def test_no_text_becomes_an_element(title: str, description: str, url: str, who: str) -> None:
    articles = [Article(title, description, url, url), Article(title)]
    root = ET.fromstring(NewsReply(articles).render(who, "gh", 7))
    assert [child.tag for child in root] == [
        "ToUserName", "FromUserName", "CreateTime", "MsgType", "ArticleCount", "Articles",
    ]  # fmt: skip
    first = root.find("Articles/item")
    assert first is not None
    expected = {"Title": title, "Description": description, "PicUrl": url, "Url": url}
    assert nested(first) == {name: legal_text(text) for name, text in expected.items()}
    text = ET.fromstring(TextReply.cut(title).render(who, "gh", 7))
    assert [child.text or "" for child in text] == [legal_text(who), "gh", "7", "text", legal_text(title)]
    assert json.loads(NewsReply(articles).render_json(who, "gh", 7))["MsgType"] == "news"


@settings(deadline=None)
@given(st.text(st.characters(exclude_categories=[]), min_size=1), st.integers(1, 3_000))
def test_cut_text_is_short_enough_and_ends_between_characters(text: str, times: int) -> None:
    whole = legal_text(text * times)
    if not whole.strip():
        return
    cut = legal_text(TextReply.cut(text * times).content)
    assert len(cut.encode()) <= MOST_TEXT_BYTES
    if cut != whole:
        assert whole.startswith(cut.removesuffix("…"))
        assert len(cut.encode()) > MOST_TEXT_BYTES - 4
        with pytest.raises(ReplyError):
            TextReply(text * times)
    else:
        assert TextReply(text * times) == TextReply.cut(text * times)


def test_the_longest_text() -> None:
    assert TextReply("x" * 2048) == TextReply.cut("x" * 2048)
    assert TextReply.cut("x" * 2049).content == "x" * 2045 + "…"
    with pytest.raises(ReplyError, match="2,049"):
        TextReply("x" * 2049)


@pytest.mark.parametrize(
    ("make", "arguments"),
    [
        (TextReply, ("",)), (TextReply, (" \x00\n",)), (ImageReply, ("",)), (VoiceReply, (" ",)), (VideoReply, ("",)),
        (MusicReply, ("",)), (NewsReply, ([],)), (NewsReply, ([Article("t")] * 9,)), (NewsReply, ([Article("")],)),
        (TaskCardReply, ("",)), (ButtonReply, ("",)),
    ],
)  # fmt: skip
def test_what_the_platform_would_drop_is_refused(make: type[Reply], arguments: tuple[object, ...]) -> None:
    with pytest.raises(ReplyError) as caught:
        make(*arguments)
    assert caught.value.hint
    assert str(pickle.loads(pickle.dumps(caught.value))) == str(caught.value)


def test_customer_service_forms() -> None:
    assert TextReply("a\x00]]>").to_custom() == {"msgtype": "text", "text": {"content": "a]]>"}}
    assert ImageReply("m").to_custom() == {"msgtype": "image", "image": {"media_id": "m"}}
    assert VoiceReply("m").to_custom() == {"msgtype": "voice", "voice": {"media_id": "m"}}
    video = VideoReply("m", "t", "d", thumb_media_id="n").to_custom()
    assert video == {
        "msgtype": "video",
        "video": {"media_id": "m", "thumb_media_id": "n", "title": "t", "description": "d"},
    }
    music = MusicReply("m", "t", "d", "u").to_custom()
    assert music["music"] == {
        "title": "t", "description": "d", "musicurl": "u", "hqmusicurl": "u", "thumb_media_id": "m",
    }  # fmt: skip
    news = NewsReply([Article("t", "d", "p", "u")]).to_custom()
    assert news["news"] == {"articles": [{"title": "t", "description": "d", "url": "u", "picurl": "p"}]}


@pytest.mark.parametrize(
    "reply",
    [
        Acknowledge(), TransferCustomerService(), TaskCardReply("n"), ButtonReply("n"), VideoReply("m"),
        NewsReply([Article("a"), Article("b")]),
    ],
)  # fmt: skip
def test_what_has_no_customer_service_form_says_so(reply: Reply) -> None:
    with pytest.raises(ReplyError):
        reply.to_custom()


def test_an_acknowledgement_says_nothing() -> None:
    assert Acknowledge().render("a", "b", 1) == Acknowledge().render_json("a", "b", 1) == b""


def test_articles_are_kept_as_they_were_given() -> None:
    articles = [Article("a")]
    reply = NewsReply(articles)
    articles.append(Article("b"))
    assert (len(reply.articles), hash(reply) == hash(NewsReply((Article("a"),)))) == (1, True)
