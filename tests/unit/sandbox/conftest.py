"""The default shop, simulated once for all tests of this folder."""

from __future__ import annotations

import pytest

from jianwei.sandbox.population import Shop, simulate


@pytest.fixture(scope="session")
def shop() -> Shop:
    return simulate()
