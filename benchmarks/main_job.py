"""The whole main job on a million messages, against what people script today for two of its steps."""

from __future__ import annotations

import csv
import itertools
import tempfile
import time
from pathlib import Path

from benchmarks.measure import Table, case, interleaved

__all__ = ["tables"]

PEER_TEXTS = 3_000


@case
def jianwei_analyze(path: str) -> dict[str, float]:
    """Read, enrich, mine, report: everything that `jianwei analyze` does."""
    import jianwei as jw
    from jianwei.workspace.analyze import analyze

    with tempfile.TemporaryDirectory() as folder:
        workspace = jw.open(Path(folder) / "w")
        started = time.perf_counter()
        done = analyze(workspace, [path], output=Path(folder) / "report.html")
        seconds = time.perf_counter() - started
        return {
            "seconds": seconds,
            "rows": done.imported.new["messages"],
            "import_s": done.seconds["import"],
            "enrich_s": done.seconds["enrich"],
            "report_s": done.seconds["report"],
        }


def _texts(path: str) -> list[str]:
    with Path(path).open(encoding="utf-8-sig", newline="") as file:
        rows = (row for row in csv.DictReader(file) if row["Type"] == "1" and row["StrContent"])
        return [row["StrContent"] for row in itertools.islice(rows, 0, PEER_TEXTS * 50, 50)]


@case
def jieba_snownlp(path: str) -> dict[str, float]:
    """Words by jieba and sentiment by SnowNLP, text after text."""
    import jieba
    from snownlp import SnowNLP

    texts = _texts(path)
    jieba.initialize()
    SnowNLP("预热").sentiments  # noqa: B018 - loads its model
    started = time.perf_counter()
    for text in texts:
        jieba.lcut(text)
        SnowNLP(text).sentiments  # noqa: B018
    return {"seconds": time.perf_counter() - started, "rows": len(texts)}


def tables(folder: Path) -> list[Table]:
    from jianwei.sandbox.bulk import write_wechatmsg_csv

    path = folder / "million_utf8.csv"
    if not path.exists():
        write_wechatmsg_csv(path, rows=1_000_000, seed=1)
    taken = interleaved([("jianwei_analyze", str(path)), ("jieba_snownlp", str(path))], 3)
    rows = []
    for (name, _), sample in taken.items():
        steps = ", ".join(f"{k.removesuffix('_s')} {v:.1f} s" for k, v in sample.figures.items() if k.endswith("_s"))
        count = sample.figures["rows"]
        rows.append(
            (
                name,
                f"{count:,.0f}",
                f"{sample.seconds:.1f}",
                f"{count / sample.seconds:,.0f}",
                steps,
                f"{sample.peak_mb:,.0f}",
            )
        )
    note = (
        "End to end, report included (goal: 15,000 messages/s on two cores). The peer does words and sentiment alone."
    )
    return [Table("Main job", note, ("case", "messages", "seconds", "messages/s", "of which", "peak MB"), tuple(rows))]
