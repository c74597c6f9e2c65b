"""Messages and events: every class from XML and JSON, odd content, retries, and the way back."""

from __future__ import annotations

import json
import math
import types
import xml.etree.ElementTree as ET
from collections.abc import Mapping
from typing import Any, get_args, get_origin, get_type_hints

import msgspec
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from jianwei.common.xml import legal_text
from jianwei.wechat.messages import (
    EVENTS,
    MESSAGES,
    NOTICES,
    AuthorizationRevoke,
    Beacon,
    CardEvent,
    CheckDetail,
    Click,
    CustomerChange,
    CustomerChatChange,
    DeviceEvent,
    Event,
    LocationMessage,
    LocationSelect,
    MassSent,
    MediaChecked,
    Message,
    MessageError,
    Notice,
    Part,
    Picture,
    Published,
    PublishedArticle,
    ReportLocation,
    Scan,
    ScanCodeWait,
    Shake,
    Subscribe,
    SubscribeMessagePopup,
    SubscriptionChoice,
    SystemPhoto,
    TemplateSent,
    TextMessage,
    UnknownEvent,
    UnknownMessage,
    View,
    VoiceMessage,
    dedupe_key,
    parse_message,
    read_body,
    to_json,
    to_xml,
)

HEAD = {"ToUserName": "gh_1", "FromUserName": "oA", "CreateTime": 1714112445}
WHO = {"to_user": "gh_1", "from_user": "oA", "created": 1714112445}


def xml_of(tree: Mapping[str, Any]) -> bytes:
    """By the standard library, so that our own writer is not its own witness."""

    def fill(parent: ET.Element, name: str, value: object) -> None:
        for one in value if isinstance(value, list) else [value]:
            child = ET.SubElement(parent, name)
            if isinstance(one, dict):
                for key, held in one.items():
                    fill(child, key, held)
            else:
                child.text = str(one)

    root = ET.Element("xml")
    for key, held in tree.items():
        fill(root, key, held)
    return ET.tostring(root, "utf-8", xml_declaration=False)


