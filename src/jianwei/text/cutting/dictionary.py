"""The user's own words: names of wares, brands, slang that no general dictionary knows.

Two kinds of entry, as people mean them:

* a word alone always wins: wherever it stands in a text, it is a token, the longest of those that begin at a place;
* a word with a frequency competes with the general dictionary's words, exactly as in a user dictionary of jieba.

A word never wins inside an address, a @name, a topic or an emoticon, nor, where it begins or ends with a Latin letter or a
digit, inside a longer run of those ("AI" is not found in "MAIL").
"""

from __future__ import annotations

import os
import re
import unicodedata
from collections import defaultdict
from collections.abc import Iterable
from dataclasses import dataclass, replace
from functools import cached_property
from hashlib import sha256
from pathlib import Path
from typing import cast

import numpy as np
import rjieba
from numpy.typing import NDArray

from jianwei.errors import InputError, UsageError
from jianwei.text._base import Tokenizer

__all__ = ["Dictionary", "Entry"]

# jieba's own layout: the word may hold blanks, the frequency and the tag are optional.
_LINE = re.compile(r"(?P<word>.+?)(?:\s+(?P<frequency>\d+))?(?:\s+(?P<tag>[a-z]+))?")
_RUN = re.compile("[0-9A-Za-z]{2}")
_ALPHABET = 0x110000
_LONGEST = 64
_MOST = 2**31 - 1


@dataclass(frozen=True, slots=True)
class Entry:
    """A word of the user's.

    Attributes:
        word: as it stands in texts, in NFKC.
        frequency: how often a corpus of jieba's size (60 million words) would hold it; None: the word always wins.
        tag: its part of speech by jieba's letters, "" where it was not said.
    """

    word: str
    frequency: int | None = None
    tag: str = ""


