"""Tables read end to end: the same rows from every container, ids that hold, rejects that name their line."""

from __future__ import annotations

import csv
import gzip
import io
import json
from collections import Counter
from collections.abc import Sequence
from decimal import Decimal
from pathlib import Path

import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.parquet as pq
import pytest
import xlsxwriter
from hypothesis import given, settings
from hypothesis import strategies as st

from jianwei.common.files import discover
from jianwei.common.inputs import InputFile
from jianwei.errors import InputError, UsageError
from jianwei.records import TABLES, key_id
from jianwei.sources._base import Piece, ReadContext, Reject
from jianwei.sources.mapping import MappingNeeded
from jianwei.sources.tables import TableSource

ORDERS = [
    ["订单号", "用户ID", "下单时间", "商品名称", "数量", "金额", "门店"],
    ["a1", "u1", "2024-01-05 09:03:01", "茶", "1", "12.50", "一店"],
    ["a1", "u1", "2024-01-05 09:03:01", "杯", "2", "9.90", "一店"],
    ["a1", "u1", "2024-01-05 09:03:01", "茶", "1", "12.50", "一店"],
    ["a2", "u2", "2024-01-06 10:00:00", "壶, 大", "1", "99", "二店"],
]


def as_csv(rows: Sequence[Sequence[str]], delimiter: str = ",") -> str:
    buffer = io.StringIO()
    csv.writer(buffer, delimiter=delimiter).writerows(rows)
    return buffer.getvalue()


def as_xlsx(rows: Sequence[Sequence[str]], **more: Sequence[Sequence[str]]) -> bytes:
    buffer = io.BytesIO()
    with xlsxwriter.Workbook(buffer, {"in_memory": True}) as book:
        for title, lines in {"订单": rows, **more}.items():
            sheet = book.add_worksheet(title)
            for at, row in enumerate(lines):
                for column, cell in enumerate(row):
                    number = cell.replace(".", "", 1).isdigit()
                    sheet.write_number(at, column, float(cell)) if number else sheet.write_string(at, column, cell)
    return buffer.getvalue()


def as_parquet(rows: Sequence[Sequence[str]]) -> bytes:
    sink = io.BytesIO()
    columns = dict(zip(rows[0], map(list, zip(*rows[1:], strict=True)), strict=True))
    columns["数量"] = [int(value) for value in columns["数量"]]  # type: ignore[misc]
    columns["金额"] = [float(value) for value in columns["金额"]]  # type: ignore[misc]
    columns["下单时间"] = pa.array(columns["下单时间"]).cast(pa.timestamp("ms"))
    pq.write_table(pa.table(columns), sink)
    return sink.getvalue()


def as_jsonl(rows: Sequence[Sequence[str]]) -> bytes:
    return "\n".join(json.dumps(dict(zip(rows[0], row, strict=True)), ensure_ascii=False) for row in rows[1:]).encode()


def file(data: bytes | str, name: str = "orders.csv") -> InputFile:
    raw = data.encode() if isinstance(data, str) else data
    return InputFile(name, len(raw), lambda: io.BytesIO(raw))


def context(**more: object) -> ReadContext:
    return ReadContext("shop", "Asia/Shanghai", "f:1", "ab" * 32, **more)  # type: ignore[arg-type]


def read(given: InputFile, **more: object) -> tuple[dict[str, pa.Table], list[Reject], Counter[str]]:
    pieces: list[Piece] = list(TableSource().read(given, context(**more)))
    names = {name for piece in pieces for name in piece.tables}
    tables = {
        name: pa.concat_tables([piece.tables[name] for piece in pieces if name in piece.tables]) for name in names
    }
    counts: Counter[str] = Counter()
    for piece in pieces:
        counts.update(piece.read)
    assert all(rows.schema.equals(TABLES[name].schema) for name, rows in tables.items())
    return tables, [reject for piece in pieces for reject in piece.rejects], counts


