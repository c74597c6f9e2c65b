"""Personal data taken out of texts, and nothing else changed."""

from __future__ import annotations

import hmac
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass
from hashlib import sha256
from itertools import groupby
from operator import itemgetter
from typing import Literal, get_args

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from jianwei.common.i18n import LANGUAGES, catalog
from jianwei.errors import UsageError
from jianwei.text.inputs import Texts, as_strings
from jianwei.text.personal.entities import KINDS, PERSONAL, checked_kinds, find_entities
from jianwei.text.personal.finders import fold
from jianwei.text.personal.finders.addresses import area_length
from jianwei.text.personal.finders.folding import CHINESE

__all__ = ["Found", "Redacted", "Style", "redact"]

Style = Literal["mask", "label", "hash"]

# How many letters and digits of a value stay at its beginning and at its end.
MOST_ROUNDS = 8
"""How often a text is looked at again after something was masked in it; more would only serve texts made to take time."""
_STAY = {
    "phone": (3, 4),
    "id_card": (3, 4),
    "bank_card": (4, 4),
    "order": (0, 4),
    "qq": (2, 2),
    "wechat": (1, 1),
    "plate": (1, 2),  # beside the province, which is no letter or digit
    "hotline": (3, 4),
}


@dataclass(frozen=True, slots=True)
class Found:
    """How often a kind was found: entities of that kind, and texts that hold one."""

    kind: str
    entities: int
    texts: int


@dataclass(frozen=True, eq=False)
class Redacted:
    """Texts without the personal data that was found in them.

    Attributes:
        texts: string [n]; null stays null.
        found: one entry a kind that was found, in the order of `KINDS`.
        touched: how many texts were changed.
    """

    texts: pa.StringArray
    found: tuple[Found, ...]
    touched: int

    def to_arrow(self) -> pa.Table:
        """One column, text."""
        return pa.table({"text": self.texts})

    def __len__(self) -> int:
        return len(self.texts)

    def __iter__(self) -> Iterator[str | None]:
        yield from self.texts.to_pylist()


def redact(
    texts: Texts,
    kinds: Iterable[str] = PERSONAL,
    style: Style = "mask",
    *,
    key: bytes | str | None = None,
    language: str = "zh_CN",
) -> Redacted:
    """Texts with personal data masked; all other characters stay as they are. Doing it twice changes nothing more.

    Args:
        texts: list, Arrow, pandas or Polars column of n texts.
        kinds: what to mask, some of `entities.KINDS`.
        style: "mask" keeps the ends of numbers and the region of addresses (138****5678, 广东省广州市****);
            "label" puts the kind in the place ([手机号]); "hash" adds twelve letters to the label that are the same for the
            same value under the same key, so that persons can still be told apart.
        key: for "hash", at least 16 bytes that nobody else knows: numbers are few, and without a key a hash is as good as the number.
        language: of the labels, "zh_CN" or "en".

    Raises:
        UsageError: a single string was given; a kind, a style or a language is not known; "hash" without a key.

    >>> list(redact(["我是13812345678，寄到广州市天河区体育西路103号"]))
    ['我是138****5678，寄到广州市天河区****']
    >>> list(redact(["邮箱 a.wang@qq.com"], style="label"))
    ['邮箱 [邮箱]']
    """
    where = "text.redact"
    chosen = checked_kinds(kinds, where)
    write = _writer(style, key, language, where)
    strings = as_strings(texts, where)
    tally = dict.fromkeys(KINDS, 0)
    holding: dict[str, set[int]] = {kind: set() for kind in KINDS}
    changed: dict[int, str] = {}
    rows: Sequence[int] = range(len(strings))
    left = strings
    for _ in range(MOST_ROUNDS):  # what was masked may have hidden a neighbour
        if not len(left):
            break
        now: dict[int, str] = {}
        hits = find_entities(left, chosen).to_arrow().to_pylist()
        for index, of_text in groupby(hits, key=itemgetter("row")):
            text = left[index].as_py()
            for hit in reversed(list(of_text)):
                masked = write(hit["kind"], hit["text"], hit["value"])
                if masked != hit["text"]:
                    text = text[: hit["start"]] + masked + text[hit["end"] :]
                    tally[hit["kind"]] += 1
                    holding[hit["kind"]].add(rows[index])
                    now[rows[index]] = text
        changed |= now
        rows, left = list(now), pa.array(now.values(), pa.string())
    found = tuple(Found(kind, tally[kind], len(holding[kind])) for kind in KINDS if tally[kind])
    return Redacted(_replaced(strings, changed), found, len(changed))


def _replaced(texts: pa.StringArray, changed: dict[int, str]) -> pa.StringArray:
    mask = np.zeros(len(texts), bool)
    mask[list(changed)] = True
    return pc.replace_with_mask(texts, mask, pa.array([changed[row] for row in sorted(changed)], pa.string()))


_Writer = Callable[[str, str, str], str]


def _writer(style: str, key: bytes | str | None, language: str, where: str) -> _Writer:
    """From kind, text and value to what stands in its place."""
    if style not in get_args(Style):
        raise UsageError(where, f"there is no style {style!r}", f"use one of {', '.join(get_args(Style))}")
    if style == "mask":
        return _mask
    if language not in LANGUAGES:
        raise UsageError(where, f"there is no language {language!r}", f"use one of {', '.join(LANGUAGES)}")
    words = catalog(language)
    if style == "label":
        return lambda kind, text, value: f"[{words.text(f'redact.{kind}')}]"
    secret = key.encode() if isinstance(key, str) else key or b""
    if len(secret) < 16:
        raise UsageError(where, "the style hash needs a key of at least 16 bytes", "pass key=…, or use the style label")

    def with_hash(kind: str, text: str, value: str) -> str:
        digest = hmac.digest(secret, f"{kind}\0{value}".encode(), sha256)
        return f"[{words.text(f'redact.{kind}')}·{''.join(chr(97 + byte % 26) for byte in digest[:12])}]"

    return with_hash


def _mask(kind: str, text: str, value: str) -> str:
    if kind == "address":
        return text[: area_length(fold(text))] + "****"
    if kind == "email":
        return text[0] + "***" + text[text.index("@") if "@" in text else text.index("＠") :]
    if kind == "url":
        return text[: text.index(":") + 3] + "***" if ":" in text else "www.***"
    first, last = _STAY.get(kind, (0, 0))
    places = _places(text)
    first += max(len(places) - len(_places(value)), 0)  # +86 stays
    letters = list(text)
    for at in places[first : max(len(places) - last, first)] or places:
        letters[at] = "*"
    return "".join(letters)


def _places(text: str) -> list[int]:
    """Where letters and digits stand, Chinese numerals among them."""
    return [at for at, c in enumerate(fold(text)) if (c.isascii() and c.isalnum()) or c in CHINESE]
