"""WeChatMsg CSV: whose conversation it is, kinds from codes and XML, variants of the tool, rows that cannot be read."""

from __future__ import annotations

import csv
import io
import json
from typing import Any

import pytest

from jianwei.common.files import InputFile
from jianwei.errors import InputError
from jianwei.records import TABLES, key_id
from jianwei.sources._base import Piece, ReadContext
from jianwei.sources.wechatmsg import WeChatMsgSource

COLUMNS = [
    "localId",
    "TalkerId",
    "Type",
    "SubType",
    "IsSender",
    "CreateTime",
    "Status",
    "StrContent",
    "StrTime",
    "Remark",
    "NickName",
    "Sender",
]
OLD = COLUMNS[:9]
ME = "wxid_me"


def said(
    text: str,
    sender: str = "wxid_zs",
    second: int = 0,
    code: tuple[int, int] = (1, 0),
    talker: str = "217",
    **more: Any,
) -> dict[str, Any]:
    named = {"Remark": sender.removeprefix("wxid_"), "NickName": sender.removeprefix("wxid_").upper(), "Sender": sender}
    row = {
        "localId": 1, "TalkerId": talker, "Type": code[0], "SubType": code[1], "IsSender": int(sender == ME),
        "CreateTime": 1704070800 + second, "Status": "", "StrContent": text, "StrTime": "2024-01-01 09:00:00",
    }  # fmt: skip
    return row | (named if sender else {}) | more


def as_csv(rows: list[dict[str, Any]], columns: list[str] = COLUMNS, encoding: str = "utf-8-sig") -> bytes:
    out = io.StringIO(newline="")
    writer = csv.DictWriter(out, columns, restval="", extrasaction="ignore")
    writer.writeheader()
    writer.writerows(rows)
    return out.getvalue().encode(encoding)


def pieces(data: bytes, name: str = "chats/张三_utf8.csv", chunk_rows: int = 100_000) -> list[Piece]:
    file = InputFile(name, len(data), lambda: io.BytesIO(data))
    return list(
        WeChatMsgSource().read(file, ReadContext("shop", "Asia/Shanghai", "f:1", "0" * 64, chunk_rows=chunk_rows))
    )


def table(found: list[Piece], name: str) -> list[dict[str, Any]]:
    tables = [piece.tables[name] for piece in found if name in piece.tables]
    assert all(one.schema == TABLES[name].schema for one in tables)
    return [row for one in tables for row in one.to_pylist()]


def keys(found: list[Piece]) -> set[tuple[str, str | None, str | None]]:
    return {(row["key"], row["kind"], row["title"]) for row in table(found, "conversations")}


def test_one_other_person_makes_a_private_chat() -> None:
    found = pieces(as_csv([said("在吗", ME), said("在", second=1), said("", "", 2, (10000, 0))]))
    assert keys(found) == {("wxid_zs", "private", "张三")}
    assert json.loads(table(found, "conversations")[0]["attrs"]) == {"owner": ME}


@pytest.mark.parametrize(
    ("rows", "kind"),
    [
        ([said("好"), said("嗯", "wxid_ls")], "group"),
        ([said("好"), said('"李四"邀请"王五"加入了群聊', "", 1, (10000, 0))], "group"),
        ([said("有人吗", ME)], None),
    ],
)
def test_otherwise_the_file_names_the_conversation(rows: list[dict[str, Any]], kind: str | None) -> None:
    assert keys(pieces(as_csv(rows), "测试群_utf8.csv")) == {("title:测试群", kind, "测试群")}
    assert keys(pieces(as_csv(rows), "a.zip/测试群.csv")) == {("title:测试群", kind, "测试群")}


def test_the_last_row_decides_as_well_as_the_first() -> None:
    rows = [said(f"第{n}句", second=n) for n in range(3000)] + [said("我也在", "wxid_ls", 3001)]
    found = pieces(as_csv(rows), "群_utf8.csv", chunk_rows=100)
    assert {row["conversation_id"] for row in table(found, "messages")} == {
        key_id("c:", "shop", "conversation", "title:群")
    }
    assert [row["seq"] for row in table(found, "messages")] == list(range(1, 3002))


