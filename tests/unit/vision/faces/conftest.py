"""Tests of faces share pictures and models with others: `from support import …`."""

import sys
from pathlib import Path

TESTS = str(Path(__file__).resolve().parents[3])
if TESTS not in sys.path:
    sys.path.insert(0, TESTS)
