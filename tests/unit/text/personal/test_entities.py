"""Written cases for every kind, with what must not be found beside what must; places hold for every text around them.

`⟦kind|text⟧` marks what is found. All numbers are invented.
"""

from __future__ import annotations

import re
from itertools import pairwise

import pyarrow as pa
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from jianwei.errors import UsageError
from jianwei.text.personal.entities import KINDS, PERSONAL, find_entities
from jianwei.text.personal.finders import FINDERS, fold

CASES = """
电话⟦phone|13812345678⟧
我的号是⟦phone|138 1234 5678⟧，谢谢
⟦phone|138-1234-5678⟧
⟦phone|+86 138-1234-5678⟧打不通
⟦phone|+8613812345678⟧
⟦phone|008613812345678⟧
⟦phone|86-13812345678⟧
⟦phone|１３８１２３４５６７８⟧
⟦phone|①③⑧①②③④⑤⑥⑦⑧⟧
⟦phone|1 3 8 1 2 3 4 5 6 7 8⟧
⟦phone|1.3.8.1.2.3.4.5.6.7.8⟧
⟦phone|138.1234.5678⟧
⟦phone|1️⃣3️⃣8️⃣1️⃣2️⃣3️⃣4️⃣5️⃣6️⃣7️⃣8⟧
⟦phone|138\u200b1234\u200b5678⟧
⟦phone|一三八一二三四五六七八⟧
⟦phone|幺三八零零幺三八零零零⟧
⟦phone|一三八1234五六七八⟧
加我⟦phone|19912345678⟧,微信同号
⟦phone|1381234 5678⟧
⟦phone|13812 345678⟧
tel⟦phone|13812345678⟧
TEL:⟦phone|13812345678⟧转张三
V⟦phone|13812345678⟧
⟦phone|13812345678⟧一直打不通
⟦phone|13812345678⟧或者⟦phone|13912345678⟧
⟦phone|13812345678⟧ ⟦phone|13912345678⟧
⟦phone|13812345678⟧/⟦phone|13912345678⟧
👍👍⟦phone|13812345678⟧👍
𠮷家电话⟦phone|13812345678⟧
2件，⟦phone|13812345678⟧，张三
⟦phone|010-56781234⟧
⟦phone|(010)56781234⟧
⟦phone|01056781234⟧
⟦phone|0571 8812 3456⟧
⟦phone|0571-88123456-802⟧
⟦phone|0571-88123456转802⟧
⟦phone|021—66778899⟧
⟦phone|＋８６－２１－６６７７８８９９⟧?
店里电话:⟦phone|6677 8899⟧
座机⟦phone|88123456⟧
⟦phone|+852 9123 4567⟧
⟦hotline|400-812-3456⟧
客服⟦hotline|400 8123456⟧
身份证⟦id_card|110101199003071233⟧
⟦id_card|440306198511120024⟧
⟦id_card|51010619780808002X⟧
⟦id_card|51010619780808002x⟧
⟦id_card|11010119900307002X⟧？
⟦id_card|110101 19900307 1233⟧
⟦id_card|110101-19900307-1233⟧
⟦id_card|１１０１０１１９９００３０７１２３３⟧
⟦id_card|1 1 0 1 0 1 1 9 9 0 0 3 0 7 1 2 3 3⟧
身份证号码是⟦id_card|110101199003071234⟧
证件号:⟦id_card|650103196304010017⟧
⟦id_card|110101900307123⟧
⟦bank_card|6222021234567890128⟧
⟦bank_card|6222 0212 3456 7890 128⟧
⟦bank_card|6217-0000-1234-5678-907⟧
⟦bank_card|6216610000123456780⟧ 张三
⟦bank_card|4222221234567895⟧
⟦bank_card|5111 1112 3456 7899⟧
⟦bank_card|3530111111112221⟧
⟦bank_card|６２２２０２１２３４５６７８９０１２８⟧
卡号⟦bank_card|6222021234567890123⟧
转到我工行⟦bank_card|9558801234567890123⟧
邮箱⟦email|zhang.san@qq.com⟧
⟦email|13812345678@163.com⟧
⟦email|a@b.cn⟧,⟦email|c_d@e-f.com.cn⟧
⟦email|ＡＢ＠ｑｑ．ｃｏｍ⟧
我.⟦email|chun219@sohu.com⟧
发到⟦email|zs@foxmail。com⟧
QQ⟦qq|123456789⟧
qq：⟦qq|12345⟧
加我QQ号是⟦qq|987654321⟧
扣扣⟦qq|1234567⟧
加q⟦qq|1234567⟧
Q群:⟦qq|123456789⟧
ＱＱ：⟦qq|１２３４５６７⟧
微信号：⟦wechat|zhang_san88⟧
微信 ⟦wechat|abc123⟧
加V：⟦wechat|laowang2020⟧
vx:⟦wechat|xiaoming⟧
加我微信⟦wechat|zs-1990⟧哦
VX⟦wechat|zs1990abc⟧
v信⟦wechat|abcd1234⟧
薇信号⟦wechat|abcd1234⟧
wechat: ⟦wechat|zhangsan⟧
⟦wechat|wxid_a1b2c3d4e5f6⟧
微信号是⟦wechat|12345678⟧
微信：⟦phone|13812345678⟧
车牌⟦plate|粤B12345⟧
⟦plate|京A·1234挂⟧
⟦plate|沪A12345⟧，⟦plate|浙F D12345⟧
⟦plate|粤BD12345⟧
⟦plate|粤Z1234港⟧
⟦plate|苏e5678k⟧停在门口
订单号：⟦order|20231111123456789⟧
订单编号⟦order|E20231111001⟧
订单 ⟦order|202311110001234⟧ 还没发
快递单号是⟦order|SF1234567890123⟧
单号⟦order|75412345678901⟧
运单号:⟦order|YT1234567890123⟧
⟦order|SF1234567890123⟧到哪了
⟦order|JDVA12345678901⟧
⟦order|EA123456789CN⟧
⟦order|sf1234567890123⟧
退款编号 ⟦order|123456789012-1⟧
订单号⟦order|13812345678⟧
交易号:⟦order|4200001234202311110123456789⟧
寄到⟦address|广东省广州市天河区体育西路103号维多利广场B座2001室⟧谢谢
我在⟦address|北京市朝阳区建国路88号⟧等
⟦address|上海市浦东新区世纪大道100号15层⟧
⟦address|浙江杭州西湖区文三路 478号⟧
⟦address|杭州市西湖区文三路478号3号楼2单元501⟧
我住⟦address|朝阳区建国路88号院2号楼⟧
送到⟦address|中山路123号⟧
⟦address|南京东路100弄5号302室⟧
家在⟦address|阳光花园3栋2单元501⟧
⟦address|幸福小区6号楼3单元402室⟧
⟦address|3栋1单元501⟧
⟦address|12幢1204⟧
⟦address|成都市武侯区科华北路65号四川大学望江校区7舍⟧
⟦address|湖南省长沙市岳麓区麓山南路２号⟧
⟦address|河北省石家庄市正定县正定镇东柏棠村12号⟧
⟦address|内蒙古自治区呼和浩特市赛罕区大学东街5号⟧
⟦address|恩施土家族苗族自治州恩施市舞阳大道12号⟧
⟦address|重庆渝北区龙溪街道红锦大道1号天江鼎城1栋8-3⟧
⟦address|新疆乌鲁木齐市天山区解放南路五号⟧
⟦address|深圳南山科技园南区深南大道9988号⟧
⟦address|北京市西城区安德路六铺炕街25号⟧
⟦address|北京西城区西单大木仓北一巷1号⟧
通讯地址：⟦address|哈尔滨工业大学繁荣街155⟧#网络中心 邮  编:150001
地址：⟦address|江南水乡3栋1单元五零一⟧，电话⟦phone|13812345678⟧
地址：⟦address|阳光里5栋2楼⟧ 邮  编:150001
地址是⟦address|幸福里小区东门5号⟧
收货地址改成⟦address|光谷软件园F3栋⟧ 电话⟦phone|13812345678⟧
⟦address|中山路123号⟧，张三，⟦phone|13812345678⟧
看 ⟦url|https://a.cn/13812345678?x=1⟧ 吧
⟦url|www.taobao.com⟧
⟦url|HTTP://A.CN⟧。
一共⟦money|12.50元⟧
⟦money|¥1,299⟧很贵
⟦money|￥99.9⟧
卖⟦money|3万元⟧
⟦money|100块钱⟧
便宜了⟦money|20块⟧
⟦money|$5⟧
⟦date|2023-11-11⟧到的
⟦date|2023年11月11日⟧
⟦date|2023.1.5⟧
⟦date|11月11日⟧开始
⟦date|2月29号⟧
""".strip()

