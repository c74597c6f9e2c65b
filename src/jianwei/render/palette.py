"""The colours of charts and pages, light and dark, by role.

The six series colours were searched for in OKLab with the first one fixed: every pair stays at least 8 (ΔE × 100) apart for
trichromats and under simulated deuteranopia, protanopia and tritanopia (Machado, Oliveira & Fernandes 2009). A test measures it.
"""

from __future__ import annotations

from collections.abc import Mapping
from types import MappingProxyType

__all__ = ["DARK", "LIGHT", "SERIES", "palette"]

SERIES = ("series1", "series2", "series3", "series4", "series5", "series6")
"""Roles of the categorical colours, in the order they are used."""

LIGHT: Mapping[str, str] = MappingProxyType({
    "page": "#f6f7f9", "panel": "#ffffff", "sunken": "#f0f2f5", "line": "#e3e7ec", "axis": "#c4ccd5",
    "ink": "#18212c", "muted": "#5a6675", "faint": "#667180", "accent": "#2f6da8", "tint": "#e8f0f8", "warn": "#9a5b13",
    "series1": "#2f6da8", "series2": "#e1aa61", "series3": "#5caba1", "series4": "#92416b", "series5": "#4d610b",
    "series6": "#c1b1f1", "other": "#c3c9d0",
    "positive": "#2b8a7e", "neutral": "#c9cfd6", "negative": "#cf5a3c",
    "ramp0": "#eef3f8", "ramp1": "#a9c7e3", "ramp2": "#4d8cc4", "ramp3": "#1b4a78",
})  # fmt: skip

DARK: Mapping[str, str] = MappingProxyType({
    "page": "#10151b", "panel": "#171e26", "sunken": "#1f2831", "line": "#29333e", "axis": "#3d4a58",
    "ink": "#e8edf2", "muted": "#a3b0bd", "faint": "#8794a1", "accent": "#7fb4ea", "tint": "#1c2c3d", "warn": "#e3b062",
    "series1": "#6aa5e0", "series2": "#facd8c", "series3": "#7de3f6", "series4": "#8c5586", "series5": "#7d8543",
    "series6": "#d58fa1", "other": "#4b5763",
    "positive": "#4dbba9", "neutral": "#55616d", "negative": "#e8805f",
    "ramp0": "#1d2731", "ramp1": "#2c5075", "ramp2": "#4f8cc6", "ramp3": "#b5d8fa",
})  # fmt: skip


def palette(*, dark: bool = False) -> Mapping[str, str]:
    """Role → "#rrggbb".

    >>> palette()["negative"] != palette(dark=True)["negative"]
    True
    """
    return DARK if dark else LIGHT