class Dictionary:
    """Words that `tokenize` must know; later entries take the place of earlier ones.

    Args:
        words: texts, which always win, or entries.

    Raises:
        UsageError: a word is blank, longer than 64 characters or holds a line break; a frequency is out of bounds.

    >>> Dictionary(["见微知著", Entry("小程序码", 50)]).entries[1].frequency
    50
    """

    def __init__(self, words: Iterable[str | Entry]) -> None:
        if isinstance(words, str):
            raise UsageError("text.Dictionary", "got one word where many are expected", "write Dictionary([word])")
        entries: dict[str, Entry] = {}
        for given in words:
            entry = _checked(given if isinstance(given, Entry) else Entry(given))
            entries.pop(entry.word, None)
            entries[entry.word] = entry
        self._entries = tuple(entries.values())

    @property
    def entries(self) -> tuple[Entry, ...]:
        return self._entries

    @property
    def digest(self) -> str:
        """16 hex digits that change with the entries: part of the identity of whatever was cut with them."""
        parts = (f"{entry.word}\t{entry.frequency or ''}\t{entry.tag}\n" for entry in self._entries)
        return sha256("".join(parts).encode()).hexdigest()[:16]

    @classmethod
    def load(cls, path: str | os.PathLike[str]) -> Dictionary:
        """The dictionary in a UTF-8 file of jieba's layout: a word a line, after it a frequency and a tag if you like.

        Blank lines and lines that begin with "# " are passed over.

        Raises:
            InputError: there is no such file, it is no UTF-8, or a line holds no word; the error names the line.
        """
        try:
            lines = Path(path).read_text("utf-8-sig").splitlines()
        except OSError as error:
            raise InputError(str(path), f"cannot be read ({error.strerror})", "check the name of the file") from error
        except UnicodeDecodeError as error:
            raise InputError(str(path), f"is no UTF-8 (byte {error.start})", "save it as UTF-8") from error
        entries = []
        for number, line in enumerate(lines, 1):
            text = line.strip()
            if not text or text.startswith("# "):
                continue
            found = _LINE.fullmatch(text)
            try:
                if found is None:
                    raise UsageError("text.Dictionary", "this line holds no word")
                frequency = found["frequency"] and int(found["frequency"][:20])
                entries.append(_checked(Entry(found["word"], frequency or None, found["tag"] or "")))
            except UsageError as error:
                raise InputError(f"{path}:{number}", error.what, error.hint or "write: word frequency tag") from error
        return cls(entries)

    @cached_property
    def tokenizer(self) -> Tokenizer | None:
        """rjieba with the words that have a frequency; None where there are none."""
        weighed = [entry for entry in self._entries if entry.frequency is not None]
        if not weighed:
            return None
        tokenizer = rjieba.Jieba()
        for entry in weighed:
            tokenizer.add_word(entry.word, entry.frequency, entry.tag or None)
        return cast(Tokenizer, tokenizer)

    def take_out(self, text: str, mark: str) -> tuple[str, list[str]]:
        """`text` with every word that always wins replaced by `mark`, and those words in their order.

        The longest word at the first place wins, then the search goes on behind it.

        >>> Dictionary(["小熊猫", "熊猫"]).take_out("大熊猫和小熊猫", "*")
        ('大*和*', ['熊猫', '小熊猫'])
        """
        if not self._winners:
            return text, []
        words, sizes = self._winners, self._sizes
        parts: list[str] = []
        found: list[str] = []
        end = 0
        for start in self._candidates(text).tolist():
            if start < end:
                continue
            for size in sizes.get(text[start : start + 2], sizes.get(text[start], ())):
                word = text[start : start + size]
                if word in words and not _cuts_a_run(text, start, start + size):
                    parts += (text[end:start], mark)
                    found.append(word)
                    end = start + size
                    break
        return "".join([*parts, text[end:]]), found

    def _candidates(self, text: str) -> NDArray[np.int64]:
        """Places where the first two characters are those of words: one look a character, whatever the number of words."""
        codes = np.frombuffer(text.encode("utf-32-le"), np.uint32)
        first, alone, second = self._characters
        follows = np.append(second[codes[1:]], False)
        return np.flatnonzero(first[codes] & (follows | alone[codes]))

    @cached_property
    def _winners(self) -> frozenset[str]:
        return frozenset(entry.word for entry in self._entries if entry.frequency is None)

    @cached_property
    def _sizes(self) -> dict[str, tuple[int, ...]]:
        """First two characters → lengths of the words that begin so, the longest first; one character → (1,) if it is a word."""
        sizes: defaultdict[str, set[int]] = defaultdict(set)
        for word in self._winners:
            sizes[word[:2]].add(len(word))
        for start in sizes:
            if start[0] in self._winners:
                sizes[start].add(1)
        return {start: tuple(sorted(lengths, reverse=True)) for start, lengths in sizes.items()}

    @cached_property
    def _characters(self) -> NDArray[np.bool_]:
        """bool [3, code points]: begins a word, is one, is the second of one."""
        flags = np.zeros((3, _ALPHABET), bool)
        for word in self._winners:
            flags[0, ord(word[0])] = True
            if len(word) == 1:
                flags[1, ord(word)] = True
            else:
                flags[2, ord(word[1])] = True
        return flags

    def __len__(self) -> int:
        return len(self._entries)

    def __repr__(self) -> str:
        return f"Dictionary({len(self)} words)"

    def __reduce__(self) -> tuple[type[Dictionary], tuple[tuple[Entry, ...]]]:
        return Dictionary, (self._entries,)


def _checked(entry: Entry) -> Entry:
    word = unicodedata.normalize("NFKC", entry.word).strip()
    if not word or len(word) > _LONGEST or re.search(r"[\r\n\ufdd0\ufdd1]", word):
        raise UsageError(
            "text.Dictionary", f"{entry.word[:80]!r} is no word", f"1 to {_LONGEST} characters in one line"
        )
    if entry.frequency is not None and not 0 < entry.frequency <= _MOST:
        raise UsageError("text.Dictionary", f"the frequency of {word!r} is {entry.frequency}", f"use 1 to {_MOST}")
    return replace(entry, word=word)


def _cuts_a_run(text: str, start: int, end: int) -> bool:
    """Whether a Latin letter or digit stands right beside another one at either end."""
    return any(_RUN.fullmatch(text, max(at - 1, 0), at + 1) for at in (start, end))
