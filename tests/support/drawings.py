"""Pictures that are no photographs, each from a seed: faces drawn in several manners, logos, patterns, texts."""

from __future__ import annotations

from collections.abc import Callable, Mapping

import numpy as np
from numpy.typing import NDArray
from PIL import Image, ImageDraw, ImageFilter

__all__ = ["KINDS", "draw"]

_Random = np.random.Generator
_Colour = tuple[int, int, int]


def draw(kind: str, seed: int, side: int = 400) -> NDArray[np.uint8]:
    """uint8 [side, side, 3] of one of `KINDS`."""
    image = KINDS[kind](np.random.default_rng([seed, sorted(KINDS).index(kind)]))
    return np.asarray(image.convert("RGB").resize((side, side), Image.Resampling.BICUBIC))


def _colour(random: _Random, low: int = 30, high: int = 240) -> _Colour:
    red, green, blue = random.integers(low, high, 3).tolist()
    return red, green, blue


def _skin(random: _Random) -> _Colour:
    tone = int(random.integers(120, 245))
    return tone, int(tone * 0.82), int(tone * 0.68)


def _face(random: _Random, *, outline: int, background: _Colour | None = None) -> Image.Image:
    """A head with hair, eyes, nose and mouth, in plain colours."""
    image = Image.new("RGB", (600, 600), background or _colour(random))
    pen = ImageDraw.Draw(image)
    skin, hair, line = _skin(random), _colour(random, 10, 160), _colour(random, 0, 60)
    jitter = random.integers(-12, 13, 12).tolist()
    pen.rectangle((240, 420, 360, 600), fill=skin)
    pen.ellipse((120, 520, 480, 800), fill=_colour(random), outline=line, width=outline)
    pen.ellipse((140, 90, 460, 420), fill=hair)
    pen.ellipse((170 + jitter[0], 130, 430 + jitter[1], 480), fill=skin, outline=line, width=outline)
    pen.chord((160, 90, 440, 330), 180, 360, fill=hair)
    wide, high = int(random.integers(18, 45)), int(random.integers(14, 60))
    for x in (245 + jitter[2], 355 + jitter[3]):
        pen.ellipse(
            (x - wide, 290 - high, x + wide, 290 + high), fill="white", outline=line, width=max(2, outline // 2)
        )
        pen.ellipse((x - wide // 2, 290 - high // 2, x + wide // 2, 290 + high // 2), fill=_colour(random, 0, 150))
        pen.ellipse((x - 6, 278, x + 4, 288), fill="white")
        pen.line((x - 40, 235 + jitter[4], x + 40, 232 + jitter[5]), fill=hair, width=10)
    pen.line((300, 310, 290, 365, 308, 368), fill=line, width=max(3, outline // 2))
    pen.arc((245, 360, 355, 435), 20, 160, fill=(180, 60, 70), width=10)
    return image


def _cartoon(random: _Random) -> Image.Image:
    return _face(random, outline=8)


def _flat(random: _Random) -> Image.Image:
    return _face(random, outline=0)


def _shaded(random: _Random) -> Image.Image:
    """Soft light over a drawn face, as in digital paintings."""
    base = np.asarray(_face(random, outline=3).filter(ImageFilter.GaussianBlur(3)), np.float64)
    y, x = np.mgrid[0:600, 0:600] / 600
    light = 0.7 + 0.5 * np.exp(-((x - random.uniform(0.2, 0.8)) ** 2 + (y - random.uniform(0.1, 0.6)) ** 2) * 4)
    return Image.fromarray((base * light[..., None]).clip(0, 255).astype(np.uint8))


def _sketch(random: _Random) -> Image.Image:
    """Pencil on paper."""
    image = _face(random, outline=6, background=(250, 250, 250)).convert("L")
    edges = np.asarray(image.filter(ImageFilter.FIND_EDGES).filter(ImageFilter.GaussianBlur(1)), np.float64)
    return Image.fromarray((245 - edges * 1.5 + random.normal(0, 2, edges.shape)).clip(0, 255).astype(np.uint8))


def _pixels(random: _Random) -> Image.Image:
    """A face of 24 x 24 squares with eight colours."""
    small = _face(random, outline=8).resize((24, 24), Image.Resampling.BILINEAR).quantize(8)
    return small.convert("RGB").resize((600, 600), Image.Resampling.NEAREST)


def _animal(random: _Random) -> Image.Image:
    """A drawn cat."""
    image = Image.new("RGB", (600, 600), _colour(random))
    pen, fur = ImageDraw.Draw(image), _colour(random)
    pen.polygon([(140, 90), (170, 300), (290, 200)], fill=fur)
    pen.polygon([(460, 90), (430, 300), (310, 200)], fill=fur)
    pen.ellipse((130, 170, 470, 500), fill=fur, outline=(20, 20, 20), width=6)
    for x in (230, 370):
        pen.ellipse((x - 35, 270, x + 35, 350), fill=(210, 220, 90))
        pen.ellipse((x - 9, 275, x + 9, 345), fill=(10, 10, 10))
    pen.polygon([(280, 380), (320, 380), (300, 400)], fill=(230, 120, 130))
    for y in (395, 410, 425):
        pen.line((100, y - 15, 250, y), fill=(20, 20, 20), width=3)
        pen.line((350, y, 500, y - 15), fill=(20, 20, 20), width=3)
    return image


def _landscape(random: _Random) -> Image.Image:
    """A flat illustration: sky, sun, hills, a house."""
    image = Image.new("RGB", (600, 600), _colour(random, 140, 250))
    pen = ImageDraw.Draw(image)
    pen.ellipse((400, 60, 520, 180), fill=(250, 210, 90))
    for i in range(4):
        top = 260 + 70 * i
        crests = [(x, top + int(40 * np.sin(x / 90 + random.uniform(0, 6)))) for x in range(0, 601, 20)]
        pen.polygon([*crests, (600, 600), (0, 600)], fill=_colour(random, 40, 200))
    pen.rectangle((120, 380, 240, 480), fill=_colour(random))
    pen.polygon([(100, 380), (180, 300), (260, 380)], fill=_colour(random))
    return image


def _logo(random: _Random) -> Image.Image:
    image = Image.new("RGB", (600, 600), (255, 255, 255) if random.random() < 0.5 else _colour(random))
    pen = ImageDraw.Draw(image)
    pen.ellipse((100, 100, 500, 500), fill=_colour(random))
    pen.rounded_rectangle((200, 180, 400, 420), 40, fill=_colour(random))
    pen.polygon([(300, 220), (360, 380), (240, 380)], fill=(255, 255, 255))
    return image


def _gradient(random: _Random) -> Image.Image:
    start, end = np.array(_colour(random), float), np.array(_colour(random), float)
    y, x = np.mgrid[0:600, 0:600] / 600
    angle = random.uniform(0, np.pi / 2)
    share = (x * np.cos(angle) + y * np.sin(angle)) / (np.cos(angle) + np.sin(angle))
    return Image.fromarray((start + (end - start) * share[..., None]).astype(np.uint8))


def _tiles(random: _Random) -> Image.Image:
    """A pattern of squares and discs."""
    image = Image.new("RGB", (600, 600), _colour(random))
    pen, one, two = ImageDraw.Draw(image), _colour(random), _colour(random)
    step = int(random.choice([40, 60, 100]))
    for y in range(0, 600, step):
        for x in range(0, 600, step):
            if (x // step + y // step) % 2:
                pen.rectangle((x, y, x + step, y + step), fill=one)
            else:
                pen.ellipse((x + 5, y + 5, x + step - 5, y + step - 5), fill=two)
    return image


def _text(random: _Random) -> Image.Image:
    """Lines of text."""
    image = Image.new("RGB", (600, 600), (255, 255, 255) if random.random() < 0.5 else _colour(random, 150, 250))
    pen = ImageDraw.Draw(image)
    for y in range(30, 570, 44):
        letters = "".join(chr(int(c)) for c in random.integers(65, 91, 22))
        pen.text((30, y), letters, fill=(20, 20, 30), font_size=34)
    return image


KINDS: Mapping[str, Callable[[_Random], Image.Image]] = {
    "animal": _animal, "cartoon": _cartoon, "flat": _flat, "gradient": _gradient, "landscape": _landscape, "logo": _logo,
    "pixels": _pixels, "shaded": _shaded, "sketch": _sketch, "text": _text, "tiles": _tiles,
}  # fmt: skip
