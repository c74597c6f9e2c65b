"""Requests travel and come back; what does not fit is refused with the name of the field."""

from __future__ import annotations

from datetime import date
from pathlib import Path
from typing import Annotated, Literal

import msgspec
import pytest
from hypothesis import given
from hypothesis import strategies as st

from jianwei.wechat.areas import parts_of
from jianwei.wechat.endpoints import registry
from jianwei.wechat.request import At, File, Part, Query, Ranged, Request, Tagged, Text, get, post
from jianwei.wechat.wire import UnwireError, Wire, unwire, wire


class Line(msgspec.Struct, frozen=True, omit_defaults=True):
    name: str
    size: int | None = None


@post("/x/json", area="")
class Json(Request[None], frozen=True):
    name: Annotated[str, At("outer.inner.name")]
    lines: list[Line]
    kind: Annotated[Literal["a", "b"], Query("type")]
    n: Annotated[int | None, At("outer.n")] = None
    day: date | None = None
    flag: Annotated[bool | None, Query()] = None
    bare: Annotated[bool | None, At("outer.bare", digit=True)] = None


@post("/x/file", area="")
class Upload(Request[None], frozen=True):
    media: Annotated[File | Path | bytes, Part("media")]
    kind: Annotated[str, Query("type")]
    description: Annotated[Line | None, Part("description")] = None


@get("/x/get", area="", fixed={"grant_type": "x"})
class Get(Request[None], frozen=True):
    openid: str
    n: int | None = None


@post("/x/text", area="")
class Say(Request[None], frozen=True):
    content: Annotated[str, Text()]
    lang: Annotated[str, Query()] = "zh"


class Words(msgspec.Struct, frozen=True, tag="text", tag_field="msgtype"):
    content: str


class Menu(msgspec.Struct, frozen=True, tag="msgmenu", tag_field="msgtype", omit_defaults=True):
    lines: list[str]
    head: str = ""


@post("/x/tagged", area="")
class Send(Request[None], frozen=True):
    touser: str
    message: Annotated[Words | Menu, Tagged("msgtype")]


TEXT = st.text(max_size=20)
REQUESTS = st.one_of(
    st.builds(
        Json, TEXT, st.lists(st.builds(Line, TEXT, st.none() | st.integers(0, 2**40)), max_size=3),
        st.sampled_from(["a", "b"]), st.none() | st.integers(-(2**53), 2**53), st.none() | st.dates(), st.none() | st.booleans(),
        st.none() | st.booleans(),
    ),
    st.builds(
        Upload, st.builds(File, st.just("a.jpg"), st.binary(max_size=50), st.just("image/jpeg")), TEXT,
        st.none() | st.builds(Line, TEXT),
    ),
    st.builds(Get, TEXT, st.none() | st.integers(-(2**53), 2**53)),
    st.builds(Say, TEXT, TEXT),
    st.builds(Send, TEXT, st.builds(Words, TEXT) | st.builds(Menu, st.lists(TEXT, max_size=2), TEXT)),
)  # fmt: skip


@given(REQUESTS)
def test_a_request_comes_back_as_it_was(request: Request[None]) -> None:
    assert unwire(type(request), wire(request)) == request


def test_where_fields_lie() -> None:
    sent = wire(Json("茶", [Line("a"), Line("b", 2)], "a", 3, date(2026, 3, 2), True))
    assert sent.query == {"type": "a", "flag": "1"}
    assert sent.json == {
        "outer": {"inner": {"name": "茶"}, "n": 3},
        "lines": [{"name": "a"}, {"name": "b", "size": 2}],
        "day": "2026-03-02",
    }
    assert wire(Get("o1")) == Wire({"grant_type": "x", "openid": "o1"})
    assert wire(Upload(b"\x00\r\n", "image")).files["media"].content == b"\x00\r\n"
    assert wire(Say("你好")).body() == "你好".encode()


def test_one_of_several_kinds_lies_below_its_tag() -> None:
    sent = wire(Send("o", Menu(["a"], "h")))
    assert sent.json == {"touser": "o", "msgtype": "msgmenu", "msgmenu": {"lines": ["a"], "head": "h"}}


def test_files_come_from_paths(tmp_path: Path) -> None:
    path = tmp_path / "茶.png"
    path.write_bytes(b"\x89PNG\r\n")
    assert wire(Upload(path, "image")).files["media"] == File("茶.png", b"\x89PNG\r\n", "image/png")


@pytest.mark.parametrize(
    ("kind", "sent", "field"),
    [
        (Json, Wire({"type": "a"}, {"outer": {}, "lines": []}), "outer.inner.name"),
        (Json, Wire({"type": "a"}, {"outer": {"inner": {"name": "x"}}, "lines": [7]}), "lines"),
        (Json, Wire({"type": "c"}, {"outer": {"inner": {"name": "x"}}, "lines": []}), "type"),
        (Json, Wire({"type": "a"}, {"outer": 3, "lines": []}), "outer.inner.name"),
        (Upload, Wire({"type": "a"}), "media"),
        (Upload, Wire({"type": "a"}, form={"media": "x"}), "media"),
        (Upload, Wire({"type": "a"}, files={"media": File("x", b""), "description": File("x", b"")}), "description"),
        (Get, Wire({"openid": "o", "n": "three"}), "n"),
        (Say, Wire({}, {"a": 1}), "body"),
        (Send, Wire({}, {"touser": "o"}), "msgtype"),
        (Send, Wire({}, {"touser": "o", "msgtype": "text"}), "msgtype"),
        (Send, Wire({}, {"touser": "o", "msgtype": "none", "none": {}}), "msgtype"),
        (Send, Wire({}, {"touser": "o", "msgtype": "text", "text": {"content": 3}}), "msgtype"),
        (Send, Wire({}, {"touser": "o", "msgtype": ["text"], "text": {}}), "msgtype"),
    ],
)
def test_what_does_not_fit_is_named(kind: type[Request[None]], sent: Wire, field: str) -> None:
    with pytest.raises(UnwireError) as caught:
        unwire(kind, sent)
    assert caught.value.field == field


class Weekly(Ranged[int], frozen=True):
    span = 7


@given(st.dates(date(2020, 1, 1), date(2026, 1, 1)), st.integers(0, 100))
def test_ranges_are_covered_once_in_allowed_spans(begin: date, days: int) -> None:
    end = date.fromordinal(begin.toordinal() + days)
    parts = parts_of(Weekly(begin, end))
    covered = [day for part in parts for day in range(part.begin.toordinal(), part.end.toordinal() + 1)]
    assert covered == list(range(begin.toordinal(), end.toordinal() + 1))
    assert all(part.end.toordinal() - part.begin.toordinal() < 7 for part in parts)


def test_every_request_of_the_registry_says_what_it_does() -> None:
    kinds = list(registry())
    assert kinds
    for kind in kinds:
        assert kind.spec.path.startswith("/"), kind
        assert kind.spec.area, kind
        assert "\n" not in (kind.__doc__ or "\n").strip().split("\n\n")[0], kind
        assert kind.result_type() is not None, kind
