"""Screenshots of chats rebuilt into messages: who said what, in order.

A chat is recognised by its layout, not by its words: bubbles of one colour that begin at one edge (the other people's) or end at one edge
(the owner's), avatars beside them, times and notices in the middle, a title in the bar at the top.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from itertools import pairwise
from statistics import median
from typing import Literal

import numpy as np
from numpy.typing import NDArray

from jianwei.vision._base import Box, ChatLine, Line
from jianwei.vision.reading.bubbles import Bubble, Screen, bubbles_of, screen_of, silent_areas
from jianwei.vision.reading.joining import joined
from jianwei.vision.reading.turning import quarters_of, turned_box, turned_line

__all__ = ["chat_of", "silent_bubbles"]

# Lengths are shares of the screen's width, so that they hold for every phone; a phone of 375 points has 1 point in 0.0027.

TOP = 0.27
"""How far down the status bar and the bar with the title reach."""

STATUS = 0.1
"""How far down the status bar reaches, whose battery looks like a bubble."""

CENTERED = 0.03
"""What is written in the middle is off by this much at most."""

ALIGNED = 0.03
"""Edges are one edge when they differ by less."""

NEAR = 0.035
"""What belongs to a bubble (a name above, a quote or a strip below) is no further from it."""

AVATAR = (0.015, 0.15)
"""Between these an avatar lies, from the left or from the right."""

ROOM = 0.45
"""A line of a bubble can be this wide at least, even where none is."""

EVIDENCE = 4.0
"""What a screenshot must show to be called a chat, see `_evidence`."""


@dataclass(frozen=True, slots=True)
class _Message:
    """A bubble, whose it is, and what stands around it."""

    bubble: Bubble
    side: Literal["left", "right"]
    avatar: bool
    name: str = ""
    quote: str = ""


def chat_of(lines: Sequence[Line], pixels: NDArray[np.uint8]) -> tuple[ChatLine, ...]:
    """The messages of a chat screenshot from the top down; empty for any other picture.

    A screenshot on its side or its head is taken as it was read; the boxes are those of the picture as it lies.

    Args:
        lines: what was read in it.
        pixels: uint8 [height, width, 3], RGB.
    """
    if quarters := quarters_of(lines):
        page, size, standing = _upright(lines, pixels, quarters)
        return tuple(replace(row, box=turned_box(row.box, -quarters, size)) for row in chat_of(standing, page))
    width = float(pixels.shape[1])
    if not lines or min(pixels.shape[:2]) < 100:
        return ()
    screen = screen_of(pixels)
    end = _input_bar(screen)
    bubbles, loose = bubbles_of([line for line in lines if _middle_y(line.box) < end], screen)
    bubbles = tuple(bubble for bubble in bubbles if bubble.box[3] > STATUS * width)
    centered = [bubble for bubble in bubbles if _is_pill(bubble, screen)]
    messages = [_sided(bubble, screen) for bubble in bubbles if bubble not in centered]
    messages = _with_quotes(_with_strips(messages, width), width)
    messages, loose = _with_names(messages, loose, width)
    title, loose = _title(loose, messages, width)
    middle = [line for line in loose if _is_centered(line.box, width) and not _in_bar(line, title, width)]
    middle += [line for bubble in centered for line in bubble.lines]
    if not messages or _evidence(messages, bool(title), len(middle), end < pixels.shape[0], width) < EVIDENCE:
        return ()
    rows = [ChatLine("middle", joined(group), "", _around(group)) for group in _paragraphs(middle)]
    room = max(ROOM * width, *(_room(message) for message in messages))
    rows += [ChatLine(m.side, _said(m, room), m.name, m.bubble.box, m.quote) for m in messages]
    rows.sort(key=lambda row: row.box[1])
    return (*(ChatLine("title", line.text, "", line.box) for line in title), *rows)


def silent_bubbles(lines: Sequence[Line], pixels: NDArray[np.uint8]) -> tuple[Box, ...]:
    """Where something is drawn in bubbles of a chat in which no line was found: detectors overlook a lone "一" or "…"."""
    if quarters := quarters_of(lines):
        page, size, standing = _upright(lines, pixels, quarters)
        return tuple(turned_box(box, -quarters, size) for box in silent_bubbles(standing, page))
    if not chat_of(lines, pixels):
        return ()
    screen = screen_of(pixels)
    bubbles, _ = bubbles_of(lines, screen)
    boxes, end = [bubble.box for bubble in bubbles], _input_bar(screen)
    colors = dict.fromkeys(bubble.color for bubble in bubbles)
    return tuple(box for color in colors for box in silent_areas(color, screen, boxes) if _middle_y(box) < end)


def _upright(
    lines: Sequence[Line], pixels: NDArray[np.uint8], quarters: int
) -> tuple[NDArray[np.uint8], tuple[int, int], list[Line]]:
    """A page and its lines as they stand after so many quarters to the left; and its width and height then."""
    height, width = pixels.shape[:2]
    page = np.ascontiguousarray(np.rot90(pixels, quarters))
    size = (width, height) if quarters == 2 else (height, width)
    return page, size, [turned_line(line, quarters, (width, height)) for line in lines]


def _room(message: _Message) -> float:
    """Pixels that the lines of a bubble are wide."""
    left, _, right, _ = _around(message.bubble.lines)
    return right - left


_VOICE = re.compile(r"^[)(·•. ]*(\d{1,2}) ?[\"'”“″′‘’]+[)(·•. ]*$")


def _said(message: _Message, room: float) -> str:
    """The text of a bubble; a voice message is its seconds: 12"."""
    text = joined(message.bubble.lines, room)
    voice = _VOICE.match(text)
    return f'{voice[1]}"' if voice else text