CONTAINERS = {
    "csv": as_csv(ORDERS).encode(),
    "csv with mark": as_csv(ORDERS).encode("utf-8-sig"),
    "utf-16": as_csv(ORDERS).encode("utf-16"),
    "gb18030": as_csv(ORDERS).encode("gb18030"),
    "tsv": as_csv(ORDERS, "\t").encode(),
    "semicolons": as_csv(ORDERS, ";").encode(),
    "jsonl": as_jsonl(ORDERS),
    "xlsx": as_xlsx(ORDERS),
    "parquet": as_parquet(ORDERS),
}


@pytest.mark.parametrize("data", CONTAINERS.values(), ids=CONTAINERS)
def test_every_container_gives_the_same_rows(data: bytes) -> None:
    tables, rejects, counts = read(file(data))
    assert (rejects, counts) == ([], {"events": 4})
    reference, _, _ = read(file(CONTAINERS["csv"]))
    assert tables == reference
    events = tables["events"]
    assert events["name"].to_pylist() == ["buy"] * 4
    assert events["amount"].to_pylist() == [Decimal("12.5"), Decimal("9.9"), Decimal("12.5"), Decimal(99)]
    assert events["ts_us"].to_pylist()[0] == 1_704_416_581_000_000
    assert events["attrs"].to_pylist() == ['{"门店":"一店"}'] * 3 + ['{"门店":"二店"}']
    assert len(set(events["event_id"].to_pylist())) == 4
    assert len(set(events["basket_id"].to_pylist())) == 2
    assert tables["items"]["title"].to_pylist() == ["杯", "茶", "壶, 大"]
    assert tables["users"]["user_id"].to_pylist() == [key_id("u:", "shop", "user", key) for key in ("u1", "u2")]


@settings(deadline=None, max_examples=25)
@given(
    st.lists(st.sampled_from(["u1,茶,1", "u1,茶,2", "u2,杯,1", "u3,,1"]), min_size=1, max_size=30), st.integers(1, 7)
)
def test_ids_do_not_depend_on_chunks_and_identical_rows_stay_apart(rows: list[str], chunk_rows: int) -> None:
    data = "用户ID,商品ID,数量\n" + "\n".join(rows)
    whole, _, _ = read(file(data), table="orders")
    parts, _, _ = read(file(data), table="orders", chunk_rows=chunk_rows)
    assert whole["events"] == parts["events"]
    assert len(set(whole["events"]["event_id"].to_pylist())) == len(rows)


def test_overlapping_exports_share_their_rows() -> None:
    early, _, _ = read(file(as_csv(ORDERS[:4])))
    late, _, _ = read(file(as_csv([ORDERS[0], *ORDERS[2:]]), "again.csv"))
    both = set(early["events"]["event_id"].to_pylist()) & set(late["events"]["event_id"].to_pylist())
    assert len(both) == 2


def test_bad_rows_are_named_by_line_and_reason() -> None:
    rows = [*ORDERS, ["a3", "", "2024-01-06", "茶", "1", "1", ""], ["", "", "2024-01-06", "茶", "1", "1", ""]]
    rows += [
        ["a3", "u1", "昨天", "茶", "1", "1", ""],
        ["a3", "u1", "", "茶", "1", "免费", ""],
        ["a3", "u1", "", "茶", "半打", "1", ""],
    ]
    text = as_csv(rows) + "only,three,columns\n" + as_csv([["a4", "u9", "2024-01-07", "茶", "1", "1", "x"]])
    tables, rejects, counts = read(file(text))
    assert [(r.line, r.reason) for r in rejects] == [
        (7, "missing_user"), (8, "bad_time"), (9, "bad_amount"), (10, "bad_quantity"), (11, "wrong_columns")
    ]  # fmt: skip
    assert rejects[1].detail == "下单时间=昨天"
    assert rejects[2].raw == "a3\tu1\t\t茶\t1\t免费\t"
    assert counts["events"] == tables["events"].num_rows + len(rejects)
    assert tables["events"]["seq"].to_pylist() == [0, 1, 2, 3, 4, 9]


def test_lines_are_right_after_quoted_line_ends_and_across_chunks() -> None:
    rows = [["内容", "时间"]] + [[f"第{n}条\n评论", "2024-01-05"] for n in range(50)]
    rows[31][1] = "soon"
    _, rejects, _ = read(file(as_csv(rows)), chunk_rows=7)
    assert [(r.line, r.reason) for r in rejects] == [(62, "bad_time")]


