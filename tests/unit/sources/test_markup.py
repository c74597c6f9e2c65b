"""What stands inside messages: chatlog's Markdown-like text, WeChat's XML, merged forwards."""

from __future__ import annotations

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from jianwei.common.xml import parse_xml
from jianwei.records.kinds import MESSAGE_KINDS
from jianwei.sources._markup import Content, Quote, Record, from_markdown, records_of
from jianwei.sources._rows import settle
from jianwei.sources._wxml import from_xml


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("![图片](http://h/image/d41d)", Content("image", None, {"md5": "d41d"})),
        ("[语音](http://h/voice/12)", Content("voice", None, {"voice": "12"})),
        ("[语音]", Content("voice")),
        ("![动画表情](https://e.com/e.gif)", Content("emoji", None, {"cdnurl": "https://e.com/e.gif"})),
        ("[链接|[重要](急)](https://e.com/?a=(1))", Content("link", "[重要](急)", {"url": "https://e.com/?a=(1)"})),
        ("[文件|周报.xlsx](http://h/file/0cc1)", Content("file", "周报.xlsx", {"md5": "0cc1"})),
        ("[位置|北京市|39.98,116.31]", Content("location", "北京市", {"x": "39.98", "y": "116.31"})),
        ("[位置|北京市]", Content("location", "北京市")),
        ("[分享|标题|说明](https://e.com)", Content("link", "标题", {"desc": "说明", "url": "https://e.com"})),
        ("[小程序|点餐](https://e.com)", Content("share", "点餐", {"url": "https://e.com"})),
        ("[转账|发送 ￥0.01](谢谢)", Content("transfer", "发送 ￥0.01", {"memo": "谢谢"})),
        ("[红包]", Content("red_packet")),
        ("[名片]", Content("contact")),
        ("[群公告]", Content("system")),
        ("[合并转发|群聊的聊天记录]\n  张三 09:00\n  好\n", Content("forward", "群聊的聊天记录", {"record": "  张三 09:00\n  好\n"})),
        ("> [引用]\n好的", Content("reply", "好的")),
        ("Type: 66 Content: x", Content("other", None, {"content": "x", "type": 66})),
        ('"${wxid_a}" 拍了拍 "${wxid_b}"', Content("poke", '"${wxid_a}" 拍了拍 "${wxid_b}"')),
    ],
)  # fmt: skip
def test_renderings_of_chatlog(text: str, expected: Content) -> None:
    assert from_markdown(text) == expected


@pytest.mark.parametrize(
    "text",
    [
        "[强]",
        "[图片]好看",
        "[图片",
        "图片]",
        "> 引用一句",
        "> 张三 说过",
        "你好",
        "",
        "[链接|x]尾巴",
        "!感叹",
        "[未知|x](y)",
        "![",
        "[]",
    ],
)
def test_plain_words_stay_plain(text: str) -> None:
    assert from_markdown(text) is None


def test_quotes_keep_only_the_new_words_as_text() -> None:
    text = "> 我自己(wxid_1) 01-02 09:02:02\n> 第一行\n> > 更早的\n收到\n谢谢"
    quote = Quote("wxid_1", "我自己", "第一行\n> 更早的", "01-02 09:02:02")
    assert from_markdown(text) == Content("reply", "收到\n谢谢", quote=quote)
    assert from_markdown("> wxid_2 09:02:02\n> 好\n嗯") == Content(
        "reply", "嗯", quote=Quote("wxid_2", None, "好", "09:02:02")
    )
    assert from_markdown("> 张(三)(wxid_3) 09:02:02\n> 好") == Content(
        "reply", None, quote=Quote("wxid_3", "张(三)", "好", "09:02:02")
    )


LINE = st.text(st.characters(exclude_categories=["Cs", "Cc"]), min_size=1, max_size=12)
NAME = st.text(st.characters(exclude_categories=["Cs", "Cc"]), max_size=8)


@settings(deadline=None)
@given(NAME, st.lists(LINE, min_size=1, max_size=3), st.lists(LINE, min_size=1, max_size=3))
def test_any_quote_is_taken_apart_again(name: str, quoted: list[str], own: list[str]) -> None:
    own = [line.lstrip("> ") or "x" for line in own]
    text = "\n".join([f"> {name}(wxid_1) 09:02:02", *(f"> {line}" for line in quoted), *own])
    expected = Quote("wxid_1", name, "\n".join(quoted), "09:02:02")
    assert from_markdown(text) == Content("reply", "\n".join(own), quote=expected)


