"""Words as characters: every word becomes one character, so that what works on characters works on words."""

from __future__ import annotations

import zlib

import numpy as np
import pyarrow as pa

from jianwei.text.cutting.features import fold
from jianwei.text.cutting.words import tokenize_array

__all__ = ["as_characters"]

_FIRST, _MANY = 0x10000, 0xFFFFE  # the characters beyond the basic plane


def as_characters(texts: pa.StringArray) -> pa.StringArray:
    """Texts in which each token is one character: n-grams of them are n-grams of words.

    The character is a hash of the token in lower case: of 50,000 words 2,000 share theirs with another one.

    >>> [len(text) for text in as_characters(pa.array(["物流太慢了", None])).to_pylist()]
    [3, 0]
    """
    tokens = tokenize_array(texts)
    words = fold(tokens.values.dictionary).to_pylist()
    codes = np.array([_FIRST + zlib.crc32(word.encode()) % _MANY for word in words], np.uint32)
    found = codes[tokens.values.indices.to_numpy()] if len(words) else np.zeros(0, np.uint32)
    data = np.empty((len(found), 4), np.uint8)  # UTF-8 of a character beyond the basic plane has four bytes
    for place, (shift, mask, mark) in enumerate(((18, 0x07, 0xF0), (12, 0x3F, 0x80), (6, 0x3F, 0x80), (0, 0x3F, 0x80))):
        data[:, place] = (found >> shift) & mask | mark
    offsets = (tokens.offsets.to_numpy() * 4).astype(np.int32)
    return pa.StringArray.from_buffers(len(tokens), pa.py_buffer(offsets), pa.py_buffer(data.tobytes()))
