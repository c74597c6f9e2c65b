"""Guards against what nobody said: recognisers that write whole sentences invent some over noise, and repeat themselves.

Pure functions over texts and scores. Every one answers with a reason, a code, or with nothing. Sources: Radford et al. 2022, "Robust Speech
Recognition via Large-Scale Weak Supervision", §4.5 (compression ratio, log-probability); Koenecke et al. 2024, "Careless
Whisper"; Barański et al. 2025, "Investigation of Whisper ASR hallucinations induced by non-speech audio" (phrases that come again and
again).
"""

from __future__ import annotations

import re
import zlib
from dataclasses import dataclass
from functools import cache
from importlib.resources import files
from typing import Literal

from jianwei.speech.writing import simplified

__all__ = ["Bounds", "Reason", "compression_ratio", "cut_repeats", "doubt", "spoken_length"]

Reason = Literal["repetition", "too_fast", "no_speech", "invented", "unlikely"]
"""Why a text was dropped; the words are `speech.dropped.<reason>` in the locale. "no_speech" is said by engines themselves."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Bounds:
    """Beyond these, a text is not believed.

    Attributes:
        per_second: characters (of Chinese; a third of the letters elsewhere) in a second; fast speakers reach 8.
        compression: bytes over compressed bytes.
        digits: in one number, a bank card has 19; and groups of at most three digits in a row, as sizes and prices are listed.
        same_digits: in a row of one group over and over, "1, 2, 1, 2"; a telephone has 11.
        logprob: mean of the tokens' natural logarithms.
        repeats: times that a phrase may come in a row; more of them are cut to one.
    """

    per_second: float = 12.0
    compression: float = 2.4
    digits: int = 24
    same_digits: int = 16
    logprob: float = -1.5
    repeats: int = 3


_MARKS = re.compile(r"[\W_]+")
_NUMERALS = "〇零一二三四五六七八九幺"
"""Digits as they are said in Chinese; some engines write telephones that way."""
_DIGIT, _LETTER = rf"[\d{_NUMERALS}]", rf"[^\W\d_{_NUMERALS}]"
_NUMBER = re.compile(rf"{_DIGIT}(?:[\W_]|{_DIGIT})*")
"""Digits and what stands between and behind them."""
_EAST = 0x2E80
"""From here on Unicode has the characters and syllables of Chinese, Japanese and Korean; letters of other scripts lie before."""


def spoken_length(text: str) -> float:
    """Length in characters as they are spoken: a Chinese one counts 1, a digit 1, any other letter a third.

    >>> spoken_length("发货了吗, OK 3")
    5.666666666666667
    """
    bare = _MARKS.sub("", text)
    foreign = sum(char.isalpha() and ord(char) < _EAST for char in bare)
    return len(bare) - foreign * 2 / 3


def compression_ratio(text: str) -> float:
    """Bytes in UTF-8 over bytes after zlib; plain sentences lie below 2, endless repetition far above. 0 of an empty text.

    >>> compression_ratio("对" * 200) > 10
    True
    """
    raw = text.encode()
    return len(raw) / len(zlib.compress(raw)) if raw else 0.0


def cut_repeats(text: str, times: int = 3) -> tuple[str, str]:
    """Cut a phrase that comes more than `times` times in a row down to one.

    Phrases have a letter in their first 15 characters and go on for up to 29 more; marks and blanks between them are no difference. What
    is digits only is left alone, since numbers repeat themselves; `doubt` knows which are none.

    Returns:
        the text that is left, and what was cut, "" where nothing was.

    >>> cut_repeats("好的" * 9 + "再见")
    ('好的再见', '好的好的好的好的好的好的好的好的')
    >>> cut_repeats("2m4," * 5)
    ('2m4,', ',2m4,2m4,2m4,2m4')
    >>> cut_repeats("哈哈哈，13888888888")
    ('哈哈哈，13888888888', '')
    """
    pattern = re.compile(rf"((?:[\W_]|{_DIGIT}){{0,14}}?{_LETTER}.{{0,29}}?)(?:[\W_]*\1){{{times},}}", re.DOTALL)
    cut: list[str] = []

    def once(found: re.Match[str]) -> str:
        cut.append(found.group()[len(found.group(1)) :])
        return found.group(1)

    return pattern.sub(once, text), "".join(cut)


def doubt(
    text: str,
    seconds: float,
    *,
    logprob: float | None = None,
    bounds: Bounds | None = None,
) -> Reason | None:
    """Why a text is not believed; None where there is no reason.

    Args:
        text: what a recogniser wrote.
        seconds: how long the speech was.
        logprob: mean natural logarithm of its tokens, where it tells. That Whisper thinks nobody speaks is not asked for: pauses were left
            out before, and it thinks so of a short "嗯" and of unclear speech, too.
        bounds: what is too much.

    >>> doubt("明天发货", 1.5), doubt("明天发货吗" * 4, 1.0), doubt("请不吝点赞 订阅 转发 打赏支持明镜与点点栏目", 9.0)
    (None, 'too_fast', 'invented')
    """
    limit = bounds or Bounds()
    if compression_ratio(_NUMBER.sub("", text)) > limit.compression or _endless_number(text, limit):
        return "repetition"
    if spoken_length(text) > limit.per_second * max(seconds, 0.3):
        return "too_fast"
    if _inventions().fullmatch(_squeezed(text)):
        return "invented"
    if logprob is not None and logprob < limit.logprob:
        return "unlikely"
    return None


def _endless_number(text: str, limit: Bounds) -> bool:
    """Whether digits go on longer than those of any number, or of several telephones one after the other."""
    for run in _NUMBER.findall(text):
        groups = [len(group) for group in re.findall(f"{_DIGIT}+", run)]
        if max(groups) > limit.digits or sum(length <= 3 for length in groups) > limit.digits:
            return True
    same = re.finditer(rf"({_DIGIT}(?:[\W_]*{_DIGIT}){{0,5}}?)(?:[\W_]*\1){{3,}}", text)
    return any(len(re.findall(_DIGIT, found.group())) > limit.same_digits for found in same)


@cache
def _inventions() -> re.Pattern[str]:
    """One or more of the known phrases, and nothing else; also as they are after Chinese was made simplified."""
    lines = files("jianwei.speech.data").joinpath("invented.txt").read_text("utf-8").splitlines()
    known = [line for line in lines if line and not line.startswith("#")]
    phrases = {re.escape(_squeezed(form)) for line in known for form in (line, simplified(line))}
    return re.compile(f"(?:{'|'.join(sorted(phrases))})+")


def _squeezed(text: str) -> str:
    """A text without marks and blanks, in small letters."""
    return _MARKS.sub("", text).casefold()
