"""QR codes are read back by the rules of the standard, with arithmetic of its own; Pillow reads the picture."""

from __future__ import annotations

import io

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from PIL import Image

from jianwei.sandbox.platform.qr import png, qr_code

POWERS = [1]
while len(POWERS) < 255:
    POWERS.append(POWERS[-1] * 2 % 256 ^ (0x1D if POWERS[-1] > 127 else 0))
LOGS = {value: exponent for exponent, value in enumerate(POWERS)}
LAYOUT = {21: (26, 7), 25: (44, 10), 29: (70, 15), 33: (100, 20), 37: (134, 26)}
"""Width of a symbol → all codewords, those of them that correct errors."""


def reserved(size: int) -> set[tuple[int, int]]:
    corners = {(y, x) for y in range(9) for x in range(9)}
    corners |= {(y, x) for y in range(size - 8, size) for x in range(9)}
    corners |= {(x, y) for y, x in corners}
    lines = {(6, i) for i in range(size)} | {(i, 6) for i in range(size)}
    middle = size - 7
    aligned = {(middle + y, middle + x) for y in range(-2, 3) for x in range(-2, 3)} if size > 21 else set()
    return corners | lines | aligned


def codewords(modules: list[list[bool]]) -> list[int]:
    size, taken, bits = len(modules), reserved(len(modules)), ""
    up, x = True, size - 1
    while x > 0:
        x -= x == 6
        for y in range(size - 1, -1, -1) if up else range(size):
            for column in (x, x - 1):
                if (y, column) not in taken:
                    bits += str(int(modules[y][column] != ((y + column) % 2 == 0)))
        up, x = not up, x - 2
    count = LAYOUT[size][0]
    return [int(bits[8 * i : 8 * i + 8], 2) for i in range(count)]


def value_at(words: list[int], exponent: int) -> int:
    """The words as a polynomial, at a power of 2 in GF(256)."""
    value = 0
    for word in words:
        value = (POWERS[(LOGS[value] + exponent) % 255] if value else 0) ^ word
    return value


@settings(max_examples=40, deadline=None)
@given(st.text(min_size=1, max_size=106).filter(lambda text: len(text.encode()) <= 106))
def test_what_is_drawn_can_be_read(text: str) -> None:
    modules = qr_code(text)
    words = codewords(modules)
    assert all(value_at(words, exponent) == 0 for exponent in range(LAYOUT[len(modules)][1]))
    bits = "".join(f"{word:08b}" for word in words)
    assert bits[:4] == "0100"
    length = int(bits[4:12], 2)
    assert int(bits[12 : 12 + 8 * length], 2).to_bytes(length, "big") == text.encode()


def test_the_format_is_told_twice() -> None:
    modules = qr_code("http://weixin.qq.com/q/02abc")
    size = len(modules)
    row = [modules[8][x] for x in (0, 1, 2, 3, 4, 5, 7, 8)] + [modules[y][8] for y in (7, 5, 4, 3, 2, 1, 0)]
    other = [modules[y][8] for y in range(size - 1, size - 8, -1)] + [modules[8][x] for x in range(size - 8, size)]
    assert "".join(str(int(dark)) for dark in row) == "111011111000100"
    assert other == row


def test_the_smallest_symbol_that_fits() -> None:
    assert [len(qr_code("x" * n)) for n in (17, 18, 32, 33, 53, 54, 78, 79, 106)] == [
        21,
        25,
        25,
        29,
        29,
        33,
        33,
        37,
        37,
    ]
    with pytest.raises(ValueError, match="too many"):
        qr_code("x" * 107)


def test_the_picture_shows_the_modules() -> None:
    modules = qr_code("http://weixin.qq.com/q/02abc")
    picture = Image.open(io.BytesIO(png(modules, scale=3, border=4)))
    picture.load()
    size = len(modules)
    assert picture.size == ((size + 8) * 3,) * 2
    pixels = picture.convert("L")
    shown = [[pixels.getpixel(((x + 4) * 3 + 1, (y + 4) * 3 + 1)) == 0 for x in range(size)] for y in range(size)]
    assert shown == modules
    assert {pixels.getpixel((i, 5)) for i in range(picture.size[0])} == {255}