@settings(deadline=None)
@given(
    st.text(max_size=60)
    | st.lists(st.sampled_from(["[", "]", "(", ")", "|", "!", "图片", "> ", "\n", "09:00:00", "x"])).map("".join)
)
def test_nothing_that_people_write_breaks_the_reader(text: str) -> None:
    content = settle(from_markdown(text) or Content("text", text))
    assert content.kind in MESSAGE_KINDS
    assert content.text is None or content.text.strip()


def test_long_lines_of_brackets_are_read_in_linear_time() -> None:
    assert from_markdown("[链接|" + "](" * 500_000) is None
    assert from_markdown("> " + "(" * 500_000 + " 09:02:02") is not None


@pytest.mark.parametrize(
    ("content", "kind", "text"),
    [
        (Content("text", "[图片]"), "image", None), (Content("text", "[强]"), "text", "[强]"), (Content("text", "  "), "text", None),
        (Content("link", "[链接]"), "link", None), (Content("link", "[公告]"), "link", "[公告]"),
        (Content("voice", "[语音]"), "voice", None),
        (Content("system", "我拍了拍张三"), "poke", "我拍了拍张三"), (Content("recall", None), "recall", None),
        (Content("red_packet", "恭喜发财"), "red_packet", "恭喜发财"), (Content("reply", "[图片]"), "reply", "[图片]"),
    ],
)  # fmt: skip
def test_placeholders_are_no_words(content: Content, kind: str, text: str | None) -> None:
    assert (settle(content).kind, settle(content).text) == (kind, text)


def test_what_silent_kinds_say_goes_to_attrs() -> None:
    assert settle(Content("voice", "转文字的内容")) == Content("voice", None, {"content": "转文字的内容"})


# --- XML -------------------------------------------------------------------------------------------------------------

LAUGHS = (
    '<?xml version="1.0"?><!DOCTYPE lolz [<!ENTITY a "lol">'
    + "".join(f'<!ENTITY {chr(98 + n)} "{f"&{chr(97 + n)};" * 10}">' for n in range(9))
    + "]><msg>&j;</msg>"
)
OUTSIDE = '<!DOCTYPE x [<!ENTITY f SYSTEM "file:///etc/passwd">]><msg><appmsg><title>&f;</title></appmsg></msg>'


@pytest.mark.parametrize(
    "xml",
    [
        LAUGHS,
        OUTSIDE,
        "<a>" * 100_000,
        "<a>" * 100 + "</a>" * 100,
        "<a/>" * 2,
        "<a",
        "",
        "<a>" + "<b/>" * 30_000 + "</a>",
        "<a>\ud800</a>",
        "<a>&nbsp;</a>",
    ],
)
def test_hostile_and_broken_xml_is_refused_and_kept(xml: str) -> None:
    assert parse_xml(xml) is None
    assert from_xml("link", xml) == Content("link", None, {"xml": xml})


@pytest.mark.parametrize(
    ("kind", "xml", "text", "attrs"),
    [
        ("link", "<msg><appmsg><title>标题</title><des>说明</des><url>https://e.com?a=1&amp;b=2</url></appmsg></msg>",
         "标题", {"desc": "说明", "url": "https://e.com?a=1&b=2"}),
        ("image", '<?xml version="1.0" encoding="gb2312"?><msg><img md5="d41d" length="5"/></msg>', None, {"md5": "d41d"}),
        ("location", '<msg><location x="39.9" y="116.3" label="中关村大街1号" poiname="大厦"/></msg>',
         "中关村大街1号", {"x": "39.9", "y": "116.3", "poiname": "大厦"}),
        ("contact", '<msg nickname="李四" username="wxid_4"/>', "李四", {"username": "wxid_4"}),
        ("recall", "<sysmsg type='revokemsg'><revokemsg><replacemsg>\"张三\" 撤回了一条消息</replacemsg></revokemsg></sysmsg>",
         '"张三" 撤回了一条消息', {}),
        ("transfer", "<msg><appmsg><wcpayinfo><feedesc>￥1.00</feedesc><pay_memo>饭钱</pay_memo></wcpayinfo></appmsg></msg>",
         "￥1.00", {"memo": "饭钱"}),
        ("voice", 'wxid_9:\n<msg><voicemsg voicelength="3120"/></msg>', None, {"voicelength": "3120"}),
    ],
)  # fmt: skip
def test_xml_of_messages(kind: str, xml: str, text: str | None, attrs: dict[str, str]) -> None:
    assert from_xml(kind, xml) == Content(kind, text, attrs)


