"""Chats rebuilt from lines that are read perfectly: what is tested is the layout."""

from __future__ import annotations

import sys
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from PIL import Image, ImageDraw

from jianwei.vision._base import Box, ChatLine, Line
from jianwei.vision.reading.chats import chat_of
from jianwei.vision.reading.turning import turned_box, turned_line

sys.path.insert(0, str(Path(__file__).resolve().parents[3]))
from support.chat_pictures import DARK, LIGHT, Drawn, Look, Message, draw_chat, line_of, random_chat

pytest.importorskip("cv2")

TEXTS = (
    "好的，明天下午3点见！",
    "OK",
    "嗯",
    "这款抹茶粉保质期多久？可以用来做蛋糕吗？家里小朋友对牛奶过敏，想问问有没有不含奶的。",
    "收到\n谢谢老板",
    "链接https://example.com/a/b?c=1打不开",
    "我的电话是13800138000，下单备注“送到前台”就行，谢谢！！！",
    "第一杯半价，第二杯八折，第三杯免费，活动到周日晚上十二点结束，转发给朋友还可以再领一张五元的券，数量有限。",
)


def _told(chat: tuple[ChatLine, ...] | list[Message]) -> list[tuple[str, str, str, str]]:
    """What counts: blanks at the ends of lines cannot be seen, breaks in quotes are none of the sender."""
    return [(row.side, row.name, row.text.replace(" ", ""), "".join(row.quote.split())) for row in chat]


@given(
    seed=st.integers(0, 10_000),
    count=st.integers(2, 14),
    width=st.sampled_from([640, 720, 1080, 1440]),
    dark=st.booleans(),
    bar=st.booleans(),
    draft=st.sampled_from(["", "好的"]),
)
@settings(max_examples=25, deadline=None)
def test_everybody_said_what_they_said(seed: int, count: int, width: int, dark: bool, bar: bool, draft: str) -> None:
    messages = random_chat(seed, TEXTS, count=count)
    drawn = draw_chat(messages, width=width, look=DARK if dark else LIGHT, input_bar=bar, draft=draft, seed=seed)
    assert _told(chat_of(drawn.lines, drawn.pixels)) == _told(messages)


def _turned(drawn: Drawn, quarters: int) -> Drawn:
    """The screenshot turned to the left, and its lines where they are then."""
    size = (drawn.pixels.shape[1], drawn.pixels.shape[0])
    lines = tuple(turned_line(line, quarters, size) for line in drawn.lines)
    return Drawn(np.ascontiguousarray(np.rot90(drawn.pixels, quarters)), lines)


@pytest.mark.parametrize("quarters", [1, 2, 3])
@pytest.mark.parametrize("look", [LIGHT, DARK])
def test_a_turned_screenshot_keeps_its_sides(quarters: int, look: Look) -> None:
    messages = random_chat(8, TEXTS, count=9)
    drawn = draw_chat(messages, look=look)
    turned = _turned(drawn, quarters)
    chat = chat_of(turned.lines, turned.pixels)
    assert _told(chat) == _told(messages)
    # A box lies in the picture as it came: around the same ink as in the picture that stands.
    for row, standing in zip(chat, chat_of(drawn.lines, drawn.pixels), strict=True):
        found, expected = (
            _cut(pixels, box) for pixels, box in ((turned.pixels, row.box), (drawn.pixels, standing.box))
        )
        assert np.abs(np.rot90(found, -quarters).mean((0, 1)) - expected.mean((0, 1))).max() < 6


def _cut(pixels: np.ndarray, box: Box) -> np.ndarray:
    left, top, right, bottom = (round(value) for value in box)
    return pixels[top:bottom, left:right]


def test_turning_moves_points_as_it_moves_pixels() -> None:
    pixels = np.arange(5 * 7).reshape(5, 7)
    for quarters in (-1, 0, 1, 2, 3):
        left, top, right, bottom = turned_box((2, 1, 3, 2), quarters, (7, 5))
        assert np.rot90(pixels, quarters)[top:bottom, left:right].tolist() == [[pixels[1, 2]]]


def test_boxes_lie_around_the_words_and_from_the_top_down() -> None:
    drawn = draw_chat(random_chat(3, TEXTS))
    rows = [row for row in chat_of(drawn.lines, drawn.pixels) if row.side != "title"]
    assert [row.box[1] for row in rows] == sorted(row.box[1] for row in rows)
    for row in rows:
        held = [line for line in drawn.lines if line.text and line.text in row.text]
        assert any(row.box[1] - 4 <= line.box[1] and line.box[3] <= row.box[3] + 4 for line in held), row