NOTHING = """
138123456789
1381234567
12812345678
138.12345678
0.13812345678
13812345678.5
1700000000000
1700000000123456
20231111123456
A13812345678
13812345678元
1 5 12 13 14 15 16 17 18
11 12 13 14 15 16
一二三四五六七八九十
一九四九一九四五一九三七
数量13800件
型号WH-1000XM5
售后:8009908888
北京市北海公园北门
快递 4008123456
ISBN 9787111213826
条码6901234567892
110101199003071234
110101199013071234
990101199003071233
6222021234567890123
4222221234567890
9111111111111111
3.14159265358979323846
圆周率3.1415926535
1234567890123456789012345
QQ音乐
QQ2010版
QQ等级100000级
加群人数12345人
微信支付很方便
微信android版本
微信 iphone 不能用
公众号jianwei
vx是什么
新A级景区
云南A级
粤B
苏A1
订单2023
订单3件
订单20231111发的
快递员说13点到
快递3天
单号多少
SF123
2023号
15号到
8月15号发货
坐2号线到人民路
人民路2号线
3楼
二楼右转
A座
我在北京
北京天气不错
广州15号发货
上海南京路人太多
我知道3号发货
这条路5号通车
小区3栋
超市2楼
一路8号
味道5号最好
套路2号
产品编号12号
第3组
地址没错
地址：不知道
价格12.5
300多人
2023-13-01
2023-02-30
13月1日
1.2.3
10:30
版本2023.1
3块石头
@小王 @张三
a@b
user@localhost
""".strip()

