"""Fits the weights of `jianwei.vision.faces.avatars`, and says how well pictures are told that the fit has not seen.

    python tools/fit_avatars.py PHOTOGRAPHS OTHER_PHOTOGRAPHS

PHOTOGRAPHS is a folder of free photographs to fit on; those of the packaged weights are of scikit-image (astronaut, brick, camera, chelsea,
coffee, grass, gravel, motorcycle_left, rocket) and Matplotlib (grace_hopper). OTHER_PHOTOGRAPHS are only judged; those of docs/vision.md
come with scikit-learn (china, flower), InsightFace 2.1 (t1, Tom_Hanks_54745), Ultralytics 8.4 (bus, zidane) and Gradio 3.50 (cheetah1,
cheetah2). The drawings come from `tests/support`: all kinds of `drawings.py` and half of the manners of `paintings.py` are fitted on, the
other half is only judged. Kinds that are fitted on are judged by a fit without them.

What is only judged was kept from the weights, not from everything: the cues were picked by the log loss on kinds that are fitted on, each
left out in turn, while the figures of the others stood beside; china and flower were among the photographs of the first version's fit.
"""

from __future__ import annotations

import io
import sys
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path

import numpy as np
from numpy.typing import NDArray
from PIL import Image, ImageEnhance, ImageFilter, ImageOps

sys.path.insert(0, str(Path(__file__).resolve().parents[1] / "tests"))

from support.drawings import KINDS, draw
from support.paintings import FITTED, MANNERS, paint

from jianwei.vision.faces.cues import CUES, cues_of

_Pixels = NDArray[np.uint8]
_EACH = 24
"""Pictures of a kind or photograph: parts of it, filtered, resized and compressed at random."""


@dataclass(frozen=True)
class Kind:
    """What is shown of one photograph or one manner of drawing.

    Attributes:
        cues: float64 [n, 7].
    """

    name: str
    photograph: bool
    fitted: bool
    cues: NDArray[np.float64]


def worn(pixels: _Pixels, random: np.random.Generator) -> _Pixels:
    """A picture as it may look after a filter, a service and a messenger."""
    image, chance = Image.fromarray(pixels), random.random()
    if chance < 0.10:
        image = image.filter(ImageFilter.MedianFilter(5))
    elif chance < 0.20:
        image = image.filter(ImageFilter.GaussianBlur(float(random.uniform(0.5, 2.5))))
    elif chance < 0.30:
        image = ImageOps.grayscale(image).convert("RGB")
    elif chance < 0.38:
        image = ImageEnhance.Contrast(image).enhance(float(random.uniform(0.5, 1.8)))
    elif chance < 0.46:
        image = ImageEnhance.Color(image).enhance(float(random.uniform(0.2, 2)))
    elif chance < 0.52:
        image = ImageEnhance.Brightness(image).enhance(float(random.uniform(0.5, 1.5)))
    side = int(random.choice([132, 132, 640, 300]))
    image = image.resize((side, side), Image.Resampling.BICUBIC)
    if quality := int(random.choice([0, 95, 85, 70, 45])):
        with io.BytesIO() as file:
            image.save(file, "JPEG", quality=quality)
            return np.asarray(Image.open(file))
    return np.asarray(image)


def _parts(path: Path, random: np.random.Generator) -> Iterator[_Pixels]:
    """Square parts of a photograph."""
    pixels = np.asarray(Image.open(path).convert("RGB"))
    height, width = pixels.shape[:2]
    for _ in range(_EACH):
        side = int(min(height, width) * random.uniform(0.45, 1))
        top, left = int(random.integers(0, height - side + 1)), int(random.integers(0, width - side + 1))
        yield pixels[top : top + side, left : left + side]


def _drawn(made: Callable[[str, int, int], _Pixels], kind: str, random: np.random.Generator) -> Iterator[_Pixels]:
    for seed in range(1000, 1000 + _EACH):
        yield made(kind, seed, int(random.choice([200, 400, 600])))


def kinds_of(photographs: Path, others: Path) -> Iterator[Kind]:
    """Everything that is fitted on or judged."""
    random = np.random.default_rng(3)

    def kind(name: str, shown: Iterator[_Pixels], photograph: bool, fitted: bool) -> Kind:
        return Kind(name, photograph, fitted, np.array([cues_of(worn(pixels, random)) for pixels in shown]))

    for folder, fitted in ((photographs, True), (others, False)):
        for path in sorted(folder.iterdir()):
            yield kind(path.stem, _parts(path, random), True, fitted)
    for name in KINDS:
        yield kind(name, _drawn(draw, name, random), False, True)
    for name in MANNERS:
        yield kind(f"painted: {name}", _drawn(paint, name, random), False, name in FITTED)


def fit(kinds: list[Kind]) -> tuple[NDArray[np.float64], float]:
    """Weights and offset of a logistic regression in which photographs and drawings weigh the same."""
    from sklearn.linear_model import LogisticRegression

    rows = np.vstack([kind.cues for kind in kinds])
    wanted = np.concatenate([np.full(len(kind.cues), kind.photograph) for kind in kinds])
    middle, spread = rows.mean(axis=0), rows.std(axis=0)
    model = LogisticRegression(C=0.1, class_weight="balanced", max_iter=2000).fit((rows - middle) / spread, wanted)
    weights = model.coef_[0] / spread
    return weights, float(model.intercept_[0] - weights @ middle)


def right(kind: Kind, weights: NDArray[np.float64], offset: float) -> float:
    """Share of a kind's pictures that is told right."""
    return float(np.mean((kind.cues @ weights + offset >= 0) == kind.photograph))


def main(photographs: Path, others: Path) -> None:
    kinds = list(kinds_of(photographs, others))
    fitted = [kind for kind in kinds if kind.fitted]
    weights, offset = fit(fitted)
    print("weights", dict(zip(CUES, weights.round(2).tolist(), strict=True)), "offset", round(offset, 2))
    for kind in kinds:
        by = fit([one for one in fitted if one is not kind]) if kind.fitted else (weights, offset)
        what = "photograph" if kind.photograph else "drawing"
        print(
            f"{right(kind, *by):5.0%}  {what:10}  {'by a fit without it' if kind.fitted else 'never fitted on':20} {kind.name}"
        )


if __name__ == "__main__":
    main(Path(sys.argv[1]), Path(sys.argv[2]))