SHAPES: list[tuple[dict[str, Any], Message | Event]] = [
    (
        {"MsgType": "text", "Content": " 你好]]> ", "MsgId": 24518293746501234, "bizmsgmenuid": "101"},
        TextMessage(**WHO, content=" 你好]]> ", msg_id="24518293746501234", menu_id="101"),
    ),
    (
        {"MsgType": "voice", "MediaId": "m", "Format": "amr", "Recognition": "你好", "MsgId": 1, "AgentID": 1000002},
        VoiceMessage(**WHO, media_id="m", format="amr", recognition="你好", msg_id="1", agent_id=1000002),
    ),
    (
        {
            "MsgType": "location",
            "Location_X": 23.134521,
            "Location_Y": 113.358803,
            "Scale": 20,
            "Label": "位置",
            "MsgId": 1,
        },
        LocationMessage(**WHO, latitude=23.134521, longitude=113.358803, scale=20.0, label="位置", msg_id="1"),
    ),
    (
        {"MsgType": "event", "Event": "subscribe", "EventKey": "qrscene_123", "Ticket": "T"},
        Subscribe(**WHO, key="qrscene_123", ticket="T"),
    ),
    ({"MsgType": "event", "Event": "SCAN", "EventKey": 123, "Ticket": "T"}, Scan(**WHO, key="123", ticket="T")),
    (
        {
            "MsgType": "event",
            "Event": "LOCATION",
            "Latitude": "23.137466",
            "Longitude": "113.352425",
            "Precision": "119.385040",
        },
        ReportLocation(**WHO, latitude=23.137466, longitude=113.352425, precision=119.38504),
    ),
    ({"MsgType": "event", "Event": "click", "EventKey": "k", "AgentID": 1}, Click(**WHO, key="k", agent_id=1)),
    (
        {"MsgType": "event", "Event": "View", "EventKey": "http://e.com/?a&b", "MenuId": 7},
        View(**WHO, key="http://e.com/?a&b", menu_id="7"),
    ),
    (
        {
            "MsgType": "event",
            "Event": "scancode_waitmsg",
            "EventKey": "k",
            "ScanCodeInfo": {"ScanType": "qrcode", "ScanResult": "2"},
        },
        ScanCodeWait(**WHO, key="k", scan_type="qrcode", scan_result="2"),
    ),
    (
        {
            "MsgType": "event",
            "Event": "pic_sysphoto",
            "SendPicsInfo": {"Count": 1, "PicList": {"item": {"PicMd5Sum": "ab"}}},
        },
        SystemPhoto(**WHO, count=1, pictures=(Picture(md5="ab"),)),
    ),
    (
        {
            "MsgType": "event",
            "Event": "pic_sysphoto",
            "SendPicsInfo": {"Count": 2, "PicList": {"item": [{"PicMd5Sum": "a"}, {"PicMd5Sum": "b"}]}},
        },
        SystemPhoto(**WHO, count=2, pictures=(Picture(md5="a"), Picture(md5="b"))),
    ),
    (
        {
            "MsgType": "event",
            "Event": "location_select",
            "SendLocationInfo": {"Location_X": 23, "Location_Y": 113, "Scale": 15, "Label": "L", "Poiname": ""},
        },
        LocationSelect(**WHO, latitude=23.0, longitude=113.0, scale=15.0, label="L"),
    ),
    (
        {"MsgType": "event", "Event": "TEMPLATESENDJOBFINISH", "MsgID": 200163836, "Status": "failed:user block"},
        TemplateSent(**WHO, msg_id="200163836", status="failed:user block"),
    ),
    (
        {
            "MsgType": "event",
            "Event": "MASSSENDJOBFINISH",
            "MsgID": 1,
            "Status": "send success",
            "TotalCount": 100,
            "FilterCount": 80,
            "SentCount": 75,
            "ErrorCount": 5,
            "CopyrightCheckResult": {"Count": 0, "ResultList": "", "CheckState": 2},
        },
        MassSent(**WHO, msg_id="1", status="send success", total=100, filtered=80, sent=75, errors=5, check_state=2),
    ),
    (
        {
            "MsgType": "event",
            "Event": "PUBLISHJOBFINISH",
            "PublishEventInfo": {
                "publish_id": 2247503051,
                "publish_status": 2,
                "article_detail": {"count": 1, "item": {"idx": 1, "article_url": "U"}},
                "fail_idx": [1, 2],
            },
        },
        Published(
            **WHO,
            publish_id="2247503051",
            status=2,
            count=1,
            articles=(PublishedArticle(index=1, url="U"),),
            failed=(1, 2),
        ),
    ),
    (
        {
            "MsgType": "event",
            "Event": "subscribe_msg_popup_event",
            "SubscribeMsgPopupEvent": {
                "List": [
                    {"TemplateId": "a", "SubscribeStatusString": "accept", "PopupScene": 2},
                    {"TemplateId": "b", "SubscribeStatusString": "reject", "PopupScene": 2},
                ]
            },
        },
        SubscribeMessagePopup(
            **WHO,
            choices=(
                SubscriptionChoice(template_id="a", status="accept", scene=2),
                SubscriptionChoice(template_id="b", status="reject", scene=2),
            ),
        ),
    ),
    (
        {"MsgType": "event", "Event": "user_authorization_revoke", "OpenID": "oB", "AppID": "wx1", "RevokeInfo": "301"},
        AuthorizationRevoke(**WHO, openid="oB", app_id="wx1", revoke_info="301"),
    ),
    (
        {
            "MsgType": "event",
            "Event": "wxa_media_check",
            "appid": "wx1",
            "trace_id": "t",
            "version": 2,
            "errcode": 0,
            "result": {"suggest": "risky", "label": 20001},
            "detail": [{"strategy": "content_model", "errcode": 0, "suggest": "risky", "label": 20001, "prob": 90}],
        },
        MediaChecked(
            **WHO,
            app_id="wx1",
            trace_id="t",
            version=2,
            error=0,
            suggest="risky",
            label=20001,
            details=(CheckDetail(strategy="content_model", error=0, suggest="risky", label=20001, probability=90.0),),
        ),
    ),
    (
        {"MsgType": "event", "Event": "user_get_card", "CardId": "p1", "UserCardCode": "12", "IsGiveByFriend": 1},
        CardEvent(**WHO, event="user_get_card", card_id="p1", code="12", given_by_friend=1),
    ),
    (
        {
            "MsgType": "event",
            "Event": "ShakearoundUserShake",
            "ChosenBeacon": {"Uuid": "u", "Major": 1, "Minor": 2, "Distance": 0.057},
            "AroundBeacons": {"AroundBeacon": [{"Uuid": "v", "Major": 3, "Minor": 4, "Distance": 166.816}]},
        },
        Shake(
            **WHO,
            chosen=Beacon(uuid="u", major=1, minor=2, distance=0.057),
            around=(Beacon(uuid="v", major=3, minor=4, distance=166.816),),
        ),
    ),
    (
        {"MsgType": "device_event", "Event": "bind", "DeviceID": "d", "OpenID": "oB"},
        DeviceEvent(**WHO, kind="device_event", event="bind", device_id="d", openid="oB"),
    ),
    (
        {
            "MsgType": "event",
            "Event": "change_external_contact",
            "ChangeType": "add_external_contact",
            "UserID": "zhang",
            "ExternalUserID": "wm1",
            "State": "s",
            "WelcomeCode": "W",
        },
        CustomerChange(
            **WHO, change="add_external_contact", user_id="zhang", external_user_id="wm1", state="s", welcome_code="W"
        ),
    ),
    (
        {
            "MsgType": "event",
            "Event": "change_external_chat",
            "ChangeType": "update",
            "ChatId": "wr1",
            "UpdateDetail": "del_member",
            "QuitScene": 0,
            "MemChangeCnt": 2,
            "MemChangeList": {"Item": ["a", "b"]},
        },
        CustomerChatChange(
            **WHO, change="update", chat_id="wr1", detail="del_member", quit_scene=0, member_count=2, members=("a", "b")
        ),
    ),
    (
        {"MsgType": "bargain", "Stranger": "x"},
        UnknownMessage(**WHO, kind="bargain", raw=read_body(xml_of({**HEAD, "MsgType": "bargain", "Stranger": "x"}))),
    ),
]


