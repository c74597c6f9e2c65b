"""The pictures on the shop's telephone: a price list, a group's code, a talk, stickers, an advertisement, and one that is broken.

They are drawn as SVG from what the shop sells and says; whoever asks for them brings what turns SVG into a file.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from html import escape
from pathlib import Path

from jianwei.sandbox.platform.qr import qr_code
from jianwei.sandbox.population.season import DAY
from jianwei.sandbox.population.shop import Message, Shop, local

__all__ = ["BROKEN_PICTURES", "write_pictures"]

BROKEN_PICTURES = 1
"""Pictures that cannot be read."""

Draw = Callable[[str], bytes]
"""Makes a PNG file of an SVG document."""

_CHAT_LINES, _LONGEST = 6, 40
_ROOM = 13  # characters of a bubble's line
_HOUR = 3_600


@dataclass(frozen=True, slots=True)
class _Page:
    """A picture in the making: what it shows, and when it was sent, in seconds since the epoch."""

    at: int
    svg: str


def write_pictures(shop: Shop, folder: Path, draw: Draw) -> list[Path]:
    """Write the pictures into `folder`, which is created when missing, under the names that WeChat gives to saved ones.

    An advertisement and a sticker are there twice, in two sizes; the last picture is cut off.

    Args:
        draw: makes a PNG file of an SVG document.

    Returns:
        The paths, in order of time.
    """
    folder.mkdir(parents=True, exist_ok=True)
    pages = sorted(_pages(shop), key=lambda page: page.at)
    paths = [folder / f"mmexport{page.at}{number:03}.png" for number, page in enumerate(pages)]
    for path, page in zip(paths, pages, strict=True):
        path.write_bytes(draw(page.svg))
    whole = paths[-1].read_bytes()
    paths[-1].write_bytes(whole[: len(whole) // 2])
    return paths


def _pages(shop: Shop) -> Iterator[_Page]:
    begin = round(
        local(0).replace(year=shop.start.year, month=shop.start.month, day=shop.start.day, hour=9).timestamp()
    )
    yield _Page(begin + 2 * DAY, _price_list(shop))
    yield _Page(begin + 3 * DAY, _invitation(shop.name))
    for after in (5, 9):
        yield _Page(begin + after * DAY + _HOUR, _sticker("收到！", 240 + 10 * after))
    for after in (11, 12):
        yield _Page(begin + after * DAY + 2 * _HOUR, _advertisement(40 * after))
    if talk := _complaint(shop):
        yield _Page(talk[-1].at + 60, _screenshot(shop, talk))
    yield _Page(begin + (shop.days - 1) * DAY, _invitation(shop.name))


def _document(width: int, height: int, ground: str, parts: Sequence[str], *, wide: int | None = None) -> str:
    """An SVG of `width` × `height`, shown `wide` pixels wide."""
    shown = wide or width
    return (
        f'<svg xmlns="http://www.w3.org/2000/svg" width="{shown}" height="{height * shown // width}" viewBox="0 0 {width} {height}">'
        f'<rect width="{width}" height="{height}" fill="{ground}"/>{"".join(parts)}</svg>'
    )


def _box(left: float, top: float, width: float, height: float, color: str, radius: float = 0) -> str:
    return f'<rect x="{left}" y="{top}" width="{width}" height="{height}" rx="{radius}" fill="{color}"/>'


def _text(x: float, y: float, text: str, size: float, color: str = "#191919", anchor: str = "start") -> str:
    """A line whose letters stand on `y`."""
    return f'<text x="{x}" y="{y}" font-size="{size}" fill="{color}" text-anchor="{anchor}">{escape(text)}</text>'


def _code(text: str, left: float, top: float, size: float) -> str:
    """A QR code on white."""
    modules = qr_code(text)
    step = size / (len(modules) + 8)
    dark = "".join(
        f"M{left + (x + 4) * step:.2f} {top + (y + 4) * step:.2f}h{step:.2f}v{step:.2f}h-{step:.2f}z"
        for y, row in enumerate(modules)
        for x, module in enumerate(row)
        if module
    )
    return f'{_box(left, top, size, size, "#FFFFFF")}<path d="{dark}" fill="#000000" shape-rendering="crispEdges"/>'


def _price_list(shop: Shop) -> str:
    goods = shop.products[:7]
    lines = [_text(240, 70, f"{shop.name} 价目表", 32, "#3B5D3A", "middle")]
    for at, product in enumerate(goods):
        lines.append(_text(40, 130 + 50 * at, product.title.split(" ")[0], 24))
        lines.append(_text(440, 130 + 50 * at, f"{product.price:.2f} 元", 24, "#A03020", "end"))
    return _document(480, 150 + 50 * len(goods), "#F6F1E4", lines)


def _invitation(name: str) -> str:
    code = _code("https://weixin.qq.com/g/AwYAAJianweiDemo", 110, 130, 260)
    words = [_text(240, 70, name, 32, anchor="middle"), _text(240, 430, "扫码进群，新茶先尝", 26, "#5A5A5A", "middle")]
    return _document(480, 470, "#FFFFFF", [*words, code])


def _sticker(text: str, wide: int) -> str:
    parts = ['<circle cx="150" cy="150" r="130" fill="#FFD34E"/>', _box(70, 210, 160, 12, "#7A4B00", 6)]
    parts += ['<circle cx="105" cy="90" r="16" fill="#7A4B00"/>', '<circle cx="195" cy="90" r="16" fill="#7A4B00"/>']
    return _document(300, 300, "#FFFFFF", [*parts, _text(150, 180, text, 56, "#7A4B00", "middle")], wide=wide)


def _advertisement(wide: int) -> str:
    words = [
        _text(240, 80, "扫码加微信领红包", 44, "#FFFFFF", "middle"),
        _text(240, 145, "日入三千轻松兼职", 44, "#FFE34E", "middle"),
    ]
    return _document(
        480, 480, "#C8102E", [*words, _code("https://u.wechat.com/EJianweiDemo", 120, 190, 240)], wide=wide
    )


def _complaint(shop: Shop) -> tuple[Message, ...]:
    """What a customer and the shop said to each other because of the incident: the beginning of the longest such talk in short messages."""
    private = {talk.id for talk in shop.conversations if talk.kind == "private"}
    because, talks = set(shop.truth.incident.message_ids), dict[str, list[Message]]()
    for message in shop.messages:
        if message.id in because and message.conversation_id in private and _plain(message):
            talks.setdefault(message.conversation_id, []).append(message)
    both = [talk for talk in talks.values() if len({message.sender_id for message in talk}) == 2]
    return tuple(max(both, key=lambda talk: (len(talk), talk[0].id), default=[])[:_CHAT_LINES])


def _plain(message: Message) -> bool:
    """Whether it is short and has nothing but letters, digits and marks: the font has no emoji."""
    plain = all(ord(letter) < 0x10000 and letter not in "[]" for letter in message.text)
    return message.kind == "text" and plain and len(message.text) <= _LONGEST


def _screenshot(shop: Shop, talk: Sequence[Message]) -> str:
    """The talk as the customer's telephone shows it, in points of a screen 375 wide."""
    staff = {member.user_id: member.nickname for member in shop.staff}
    title = next(staff[message.sender_id] for message in talk if message.sender_id in staff)
    parts, top = [_text(187.5, 72, title, 17, anchor="middle"), _box(0, 88, 375, 0.5, "#C8C8C8")], 136.0
    parts.append(_text(187.5, 118, f"{local(talk[0].at):%H:%M}", 13, "#8A8A8A", "middle"))
    for message in talk:
        bubble, height = _bubble(message.text, top, own=message.sender_id not in staff)
        parts.append(bubble)
        top += height + 14
    return _document(375, round(top) + 10, "#EDEDED", parts, wide=600)


def _bubble(text: str, top: float, *, own: bool) -> tuple[str, float]:
    """A message with its avatar, and how high it is."""
    lines = [text[at : at + _ROOM] for at in range(0, len(text), _ROOM)]
    width = 24 + 17 * max(sum(1.0 if ord(letter) > 0x2E80 else 0.6 for letter in line) for line in lines)
    left, height = (315 - width if own else 60.0), 23.0 * len(lines) + 17
    parts = [_box(323 if own else 12, top, 40, 40, "#6E8FB5" if own else "#7DA36B", 4)]
    parts.append(_box(left, top, width, height, "#95EC69" if own else "#FFFFFF", 5))
    parts += [_text(left + 12, top + 27 + 23 * at, line, 17) for at, line in enumerate(lines)]
    return "".join(parts), max(height, 40.0)
