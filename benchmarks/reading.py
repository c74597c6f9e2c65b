"""Reading pictures, beside rapidocr alone: characters that are wrong, sides and order of chats, pictures a second, memory."""

from __future__ import annotations

import csv
import os
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np

from benchmarks.measure import Sample, Table, case, interleaved

__all__ = ["tables"]

THREADS = 1
LONG = (1_080, 20_000)
"""Width and height of a long screenshot."""

_WIDTHS = str.maketrans("?!,:;()", "？！，：；（）")


def _folder() -> Path:
    return Path(os.environ.get("JIANWEI_DATA", Path(__file__).parents[2] / "shared" / "data")) / "ocr_images"


def _manifest() -> list[tuple[str, list[str], np.ndarray]]:
    """Name, expected lines and pixels of every picture, upright."""
    from PIL import Image, ImageOps

    found = []
    with (_folder() / "manifest.csv").open(encoding="utf-8") as file:
        for row in csv.DictReader(file):
            with Image.open(_folder() / row["path"]) as picture:
                upright = ImageOps.exif_transpose(picture).convert("RGB")
            found.append((Path(row["path"]).stem, row["text"].split("|"), np.asarray(upright)))
    return found


def edits(one: str, other: str) -> int:
    """Levenshtein distance."""
    row = list(range(len(other) + 1))
    for at, letter in enumerate(one, 1):
        before, row[0] = row[0], at
        for to, letter_to in enumerate(other, 1):
            before, row[to] = row[to], min(row[to] + 1, row[to - 1] + 1, before + (letter != letter_to))
    return row[-1]


def _oracle_sides(pixels: np.ndarray, boxes: list[Any]) -> list[str]:
    """Sides by the colour alone of what lies around each message: the set's bubbles of the owner are green."""
    sides = []
    for left, top, right, bottom in boxes:
        part = pixels[int(top) : int(bottom), int(left) : int(right)].reshape(-1, 3)
        red, green, blue = np.median(part, axis=0)
        sides.append("right" if green > red + 25 and green > blue + 25 else "left")
    return sides


def _measured(read: Callable[[np.ndarray], list[str]], chats: Callable[[np.ndarray], Any] | None) -> dict[str, float]:
    """Figures over the set; the first picture is read once before, to load what is loaded lazily."""
    pictures = _manifest()
    read(pictures[0][2])
    wrong = folded = letters = right_sides = messages = whole = 0
    photographs = photographs_wrong = 0
    started, wall = time.process_time(), time.perf_counter()
    answers = [read(pixels) for _, _, pixels in pictures]
    cpu, seconds = time.process_time() - started, time.perf_counter() - wall
    for (name, expected, pixels), lines in zip(pictures, answers, strict=True):
        text = "".join(expected)
        if not name.startswith("chat_"):
            photographs += len(text)
            photographs_wrong += edits(text, "".join(lines[: len(expected)]))
            continue
        if chats:
            rows = chats(pixels)
            lines = [row.text for row in rows]
            said = [row for row in rows if row.side in ("left", "right")]
            right_sides += sum(
                row.side == side
                for row, side in zip(said, _oracle_sides(pixels, [row.box for row in said]), strict=True)
            )
            messages += len(expected) - 1
            whole += len(said) == len(expected) - 1
        wrong += edits(text, "".join(lines))
        folded += edits(text.translate(_WIDTHS), "".join(lines).translate(_WIDTHS))
        letters += len(text)
    return {
        "cer": wrong / letters, "folded": folded / letters, "photographs": photographs_wrong / photographs,
        "sides": right_sides / messages if messages else float("nan"), "whole": float(whole),
        "cpu": cpu / len(pictures), "seconds": seconds,
    }  # fmt: skip


def _theirs() -> Callable[[np.ndarray], list[str]]:
    from rapidocr import RapidOCR

    threads = "EngineConfig.onnxruntime.intra_op_num_threads"
    reader = RapidOCR(params={"Global.log_level": "error", threads: THREADS})
    return lambda pixels: list(reader(np.ascontiguousarray(pixels[:, :, ::-1])).txts or ())


