"""Pictures that are no photographs, by other means than `drawings`: soft shapes laid over each other with light, grain and brushwork.

It shares no code with `drawings`. The manners of `FITTED` are among those that the weights of avatars are fitted on
(`tools/fit_avatars.py`); the others are not, so that what is said of these is said of pictures never seen.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping

import numpy as np
from numpy.typing import NDArray
from PIL import Image, ImageDraw
from scipy import ndimage

__all__ = ["FACES", "FITTED", "MANNERS", "paint"]

_Random = np.random.Generator
_Canvas = NDArray[np.float64]
"""float64 [512, 512, 3], 0 to 1."""
_Colour = NDArray[np.float64]

_SIDE = 512
_Y, _X = (grid / (_SIDE / 2) - 1 for grid in np.mgrid[0:_SIDE, 0:_SIDE])  # both from -1 to 1


def paint(manner: str, seed: int, side: int = 400) -> NDArray[np.uint8]:
    """uint8 [side, side, 3] in one of `MANNERS`. The faces of `FACES` lie between 0.25 and 0.75 across, 0.2 and 0.8 down."""
    canvas = MANNERS[manner](np.random.default_rng([97, seed, sorted(MANNERS).index(manner)]))
    image = Image.fromarray((canvas.clip(0, 1) * 255).round().astype(np.uint8))
    return np.asarray(image.resize((side, side), Image.Resampling.LANCZOS))


def _hue(random: _Random, vivid: float = 0.6, light: float | None = None) -> _Colour:
    """A colour by its angle on the wheel."""
    wheel = 0.5 + 0.5 * np.cos(2 * np.pi * (random.random() + np.array([0, 1, 2]) / 3))
    value = random.uniform(0.35, 0.95) if light is None else light
    return np.asarray((wheel * vivid + 1 - vivid) * value)


def _skin(random: _Random) -> _Colour:
    return np.array([0.98, 0.82, 0.72]) * random.uniform(0.5, 1.0) + random.normal(0, 0.015, 3)


def _blank(colour: _Colour) -> _Canvas:
    return np.broadcast_to(colour, (_SIDE, _SIDE, 3)).copy()


def _oval(x: float, y: float, wide: float, high: float, soft: float = 0.01) -> NDArray[np.float64]:
    """How much of each pixel an oval covers; its border fades over `soft`."""
    reach = np.hypot((_X - x) / wide, (_Y - y) / high)
    return np.asarray(((1 - reach) * min(wide, high) / soft + 0.5).clip(0, 1))


def _lay(canvas: _Canvas, cover: NDArray[np.float64], colour: _Colour | NDArray[np.float64]) -> None:
    canvas += cover[..., None] * (colour - canvas)


def _clouds(random: _Random, coarse: int, octaves: int = 1) -> NDArray[np.float64]:
    """Smooth noise with mean 0 and spread 1, from cells of `coarse` a side and finer ones."""
    total = np.zeros((_SIDE, _SIDE))
    for octave in range(octaves):
        cells = coarse * 2**octave
        grid = random.normal(0, 1, (cells + 3, cells + 3))
        at = np.linspace(1, cells + 1, _SIDE)
        total += ndimage.map_coordinates(grid, np.meshgrid(at, at, indexing="ij"), order=3) / 2**octave
    return np.asarray((total - total.mean()) / max(total.std(), 1e-9))


def _lit(random: _Random, depth: NDArray[np.float64], slope: float = 6.0) -> NDArray[np.float64]:
    """Light on a relief of that depth, 0 to 1, from a side that is chosen."""
    down, across = np.gradient(ndimage.gaussian_filter(depth, 2), 2 / _SIDE)
    angle = random.uniform(np.pi * 1.1, np.pi * 1.9)
    toward = np.array([np.cos(angle), np.sin(angle), 0.9]) / np.hypot(1, 0.9)
    normal = np.stack([-across, -down, np.full_like(depth, slope)])
    return np.asarray((toward[:, None, None] * normal).sum(axis=0) / np.linalg.norm(normal, axis=0)).clip(0, 1)


def _features(canvas: _Canvas, random: _Random, *, ink: _Colour, eye: float, soft: float) -> None:
    """Brows, eyes, nose and mouth of a face that fills the middle."""
    iris, turn = _hue(random, 0.7, 0.6), random.uniform(-0.03, 0.03)
    for sign in (-1, 1):
        x = sign * 0.2 + turn
        _lay(canvas, _oval(x, -0.08, 0.11, eye, soft), np.array([0.97, 0.97, 0.98]))
        _lay(canvas, _oval(x, -0.07, 0.06, eye * 0.8, soft), iris)
        _lay(canvas, _oval(x, -0.07, 0.03, eye * 0.45, soft), ink)
        _lay(canvas, _oval(x + 0.025, -0.11, 0.018, 0.018, soft), np.ones(3))
        _lay(canvas, _oval(x, -0.26 + random.uniform(-0.02, 0.02), 0.13, 0.018, soft), ink)
    _lay(canvas, _oval(turn, 0.12, 0.035, 0.02, soft * 2), canvas.mean(axis=(0, 1)) * 0.7)
    _lay(canvas, _oval(turn, 0.32, 0.15, 0.045, soft), np.array([0.75, 0.3, 0.32]))


def _portrait(random: _Random, *, soft: float, eye: float, background: _Canvas) -> _Canvas:
    """Shoulders, hair, a face, in that order."""
    canvas, hair = background, _hue(random, 0.5, random.uniform(0.15, 0.7))
    _lay(canvas, _oval(0, 1.05, 0.75, 0.45, soft), _hue(random))
    _lay(canvas, _oval(0, -0.12, 0.56, 0.66, soft), hair)
    skin = _skin(random)
    _lay(canvas, _oval(0, 0.62, 0.17, 0.3, soft), skin * 0.9)
    _lay(canvas, _oval(0, 0.06, 0.44, 0.54, soft), skin)
    _lay(canvas, _oval(random.uniform(-0.2, 0.2), -0.45, 0.4, 0.2, soft), hair)
    _features(canvas, random, ink=hair * 0.3, eye=eye, soft=soft)
    return canvas


def _brushed(random: _Random) -> _Canvas:
    """A portrait as painted on a tablet: soft edges, a lamp, cheeks, the grain of the brush."""
    ground = _blank(_hue(random)) * (1 - 0.3 * _Y[..., None])
    canvas = _portrait(random, soft=0.06, eye=0.06, background=ground)
    for sign in (-1, 1):
        _lay(canvas, 0.4 * _oval(sign * 0.27, 0.17, 0.12, 0.09, 0.08), np.array([0.95, 0.5, 0.48]))
    canvas *= (0.75 + 0.5 * np.exp(-((_X - random.uniform(-0.6, 0.6)) ** 2 + (_Y + 0.5) ** 2)))[..., None]
    strokes = ndimage.gaussian_filter(random.normal(0, 1, (_SIDE, _SIDE)), (1, 9))
    return np.asarray(canvas + 0.02 * (strokes / strokes.std())[..., None])


def _anime(random: _Random) -> _Canvas:
    """Huge eyes with lights in them, cells of plain shade, thin lines."""
    ground = _blank(_hue(random, 0.35, 0.95)) + 0.12 * _Y[..., None]
    canvas = _portrait(random, soft=0.008, eye=0.17, background=ground)
    _lay(canvas, 0.2 * _oval(0.3, 0.3, 0.45, 0.5, 0.01) * _oval(0, 0.06, 0.44, 0.54, 0.01), np.array([0.6, 0.3, 0.4]))
    for _ in range(6):  # strands of hair
        _lay(canvas, _oval(random.uniform(-0.4, 0.4), -0.38, 0.03, 0.2, 0.008), _hue(random, 0.5, 0.4))
    grey = canvas.mean(axis=2)
    edges = np.hypot(*np.gradient(ndimage.gaussian_filter(grey, 1)))
    return np.asarray(canvas * (1 - (edges * 14).clip(0, 0.85))[..., None])


def _line_art(random: _Random) -> _Canvas:
    """Ink on paper: nothing but contours."""
    face = _portrait(random, soft=0.01, eye=0.07, background=_blank(np.ones(3)))
    edges = ndimage.maximum_filter(np.hypot(*np.gradient(face.mean(axis=2))) > 0.02, 3).astype(float)
    return np.repeat((1 - ndimage.gaussian_filter(edges, 0.7))[..., None], 3, axis=2)


def _chalk(random: _Random) -> _Canvas:
    """White and coloured chalk on a board, broken by its grain."""
    face = _portrait(random, soft=0.02, eye=0.07, background=_blank(np.zeros(3)))
    edges = (np.abs(np.diff(ndimage.gaussian_filter(face, (1, 1, 0)), axis=0, append=0)) * 18).clip(0, 1)
    grain = (0.5 + 0.4 * _clouds(random, 150)).clip(0, 1)[..., None]
    board = np.array([0.12, 0.2, 0.17]) + 0.02 * _clouds(random, 8, 4)[..., None]
    return np.asarray(board + (edges * 0.9 + 0.12 * face) * grain)


def _marble(random: _Random) -> _Canvas:
    """A bust: a face as relief, lit from one side, with veins."""
    depth = 0.9 * np.sqrt((1 - (_X / 0.5) ** 2 - ((_Y - 0.02) / 0.62) ** 2).clip(0))
    depth += 0.14 * np.exp(-(_X**2) / 0.004 - (_Y - 0.02) ** 2 / 0.03)
    for sign in (-1, 1):
        depth -= 0.13 * np.exp(-((_X - sign * 0.2) ** 2) / 0.008 - (_Y + 0.1) ** 2 / 0.004)
    depth -= 0.06 * np.exp(-(_X**2) / 0.02 - (_Y - 0.32) ** 2 / 0.0015)
    depth += 0.5 * np.sqrt((1 - (_X / 0.8) ** 2 - ((_Y - 1.1) / 0.45) ** 2).clip(0))
    veins = 1 - 0.12 * np.exp(-((_clouds(random, 4, 4)) ** 2) * 20)
    stone = np.array([0.93, 0.91, 0.87]) * random.uniform(0.8, 1.05)
    canvas = (0.15 + 0.85 * _lit(random, depth, 2.5) * veins)[..., None] * stone
    ground = _blank(_hue(random, 0.7, random.uniform(0.2, 0.6))) * (1 + 0.2 * _Y[..., None])
    _lay(canvas, (depth < 0.02).astype(float), ground)
    return np.asarray(canvas + random.normal(0, 0.008, (_SIDE, _SIDE, 1)))


def _furry(random: _Random) -> _Canvas:
    """A painted dog or bear: shaded ovals under strokes of fur."""
    canvas, fur = (
        _blank(_hue(random, 0.4, 0.8)) * (1 + 0.15 * _X[..., None]),
        _hue(random, 0.35, random.uniform(0.3, 0.8)),
    )
    for x in (-0.42, 0.42):
        _lay(canvas, _oval(x, -0.42, 0.2, 0.26, 0.05), fur * 0.7)
    for y, wide, high, shade in ((0.0, 0.56, 0.58, 1.0), (0.26, 0.3, 0.24, 1.25)):
        light = (1.1 - 0.5 * np.hypot(_X + 0.2, _Y - y + 0.2))[..., None]
        _lay(canvas, _oval(0, y, wide, high, 0.05), (fur * shade).clip(0, 1) * light)
    hairs = ndimage.gaussian_filter(random.normal(0, 1, (_SIDE, _SIDE)), (5, 0.8))
    canvas += 0.06 * (hairs / hairs.std() * _oval(0, 0, 0.62, 0.66, 0.1))[..., None]
    for x in (-0.2, 0.2):
        _lay(canvas, _oval(x, -0.1, 0.075, 0.085, 0.015), np.array([0.1, 0.06, 0.04]))
        _lay(canvas, _oval(x + 0.03, -0.13, 0.02, 0.02, 0.01), np.ones(3))
    _lay(canvas, _oval(0, 0.18, 0.1, 0.07, 0.015), np.array([0.08, 0.06, 0.07]))
    _lay(canvas, _oval(0, 0.36, 0.12, 0.015, 0.01), np.array([0.15, 0.08, 0.08]))
    return canvas


def _sprite(random: _Random) -> _Canvas:
    """A figure of a game: symmetric random cells with an outline, 16 to a side."""
    half = random.random((14, 7)) < 0.55
    cells = np.pad(np.hstack([half, half[:, ::-1]]), 1)
    palette = np.stack([_hue(random) for _ in range(4)])
    small = np.where(cells[..., None], palette[1 + np.abs(random.integers(0, 3, (16, 1)))], palette[0])
    small[ndimage.binary_dilation(cells) & ~cells] = 0.05
    return np.asarray(small.repeat(32, axis=0).repeat(32, axis=1))


def _emblem(random: _Random) -> _Canvas:
    """A badge with a long shadow and a highlight, as shops have."""
    canvas, ground = _blank(_hue(random, 0.2, 0.95)), _hue(random, 0.8)
    for i in range(12, 0, -1):
        _lay(canvas, 0.08 * _oval(i * 0.012, i * 0.012, 0.72, 0.72, 0.02), np.zeros(3))
    _lay(canvas, _oval(0, 0, 0.72, 0.72), ground)
    _lay(canvas, _oval(0, 0, 0.62, 0.62) - _oval(0, 0, 0.58, 0.58), np.ones(3))
    petals = int(random.integers(3, 9))
    star = np.hypot(_X, _Y) < 0.34 + 0.16 * np.cos(petals * np.arctan2(_Y, _X))
    _lay(canvas, ndimage.gaussian_filter(star.astype(float), 1), _hue(random, 0.7, 0.95))
    _lay(canvas, 0.25 * _oval(-0.1, -0.4, 0.5, 0.25, 0.2), np.ones(3))
    return canvas


def _vista(random: _Random) -> _Canvas:
    """A scene as computers render it: a sky with haze, ranges behind each other, water that shines."""
    canvas = np.asarray(_hue(random, 0.5, 0.9) + (_Y[..., None] + 1) * 0.2)
    _lay(canvas, 0.5 * (_clouds(random, 3, 4) * 0.5).clip(0, 1), np.ones(3))
    land = _hue(random, 0.5, 0.3)
    for i in range(4):
        crest = -0.3 + 0.25 * i + 0.15 * _clouds(random, 4, 5)[0]
        _lay(canvas, ((_Y - crest) / 0.01).clip(0, 1), land * (1 - i * 0.18) + (0.45 - i * 0.14))
    shine = ndimage.gaussian_filter(random.normal(0, 1, (_SIDE, _SIDE)), (0.7, 6))
    return np.asarray(canvas + ((_Y > 0.6) * 0.05 * shine / shine.std())[..., None])


def _swirl(random: _Random) -> _Canvas:
    """Bent bands of colour, as wallpapers have."""
    bands = np.sin(6 * (_clouds(random, 3) + _X * random.uniform(-2, 2)))
    one, two = _hue(random, 0.8), _hue(random, 0.8)
    return np.asarray(one + (two - one) * (0.5 + 0.5 * bands)[..., None])


def _weave(random: _Random) -> _Canvas:
    """A woven pattern of threads."""
    count = int(random.integers(10, 28))
    across, down = np.sin(_X * np.pi * count), np.sin(_Y * np.pi * count)
    above = (across * down) > 0
    shade = np.where(above, np.abs(across), np.abs(down))[..., None]
    return np.where(above[..., None], _hue(random), _hue(random)) * (0.5 + 0.5 * shade)


def _card(random: _Random) -> _Canvas:
    """A saying on a graded ground with a frame."""
    canvas = _blank(_hue(random, 0.4, 0.9)) - 0.15 * (_Y[..., None] + _X[..., None]) / 2
    image = Image.fromarray((canvas.clip(0, 1) * 255).astype(np.uint8))
    pen = ImageDraw.Draw(image)
    pen.rectangle((24, 24, 488, 488), outline=(255, 255, 255), width=4)
    for i in range(4):
        word = "".join(random.choice(list("abcdefghijklmnopqrstuvwxyz"), int(random.integers(4, 9))))
        pen.text((256, 120 + 90 * i), word, fill=(30, 30, 40), font_size=int(random.integers(40, 72)), anchor="mm")
    return np.asarray(image) / 255


def _code(random: _Random) -> _Canvas:
    """A card with a square code in the middle, as people put in the place of a face."""
    cells = random.random((29, 29)) < 0.5
    for top, left in ((0, 0), (0, 22), (22, 0)):
        cells[top : top + 7, left : left + 7] = True
        cells[top + 1 : top + 6, left + 1 : left + 6] = False
        cells[top + 2 : top + 5, left + 2 : left + 5] = True
    canvas = _blank(_hue(random, 0.5, 0.9))
    canvas[60:452, 60:452] = 1
    large = (~cells).repeat(12, axis=0).repeat(12, axis=1)
    canvas[82 : 82 + 348, 82 : 82 + 348] = np.where(large[..., None], 1.0, _hue(random, 0.5, 0.15))
    return canvas


MANNERS: Mapping[str, Callable[[_Random], _Canvas]] = {
    "anime": _anime, "brushed": _brushed, "card": _card, "chalk": _chalk, "code": _code, "emblem": _emblem, "furry": _furry,
    "line art": _line_art, "marble": _marble, "sprite": _sprite, "swirl": _swirl, "vista": _vista, "weave": _weave,
}  # fmt: skip

FACES = ("anime", "brushed", "chalk", "furry", "line art", "marble")
"""The manners that show a face."""

FITTED = ("anime", "card", "code", "furry", "marble", "swirl", "weave")
"""Every second manner in alphabetical order."""
