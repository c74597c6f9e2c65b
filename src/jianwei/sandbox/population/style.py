"""From a line to what somebody really types: greetings, habits of punctuation, signs, slips of the finger."""

from __future__ import annotations

import re
from collections.abc import Sequence
from functools import cache

from jianwei.sandbox.population.cast import Voice
from jianwei.sandbox.population.dice import Dice
from jianwei.sandbox.population.phrases import load
from jianwei.sandbox.population.shop import Mood

__all__ = ["bubbles", "typed"]

_QUESTION = re.compile(r"(吗|啥|什么|多少|不|没|怎么办|哪里|哪了|几号|几天|怎么样|怎么泡|怎么选|什么情况|怎么回事)$")
_ENDED = re.compile(r"[，。！？…～~!?、；：\]）)>\u2005]$|[\U0001F300-\U0001FAFF]$")
_MARKED = re.compile(r"^<\w+")
_OBJECTS = re.compile(r"(<\w+(?::[^>]*)?>)")


@cache
def _slips() -> tuple[tuple[str, str], ...]:
    return tuple((entry["right"], entry["wrong"]) for entry in load("voice")["slip"])


def bubbles(line: str, greetings: Sequence[str], closers: Sequence[str], voice: Voice, dice: Dice) -> list[str]:
    """The messages one line is sent as: perhaps with a greeting and a closing word, split where the writer would split it."""
    plain = not _MARKED.match(line)
    if plain and greetings and dice.chance(voice.opener):
        line = dice.pick(greetings) + line
    if plain and closers and not _ENDED.search(line) and dice.chance(voice.closer):
        line += dice.pick(closers)
    parts = [part for part in line.split("|") if part]
    if voice.comma == "split":
        parts = [piece for part in parts for piece in _split(part, dice)]
    # An object in the line is a message of its own.
    pieces = [piece for part in parts for piece in _OBJECTS.split(part)]
    return [piece for piece in (piece.strip("，") for piece in pieces) if piece]


def _split(part: str, dice: Dice) -> list[str]:
    # Long complaints are written in one go; short remarks come in pieces.
    if part.startswith("<") or len(part) > 60 or not dice.chance(0.5):
        return [part]
    return [piece for piece in part.split("，", 1) if piece]


def typed(text: str, voice: Voice, mood: Mood, dice: Dice, *, signs: bool = True) -> str:
    """The text as its writer types it; the words stay, their dress changes.

    Args:
        signs: whether a smiley may follow; the shop sends none to somebody angry.
    """
    if voice.comma == "blank" and len(text) < 60:
        text = text.replace("，", " ").replace("、", " ")
    if dice.chance(voice.slip) and len(text) >= 5:
        text = _slip(text, dice)
    text = _end(text, voice, mood, dice)
    if signs and dice.chance(voice.sign * (0.5 if mood == "neutral" else 1.3)):
        text += dice.pick(voice.signs[mood]) * dice.weighted((1, 2, 3), (0.75, 0.1, 0.15))
    return text


def _slip(text: str, dice: Dice) -> str:
    known = [pair for pair in _slips() if pair[0] in text]
    if known and dice.chance(0.7):
        right, wrong = dice.pick(known)
        return text.replace(right, wrong, 1)
    # A dropped character, but never one of a name, number or mention.
    places = [at for at in range(1, len(text)) if "\u4e00" <= text[at] <= "\u9fff"]
    if "@" in text or not places:
        return text
    at = dice.pick(places)
    return text[:at] + text[at + 1 :]


def _end(text: str, voice: Voice, mood: Mood, dice: Dice) -> str:
    if _ENDED.search(text):
        if voice.ending == "bare" and text[-1] in "。？" and dice.chance(0.7):
            return text.rstrip("。？") or text
        if voice.ending == "loud" and text[-1] in "！？":
            return text + text[-1] * dice.whole(1, 3)
        return text
    question = _QUESTION.search(text) is not None
    if mood == "negative" and dice.chance(0.35):
        return text + dice.pick(("！", "！！", "。。。", "……", "？？", "!!!"))
    match voice.ending:
        case "proper":
            return text + ("？" if question else "。" if dice.chance(0.55) else "")
        case "tilde":
            return text + ("？" if question else "～" if mood != "negative" and dice.chance(0.4) else "")
        case "loud":
            return text + ("？？" if question else "！" * dice.whole(1, 3) if mood == "positive" else "")
        case "bare":
            return text + ("？" if question and dice.chance(0.2) else "")
