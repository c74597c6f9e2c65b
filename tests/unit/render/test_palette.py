"""Colours stay apart for every kind of colour vision, and text can be read on its ground."""

from __future__ import annotations

from itertools import combinations

import numpy as np
import pytest

from jianwei.render.palette import DARK, LIGHT, SERIES, palette

# Machado, Oliveira & Fernandes (2009), severity 1.0, on linear RGB.
VISION = {
    "trichromat": np.eye(3),
    "deuteranopia": [[0.367322, 0.860646, -0.227968], [0.280085, 0.672501, 0.047413], [-0.011820, 0.042940, 0.968881]],
    "protanopia": [[0.152286, 1.052583, -0.204868], [0.114503, 0.786281, 0.099216], [-0.003882, -0.048116, 1.051998]],
    "tritanopia": [[1.255528, -0.076749, -0.178779], [-0.078411, 0.930809, 0.147602], [0.004733, 0.691367, 0.303900]],
}


def linear(colour: str) -> np.ndarray:
    rgb = np.array([int(colour[i : i + 2], 16) / 255 for i in (1, 3, 5)])
    return np.where(rgb <= 0.04045, rgb / 12.92, ((rgb + 0.055) / 1.055) ** 2.4)


def oklab(rgb: np.ndarray) -> np.ndarray:
    """Ottosson (2020)."""
    lms = np.array(
        [
            [0.4122214708, 0.5363325363, 0.0514459929],
            [0.2119034982, 0.6806995451, 0.1073969566],
            [0.0883024619, 0.2817188376, 0.6299787005],
        ]
    ) @ np.clip(rgb, 0, 1)
    return np.array(
        [
            [0.2104542553, 0.7936177850, -0.0040720468],
            [1.9779984951, -2.4285922050, 0.4505937099],
            [0.0259040371, 0.7827717662, -0.8086757660],
        ]
    ) @ np.cbrt(lms)


def contrast(one: str, other: str) -> float:
    """WCAG 2.2 contrast ratio."""
    low, high = sorted(float(linear(c) @ [0.2126, 0.7152, 0.0722]) for c in (one, other))
    return (high + 0.05) / (low + 0.05)


@pytest.mark.parametrize("dark", [False, True])
@pytest.mark.parametrize("vision", VISION)
def test_series_stay_apart(dark: bool, vision: str) -> None:
    roles = palette(dark=dark)
    seen = {role: oklab(np.array(VISION[vision]) @ linear(roles[role])) for role in SERIES}
    nearest = min(float(np.linalg.norm(seen[a] - seen[b])) for a, b in combinations(SERIES, 2))
    assert nearest * 100 >= 8


@pytest.mark.parametrize("dark", [False, True])
@pytest.mark.parametrize("vision", VISION)
def test_sentiments_stay_apart(dark: bool, vision: str) -> None:
    roles = palette(dark=dark)
    seen = [oklab(np.array(VISION[vision]) @ linear(roles[role])) for role in ("positive", "neutral", "negative")]
    assert min(float(np.linalg.norm(a - b)) for a, b in combinations(seen, 2)) * 100 >= 9


@pytest.mark.parametrize("dark", [False, True])
def test_text_can_be_read(dark: bool) -> None:
    roles = palette(dark=dark)
    for ground in ("page", "panel"):
        assert contrast(roles["ink"], roles[ground]) >= 7
        for role in ("muted", "accent", "warn", "faint"):
            assert contrast(roles[role], roles[ground]) >= 4.5, (role, ground)


def test_both_have_the_same_roles_and_plain_colours() -> None:
    assert LIGHT.keys() == DARK.keys()
    for colour in (*LIGHT.values(), *DARK.values()):
        assert len(colour) == 7
        int(colour.removeprefix("#"), 16)