def test_json_lines_may_differ_and_be_broken() -> None:
    lines = [
        '{"text": "很好", "user": {"id": 7, "name": "张三"}}',
        "",
        "[1]",
        '{"text": "差", "extra": [1, {"a": null}]}',
        '{"text": ',
    ]
    tables, rejects, _ = read(file("\n".join(lines), "posts.jsonl"))
    assert tables["messages"]["attrs"].to_pylist() == [None, '{"extra":"[1,{\\"a\\":null}]"}']
    assert tables["users"].select(["key", "nickname"]).to_pylist() == [{"key": "7", "nickname": "张三"}]
    assert [(r.line, r.reason) for r in rejects] == [(3, "bad_json"), (5, "bad_json")]


def test_nul_characters_and_floods_of_keys_do_no_harm() -> None:
    lines = ['{"text": "a\\u0000b"}', '{"text": "好"}', *(f'{{"text": "好{n}", "k{n}": {n}}}' for n in range(1_500))]
    tables, rejects, counts = read(file("\n".join(lines), "posts.jsonl"), mapping={"text": "text"})
    assert [(r.line, r.reason, r.raw) for r in rejects] == [(1, "nul_bytes", "a␀b" + "\t" * 999)]
    assert (tables["messages"].num_rows, counts["messages"]) == (1_501, 1_502)
    assert tables["messages"]["attrs"].to_pylist()[-2] == '{"more":"{\\"k1498\\":\\"1498\\"}"}'
    with pytest.raises(InputError, match="2,000 columns"):
        read(file(",".join(f"c{n}" for n in range(2_000)) + "\n" + "," * 1_999))


def test_parquet_of_odd_types_is_read() -> None:
    sink = io.BytesIO()
    columns = {
        "text": pa.array(["好", None]),
        "time": pa.array([1_704_416_581_000, None], pa.timestamp("ms", "Asia/Shanghai")),
        "tags": pa.array([["a"], []]),
        "blob": pa.array([b"\xff", None]),
        "wait": pa.array([5, None], pa.duration("s")),
        "flag": pa.array([True, False]),
        "group": pa.array(["x", "y"]).dictionary_encode(),
    }
    pq.write_table(pa.table(columns), sink)
    tables, rejects, _ = read(file(sink.getvalue(), "x.parquet"))
    assert rejects == []
    assert tables["messages"]["ts_us"].to_pylist() == [1_704_416_581_000_000, None]
    first = json.loads(tables["messages"]["attrs"].to_pylist()[0])
    assert (first["tags"], first["blob"], first["flag"]) == ('["a"]', "ff", "true")


def test_sheets_with_the_same_columns_are_one_table_and_formulas_are_their_values() -> None:
    tables, rejects, _ = read(
        file(as_xlsx(ORDERS, 二月=[ORDERS[0], ORDERS[4]], 说明=[["注", "释"], ["x", "y"]]), "orders.xlsx")
    )
    assert tables["events"].num_rows == 5
    assert [(r.reason, r.detail) for r in rejects] == [("other_sheet", "说明")]
    buffer = io.BytesIO()
    with xlsxwriter.Workbook(buffer, {"in_memory": True}) as book:
        sheet = book.add_worksheet()
        sheet.write_row(0, 0, ["用户ID", "金额", "订单号"])
        sheet.write_row(1, 0, ["u1"])
        sheet.write_formula(1, 1, "=1+1", None, 2)
        sheet.write_string(1, 2, "=cmd|' /C calc'!A0")
    tables, rejects, _ = read(file(buffer.getvalue(), "f.xlsx"))
    assert (tables["events"]["amount"].to_pylist(), rejects) == ([Decimal(2)], [])


