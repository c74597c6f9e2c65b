"""Faces: how many are counted right, what is said of avatars, whether captures are live; beside dlib and UltraFace as they come.

Nothing was chosen on these photographs: thresholds are the authors', or were chosen on photographs that come with scikit-image, Matplotlib
and InsightFace, turned, scaled, cut and compressed. Drawings come from two programs. Those of kinds that the weights of avatars were fitted
on, with other seeds, say that nothing is broken; those of kinds that no fit has seen say how other drawings fare.
"""

from __future__ import annotations

import csv
import os
import sys
import tempfile
import time
from collections import Counter
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import numpy as np

from benchmarks.measure import Sample, Table, case, interleaved

__all__ = ["tables"]

ROOT = Path(__file__).resolve().parents[1]
FINDERS = ("dlib_0", "dlib_1", "ultraface_alone", "jianwei_dlib", "jianwei_ultraface")
TITLES = {
    "dlib_0": "dlib, frontal detector",
    "dlib_1": "dlib, frontal detector, picture doubled",
    "ultraface_alone": "UltraFace RFB-640 alone, at 0.7",
    "jianwei_dlib": "jianwei, packaged (dlib proposes, dlib's network confirms)",
    "jianwei_ultraface": "jianwei, pulled (UltraFace proposes, dlib's network confirms)",
}


def _shared() -> Path:
    return Path(os.environ.get("JIANWEI_DATA", ROOT.parent / "shared" / "data"))


def _models() -> Path:
    return _shared().parent / "models"


def _pictures(folder: str) -> Iterator[tuple[dict[str, str], np.ndarray]]:
    from PIL import Image

    with (_shared() / folder / "manifest.csv").open(encoding="utf-8", newline="") as file:
        for row in csv.DictReader(file):
            yield row, np.asarray(Image.open(_shared() / folder / row["path"]).convert("RGB"))


def _placed(folder: Path) -> Path:
    """A models folder with UltraFace under the name that it has when it is pulled."""
    (folder / "ultraface.onnx").write_bytes((_models() / "ultraface" / "version-RFB-640.onnx").read_bytes())
    return folder


def _counter(system: str, models: Path) -> Callable[[Any], int]:
    if system.startswith("dlib"):
        import dlib

        detector, doublings = dlib.get_frontal_face_detector(), int(system[-1])
        return lambda pixels: len(detector(pixels, doublings))
    if system == "ultraface_alone":
        from jianwei.vision.faces.onnx_detectors import open_ultraface

        alone = open_ultraface(models)
        return lambda pixels: len(alone.detect(pixels))
    from jianwei.vision.faces.finding import open_finder

    finder = open_finder(models, only=system.removeprefix("jianwei_"))
    return lambda pixels: len(finder.find(pixels))


@case
def faces_counted(system: str) -> dict[str, float]:
    """How many pictures of few faces are counted right, and crowds to within one."""
    few = crowds = few_right = crowds_right = missed = invented = 0
    with tempfile.TemporaryDirectory(prefix="jianwei-bench-") as folder:
        count = _counter(system, _placed(Path(folder)))
        seconds = 0.0
        for row, pixels in _pictures("face_images"):
            started = time.perf_counter()
            found = count(np.ascontiguousarray(pixels))
            seconds += time.perf_counter() - started
            wanted = int(row["face_count"])
            missed, invented = missed + max(0, wanted - found), invented + max(0, found - wanted)
            if wanted <= 2:
                few, few_right = few + 1, few_right + (found == wanted)
            else:
                crowds, crowds_right = crowds + 1, crowds_right + (abs(found - wanted) <= 1)
            if found != wanted:
                print(f"  {row['path']}: {wanted}, found {found}", file=sys.stderr)
    return {
        "few": few, "few_right": few_right, "crowds": crowds, "crowds_right": crowds_right, "missed": missed,
        "invented": invented, "picture": seconds / (few + crowds),
    }  # fmt: skip


@case
def avatars_judged(system: str) -> dict[str, float]:
    """What is said of the pictures of one and of several people, and of drawings, at both sizes that the platform has."""
    from jianwei.vision.faces.avatars import judge_avatar
    from jianwei.vision.faces.finding import open_finder

    figures: dict[str, float] = Counter()
    with tempfile.TemporaryDirectory(prefix="jianwei-bench-") as folder:
        finder = open_finder(_placed(Path(folder)), only=system.removeprefix("jianwei_"))
        for row, pixels in _pictures("face_images"):
            verdict = judge_avatar(pixels, finder.find(pixels)).verdict
            kind = {"0": "nobody", "1": "one"}.get(row["face_count"], "several")
            right = {"one": verdict == "person", "several": verdict == "people"}.get(
                kind, verdict in ("none", "drawing")
            )
            figures[kind] += 1
            figures[f"{kind}_right"] += right
            if not right:
                print(f"  {row['path']}: {verdict}", file=sys.stderr)
        for fitted, made, kind in _manners():
            name = "fitted" if fitted else "unseen"
            for seed in range(8):
                pixels = made(kind, 9000 + seed, 132 if seed % 2 else 640)
                verdict = judge_avatar(pixels, finder.find(pixels)).verdict
                figures[name] += 1
                figures[f"{name}_right"] += verdict not in ("person", "people")
                figures[f"{name}_drawn"] += verdict == "drawing"
                if verdict != "drawing":
                    print(f"  {kind} {seed}: {verdict}", file=sys.stderr)
    return {**figures}


