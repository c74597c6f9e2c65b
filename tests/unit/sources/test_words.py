"""Columns of texts normalised as single texts are; mentions."""

from __future__ import annotations

import re
import unicodedata

import pyarrow as pa
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from jianwei.records import normalise
from jianwei.sources import _words
from jianwei.sources._words import mentions_in, normalised

TRICKY = st.sampled_from(
    [
        "e\u0301",
        "\u1112\u1161\u11ab",
        "\u212b",
        "\uf900",
        "か\u3099",
        "\r\n",
        "\r",
        "\u3000",
        "\x1c",
        "❤\ufe0f",
        "你",
        " ",
    ]
)


@settings(deadline=None)
@given(st.lists(st.none() | st.text(max_size=12) | st.lists(TRICKY, max_size=6).map("".join), max_size=8))
def test_columns_are_normalised_as_single_texts_are(texts: list[str | None]) -> None:
    column = pa.array(texts, pa.string())
    assert normalised(column).to_pylist() == [None if text is None else normalise(text) for text in texts]


def test_characters_taken_for_stable_are_in_nfc_wherever_they_stand() -> None:
    members = re.sub(r"\\x\{([0-9a-f]+)\}", lambda found: f"\\U{int(found[1], 16):08x}", _words._STABLE)
    stable = re.compile(f"[{members}]")
    seconds = set(range(0x1161, 0x1176)) | set(range(0x11A8, 0x11C3))  # vowels and finals that join a Hangul syllable
    for code in range(0x110000):
        parts = unicodedata.decomposition(chr(code)).split()
        if len(parts) == 2 and not parts[0].startswith("<"):
            seconds.add(int(parts[1], 16))
    wrong = [
        hex(code)
        for code in range(0x110000)
        if not 0xD800 <= code < 0xE000
        and stable.fullmatch(chr(code))
        and (
            unicodedata.normalize("NFC", chr(code)) != chr(code) or unicodedata.combining(chr(code)) or code in seconds
        )
    ]
    assert wrong == []
    assert set(_words._BLANKS) == {chr(code) for code in range(0x110000) if chr(code).isspace()}


@pytest.mark.parametrize(
    ("text", "names"),
    [
        ("我值班，有事@我", ["我"]), ("@张 三\u2005在吗", ["张 三"]), ("@李四 @王五 @李四", ["李四", "王五"]), ("mail me@x.com", []),
        ("@所有人\u2005开会", ["所有人"]), ("没有", []), ("@", []), ("@@", []), ("（@小明）好", ["小明"]), ("@<b>x</b>", []),
    ],
)  # fmt: skip
def test_mentions(text: str, names: list[str]) -> None:
    assert mentions_in(text) == names
