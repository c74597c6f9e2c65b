"""What is personal is gone, everything else is where it was, and a second time finds nothing."""

from __future__ import annotations

import pickle

import pyarrow as pa
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from jianwei.common.i18n import LANGUAGES, catalog
from jianwei.errors import UsageError
from jianwei.text.personal.entities import KINDS, PERSONAL, find_entities
from jianwei.text.personal.masking import Found, Style, redact

KEY = b"0123456789abcdef"


def one(text: str, style: Style = "mask", kinds: tuple[str, ...] = PERSONAL) -> str | None:
    return next(iter(redact([text], kinds, style, key=KEY)))


@pytest.mark.parametrize(
    ("text", "masked"),
    [
        ("电话13812345678。", "电话138****5678。"),
        ("电话138 1234 5678。", "电话138 **** 5678。"),
        ("+86-13812345678", "+86-138****5678"),
        ("①③⑧①②③④⑤⑥⑦⑧", "①③⑧****⑤⑥⑦⑧"),
        ("一三八一二三四五六七八", "一三八****五六七八"),
        ("1 3 8 1 2 3 4 5 6 7 8", "1 3 8 * * * * 5 6 7 8"),
        ("1, 3, 8, 1, 2, 3, 4, 5, 6, 7, 8", "1, 3, 8, *, *, *, *, 5, 6, 7, 8"),
        ("价格 1399, 1299, 1599", "价格 1399, 1299, 1599"),
        ("尺码13, 45, 67, 89, 123", "尺码13, 45, 67, 89, 123"),
        ("010-56781234", "010-****1234"),
        ("身份证110101199003071233", "身份证110***********1233"),
        ("6222 0212 3456 7890 128", "6222 **** **** ***0 128"),
        ("zhang.san@qq.com", "z***@qq.com"),
        ("QQ123456789", "QQ12*****89"),
        ("微信号：zhang_san88", "微信号：z****_****8"),
        ("粤B12345", "粤B***45"),
        ("订单号：20231111123456789", "订单号：*************6789"),
        ("寄到广东省广州市天河区体育西路103号2栋501，张三", "寄到广东省广州市天河区****，张三"),
        ("我家在阳光花园3栋2单元501", "我家在****"),
        ("👍𠮷13812345678👍13912345678", "👍𠮷138****5678👍139****5678"),
        ("2023-11-11花了12元，400-812-3456", "2023-11-11花了12元，400-812-3456"),
        ("看https://a.cn/13812345678", "看https://a.cn/13812345678"),
    ],
)
def test_masks(text: str, masked: str) -> None:
    assert one(text) == masked


def test_any_kind_can_be_masked() -> None:
    text = "2023-11-11花了12.5元，400-812-3456，https://a.cn/x?y，www.qq.com"
    assert one(text, kinds=KINDS) == "****-**-**花了**.*元，400-***-3456，https://***，www.***"


def test_labels() -> None:
    text = "张三，13812345678，中山路123号，110101199003071233"
    assert one(text, "label") == "张三，[手机号]，[地址]，[证件号]"
    assert list(redact([text], style="label", language="en")) == ["张三，[phone]，[address]，[id number]"]
    for language in LANGUAGES:
        assert all(catalog(language).text(f"redact.{kind}") for kind in KINDS)


def test_hashes_tell_persons_apart_and_need_a_key() -> None:
    same, spelt, other = redact(["13812345678", "138 1234 5678", "13912345678"], style="hash", key=KEY)
    assert same == spelt != other
    assert next(iter(redact(["13812345678"], style="hash", key=b"another key of 16"))) != same
    assert redact(["好"], style="hash", key="0123456789abcdef").touched == 0
    with pytest.raises(UsageError, match="16 bytes") as caught:
        redact(["好"], style="hash", key="short secret")
    assert "short secret" not in str(caught.value)
    with pytest.raises(UsageError, match="16 bytes"):
        redact(["好"], style="hash")


def test_counts() -> None:
    redacted = redact(["13812345678，13912345678", None, "好", "a@b.cn 13812345678"])
    assert redacted.found == (Found("email", 1, 1), Found("phone", 3, 2))
    assert redacted.touched == 2
    assert len(redacted) == 4
    assert list(redacted) == ["138****5678，139****5678", None, "好", "a***@b.cn 138****5678"]
    assert redacted.to_arrow()["text"].to_pylist() == list(redacted)
    assert pickle.loads(pickle.dumps(redacted.found)) == redacted.found


def test_nothing_to_do() -> None:
    assert list(redact([])) == []
    assert list(redact([None, ""])) == [None, ""]
    assert list(redact(pa.array(["好"]))) == ["好"]


def test_wrong_calls() -> None:
    with pytest.raises(UsageError, match="no kind fax"):
        redact(["好"], ["fax"])
    with pytest.raises(UsageError, match="no style 'blur'"):
        redact(["好"], style="blur")  # type: ignore[arg-type]
    with pytest.raises(UsageError, match="no language 'fr"):
        redact(["好"], style="label", language="fr")
    with pytest.raises(UsageError, match=r"text\.redact\(\[text\]\)"):
        redact("13812345678")


PIECES = [
    *(
        "13812345678",
        "138-1234-5678",
        "一三八一二三四五六七八",
        "110101199003071233",
        "6222021234567890128",
        "卡号",
        "订单号",
    ),
    *(
        "微信号",
        "地址：",
        "寄到",
        "a.b@qq.com",
        "QQ",
        "加V",
        "zhang_san",
        "粤B12345",
        "SF1234567890123",
        "010-56781234",
    ),
    *(
        "中山路123号",
        "广州市天河区",
        "3栋2单元501",
        "[手机号]",
        "https://a.cn/x",
        "400-812-3456",
        "12.5元",
        "2023-11-11",
    ),
    *("1", "2", "*", "-", "：", "，", "好", "👍", "𠮷", "a", "+86", "电话", " ", "\n"),
]
texts = st.lists(st.sampled_from(PIECES) | st.text(max_size=3), max_size=7).map("".join)


@settings(deadline=None, max_examples=100)
@given(texts, st.sampled_from(["mask", "label", "hash"]), st.sampled_from([PERSONAL, KINDS, ("phone",)]))
def test_twice_is_once(text: str, style: Style, kinds: tuple[str, ...]) -> None:
    once = one(text, style, kinds)
    assert one(once or "", style, kinds) == once


NUMBERS = ("phone", "id_card", "bank_card", "qq", "wechat", "plate", "order")


@settings(deadline=None)
@given(texts)
def test_all_other_characters_stay(text: str) -> None:
    masked = one(text, kinds=NUMBERS) or ""
    assert len(masked) == len(text)
    assert all(now in (before, "*") for before, now in zip(text, masked, strict=True))
    inside = {at for hit in find_entities([text], NUMBERS) for at in range(hit["start"], hit["end"])}
    changed = {at for at, (before, now) in enumerate(zip(text, masked, strict=True)) if before != now}
    assert bool(inside) == bool(changed)
    first = min(inside, default=0)
    assert all(at >= first or text[at].isalnum() for at in changed)


@settings(deadline=None)
@given(st.from_regex(r"1[3-9][0-9]{9}", fullmatch=True), st.text(alphabet="好，👍𠮷\n的", max_size=5))
def test_no_number_is_left(number: str, around: str) -> None:
    assert one(f"{around}{number}{around}") == f"{around}{number[:3]}****{number[7:]}{around}"
    assert number not in (one(f"{around}{number}{around}", "hash") or "")
