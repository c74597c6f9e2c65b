"""Speech: the same Whisper base weights by faster-whisper as it comes, and by us; what is written over sounds in which nobody speaks.

Utterances of one speaker (S0150) were looked at while the search was made; the others were not.
"""

from __future__ import annotations

import csv
import os
import re
import shutil
import subprocess
import sys
import tempfile
import time
import wave
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import numpy as np

from benchmarks.measure import Table, case, interleaved

__all__ = ["tables"]

SEEN = "S0150"
SPOKEN = (
    "今天天气很好，我们一起去公园散步。明天早上九点开会，请大家准时参加。这家店的衣服质量不错，就是快递有点慢。你好，请问我的订单什么时候发货？"
    "昨天晚上我和朋友去吃了火锅，味道非常好。孩子们在操场上踢足球，笑声传得很远。麻烦帮我查一下这张优惠券还能不能用。北京今年的冬天比往年暖和一些。"
)
SYSTEMS = ("faster_whisper", "faster_whisper_zh", "jianwei")


def _data() -> Path:
    return Path(os.environ.get("JIANWEI_DATA", Path(__file__).parents[2] / "shared" / "data")) / "speech_zh"


@contextmanager
def _weights() -> Iterator[str]:
    """The packaged weights as the folder that faster-whisper wants."""
    from jianwei.models import known_model, locate

    with tempfile.TemporaryDirectory(prefix="jianwei-bench-") as folder:
        for entry in known_model("whisper-base").entries:
            name = entry.file.rpartition("/")[2].partition(".part")[0]
            with (Path(folder) / name).open("ab") as file:
                file.write(locate(entry).data)
        yield folder


@contextmanager
def _opened(system: str, threads: int) -> Iterator[Callable[[Any], str]]:
    """A function from a path or samples to text."""
    if system == "jianwei":
        from jianwei.speech.engines.whisper import open_whisper
        from jianwei.speech.transcribing import transcribe, transcribe_samples

        ours = open_whisper(threads=threads)

        def hear(sound: Any) -> str:
            if isinstance(sound, np.ndarray):
                return transcribe_samples(sound, ours).text
            return transcribe(sound, recognizer=ours).text

        yield hear
        return
    from faster_whisper import WhisperModel

    with _weights() as folder:
        model = WhisperModel(folder, device="cpu", cpu_threads=threads)
        settings = {"language": "zh"} if system == "faster_whisper_zh" else {}
        yield lambda sound: "".join(segment.text for segment in model.transcribe(sound, **settings)[0])


@case
def hearing(system: str, threads: str) -> dict[str, float]:
    from jianwei.speech.evaluation import character_errors

    rows = list(csv.DictReader((_data() / "transcripts.csv").open(encoding="utf-8")))
    with _opened(system, int(threads)) as hear:
        hear(str(_data() / rows[0]["path"]))
        started, wall = time.process_time(), time.perf_counter()
        heard = [hear(str(_data() / row["path"])) for row in rows]
        taken = {"cpu": time.process_time() - started, "seconds": time.perf_counter() - wall}
    pairs = [(row["text"], text) for row, text in zip(rows, heard, strict=True)]
    seen = [row["speaker"] == SEEN for row in rows]
    spoken = sum(float(row["seconds"]) for row in rows)
    return taken | {
        "cpu_factor": taken["cpu"] / spoken,
        "wall_factor": taken["seconds"] / spoken,
        "all": character_errors(pairs).rate,
        "seen": character_errors(pair for pair, known in zip(pairs, seen, strict=True) if known).rate,
        "unseen": character_errors(pair for pair, known in zip(pairs, seen, strict=True) if not known).rate,
    }


@case
def inventing(system: str) -> dict[str, float]:
    """Characters written, and whether a text runs away: more than 12 characters a second, or a phrase more than four times in a row."""
    figures: dict[str, float] = {}
    with _opened(system, 1) as hear:
        for name, sound in _sounds():
            text = hear(sound)
            bare = re.sub(r"[\W_]", "", text)
            away = len(bare) > 12 * len(sound) / 16_000 or re.search(r"(.{1,30}?)\1{4,}", bare) is not None
            figures |= {f"{name}_characters": len(bare), f"{name}_away": float(away)}
    return figures


def _sounds() -> Iterator[tuple[str, np.ndarray]]:
    sys.path.insert(0, str(Path(__file__).parents[1] / "tests"))
    from support import talking

    yield from ((name, getattr(talking, name)(60.0)) for name in ("silence", "white", "pink", "music"))
    if shutil.which("espeak-ng"):
        yield "synthetic", _synthetic()


def _synthetic() -> np.ndarray:
    """60 s of Mandarin by espeak-ng, which sounds so little like people that Whisper loses itself."""
    from scipy.signal import resample_poly

    with tempfile.NamedTemporaryFile(suffix=".wav") as file:
        subprocess.run(["espeak-ng", "-v", "cmn", "-w", file.name, SPOKEN * 2], check=True)
        with wave.open(file.name) as sound:
            samples, rate = np.frombuffer(sound.readframes(sound.getnframes()), np.int16), sound.getframerate()
    return resample_poly(samples / 32768, 16_000, rate)[: 60 * 16_000].astype(np.float32)


def tables(folder: Path) -> list[Table]:
    calls = [("hearing", system, threads) for system in SYSTEMS for threads in ("1", "2")]
    taken = interleaved(calls, 1)
    rows = tuple(
        (
            system,
            threads,
            *(f"{sample.figures[part]:.2%}" for part in ("seen", "unseen", "all")),
            f"{sample.figures['cpu_factor']:.3f}",
            f"{sample.figures['wall_factor']:.3f}",
            f"{sample.peak_mb:,.0f}",
        )
        for (_, system, threads), sample in taken.items()
    )
    note = (
        "104 Mandarin utterances, 456 s, Whisper base in all cases. Character error rate: without punctuation and blanks, simplified, "
        f"numbers in characters. Seen: the 50 utterances of speaker {SEEN}, looked at while our search was made; unseen: the other 54. "
        "Factors: seconds of the processor, and on the wall, for a second of sound (goal: 0.15)."
    )
    header = ("case", "threads", "CER seen", "CER unseen", "CER all", "CPU factor", "wall factor", "peak MB")
    return [Table("Speech", note, header, rows), _inventing_table()]


def _inventing_table() -> Table:
    taken = interleaved([("inventing", system) for system in SYSTEMS], 1)
    names = [name.removesuffix("_away") for name in taken["inventing", "jianwei"].figures if name.endswith("_away")]
    rows = tuple(
        (
            system,
            *(
                f"{sample.figures[f'{name}_characters']:.0f}" + ("!" if sample.figures[f"{name}_away"] else "")
                for name in names
            ),
        )
        for (_, system), sample in taken.items()
    )
    note = "Characters written over 60 s of each sound; ! where they run away: faster than anybody speaks, or the same again and again."
    return Table("What nobody said", note, ("case", *names), rows)