def test_a_whole_database_holds_many_conversations() -> None:
    rows = [
        said("私聊", "wxid_zs", talker="1"),
        said("回", ME, 1, talker="1"),
        said("群", "wxid_a", 2, talker="2"),
        said("群", "wxid_b", 3, talker="2"),
        said("独白", ME, 4, talker="3"),
    ]
    assert keys(pieces(as_csv(rows), "messages.csv")) == {
        ("wxid_zs", "private", "zs"),
        ("title:messages:2", "group", None),
        ("title:messages:3", None, None),
    }


@pytest.mark.parametrize(
    ("code", "text", "kind", "shown"),
    [
        ((1, 0), "你好", "text", "你好"),
        ((1, 0), "<b>粗</b>", "text", "<b>粗</b>"),
        ((1, 0), "[强]", "text", "[强]"),
        ((3, 0), "[图片]", "image", None),
        ((34, 0), "[语音]", "voice", None),
        ((43, 0), "", "video", None),
        ((47, 0), "[动画表情]", "emoji", None),
        ((48, 0), "中关村大街1号", "location", "中关村大街1号"),
        ((42, 0), "李四", "contact", "李四"),
        ((50, 0), "通话时长 00:35", "call", "通话时长 00:35"),
        ((49, 5), "标题", "link", "标题"),
        ((49, 6), "周报.xlsx", "file", "周报.xlsx"),
        ((49, 57), "收到", "reply", "收到"),
        ((49, 62), "拍了拍", "poke", "拍了拍"),
        ((49, 2000), "[转账]", "transfer", None),
        ((49, 2001), "恭喜发财", "red_packet", "恭喜发财"),
        ((49, 777), "?", "other", "?"),
        ((49, 33), "<msg><appmsg><sourcedisplayname>点餐</sourcedisplayname></appmsg></msg>", "share", "点餐"),
        ((49, 5), "<msg><appmsg><title>标题</title></appmsg></msg>", "link", "标题"),
        ((3, 0), '<msg><img md5="d41d"/></msg>', "image", None),
        ((1, 0), "[图片]", "image", None),
    ],
)
def test_kinds_and_what_is_shown(code: tuple[int, int], text: str, kind: str, shown: str | None) -> None:
    (row,) = table(pieces(as_csv([said(text, code=code)])), "messages")
    assert (row["kind"], row["text"]) == (kind, shown)


@pytest.mark.parametrize(
    ("code", "text", "kind"),
    [
        ((10000, 0), "你领取了张三的红包", "system"), ((10000, 4), '"张三" 撤回了一条消息', "recall"), ((10000, 4), "我拍了拍张三", "poke"),
        ((10000, 0), "你撤回了一条消息", "recall"),
        ((10000, 4), "<sysmsg type='revokemsg'><revokemsg><replacemsg>你撤回了一条消息</replacemsg></revokemsg></sysmsg>", "recall"),
    ],
)  # fmt: skip
def test_notices_have_no_sender(code: tuple[int, int], text: str, kind: str) -> None:
    (row,) = table(pieces(as_csv([said(text, "", 0, code)])), "messages")
    assert (row["kind"], row["user_id"]) == (kind, None)
    assert row["direction"] is None


def test_a_quote_in_xml_finds_its_message() -> None:
    xml = (
        "<msg><appmsg><title>收到</title><refermsg><chatusr>wxid_me</chatusr><displayname>我</displayname><content>三点开会</content>"
        "<createtime>1704070800</createtime></refermsg></appmsg></msg>"
    )
    found = pieces(as_csv([said("三点开会", ME), said(xml, second=1, code=(49, 57)), said("三点开会", ME, 2)]))
    first, reply, _ = table(found, "messages")
    assert (reply["text"], reply["reply_to"]) == ("收到", first["message_id"])
    assert json.loads(reply["attrs"])["quote"]["name"] == "我"


def test_a_forward_gives_its_messages_their_own_speakers() -> None:
    record = (
        "&lt;recordinfo&gt;&lt;datalist&gt;&lt;dataitem datatype='1'&gt;&lt;sourcename&gt;王五&lt;/sourcename&gt;"
        "&lt;sourcetime&gt;2023-12-31 08:00:00&lt;/sourcetime&gt;&lt;datadesc&gt;旧话&lt;/datadesc&gt;&lt;/dataitem&gt;"
        "&lt;/datalist&gt;&lt;/recordinfo&gt;"
    )
    xml = f"<msg><appmsg><title>聊天记录</title><recorditem>{record}</recorditem></appmsg></msg>"
    found = pieces(as_csv([said(xml, code=(49, 19))]))
    parent, child = table(found, "messages")
    assert (parent["kind"], parent["text"]) == ("forward", "聊天记录")
    assert (child["kind"], child["text"], child["direction"], child["ts_us"]) == (
        "text",
        "旧话",
        None,
        1703980800_000000,
    )
    assert json.loads(child["attrs"]) == {"parent": parent["message_id"]}
    assert child["user_id"] == key_id("u:", "shop", "user", "name:王五")
    assert found[0].read["messages"] == 2