def _middle_y(box: Box) -> float:
    return (box[1] + box[3]) / 2


def _is_centered(box: Box, width: float) -> bool:
    return abs((box[0] + box[2]) / 2 - width / 2) <= CENTERED * width


def _around(lines: Iterable[Line]) -> Box:
    left, top, right, bottom = zip(*(line.box for line in lines), strict=True)
    return (min(left), min(top), max(right), max(bottom))


def _input_bar(screen: Screen) -> float:
    """Where the page ends, in pixels of the screenshot: below, a bar for writing (and a keyboard) reaches from side to side."""
    height, width = screen.pixels.shape[:2]
    rim = max(round(width * 0.012), 1)
    sides = np.concatenate([screen.pixels[:, :rim], screen.pixels[:, -rim:]], axis=1).astype(int)
    is_page = np.abs(np.median(sides, axis=1) - np.array(screen.page)).max(axis=1) <= 3
    rows = np.flatnonzero(is_page)
    end = int(rows[-1]) + 1 if rows.size else height
    bar = height - end
    return end / screen.scale if 0.03 * width <= bar <= min(1.2 * width, height / 2) else height / screen.scale


def _is_pill(bubble: Bubble, screen: Screen) -> bool:
    """Whether it is a time or notice on a ground of its own: small and in the middle."""
    width = screen.pixels.shape[1] / screen.scale
    left, _, right, _ = bubble.box
    return _is_centered(bubble.box, width) and right - left < 0.6 * width and left > 0.2 * width


def _sided(bubble: Bubble, screen: Screen) -> _Message:
    """Whose bubble it is: its colour, the avatar beside it, and the edge that it keeps to."""
    width = screen.pixels.shape[1] / screen.scale
    left, _, right, _ = bubble.box
    red, green, blue = bubble.color
    tinted = 2.0 if green > red + 25 and green > blue + 25 else 1.0 if blue > red + 40 else -0.5
    avatars = [_has_avatar(bubble.box, screen, mirrored) for mirrored in (False, True)]
    beside = 2.0 * (avatars[1] - avatars[0])
    closer = (left - (width - right)) / width
    kept = 0.0 if abs(closer) < ALIGNED else 1.5 if closer > 0 else -1.5
    side: Literal["left", "right"] = "right" if tinted + beside + kept > 0 else "left"
    return _Message(bubble, side, avatars[side == "right"])


def _has_avatar(box: Box, screen: Screen, mirrored: bool) -> bool:
    """Whether something the size of an avatar lies beside the top of a bubble."""
    width = screen.pixels.shape[1]
    room = width - box[2] * screen.scale if mirrored else box[0] * screen.scale
    if room < 0.9 * AVATAR[1] * width:
        return False
    top, depth = round(box[1] * screen.scale), round(0.09 * width)
    first, last = round(AVATAR[0] * width), round(AVATAR[1] * width)
    columns = slice(width - last, width - first) if mirrored else slice(first, last)
    seen = screen.pixels[top : top + depth, columns].astype(int)
    if not seen.size:
        return False
    filled = np.abs(seen - np.array(screen.page)).max(axis=2) > 8
    return bool(filled.mean() > 0.4)


def _with_strips(messages: list[_Message], width: float) -> list[_Message]:
    """Cards of several grounds (a red packet and its strip) as one message each."""
    found: list[_Message] = []
    for message in messages:
        if found and _is_strip(found[-1].bubble, message.bubble, width):
            upper = found[-1].bubble
            box = (upper.box[0], upper.box[1], upper.box[2], max(upper.box[3], message.bubble.box[3]))
            whole = Bubble(box, upper.color, (*upper.lines, *message.bubble.lines))
            found[-1] = _Message(whole, found[-1].side, found[-1].avatar)
        else:
            found.append(message)
    return found


def _is_strip(upper: Bubble, lower: Bubble, width: float) -> bool:
    """Whether one lies flush below the other, equally wide."""
    return (
        abs(upper.box[0] - lower.box[0]) < 0.01 * width
        and abs(upper.box[2] - lower.box[2]) < 0.01 * width
        and lower.box[1] - upper.box[3] < 0.005 * width
    )