@pytest.mark.parametrize(("shape", "expected"), SHAPES, ids=lambda value: getattr(value, "event", "") or "shape")
def test_known_shapes(shape: dict[str, Any], expected: Message | Event) -> None:
    tree = {**HEAD, **shape}
    for body in (xml_of(tree), json.dumps(tree).encode(), json.dumps(tree, ensure_ascii=False).encode("utf-8-sig")):
        found = parse_message(body)
        assert found == expected
        assert found.created_us == 1_714_112_445_000_000
        assert dedupe_key(found) == dedupe_key(parse_message(json.dumps(tree)))
    for name, value in tree.items():
        assert not isinstance(value, str | int) or parse_message(xml_of(tree)).raw[name] == str(value)


def test_notices_of_a_third_party_platform() -> None:
    ticket = "<ComponentVerifyTicket>ticket@@@x</ComponentVerifyTicket>"
    body = f"<xml><AppId>wx1</AppId><InfoType>component_verify_ticket</InfoType>{ticket}</xml>"
    found = parse_message(body)
    assert isinstance(found, NOTICES["component_verify_ticket"])
    assert (found.event, found.kind, found.ticket, found.app_id) == (
        "component_verify_ticket",
        "notice",
        "ticket@@@x",
        "wx1",
    )
    assert "@@@" not in repr(found)
    odd = parse_message(b"<xml><InfoType>unheard_of</InfoType><A>1</A></xml>")
    assert (type(odd), odd.event, odd.raw) == (Notice, "unheard_of", {"InfoType": "unheard_of", "A": "1"})


