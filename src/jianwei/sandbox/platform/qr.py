"""Real QR codes, so that what the simulator draws can be scanned: byte mode, level L, versions 1 to 5.

Source of the layout, the polynomials and the tables: ISO/IEC 18004. Versions 1 to 5 hold all their data in one block at level L, which is
enough for an address. The mask is always number 0: every mask can be read, the best one only helps poor cameras.
"""

from __future__ import annotations

import struct
import zlib
from collections.abc import Iterator, Sequence

__all__ = ["png", "qr_code"]

CODEWORDS = {1: (19, 7), 2: (34, 10), 3: (55, 15), 4: (80, 20), 5: (108, 26)}
"""Version → (data codewords, error correction codewords)."""
FORMAT = 0x77C4
"""Level L and mask 0 with their checking bits, as they are drawn."""
FINDER = (0b1111111, 0b1000001, 0b1011101, 0b1011101, 0b1011101, 0b1000001, 0b1111111)
Matrix = list[list[bool | None]]


def _times(a: int, b: int) -> int:
    """Product in GF(256) modulo x⁸ + x⁴ + x³ + x² + 1."""
    product = 0
    while b:
        product ^= a if b & 1 else 0
        a = a << 1 ^ (0x11D if a & 0x80 else 0)
        b >>= 1
    return product


def _corrections(data: Sequence[int], count: int) -> list[int]:
    """The remainder of the data, as a polynomial, by the generator of degree `count`."""
    generator, root = [1], 1
    for _ in range(count):
        generator = [a ^ _times(b, root) for a, b in zip([*generator, 0], [0, *generator], strict=True)]
        root = _times(root, 2)
    rest = [*data, *[0] * count]
    for i in range(len(data)):
        factor = rest[i]
        for j, coefficient in enumerate(generator):
            rest[i + j] ^= _times(coefficient, factor)
    return rest[len(data) :]


def _bits(text: bytes, version: int) -> Iterator[bool]:
    size, count = CODEWORDS[version]
    value = (0b0100 << 8 | len(text)) << 8 * len(text) | int.from_bytes(text, "big")
    data = list((value << 4).to_bytes(len(text) + 2, "big"))
    data += [(0xEC, 0x11)[i % 2] for i in range(size - len(data))]
    for word in [*data, *_corrections(data, count)]:
        yield from (bool(word >> shift & 1) for shift in range(7, -1, -1))


def _patterns(version: int) -> Matrix:
    """The symbol with everything but the data, whose modules are None."""
    size = 17 + 4 * version
    matrix: Matrix = [[None] * size for _ in range(size)]
    for top, left in ((0, 0), (0, size - 7), (size - 7, 0)):
        for y in range(-1, 8):
            for x in range(-1, 8):
                if 0 <= top + y < size and 0 <= left + x < size:
                    inside = 0 <= y < 7 and 0 <= x < 7
                    matrix[top + y][left + x] = inside and bool(FINDER[y] >> x & 1)
    for i in range(8, size - 8):
        matrix[6][i] = matrix[i][6] = i % 2 == 0
    if version > 1:
        middle = size - 7
        for y in range(-2, 3):
            for x in range(-2, 3):
                matrix[middle + y][middle + x] = max(abs(y), abs(x)) != 1
    matrix[size - 8][8] = True
    for i in range(15):
        dark = bool(FORMAT >> i & 1)
        matrix[i + (i > 5) if i < 8 else size - 15 + i][8] = dark
        matrix[8][size - 1 - i if i < 8 else 15 - i - (i > 8)] = dark
    return matrix


def qr_code(text: str) -> list[list[bool]]:
    """The modules of the smallest symbol that holds `text`, True for dark, without the quiet zone.

    Raises:
        ValueError: the text has more than 106 bytes.

    >>> len(qr_code("http://weixin.qq.com/q/02abcdefghijklmnopqrst"))
    29
    """
    raw = text.encode()
    version = next((v for v, (size, _) in CODEWORDS.items() if len(raw) + 2 <= size), None)
    if version is None:
        raise ValueError(f"{len(raw)} bytes are too many for the symbol")
    matrix, bits = _patterns(version), _bits(raw, version)
    size = len(matrix)
    rights = [*range(size - 1, 6, -2), *range(5, 0, -2)]
    for column, right in enumerate(rights):
        rows = range(size) if column % 2 else range(size - 1, -1, -1)
        for y in rows:
            for x in (right, right - 1):
                if matrix[y][x] is None:
                    matrix[y][x] = next(bits, False) ^ ((y + x) % 2 == 0)
    return [[bool(dark) for dark in row] for row in matrix]


def png(modules: Sequence[Sequence[bool]], scale: int = 10, border: int = 4) -> bytes:
    """A PNG of modules, each `scale` pixels wide, with a quiet zone of `border` modules."""
    wide = len(modules[0]) + 2 * border
    blank = [[False] * wide] * border
    rows = [*blank, *([False] * border + [*row] + [False] * border for row in modules), *blank]
    lines = b"".join((b"\0" + bytes(0 if dark else 255 for dark in row for _ in range(scale))) * scale for row in rows)

    def chunk(kind: bytes, content: bytes) -> bytes:
        return struct.pack(">I", len(content)) + kind + content + struct.pack(">I", zlib.crc32(kind + content))

    header = struct.pack(">IIBBBBB", wide * scale, len(rows) * scale, 8, 0, 0, 0, 0)
    return b"\x89PNG\r\n\x1a\n" + chunk(b"IHDR", header) + chunk(b"IDAT", zlib.compress(lines)) + chunk(b"IEND", b"")
