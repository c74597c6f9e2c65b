"""Plays a scene: chooses the lines, gives every message its writer, its time and its mood."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass, field

from jianwei.sandbox.population.cast import Voice
from jianwei.sandbox.population.dice import Dice
from jianwei.sandbox.population.phrases import Act, Scene, fill, load, vary
from jianwei.sandbox.population.season import DAY, Season
from jianwei.sandbox.population.shop import Mood
from jianwei.sandbox.population.style import bubbles, typed

__all__ = ["Draft", "Speaker", "notice", "play"]

_OBJECT = re.compile(r"^<(image|sticker|link|red_packet|transfer)(?::(.*))?>$")
_PLACEHOLDER = {"image": "[图片]", "sticker": "[动画表情]"}
_KIND = {"sticker": "emoji"}
_OPEN, _CLOSE = 9, 22


@dataclass(slots=True)
class Draft:
    """A message before it has its id. `reply_to` is the draft it quotes."""

    at: int
    conversation_id: str
    sender_id: str
    kind: str
    text: str
    mood: Mood
    thread: str
    topic: str
    incident: bool
    mentions: tuple[str, ...] = ()
    reply_to: Draft | None = field(default=None, repr=False)


@dataclass(frozen=True, slots=True)
class Speaker:
    """Somebody on stage. `median_reply` in seconds is how long they usually let others wait."""

    user_id: str
    nickname: str
    voice: Voice
    kind: str
    median_reply: float
    serves: bool


def _pause(speaker: Speaker, at: int, first: bool, season: Season, dice: Dice) -> int:
    """When a speaker answers something said at `at`."""
    wait = dice.lognormal(speaker.median_reply, 0.7)
    if not speaker.serves:
        return at + 3 + int(wait)
    hour = season.hour(at)
    if not _OPEN <= hour < _CLOSE:
        # The shop sleeps; the queue of the night is worked off in the morning.
        night = season.begin + (season.day(at) + (hour >= _CLOSE)) * DAY
        return night + _OPEN * 3600 + int(dice.between(60, 2400) + wait)
    factor = 1.8 if hour in (12, 13) else 1.5 if hour in (19, 20, 21) else 1.0
    if season.bad(at):
        factor *= 9
    elif not first:
        factor *= 0.6
    return at + 4 + int(wait * factor)


def notice(at: int, conversation_id: str, text: str, thread: str, kind: str = "system") -> Draft:
    """A notice of the platform itself: somebody joined, a friend was added, a message was recalled."""
    return Draft(at, conversation_id, "", kind, text, "neutral", thread, "notice", False)


def play(
    scene: Scene,
    stage: Mapping[str, Speaker],
    facts: Mapping[str, str],
    conversation_id: str,
    thread: str,
    start: int,
    season: Season,
    dice: Dice,
) -> list[Draft]:
    """One course of the scene, from `start` on, in order of time.

    Args:
        stage: who plays each part ("c" and "s", or "a", "b", "d" and "s" in groups).
        facts: what fills the slots of the lines; mentions (`{@a}`) and names (`{a}`) of the stage are added.
    """
    names = {f"@{part}": f"@{speaker.nickname}\u2005" for part, speaker in stage.items()}
    known = {**facts, **names, **{part: speaker.nickname for part, speaker in stage.items()}}
    drafts: list[Draft] = []
    said: dict[str, int] = {}
    at, last, served, grave = start, "", False, scene.moment in ("incident", "after") or scene.incident
    for turn, act in enumerate(dice.pick(scene.flows)):
        speaker = stage[act.by]
        if turn:
            at = _pause(speaker, at, not served, season, dice) if act.by != last else at + dice.whole(4, 40)
        said[act.name], line = act.choose(speaker.kind, season.hour(at), said, dice)
        grave = grave or act.mood == "negative"
        dress = _Dress.of(act, speaker, len(stage) > 2, turn == 0, not served, grave, season.hour(at))
        for bubble in bubbles(vary(line, dice), dress.greetings, dress.closers, speaker.voice, dice):
            mentions = tuple(other.user_id for part, other in stage.items() if f"{{@{part}}}" in bubble)
            kind, words = _as_message(fill(bubble, known))
            # A greeting sent on its own tells nothing yet of what is to come.
            mood: Mood = "neutral" if f"{bubble}|" in dress.greetings else act.mood
            draft = Draft(
                at, conversation_id, speaker.user_id, kind, words, mood, thread, scene.name,
                scene.incident or scene.moment == "incident", mentions,
            )  # fmt: skip
            if kind == "text":
                draft.text = typed(words, speaker.voice, mood, dice, signs=not (speaker.serves and grave))
                _quote(draft, drafts, dice)
            drafts.append(draft)
            at += 2 + int(min(dice.lognormal(2 + len(words) * 0.25, 0.5), 90))
        served = served or speaker.serves
        last = act.by
    return drafts


@dataclass(frozen=True, slots=True)
class _Dress:
    """The greetings and closing words that would be natural around a line."""

    greetings: tuple[str, ...] = ()
    closers: tuple[str, ...] = ()

    @classmethod
    def of(cls, act: Act, speaker: Speaker, crowd: bool, first: bool, unserved: bool, grave: bool, hour: int) -> _Dress:
        openers, closers = load("voice")["openers"], load("voice")["closers"]
        manner, asks = speaker.voice.manner, act.name.startswith("ask")
        if speaker.serves:
            greets = openers[manner] if unserved and not crowd and not grave and not first else ()
            return cls(tuple(greets), () if grave or asks or act.mood != "neutral" else tuple(closers[manner]))
        if not first:
            return cls()
        if act.mood == "negative":
            return cls(() if crowd else tuple(openers["angry"]))
        if crowd:
            return cls(tuple(openers["room"]) if asks and act.by == "a" else ())
        greets = [word for word in openers[manner] if not word.startswith("早") or hour in range(5, 11)]
        return cls(tuple(greets + openers["ask"] if asks else greets), tuple(closers[manner]) if asks else ())


def _as_message(text: str) -> tuple[str, str]:
    match = _OBJECT.match(text)
    if match is None:
        return "text", text
    name = match[1]
    return _KIND.get(name, name), match[2] or _PLACEHOLDER[name]


def _quote(draft: Draft, before: list[Draft], dice: Dice) -> None:
    """Some answers quote what they answer."""
    said = [d for d in before if d.sender_id != draft.sender_id and d.kind in ("text", "reply")]
    if (
        said
        and (said[-1].sender_id in draft.mentions or not draft.mentions)
        and dice.chance(0.2 if draft.mentions else 0.025)
    ):
        draft.kind, draft.reply_to = "reply", said[-1]