def test_every_name_of_the_reference_has_a_class() -> None:
    names = [
        "subscribe",
        "unsubscribe",
        "SCAN",
        "LOCATION",
        "CLICK",
        "VIEW",
        "view_miniprogram",
        "scancode_push",
        "scancode_waitmsg",
        "pic_sysphoto",
        "pic_photo_or_album",
        "pic_weixin",
        "location_select",
        "TEMPLATESENDJOBFINISH",
        "MASSSENDJOBFINISH",
        "PUBLISHJOBFINISH",
        "subscribe_msg_popup_event",
        "subscribe_msg_change_event",
        "subscribe_msg_sent_event",
        "kf_create_session",
        "kf_close_session",
        "kf_switch_session",
        "user_enter_tempsession",
        "user_info_modified",
        "user_authorization_revoke",
        "user_authorization_cancellation",
        "wxa_media_check",
        "qualification_verify_success",
        "naming_verify_success",
        "annual_renew",
        "verify_expired",
        "qualification_verify_fail",
        "naming_verify_fail",
        "user_get_card",
        "user_del_card",
        "user_consume_card",
        "user_view_card",
        "card_pass_check",
        "WifiConnected",
        "ShakearoundUserShake",
        "poi_check_notify",
        "merchant_order",
        "device_bind",
        "debug_demo",
        "enter_agent",
        "location",
        "click",
        "view",
        "batch_job_result",
        "open_approval_change",
        "sys_approval_change",
        "taskcard_click",
        "template_card_event",
        "change_contact",
        "change_external_contact",
        "change_external_chat",
        "change_external_tag",
        "kf_msg_or_event",
        "msgaudit_notify",
    ]
    for name in names:
        for spelled in (name, name.upper(), name.lower()):
            found = parse_message(f"<xml><MsgType>event</MsgType><Event>{spelled}</Event></xml>")
            assert isinstance(found, Event)
            assert not isinstance(found, UnknownEvent)
            assert found.event == name.lower()
    for kind in ["text", "image", "voice", "video", "shortvideo", "location", "link", "miniprogrampage", "file"]:
        assert type(parse_message(f"<xml><MsgType>{kind}</MsgType></xml>")) is MESSAGES[kind]
    for notice in [
        "component_verify_ticket",
        "authorized",
        "updateauthorized",
        "unauthorized",
        "notify_third_fasteregister",
    ]:
        assert type(parse_message(f"<xml><InfoType>{notice}</InfoType></xml>")) is NOTICES[notice]


# --- any object of any class -----------------------------------------------------------------------------------------

TEXT = st.text(st.characters(exclude_categories=["Cs"]), min_size=1, max_size=12).filter(
    lambda text: text.strip() == text
)


def values_of(hint: Any) -> st.SearchStrategy[Any]:
    if get_origin(hint) is tuple:
        return st.lists(values_of(get_args(hint)[0]), max_size=3).map(tuple)
    (kind,) = [one for one in get_args(hint) or (hint,) if one is not types.NoneType]
    if issubclass(kind, Part):
        return objects_of(kind).filter(lambda part: part != kind())
    plain = {str: TEXT, int: st.integers(-(2**63), 2**63 - 1), float: st.floats(allow_nan=False, allow_infinity=False)}
    return plain[kind]


def objects_of(cls: type[Any], **given: st.SearchStrategy[Any]) -> st.SearchStrategy[Any]:
    hints = get_type_hints(cls)
    names = [one.name for one in msgspec.structs.fields(cls) if one.name not in {"raw", "kind", "event", *given}]
    return st.fixed_dictionaries(given, optional={name: values_of(hints[name]) for name in names}).map(
        lambda held: cls(**held)
    )


CLASSES = [*MESSAGES.values(), *{**EVENTS, **NOTICES, "device_x": DeviceEvent}.items()]


