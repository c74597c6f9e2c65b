"""Two thousand mixed media through `enrich --stages speech,vision` with a kill -9 in the middle: is everything there once, at what cost?

Voices are the utterances of speech_zh, in the codecs that people send, each with silence of its own length before it; pictures are drawn
chats, crops of photographs, drawings and codes; there are films with and without sound, and files that are refused.

JIANWEI_BENCH_MEDIA is the number of files (2,000), JIANWEI_WORKERS that of workers (1).
"""

from __future__ import annotations

import io
import json
import os
import random
import subprocess
import sys
import time
import wave
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np

from benchmarks.measure import Table

__all__ = ["tables"]

FILES = int(os.environ.get("JIANWEI_BENCH_MEDIA", "2000"))
WORKERS = int(os.environ.get("JIANWEI_WORKERS", "1"))
SHARES = {"voice": 0.5, "chat": 0.12, "photograph": 0.12, "drawing": 0.12, "code": 0.08, "film": 0.04, "refused": 0.02}
STAGES = "speech,vision"
CODECS = ("amr", "mp3", "silk", "wav", "opus", "m4a")


def _data() -> Path:
    return Path(os.environ.get("JIANWEI_DATA", Path(__file__).parents[2] / "shared" / "data"))


def _support() -> Any:
    """What the tests make media with."""
    sys.path.insert(0, str(Path(__file__).parents[1] / "tests"))
    from support import chat_pictures, drawings, media_files

    return chat_pictures, drawings, media_files


def _png(pixels: np.ndarray) -> bytes:
    from PIL import Image

    file = io.BytesIO()
    Image.fromarray(pixels).save(file, "PNG")
    return file.getvalue()


