"""Messages and events as the platform sends them, whole and damaged."""

from __future__ import annotations

import json
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from support.pushes import xml_of

from jianwei.wechat.messages import (
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
)

HEAD = {"ToUserName": "gh_1", "FromUserName": "oA", "CreateTime": 1714112445}
WHO = {"to_user": "gh_1", "from_user": "oA", "created": 1714112445}


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


DAMAGE = st.binary(max_size=4) | st.sampled_from([b"]]>", b"<a>", b"&#1;", b"\x00", b'"'])


@settings(max_examples=300, deadline=None)
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