@pytest.mark.parametrize("entry", CLASSES, ids=str)
@settings(max_examples=12)
@given(data=st.data())
def test_writing_and_reading_are_inverse(entry: type[Message] | tuple[str, type[Event]], data: st.DataObject) -> None:
    cls, given_ = (entry[1], {"event": st.just(entry[0].lower())}) if isinstance(entry, tuple) else (entry, {})
    message = data.draw(objects_of(cls, **given_))
    from_xml, from_json = parse_message(to_xml(message)), parse_message(to_json(message))
    assert from_json == message
    assert from_xml == message
    assert from_xml.raw == from_json.raw
    assert dedupe_key(from_xml) == dedupe_key(from_json)
    assert parse_message(to_xml(from_xml)) == message  # what was read can be written again
    assert "raw=" not in repr(from_xml)


LEAF = st.text(st.characters(exclude_categories=["Cs"]), max_size=8)
NAMES = st.sampled_from(
    [
        "A",
        "Content",
        "Event",
        "MsgType",
        "MsgId",
        "CreateTime",
        "ScanCodeInfo",
        "List",
        "EventKey",
        "SendPicsInfo",
        "PicList",
        "item",
    ]
)
INNER = st.recursive(
    LEAF,
    lambda inner: (
        st.dictionaries(NAMES, inner, min_size=1, max_size=3)
        | st.lists(inner.filter(lambda item: not isinstance(item, list)), min_size=2, max_size=3)
    ),
    max_leaves=6,
)
TREES = st.dictionaries(NAMES, INNER, max_size=6)


@settings(max_examples=250)
@given(TREES)
def test_odd_but_well_formed_content_never_raises_and_is_kept(tree: dict[str, Any]) -> None:
    as_json = parse_message(json.dumps(tree))
    assert as_json.raw == tree
    unknown = UnknownMessage(raw=tree)
    assert parse_message(to_xml(unknown)).raw == tree or not tree


def test_numbers_that_are_none() -> None:
    for number in ("", "x", "1e5", "9" * 30, "١٢", "1_0", "0x1", "nan", "9" * 5_000, {"a": "1"}, ["a", "1"]):
        found = parse_message(json.dumps({"MsgType": "text", "CreateTime": number}))
        assert (found.created, found.created_us, found.raw["CreateTime"]) == (None, None, number)
    for number in ("nan", "inf", "-Infinity", "1_0.5", "x", "1e999"):
        place = parse_message(json.dumps({"MsgType": "location", "Location_X": number}))
        assert (place.latitude, place.raw["Location_X"]) == (None, number)
    assert parse_message('{"MsgType":"location","Location_X":1e2,"Scale":NaN}').latitude == 100
    assert parse_message(b"<xml><MsgType>text</MsgType><CreateTime> 12 </CreateTime></xml>").created == 12


def test_fields_of_a_wrong_shape() -> None:
    found = parse_message(
        b"<xml><MsgType>text</MsgType><Content><a>1</a></Content><ToUserName>a</ToUserName><ToUserName>b</ToUserName></xml>"
    )
    assert (found.content, found.to_user, found.raw["Content"]) == ("", "a", {"a": "1"})
    found = parse_message('{"MsgType":"event","Event":"pic_weixin","SendPicsInfo":"x"}')
    assert (found.pictures, found.count) == ((), None)
    found = parse_message('{"MsgType":["a","b"],"Event":{"x":"y"}}')
    assert (type(found), found.kind) == (UnknownMessage, "")


def test_half_characters_and_zeros_in_json() -> None:
    found = parse_message(b'{"MsgType":"text","Content":"a\\ud800b\\u0000\x01","\\udc00":1}')
    assert found.content == "a\ufffdb\x00\x01"
    assert found.raw["\ufffd"] == "1"
    assert parse_message(b'{"MsgType":"text","Content":"\\ud83d\\ude42 \xff"}').content == "🙂 \ufffd"


@pytest.mark.parametrize(
    "body",
    [b"", b"success", b"[]", b'"x"', b"{", b'{"a":', b"<xml>", b"<xml/><xml/>", b"1", b"\x00", b"[" * 10_000, b'{"a":' * 100_000,
     b'{"a":' * 100 + b"1" + b"}" * 100, b'{"a":[' + b"1," * 30_000 + b"1]}",
     b'<!DOCTYPE x [<!ENTITY e "f">]><xml>&e;</xml>', b"{}x", b"<xml>" + b"x" * (1 << 20) + b"</xml>"],
)  # fmt: skip
def test_what_is_no_message(body: bytes) -> None:
    with pytest.raises(MessageError):
        parse_message(body)


