"""What tests of whole processes share."""

from __future__ import annotations

import os

import pytest


@pytest.fixture(scope="session")
def child_environment() -> dict[str, str]:
    """The environment for processes that tests start: there are many, so they keep what Python compiles."""
    return {name: value for name, value in os.environ.items() if name != "PYTHONDONTWRITEBYTECODE"}