def _makers() -> dict[str, Callable[[int], tuple[str, bytes]]]:
    """For every kind a function from a number to (suffix, content); each number gives another file."""
    import zxingcpp
    from PIL import Image

    chats, drawings, media = _support()
    voices = sorted((_data() / "speech_zh" / "wav").rglob("*.wav"))
    photographs = sorted((_data() / "face_images" / "images").glob("*.jp*g"))
    told = (_data() / "speech_zh" / "transcripts.csv").read_text("utf-8").splitlines()
    said = [line.split(",")[6] for line in told[1:]]

    def samples(n: int, rate: int) -> np.ndarray:
        with wave.open(str(voices[n % len(voices)])) as file:
            own, heard = file.getframerate(), np.frombuffer(file.readframes(file.getnframes()), "<i2")
        at = np.arange(round(len(heard) * rate / own)) * own / rate
        resampled = np.interp(at, np.arange(len(heard)), heard).astype(np.int16)
        return np.concatenate([np.zeros(rate // 50 * (1 + n // len(voices)), np.int16), resampled])[:, None]

    def voice(n: int) -> tuple[str, bytes]:
        codec = CODECS[n % len(CODECS)]
        if codec == "silk":
            return ".silk", media.silk(samples(n, 24_000))
        rate = media.SOUNDS[codec][2]
        return {"opus": ".ogg"}.get(codec, f".{codec}"), media.sound(codec, samples(n, rate), rate=rate)

    def chat(n: int) -> tuple[str, bytes]:
        return ".png", _png(chats.draw_chat(chats.random_chat(n, said, count=5), width=720, seed=n).pixels)

    def photograph(n: int) -> tuple[str, bytes]:
        with Image.open(photographs[n % len(photographs)]) as image:
            whole = image.convert("RGB")
        edge = 1 + n // len(photographs)
        cut = whole.crop((edge, edge, whole.width - edge, whole.height - edge))
        cut.thumbnail((1080, 1080))
        return ".jpg", media.picture("JPEG", cut)

    def drawing(n: int) -> tuple[str, bytes]:
        kinds = sorted(drawings.KINDS)
        return ".webp", media.picture("WEBP", Image.fromarray(drawings.draw(kinds[n % len(kinds)], n)))

    def code(n: int) -> tuple[str, bytes]:
        made = zxingcpp.create_barcode(f"https://u.wechat.com/{n:08x}", zxingcpp.BarcodeFormat.QRCode)
        pixels = np.asarray(made.to_image(scale=6))
        return ".png", _png(np.repeat(pixels[:, :, None], 3, axis=2))

    def film(n: int) -> tuple[str, bytes]:
        picture = Image.fromarray(drawings.draw(sorted(drawings.KINDS)[n % len(drawings.KINDS)], 10_000 + n))
        return ".mp4", media.film([0] * (2 + n % 3), size=(320, 240), hertz=440.0 if n % 2 else None, image=picture)

    def refused(n: int) -> tuple[str, bytes]:
        whole = photograph(n)[1]
        salt = n.to_bytes(4, "big")
        return [
            (".jpg", whole[: len(whole) // 2] + salt),
            (".svg", b'<svg xmlns="http://www.w3.org/2000/svg"><script>alert(%d)</script></svg>' % n),
            (".mp3", whole + salt),
            (".png", _huge_png(n)),
            (".amr", b"#!AMR\n" + b"\x3c" + salt),
        ][n % 5]

    makers = (voice, chat, photograph, drawing, code, film, refused)
    return {maker.__name__: maker for maker in makers}


def _huge_png(n: int) -> bytes:
    """20,000 x 20,000 pixels of nothing in a few hundred kilobytes."""
    import struct
    import zlib

    def chunk(kind: bytes, data: bytes) -> bytes:
        return struct.pack(">I", len(data)) + kind + data + struct.pack(">I", zlib.crc32(kind + data))

    head = struct.pack(">IIBBBBB", 20_000, 20_000, 1, 0, 0, 0, 0)
    packed = zlib.compress(bytes(2_501) * 20_000, 9)
    marked = chunk(b"tEXt", b"n\0%d" % n)
    return b"\x89PNG\r\n\x1a\n" + chunk(b"IHDR", head) + marked + chunk(b"IDAT", packed) + chunk(b"IEND", b"")


def _write(folder: Path) -> int:
    """The files; how many."""
    folder.mkdir(parents=True, exist_ok=True)
    count = 0
    for kind, maker in _makers().items():
        for n in range(round(FILES * SHARES[kind])):
            suffix, content = maker(n)
            (folder / f"{kind}_{n:05d}{suffix}").write_bytes(content)
            count += 1
    return count


def _bytes_of(process: Any) -> Iterator[int]:
    """Memory of a process and all its children; what they share is counted once."""
    import psutil

    for one in [process, *process.children(recursive=True)]:
        try:
            yield one.memory_full_info().pss
        except psutil.Error:
            continue


@dataclass(frozen=True, slots=True)
class Run:
    """`jianwei enrich` as it was watched.

    Attributes:
        seconds: how long it ran.
        peak_mb: the memory of all its processes together at most, 10⁶ bytes; what they share counts once.
        first: seconds until its first answers were there; 0 when none were.
        counts: what there was after it, see `_counts`.
        answered: what it added to the answers.
    """

    seconds: float
    peak_mb: float
    first: float
    counts: dict[str, int]
    answered: int

    def __str__(self) -> str:
        rate = self.answered / self.seconds
        first = f", the first after {self.first:.0f} s" if self.first else ""
        return (
            f"{self.seconds:.0f} s, {self.peak_mb:,.0f} MB at most, {self.answered:,} answers{first}, {rate:.2f} a second; "
            f"now {json.dumps(self.counts)}"
        )


def _watched(workspace: Path, seconds: float | None, before: int = 0) -> Run:
    """`jianwei enrich`, killed after some seconds (None: never), where there were so many answers before."""
    import psutil

    call = [sys.executable, "-m", "jianwei", "enrich", "--stages", STAGES, "-w", str(workspace), "--quiet"]
    environment = os.environ | {"JIANWEI_WORKERS": str(WORKERS), "OMP_NUM_THREADS": "1"}
    started, peak, first = time.monotonic(), 0, 0.0
    answers = workspace / "lake" / "annotations"
    with subprocess.Popen(call, env=environment) as running:
        own = psutil.Process(running.pid)
        while running.poll() is None:
            taken = time.monotonic() - started
            peak = max(peak, sum(_bytes_of(own)))
            if not first and any(answers.rglob("*.parquet")):
                first = taken
            if seconds is not None and taken > seconds:
                running.kill()  # -9, and to the parent alone: its workers must notice by themselves
            time.sleep(0.5)
        if seconds is None and running.returncode:
            raise RuntimeError(f"enrich ended with {running.returncode}")
    taken, counts = time.monotonic() - started, _counts(workspace)
    return Run(taken, peak / 1e6, first, counts, counts["answered"] - before)


def _counts(workspace: Path) -> dict[str, int]:
    """Files, their answers, and answers that are there twice."""
    import jianwei as jw

    ws = jw.open(workspace)
    query = """
        WITH due AS (
            SELECT record_id, 'picture' AS task FROM media WHERE mime LIKE 'image/%' OR mime LIKE 'video/%'
            UNION ALL
            SELECT record_id, 'transcript' AS task FROM media WHERE mime LIKE 'audio/%' OR mime LIKE 'video/%'
        )
        SELECT (SELECT count(*) FROM media) AS files, (SELECT count(*) FROM due) AS due,
            (SELECT count(*) FROM due SEMI JOIN annotations USING (record_id, task)) AS answered,
            (SELECT count(*) FROM annotations WHERE status = 'rejected') AS refused,
            (SELECT count(*) FROM annotations WHERE status = 'error') AS failed,
            (SELECT count(*) FROM (SELECT record_id, task, part, model, version FROM annotations GROUP BY ALL
                HAVING count(*) > 1)) AS twice
    """
    return dict(ws.sql(query).to_pylist()[0])


def tables(folder: Path) -> list[Table]:
    import jianwei as jw

    if not (_data() / "speech_zh").exists():
        return []
    media, workspace = folder / "media", folder / "w"
    written = _write(media)
    started = time.monotonic()
    report = jw.open(workspace).import_files([media])
    imported = time.monotonic() - started
    print(f"  {written} files, imported in {imported:.0f} s: {json.dumps(dict(report.new))}", flush=True)
    dice = random.Random(7)
    killed = _watched(workspace, dice.uniform(0.2, 0.5) * FILES / WORKERS)
    print(f"  killed: {killed}", flush=True)
    again = _watched(workspace, None, killed.counts["answered"])
    print(f"  again: {again}", flush=True)
    before, after, seconds = killed.counts, again.counts, killed.seconds + again.seconds
    rows = (
        ("files written", f"{written:,}"),
        ("refused at the import", f"{report.rejected.get('messages', 0):,}"),
        ("files per second, import", f"{written / imported:.0f}"),
        ("answers due (a film has two)", f"{after['due']:,}"),
        ("answered when killed", f"{before['answered']:,}"),
        ("answered in the end", f"{after['answered']:,}"),
        ("answers there twice", f"{after['twice']:,}"),
        ("refused by a stage", f"{after['refused']:,}"),
        ("failed", f"{after['failed']:,}"),
        ("workers, each with one thread", f"{WORKERS}"),
        ("files per second", f"{after['files'] / seconds:.2f}"),
        ("answers per second", f"{after['answered'] / seconds:.2f}"),
        ("seconds to the first answers", f"{killed.first or again.first:.0f}"),
        ("peak memory of all processes, MB", f"{max(killed.peak_mb, again.peak_mb):,.0f}"),
    )
    note = "Goal: all there once, and less than 2,500 MB. The kill goes to the parent alone."
    return [Table("Media, killed in the middle", note, ("what", "figure"), rows)]