_MARK = re.compile(r"⟦(\w+)\|(.*?)⟧", re.DOTALL)


def read(case: str) -> tuple[str, list[tuple[str, str]]]:
    """The text of a case and what is to be found in it."""
    return _MARK.sub(lambda found: found[2], case), [(found[1], found[2]) for found in _MARK.finditer(case)]


def found_in(text: str) -> list[tuple[str, str]]:
    return [(row["kind"], row["text"]) for row in find_entities([text])]


@pytest.mark.parametrize("case", [case.replace("\\u200b", "\u200b") for case in CASES.split("\n")])
def test_found(case: str) -> None:
    text, expected = read(case)
    assert found_in(text) == expected


@pytest.mark.parametrize("text", NOTHING.split("\n"))
def test_nothing_personal(text: str) -> None:
    assert [entry for entry in found_in(text) if entry[0] in PERSONAL] == []


@pytest.mark.parametrize(
    "text", ["2023-13-01", "2023-02-30", "13月1日", "1.2.3", "10:30", "版本2023.1", "3块石头", "价格12.5"]
)
def test_neither_sum_nor_day(text: str) -> None:
    assert found_in(text) == []


def test_there_are_enough_cases_of_every_kind() -> None:
    marked = [kind for case in CASES.split("\n") for kind, _ in read(case)[1]]
    assert len(CASES.split("\n")) + len(NOTHING.split("\n")) >= 150
    assert set(marked) == set(KINDS)


@pytest.mark.parametrize(
    ("text", "value"),
    [
        ("+86 138-1234-5678", "13812345678"),
        ("一三八①②③四5678", "13812345678"),
        ("(0571)8812 3456转8", "057188123456-8"),
        ("+852 9123 4567", "+85291234567"),
        ("51010619780808002x", "51010619780808002X"),
        ("6222 0212 3456 7890 128", "6222021234567890128"),
        ("粤b·12345", "粤B12345"),
        ("单号sf1234567890123", "SF1234567890123"),
        ("Zhang@QQ.com", "zhang@qq.com"),
        ("北京市 朝阳区 建国路88号", "北京市朝阳区建国路88号"),
        ("¥1,299.00", "1299 CNY"),
        ("3.5万元", "35000 CNY"),
        ("5毛钱", "0.5 CNY"),
        ("20美元", "20 USD"),
        ("2023年1月5日", "2023-01-05"),
        ("2/29/2", None),
        ("2月29日", "--02-29"),
    ],
)
def test_values(text: str, value: str | None) -> None:
    assert [row["value"] for row in find_entities([text])] == ([value] if value else [])


WEIGHTS = (7, 9, 10, 5, 8, 4, 2, 1, 6, 3, 7, 9, 10, 5, 8, 4, 2)
around = st.text(alphabet="好的，。 \n👍𠮷的吗买", max_size=6)


@settings(deadline=None)
@given(around, st.from_regex(r"1[3-9][0-9]{9}", fullmatch=True), st.sampled_from(["", " ", "-", "　"]), around)
def test_every_mobile_number(before: str, number: str, gap: str, after: str) -> None:
    written = gap.join((number[:3], number[3:7], number[7:]))
    rows = list(find_entities([before + written + after]))
    assert [(row["start"], row["end"], row["value"]) for row in rows] == [
        (len(before), len(before) + len(written), number)
    ]


