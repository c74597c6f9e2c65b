"""Fixtures that several rooms use."""

from __future__ import annotations

import os
from pathlib import Path

import pytest


@pytest.fixture(scope="session")
def data_dir() -> Path:
    """The folder of real data sets: `JIANWEI_DATA`, or `shared/data` beside the repository. Skips where it is absent."""
    beside = Path(__file__).resolve().parents[2] / "shared" / "data"
    folder = Path(os.environ.get("JIANWEI_DATA", beside))
    if not (folder / "README.md").exists():
        pytest.skip("the real data sets are not on this machine")
    return folder