def _with_quotes(messages: list[_Message], width: float) -> list[_Message]:
    """What a message answers: a smaller, paler box below it, at the same edge."""
    found: list[_Message] = []
    for message in messages:
        if found and _is_quote(found[-1], message, width):
            last = found[-1]
            found[-1] = _Message(last.bubble, last.side, last.avatar, quote=joined(message.bubble.lines))
        else:
            found.append(message)
    return found


def _is_quote(said: _Message, below: _Message, width: float) -> bool:
    edge = 0 if said.side == "left" else 2
    upper, lower = said.bubble, below.bubble
    near = -0.01 * width <= lower.box[1] - upper.box[3] <= NEAR * width
    other = max(abs(a - b) for a, b in zip(upper.color, lower.color, strict=True)) > 6
    smaller = _height(lower.lines) < 0.92 * _height(upper.lines)
    return near and other and (smaller or not below.avatar) and abs(upper.box[edge] - lower.box[edge]) < 0.02 * width


def _height(lines: Sequence[Line]) -> float:
    return median(line.box[3] - line.box[1] for line in lines)


def _with_names(
    messages: list[_Message], loose: tuple[Line, ...], width: float
) -> tuple[list[_Message], tuple[Line, ...]]:
    """Messages with the names that stand right above their bubbles, at the same edge; and the lines that are none."""
    names: list[Line] = []
    found = []
    for message in messages:
        name = next((line for line in loose if line not in names and _is_name(line, message, width)), None)
        if name:
            names.append(name)
            message = _Message(message.bubble, message.side, message.avatar, name.text, message.quote)
        found.append(message)
    return found, tuple(line for line in loose if line not in names)


def _is_name(line: Line, message: _Message, width: float) -> bool:
    edge = 0 if message.side == "left" else 2
    above = message.bubble.box[1] - line.box[3]
    near = -0.015 * width <= above <= NEAR * width
    return near and abs(line.box[edge] - message.bubble.box[edge]) < ALIGNED * width


def _title(
    loose: tuple[Line, ...], messages: list[_Message], width: float
) -> tuple[tuple[Line, ...], tuple[Line, ...]]:
    """The title in the bar at the top, if it is shown; and the lines that are not it."""
    if not messages:
        return (), loose
    usual = _height([line for message in messages for line in message.bubble.lines])
    first = messages[0].bubble.box[1]
    high = [line for line in loose if _middle_y(line.box) < TOP * width and line.box[3] <= first]
    fitting = [line for line in high if abs((line.box[0] + line.box[2]) / 2 - width / 2) < 0.06 * width]
    large = [line for line in fitting if line.box[3] - line.box[1] > 0.85 * usual]
    if not large:
        return (), loose
    title = large[0]
    return (title,), tuple(line for line in loose if line is not title)


def _in_bar(line: Line, title: tuple[Line, ...], width: float) -> bool:
    """Whether a line stands in the status bar or beside the title."""
    return bool(title) and _middle_y(line.box) <= title[0].box[3]


def _evidence(messages: list[_Message], title: bool, middle: int, bar: bool, width: float) -> float:
    """What speaks for a chat. Bubbles that keep to no edge speak against it; so does a message wider than any bubble."""
    left = [m.bubble.box[0] for m in messages if m.side == "left"]
    right = [m.bubble.box[2] for m in messages if m.side == "right"]
    kept = sum(abs(x - median(left)) < ALIGNED * width for x in left)
    kept += sum(abs(x - median(right)) < ALIGNED * width for x in right)
    if kept < 0.8 * len(messages):
        return 0.0
    if (left and not 0.02 < median(left) / width < 0.3) or (right and not 0.7 < median(right) / width < 0.98):
        return 0.0
    greens = [
        m for m in messages if m.side == "right" and m.bubble.color[1] > max(m.bubble.color[0], m.bubble.color[2]) + 25
    ]
    avatars = sum(m.avatar for m in messages) / len(messages)
    return (
        2.0 * (avatars >= 0.5)
        + 1.0 * (avatars >= 0.9 and len(messages) >= 2)
        + 1.0 * bool(greens)
        + 1.0 * bool(left and right)
        + 1.0 * (len(messages) >= 3)
        + 1.0 * title
        + 0.5 * (middle > 0)
        + 0.5 * bar
    )


def _paragraphs(lines: Sequence[Line]) -> list[list[Line]]:
    """Lines in the middle, those of one notice together."""
    ordered = sorted(lines, key=lambda line: line.box[1])
    groups = [[line] for line in ordered[:1]]
    for upper, lower in pairwise(ordered):
        if lower.box[1] - upper.box[3] < 0.35 * (upper.box[3] - upper.box[1]):
            groups[-1].append(lower)
        else:
            groups.append([lower])
    return groups
