"""What tests of whole processes share."""

from __future__ import annotations

import os
import sys
from pathlib import Path

import pytest

sys.path.insert(0, str(Path(__file__).resolve().parents[1]))  # `from support import …`


@pytest.fixture(scope="session")
def child_environment() -> dict[str, str]:
    """The environment for processes that tests start: there are many, so they keep what Python compiles."""
    return {name: value for name, value in os.environ.items() if name != "PYTHONDONTWRITEBYTECODE"}
