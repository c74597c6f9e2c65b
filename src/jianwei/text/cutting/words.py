"""Words of many texts at once, by rjieba (the dictionary and hidden Markov model of jieba, in Rust).

The texts are joined with line breaks, cut in one call, and taken apart again at the line breaks: one call for a batch is half
again as fast as one call a text. What must stay whole is taken out before the cut and put back after it:

* `[微笑]`, WeChat's and Weibo's way to write an emoticon (one to ten letters in brackets);
* emoji with everything that belongs to them (skin tones, joined families, flags, keycaps);
* addresses (`https://…`, `www.…`) and names spoken to (`@小王`, up to the next blank or mark);
* topics: `#双十一#`, `#双十一` up to the next blank, and `{%双十一%}`;
* the words of the user's own dictionary that always win, see `dictionary`.

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
from jianwei.text.cutting.dictionary import Dictionary
from jianwei.text.cutting.emoji import PICTURE, SEQUENCE
from jianwei.text.inputs import Texts, as_strings, portions

__all__ = ["IDENTITY", "is_word", "keep_tokens", "tokenize", "tokenize_array", "words"]

# Goes up whenever the same text would be cut differently by this module.
REVISION = "2"
IDENTITY = ModelIdentity("rjieba", f"{version('rjieba')}+{REVISION}")

# Stand in the joined text where a whole token, or a word of the user's, was taken out. Unicode promises that they never are
# characters; if a text holds one all the same, it is taken out like the others and comes back as itself.
_MARK, _OWN_MARK = "\ufdd0", "\ufdd1"
_WHOLE = re.compile(
    rf"\[(?:[A-Za-z\u4e00-\u9fff]{{1,10}}|666)\]"
    rf"|[hH][tT][tT][pP][sS]?://[!-~]*[A-Za-z0-9/=&#_-]|(?<![0-9A-Za-z./@-])[wW]{{3}}\.[!-~]*[A-Za-z0-9/=&#_-]"
    rf"|(?<![A-Za-z0-9._%+-])@[\w-]{{1,32}}"
    rf"|{SEQUENCE}"
    # Numbers of houses and lines ("3#楼", "C#") begin no topic; one that is not closed ends at a blank.
    rf"|(?<![0-9A-Za-z_])#(?!\d[^#\n]*#\d)(?=[^#\n]*[^\W\d])[^\s#](?:[^#\n]{{0,38}}[^\s#])?#"
    rf"|(?<![0-9A-Za-z_#])#(?=\w*[^\W\d_])\w{{1,32}}(?!\S)"
    rf"|\{{%[^%{{}}\n]{{1,40}}%\}}"
    rf"|[{_MARK}{_OWN_MARK}]"
)
# A word has a letter or digit in it, or is an emoticon; addresses and names spoken to are not what somebody talks about,
# and names would leak into rankings.
_IS_WORD = rf"^\[.+\]$|^{PICTURE}|[\x{{1f1e6}}-\x{{1f1ff}}]|[\pL\pN]"
_BLANK = r"^[\s\pZ\p{Cc}\p{Cf}\p{Mn}]+$"
_NO_WORD = r"^(?i:https?://|www\.)|^@"


def tokenize_array(
    texts: pa.StringArray, tokenizer: Tokenizer = rjieba, dictionary: Dictionary | None = None
) -> pa.ListArray:
    """Tokens of every text, as Arrow.

    Args:
        texts: strings [n]; null gives no tokens.
        tokenizer: who cuts; `rjieba` by default. With a dictionary that weighs words, it is that dictionary's.
        dictionary: the user's own words.

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
    joined, own = _WHOLE.sub(take, "\n".join(plain.to_pylist())), list[str]()
    if dictionary is not None:
        joined, own = dictionary.take_out(joined, _OWN_MARK)
        tokenizer = dictionary.tokenizer or tokenizer
    pieces = tokenizer.cut(joined)
    encoded = pa.array(pieces + taken + own, pa.string()).dictionary_encode()
    entries, codes = encoded.dictionary, encoded.indices.to_numpy().copy()
    codes, put_back, own_back = np.split(codes, [len(pieces), len(pieces) + len(taken)])
    breaks = np.flatnonzero(codes == pc.index(entries, "\n").as_py())
    places = [codes == pc.index(entries, mark).as_py() for mark in (_MARK, _OWN_MARK)]  # before either is filled
    for place, back in zip(places, (put_back, own_back), strict=True):
        codes[place] = back
    ends = np.concatenate([[0], breaks + 1, [len(codes)]]).astype(np.int32)
    lists = pa.ListArray.from_arrays(pa.array(ends), pa.DictionaryArray.from_arrays(pa.array(codes), entries))
    return keep_tokens(lists, pc.invert(pc.match_substring_regex(entries, _BLANK)).to_numpy(zero_copy_only=False))


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


def tokenize(texts: Texts, dictionary: Dictionary | None = None) -> list[list[str]]:
    r"""Tokens of every text, blanks left out.

    Args:
        texts: list, Arrow, pandas or Polars column of n texts; None and "" give no tokens.
        dictionary: the user's own words; they are found in the text as it reads after NFKC.

    Returns:
        n lists of tokens.

    Raises:
        UsageError: a single string was given.

    >>> tokenize(["发货太慢了[微笑]", "ＯＫ\n好", None])
    [['发货', '太慢', '了', '[微笑]'], ['OK', '好'], []]
    >>> tokenize(["我要小熊猫抱枕"], Dictionary(["小熊猫抱枕"]))
    [['我要', '小熊猫抱枕']]
    """
    result: list[list[str]] = []
    for portion in portions(as_strings(texts, "text.tokenize")):
        result.extend(tokenize_array(portion, dictionary=dictionary).to_pylist())
    return result
