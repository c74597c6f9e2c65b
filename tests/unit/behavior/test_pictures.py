"""Pictures found by what is in them, those that come again, and what all of them show."""

from __future__ import annotations

import json
from collections.abc import Callable
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from jianwei.behavior.near_duplicates import NearDuplicates
from jianwei.behavior.picture_kinds import PictureKinds
from jianwei.behavior.picture_terms import KEYS, read_terms
from jianwei.behavior.pictures import Pictures, PicturesResult
from jianwei.common.results import Unavailable
from jianwei.errors import UsageError
from jianwei.records.kinds import PARTS_A_FILE

Make = Callable[..., Any]
Rows = list[dict[str, Any]]
FEW = [HealthCheck.function_scoped_fixture]


def picture(n: int, *, hash: str = "", place: int = 0, record: int | None = None, **answers: Any) -> dict[str, Rows]:
    """The n-th picture, in a message of its own or in another one's, and what was seen in it.

    Args:
        answers: task → label, (label, text) or a list of them.
    """
    name = f"m:{n if record is None else record:03d}"
    common = {"ts_us": n, "seq": n, "user_id": f"u:{n % 3}"}
    own = {"record_id": name, **common}
    message = {"message_id": name, "kind": "image", "text": None, "conversation_id": "c:1", **common}
    file = {"media_id": f"d:00000{n:03d}", "kind": "image", "mime": "image/jpeg", "path": f"media/{n}.jpg", **own}
    value = json.dumps({"width": 8, "height": 8, "hash": hash or f"{n + 1:016x}", "missing": []})
    first = place * PARTS_A_FILE
    rows: Rows = [{"task": "picture", "label": "jpeg", "value": value, "part": first, "status": "ok", **own}]
    for task, said in answers.items():
        for nth, one in enumerate(said if isinstance(said, list) else [said]):
            label, text = one if isinstance(one, tuple) else (one, None)
            rows.append({"task": task, "label": label, "text": text, "part": first + nth, "status": "ok", **own})
    return {"messages": [message] if record is None else [], "media": [file], "annotations": rows}


def together(*pictures: dict[str, Rows]) -> dict[str, Rows]:
    return {name: [row for one in pictures for row in one[name]] for name in ("messages", "media", "annotations")}


def find(reader: Any, terms: str, **settings: Any) -> PicturesResult:
    found = Pictures(find=terms, **settings).compute(reader)
    assert not isinstance(found, Unavailable)
    return found


SHOP = together(
    picture(0, ocr=("text", "申请退款 订单\nVIP"), object=[("cup", "杯子"), ("cup", "杯子"), ("spoon", "勺子")]),
    picture(1, face=[None], avatar="person", unsafe="safe", scene=("kitchen", "厨房")),
    picture(2, face=[None, None], code=("QRCode", "https://example.com/a"), unsafe="unsure", avatar="people"),
    picture(3, place=1, record=2, ocr=("chat", "你好"), face=[None, None, None], unsafe="unsafe", avatar="none"),
    picture(4, ocr=("text", " ")),
)


@pytest.mark.parametrize(
    ("terms", "expected"),
    [
        ("", [4, 3, 2, 1, 0]),
        ("object:杯子", [0]),
        ("object:CUP", [0]),
        ("object:杯", [0]),
        ("object:水杯", [0]),
        ("object:cu", []),
        ("object:any", [0]),
        ("object:none", [4, 3, 2, 1]),
        ("scene:厨房", [1]),
        ("text:退款", [0]),
        ("退款 vip", [0]),
        ('text:"退款 订单"', [0]),
        ("text:any", [3, 0]),
        ("face:2", [2]),
        ("face:2+", [3, 2]),
        ("face:0", [4, 0]),
        ("face:none", [4, 0]),
        ("face:0+", [4, 3, 2, 1, 0]),
        ("code:qr", [2]),
        ("code:example.com", [2]),
        ("avatar:none", [3]),
        ("avatar:person face:1", [1]),
        ("safe:unsafe", [3]),
        ("face:2+ safe:unsure", [2]),
        ("kind:image near:0000000000000003", [4, 3, 2, 1, 0]),
        ("kind:video", []),
    ],
)
def test_terms(memory_reader: Make, terms: str, expected: list[int]) -> None:
    found = find(memory_reader(**SHOP), terms)
    assert found.rows["media_id"].to_pylist() == [f"d:00000{n:03d}" for n in expected]
    assert (found.found, found.pictures) == (len(expected), 5)