def test_hostile_xml_is_kept_and_harms_nobody() -> None:
    laughs = '<!DOCTYPE x [<!ENTITY a "ha"><!ENTITY b "&a;&a;">]><msg>&b;</msg>'
    (row,) = table(pieces(as_csv([said(laughs, code=(49, 5))])), "messages")
    assert (row["kind"], row["text"]) == ("link", None)
    assert json.loads(row["attrs"]) == {"xml": laughs}


def test_names_are_told_apart() -> None:
    found = pieces(as_csv([said("好"), said("嗯", NickName="ZS", Remark="ZS", second=1)]))
    assert {(row["name"], row["kind"]) for row in table(found, "names")} == {("ZS", "nickname"), ("zs", "remark")}
    assert [row["nickname"] for row in table(found, "users")] == ["ZS"]


def test_older_versions_and_pandas() -> None:
    old = table(pieces(as_csv([said("好"), said("嗯", ME, 1)], OLD)), "messages")
    assert [(row["text"], row["user_id"], row["direction"]) for row in old] == [("好", None, "in"), ("嗯", None, "out")]
    rows = [said("好") | {"": n, "Type": "1.0", "SubType": "0.0", "IsSender": "0.0"} for n in range(2)]
    pandas = pieces(as_csv(rows, ["", *COLUMNS]))
    assert [row["text"] for row in table(pandas, "messages")] == ["好", "好"]
    assert len({row["message_id"] for row in table(pandas, "messages")}) == 2


def test_odd_talker_numbers_are_no_trouble() -> None:
    rows = [said("a", talker="1,0,1"), said("b", "wxid,x", 1, talker="")]
    assert [row["text"] for row in table(pieces(as_csv(rows)), "messages")] == ["a", "b"]


@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "gb18030", "utf-16"])
def test_encodings(encoding: str) -> None:
    rows = table(pieces(as_csv([said("在吗？明天下午的会改到三点了，收到请回复")], encoding=encoding)), "messages")
    assert rows[0]["text"] == "在吗？明天下午的会改到三点了，收到请回复"


def test_rows_that_cannot_be_read_are_rejected_one_by_one() -> None:
    rows = [
        said("好"),
        said("x", Type="文本"),
        said("x", CreateTime="", StrTime="昨天"),
        said("x", IsSender="7"),
        said("x", SubType="a"),
        said("StrTime 也行", CreateTime="?"),
        said("NUL\0", second=1),
        said("嗯", second=2),
    ]
    found = pieces(as_csv(rows) + b"only,three,cells\r\n")
    assert [row["text"] for row in table(found, "messages")] == ["好", "StrTime 也行", "嗯"]
    rejects = [(reject.line, reject.reason) for piece in found for reject in piece.rejects]
    assert sorted(rejects) == [
        (3, "bad_number"),
        (4, "bad_time"),
        (5, "bad_number"),
        (6, "bad_number"),
        (8, "nul_bytes"),
        (10, "wrong_columns"),
    ]
    assert sum(piece.read["messages"] for piece in found) == 9


def test_a_missing_column_is_said() -> None:
    with pytest.raises(InputError, match="IsSender is missing"):
        pieces(as_csv([said("好")], [name for name in COLUMNS if name != "IsSender"]))


def test_a_file_that_breaks_gives_what_came_before() -> None:
    data = as_csv([said(f"第{n}句", second=n) for n in range(500)])

    class Breaking(io.BytesIO):
        def read(self, size: int | None = -1) -> bytes:
            block = super().read(size)
            if not block:
                raise InputError("a.zip/x.csv", "the compressed data is damaged")
            return block

    got: list[Piece] = []

    def gather() -> None:
        for piece in WeChatMsgSource().read(
            InputFile("x.csv", 0, lambda: Breaking(data)), ReadContext("shop", "UTC", "f:1", "")
        ):
            got.append(piece)

    with pytest.raises(InputError, match="damaged"):
        gather()
    assert len(table(got, "messages")) >= 400
