"""The vision stage: what is seen in pictures, and in some frames of videos."""

from __future__ import annotations

import multiprocessing
from collections.abc import Callable, Mapping
from concurrent.futures import ProcessPoolExecutor
from dataclasses import dataclass
from functools import partial
from hashlib import sha256
from importlib.util import find_spec
from pathlib import Path
from typing import ClassVar

import pyarrow as pa

from jianwei.common.media import MediaLimits
from jianwei.enrich._base import Pace, Reading
from jianwei.enrich.stages.files import FileAnswers
from jianwei.errors import MissingExtraError, ModelNotFoundError

__all__ = ["TASKS_OF_PARTS", "VisionStage", "vision_stage"]

REVISION = 1
"""Of the way from what is seen to the annotations; a new one looks at everything again."""

TASKS_OF_PARTS = {
    "text": "ocr",
    "faces": "face",
    "avatar": "avatar",
    "codes": "code",
    "things": "object",
    "scenes": "scene",
    "safety": "nsfw",
}
"""Part of `vision.looking` → task of its annotations."""

Who = tuple[tuple[str, str, str], ...]
"""(part, model, version) of all that look."""


@dataclass(frozen=True, slots=True)
class VisionStage:
    """Annotations of every file with something to see. One is always there, task "picture": `label` the format, `value` {"width", "height",
    "frames", "hash", "notes": […], "missing": [parts that nobody looks for here], "failed": [parts that failed on it], "avatar": verdict};
    or the status "rejected" with the code of `RejectedMediaError` as `label`.

    The others only where there is something to say:

    * "ocr": `text` the lines (of a chat screenshot what is said in it), `label` "text" or "chat", `score` their mean, `value` {"lines":
      [[text, left, top, right, bottom, score], …], "chat": [[side, name, text], …]};
    * "face", one a face: `score`, `value` {"box", "points"};
    * "avatar", of still pictures: `label` the verdict, `score`;
    * "code", one a code: `label` the format, `text` what it says, `value` {"corners"};
    * "object" and "scene", one each: `label` the English key, `text` the Chinese name, `score`, `value` {"box"};
    * "nsfw", wherever the model is there: `score`, `label` "unsafe" or "safe".

    Of videos and animations some frames are looked at; what is seen in several counts once, with its best score and the "second" of it.

    Args:
        folder: the workspace, below which the files lie.
        models: folder with models of one's own, or None.
        who: (part, model, version) of all that look; see `vision_stage`.
        missing: parts that nobody looks for here.
    """

    folder: Path
    models: Path | None
    who: Who
    missing: tuple[str, ...]
    name: ClassVar[str] = "vision"
    reads: ClassVar[Reading] = "pictures"
    pace: ClassVar[Pace] = Pace(
        batch_rows=8,
        inline_rows=8,
        isolated=True,
        row_seconds=450 * MediaLimits().frames,
        byte_seconds=1e-3,
        worker_bytes=1200 << 20,
    )  # a frame takes seconds; a screenshot as long as may be takes minutes, on a slow machine many
    tasks: ClassVar[tuple[str, ...]] = ("picture", *TASKS_OF_PARTS.values())
    always: ClassVar[tuple[str, ...]] = ("picture",)

    def identities(self) -> Mapping[str, tuple[str, str]]:
        """Who answers each task that can be answered. Every version ends in a mark of all that look together and of what is missing: a new
        model anywhere looks at everything anew, so that no file has two answers of one version.
        """
        mark = sha256(repr((REVISION, self.who, self.missing)).encode()).hexdigest()[:8]
        found = {TASKS_OF_PARTS[part]: (model, f"{version}.{mark}") for part, model, version in self.who}
        return {"picture": ("picture", f"{REVISION}.{mark}"), **found}

    def open(self) -> Callable[[pa.RecordBatch], pa.RecordBatch]:
        """Load everything that looks, each model on one thread."""
        from jianwei.enrich.stages.seeing import answers_about
        from jianwei.vision.looking import open_looker

        looker = open_looker(self.models, parts=[part for part, *_ in self.who], threads=1)
        known = looker.identities
        opened = tuple((part, known[part].name, known[part].version) for part, *_ in self.who if part in known)
        if (
            opened != self.who
        ):  # answers under these versions would stand for good, with nothing where a part was not loaded
            gone = [part for part, *_ in sorted(set(self.who) - set(opened))]
            raise ModelNotFoundError("vision", f"another model than before, or none: {', '.join(gone)}", "run it again")
        look = partial(answers_about, looker=looker, missing=self.missing)
        return FileAnswers(self.name, "picture", self.identities(), self.folder, look).annotate


def vision_stage(folder: Path, models: Path | None = None) -> VisionStage:
    """The stage with all that can look here. They are loaded once to see that they work, in a process that gives the memory back.

    Raises:
        MissingExtraError: not even pictures can be decoded.
    """
    if find_spec("PIL") is None:
        raise MissingExtraError.named("vision", "vision")
    with ProcessPoolExecutor(1, multiprocessing.get_context("spawn")) as aside:
        who, missing = aside.submit(_who, models).result()
    return VisionStage(folder, models, who, missing)


def _who(models: Path | None) -> tuple[Who, tuple[str, ...]]:
    from jianwei.vision.looking import PARTS, open_looker

    looker = open_looker(models, threads=1)
    known = looker.identities
    who = tuple((part, known[part].name, known[part].version) for part in PARTS if part in known)
    return who, tuple(part for part in PARTS if part not in known)
