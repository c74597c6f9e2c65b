"""Names that a text mentions."""

from __future__ import annotations

import pytest

from jianwei.sources._words import mentions_in


@pytest.mark.parametrize(
    ("text", "names"),
    [
        ("我值班，有事@我", ["我"]), ("@张 三\u2005在吗", ["张 三"]), ("@李四 @王五 @李四", ["李四", "王五"]), ("mail me@x.com", []),
        ("@所有人\u2005开会", ["所有人"]), ("没有", []), ("@", []), ("@@", []), ("（@小明）好", ["小明"]), ("@<b>x</b>", []),
    ],
)  # fmt: skip
def test_mentions(text: str, names: list[str]) -> None:
    assert mentions_in(text) == names