DAMAGE = st.binary(max_size=4) | st.sampled_from([b"]]>", b"<a>", b"&#1;", b"\x00", b'"'])


@settings(max_examples=300)
@given(st.data())
def test_damaged_messages_raise_nothing_else(data: st.DataObject) -> None:
    tree, _ = data.draw(st.sampled_from(SHAPES))
    body = bytearray(data.draw(st.sampled_from([xml_of({**HEAD, **tree}), json.dumps({**HEAD, **tree}).encode()])))
    for _ in range(data.draw(st.integers(1, 6))):
        place = data.draw(st.integers(0, len(body)))
        body[place : place + data.draw(st.integers(0, 4))] = data.draw(
            st.binary(max_size=4) | st.sampled_from([b"]]>", b"<a>", b"&#1;", b"\x00", b'"'])
        )
    try:
        found = parse_message(bytes(body))
    except MessageError:
        return
    assert dedupe_key(found)
    assert json.dumps(dict(found.raw)).encode()
    to_json(found)


def test_keys_tell_events_apart_and_bring_retries_together() -> None:
    base = {**HEAD, "MsgType": "event", "Event": "CLICK", "EventKey": "a"}
    changes = (
        {},
        {"EventKey": "b"},
        {"CreateTime": 1},
        {"FromUserName": "oB"},
        {"Event": "VIEW"},
        {"ToUserName": "gh_2"},
        {"MenuId": "1"},
    )
    keys = [dedupe_key(parse_message(xml_of(base | change))) for change in changes]
    assert len(set(keys)) == len(changes)
    assert dedupe_key(parse_message(xml_of(base | {"Encrypt": "x"}))) == keys[0]
    assert "oA" not in "".join(keys)
    said = {**HEAD, "MsgType": "text", "Content": "a", "MsgId": 5}
    assert (
        dedupe_key(parse_message(xml_of(said))) == dedupe_key(parse_message(xml_of(said | {"Content": "b"}))) == "m:5"
    )
    done = {**HEAD, "MsgType": "event", "Event": "TEMPLATESENDJOBFINISH", "MsgID": 5}
    assert dedupe_key(parse_message(xml_of(done))) != "m:5"
    assert len(dedupe_key(parse_message(xml_of(said | {"MsgId": "9" * 5_000})))) < 64


def test_scenes() -> None:
    assert Subscribe(key="qrscene_qrscene_7").scene == "qrscene_7"
    assert Subscribe(key="last_trade_no_1").scene == ""
    assert Scan(key="7").scene == "7"


def test_a_name_that_xml_cannot_have_is_said() -> None:
    for raw in ({"a b": "1"}, {"": "1"}, {"a": {"1": "x"}}, {"a": {"@ ": "x"}}):
        with pytest.raises(MessageError):
            to_xml(UnknownMessage(raw=raw))
    raw = {"a": {"@b": '<"&\n\r\t>', "#": "]]>", "c": "d"}}
    assert parse_message(to_xml(UnknownMessage(raw=raw))).raw == raw


def test_equal_messages_have_equal_hashes_and_texts_are_legal_for_any_parser() -> None:
    one, other = (TextMessage(content="a\x01\ufffe", raw=raw) for raw in ({}, {"b": "c"}))
    assert (one == other, hash(one) == hash(other), one == "x") == (True, True, False)
    assert one != TextMessage(content="b")
    assert UnknownEvent(raw={"a": "1"}) != UnknownEvent(raw={"a": "2"})
    assert hash(UnknownEvent(raw={"a": "1"})) == hash(UnknownEvent(raw={"a": "1"}))
    assert legal_text(one.content) == "a"
    assert math.isclose(LocationMessage(latitude=1.5).latitude or 0, 1.5)
