"""Figures in JSON for people."""

from __future__ import annotations

import numpy as np

from jianwei.common.rounding import rounded


def test_single_precision_leaves_no_noise() -> None:
    noisy = [float(np.float32(value)) for value in (0.3, 0.9, 0.1234)]
    assert rounded({"scores": noisy, "of": {"score": noisy[0]}}) == {"scores": [0.3, 0.9, 0.1234], "of": {"score": 0.3}}


def test_names_say_how_many_digits_tell_something() -> None:
    found = rounded({"start": 1.23456, "box": [1.23456], "points": [[1.26, 2.0]], "lift": 1.23456})
    assert found == {"start": 1.235, "box": [1.2], "points": [[1.3, 2.0]], "lift": 1.2346}


def test_all_else_stays() -> None:
    value = {"rows": 3, "text": "0.30000001192", "none": None, "yes": True, "empty": []}
    assert rounded(value) == value