def test_comments_without_text_time_or_user_are_still_messages() -> None:
    text = "评论,用户,时间,品类\n很好,u1,2024-01-05,书籍\n,,,\n   ,NULL,unknown,书籍\n[图片],u1,,\n"
    tables, rejects, _ = read(file(text, "a/评论.csv"))
    messages = tables["messages"]
    assert rejects == []
    assert messages["text"].to_pylist() == ["很好", None, None, None]
    assert messages["kind"].to_pylist() == ["text", "text", "text", "image"]
    assert messages["user_id"].null_count == 2
    assert messages["ts_us"].null_count == 3
    assert tables["items"].select(["key", "title"]).to_pylist() == [{"key": "书籍", "title": "书籍"}]
    (place,) = tables["conversations"].to_pylist()
    assert (place["kind"], place["key"], place["title"]) == ("reviews", "评论", "评论")
    assert set(messages["conversation_id"].to_pylist()) == {key_id("c:", "shop", "conversation", "评论")}


def test_chats_have_sides_kinds_conversations_and_names() -> None:
    text = (
        "talker,sender,nickname,time,type_name,is_sender,content\n"
        "c1,u1,小张,2024-01-05 09:00:00,文本,0,在吗\n"
        "c1,u1,张三,2024-01-05 09:00:01,文本,0,在吗\n"
        "9@chatroom,me,店主,1704416581000,文本,1,在\n"
        "c1,me,店主,1704416582,系统通知,1,你撤回了一条消息\n"
    )
    tables, rejects, _ = read(file(text, "chat.csv"))
    messages = tables["messages"]
    assert rejects == []
    assert messages["direction"].to_pylist() == ["in", "in", "out", None]
    assert messages["kind"].to_pylist() == ["text", "text", "text", "recall"]
    assert messages["user_id"].to_pylist()[3] is None
    names = {(row["user_id"], row["name"]) for row in tables["names"].to_pylist()}
    assert {name for _, name in names} == {"小张", "张三", "店主"}
    nicknames = dict(zip(tables["users"]["key"].to_pylist(), tables["users"]["nickname"].to_pylist(), strict=True))
    assert nicknames == {"u1": "张三", "me": "店主"}
    kinds = dict(
        zip(tables["conversations"]["key"].to_pylist(), tables["conversations"]["kind"].to_pylist(), strict=True)
    )
    assert kinds == {"c1": None, "9@chatroom": "group"}


def test_own_keys_name_a_record_and_row_numbers_do_not() -> None:
    posts = "mid,text\n4231265311393455,好\n4231265311393456,好\n"
    edited, _, _ = read(file(posts.replace(",好", ",改了"), "b.csv"))
    first, _, _ = read(file(posts, "a.csv"))
    assert first["messages"]["message_id"].to_pylist() == [
        key_id("m:", "shop", "message", f"423126531139345{n}") for n in (5, 6)
    ]
    assert first["messages"]["message_id"] == edited["messages"]["message_id"]
    assert first["messages"]["attrs"].to_pylist()[0] == '{"id":"4231265311393455"}'
    one, _, _ = read(file("id,text\n1,好\n2,好\n", "a.csv"))
    two, _, _ = read(file("id,text\n1,坏\n2,好\n", "a.csv"))
    shared = set(one["messages"]["message_id"].to_pylist()) & set(two["messages"]["message_id"].to_pylist())
    assert len(shared) == 1


def test_behaviour_orders_and_ratings_get_their_event_names() -> None:
    log = "user_id,item_id,behavior,timestamp\n" + "".join(
        f"u,{n},{name},170441658{n}\n" for n, name in enumerate(["pv", "cart", "收藏", "buy", "dance"])
    )
    events = read(file(log))[0]["events"]
    assert events["name"].to_pylist() == ["view", "cart", "fav", "buy", "other"]
    assert events["attrs"].to_pylist()[3:] == [None, '{"behavior":"dance"}']
    returns = read(file("用户ID,商品ID,数量,单价(元)\nu1,1,2,1.255\nu1,1,-1,1.255\n"))[0]["events"]
    assert returns["name"].to_pylist() == ["buy", "refund"]
    assert returns["amount"].to_pylist() == [Decimal("2.51"), Decimal("-1.255")]
    assert set(returns["currency"].to_pylist()) == {"CNY"}
    tables, rejects, _ = read(file("user_id,item_id,rating\n1,2,4.5\n1,,5\n,2,5\n1,3,great\n1,4,\n"), table="ratings")
    assert tables["events"].select(["name", "value"]).to_pylist() == [{"name": "rate", "value": 4.5}]
    assert [r.reason for r in rejects] == ["missing_item", "missing_user", "bad_rating", "missing_rating"]