def test_xml_of_a_quote() -> None:
    xml = (
        "<msg><appmsg><title>收到</title><type>57</type><refermsg><type>1</type><chatusr>wxid_1</chatusr><fromusr>g@chatroom</fromusr>"
        "<displayname>张三</displayname><content>三点开会</content><createtime>1704070800</createtime></refermsg></appmsg></msg>"
    )
    assert from_xml("reply", xml) == Content("reply", "收到", quote=Quote("wxid_1", "张三", "三点开会", "1704070800"))
    nested = xml.replace(
        "三点开会", "&lt;msg&gt;&lt;appmsg&gt;&lt;title&gt;报告&lt;/title&gt;&lt;/appmsg&gt;&lt;/msg&gt;"
    )
    quote = from_xml("reply", nested).quote
    assert quote is not None
    assert quote.text == "报告"


# --- merged forwards -------------------------------------------------------------------------------------------------

RECORD_XML = (
    "<recordinfo><title>聊天记录</title><datalist count='3'>"
    "<dataitem datatype='1'><sourcename>张三</sourcename><sourcetime>2024-01-01 09:00</sourcetime><datadesc>好</datadesc></dataitem>"
    "<dataitem datatype='2'><sourcename>李四</sourcename><sourcetime>2024-01-01 09:01</sourcetime></dataitem>"
    "<dataitem datatype='17'><sourcename>李四</sourcename><sourcetime>2024-01-01 09:02</sourcetime><datatitle>更早</datatitle><recordxml>"
    "<recordinfo><datalist><dataitem datatype='1'><sourcename>王五</sourcename><srcMsgCreateTime>1704070800</srcMsgCreateTime>"
    "<datadesc>嗯</datadesc></dataitem></datalist></recordinfo></recordxml></dataitem></datalist></recordinfo>"
)
RECORD_JSON = {
    "Title": "聊天记录",
    "DataList": {
        "Count": "3",
        "DataItems": [
            {"DataType": "1", "SourceName": "张三", "SourceTime": "2024-01-01 09:00", "DataDesc": "好"},
            {"DataType": "2", "SourceName": "李四", "SourceTime": "2024-01-01 09:01", "DataDesc": ""},
            {
                "DataType": "17", "SourceName": "李四", "SourceTime": "2024-01-01 09:02", "DataTitle": "更早",
                "RecordXML": {"RecordInfo": {"DataList": {"DataItems": [
                    {"DataType": "1", "SourceName": "王五", "SrcMsgCreateTime": "1704070800", "DataDesc": "嗯"},
                ]}}},
            },
        ],
    },
}  # fmt: skip
RECORDS = (
    Record("张三", "2024-01-01 09:00", "text", "好"),
    Record("李四", "2024-01-01 09:01", "image", None),
    Record("李四", "2024-01-01 09:02", "forward", "更早", (Record("王五", "1704070800", "text", "嗯"),)),
)


def test_forwards_are_the_same_from_json_and_xml() -> None:
    assert records_of(RECORD_JSON) == RECORDS
    assert records_of(parse_xml(RECORD_XML)) == RECORDS


JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.text(max_size=5),
    lambda inner: (
        st.lists(inner, max_size=3)
        | st.dictionaries(
            st.sampled_from(["DataList", "DataItems", "DataType", "RecordXML", "RecordInfo"]), inner, max_size=3
        )
    ),
    max_leaves=15,
)


@settings(deadline=None)
@given(JSON)
def test_forwards_of_any_shape_are_survived(info: object) -> None:
    assert isinstance(records_of(info), tuple)


def test_forwards_nested_without_end_are_cut() -> None:
    info: dict[str, object] = {}
    for _ in range(500):
        info = {"DataList": {"DataItems": [{"DataType": "17", "RecordXML": {"RecordInfo": info}}]}}
    depth, records = 0, records_of(info)
    while records:
        depth, records = depth + 1, records[0].records
    assert 2 <= depth <= 20
