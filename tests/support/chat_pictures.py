"""Screenshots of chats, drawn with the exact messages beside them: light and dark, two people or a group, phones of several widths."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from functools import cache

import numpy as np
from noto_cjk_sans_otc import FONT_PATH
from numpy.typing import NDArray
from PIL import Image, ImageDraw, ImageFont

from jianwei.vision._base import Line

__all__ = ["DARK", "LIGHT", "Drawn", "Look", "Message", "draw_chat", "line_of", "random_chat"]

POINTS = 375
"""Width of a phone in points; everything below is measured in them."""


@dataclass(frozen=True, slots=True)
class Look:
    """Colours of a screen."""

    page: str
    left: str
    right: str
    ink: str
    ink_right: str
    faint: str
    bar: str
    field: str
    quote: str


LIGHT = Look("#EDEDED", "#FFFFFF", "#95EC69", "#191919", "#191919", "#8A8A8A", "#F7F7F7", "#FFFFFF", "#E1E1E1")
DARK = Look("#111111", "#2C2C2C", "#3EB575", "#D5D5D5", "#06120B", "#7A7A7A", "#1E1E1E", "#2C2C2C", "#1F1F1F")


@dataclass(frozen=True, slots=True)
class Message:
    """What a screenshot shows, in the words of `ChatLine`.

    Attributes:
        kind: "text", "voice", "packet" (a card in orange with a strip below).
    """

    side: str
    text: str
    name: str = ""
    quote: str = ""
    kind: str = "text"


@dataclass(frozen=True, slots=True)
class Drawn:
    """A screenshot and what a perfect reader would read in it.

    Attributes:
        pixels: uint8 [height, width, 3].
    """

    pixels: NDArray[np.uint8]
    lines: tuple[Line, ...]


@cache
def _font(size: int) -> ImageFont.FreeTypeFont:
    return ImageFont.truetype(str(FONT_PATH), size, index=2)  # the face for simplified Chinese


@dataclass
class _Canvas:
    """A growing page in points."""

    look: Look
    width: int
    y: float = 0.0
    draws: list = field(default_factory=list)

    @property
    def scale(self) -> float:
        return self.width / POINTS

    def font(self, points: float) -> ImageFont.FreeTypeFont:
        return _font(round(points * self.scale))

    def measure(self, text: str, points: float) -> float:
        return self.font(points).getlength(text) / self.scale

    def box(self, left: float, top: float, right: float, bottom: float, color: str, radius: float = 5) -> None:
        self.draws.append(("box", [v * self.scale for v in (left, top, right, bottom)], color, radius * self.scale))

    def text(self, x: float, y: float, text: str, points: float, color: str, anchor: str = "la") -> None:
        self.draws.append(("text", (x * self.scale, y * self.scale), text, self.font(points), color, anchor))

    def wrapped(self, text: str, points: float, room: float) -> list[str]:
        lines = []
        for part in text.split("\n"):
            line = ""
            for piece in _pieces(part):
                if line and self.measure(line + piece, points) > room:
                    lines.append(line)
                    line = ""
                line += piece if line or piece != " " else ""
            lines.append(line)
        return [line.rstrip(" ") for line in lines]

    def paint(self) -> Drawn:
        lines = []
        picture = Image.new("RGB", (self.width, round(self.y * self.scale)), self.look.page)
        pen = ImageDraw.Draw(picture)
        for kind, *rest in self.draws:
            if kind == "box":
                bounds, color, radius = rest
                pen.rounded_rectangle(bounds, radius, fill=color)
            else:
                at, text, font, color, anchor = rest
                pen.text(at, text, fill=color, font=font, anchor=anchor)
                lines.append(line_of(text, font.getbbox(text, anchor=anchor), at))
        return Drawn(np.asarray(picture), tuple(lines))


def line_of(text: str, box: Sequence[float], at: tuple[float, float] = (0, 0)) -> Line:
    """A line as a perfect reader gives it."""
    left, top, right, bottom = box[0] + at[0], box[1] + at[1], box[2] + at[0], box[3] + at[1]
    return Line(text, (left, top, right, bottom), ((left, top), (right, top), (right, bottom), (left, bottom)), 1.0)


_CLOSING = "，。！？、…：；）》】”’～~,.!?:;)"
_OPENING = "（《【“‘("


def _pieces(text: str) -> list[str]:
    """Where a line may be broken: Latin words and numbers stay whole, punctuation stays at its word."""
    pieces: list[str] = []
    for character in text:
        word = character.isascii() and character not in " " + _CLOSING + _OPENING
        after_word = bool(pieces) and pieces[-1].isascii() and pieces[-1][-1] != " "
        tied = bool(pieces) and (character in _CLOSING or pieces[-1][-1] in _OPENING)
        if (tied or (word and after_word)) and len(pieces[-1]) < 12:
            pieces[-1] += character
        else:
            pieces.append(character)
    return pieces


def draw_chat(
    messages: Sequence[Message],
    *,
    width: int = 1080,
    look: Look = LIGHT,
    clock: str = "9:41",
    input_bar: bool = True,
    draft: str = "",
    seed: int = 0,
    least_height: float = 0,
) -> Drawn:
    """A screenshot. A first message of the side "title" is drawn into the bar at the top."""
    rng = np.random.default_rng(seed)
    colors = {"": "#5B8FF9"}
    page = _Canvas(look, width)
    rest = list(messages)
    if rest and rest[0].side == "title":
        _draw_top(page, rest.pop(0).text, clock)
    page.y += 8
    for message in rest:
        color = colors.setdefault(message.name, "#" + rng.integers(60, 220, 3, np.uint8).tobytes().hex())
        if message.side == "middle":
            _draw_middle(page, message.text)
        else:
            _draw_message(page, message, "#C27BA0" if message.side == "right" else color)
    page.y = max(page.y + 10, least_height)
    if input_bar:
        _draw_bottom(page, draft)
    return page.paint()


def _draw_top(page: _Canvas, title: str, clock: str) -> None:
    page.text(28, 14, clock, 15, page.look.ink)
    page.text(300, 15, "5G", 13, page.look.ink)
    page.box(325, 17, 349, 29, page.look.ink, 3)
    page.text(337, 23, "86", 9, page.look.page, "mm")
    page.text(14, 66, "‹", 30, page.look.ink, "lm")
    page.text(POINTS / 2, 66, title, 17, page.look.ink, "mm")
    for x in (341, 349, 357):
        page.box(x, 64, x + 4, 68, page.look.ink, 2)
    page.box(0, 88, POINTS, 88.5, page.look.faint, 0)
    page.y = 92


def _draw_middle(page: _Canvas, text: str) -> None:
    page.y += 8
    for line in page.wrapped(text, 13, 300):
        page.text(POINTS / 2, page.y + 9, line, 13, page.look.faint, "mm")
        page.y += 18
    page.y += 8


def _draw_message(page: _Canvas, message: Message, avatar: str) -> None:
    right = message.side == "right"
    page.box(*((323, page.y, 363, page.y + 40) if right else (12, page.y, 52, page.y + 40)), avatar, 4)
    top = page.y
    if message.name:
        page.text(62, top - 1, message.name, 12, page.look.faint)
        top += 18
    draw = _draw_packet if message.kind == "packet" else _draw_bubble
    bottom = draw(page, message, top, right)
    page.y = max(bottom, page.y + 40) + 14


def _draw_bubble(page: _Canvas, message: Message, top: float, right: bool) -> float:
    look = page.look
    lines = page.wrapped(message.text, 17, 231)
    inner = max(page.measure(line, 17) for line in lines)
    inner = max(inner, 60) if message.kind == "voice" else inner
    height = 23 * len(lines) + 17
    left_edge, right_edge = (315 - inner - 24, 315) if right else (60, 60 + inner + 24)
    page.box(left_edge, top, right_edge, top + height, look.right if right else look.left)
    ink = look.ink_right if right else look.ink
    for at, line in enumerate(lines):
        y = top + 9 + 23 * at + 11
        if message.kind == "voice" and right:
            page.text(right_edge - 12, y, line, 17, ink, "rm")
        else:
            page.text(left_edge + 12, y, line, 17, ink, "lm")
    bottom = top + height
    if message.quote:
        quoted = page.wrapped(message.quote, 13, 215)
        wide = max(page.measure(line, 13) for line in quoted) + 16
        start = 315 - wide if right else 60
        page.box(start, bottom + 4, start + wide, bottom + 12 + 18 * len(quoted), look.quote, 3)
        for at, line in enumerate(quoted):
            page.text(start + 8, bottom + 8 + 18 * at + 9, line, 13, look.faint, "lm")
        bottom += 12 + 18 * len(quoted)
    return bottom


def _draw_packet(page: _Canvas, message: Message, top: float, right: bool) -> float:
    start = 315 - 230 if right else 60
    first, second = message.text.split("\n")
    page.box(start, top, start + 230, top + 86, "#FA9D3B", 5)
    page.box(start + 12, top + 14, start + 44, top + 52, "#E5563F", 4)
    page.text(start + 56, top + 33, first, 15, "#FFFFFF", "lm")
    page.box(start + 12, top + 65, start + 218, top + 65.5, "#FBB568", 0)
    page.text(start + 12, top + 76, second, 11, "#FFFFFF", "lm")
    return top + 86


def _draw_bottom(page: _Canvas, draft: str) -> None:
    look, top = page.look, page.y
    page.box(0, top, POINTS, top + 84, look.bar, 0)
    page.box(48, top + 8, 282, top + 46, look.field, 5)
    for x in (12, 292, 332):
        page.box(x, top + 13, x + 28, top + 41, look.ink, 14)
        page.box(x + 2, top + 15, x + 26, top + 39, look.bar, 12)
    if draft:
        page.text(58, top + 27, draft, 17, look.ink, "lm")
    page.y += 84


_TIMES = ("昨天 18:30", "星期一 09:05", "10:21", "2026年3月2日 下午3:07", "3月5日 晚上 20:15")
_NOTICES = ("你撤回了一条消息", "“小林”邀请“阿杰”加入了群聊", "以上是打招呼的内容")
_NAMES = ("小林", "阿杰（客服）", "Lily", "云淡风轻", "A茶叶批发王姐13800138000", "老周_Zhou")


def random_chat(seed: int, texts: Sequence[str], *, group: bool | None = None, count: int = 8) -> list[Message]:
    """A made-up chat of some of the texts."""
    rng = np.random.default_rng(seed)
    group = bool(rng.integers(2)) if group is None else group
    names = list(rng.permutation(_NAMES)[:3])
    title = f"春茶品鉴群({rng.integers(3, 499)})" if group else str(rng.permutation(_NAMES)[0])
    chat = [Message("title", title)]
    for at in range(count):
        if at % 4 == 0:
            chat.append(Message("middle", str(rng.permutation(_TIMES)[0])))
        elif rng.random() < 0.08:
            chat.append(Message("middle", str(rng.permutation(_NOTICES)[0])))
        side = "right" if rng.random() < 0.5 else "left"
        name = str(rng.permutation(names)[0]) if group and side == "left" else ""
        text, chance = str(texts[rng.integers(len(texts))]), rng.random()
        if chance < 0.06:
            chat.append(Message(side, f'{rng.integers(1, 60)}"', name, kind="voice"))
        elif chance < 0.11:
            chat.append(Message(side, "恭喜发财，大吉大利\n微信红包", name, kind="packet"))
        elif chance < 0.19:
            chat.append(Message(side, text, name, f"{names[0]}：{str(texts[rng.integers(len(texts))])[:24]}"))
        else:
            chat.append(Message(side, text, name))
    return chat