@settings(deadline=None)
@given(around, st.dates(), st.integers(1, 999), st.sampled_from("0123456789X"), around)
def test_identity_numbers_have_their_check_digit(before: str, day, order: int, last: str, after: str) -> None:  # type: ignore[no-untyped-def]
    number = f"330106{day.year:04}{day:%m%d}{order:03}"
    # ISO 7064: the weighted sum with the check digit is 1 modulo 11.
    total = sum(weight * int(digit) for weight, digit in zip(WEIGHTS, number, strict=True))
    fits = (total + (10 if last == "X" else int(last))) % 11 == 1
    rows = [row for row in find_entities([before + number + last + after]) if row["kind"] == "id_card"]
    assert len(rows) == (fits and 1850 <= day.year <= 2100)


@settings(deadline=None)
@given(st.from_regex(r"62[0-9]{14,17}", fullmatch=True))
def test_cards_have_their_check_digit(number: str) -> None:
    digits = [int(d) for d in number][::-1]
    total = sum(digits[::2]) + sum(sum(divmod(2 * d, 10)) for d in digits[1::2])
    assert [row["kind"] for row in find_entities([number])].count("bank_card") == (total % 10 == 0)


pieces = st.one_of(
    st.sampled_from([read(case)[0] for case in CASES.split("\n")]),
    st.sampled_from(NOTHING.split("\n")),
    st.text(max_size=8),
)


@settings(deadline=None, max_examples=60)
@given(st.lists(st.none() | st.lists(pieces, max_size=3).map("".join), max_size=5))
def test_places_are_places_in_the_given_text(texts: list[str | None]) -> None:
    rows = list(find_entities(texts))
    for row in rows:
        text = texts[row["row"]]
        assert text is not None
        assert text[row["start"] : row["end"]] == row["text"] != ""
    spans = [(row["row"], row["start"], row["end"]) for row in rows]
    assert spans == sorted(spans)
    assert all(a[0] < b[0] or a[2] <= b[1] for a, b in pairwise(spans)), "no two overlap"
    alone = [[(row["kind"], row["start"]) for row in find_entities([text])] for text in texts]
    assert [(row["kind"], row["start"]) for row in rows] == [entry for rows in alone for entry in rows]


@settings(deadline=None, max_examples=60)
@given(st.lists(pieces, max_size=3).map("".join))
def test_a_hint_leaves_nothing_out(text: str) -> None:
    for finder in FINDERS:
        if list(finder.find(fold(text))):
            assert pa.compute.match_substring_regex(pa.array([text]), finder.hint)[0].as_py(), finder.kind


@settings(deadline=None)
@given(st.text())
def test_folding_keeps_places(text: str) -> None:
    assert len(fold(text)) == len(text)


def test_kinds_can_be_chosen() -> None:
    text = "张三13812345678，12元，2023-01-05"
    assert [row["kind"] for row in find_entities([text], ["phone"])] == ["phone"]
    assert [row["kind"] for row in find_entities([text], ["money", "date"])] == ["money", "date"]
    with pytest.raises(UsageError, match="no kind fax"):
        find_entities([text], ["fax"])


def test_no_texts() -> None:
    assert len(find_entities([])) == 0
    assert find_entities([None, ""]).to_arrow().schema.names == ["row", "kind", "start", "end", "text", "value"]
    with pytest.raises(UsageError, match=r"text\.find_entities\(\[text\]\)"):
        find_entities("13812345678")


def test_many_texts_are_found_in_as_few_are() -> None:
    texts = [read(case)[0].replace("\\u200b", "\u200b") for case in CASES.split("\n")] + NOTHING.split("\n")
    together = [(row["row"], row["kind"], row["text"]) for row in find_entities(texts)]
    assert together == [(at, *entry) for at, text in enumerate(texts) for entry in found_in(text)]


def test_rows_of_many_portions() -> None:
    texts = ["好"] * 70_000 + ["13812345678"]
    assert [row["row"] for row in find_entities(texts)] == [70_000]


def test_long_runs_take_no_time_to_speak_of() -> None:
    for run in (
        "1 " * 3000,
        "路" * 3000,
        "a." * 3000,
        "北京" * 2000,
        "1" * 5000,
        "3栋" * 1500,
        "@" * 3000,
        "区" * 3000,
        "中山路1号" * 800,
    ):
        find_entities([run])