def _manners() -> Iterator[tuple[bool, Callable[[str, int, int], np.ndarray], str]]:
    """Whether weights were fitted on a kind of drawing, who draws it, its name."""
    sys.path.insert(0, str(ROOT / "tests"))
    from support.drawings import KINDS, draw
    from support.paintings import FITTED, MANNERS, paint

    yield from ((True, draw, kind) for kind in KINDS)
    yield from ((manner in FITTED, paint, manner) for manner in MANNERS)


@case
def captures_judged(system: str) -> dict[str, float]:
    """The two captures by the networks, exported here."""
    sys.path.insert(0, str(ROOT / "tools"))
    from export_liveness import export

    from jianwei.vision.faces.finding import open_finder
    from jianwei.vision.faces.liveness import open_liveness

    with tempfile.TemporaryDirectory(prefix="jianwei-bench-") as folder:
        models = _placed(Path(folder))
        export(_models() / "silent_face", models)
        judge, finder = open_liveness(models), open_finder(models, only=system.removeprefix("jianwei_"))
        found = {row["label"]: judge.judge(pixels, finder.find(pixels)[0]) for row, pixels in _pictures("anti_spoof")}
    return {
        "live": found["real"].score, "spoof": found["spoof"].score,
        "right": float(found["real"].live) + float(not found["spoof"].live),
    }  # fmt: skip


def tables(folder: Path) -> list[Table]:
    """Runs everything; nothing where the pictures are not on this machine."""
    if not (_shared() / "face_images").exists() or not (_models() / "ultraface").exists():
        print("  no face_images or models: set JIANWEI_DATA")
        return []
    ours = [name for name in FINDERS if name.startswith("jianwei")]
    calls = [("faces_counted", name) for name in FINDERS]
    calls += [(name, system) for name in ("avatars_judged", "captures_judged") for system in ours]
    taken = interleaved(calls, 1)
    return [_counts(taken), _avatars(taken, ours)]


def _counts(taken: dict[tuple[str, ...], Sample]) -> Table:
    rows = []
    for name in FINDERS:
        sample = taken["faces_counted", name]
        f = sample.figures
        rows.append(
            (
                TITLES[name],
                f"{f['few_right']:.0f} of {f['few']:.0f}",
                f"{f['crowds_right']:.0f} of {f['crowds']:.0f}",
                f"{f['missed']:.0f}",
                f"{f['invented']:.0f}",
                f"{f['picture']:.2f}",
                f"{sample.peak_mb:.0f}",
            )
        )
    note = (
        "32 photographs (face_images), up to 4 million pixels. Pictures of 0, 1 and 2 faces have to be counted exactly, those of 3 to 10 "
        "to within one. One thread."
    )
    header = ("system", "0, 1, 2 faces", "crowds", "faces missed", "faces invented", "s a picture", "MB")
    return Table("Faces", note, header, tuple(rows))


def _avatars(taken: dict[tuple[str, ...], Sample], ours: list[str]) -> Table:
    rows = []
    for name in ours:
        f, live = taken["avatars_judged", name].figures, taken["captures_judged", name].figures
        cells = [f"{f[f'{kind}_right']:.0f} of {f[kind]:.0f}" for kind in ("one", "several", "nobody")]
        cells += [f"{f[f'{k}_right']:.0f}, {f[f'{k}_drawn']:.0f} of {f[k]:.0f}" for k in ("fitted", "unseen")]
        rows.append((TITLES[name], *cells, f"{live['right']:.0f} of 2 ({live['live']:.2f}, {live['spoof']:.2f})"))
    note = (
        "Avatars: the same photographs have to be a person, people, or neither. Drawings and patterns of 24 kinds, half of them of 132 "
        "pixels, half of 640: how many are no person, and how many are told as drawings. The weights were fitted on 18 of the kinds, with "
        "other seeds, never on the other 6. Captures: the two of anti_spoof, with the probability that each is live (real, spoof)."
    )
    header = (
        "system",
        "one person",
        "people",
        "nobody",
        "drawings, kinds of the fit",
        "drawings, other kinds",
        "captures",
    )
    return Table("Avatars and captures", note, header, tuple(rows))