def test_a_row_tells_what_is_known_of_its_own_file(memory_reader: Make) -> None:
    users = [{"user_id": "u:0", "nickname": "小明"}]
    *_, zero = find(memory_reader(**SHOP, users=users), "")
    assert (zero["text"], zero["objects"], zero["faces"]) == ("申请退款 订单\nVIP", ["杯子", "勺子"], 0)
    assert (zero["codes"], zero["verdict"], zero["avatar"], zero["name"]) == ([], None, None, "小明")
    third, second = find(memory_reader(**SHOP), "face:2+")
    assert (second["record_id"], third["record_id"]) == ("m:002", "m:002")
    assert (second["faces"], second["codes"], second["verdict"]) == (2, ["https://example.com/a"], "unsure")
    assert (third["faces"], third["codes"], third["verdict"], third["text"]) == (3, [], "unsafe", "你好")


def test_personal_data_is_masked(memory_reader: Make) -> None:
    (row,) = find(memory_reader(**together(picture(0, ocr=("text", "加我13812345678" + "好" * 300)))), "")
    assert row["text"].startswith("加我138****5678好")
    assert len(row["text"]) == 201
    codes = [("QRCode", "WIFI:T:WPA;S:shop;P:secretpw123;;"), ("QRCode", "tel:13812345678")]
    (row,) = find(memory_reader(**together(picture(0, code=codes))), "")
    assert row["codes"] == ["WIFI:T:WPA;S:shop;P:***;;", "tel:138****5678"]


def test_what_nobody_looked_for_is_not_absent(memory_reader: Make) -> None:
    reader = memory_reader(**together(picture(0, face=[None])))
    for terms, code in (("object:杯子", "not_looked_for"), ("object:none", "not_looked_for")):
        found = Pictures(find=terms).compute(reader)
        assert isinstance(found, Unavailable)
        assert found.reason.code == code
        assert found.reason.values == {"task": "object"}
    (row,) = find(reader, "")
    assert (row["faces"], row["objects"], row["verdict"]) == (1, None, None)
    unread = Pictures().compute(memory_reader(messages=SHOP["messages"], media=SHOP["media"]))
    assert isinstance(unread, Unavailable)
    assert unread.reason.code == "not_looked_at"


def test_files_that_were_refused_or_recalled_are_not_found(memory_reader: Make) -> None:
    tables = together(picture(0), picture(1), picture(2))
    tables["annotations"][0] |= {"status": "rejected", "label": "truncated", "value": '{"code": "truncated"}'}
    tables["messages"][1]["recalled"] = True
    assert find(memory_reader(**tables), "").rows["media_id"].to_pylist() == ["d:00000002"]


def test_near_a_hash_or_a_picture(memory_reader: Make) -> None:
    tables = together(
        picture(0, hash="00000000000000ff"), picture(1, hash="00000000000000fe"), picture(2, hash="f" * 16)
    )
    reader = memory_reader(**tables)
    for terms in ("near:00000000000000ff", "near:d:00000001"):
        assert find(reader, terms, distance=1).rows["media_id"].to_pylist() == ["d:00000001", "d:00000000"]
    assert find(reader, "near:00000000000000ff", distance=0).rows["media_id"].to_pylist() == ["d:00000000"]
    with pytest.raises(UsageError, match="names no picture"):
        Pictures(find="near:d:404").compute(reader)


@pytest.mark.parametrize(
    ("terms", "said"),
    [
        ("colour:red", ", ".join(KEYS)),
        ("face:many", "number of faces"),
        ("avatar:dog", "person, people, drawing, none"),
        ("object:", "after the colon"),
        ('text:"open', "left open"),
        ("safe:maybe", "safe, unsure, unsafe"),
    ],
)
def test_terms_that_mean_nothing_are_refused(terms: str, said: str) -> None:
    with pytest.raises(UsageError) as caught:
        Pictures(find=terms)
    assert said in f"{caught.value} {caught.value.hint}"


@settings(max_examples=60, deadline=None)
@given(st.text(max_size=30))
def test_no_query_breaks_the_reader_of_terms(find: str) -> None:
    try:
        terms = read_terms(find)
    except UsageError:
        return
    assert all(term.key in KEYS and term.value == term.value.lower() for term in terms)