def test_doubtful_columns_need_a_mapping_that_then_works() -> None:
    text = "甲,乙,丙\n" + "".join(f"这是第{n}句话，内容不短,u{n % 3},{n}\n" for n in range(20))
    with pytest.raises(MappingNeeded) as caught:
        read(file(text, "x.csv"))
    assert caught.value.proposal.table == "messages"
    assert "--table messages --map 'text=甲'" in caught.value.hint
    tables, _, _ = read(file(text, "x.csv"), mapping={"text": "甲", "user": "乙"}, table="messages")
    assert tables["messages"].num_rows == 20
    assert tables["users"].num_rows == 3
    assert TableSource().propose(file(text, "x.csv"), context(mapping={"text": "甲"})).sure
    with pytest.raises(UsageError, match="did you mean"):
        read(file(text, "x.csv"), mapping={"tex": "甲"})


def test_what_is_no_table_is_an_input_error(tmp_path: Path) -> None:
    broken = as_parquet(ORDERS)[:200]
    for data in (b"", b"\x89PNG\r\n\x1a\n" + bytes(range(256)), broken, as_xlsx(ORDERS)[:500], b"\n\n"):
        with pytest.raises(InputError):
            read(file(data))
    cut = tmp_path / "cut.csv.gz"
    cut.write_bytes(gzip.compress(as_csv([ORDERS[0], *ORDERS[1:] * 60_000]).encode())[:-2000])
    (entry,) = discover([cut])
    pieces: list[Piece] = []
    with pytest.raises(InputError):
        pieces.extend(TableSource().read(entry, context(chunk_rows=10_000)))  # type: ignore[arg-type]
    assert sum(piece.tables["events"].num_rows for piece in pieces) > 10_000


def test_sniffing_ranks_tables_above_prose() -> None:
    from jianwei.common.files import sample
    from jianwei.common.inputs import Sample

    def score(data: bytes | str) -> float:
        seen = sample(file(data))
        assert isinstance(seen, Sample)
        return TableSource().sniff(seen)

    assert score(CONTAINERS["xlsx"]) == score(CONTAINERS["parquet"]) == 0.9
    assert score(CONTAINERS["csv"]) > 0.6 > score("a,b\n1,2\n") > score("one line\nanother line\n")


@pytest.mark.parametrize(
    ("name", "table", "rows", "others"),
    [
        ("waimai_10k/data", "messages", 10_758, {"conversations": 1}),
        ("online_shopping_10_cats/data", "messages", 55_592, {"conversations": 1, "items": 10}),
        ("weibo2018/data", "messages", 10_000, {"conversations": 1}),
        ("movielens_100k/ratings", "events", 100_000, {"users": 943, "items": 1_682}),
        ("cdnow/data", "events", 69_659, {"users": 23_570}),
        ("taobao_userbehavior_sample/data", "events", 84_475, {"users": 815}),
    ],
)
def test_public_data_sets_lose_no_row(data_dir: Path, name: str, table: str, rows: int, others: dict[str, int]) -> None:
    (entry,) = discover([data_dir / f"{name}.parquet"])
    tables, rejects, counts = read(entry)  # type: ignore[arg-type]
    assert (rejects, counts[table]) == ([], rows)
    assert pc.count_distinct(tables[table][f"{table[:-1]}_id"]).as_py() == rows
    assert {other: tables[other].num_rows for other in others} == others
    if name.startswith("cdnow"):
        assert pc.sum(tables["events"]["amount"]).as_py() == Decimal("2500315.63")
    if name.startswith("taobao"):
        raw = Counter(pq.read_table(data_dir / f"{name}.parquet")["behavior"].to_pylist())
        found = Counter(tables["events"]["name"].to_pylist())
        assert found == {"view": raw["pv"], "cart": raw["cart"], "fav": raw["fav"], "buy": raw["buy"]}
