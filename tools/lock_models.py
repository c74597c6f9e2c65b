"""Bring sizes and hashes in the lock file of models up to what lies in the package: `python tools/lock_models.py`."""

from __future__ import annotations

import re
from hashlib import sha256
from pathlib import Path

HOUSE = Path(__file__).parents[1] / "src" / "jianwei"
LOCK = HOUSE / "models" / "lock.toml"
LINES = re.compile(r'file = "(?P<file>[^"]+)"\nsize = \d+\nsha256 = "[0-9a-f]*"')


def main() -> None:
    def renewed(match: re.Match[str]) -> str:
        path = HOUSE / "text" / "data" / match["file"]
        if not path.is_file():
            return match[0]
        data = path.read_bytes()
        return f'file = "{match["file"]}"\nsize = {len(data)}\nsha256 = "{sha256(data).hexdigest()}"'

    LOCK.write_text(LINES.sub(renewed, LOCK.read_text("utf-8")), "utf-8")


if __name__ == "__main__":
    main()