def test_what_goes_around_comes_first(memory_reader: Make) -> None:
    tables = together(
        *(picture(n, hash=f"00000000000000{n:02x}", ocr=("text", f"广告{n}")) for n in (1, 3, 5)),
        picture(6, hash="ffffffffffffffff"),
        picture(8, hash="fffffffffffffffe"),
        picture(9, hash="0f0f0f0f0f0f0f0f"),
        picture(10, hash="0" * 16),
        picture(11, hash="0" * 16),
    )
    found = NearDuplicates(distance=2).compute(memory_reader(**tables))
    assert not isinstance(found, Unavailable)
    assert [(r["rows"], r["people"], r["first_us"], r["last_us"], r["media_id"], r["text"]) for r in found] == [
        (3, 3, 1, 5, "d:00000001", "广告1"), (2, 2, 6, 8, "d:00000006", ""),
    ]  # fmt: skip
    assert (found.pictures, found.repeated, found.groups) == (6, 5, 2)
    fewer = NearDuplicates(distance=2, min_rows=3, limit=1).compute(memory_reader(**tables))
    assert not isinstance(fewer, Unavailable)
    assert (len(fewer), fewer.groups) == (1, 1)
    more = NearDuplicates(distance=2, min_people=3).compute(memory_reader(**tables))
    assert not isinstance(more, Unavailable)
    assert [r["rows"] for r in more] == [3]


bits = st.integers(0, 255).map(lambda low: f"00000000000000{low:02x}")


@settings(max_examples=8, deadline=None, suppress_health_check=FEW)
@given(hashes=st.lists(bits, min_size=1, max_size=12), distance=st.integers(0, 2))
def test_groups_are_those_of_a_plain_search(memory_reader: Make, hashes: list[str], distance: int) -> None:
    found = NearDuplicates(distance=distance).compute(
        memory_reader(**together(*(picture(n, hash=h) for n, h in enumerate(["00000000000000ff", *hashes]))))
    )
    values = [int(h, 16) for h in ["00000000000000ff", *hashes]]
    groups: list[set[int]] = []
    for at, one in enumerate(values):
        if not one:
            continue
        mine = {at}
        for group in [g for g in groups if any((one ^ values[k]).bit_count() <= distance for k in g)]:
            mine |= group
            groups.remove(group)
        groups.append(mine)
    expected = sorted((-len(g), -len({k % 3 for k in g}), min(g)) for g in groups if len(g) > 1)
    assert not isinstance(found, Unavailable)
    assert [(-r["rows"], -r["people"], int(r["media_id"][2:])) for r in found] == expected


def test_what_pictures_show(memory_reader: Make) -> None:
    tables = together(
        picture(0, ocr=("chat", "你好")), picture(1, ocr=("text", "菜单"), face=[None]), picture(2, face=[None, None]),
        picture(3, ocr=("text", "  "), code=[("QRCode", "a"), ("EAN13", "b")], unsafe="unsafe"), picture(4, unsafe="safe"),
    )  # fmt: skip
    tables["annotations"].append({"record_id": "m:004", "task": "picture", "part": 1000, "status": "rejected"})
    found = PictureKinds().compute(memory_reader(**tables))
    assert not isinstance(found, Unavailable)
    assert {(r["of"], r["code"]): (r["rows"], r["total"], r["share"]) for r in found} == {
        ("shows", "chat"): (1, 5, 0.2), ("shows", "text"): (1, 5, 0.2), ("shows", "face"): (1, 5, 0.2),
        ("shows", "faces"): (1, 5, 0.2), ("shows", "code"): (1, 5, 0.2),
        ("safe", "safe"): (1, 2, 0.5), ("safe", "unsure"): (0, 2, 0.0), ("safe", "unsafe"): (1, 2, 0.5),
    }  # fmt: skip
    assert (found.pictures, found.missing) == (5, ("object", "avatar"))


def test_pictures_that_could_not_be_read_are_counted_apart(memory_reader: Make) -> None:
    tables = together(picture(0), picture(1), picture(2))
    tables["annotations"][1] |= {"status": "rejected", "label": "truncated"}
    tables["annotations"][2] |= {"status": "rejected", "label": "no_picture"}  # a recording in a container for films
    found = PictureKinds().compute(memory_reader(**tables))
    assert not isinstance(found, Unavailable)
    assert (found.pictures, found.refused) == (1, 1)
    assert len(found) == 0
