"""Messages and events: written and read again, odd content, and what tells them apart."""

from __future__ import annotations

import json
import math
import types
from typing import Any, get_args, get_origin, get_type_hints

import msgspec
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from support.pushes import xml_of

from jianwei.common.xml import legal_text
from jianwei.wechat.messages import (
    EVENTS,
    MESSAGES,
    NOTICES,
    DeviceEvent,
    Event,
    LocationMessage,
    Message,
    MessageError,
    Part,
    Scan,
    Subscribe,
    TextMessage,
    UnknownEvent,
    UnknownMessage,
    dedupe_key,
    parse_message,
    to_json,
    to_xml,
)

HEAD = {"ToUserName": "gh_1", "FromUserName": "oA", "CreateTime": 1714112445}

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
@settings(max_examples=12, deadline=None)
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


@settings(max_examples=100, deadline=None)
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
