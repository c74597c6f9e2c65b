"""XML from strangers: what is read, what is refused, and control characters that come through."""

from __future__ import annotations

import xml.etree.ElementTree as ET
from itertools import chain

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from jianwei.common.xml import cdata, legal_text, parse_xml

ANY = st.text(st.characters(exclude_categories=["Cs"]), max_size=60)
ILLEGAL = "".join(map(chr, chain(range(9), (11, 12), range(14, 32)))) + "\ufffe\uffff"


@settings(deadline=None)
@given(ANY)
def test_text_of_any_kind_comes_through(text: str) -> None:
    body = f"<xml><A>{cdata(text, keep_illegal=True)}</A><B>1</B></xml>"
    assert parse_xml(body, keep_blanks=True) == {"A": text, "B": "1"}
    assert parse_xml(body.encode(), keep_blanks=True) == {"A": text, "B": "1"}
    assert parse_xml(body) == {"A": text.strip(), "B": "1"}


@settings(deadline=None)
@given(ANY)
def test_cdata_is_what_any_parser_reads(text: str) -> None:
    assert (ET.fromstring(f"<a>{cdata(text)}</a>").text or "") == legal_text(text)


@settings(max_examples=50, deadline=None)
@given(st.text(ILLEGAL + "a\U000f0000\U000f0101", min_size=1, max_size=30))
def test_stand_ins_never_meet_private_characters_of_the_text(text: str) -> None:
    assert parse_xml(f'<x a="{text}">{text}</x>', keep_blanks=True) == {
        "@a": text,
        **({"#": s} if (s := text.strip()) else {}),
    }


def test_a_text_with_every_private_page_loses_only_control_characters() -> None:
    text = "".join(chr(page << 8) for page in range(0xF00, 0x10FF))
    assert parse_xml(f"<x>\x01{text}</x>") == {"#": text}


def test_zeros_and_marks_around_the_document_do_no_harm() -> None:
    for body in (
        b"<x>a</x>\x00",
        b"\xef\xbb\xbf<x>a</x>",
        b"\x00\r\n <x>a</x>\n\x1f",
        "\ufeff<x>a</x>".encode("utf-16"),
    ):
        assert parse_xml(body) == {"#": "a"}


@pytest.mark.parametrize("codec", ["utf-8", "gb18030", "GBK", "gb2312", "big5", "utf-16"])
def test_declared_encodings(codec: str) -> None:
    text = "微信" if codec != "big5" else "微風"
    body = f'<?xml version="1.0" encoding="{codec}"?><xml><A>{text}</A></xml>'
    assert parse_xml(body.encode(codec)) == {"A": text}
    assert parse_xml(body) == {"A": text}


@pytest.mark.parametrize("codec", ["punycode", "rot13", "zlib", "idna", "no-such", "utf-7"])
def test_no_codec_is_looked_up_by_a_strangers_name(codec: str) -> None:
    assert parse_xml(f'<?xml version="1.0" encoding="{codec}"?><x>+AGE-</x>'.encode()) == {"#": "+AGE-"}


def test_damaged_bytes_lose_nothing_else() -> None:
    assert parse_xml(b"<x><a>\xe8\xa7\x81\xff\x01</a><b>ok</b></x>") == {"a": "见\ufffd\x01", "b": "ok"}


@pytest.mark.parametrize(
    "body",
    [
        b"", b"\x00", b"<", b"<x", b"<x><y></x></y>", b"<x/><x/>", b"x", b"{}", b"<x>&a;</x>", b"<x>\x01</y>",
        b"<!DOCTYPE x><x/>", b'<?xml version="1.0"?><!DOCTYPE x SYSTEM "http://127.0.0.1/"><x>\x01</x>', b"<x>\x01&a;</x>",
        b"<x a='1' a='2'/>", b"<a>" * 65 + b"</a>" * 65, b"<a>" + b"<b/>" * 20_000 + b"</a>", b"\xff\xfe<",
    ],
)  # fmt: skip
def test_refused(body: bytes) -> None:
    assert parse_xml(body) is None


@settings(max_examples=200, deadline=None)
@given(st.binary(max_size=80) | st.text("<>/ax!&;[]\x00\ud800'\"=?-", max_size=40))
def test_nothing_raises(source: bytes | str) -> None:
    assert parse_xml(source) is None or isinstance(parse_xml(source), dict)
