"""Words of many texts at once, by rjieba (the dictionary and hidden Markov model of jieba, in Rust).

The texts are joined with line breaks, cut in one call, and taken apart again at the line breaks: one call for a batch is half
again as fast as one call a text. What must stay whole is taken out before the cut and put back after it:

* `[微笑]`, WeChat's and Weibo's way to write an emoticon (one to ten letters in brackets);
* emoji with everything that belongs to them (skin tones, joined families, flags, keycaps);
* addresses (`https://…`) and names spoken to (`@小王`, up to the next blank or mark).

Texts are first brought to NFKC, so full-width and half-width forms are one. Blanks and invisible format characters are no tokens;
punctuation is. `words` leaves only what is worth counting.
"""

from __future__ import annotations

import re
from importlib.metadata import version

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
import rjieba
from numpy.typing import NDArray

from jianwei.models import ModelIdentity
from jianwei.text._base import Tokenizer
from jianwei.text.inputs import Texts, as_strings, portions

__all__ = ["IDENTITY", "is_word", "keep_tokens", "tokenize", "tokenize_array", "words"]

# Goes up whenever the same text would be cut differently by this module.
REVISION = "1"
IDENTITY = ModelIdentity("rjieba", f"{version('rjieba')}+{REVISION}")

# Stands in the joined text where a whole token was taken out. Unicode promises that it never is a character; if a text
# holds it all the same, it is taken out like the others and comes back as itself.
_MARK = "\ufdd0"
_PICTURE = "[\u2600-\u2604\u2607-\u27bf\u231a-\u23ff\u2b05-\u2b55\U0001f000-\U0001f1e5\U0001f200-\U0001faff]"
_BELONGS = "[\ufe0f\U0001f3fb-\U0001f3ff\U000e0020-\U000e007f]*"
_WHOLE = re.compile(
    rf"\[(?:[A-Za-z\u4e00-\u9fff]{{1,10}}|666)\]"
    rf"|https?://[!-~]*[A-Za-z0-9/=&#_-]"
    rf"|(?<![A-Za-z0-9._%+-])@[\w-]{{1,32}}"
    rf"|[\U0001f1e6-\U0001f1ff]{{2}}|[0-9#*]\ufe0f?\u20e3"
    rf"|{_PICTURE}{_BELONGS}(?:\u200d{_PICTURE}{_BELONGS})*"
    rf"|{_MARK}"
)
# A word has a letter or digit in it, or is an emoticon; addresses and names spoken to are not what somebody talks about,
# and names would leak into rankings.
_IS_WORD = rf"^\[.+\]$|^{_PICTURE}|[\x{{1f1e6}}-\x{{1f1ff}}]|[\pL\pN]"
_BLANK = r"^[\s\pZ\p{Cc}\p{Cf}\p{Mn}]+$"
_NO_WORD = r"^https?://|^@"


def tokenize_array(texts: pa.StringArray, tokenizer: Tokenizer = rjieba) -> pa.ListArray:
    """Tokens of every text, as Arrow.

    Args:
        texts: strings [n]; null gives no tokens.
        tokenizer: who cuts; `rjieba` by default.

    Returns:
        list<dictionary<int32, string>> [n], never null. The dictionary holds each distinct token of the batch once (and some
        that occur only in joints), so that work per word is done once a word and not once an occurrence.

    >>> tokenize_array(pa.array(["物流太慢了", None])).to_pylist()
    [['物流', '太慢', '了'], []]
    """
    rows = len(texts)
    if not rows:
        return pa.ListArray.from_arrays(pa.array([0], pa.int32()), pa.array([], pa.string()).dictionary_encode())
    taken: list[str] = []

    def take(match: re.Match[str]) -> str:
        taken.append(match[0])
        return _MARK

    plain = pc.utf8_normalize(pc.fill_null(texts, ""), "NFKC")
    for line_break in "\r\n":
        plain = pc.replace_substring(plain, line_break, " ")
    pieces = tokenizer.cut(_WHOLE.sub(take, "\n".join(plain.to_pylist())))
    encoded = pa.array(pieces + taken, pa.string()).dictionary_encode()
    dictionary, codes = encoded.dictionary, encoded.indices.to_numpy().copy()
    codes, put_back = np.split(codes, [len(pieces)])
    breaks = np.flatnonzero(codes == pc.index(dictionary, "\n").as_py())
    if taken:
        codes[codes == pc.index(dictionary, _MARK).as_py()] = put_back
    ends = np.concatenate([[0], breaks + 1, [len(codes)]]).astype(np.int32)
    joined = pa.ListArray.from_arrays(pa.array(ends), pa.DictionaryArray.from_arrays(pa.array(codes), dictionary))
    return keep_tokens(joined, pc.invert(pc.match_substring_regex(dictionary, _BLANK)).to_numpy(zero_copy_only=False))


def keep_tokens(tokens: pa.ListArray, wanted: NDArray[np.bool_]) -> pa.ListArray:
    """The same texts with only those tokens whose dictionary entry is wanted (bool [entries of the dictionary])."""
    values = tokens.values
    codes = values.indices.to_numpy()
    keep = wanted[codes]
    before = np.concatenate([[0], np.cumsum(keep)]).astype(np.int32)
    kept = pa.DictionaryArray.from_arrays(pa.array(codes[keep]), values.dictionary)
    return pa.ListArray.from_arrays(pa.array(before[tokens.offsets.to_numpy()]), kept)


def is_word(tokens: pa.StringArray) -> NDArray[np.bool_]:
    """bool [n]: whether a token is worth counting: no punctuation, no address, no @name; emoji and `[微笑]` are.

    >>> is_word(pa.array(["好", "!", "👍", "[微笑]", "@小王", "https://a.cn"])).tolist()
    [True, False, True, True, False, False]
    """
    wanted = pc.and_not(pc.match_substring_regex(tokens, _IS_WORD), pc.match_substring_regex(tokens, _NO_WORD))
    flags: NDArray[np.bool_] = wanted.to_numpy(zero_copy_only=False)
    return flags


def words(tokens: pa.ListArray) -> pa.ListArray:
    """Only the tokens worth counting, see `is_word`.

    Args:
        tokens: from `tokenize_array`.

    Returns:
        list<dictionary<int32, string>> [n], same dictionary.

    >>> words(tokenize_array(pa.array(["@小王 好的👍!! https://a.cn"]))).to_pylist()
    [['好', '的', '👍']]
    """
    return keep_tokens(tokens, is_word(tokens.values.dictionary))


def tokenize(texts: Texts) -> list[list[str]]:
    r"""Tokens of every text, blanks left out.

    Args:
        texts: list, Arrow, pandas or Polars column of n texts; None and "" give no tokens.

    Returns:
        n lists of tokens.

    Raises:
        UsageError: a single string was given.

    >>> tokenize(["发货太慢了[微笑]", "ＯＫ\n好", None])
    [['发货', '太慢', '了', '[微笑]'], ['OK', '好'], []]
    """
    result: list[list[str]] = []
    for portion in portions(as_strings(texts, "text.tokenize")):
        result.extend(tokenize_array(portion).to_pylist())
    return result