@case
def rapidocr_reading() -> dict[str, float]:
    return _measured(_theirs(), None)


@case
def jianwei_reading() -> dict[str, float]:
    from jianwei.vision.reading import chat_of, open_reader

    reader = open_reader(threads=THREADS)
    return _measured(
        lambda pixels: [line.text for line in reader.read(pixels)], lambda pixels: chat_of(reader.read(pixels), pixels)
    )


def _long_page() -> tuple[np.ndarray, list[str]]:
    """A long screenshot of numbered lines."""
    from noto_cjk_sans_otc import FONT_PATH
    from PIL import Image, ImageDraw, ImageFont

    width, height = LONG
    picture = Image.new("RGB", (width, height), "#EDEDED")
    pen, font = ImageDraw.Draw(picture), ImageFont.truetype(str(FONT_PATH), 48, index=2)
    texts = [f"第{number}条留言已经收到谢谢" for number in range(1_000, 1_000 + (height - 160) // 125)]
    for row, text in enumerate(texts):
        pen.text((120, 80 + row * 125), text, fill="#191919", font=font)
    return np.asarray(picture), texts


def _long(read: Callable[[np.ndarray], list[str]]) -> dict[str, float]:
    pixels, texts = _long_page()
    started, wall = time.process_time(), time.perf_counter()
    lines = read(pixels)
    return {
        "cpu": time.process_time() - started, "seconds": time.perf_counter() - wall,
        "cer": edits("".join(texts), "".join(lines)) / len("".join(texts)), "lines": len(lines) / len(texts),
    }  # fmt: skip


@case
def rapidocr_long() -> dict[str, float]:
    return _long(_theirs())


@case
def jianwei_long() -> dict[str, float]:
    from jianwei.vision.reading import open_reader

    reader = open_reader(threads=THREADS)
    return _long(lambda pixels: [line.text for line in reader.read(pixels)])


def _row(name: str, sample: Sample) -> tuple[str, ...]:
    figures = sample.figures
    known = figures["sides"] == figures["sides"]
    return (
        name, f"{figures['cer']:.2%}", f"{figures['folded']:.2%}", f"{figures['sides']:.0%}" if known else "–",
        f"{figures['photographs']:.1%}", f"{1 / figures['cpu']:.1f}", f"{sample.peak_mb:.0f}",
    )  # fmt: skip


def tables(folder: Path) -> list[Table]:
    taken = interleaved([("rapidocr_reading",), ("jianwei_reading",)], 3)
    note = (
        "ocr_images, one thread: 12 rendered chats and 4 photographs. Both use the weights of PP-OCRv6 (small) from the package rapidocr. "
        "Characters wrong: edits ÷ characters over all lines of the chats in order; beside it with marks of half and full width taken as "
        "one. Sides: messages whose side is that of their bubble's colour. Photographs: their first lines. Pictures a second are pictures "
        "÷ CPU seconds."
    )
    header = (
        "reader",
        "characters wrong",
        "widths as one",
        "sides right",
        "photographs wrong",
        "pictures/s",
        "peak MB",
    )
    rows = tuple(_row(name, taken[name,]) for name in ("rapidocr_reading", "jianwei_reading"))
    long = interleaved([("rapidocr_long",), ("jianwei_long",)], 1)
    long_rows = tuple(
        (
            name, f"{long[name,].figures['lines']:.2f}", f"{long[name,].figures['cer']:.2%}", f"{long[name,].figures['cpu']:.1f}",
            f"{long[name,].peak_mb:.0f}",
        )
        for name in ("rapidocr_long", "jianwei_long")
    )  # fmt: skip
    width, height = LONG
    long_note = f"{width:,} × {height:,} pixels of numbered lines, one thread."
    return [
        Table("Reading pictures", note, header, rows),
        Table(
            "Reading a long screenshot",
            long_note,
            ("reader", "lines found", "characters wrong", "CPU s", "peak MB"),
            long_rows,
        ),
    ]
