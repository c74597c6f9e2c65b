"""Many pictures and videos, one after the other; a file that is refused stops nobody."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path

from jianwei.common.media import RejectedMediaError
from jianwei.common.media.finding import kind_of
from jianwei.common.progress import Progress
from jianwei.common.results import Unavailable
from jianwei.common.whole import write_whole
from jianwei.errors import StoreError
from jianwei.vision._base import ImageReport, Liveness, Picture
from jianwei.vision.drawing import annotated, as_png
from jianwei.vision.looking import Looker

__all__ = ["View", "view_all", "write_annotated"]


@dataclass(frozen=True, slots=True)
class View:
    """What is seen in a file.

    Attributes:
        frames: (second, picture, what it shows); of a picture one at 0.0, of a video some over its length.
        live: whether a camera capture shows a live face; None where nobody asked.
    """

    path: Path
    frames: tuple[tuple[float, Picture, ImageReport], ...]
    video: bool
    live: Liveness | Unavailable | None = None


def view_all(
    paths: Sequence[Path], looker: Looker, *, liveness: bool = False, models: Path | None = None, progress: Progress
) -> Iterator[View | RejectedMediaError]:
    """Look at files in their order.

    Args:
        paths: pictures and videos.
        looker: who looks.
        liveness: whether the pictures are camera captures that are to show a live face.
        models: a folder of models that goes before all other places, for liveness.
        progress: sees one task, in files.

    Raises:
        MissingExtraError: nothing is installed that decodes pictures.
    """
    with progress.task("look", len(paths), "files") as task:
        for path in paths:
            try:
                yield _view(path, looker, liveness, models)
            except RejectedMediaError as error:
                yield error
            task.advance()


def _view(path: Path, looker: Looker, liveness: bool, models: Path | None) -> View:
    from jianwei.vision.decoding import read_frames, read_picture

    if kind_of(path) == "video":
        shown = read_frames(path)
        frames = tuple((frame.seconds, frame.picture, looker.look_picture(frame.picture, str(path))) for frame in shown)
        return View(path, frames, video=True)
    picture = read_picture(path)
    live = None
    if liveness:
        from jianwei.vision.faces import capture_liveness

        live = capture_liveness(path, models=models)
    return View(path, ((0.0, picture, looker.look_picture(picture, str(path))),), video=False, live=live)


def write_annotated(view: View, folder: Path, taken: set[str], language: str) -> list[Path]:
    """Write copies of a file's pictures in which what was seen is drawn.

    Args:
        view: what is seen.
        folder: made where it is missing.
        taken: names that were given already; those given here are added.
        language: of the names of things.

    Raises:
        StoreError: the folder cannot be written.
    """
    written = []
    try:
        folder.mkdir(parents=True, exist_ok=True)
    except OSError as error:
        why = error.strerror or type(error).__name__
        raise StoreError(str(folder), f"cannot be made ({why})", "choose another folder") from error
    for second, picture, report in view.frames:
        base = f"{view.path.stem}-{second:.1f}s" if view.video else view.path.stem
        name, number = base, 1
        while name in taken:
            number += 1
            name = f"{base}-{number}"
        taken.add(name)
        write_whole(folder / f"{name}.png", as_png(annotated(picture.pixels, report, language)))
        written.append(folder / f"{name}.png")
    return written