def test_a_chat_without_bars_at_top_and_bottom() -> None:
    messages = [m for m in random_chat(5, TEXTS, group=True) if m.side != "title"]
    drawn = draw_chat(messages, input_bar=False)
    assert _told(chat_of(drawn.lines, drawn.pixels)) == _told(messages)


def test_lines_that_are_read_in_any_order() -> None:
    messages = random_chat(11, TEXTS)
    drawn = draw_chat(messages)
    rng = np.random.default_rng(0)
    mixed = [drawn.lines[at] for at in rng.permutation(len(drawn.lines))]
    # Two lines of one bubble come in the order of the page, whichever way they were handed over.
    ordered = sorted(mixed, key=lambda line: line.box[1])
    assert _told(chat_of(ordered, drawn.pixels)) == _told(messages)


def test_noise_of_compression_changes_nothing() -> None:
    messages = random_chat(7, TEXTS)
    drawn = draw_chat(messages, width=720)
    noise = np.random.default_rng(1).integers(-3, 4, drawn.pixels.shape)
    noisy = np.clip(drawn.pixels.astype(int) + noise, 0, 255).astype(np.uint8)
    assert _told(chat_of(drawn.lines, noisy)) == _told(messages)


@pytest.mark.parametrize("read", ['3"', "3'", "3″", '))) 3"', "3”"])
def test_a_voice_message_is_its_seconds(read: str) -> None:
    messages = [Message("left", "在吗"), Message("right", '3"', kind="voice"), Message("left", "好")]
    drawn = draw_chat(messages)
    lines = [replace(line, text=read) if line.text == '3"' else line for line in drawn.lines]
    assert [row.text for row in chat_of(lines, drawn.pixels)] == ["在吗", '3"', "好"]


def _screen(draw: str) -> Drawn:
    """A screen that is no chat, with its lines."""
    look = {
        "article": "#FFFFFF",
        "settings": "#EDEDED",
        "comments": "#F7F7F7",
        "buttons": "#EDEDED",
        "chats": "#FFFFFF",
    }
    picture = Image.new("RGB", (1080, 1900), look[draw])
    pen = ImageDraw.Draw(picture)
    lines: list[Line] = []
    for row in range(6):
        y = 220 + row * 250
        if draw == "article":
            lines += [line_of(TEXTS[3][:20], (60, y + 70 * k, 1000, y + 70 * k + 44)) for k in range(3)]
        elif draw == "settings":
            pen.rounded_rectangle((40, y, 1040, y + 200), 20, fill="white")
            lines += [line_of("账号与安全", (80, y + 40, 320, y + 84)), line_of("已保护", (860, y + 40, 1000, y + 84))]
        elif draw == "comments":
            pen.ellipse((40, y, 140, y + 100), fill="#5B8FF9")
            pen.rounded_rectangle((180, y + 130, 1040, y + 220), 10, fill="#E0E0E0")
            lines += [line_of("很好吃", (180, y + 50, 320, y + 94)), line_of("谢谢", (200, y + 150, 280, y + 190))]
        elif draw == "buttons":
            pen.rounded_rectangle((90, y, 990, y + 130), 16, fill="#07C160" if row % 2 else "white")
            lines.append(line_of("立即购买", (440, y + 40, 640, y + 90)))
        else:
            pen.rounded_rectangle((40, y, 170, y + 130), 12, fill="#C27BA0")
            lines += [line_of("小林", (210, y + 10, 300, y + 56)), line_of("好的", (210, y + 80, 290, y + 116))]
    return Drawn(np.asarray(picture), tuple(lines))


@pytest.mark.parametrize("draw", ["article", "settings", "comments", "buttons", "chats"])
def test_other_screens_are_no_chats(draw: str) -> None:
    drawn = _screen(draw)
    assert chat_of(drawn.lines, drawn.pixels) == ()


def test_nothing_is_no_chat() -> None:
    blank = np.full((400, 300, 3), 255, np.uint8)
    assert chat_of((), blank) == ()
    assert chat_of((line_of("好", (10, 10, 40, 40)),), blank) == ()
    assert chat_of((line_of("好", (0, 0, 1, 1)),), np.zeros((1, 1, 3), np.uint8)) == ()
