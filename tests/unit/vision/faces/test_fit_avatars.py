"""The tool that fits the weights of avatars: what it fits on and what it only judges, and that it finds a rule that there is."""

from __future__ import annotations

import sys
from pathlib import Path

import numpy as np
import pytest
import sklearn
from support.drawings import KINDS
from support.paintings import FITTED, MANNERS

sys.path.insert(0, str(Path(__file__).parents[4] / "tools"))

import fit_avatars

IMAGES = Path(sklearn.__file__).parent / "datasets" / "images"


def test_half_of_the_manners_are_never_fitted_on(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(fit_avatars, "_EACH", 1)
    for folder, name in (("fit", "flower.jpg"), ("others", "china.jpg")):
        (tmp_path / folder).mkdir()
        (tmp_path / folder / name).write_bytes((IMAGES / name).read_bytes())
    kinds = list(fit_avatars.kinds_of(tmp_path / "fit", tmp_path / "others"))
    assert [(kind.name, kind.fitted) for kind in kinds if kind.photograph] == [("flower", True), ("china", False)]
    drawn = {kind.name: kind.fitted for kind in kinds if not kind.photograph}
    assert drawn == dict.fromkeys(KINDS, True) | {f"painted: {name}": name in FITTED for name in MANNERS}
    assert len(set(MANNERS) - set(FITTED)) == 6
    assert all(np.isfinite(kind.cues).all() for kind in kinds)


def test_a_rule_is_found_in_the_units_of_the_cues() -> None:
    random = np.random.default_rng(1)
    scales = np.array([1, 100, 0.01, 1, 1, 1, 1])

    def kind(photograph: bool, middle: float) -> fit_avatars.Kind:
        cues = random.normal(0, 1, (40, 7))
        cues[:, 1] += middle
        return fit_avatars.Kind("", photograph, True, cues * scales)

    weights, offset = fit_avatars.fit([kind(True, 4.0), kind(False, -2.0), kind(False, -3.0)])
    assert np.argmax(np.abs(weights * scales)) == 1
    assert fit_avatars.right(kind(True, 4.0), weights, offset) > 0.9
    assert fit_avatars.right(kind(False, -2.0), weights, offset) > 0.9
    assert fit_avatars.right(kind(False, 4.0), weights, offset) < 0.1
