"""Texts as the lists spell them, sign by sign, so that every place stays what it is in the text as given."""

from __future__ import annotations

import re
from collections.abc import Sequence

import pyarrow as pa

from jianwei.text.cutting.normal import normalize_array

__all__ = ["readable"]

# Full-width letters, digits and marks stand 0xFEE0 above their ordinary forms.
_NARROW = {code: code - 0xFEE0 for code in range(0xFF01, 0xFF5F) if chr(code) not in "！，；？～（）："}
# Signs that only Traditional texts have and hardly any of them lacks.
_TRADITIONAL = re.compile(
    r"[們個這來說對時後還沒麼過會發東買賣給貨質態務員價錢貴點飯麵湯鮮嗎讓從見現實體總裝雖線舊髒亂靜環內開關電話]"
)


def readable(texts: Sequence[str]) -> list[str]:
    """The texts with ordinary letters and digits, and Traditional characters as Simplified ones; as long as before, each of them.

    >>> readable(["ＯＫ，好吃", "服務態度很差"])
    ['OK，好吃', '服务态度很差']
    """
    plain = [text.translate(_NARROW) for text in texts]
    rows = [row for row, text in enumerate(plain) if _TRADITIONAL.search(text)]
    if rows:
        found = normalize_array(pa.array([plain[row] for row in rows], pa.string()), simplified=True).to_pylist()
        for row, text in zip(rows, found, strict=True):
            if len(text) == len(plain[row]):  # else something was put together or left out, and places would move
                plain[row] = text
    return plain
