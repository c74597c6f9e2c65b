"""What each token is: a word, a number, a mark, an emoji, an emoticon, an address, a name spoken to, a topic."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from jianwei.text.cutting.dictionary import Dictionary
from jianwei.text.cutting.words import is_word, tokenize_array
from jianwei.text.inputs import Texts, as_strings, portions

__all__ = ["KINDS", "TypedTokens", "token_kinds", "typed_tokens"]

KINDS = ("word", "number", "punctuation", "emoji", "emoticon", "url", "mention", "topic")

# The first pattern that fits says what a token is; what is left is a word if it has a letter or digit, else punctuation.
_PATTERNS = (
    ("url", r"^(?i:https?://|www\.)."),
    ("mention", r"^@."),
    ("topic", r"^(?:#.+#|#[\pL\pN_]+|\{%.+%\})$"),
    ("emoticon", r"^\[(?:[\pL]+|666)\]$"),
    ("number", r"^[0-9][0-9.,:/]*%?$"),
)


@dataclass(frozen=True, eq=False)
class TypedTokens:
    """Tokens of n texts and what each of them is, as two parallel lists.

    Attributes:
        tokens: list<dictionary<int32, string>> [n], as `tokenize_array` returns them.
        kinds: list<dictionary<int8, string>> [n], the same offsets, values out of `KINDS`.
    """

    tokens: pa.ListArray
    kinds: pa.ListArray

    def __len__(self) -> int:
        return len(self.tokens)

    def __iter__(self) -> Iterator[list[tuple[str, str]]]:
        for tokens, kinds in zip(self.tokens, self.kinds, strict=True):
            yield list(zip(tokens.as_py(), kinds.as_py(), strict=True))

    def to_arrow(self) -> pa.Table:
        """Columns tokens and kinds."""
        return pa.table({"tokens": self.tokens, "kinds": self.kinds})


def token_kinds(tokens: pa.StringArray) -> pa.DictionaryArray:
    """Kind of every token, dictionary<int8, string> [n]; [n] tokens as `tokenize_array` cuts them.

    >>> token_kinds(pa.array(["好", "3.5", "!", "👍", "[微笑]", "www.a.cn", "@小王", "#双十一#"])).to_pylist()
    ['word', 'number', 'punctuation', 'emoji', 'emoticon', 'url', 'mention', 'topic']
    """
    spoken = is_word(tokens)
    letters = pc.match_substring_regex(tokens, r"[\pL\pN]").to_numpy(zero_copy_only=False)
    keycaps = pc.match_substring_regex(tokens, r"^[0-9#*]\x{fe0f}?\x{20e3}$").to_numpy(zero_copy_only=False)
    codes = np.full(len(tokens), KINDS.index("punctuation"), np.int8)
    codes[spoken] = KINDS.index("emoji")
    codes[letters] = KINDS.index("word")
    for kind, pattern in reversed(_PATTERNS):
        codes[pc.match_substring_regex(tokens, pattern).to_numpy(zero_copy_only=False)] = KINDS.index(kind)
    codes[keycaps] = KINDS.index("emoji")
    return pa.DictionaryArray.from_arrays(pa.array(codes), pa.array(KINDS, pa.string()))


def typed_tokens(texts: Texts, dictionary: Dictionary | None = None) -> TypedTokens:
    """Tokens of every text with their kinds.

    Args:
        texts: list, Arrow, pandas or Polars column of n texts; None and "" give no tokens.
        dictionary: the user's own words.

    Raises:
        UsageError: a single string was given.

    >>> list(typed_tokens(["@小王 3个[强]"]))
    [[('@小王', 'mention'), ('3', 'number'), ('个', 'word'), ('[强]', 'emoticon')]]
    """
    strings = as_strings(texts, "text.typed_tokens")
    parts = [tokenize_array(portion, dictionary=dictionary) for portion in portions(strings)]
    tokens = pa.chunked_array(parts or [tokenize_array(strings)]).unify_dictionaries().combine_chunks()
    values = tokens.values
    kinds = token_kinds(values.dictionary).take(values.indices)
    return TypedTokens(tokens, pa.ListArray.from_arrays(tokens.offsets, kinds))
