"""The scripts of the charts: our own beside this file, ECharts in `vendor/` once `build_assets` has run."""

from __future__ import annotations

from functools import cache
from pathlib import Path

from jianwei.errors import JianweiError

__all__ = ["FOLDER", "VENDOR", "script"]

FOLDER = Path(__file__).resolve().parent
VENDOR = FOLDER / "vendor"


@cache
def script(name: str) -> str:
    """The text of a script: "charts" (ours) or "echarts" (from npm).

    Raises:
        JianweiError: ECharts has not been built into the package yet.
    """
    path = VENDOR / "echarts.min.js" if name == "echarts" else FOLDER / f"{name}.js"
    if not path.is_file():
        raise JianweiError(
            str(path), "the charts' script is missing", "run `make assets` (python -m jianwei.render.build_assets)"
        )
    return path.read_text("utf-8")
