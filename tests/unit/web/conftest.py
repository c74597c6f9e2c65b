"""Makes `tests/support` importable: `from support import pushes`."""

import sys
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parents[2]))
