"""Importing a million chat messages, against a plain read and write of the same columns."""

from __future__ import annotations

import tempfile
import time
from pathlib import Path

from benchmarks.measure import Table, case, interleaved

__all__ = ["tables"]

COLUMNS = ["TalkerId", "Type", "SubType", "IsSender", "CreateTime", "StrContent", "Sender"]


@case
def polars_copy(path: str) -> dict[str, float]:
    """What people script: read the columns, write them as Parquet."""
    import polars as pl

    with tempfile.TemporaryDirectory() as folder:
        started = time.perf_counter()
        frame = pl.read_csv(path, columns=COLUMNS, infer_schema=False)
        frame.write_parquet(Path(folder) / "messages.parquet", compression="zstd", compression_level=1)
        return {"seconds": time.perf_counter() - started, "rows": frame.height}


@case
def jianwei_import(path: str) -> dict[str, float]:
    """Ids, kinds, people, conversations, de-duplication against the lake, commits."""
    import jianwei as jw

    with tempfile.TemporaryDirectory() as folder:
        workspace = jw.open(Path(folder) / "w")
        started = time.perf_counter()
        report = workspace.import_files([path])
        return {"seconds": time.perf_counter() - started, "rows": report.new["messages"]}


@case
def jianwei_import_twice(path: str) -> dict[str, float]:
    """The second import of a file that was imported before, read in full (its positions forgotten)."""
    from dataclasses import replace

    import jianwei as jw
    from jianwei.ingest import ImportOptions, import_files

    with tempfile.TemporaryDirectory() as folder:
        workspace = jw.open(Path(folder) / "w")
        workspace.import_files([path])
        options = replace(ImportOptions(), again=True)
        started = time.perf_counter()
        report = import_files([path], store=workspace.store, options=options)
        return {"seconds": time.perf_counter() - started, "rows": report.duplicate["messages"]}


def tables(folder: Path) -> list[Table]:
    from jianwei.sandbox.bulk import write_wechatmsg_csv

    one, five = folder / "million_utf8.csv", folder / "five_utf8.csv"
    write_wechatmsg_csv(one, rows=1_000_000, seed=1)
    write_wechatmsg_csv(five, rows=5_000_000, seed=2)
    calls = [("polars_copy", str(one)), ("jianwei_import", str(one)), ("jianwei_import_twice", str(one))]
    taken = interleaved(calls, 3) | interleaved([("jianwei_import", str(five))], 1)
    plain = taken["polars_copy", str(one)].seconds
    rows = []
    for (name, path), sample in taken.items():
        count = sample.figures["rows"]
        ratio = f"{sample.seconds / plain:.2f}" if path == str(one) else f"{sample.seconds / plain / 5:.2f}"
        rows.append(
            (
                name,
                f"{count:,.0f}",
                f"{sample.seconds:.2f}",
                f"{count / sample.seconds:,.0f}",
                ratio,
                f"{sample.peak_mb:,.0f}",
            )
        )
    note = "WeChatMsg CSV from the simulated shop. Ratio: time per row to that of Polars' plain read + write (goal: within 4)."
    return [Table("Import", note, ("case", "rows", "seconds", "rows/s", "ratio", "peak MB"), tuple(rows))]
